use super::*;

const HASH: &str = "index.x-1949cf8c6b5b557f";

fn named(site: &str, job: &str) -> (String, String) {
    (Origin::of(site, job).to_string(), name(site, job, 0).unwrap_or_default())
}

/// Type names of tokio 1.54.1, as an app's report has them.
#[test]
fn calls_of_tokio_are_named_by_what_they_do() {
    for (file, job, origin, expected) in [
        (
            "fs/mod.rs:328:11",
            "tokio::fs::metadata::metadata<&str>::{{closure}}::{{closure}}",
            "tokio::fs",
            "tokio::fs::metadata",
        ),
        (
            "fs/mod.rs:328:11",
            "tokio::fs::symlink_metadata::symlink_metadata<&std::path::PathBuf>::{{closure}}::{{closure}}",
            "tokio::fs",
            "tokio::fs::symlink_metadata",
        ),
        (
            "fs/mod.rs:328:11",
            "tokio::fs::read::read_spawn_blocking::{{closure}}::{{closure}}",
            "tokio::fs",
            "tokio::fs::read",
        ),
        (
            "fs/mod.rs:328:11",
            "tokio::fs::write::write_spawn_blocking::{{closure}}::{{closure}}",
            "tokio::fs",
            "tokio::fs::write",
        ),
        (
            "fs/mod.rs:328:11",
            "tokio::fs::rename::rename_blocking::{{closure}}::{{closure}}",
            "tokio::fs",
            "tokio::fs::rename",
        ),
        (
            "fs/mod.rs:328:11",
            "tokio::fs::copy::copy<&std::path::PathBuf, std::path::PathBuf>::{{closure}}::{{closure}}",
            "tokio::fs",
            "tokio::fs::copy",
        ),
        (
            "fs/mod.rs:328:11",
            "tokio::fs::open_options::OpenOptions::std_open::{{closure}}::{{closure}}",
            "tokio::fs",
            "tokio::fs::OpenOptions::open",
        ),
        (
            "fs/mod.rs:328:11",
            "tokio::fs::file::File::sync_all::{{closure}}::{{closure}}",
            "tokio::fs",
            "tokio::fs::File::sync_all",
        ),
        (
            "fs/mod.rs:328:11",
            "tokio::fs::read_dir::DirEntry::metadata::{{closure}}::{{closure}}",
            "tokio::fs",
            "tokio::fs::DirEntry::metadata",
        ),
        (
            "fs/read_dir.rs:115:45",
            "tokio::fs::read_dir::ReadDir::poll_next_entry::{{closure}}",
            "tokio::fs",
            "tokio::fs::ReadDir::poll_next_entry",
        ),
        (
            "fs/file.rs:1178:9",
            "tokio::fs::file::Inner::spawn_blocking_read::{{closure}}",
            "tokio::fs",
            "tokio::fs::File::read",
        ),
        (
            "fs/file.rs:753:43",
            "<tokio::fs::file::File as tokio::io::async_seek::AsyncSeek>::start_seek::{{closure}}",
            "tokio::fs",
            "tokio::fs::File::start_seek",
        ),
        (
            "runtime/blocking/pool.rs:263:37",
            "<tokio::fs::file::File as tokio::io::async_write::AsyncWrite>::poll_write::{{closure}}",
            "tokio::fs",
            "tokio::fs::File::poll_write",
        ),
        (
            "net/addr.rs:182:48",
            "tokio::net::addr::<impl tokio::net::addr::sealed::ToSocketAddrsPriv for str>::to_socket_addrs::{{closure}}",
            "tokio::net (DNS)",
            "tokio::net::lookup_host",
        ),
        // As older compilers name it.
        (
            "net/addr.rs:182:48",
            "<str as tokio::net::addr::sealed::ToSocketAddrsPriv>::to_socket_addrs::{{closure}}",
            "tokio::net (DNS)",
            "tokio::net::lookup_host",
        ),
        (
            "net/addr.rs:219:48",
            "<(&str, u16) as tokio::net::addr::sealed::ToSocketAddrsPriv>::to_socket_addrs::{{closure}}",
            "tokio::net (DNS)",
            "tokio::net::lookup_host",
        ),
        (
            "runtime/blocking/pool.rs:263:37",
            "<tokio::io::blocking::Blocking<std::io::stdio::Stdout> as tokio::io::async_write::AsyncWrite>::poll_flush::{{closure}}",
            "standard I/O",
            "tokio::io::Stdout::poll_flush",
        ),
        (
            "io/blocking.rs:88:14",
            "<tokio::io::blocking::Blocking<std::io::stdio::Stdin> as tokio::io::async_read::AsyncRead>::poll_read::{{closure}}",
            "standard I/O",
            "tokio::io::Stdin::poll_read",
        ),
        (
            "io/blocking.rs:88:14",
            "<tokio::io::blocking::Blocking<tokio::process::imp::ArcFile> as tokio::io::async_read::AsyncRead>::poll_read::{{closure}}",
            "tokio",
            "tokio::io::Blocking::poll_read",
        ),
        ("fs/mod.rs:328:11", "", "tokio::fs", "tokio mod.rs:328"),
        ("net/addr.rs:182:48", "", "tokio::net (DNS)", "tokio addr.rs:182"),
        (
            "runtime/scheduler/multi_thread/worker.rs:515:13",
            "tokio::runtime::scheduler::multi_thread::worker::Launch::launch::{{closure}}",
            "tokio",
            "tokio::runtime::Launch::launch",
        ),
    ] {
        // Wherever its sources lie.
        for folder in [
            format!("/home/u/.cargo/registry/src/{HASH}/tokio-1.47.1/src/"),
            "target/tollbridge/copy/tokio-1.54.1/src/".to_owned(),
            "/big/target/tollbridge/copy/tokio-1.54.1/src/".to_owned(),
            "tokio-1.54.1/src/".to_owned(),
            "vendor/tokio/src/".to_owned(),
            "/home/u/svc/vendor/tokio-1.47.1/src/".to_owned(),
        ] {
            assert_eq!(
                named(&format!("{folder}{file}"), job),
                (origin.to_owned(), expected.to_owned()),
                "{folder}{file} {job}"
            );
        }
        let windows =
            format!("C:\\Users\\u\\.cargo\\registry\\src\\{HASH}\\tokio-1.47.1\\src\\{}", file.replace('/', "\\"));
        assert_eq!(named(&windows, job), (origin.to_owned(), expected.to_owned()), "{windows} {job}");
    }
}

