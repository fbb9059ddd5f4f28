//! The command's exit codes. They are part of its interface.

/// All went well, or the reader of the output stopped reading.
pub const OK: u8 = 0;
/// Something that should not happen; a bug in tollbridge.
pub const INTERNAL: u8 = 1;
/// The command line is wrong.
pub const USAGE: u8 = 2;
/// The input is missing, unreadable, damaged, foreign, or has nothing to draw. `merge --keep-going` also ends with this code if it
/// left something out, though the rest is merged and written.
pub const UNUSABLE_INPUT: u8 = 3;
/// The output cannot be written.
pub const UNWRITABLE_OUTPUT: u8 = 4;
/// `compare --fail-over`: a site grew by more than is allowed.
pub const OVER: u8 = 5;
/// `compare`: fewer than two runs on a side. One run does not show what another one would.
pub const TOO_FEW_RUNS: u8 = 6;
/// `compare --fail-over`: no growth above what is allowed was found, but something that the gate had to check could not be checked.
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
    (UNSEEN, "compare --fail-over could not check what it was asked to"),
];
