//! Numbers as text: three significant digits, the unit that fits, counts in groups of three. What the app's own summary shows too is
//! in the crate of reports.

pub(crate) use tollbridge_report::units::{Unit, count, duration, duration_spaced, significant};

/// A difference and its interval in one unit: `+24.1 ns [+22.0, +26.2]`.
pub(crate) fn difference(value: f64, low: f64, high: f64) -> String {
    let unit = Unit::of(value.abs().max(low.abs()).max(high.abs()));
    let signed = |ns: f64| {
        let digits = unit.digits(ns.abs());
        let zero = digits.bytes().all(|b| b == b'0' || b == b'.');
        let sign = if zero {
            ""
        } else if ns < 0.0 {
            "-"
        } else {
            "+"
        };
        format!("{sign}{digits}")
    };
    format!("{} {} [{}, {}]", signed(value), unit.name(), signed(low), signed(high))
}

/// Stands for a space at which no line may end.
pub(crate) const FIRM_SPACE: char = '\u{a0}';

/// The text as one word: figures and their units stay together.
pub(crate) fn unbroken(text: &str) -> String {
    text.chars().map(|c| if c == ' ' { FIRM_SPACE } else { c }).collect()
}

/// Things per second: `0.52`, `41.2`, `45,231`.
pub(crate) fn rate(per_second: f64) -> String {
    if per_second.abs() < 999.5 {
        return significant(per_second);
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a rate beyond 2^64 is shown as that")]
    let whole = count(per_second.abs().round() as u64);
    if per_second < 0.0 { format!("-{whole}") } else { whole }
}

/// A mean number of things of which nobody wants to know more: `about 2`, `about 20`, `about 1,600`.
pub(crate) fn about(mean: f64) -> String {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a mean of counts")]
    let rounded = two_digits(mean, f64::round) as u64;
    format!("about {}", count(rounded))
}

/// A whole number of at most two digits and noughts, rounded as told: an estimate has no more.
pub(crate) fn two_digits(value: f64, round: fn(f64) -> f64) -> f64 {
    let unit = 10f64.powf((value.max(1.0).log10().floor() - 1.0).max(0.0));
    round(value / unit) * unit
}

/// Events per transfer: a whole number bare, anything else to three places.
pub(crate) fn per(value: f64) -> String {
    if value.fract() == 0.0 { format!("{value:.0}") } else { format!("{value:.3}") }
}

/// A mean number of things: `63`, `2.4`, `<0.1`.
pub(crate) fn mean_count(mean: f64) -> String {
    if mean > 0.0 && mean < 0.05 {
        return "<0.1".to_owned();
    }
    if mean == 0.0 || mean >= 9.95 { format!("{mean:.0}") } else { format!("{mean:.1}") }
}

/// A share as a percentage: `43 %`, `0.1 %`, `<0.1 %`.
pub(crate) fn percent(part: f64, whole: f64) -> String {
    let percent = 100.0 * part / whole;
    if percent > 0.0 && percent < 0.05 {
        return "<0.1 %".to_owned();
    }
    if percent == 0.0 || percent >= 9.95 { format!("{percent:.0} %") } else { format!("{percent:.1} %") }
}

/// `7 hops`, `1 hop`
pub(crate) fn counted(n: u64, one: &str, many: &str) -> String {
    format!("{} {}", count(n), if n == 1 { one } else { many })
}

/// A moment as UTC, to the second: `2024-02-29 13:07:00 UTC`.
///
/// # Source
/// The calendar repeats every 400 years of 146,097 days; counting from 1 March puts the leap day last. See
/// H. Hinnant, "chrono-Compatible Low-Level Date Algorithms".
pub(crate) fn moment(unix_ms: u64) -> String {
    let seconds = unix_ms / 1000;
    let (days, second) = (seconds / 86_400, seconds % 86_400);
    // 719,468 days from 1 March of the year 0 to 1 January 1970.
    let days = days + 719_468;
    let (era, day) = (days / 146_097, days % 146_097);
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day_of_month = day - (153 * month + 2) / 5 + 1;
    let (month, next) = if month < 10 { (month + 3, 0) } else { (month - 9, 1) };
    let year = era * 400 + year + next;
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    format!("{year:04}-{month:02}-{day_of_month:02} {hour:02}:{minute:02}:{second:02} UTC")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn estimates_have_two_digits() {
        for (x, expected) in [(1.01, 2.0), (10.6, 11.0), (99.5, 100.0), (206.1, 210.0), (946_000.0, 950_000.0)] {
            assert!((two_digits(x, f64::ceil) - expected).abs() < 1e-6, "{x}");
        }
        for (mean, expected) in [(2.4, "about 2"), (19.4, "about 19"), (99.6, "about 100"), (1_562.0, "about 1,600")] {
            assert_eq!(about(mean), expected);
        }
    }

    #[test]
    fn differences_share_a_unit() {
        assert_eq!(difference(24.06, 22.0, 26.12), "+24.1 ns [+22.0, +26.1]");
        assert_eq!(difference(-31.0, -140.0, 80.0), "-31.0 ns [-140, +80.0]");
        assert_eq!(difference(310.0, -900.0, 1520.0), "+0.31 us [-0.90, +1.52]");
        assert_eq!(difference(0.0, -0.001, 1.0), "0 ns [0.00, +1.00]");
    }

    #[test]
    fn moments() {
        for (ms, expected) in [
            (0, "1970-01-01 00:00:00 UTC"),
            (951_782_399_999, "2000-02-28 23:59:59 UTC"),
            (951_782_400_000, "2000-02-29 00:00:00 UTC"),
            (1_735_689_599_000, "2024-12-31 23:59:59 UTC"),
            (4_107_542_400_000, "2100-03-01 00:00:00 UTC"),
        ] {
            assert_eq!(moment(ms), expected);
        }
    }

    #[test]
    fn shares_and_means() {
        assert_eq!([63.4, 9.96, 2.44, 0.049, 0.0].map(mean_count), ["63", "10", "2.4", "<0.1", "0"]);
        assert_eq!(
            [percent(43.0, 100.0), percent(1.0, 1000.0), percent(1.0, 1e6), percent(0.0, 1.0)],
            ["43 %", "0.1 %", "<0.1 %", "0 %"]
        );
        assert_eq!((per(4.0), per(3.98)), ("4".to_owned(), "3.980".to_owned()));
        assert_eq!([rate(0.516), rate(999.4), rate(-45_231.4)], ["0.52", "999", "-45,231"]);
    }
}
