//! Reading a folder.

use std::collections::VecDeque;
use std::ffi::OsString;
use std::fmt;
use std::fs::{FileType, Metadata};
use std::future::poll_fn;
use std::io;
use std::panic::Location;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use super::hop::{is_armed, measured};
use crate::join_handle::JoinHandle;
use crate::pool;

/// Entries a hop, as tokio has it.
const CHUNK: usize = 32;

/// Whether the folder tells of what type its entries are; where it does not, each would have to be asked for.
const TELLS_FILE_TYPE: bool = !cfg!(any(
    target_os = "solaris",
    target_os = "illumos",
    target_os = "haiku",
    target_os = "vxworks",
    target_os = "aix",
    target_os = "nto",
    target_os = "vita",
));

/// Does the same as [`tokio::fs::read_dir`], and measures the hops while recording is on.
///
/// One hop opens the folder and reads its first 32 entries. Each further 32 entries take one more (job `next_chunk`). The site of all of these hops is the line
/// of this call.
///
/// # Errors
/// The same as tokio's.
#[track_caller]
pub fn read_dir(path: impl AsRef<Path>) -> impl Future<Output = io::Result<ReadDir>> {
    // Not generic, so that the job's name says what it does and not of which type the path was.
    fn read_dir(path: PathBuf) -> impl FnOnce() -> io::Result<Chunk> + Send {
        move || std::fs::read_dir(path).map(|rest| Chunk::read(VecDeque::with_capacity(CHUNK), rest))
    }
    let location = Location::caller();
    async move {
        if !is_armed() {
            return tokio::fs::read_dir(path).await.map(|tokio| ReadDir(Reader::Tokio(tokio)));
        }
        let chunk = measured(location, read_dir(path.as_ref().to_owned())).await?;
        Ok(ReadDir(Reader::Measured(Measured { location, chunk, next: None })))
    }
}

/// The entries of a folder, as [`tokio::fs::ReadDir`] gives them.
///
/// If recording was off when the folder was opened, these are tokio's own and stay so.
#[must_use = "streams do nothing unless polled"]
pub struct ReadDir(Reader);

enum Reader {
    Tokio(tokio::fs::ReadDir),
    Measured(Measured),
}

/// Read in hops of ours.
#[derive(Debug)]
struct Measured {
    /// Where the folder was opened.
    location: &'static Location<'static>,
    chunk: Chunk,
    /// The hop in flight. Kept here, so that a dropped `next_entry` loses nothing.
    next: Option<JoinHandle<Chunk>>,
}

/// What a hop brings.
#[derive(Debug)]
struct Chunk {
    entries: VecDeque<io::Result<DirEntry>>,
    /// What is not read yet; `None` at the folder's end.
    rest: Option<std::fs::ReadDir>,
}

impl ReadDir {
    /// Returns the next entry, as [`tokio::fs::ReadDir::next_entry`] does. This is cancel safe.
    ///
    /// # Errors
    /// The same as tokio's.
    pub async fn next_entry(&mut self) -> io::Result<Option<DirEntry>> {
        poll_fn(|cx| self.poll_next_entry(cx)).await
    }

