//! How often the intervals between arms err, on real captures. It needs a library whose reports are falsified, so that is a `--cfg`:
//! `scripts/contrast.sh` gives it.

#![cfg_attr(tollbridge_twin_arms, expect(clippy::print_stdout, reason = "figures go there"))]

#[cfg(tollbridge_twin_arms)]
mod captures;

#[cfg(tollbridge_twin_arms)]
use captures::main;

#[cfg(not(tollbridge_twin_arms))]
fn main() {
    eprintln!("contrast: SKIPPED: built without --cfg tollbridge_twin_arms; run scripts/contrast.sh");
}
