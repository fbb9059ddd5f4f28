//! Short names for sites that stay apart, and text that can do no harm where it is shown.
//!
//! A site is `path:line:column` and a closure's type name; both are too long for a table and mostly alike. A label is
//! the file, the line, and the last part of the job's name that means something: `main.rs:42 fetch`. A helper that is handed a
//! closure, and hops for whoever calls it, has that closure's type in its own: `main.rs:42 fetch via blocking`. Where two sites
//! would get the same label both get one more folder, then the column, then the job's whole name.
//!
//! Calls of tokio's own and of dependencies are named by what they do ([`origin::name`]), and grow in their own way.

use std::collections::BTreeMap;

use tollbridge_report::names::SpanKind;
use tollbridge_report::{Report, SpanReport};

use crate::harmless::harmless;
pub(super) use crate::origin::parts;
use crate::origin::{self, LAST_LEVEL, Origin};
use crate::sequence::SiteRef;

/// Labels of a report's sites.
#[derive(Debug)]
pub(super) struct Labels<'a>(BTreeMap<SiteRef<'a>, String>);

impl<'a> Labels<'a> {
    /// Of the sites whose hops ended, and of those that are only in flight or have CPU times.
    pub(super) fn of(report: &'a Report) -> Self {
        let ended = report.sites.iter().map(|site| (&site.site, &site.job));
        let waits = report.live.iter().flat_map(|live| {
            let deadlocks = live.deadlocks.iter().flat_map(|deadlock| &deadlock.waits);
            live.waits.iter().chain(deadlocks)
        });
        let waits = waits.flat_map(|wait| [(&wait.site, &wait.job), (&wait.queued_site, &wait.queued_job)]);
        let live = report.live.iter().flat_map(|live| &live.sites).map(|site| (&site.site, &site.job));
        let cpu = report.cpu.iter().map(|cpu| (&cpu.site, &cpu.job));
        let sequences = report.sequences.iter();
        let sequences = sequences.flat_map(|of| [(&of.before_site, &of.before_job), (&of.site, &of.job)]);
        let all = ended.chain(waits).chain(live).chain(cpu).chain(sequences);
        Self::of_keys(all.map(|(site, job)| (site.as_str(), job.as_str())))
    }

    pub(super) fn of_keys(keys: impl Iterator<Item = SiteRef<'a>>) -> Self {
        let mut levels: BTreeMap<SiteRef<'a>, usize> = keys.map(|key| (key, 0)).collect();
        loop {
            let mut owners: BTreeMap<String, Vec<SiteRef<'a>>> = BTreeMap::new();
            for (&key, &level) in &levels {
                owners.entry(frame(&label(key, level))).or_default().push(key);
            }
            // Whoever shares a label and still has a longer one takes it.
            let mut grown = false;
            for &key in owners.values().filter(|keys| keys.len() > 1).flatten() {
                let level = levels.get_mut(&key).expect("every owner came from there");
                if *level < last_level(key) {
                    *level += 1;
                    grown = true;
                }
            }
            if !grown {
                return Self(owners.values().flat_map(|keys| told_apart(keys, &levels)).collect());
            }
        }
    }

    pub(super) fn get(&self, key: SiteRef<'a>) -> &str {
        &self.0[&key]
    }

    /// The label of what may be no site of the report.
    pub(super) fn find(&self, key: SiteRef<'a>) -> Option<&str> {
        self.0.get(&key).map(String::as_str)
    }
}

/// The labels of sites that share one, or of one that has its own: the second and all that follow get a number, where what tells
/// them apart cannot be shown.
fn told_apart<'a>(
    keys: &[SiteRef<'a>],
    levels: &BTreeMap<SiteRef<'a>, usize>,
) -> impl Iterator<Item = (SiteRef<'a>, String)> {
    keys.iter().enumerate().map(|(i, &key)| {
        let label = label(key, levels[&key]);
        (key, if i == 0 { label } else { format!("{label} ({})", i + 1) })
    })
}

/// The last `names` names of a span's path. A bridge lock is called one: the app has locks too.
pub(super) fn span(span: &SpanReport, names: usize) -> String {
    let bridge = if span.kind == SpanKind::BridgeLock { "bridge " } else { "" };
    let Some((last, above)) = span.path.split_last() else { return String::new() };
    let above = &above[above.len().saturating_sub(names.saturating_sub(1))..];
    let above: String = above.iter().map(|name| format!("{name} > ")).collect();
    harmless(&format!("{above}{bridge}{last}"))
}

/// Folders that are added one by one; then comes the whole path. A path of any length costs no more labels than that.
const MAX_FOLDERS: usize = 16;

fn folders(path: &str) -> usize {
    path.matches(['/', '\\']).take(MAX_FOLDERS).count()
}

/// Levels run over the folders of the path, then add the column, then take the job's whole name. What is not the app's has levels of its own.
fn last_level((site, job): SiteRef<'_>) -> usize {
    match Origin::of(site, job) {
        Origin::App => folders(parts(site).0) + 2,
        _ => LAST_LEVEL,
    }
}

