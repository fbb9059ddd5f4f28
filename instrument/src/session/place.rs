//! Where a run's folder is to be. Looks at no disk, which may not answer: that is the writing thread's part (`folder.rs`).

use std::num::NonZeroU32;
use std::path::{Path, PathBuf};

use super::error::Error;

/// Where a run's folder is to be.
#[derive(Clone, Debug)]
pub(super) enum Place {
    /// A folder of the run's own in here.
    Below {
        base: PathBuf,
        /// How many runs of this executable are to be there at most, this one included; `None`: however many.
        keep: Option<NonZeroU32>,
    },
    /// Here.
    Exactly(PathBuf),
}

impl Place {
    pub(super) fn below(base: impl Into<PathBuf>) -> Self {
        Self::Below { base: base.into(), keep: None }
    }

    pub(super) fn keeping(self, keep: Option<NonZeroU32>) -> Self {
        match self {
            Self::Below { base, .. } => Self::Below { base, keep },
            exactly @ Self::Exactly(_) => exactly,
        }
    }

    /// The folder that was named: an absolute path once [`fixed`](Self::fixed).
    pub(super) fn path(&self) -> &Path {
        match self {
            Self::Below { base: path, .. } | Self::Exactly(path) => path,
        }
    }

    /// Whether the folder is a relative path while the current directory is `/`: that of a daemon, where nobody looks for a report.
    pub(super) fn is_strayed(&self) -> bool {
        self.path().is_relative() && std::env::current_dir().is_ok_and(|current| current.parent().is_none())
    }

    /// The same place as it is found from any directory. Links in it stay what they are.
    pub(super) fn fixed(self) -> Result<Self, Error> {
        let absolute = |path: &Path| {
            // An empty path is the current directory, which `absolute` refuses to say.
            let given = if path.as_os_str().is_empty() { Path::new(".") } else { path };
            std::path::absolute(given).map_err(|error| Error::folder(path, error))
        };
        Ok(match self {
            Self::Below { base, keep } => Self::Below { base: absolute(&base)?, keep },
            Self::Exactly(path) => Self::Exactly(absolute(&path)?),
        })
    }
}
