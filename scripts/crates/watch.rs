//! Stands in for tollbridge in the watched runs of `scripts/crates.sh`: the same library under the same name, and a
//! subscriber that is there before `main`, as the tests of a foreign crate have none. Each hop that ends adds a line to the
//! file that `HOPS` names: call site, arm, outcome.

use std::fmt::{Debug, Write as _};
use std::fs::OpenOptions;
use std::io::Write as _;

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

pub use measured::*;

#[used]
#[unsafe(link_section = ".init_array")]
static BEFORE_MAIN: extern "C" fn() = watch;

extern "C" fn watch() {
    // Nobody was here before. A test that then sets a global subscriber itself fails, and the script says so.
    let _ = tracing::subscriber::set_global_default(Watch);
}

struct Watch;

#[derive(Default)]
struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        if matches!(field.name(), "code.file.path" | "code.line.number" | "arm" | "outcome") {
            let _ = write!(self.0, "{value:?} ");
        }
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.record_debug(field, &format_args!("{value}"));
    }
}

impl Subscriber for Watch {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("tollbridge")
    }

    fn event(&self, event: &Event<'_>) {
        if event.metadata().target() != "tollbridge::hop" {
            return;
        }
        let mut line = Line::default();
        event.record(&mut line);
        line.0.push('\n');
        let file = std::env::var_os("HOPS").map(|path| OpenOptions::new().create(true).append(true).open(path));
        // One write a line, so that processes and threads do not mix theirs.
        file.expect("HOPS is set").and_then(|mut file| file.write_all(line.0.as_bytes())).expect("HOPS can be written");
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}
