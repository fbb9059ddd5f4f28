//! Go's `pprof`: a gzipped `profile.proto` with one sample type for each measure.
//!
//! Each stack is a site, a phase and what lies inside it, leaf first. A site is a function by its label, with the job's type
//! name as its system name; its file and line are those of the call.

use std::collections::BTreeMap;
use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use prost::Message as _;
use tollbridge_report::Report;

use self::profile::{Function, Label, Line, Location, Profile, Sample, ValueType};
use super::call_site::call_site;
use super::samples::{self, Measure, samples};
use crate::Error;
use crate::harmless::harmless;
use crate::run;
use crate::write::joined::why_nothing;
use crate::write::label::Labels;
use crate::write::undrawn::{failed, nothing_to_draw};

mod profile;

/// What `pprof` shows unless told: what the crossings cost.
const DEFAULT: Measure = Measure::Overhead;

pub(super) fn write(report: &Report) -> Result<Vec<u8>, Error> {
    let profile = profile(report);
    if profile.sample.is_empty() {
        return Err(nothing_to_draw(why_nothing(report)));
    }
    let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
    let gzipped = gzip.write_all(&profile.encode_to_vec()).and_then(|()| gzip.finish());
    gzipped.map_err(|source| failed("the profile", source))
}

fn profile(report: &Report) -> Profile {
    let labels = Labels::of(report);
    let mut builder = Builder::default();
    let empty = builder.text("");
    debug_assert_eq!(empty, 0, "the format wants the empty text first");
    for measure in Measure::ALL {
        let (kind, unit) = (builder.text(measure.name()), builder.text(measure.unit()));
        builder.profile.sample_type.push(ValueType { kind, unit });
    }
    builder.profile.default_sample_type = builder.text(DEFAULT.name());
    for sample in samples(report) {
        let name = labels.get((&sample.key.site, &sample.key.job));
        builder.sample(&sample, name);
    }
    let started = report.processes.iter().map(|process| process.started_unix_ms).filter(|&ms| ms > 0).min();
    builder.profile.time_nanos = started.map_or(0, |ms| number(ms.saturating_mul(1_000_000)));
    builder.profile.duration_nanos = run::length_ns(report).map_or(0, number);
    builder.comment(&format!("{}: {}", harmless(&report.tool), run::describe(report)));
    let lost = report.dropped.total();
    if lost > 0 {
        builder.comment(&format!("not recorded: {lost}; see `tollbridge report`"));
    }
    if run::is_inflated(report) {
        builder.comment("times contain the app's own logging");
    }
    builder.profile
}

/// The format's numbers are signed.
fn number(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

/// A function, and the line in it: what pprof calls a location.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Frame {
    name: String,
    system_name: String,
    file: String,
    line: u32,
    column: u32,
}

impl Frame {
    fn named(name: String) -> Self {
        Self { system_name: name.clone(), name, file: String::new(), line: 0, column: 0 }
    }
}

#[derive(Default)]
struct Builder {
    profile: Profile,
    texts: BTreeMap<String, i64>,
    locations: BTreeMap<Frame, u64>,
}

impl Builder {
    /// Number of a text.
    fn text(&mut self, text: &str) -> i64 {
        if let Some(&number) = self.texts.get(text) {
            return number;
        }
        let index = number(self.profile.string_table.len() as u64);
        self.profile.string_table.push(text.to_owned());
        self.texts.insert(text.to_owned(), index);
        index
    }

    /// Number of a location and of its function, which is one with it.
    fn location(&mut self, frame: Frame) -> u64 {
        if let Some(&id) = self.locations.get(&frame) {
            return id;
        }
        // 0 is none.
        let id = self.locations.len() as u64 + 1;
        let (name, system_name) = (self.text(&frame.name), self.text(&frame.system_name));
        let (filename, line) = (self.text(&frame.file), i64::from(frame.line));
        self.profile.function.push(Function { id, name, system_name, filename, start_line: line });
        let line = Line { function_id: id, line, column: i64::from(frame.column) };
        self.profile.location.push(Location { id, line: vec![line] });
        self.locations.insert(frame, id);
        id
    }

