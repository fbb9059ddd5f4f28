//! `TOLLBRIDGE_PATHS=short`: neither report nor log say where the app was built.

mod common;

use std::io::Write;
use std::sync::{Arc, Mutex};

use tollbridge::Builder;

include!(concat!(env!("CARGO_MANIFEST_DIR"), "/common/called.rs"));

/// A log in memory.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, part: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("no panic").write(part)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// What report and log name the call.
fn named(build: impl FnOnce(Builder) -> Builder) -> (String, String) {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_ansi(false)
        .with_max_level(tracing::Level::TRACE)
        .with_span_events(tracing_subscriber::fmt::format::FmtSpan::NEW)
        .with_writer(move || writer.clone())
        .finish();
    let captured = tracing::subscriber::with_default(subscriber, || {
        common::capture(|builder| build(builder.with_visible(true)), called_from_an_absolute_path)
    });
    let [site] = captured.report.sites.as_slice() else { panic!("one site: {:?}", captured.report.sites) };
    let log = String::from_utf8(log.0.lock().expect("no panic").clone()).expect("text");
    assert!(log.contains("tollbridge::hop"), "{log}");
    (site.site.clone(), log)
}

#[test]
fn short_paths_do_not_say_where_the_app_was_built() {
    let built = env!("CARGO_MANIFEST_DIR");
    let (site, log) = named(|builder| builder);
    assert!(site.starts_with(built) && log.contains(built), "{site}");
    let (site, log) = named(|builder| builder.with_short_paths(true));
    assert!(site.contains("tests/common/called.rs:3:"), "{site}");
    assert!(!site.contains(built) && !log.contains(built), "{site}\n{log}");
    assert!(log.contains("tests/common/called.rs"), "{log}");
    // And the next capture is as it was.
    assert!(named(|builder| builder).0.starts_with(built));
}
