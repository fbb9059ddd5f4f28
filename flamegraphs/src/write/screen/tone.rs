//! What parts of a screen mean, and how that looks on a terminal with colours.

use anstyle::{AnsiColor, Style};

/// What a piece of text is. Without colours all look alike, so nothing may be told by a tone alone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Tone {
    #[default]
    Plain,
    /// Names a section or heads a table.
    Label,
    /// Good news: less was paid, or nothing grew too much.
    Good,
    /// Bad news.
    Bad,
    /// What has to be known before anything else: the app hangs.
    Alarm,
    /// How the rest is meant.
    Note,
}

impl Tone {
    /// The text in its tone. It must be harmless already: escapes that stand in it would be kept.
    pub(super) fn paint(self, text: &str) -> String {
        let style = self.style();
        format!("{style}{text}{style:#}")
    }

    const fn style(self) -> Style {
        match self {
            Self::Plain => Style::new(),
            Self::Label => Style::new().bold(),
            Self::Good => AnsiColor::Green.on_default(),
            Self::Bad => AnsiColor::Red.on_default(),
            Self::Alarm => AnsiColor::Red.on_default().bold(),
            Self::Note => Style::new().dimmed(),
        }
    }
}
