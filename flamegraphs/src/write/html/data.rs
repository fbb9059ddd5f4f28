//! What the script draws from, as JSON between tags.

use serde::Serialize;

use crate::write::units;

/// JSON that can stand inside a `script` element: nothing in it can end the element or begin another.
pub(super) fn embedded(data: &impl Serialize) -> String {
    let json = serde_json::to_string(data).expect("strings, numbers and lists are JSON");
    json.replace('<', "\\u003c")
}

/// A mean as the script shows it: in the digits that the page itself shows it in. Below the floor it is shown as that, and must
/// stay below it.
pub(super) fn mean(ns: f64, floor_ns: Option<f64>) -> f64 {
    if floor_ns.is_some_and(|floor| ns < floor) { (ns * 100.0).floor() / 100.0 } else { units::shown(ns) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_ends_the_element() {
        assert_eq!(embedded(&["</script><!--"]), r#"["\u003c/script>\u003c!--"]"#);
    }
}