fn label((site, job): SiteRef<'_>, level: usize) -> String {
    if let Some(name) = origin::name(site, job, level) {
        return name;
    }
    let (path, line, column) = parts(site);
    let folders = folders(path);
    let cut = path.rmatch_indices(['/', '\\']).nth(level).filter(|_| level < folders);
    let shown = cut.map_or(path, |(at, _)| &path[at + 1..]);
    let mut label = shown.to_owned();
    if let Some(line) = line {
        label = format!("{label}:{line}");
    }
    if let (Some(column), true) = (column, level > folders) {
        label = format!("{label}:{column}");
    }
    let job = if level > folders + 1 { job.to_owned() } else { job_name(job) };
    if !job.is_empty() {
        label = format!("{label} {job}");
    }
    harmless(&label)
}

/// How the compiler names a closure, or the body of an `async fn`, in the function that it stands in.
const CLOSURE: &str = "::{{closure}}";

/// Helpers that call helpers are looked through so far.
const MAX_HELPERS: usize = 4;

/// The function that a closure stands in; of a helper that was handed a closure, also the function that one stands in.
fn job_name(job: &str) -> String {
    let name = last_name(job);
    let callers = std::iter::successors(handed(job), |closure| handed(closure)).take(MAX_HELPERS);
    match callers.last().map(last_name).filter(|caller| *caller != name) {
        Some(caller) => format!("{caller} via {name}"),
        None => name.to_owned(),
    }
}