#[test]
fn tokio_is_known_by_its_closures_where_its_folder_is_not() {
    let job = "tokio::fs::metadata::metadata<&str>::{{closure}}::{{closure}}";
    for site in [
        "third_party/rust/tokio/src/fs/mod.rs:328:11",
        "tokio/src/fs/mod.rs:328:11",
        "/home/u/.cargo/git/checkouts/tokio-377c595163f99a10/ea91b33/tokio/src/fs/mod.rs:328:11",
    ] {
        assert_eq!(named(site, job), ("tokio::fs".to_owned(), "tokio::fs::metadata".to_owned()), "{site}");
    }
}

#[test]
fn dependencies_are_named_with_their_versions() {
    let job = "object_store::local::maybe_spawn_blocking<object_store::local::get::{{closure}}>::{{closure}}";
    let registry = format!("/home/u/.cargo/registry/src/{HASH}/");
    for (site, expected) in [
        (format!("{registry}object_store-0.11.2/src/local.rs:88:9"), "object_store 0.11.2 local.rs:88"),
        (
            format!("/usr/local/cargo/registry/src/{HASH}/hyper-util-0.1.21/src/client/dns.rs:118:24"),
            "hyper-util 0.1.21 dns.rs:118",
        ),
        (format!("{registry}tokio-something-0.7.1/src/task.rs:3:4"), "tokio-something 0.7.1 task.rs:3"),
        (format!("{registry}sha-1-0.10.1/src/lib.rs:3:4"), "sha-1 0.10.1 lib.rs:3"),
        (format!("{registry}wasi-0.11.0+snapshot-preview1/src/lib.rs:3:4"), "wasi 0.11.0+snapshot-preview1 lib.rs:3"),
        (format!("{registry}svc-1.0.0-alpha.2/lib.rs:3:4"), "svc 1.0.0-alpha.2 lib.rs:3"),
        (format!("C:\\Users\\u\\.cargo\\registry\\src\\{HASH}\\svc-1.0.0\\src\\a\\b.rs:3:4"), "svc 1.0.0 b.rs:3"),
        ("object_store-0.11.2/src/local.rs:88:9".to_owned(), "object_store 0.11.2 local.rs:88"),
        ("svc-1.0.0\\src\\b.rs:3:4".to_owned(), "svc 1.0.0 b.rs:3"),
        ("/nix/store/9af0-vendor/object_store-0.11.2/src/local.rs:88:9".to_owned(), "object_store 0.11.2 local.rs:88"),
        ("vendor/object_store/src/local.rs:88:9".to_owned(), "object_store local.rs:88"),
        ("/home/u/svc/vendor/object_store/src/local.rs:88:9".to_owned(), "object_store local.rs:88"),
        (
            "/home/u/.cargo/git/checkouts/arrow-rs-5f1e0a3b/a1b2c3d/store/src/local.rs:88:9".to_owned(),
            "arrow-rs (git a1b2c3d) local.rs:88",
        ),
        (
            "C:\\u\\.cargo\\git\\checkouts\\arrow-rs-5f1e0a3b\\a1b2c3d\\src\\local.rs:88:9".to_owned(),
            "arrow-rs (git a1b2c3d) local.rs:88",
        ),
        ("arrow-rs-5f1e/a1b2c3d/src/local.rs:88:9".to_owned(), "arrow-rs (git a1b2c3d) local.rs:88"),
    ] {
        assert_eq!(name(&site, job, 0).as_deref(), Some(expected), "{site}");
        assert_eq!(Origin::of(&site, job).kind(), "crate", "{site}");
        // A closure of the app that is handed to a dependency is run by that.
        assert_eq!(Origin::of(&site, "svc::get::{{closure}}").kind(), "crate", "{site}");
    }
    let Origin::Crate(package) = Origin::of("/c/registry/src/x-1/svc-1.0.0/src/lib.rs:1:1", "") else { panic!() };
    assert_eq!((package.name.as_str(), package.version.as_deref(), package.revision), ("svc", Some("1.0.0"), None));
}

