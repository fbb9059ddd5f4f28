//! dial9: the runtime's own events, into files; and with an event of our own for each span, since it has no spans to write.

use std::path::Path;
use std::sync::OnceLock;
use std::time::Duration;

use ::dial9::core::{Encodable, ThreadLocalEncoder, clock_monotonic_ns};
use ::dial9::format::{InternedString, TraceEvent};
use ::dial9::{Dial9Handle, Dial9HandleTokioExt as _, DiskBuffer, TokioAttachOptions, recorder};

use super::{Active, Evidence, Hops};
use crate::hop::bare;

static HANDLE: OnceLock<Dial9Handle> = OnceLock::new();

struct Spanned {
    start_ns: u64,
    name: &'static str,
}

#[derive(TraceEvent)]
struct Wire {
    #[traceevent(timestamp)]
    timestamp_ns: u64,
    took_ns: u64,
    name: InternedString,
}

impl Encodable for Spanned {
    fn encode(&self, encoder: &mut ThreadLocalEncoder<'_>) {
        let name = encoder.intern_string(self.name);
        let took_ns = clock_monotonic_ns() - self.start_ns;
        encoder.encode(&Wire { timestamp_ns: self.start_ns, took_ns, name });
    }
}

macro_rules! event {
    ($name:literal, $body:block) => {{
        let start_ns = clock_monotonic_ns();
        let result = $body;
        HANDLE.get().expect("set at the start").record_event(Spanned { start_ns, name: $name });
        result
    }};
}

crate::hop::spans!(event);

pub(super) fn start(folder: &Path) -> Active {
    started(folder, |hops| Box::pin(bare(hops)), 0)
}

pub(super) fn events(folder: &Path) -> Active {
    started(folder, |hops| Box::pin(spanned(hops)), crate::hop::SPANS)
}

fn started(folder: &Path, hops: Hops, events: u64) -> Active {
    let file_bytes = 64 << 20;
    let buffer =
        DiskBuffer::builder().base_path(folder).max_file_size(file_bytes).max_total_size(file_bytes << 6).build();
    let recorder = recorder(buffer.expect("the folder can be written")).build();
    let mut builder = tokio::runtime::Builder::new_current_thread();
    builder.max_blocking_threads(2);
    let options = TokioAttachOptions::builder().task_tracking_enabled(true).build();
    let runtime = recorder.handle().attach_tokio_runtime(builder, options).expect("a runtime");
    HANDLE.set(recorder.handle().clone()).unwrap_or_else(|_| unreachable!("started once"));
    let folder = folder.to_owned();
    let finish = move |hops| {
        recorder.graceful_shutdown(Duration::from_secs(60));
        let files = std::fs::read_dir(folder).expect("the folder is there");
        let bytes: u64 = files.map(|file| file.expect("an entry").metadata().expect("it is there").len()).sum();
        // No event can be shorter than two bytes.
        assert!(bytes > 2 * events * hops, "{bytes} bytes of {hops} hops");
        Evidence::Said("files written")
    };
    Active { runtime: Some(runtime), ..Active::new(hops, finish) }
}