/// The last closure among the types that the function is generic over in which a closure stands.
fn handed(closure: &str) -> Option<&str> {
    let within = closure.strip_suffix(CLOSURE)?;
    let function = within.trim_end_matches(CLOSURE);
    let types = function.strip_suffix('>')?;
    let (mut depth, mut end) = (0usize, types.len());
    for (at, byte) in types.bytes().enumerate().rev() {
        match byte {
            // Not the arrow of `fn() -> T`.
            b'>' if types[..at].ends_with('-') => {}
            b'>' | b')' | b']' => depth += 1,
            b',' if depth == 0 => {
                if types[..end].ends_with(CLOSURE) {
                    return Some(types[at + 1..end].trim_start());
                }
                end = at;
            }
            b'<' if depth == 0 => return types[..end].ends_with(CLOSURE).then_some(&types[at + 1..end]),
            b'<' | b'(' | b'[' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    None
}

/// The last part of a type name that means something: no closures, no generics, no path.
fn last_name(job: &str) -> &str {
    let mut depth = 0usize;
    let mut found = "";
    let mut start = 0;
    let bytes = job.as_bytes();
    for (at, &byte) in bytes.iter().enumerate() {
        match byte {
            b'<' => depth += 1,
            // Not the arrow of `fn() -> T`.
            b'>' if at > 0 && bytes[at - 1] != b'-' => depth = depth.saturating_sub(1),
            // Not the second and third of three.
            b':' if depth == 0 && at >= start && bytes.get(at + 1) == Some(&b':') => {
                found = meaningful(&job[start..at]).unwrap_or(found);
                start = at + 2;
            }
            _ => {}
        }
    }
    found = meaningful(&job[start.min(job.len())..]).unwrap_or(found);
    if found.is_empty() { job } else { found }
}

fn meaningful(segment: &str) -> Option<&str> {
    let segment = if segment.starts_with('<') { "" } else { segment.split('<').next().unwrap_or_default() };
    (!segment.is_empty() && !segment.starts_with('{')).then_some(segment)
}

/// The text as a frame of a folded stack. `;` parts frames and a number behind the last space is the stack's value.
pub(super) fn frame(text: &str) -> String {
    let mut frame = harmless(text).replace(';', ":").split_whitespace().collect::<Vec<_>>().join(" ");
    if let Some((_, last)) = frame.rsplit_once(' ') {
        if last.bytes().all(|b| b.is_ascii_digit() || b == b'.') {
            let at = frame.len() - last.len() - 1;
            frame.replace_range(at..=at, "_");
        }
    }
    if frame.is_empty() { "(unnamed)".to_owned() } else { frame }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jobs_are_named_by_their_last_meaningful_part() {
        for (job, expected) in [
            ("stat_storm::one_hop::{{closure}}", "one_hop"),
            ("app::meta::get::{{closure}}::{{closure}}", "get"),
            ("app::run<alloc::vec::Vec<u8>>::{{closure}}", "run"),
            ("<app::Job as core::ops::FnOnce<()>>::call_once", "call_once"),
            ("fn() -> u8", "fn() -> u8"),
            ("app::Job<fn() -> u8>", "Job"),
            ("{{closure}}", "{{closure}}"),
            ("", ""),
            ("a::", "a"),
            ("a:::b", ":b"),
            (":::::", ":"),
        ] {
            assert_eq!(job_name(job), expected, "{job}");
        }
    }

    #[test]
    fn a_helper_is_named_with_its_caller() {
        for (job, expected) in [
            ("a::blocking<i32, a::svc::order::{{closure}}::{{closure}}>::{{closure}}", "order via blocking"),
            ("a::Db::call<a::get::{{closure}}, (u8, [u8; 2])>::{{closure}}::{{closure}}", "get via call"),
            ("a::outer<a::inner<a::get::{{closure}}, u8>::{{closure}}>::{{closure}}", "get via outer"),
            ("a::call<u8, fn(u8, u8) -> u8, a::get::{{closure}}>::{{closure}}", "get via call"),
            ("a::get<a::get<u8>::{{closure}}>::{{closure}}", "get"),
            ("a::call<alloc::vec::Vec<a::get::{{closure}}>>::{{closure}}", "call"),
            ("a::call<a::get::{{closure}}>", "call"),
            ("::{{closure}}", "::{{closure}}"),
        ] {
            assert_eq!(job_name(job), expected, "{job}");
        }
    }

    #[test]
    fn labels_are_short_and_differ() {
        let keys = [
            ("src/main.rs:7:5", "app::one::{{closure}}"),
            ("src/a/mod.rs:7:5", "app::a::get::{{closure}}"),
            ("src/b/mod.rs:7:5", "app::b::get::{{closure}}"),
            ("src/lib.rs:9:1", "app::x::run::{{closure}}"),
            ("src/lib.rs:9:30", "app::x::run::{{closure}}"),
            ("src/lib.rs:10:1", "app::x::go<u8>::{{closure}}"),
            ("src/lib.rs:10:1", "app::x::go<u16>::{{closure}}"),
            ("<other>", ""),
            ("src/lib.rs:11:1", "app::x::go<u8>;:{{closure}}"),
            ("src/lib.rs:11:1", "app::x::go<u8>::{{closure}}"),
        ];
        let labels = Labels::of_keys(keys.into_iter());
        let found: Vec<&str> = keys.iter().map(|&key| labels.get(key)).collect();
        assert_eq!(
            found,
            [
                "main.rs:7 one",
                "a/mod.rs:7 get",
                "b/mod.rs:7 get",
                "src/lib.rs:9:1 run",
                "src/lib.rs:9:30 run",
                "src/lib.rs:10:1 app::x::go<u8>::{{closure}}",
                "src/lib.rs:10:1 app::x::go<u16>::{{closure}}",
                "<other>",
                "src/lib.rs:11:1 app::x::go<u8>;:{{closure}} (2)",
                "src/lib.rs:11:1 app::x::go<u8>::{{closure}}",
            ]
        );
    }

    #[test]
    fn sites_of_others_are_named_by_what_they_do_and_differ() {
        let tokio = "target/tollbridge/copy/tokio-1.54.1/src/fs/mod.rs:328:11";
        let keys = [
            (tokio, "tokio::fs::metadata::metadata<&str>::{{closure}}::{{closure}}"),
            (tokio, "tokio::fs::metadata::metadata<&std::path::PathBuf>::{{closure}}::{{closure}}"),
            (tokio, "tokio::fs::read::read_spawn_blocking::{{closure}}::{{closure}}"),
            ("tokio-1.47.1/src/fs/mod.rs:310:11", "tokio::fs::read::read_spawn_blocking::{{closure}}::{{closure}}"),
            ("object_store-0.11.2/src/local.rs:88:9", "object_store::a::{{closure}}"),
            ("object_store-0.11.2/src/local.rs:88:30", "object_store::a::{{closure}}"),
            ("object_store-0.11.1/src/local.rs:88:30", "object_store::a::{{closure}}"),
            ("src/main.rs:7:5", "app::one::{{closure}}"),
        ];
        let labels = Labels::of_keys(keys.into_iter());
        let found: Vec<&str> = keys.iter().map(|&key| labels.get(key)).collect();
        assert_eq!(
            found,
            [
                "tokio::fs::metadata<&str>",
                "tokio::fs::metadata<&PathBuf>",
                "tokio::fs::read (tokio 1.54.1 mod.rs:328)",
                "tokio::fs::read (tokio 1.47.1 mod.rs:310)",
                "object_store 0.11.2 src/local.rs:88:9 a",
                "object_store 0.11.2 src/local.rs:88:30 a",
                "object_store 0.11.1 local.rs:88",
                "main.rs:7 one",
            ]
        );
    }

    #[test]
    fn frames_cannot_break_a_folded_stack() {
        for (text, expected) in [
            ("a;b", "a:b"),
            ("a\nb\t c ", "a b c"),
            ("job 12 345", "job 12_345"),
            ("12", "12"),
            ("\u{1b}[31mred\u{202e}", "[31mred"),
            ("<&\">", "<&\">"),
            (" ", "(unnamed)"),
        ] {
            assert_eq!(frame(text), expected, "{text:?}");
        }
    }
}