#[test]
fn all_else_is_the_apps() {
    for (site, job) in [
        ("src/main.rs:7:5", "app::one::{{closure}}"),
        ("src/main.rs:7:5", "tokio_app::main::{{closure}}::{{closure}}"),
        ("tokio_app/src/main.rs:7:5", "tokio_app::main::{{closure}}"),
        ("tokio-app/src/main.rs:7:5", "tokio_app::main::{{closure}}"),
        // Members of a workspace.
        ("registry/src/store/meta/get.rs:7:5", "registry::store::get::{{closure}}"),
        ("registry/src/main.rs:7:5", "registry::main::{{closure}}"),
        ("registry/store-a/src/main.rs:7:5", "store_a::main::{{closure}}"),
        ("crates/git/checkouts/src/lib.rs:7:5", "checkouts::get::{{closure}}"),
        ("src/vendor/aws/src/lib.rs:7:5", "app::vendor::aws::{{closure}}"),
        ("src/vendor/aws.rs:7:5", "app::vendor::aws::{{closure}}"),
        ("/home/vendor/svc/src/main.rs:7:5", "svc::main::{{closure}}"),
        ("copy/src/main.rs:7:5", "copy::main::{{closure}}"),
        ("v1.2.3/src/main.rs:7:5", "v1::main::{{closure}}"),
        ("svc-1.2/src/main.rs:7:5", "svc::main::{{closure}}"),
        // A path dependency.
        ("/home/u/code/lib/src/lib.rs:7:5", "lib::get::{{closure}}"),
        ("C:\\Users\\u\\code\\lib\\src\\lib.rs:7:5", "lib::get::{{closure}}"),
        // What the app implements is its own, and what it sends itself.
        ("src/file.rs:7:5", "<app::File as tokio::io::async_write::AsyncWrite>::poll_write::{{closure}}"),
        ("src/file.rs:7:5", "<tokio::fs::file::File as app::Sync>::sync::{{closure}}"),
        ("src/file.rs:7:5", "tollbridge::fs::metadata::{{closure}}"),
        ("src/file.rs:7:5", "tokio::runtime::Handle"),
        // Passed on by tokio without the caller's location.
        ("target/tollbridge/copy/tokio-1.54.1/src/runtime/handle.rs:239:9", "app::main::{{closure}}"),
        ("<other>", ""),
        ("", ""),
        (":1:1", "::"),
    ] {
        assert_eq!(Origin::of(site, job), Origin::App, "{site} {job}");
        assert_eq!(name(site, job, 0), None);
    }
}

