//! No verb writes over a file that it reads: the report would be gone, and with it what the page was made of.

use std::fs::Metadata;
use std::path::{Path, PathBuf};

use crate::error::Error;
use crate::standard;

/// Whether the user wants it all the same.
#[derive(Clone, Copy, Debug, clap::Args)]
pub(crate) struct Force {
    /// Allows the output to replace a file that is read.
    #[arg(long)]
    force: bool,
}

impl Force {
    /// Fails if one of `outs` is one of `inputs`: by another name, through links, or in another case where the file system does not
    /// distinguish cases. What is not yet a file, or not one of a disk, can be written.
    pub(crate) fn keeps<P: AsRef<Path>>(self, inputs: &[P], outs: &[PathBuf]) -> Result<(), Error> {
        let outs = outs.iter().filter(|_| !self.force).filter_map(|out| Some((out, Identity::of_file(out)?)));
        for (out, written) in outs {
            let mut read = inputs.iter().map(AsRef::as_ref).map(|input| (input, Identity::of_input(input)));
            if let Some((input, _)) = read.find(|(_, read)| read.as_ref() == Some(&written)) {
                return Err(Error::over_input(input, out));
            }
        }
        Ok(())
    }
}

/// What tells a file from all others.
#[derive(Debug, PartialEq, Eq)]
enum Identity {
    #[cfg(unix)]
    Inode { device: u64, number: u64 },
    #[cfg_attr(unix, expect(dead_code, reason = "where there are no inodes"))]
    Path(PathBuf),
}

impl Identity {
    fn of_file(path: &Path) -> Option<Self> {
        let found = std::fs::metadata(path).ok().filter(Metadata::is_file)?;
        Self::of(&found, path)
    }

    fn of_input(input: &Path) -> Option<Self> {
        if !standard::is_standard(input) {
            return Self::of_file(input);
        }
        let found = standard_input()?;
        Self::of(&found, input)
    }

    #[cfg(unix)]
    fn of(found: &Metadata, _: &Path) -> Option<Self> {
        use std::os::unix::fs::MetadataExt as _;
        Some(Self::Inode { device: found.dev(), number: found.ino() })
    }

    #[cfg(not(unix))]
    fn of(_: &Metadata, path: &Path) -> Option<Self> {
        path.canonicalize().ok().map(Self::Path)
    }
}

/// The file that standard input was redirected from, if it was.
#[cfg(unix)]
fn standard_input() -> Option<Metadata> {
    use std::os::fd::AsFd as _;
    let own = std::io::stdin().as_fd().try_clone_to_owned().ok()?;
    std::fs::File::from(own).metadata().ok().filter(Metadata::is_file)
}

#[cfg(not(unix))]
fn standard_input() -> Option<Metadata> {
    None
}
