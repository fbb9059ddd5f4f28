//! Which formats there are.

use tollbridge_report::Report;

use crate::Error;

macro_rules! format_of_rows {
    ($($(#[$doc:meta])* $format:ident $kind:ident $write:path;)+) => {
        /// Another tool's format.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[cfg_attr(feature = "clap", derive(clap::ValueEnum))]
        pub enum Format {
            $($(#[$doc])* $format,)+
        }

        impl Format {
            /// Every format.
            pub const ALL: &'static [Self] = &[$(Self::$format,)+];

            const fn kind(self) -> FormatKind {
                match self {
                    $(Self::$format => FormatKind::$kind,)+
                }
            }
        }

        /// The report as a whole file of another format. Names in it are harmless to a terminal: control characters and marks that
        /// turn the direction of writing are spaces.
        ///
        /// # Errors
        /// - [`Error::is_nothing_to_draw`]: stacks were asked for, and no hop ended; or a trace, and no hops were kept whole.
        /// - Neither of input nor of output: a bug in the writer of the format.
        pub fn export(report: &Report, format: Format) -> Result<Vec<u8>, Error> {
            match format {
                $(Format::$format => $write(report),)+
            }
        }
    };
}

formats!(format_of_rows);

/// What a file of a format is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum FormatKind {
    Text,
    Binary,
}

impl Format {
    /// Whether the file is no text, so that a terminal could not show it.
    #[must_use]
    pub const fn is_binary(self) -> bool {
        matches!(self.kind(), FormatKind::Binary)
    }
}