#[test]
fn names_grow_until_they_differ() {
    let grown =
        |site: &str, job: &str| -> Vec<String> { (0..4).map(|level| name(site, job, level).unwrap()).collect() };
    let job = "tokio::fs::copy::copy<&std::path::PathBuf, std::path::PathBuf>::{{closure}}::{{closure}}";
    assert_eq!(
        grown("tokio-1.54.1/src/fs/mod.rs:328:11", job),
        [
            "tokio::fs::copy",
            "tokio::fs::copy<&PathBuf, PathBuf>",
            "tokio::fs::copy<&PathBuf, PathBuf> (tokio 1.54.1 mod.rs:328)",
            &format!("tokio-1.54.1/src/fs/mod.rs:328:11 {job}"),
        ]
    );
    let job = "tokio::net::addr::<impl tokio::net::addr::sealed::ToSocketAddrsPriv for (&str, u16)>::to_socket_addrs::{{closure}}";
    assert_eq!(grown("tokio-1.54.1/src/net/addr.rs:219:48", job)[1], "tokio::net::lookup_host<(&str, u16)>");
    let job = "object_store::local::read<u8>::{{closure}}";
    assert_eq!(
        grown("object_store-0.11.2/src/local/a.rs:88:9", job),
        [
            "object_store 0.11.2 a.rs:88",
            "object_store 0.11.2 a.rs:88 read",
            "object_store 0.11.2 src/local/a.rs:88:9 read",
            "object_store 0.11.2 src/local/a.rs:88:9 object_store::local::read<u8>::{{closure}}",
        ]
    );
}

#[test]
fn names_are_harmless() {
    assert_eq!(name("a\u{1b}[31m-1.2.3/src/b\n.rs:1:1", "", 0).unwrap(), "a [31m 1.2.3 b .rs:1");
}

#[test]
fn std_has_the_functions_of_a_path() {
    let of = |job: &str| std_function("tokio-1.54.1/src/fs/mod.rs:328:11", job);
    assert_eq!(of("tokio::fs::metadata::metadata<&str>::{{closure}}::{{closure}}").unwrap(), "std::fs::metadata");
    assert_eq!(
        of("tokio::fs::try_exists::try_exists_spawn_blocking::{{closure}}::{{closure}}").unwrap(),
        "std::fs::exists"
    );
    assert_eq!(of("tokio::fs::write::write_spawn_blocking::{{closure}}::{{closure}}"), None);
    assert_eq!(of("tokio::fs::read_dir::DirEntry::metadata::{{closure}}::{{closure}}"), None);
}
