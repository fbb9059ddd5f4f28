//! cargo's arguments: those after `--` are the program's.

use std::ffi::OsString;

/// The values of a flag, however they are given.
pub(super) fn values<'a>(args: &'a [OsString], flag: &'a str) -> impl Iterator<Item = OsString> + 'a {
    let own = || args.iter().take_while(|arg| *arg != "--");
    own().enumerate().filter_map(move |(at, arg)| match arg.to_str()?.strip_prefix(flag)? {
        "" => own().nth(at + 1).cloned(),
        joined => Some(joined.strip_prefix('=')?.into()),
    })
}

/// The last one, as cargo takes it.
pub(super) fn value(args: &[OsString], flag: &str) -> Option<OsString> {
    values(args, flag).last()
}

/// Whether one of these flags is given.
pub(super) fn has(args: &[OsString], flags: &[&str]) -> bool {
    args.iter().take_while(|arg| *arg != "--").any(|arg| flags.iter().any(|flag| arg == flag))
}

/// The arguments without a flag and its value.
pub(super) fn without(args: &[OsString], flag: &str) -> Vec<OsString> {
    let (mut kept, mut is_own, mut is_value) = (Vec::new(), true, false);
    for arg in args {
        is_own &= arg != "--";
        let is_flag = is_own && arg == flag;
        let is_joined =
            is_own && arg.to_str().and_then(|arg| arg.strip_prefix(flag)).is_some_and(|rest| rest.starts_with('='));
        if !is_flag && !is_joined && !is_value {
            kept.push(arg.clone());
        }
        is_value = is_flag;
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Vec<OsString> {
        line.split(' ').map(OsString::from).collect()
    }

    #[test]
    fn a_flag_of_the_program_is_none_of_cargo_s() {
        let line = words("--target-dir a --release -- --target-dir b");
        assert_eq!(value(&line, "--target-dir"), Some("a".into()));
        assert_eq!(without(&line, "--target-dir"), words("--release -- --target-dir b"));
        assert_eq!(value(&words("-- --target x"), "--target"), None);
        assert!(has(&line, &["-r", "--release"]) && !has(&words("run -- --offline"), &["--offline"]));
    }

    #[test]
    fn the_last_value_of_a_flag_counts() {
        assert_eq!(value(&words("--target=a --target=b"), "--target"), Some("b".into()));
        assert_eq!(value(&words("--target a --target=b --target c"), "--target"), Some("c".into()));
        assert_eq!(without(&words("--target-dir=a --bin x"), "--target-dir"), words("--bin x"));
    }
}
