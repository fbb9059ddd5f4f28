//! What says that lines are missing which nobody can count as hops: journald and rsyslog tell what they left out.

use std::sync::LazyLock;

use memchr::memmem::{self, Finder};

/// Blocks that are looked at whole without a sign that a log daemon wrote them.
const SMALL: usize = 64 << 10;
/// Beginning of a block that is looked at for that sign.
const HEAD: usize = 1 << 10;

const JOURNALCTL_ALL: &str = "ask journalctl with --all";

/// What stands there, what to call one and several of it, and what to do.
const SIGNS: [(&str, &str, &str, &str); 6] = [
    ("\"MESSAGE\":null", "entry without its text", "entries without their text", JOURNALCTL_ALL),
    ("\"MESSAGE\" : null", "entry without its text", "entries without their text", JOURNALCTL_ALL),
    (
        "B blob data]",
        "line that journalctl left out as blob data",
        "lines that journalctl left out as blob data",
        JOURNALCTL_ALL,
    ),
    (
        " messages from ",
        "time that journald suppressed messages",
        "times that journald suppressed messages",
        "raise RateLimitBurst in journald.conf",
    ),
    (
        "begin to drop messages due to rate-limiting",
        "time that rsyslog began to drop messages",
        "times that rsyslog began to drop messages",
        "raise its rate limit",
    ),
    (
        "messages lost due to rate-limiting",
        "time that rsyslog lost messages",
        "times that rsyslog lost messages",
        "raise its rate limit",
    ),
];

static FINDERS: LazyLock<[Finder<'static>; 6]> = LazyLock::new(|| SIGNS.map(|(sign, ..)| Finder::new(sign)));

#[derive(Default)]
pub(super) struct Gaps([u64; 6]);

impl Gaps {
    /// Looks at lines, unless they are the app's own, which tell nothing.
    pub(super) fn look(&mut self, bytes: &[u8]) {
        let head = &bytes[..bytes.len().min(HEAD)];
        let passed_on = |sign: &[u8]| memmem::find(head, sign).is_some();
        if bytes.len() > SMALL && !passed_on(b"\"MESSAGE\"") && !passed_on(b"]: ") {
            return;
        }
        for (at, (count, finder)) in self.0.iter_mut().zip(&*FINDERS).enumerate() {
            let is_it = |&found: &usize| at != 3 || says_suppressed(&bytes[..found]);
            *count += finder.find_iter(bytes).filter(is_it).count() as u64;
        }
    }

    pub(super) fn notes(&self) -> impl Iterator<Item = String> {
        self.0.iter().zip(SIGNS).filter(|(count, _)| **count > 0).map(|(&count, (_, one, several, remedy))| {
            let what = if count == 1 { one } else { several };
            format!("{count} {what}, which may have been hops; {remedy}")
        })
    }
}

/// `Suppressed 712`.
fn says_suppressed(before: &[u8]) -> bool {
    let digits = before.iter().rev().take_while(|b| b.is_ascii_digit()).count();
    digits > 0 && before[..before.len() - digits].ends_with(b"Suppressed ")
}
