//! The command's exit codes. They are part of its interface.

/// All went well, or whoever read the output stopped reading.
pub const OK: u8 = 0;
/// Something that should not happen; a bug in tollbridge.
pub const INTERNAL: u8 = 1;
/// The command line is wrong.
pub const USAGE: u8 = 2;
/// The input is missing, unreadable, damaged, foreign, or has nothing to draw. Also what `merge --keep-going` ends with if it
/// left something out, though the rest is merged and written.
pub const UNUSABLE_INPUT: u8 = 3;
/// The output cannot be written.
pub const UNWRITABLE_OUTPUT: u8 = 4;
/// `compare --fail-over`: a site pays more than it may.
pub const OVER: u8 = 5;
/// `compare`: one run on a side, which does not tell what another one would show.
pub const TOO_FEW_RUNS: u8 = 6;
/// `compare --fail-over`: no site grew by more than it may as far as can be seen, and what was to be seen cannot be.
pub const UNSEEN: u8 = 7;

/// Every code, and what it means in a few words.
pub const ALL: [(u8, &str); 8] = [
    (OK, "all went well"),
    (INTERNAL, "a bug"),
    (USAGE, "wrong command line"),
    (UNUSABLE_INPUT, "unusable input"),
    (UNWRITABLE_OUTPUT, "output cannot be written"),
    (OVER, "more than compare --fail-over allows"),
    (TOO_FEW_RUNS, "compare has fewer than two runs on a side"),
    (UNSEEN, "compare --fail-over could not see what it was to look at"),
];