    fn sample(&mut self, sample: &samples::StackSample<'_>, name: &str) {
        let key = sample.key;
        let at = call_site(&key.site);
        let site = Frame {
            name: name.to_owned(),
            system_name: harmless(&key.job),
            file: harmless(at.path),
            line: at.line.unwrap_or(0),
            column: at.column.unwrap_or(0),
        };
        let mut location_id = vec![self.location(site)];
        location_id.extend(sample.place.frames().map(|name| self.location(Frame::named(name))));
        location_id.reverse();
        let label = [("arm", key.arm.as_str()), ("detail", key.detail.as_str()), ("outcome", key.outcome.as_str())];
        let label = label.map(|(key, text)| Label { key: self.text(key), str: self.text(text) });
        let value = sample.weights.all().map(number);
        self.profile.sample.push(Sample { location_id, value: value.into(), label: label.into() });
    }

    fn comment(&mut self, text: &str) {
        let text = self.text(text);
        self.profile.comment.push(text);
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use tollbridge_report::names::{Arm, Detail, Outcome};
    use tollbridge_report::{Distribution, GroupKey, HopGroup, Process};

    use super::*;

    fn report(site: &str, job: &str) -> Report {
        let key = GroupKey {
            site: site.to_owned(),
            job: job.to_owned(),
            arm: Arm::Naive,
            detail: Detail::Phases,
            outcome: Outcome::Cancelled,
        };
        let mut hop_ns = Distribution::default();
        hop_ns.add(7);
        hop_ns.add(9);
        let group = HopGroup { hop_ns, ..HopGroup::new(key) };
        let process = Process { started_unix_ms: 1_000, duration_ns: 5, ..Process::default() };
        let mut report = Report { groups: vec![group], processes: vec![process], ..Report::default() };
        report.derive();
        report
    }

    fn decoded(report: &Report) -> Profile {
        let gzipped = write(report).unwrap();
        let mut bytes = Vec::new();
        flate2::read::GzDecoder::new(gzipped.as_slice()).read_to_end(&mut bytes).unwrap();
        Profile::decode(bytes.as_slice()).unwrap()
    }

    #[test]
    fn what_is_written_can_be_read_and_refers_to_what_is_there() {
        let report = report("src/a.rs:7:5", "app::get::{{closure}}");
        let read = decoded(&report);
        assert_eq!(read, profile(&report));
        assert_eq!(read.string_table[0], "");
        let text = |index: i64| read.string_table[usize::try_from(index).unwrap()].as_str();
        assert_eq!(text(read.default_sample_type), "overhead");
        let types: Vec<(&str, &str)> = read.sample_type.iter().map(|t| (text(t.kind), text(t.unit))).collect();
        assert_eq!(types[..2], [("hops", "count"), ("time", "nanoseconds")]);
        let [sample] = &read.sample[..] else { panic!("one group without a phase: {read:?}") };
        assert_eq!((sample.value.len(), sample.value[0]), (Measure::ALL.len(), 2));
        let labels: Vec<(&str, &str)> = sample.label.iter().map(|l| (text(l.key), text(l.str))).collect();
        assert_eq!(labels, [("arm", "naive"), ("detail", "phases"), ("outcome", "cancelled")]);
        let location = read.location.iter().find(|l| l.id == sample.location_id[0]).unwrap();
        let function = read.function.iter().find(|f| f.id == location.line[0].function_id).unwrap();
        assert_eq!((location.line[0].line, location.line[0].column), (7, 5));
        assert_eq!(
            [function.name, function.system_name, function.filename].map(text),
            ["a.rs:7 get", "app::get::{{closure}}", "src/a.rs"]
        );
        assert_eq!((read.time_nanos, read.duration_nanos), (1_000_000_000, 5));
    }

    #[test]
    fn hostile_names_are_harmless() {
        let read = decoded(&report("a\u{1b}[31m.rs\n:x:\"y\"", "job;\u{202e} 5"));
        assert!(!read.string_table.iter().any(|text| text.contains(['\u{1b}', '\n', '\u{202e}'])), "{read:?}");
    }
}
