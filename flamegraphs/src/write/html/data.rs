//! What the script draws from, as JSON between tags.

use serde::Serialize;

use tollbridge_report::units::shown;

/// JSON that can stand inside a `script` element: nothing in it can end the element or begin another.
pub(super) fn embedded(data: &impl Serialize) -> String {
    let json = serde_json::to_string(data).expect("strings, numbers and lists are JSON");
    json.replace('<', "\\u003c")
}

/// A length in ns, in as few characters as JSON allows: a page of many sites holds many.
#[derive(Clone, Copy)]
pub(super) struct Ns(pub(super) f64);

impl Serialize for Ns {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a whole number below 2^53")]
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let whole = self.0.fract() == 0.0 && (0.0..9e15).contains(&self.0);
        if whole { serializer.serialize_u64(self.0 as u64) } else { serializer.serialize_f64(self.0) }
    }
}

/// A mean as the script shows it: in the digits that the page itself shows it in. Below the floor it is shown as that, and must
/// stay below it.
pub(super) fn mean(ns: f64, floor_ns: Option<f64>) -> Ns {
    Ns(if floor_ns.is_some_and(|floor| ns < floor) { (ns * 100.0).floor() / 100.0 } else { shown(ns) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::duration;

    #[test]
    fn durations_are_shown_in_the_same_digits() {
        for ns in [0.0, 0.25, 6.507, 99.96, 412.4, 999.4, 999.6, 21_400.0, 999_999.0, 48_300_000.0, 1.2e9, 7.2e12] {
            assert_eq!(duration(shown(ns)), duration(ns), "{ns}");
        }
    }

    #[test]
    fn whole_lengths_have_no_point() {
        assert_eq!(embedded(&[0.0, 21_400.0, 9.51].map(Ns)), "[0,21400,9.51]");
    }

    #[test]
    fn nothing_ends_the_element() {
        assert_eq!(embedded(&["</script><!--"]), r#"["\u003c/script>\u003c!--"]"#);
    }
}
