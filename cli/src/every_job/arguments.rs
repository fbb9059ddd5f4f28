//! The arguments of cargo's verbs, of which a few are looked at.

use std::ffi::OsString;

/// The value of a flag, however it is given; the last one, as cargo takes it.
pub(super) fn value(args: &[OsString], flag: &str) -> Option<OsString> {
    let own = || args.iter().take_while(|arg| *arg != "--");
    let given = own().enumerate().filter_map(|(at, arg)| match arg.to_str()?.strip_prefix(flag)? {
        "" => own().nth(at + 1).cloned(),
        joined => Some(joined.strip_prefix('=')?.into()),
    });
    given.last()
}