    /// Polls for the next entry, as [`tokio::fs::ReadDir::poll_next_entry`] does.
    ///
    /// # Errors
    /// The same as tokio's.
    pub fn poll_next_entry(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<Option<DirEntry>>> {
        match &mut self.0 {
            Reader::Tokio(tokio) => {
                tokio.poll_next_entry(cx).map_ok(|entry| entry.map(|entry| DirEntry(Entry::Tokio(entry))))
            }
            Reader::Measured(measured) => measured.poll_next_entry(cx),
        }
    }
}

impl Measured {
    fn poll_next_entry(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<Option<DirEntry>>> {
        loop {
            if let Some(next) = &mut self.next {
                self.chunk = ready!(Pin::new(next).poll(cx))?;
                self.next = None;
            }
            if let Some(entry) = self.chunk.entries.pop_front() {
                return Poll::Ready(entry.map(Some));
            }
            let Some(rest) = self.chunk.rest.take() else {
                return Poll::Ready(Ok(None));
            };
            let job = next_chunk(std::mem::take(&mut self.chunk.entries), rest);
            self.next = Some(pool::spawn_measured(&pool::Current, self.location, job));
        }
    }
}

fn next_chunk(empty: VecDeque<io::Result<DirEntry>>, rest: std::fs::ReadDir) -> impl FnOnce() -> Chunk + Send {
    move || Chunk::read(empty, rest)
}

impl Chunk {
    /// Reads on, up to a full chunk or an error. `entries` are empty, and only handed on for their memory.
    fn read(mut entries: VecDeque<io::Result<DirEntry>>, mut rest: std::fs::ReadDir) -> Self {
        for _ in 0..CHUNK {
            let Some(entry) = rest.next() else {
                return Self { entries, rest: None };
            };
            let failed = entry.is_err();
            entries.push_back(entry.map(DirEntry::measured));
            if failed {
                break;
            }
        }
        Self { entries, rest: Some(rest) }
    }
}

/// An entry of a folder, as [`tokio::fs::DirEntry`].
///
/// The site of its hops is the line that calls `metadata` or `file_type`. They are measured if recording was on when the folder was opened.
pub struct DirEntry(Entry);

enum Entry {
    Tokio(tokio::fs::DirEntry),
    Measured { file_type: Option<FileType>, std: Arc<std::fs::DirEntry> },
}

impl DirEntry {
    fn measured(std: std::fs::DirEntry) -> Self {
        let file_type = if TELLS_FILE_TYPE { std.file_type().ok() } else { None };
        Self(Entry::Measured { file_type, std: Arc::new(std) })
    }

    /// Returns the entry's path, as [`tokio::fs::DirEntry::path`] does.
    #[must_use]
    pub fn path(&self) -> PathBuf {
        match &self.0 {
            Entry::Tokio(tokio) => tokio.path(),
            Entry::Measured { std, .. } => std.path(),
        }
    }

    /// Returns the entry's file name, as [`tokio::fs::DirEntry::file_name`] does.
    #[must_use]
    pub fn file_name(&self) -> OsString {
        match &self.0 {
            Entry::Tokio(tokio) => tokio.file_name(),
            Entry::Measured { std, .. } => std.file_name(),
        }
    }

    /// Returns the entry's inode number, as [`tokio::fs::DirEntry::ino`] does.
    #[cfg(unix)]
    #[must_use]
    pub fn ino(&self) -> u64 {
        match &self.0 {
            Entry::Tokio(tokio) => tokio.ino(),
            Entry::Measured { std, .. } => std::os::unix::fs::DirEntryExt::ino(&**std),
        }
    }

    /// Returns the entry's metadata, as [`tokio::fs::DirEntry::metadata`] does.
    ///
    /// # Errors
    /// The same as tokio's.
    #[track_caller]
    pub fn metadata(&self) -> impl Future<Output = io::Result<Metadata>> {
        fn metadata(std: Arc<std::fs::DirEntry>) -> impl FnOnce() -> io::Result<Metadata> + Send {
            move || std.metadata()
        }
        let location = Location::caller();
        async move {
            match &self.0 {
                Entry::Tokio(tokio) => tokio.metadata().await,
                Entry::Measured { std, .. } => measured(location, metadata(std.clone())).await,
            }
        }
    }

    /// Returns the entry's type, as [`tokio::fs::DirEntry::file_type`] does. This makes a hop only if the folder did not give the type.
    ///
    /// # Errors
    /// The same as tokio's.
    #[track_caller]
    pub fn file_type(&self) -> impl Future<Output = io::Result<FileType>> {
        fn file_type(std: Arc<std::fs::DirEntry>) -> impl FnOnce() -> io::Result<FileType> + Send {
            move || std.file_type()
        }
        let location = Location::caller();
        async move {
            match &self.0 {
                Entry::Tokio(tokio) => tokio.file_type().await,
                Entry::Measured { file_type: Some(known), .. } => Ok(*known),
                Entry::Measured { std, .. } => measured(location, file_type(std.clone())).await,
            }
        }
    }
}

impl fmt::Debug for ReadDir {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Reader::Tokio(tokio) => tokio.fmt(f),
            Reader::Measured(measured) => f.debug_tuple("ReadDir").field(measured).finish(),
        }
    }
}

impl fmt::Debug for DirEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Entry::Tokio(tokio) => tokio.fmt(f),
            Entry::Measured { file_type, std } => {
                f.debug_struct("DirEntry").field("file_type", file_type).field("std", std).finish()
            }
        }
    }
}
