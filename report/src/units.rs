//! Durations and counts as text: three significant digits, the unit that fits, counts in groups of three. The app's summary, the screen and the page
//! show them so.

/// A duration given in ns: `6.51ns`, `21.4us`, `412us`, `48.3ms`, `1.20s`.
#[must_use]
pub fn duration(ns: f64) -> String {
    let unit = Unit::of(ns);
    format!("{}{}", unit.digits(ns), unit.name)
}

/// The duration that [`duration`]'s digits stand for, to be shown by others in the same digits.
#[must_use]
pub fn shown(ns: f64) -> f64 {
    let unit = Unit::of(ns);
    // What digits say is a number, and times ten is exact but for the last bits.
    let ns = unit.digits(ns).parse().unwrap_or(ns) * unit.ns;
    (ns * 100.0).round() / 100.0
}

/// A duration in words, for sentences: `21.4 us`.
#[must_use]
pub fn duration_spaced(ns: f64) -> String {
    let unit = Unit::of(ns);
    format!("{} {}", unit.digits(ns), unit.name)
}

/// A unit of time.
#[derive(Clone, Copy, Debug)]
pub struct Unit {
    name: &'static str,
    ns: f64,
}

impl Unit {
    /// The largest one of which there is a whole one, once rounded to three digits.
    #[must_use]
    pub fn of(ns: f64) -> Self {
        const UNITS: [Unit; 4] = [
            Unit { name: "s", ns: 1e9 },
            Unit { name: "ms", ns: 1e6 },
            Unit { name: "us", ns: 1e3 },
            Unit { name: "ns", ns: 1.0 },
        ];
        UNITS.into_iter().find(|unit| ns >= unit.ns * 0.9995).unwrap_or(UNITS[3])
    }

    /// Its symbol.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.name
    }

    /// A duration given in ns, in this unit, without its symbol.
    #[must_use]
    pub fn digits(self, ns: f64) -> String {
        significant(ns / self.ns)
    }
}

/// A ratio or another bare number: `4.12`, `41.2`, `412`.
#[must_use]
pub fn significant(value: f64) -> String {
    match value.abs() {
        0.0 => "0".to_owned(),
        x if x < 9.995 => format!("{value:.2}"),
        x if x < 99.95 => format!("{value:.1}"),
        _ => format!("{value:.0}"),
    }
}

/// `1,204,318`
#[must_use]
pub fn count(count: u64) -> String {
    let digits = count.to_string();
    let mut grouped = String::with_capacity(digits.len() * 4 / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i) % 3 == 0 {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_three_digits() {
        for (ns, expected) in [
            (0.0, "0ns"),
            (0.25, "0.25ns"),
            (6.507, "6.51ns"),
            (99.96, "100ns"),
            (412.4, "412ns"),
            (999.4, "999ns"),
            (999.6, "1.00us"),
            (21_400.0, "21.4us"),
            (999_999.0, "1.00ms"),
            (48_300_000.0, "48.3ms"),
            (1.2e9, "1.20s"),
            (7.2e12, "7200s"),
        ] {
            assert_eq!(duration(ns), expected, "{ns}");
            assert_eq!(duration(shown(ns)), expected, "{ns}");
        }
    }

    #[test]
    fn counts_are_grouped() {
        for (n, expected) in [(0, "0"), (999, "999"), (1000, "1,000"), (1_204_318, "1,204,318")] {
            assert_eq!(count(n), expected);
        }
    }
}
