//! What phases look like, on the page and in pictures, and what a sentence calls them: the one table. What a phase is, is in its
//! [`kind`](Phase::kind).

use tollbridge_report::names::{Phase, PhaseKind};

/// The thread of a hop that a phase occupies.
#[derive(Clone, Copy, Debug)]
pub(super) enum Thread {
    Caller,
    Pool,
    Awaiter,
}

/// What a phase looks like.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(
    not(all(feature = "export", feature = "flame", feature = "html")),
    expect(dead_code, reason = "each of these features reads a column of its own")
)]
pub(super) struct Look {
    /// Its colour in a picture.
    pub(super) picture: (u8, u8, u8),
    /// Its colours on the page, on light and on dark paper. After Paul Tol's bright scheme, which colour-blind people tell apart; the light ones
    /// darker, to be seen on white.
    page: (&'static str, &'static str),
    /// The thread that it occupies; `None` if nobody works for the hop.
    pub(super) thread: Option<Thread>,
    /// What the overhead is, if most of it is this phase; `None` where that is said in another way.
    pub(super) words: Option<&'static str>,
}

/// Looks a phase up.
pub(super) const fn look(phase: Phase) -> Look {
    use Thread::{Awaiter, Caller, Pool};
    let (picture, page, thread, words) = match phase {
        Phase::Reach => ((190, 190, 190), ("#9299a1", "#8a929b"), None, None),
        Phase::Submit => {
            ((250, 206, 128), ("#a3912a", "#ccbb44"), Some(Caller), Some("the spawn_blocking call itself"))
        }
        Phase::Backlog => ((190, 190, 190), ("#9299a1", "#8a929b"), None, None),
        Phase::Start => ((244, 164, 96), ("#4477aa", "#6f9fd0"), None, None),
        Phase::Run => ((163, 205, 139), ("#5d9a63", "#74b57b"), Some(Pool), None),
        Phase::Publish => ((246, 226, 122), ("#2293b8", "#66ccee"), Some(Pool), Some("storing the outcome")),
        Phase::Unpolled => ((190, 190, 190), ("#b4bac1", "#68707a"), None, None),
        Phase::Resume => ((233, 122, 104), ("#e0566a", "#ee6677"), None, Some("waking the awaiter")),
        Phase::Transfer => ((196, 176, 226), ("#aa3377", "#d06aa3"), Some(Awaiter), Some("the transfer")),
    };
    Look { picture, page, thread, words }
}

/// The phases that the page shows, in time order: all that joined hops are divided into.
#[cfg(any(feature = "export", feature = "html"))]
pub(super) fn divided() -> impl Iterator<Item = Phase> + Clone {
    Phase::ALL.iter().copied().filter(|phase| phase.kind() != PhaseKind::Reach)
}

/// A phase where the overhead is a sum: `= submit`, `+ start`; what is no part of it by its name.
pub(super) fn part(phase: Phase) -> String {
    match phase.is_overhead() {
        true if Phase::of(PhaseKind::Overhead).next() == Some(phase) => format!("= {phase}"),
        true => format!("+ {phase}"),
        false => phase.to_string(),
    }
}

/// The page's style for phases: a variable and a class each.
#[cfg(feature = "html")]
pub(super) fn style() -> String {
    let colours = |of: fn(Look) -> &'static str| {
        divided().map(|phase| format!(" --{phase}: {};", of(look(phase)))).collect::<String>()
    };
    let classes: String = divided().map(|phase| format!(".p-{phase} {{ fill: var(--{phase}); }}\n")).collect();
    let (light, dark) = (colours(|look| look.page.0), colours(|look| look.page.1));
    format!(":root {{{light} }}\n@media (prefers-color-scheme: dark) {{ :root {{{dark} }} }}\n{classes}")
}
