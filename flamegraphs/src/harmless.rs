//! Text of others, where it is shown.

/// The text on one line, without what a terminal or an XML reader would stumble over or be led astray by: control
/// characters, line separators, marks that turn the direction of writing.
pub fn harmless(text: &str) -> String {
    let bad = |c: char| {
        c.is_control()
            || matches!(c, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}' | '\u{feff}')
            || matches!(c, '\u{fffe}' | '\u{ffff}')
    };
    text.chars().map(|c| if bad(c) { ' ' } else { c }).collect()
}

/// The text as one word of a shell's command, so that a command with it can be pasted.
#[must_use]
pub fn shell_word(text: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || "/._-+=:,@%".contains(c);
    if !text.is_empty() && text.chars().all(is_plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shown_stays_on_its_line() {
        assert_eq!(harmless("a\u{1b}[31m\nb\u{202e}\u{9b}"), "a [31m b  ");
    }

    #[test]
    fn a_path_is_one_word_of_a_shell() {
        let found = ["runs/old-1", "a b", "it's", ""].map(shell_word);
        assert_eq!(found, ["runs/old-1", "'a b'", r"'it'\''s'", "''"]);
    }
}
