//! dial9: the runtime's own events, into files. It has no spans: what it adds is what its hooks add.

use std::path::Path;
use std::time::Duration;

use ::dial9::{Dial9HandleTokioExt as _, DiskBuffer, TokioAttachOptions, recorder};

use super::{Active, Evidence};
use crate::hop::bare;

pub(super) fn start(folder: &Path) -> Active {
    let file_bytes = 64 << 20;
    let buffer =
        DiskBuffer::builder().base_path(folder).max_file_size(file_bytes).max_total_size(file_bytes << 6).build();
    let recorder = recorder(buffer.expect("the folder can be written")).build();
    let mut builder = tokio::runtime::Builder::new_current_thread();
    builder.max_blocking_threads(2);
    let options = TokioAttachOptions::builder().task_tracking_enabled(true).build();
    let runtime = recorder.handle().attach_tokio_runtime(builder, options).expect("a runtime");
    let folder = folder.to_owned();
    let finish = move |_| {
        recorder.graceful_shutdown(Duration::from_secs(60));
        let files = std::fs::read_dir(folder).expect("the folder is there");
        let bytes: u64 = files.map(|file| file.expect("an entry").metadata().expect("it is there").len()).sum();
        assert!(bytes > 0, "nothing was written");
        Evidence::Said("files written")
    };
    Active { runtime: Some(runtime), ..Active::new(|hops| Box::pin(bare(hops)), finish) }
}
