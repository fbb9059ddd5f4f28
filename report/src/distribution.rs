//! Durations added up: count, sum, sum of squares, extremes, and a sparse histogram.
//!
//! # Source
//! The log-linear bucketing follows HdrHistogram (Gil Tene): powers of two, each split into equal parts. Ours has 32
//! parts, so a bucket is at most 1/32 of its lower edge wide, and its middle is within 1.6 % of every value in it.

use super::written::written;

/// Parts per power of two, as a power of two.
const PART_BITS: u32 = 5;
/// Parts per power of two.
pub(crate) const PARTS: usize = 1 << PART_BITS;
/// Exponent of the first value that is out of range: 2^42 ns are 73 minutes.
const MAX_EXPONENT: u32 = 42;
/// Groups of [`PARTS`] buckets: one for the values below 32, then one per power of two.
pub(crate) const GROUPS: usize = (MAX_EXPONENT - PART_BITS + 1) as usize;
/// Number of buckets.
pub const BUCKETS: usize = GROUPS * PARTS;

/// The bucket of a value: its index below [`BUCKETS`]. Values of 2^42 ns and above share the last one.
#[inline]
#[must_use]
#[expect(clippy::cast_possible_truncation, reason = "what is cast lies below BUCKETS")]
pub const fn bucket_of(value: u64) -> usize {
    if value < PARTS as u64 {
        return value as usize;
    }
    if is_outlier(value) {
        return BUCKETS - 1;
    }
    float_bucket(value).0
}

/// The bucket of a value that is one of those that a power of two is divided into, and the value as a float. Of another value
/// it gives a number below [`PARTS`] or not below [`BUCKETS`].
///
/// A float's exponent and the first bits of its mantissa stand side by side: the number of its bucket but for a constant.
#[inline(always)]
pub(crate) const fn float_bucket(value: u64) -> (usize, f64) {
    const BELOW: u64 = (f64::MAX_EXP as u64 - 1 + PART_BITS as u64 - 1) << PART_BITS;
    // Signed is one instruction. Below 2^53 the float is exact; whatever it is beyond, it is out of range.
    #[expect(clippy::cast_possible_wrap, reason = "a length that overruns has the sign bit, and is out of range too")]
    let float = value as i64 as f64;
    let bucket = (float.to_bits() >> (f64::MANTISSA_DIGITS - 1 - PART_BITS)).wrapping_sub(BELOW) as usize;
    (bucket, float)
}

/// Lowest and highest value of a bucket, both inclusive.
#[must_use]
#[expect(clippy::cast_possible_truncation, reason = "a shift lies below 64")]
pub const fn bucket_range(bucket: usize) -> (u64, u64) {
    if bucket < PARTS {
        return (bucket as u64, bucket as u64);
    }
    let shift = (bucket / PARTS - 1) as u32;
    let low = ((PARTS + bucket % PARTS) as u64) << shift;
    (low, low + (1 << shift) - 1)
}

/// Whether a value lies beyond the last bucket's range.
#[inline]
#[must_use]
pub(crate) const fn is_outlier(value: u64) -> bool {
    value >> MAX_EXPONENT != 0
}

/// Durations in ns, added up. Merging is exact, associative and commutative. Equal are those that are written alike.
#[derive(Clone, Debug, Default)]
#[cfg_attr(feature = "read", derive(serde::Deserialize), serde(try_from = "Stored"))]
pub struct Distribution {
    count: u64,
    sum: u64,
    /// Whole, so that no order of adding up shows in it.
    sum_sq: u128,
    min: u64,
    max: u64,
    histogram: Vec<(u16, u64)>,
}

impl Distribution {
    /// Of values already added up. `sum_sq`: what is behind its point is lost. `histogram`: pairs of bucket and count, sorted by
    /// bucket, no zero counts.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a sum of whole squares; a cast saturates"
    )]
    pub(crate) fn of_parts(count: u64, sum: u64, sum_sq: f64, min: u64, max: u64, histogram: Vec<(u16, u64)>) -> Self {
        if count == 0 { Self::default() } else { Self { count, sum, sum_sq: sum_sq as u128, min, max, histogram } }
    }

    /// Adds one value.
    pub fn add(&mut self, value: u64) {
        #[expect(clippy::cast_possible_truncation, reason = "BUCKETS is below 2^16")]
        let bucket = bucket_of(value) as u16;
        self.min = if self.count == 0 { value } else { self.min.min(value) };
        self.max = self.max.max(value);
        self.count = self.count.saturating_add(1);
        self.sum = self.sum.saturating_add(value);
        self.sum_sq = self.sum_sq.saturating_add(u128::from(value).pow(2));
        match self.histogram.binary_search_by_key(&bucket, |&(bucket, _)| bucket) {
            Ok(at) => self.histogram[at].1 = self.histogram[at].1.saturating_add(1),
            Err(at) => self.histogram.insert(at, (bucket, 1)),
        }
    }

    /// Adds another one's values.
    pub fn merge(&mut self, other: &Self) {
        if other.count == 0 {
            return;
        }
        if self.count == 0 {
            return self.clone_from(other);
        }
        self.min = self.min.min(other.min);
        self.max = self.max.max(other.max);
        self.count = self.count.saturating_add(other.count);
        self.sum = self.sum.saturating_add(other.sum);
        self.sum_sq = self.sum_sq.saturating_add(other.sum_sq);
        // Mostly there is no bucket that is new, and nothing moves.
        let (mut at, mut new) = (0, Vec::new());
        for &(bucket, count) in &other.histogram {
            // No two have the same number, so it lies no further on than the numbers differ, and less far by the buckets between
            // that are missing, mostly none: all steps back of a merge are fewer than the missing ones.
            let differ = self.histogram.get(at).map_or(0, |own| usize::from(bucket.saturating_sub(own.0)));
            let before = &self.histogram[at..(at + differ).min(self.histogram.len())];
            at += before.iter().rposition(|own| own.0 < bucket).map_or(0, |last| last + 1);
            match self.histogram.get_mut(at) {
                Some(own) if own.0 == bucket => own.1 = own.1.saturating_add(count),
                _ => new.push((bucket, count)),
            }
        }
        if !new.is_empty() {
            self.histogram.append(&mut new);
            self.histogram.sort_by_key(|&(bucket, _)| bucket);
        }
    }

    /// Adds `count` times 0.
    pub(crate) fn add_zeros(&mut self, count: u64) {
        if count > 0 {
            self.merge(&Self::of_parts(count, 0, 0.0, 0, 0, vec![(0, count)]));
        }
    }

    /// How many values.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Their sum in ns.
    #[must_use]
    pub fn sum(&self) -> u64 {
        self.sum
    }

    /// The sum of their squares, as near as a float comes.
    pub(super) fn sum_sq(&self) -> f64 {
        self.sum_sq as f64
    }

    /// The smallest: exact, but for an interval ([`super::Report::since`]), where it may be the lower edge of its bucket.
    #[must_use]
    pub fn min(&self) -> Option<u64> {
        (self.count > 0).then_some(self.min)
    }

    /// The largest: exact, but for an interval, where it may be the upper edge of its bucket.
    #[must_use]
    pub fn max(&self) -> Option<u64> {
        (self.count > 0).then_some(self.max)
    }

    /// The mean in ns, exact.
    #[must_use]
    pub fn mean(&self) -> Option<f64> {
        (self.count > 0).then(|| self.sum as f64 / self.count as f64)
    }

    /// The standard deviation in ns; `None` below two values.
    #[must_use]
    pub fn standard_deviation(&self) -> Option<f64> {
        let n = self.count as f64;
        (self.count > 1).then(|| ((self.sum_sq() - (self.sum as f64).powi(2) / n) / (n - 1.0)).max(0.0).sqrt())
    }

    /// The value in ns at a quantile in `0.0 ..= 1.0`: the middle of its bucket, within 1.6 % of the true one.
    #[must_use]
    pub fn quantile(&self, quantile: f64) -> Option<f64> {
        let counted: u64 = self.histogram.iter().map(|(_, n)| n).sum();
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a rank lies in 1..=counted")]
        let rank = ((quantile.clamp(0.0, 1.0) * counted as f64).ceil() as u64).max(1);
        let mut seen = 0;
        let bucket = self.histogram.iter().find(|(_, n)| {
            seen += n;
            seen >= rank
        })?;
        let (low, high) = bucket_range(usize::from(bucket.0));
        Some(((low + high) as f64 / 2.0).clamp(self.min as f64, self.max as f64))
    }

    /// Pairs of bucket and count, sorted by bucket, no zero counts. [`bucket_range`] gives a bucket's values.
    #[must_use]
    pub fn histogram(&self) -> &[(u16, u64)] {
        &self.histogram
    }
}

impl PartialEq for Distribution {
    fn eq(&self, other: &Self) -> bool {
        let of = |d: &Self| (d.count, d.sum, d.sum_sq(), d.min, d.max);
        of(self) == of(other) && self.histogram == other.histogram
    }
}

/// The form in a file: what is stored and, for its readers' comfort, what follows from it.
struct Written<'a> {
    count: u64,
    mean: Option<f64>,
    p50: Option<f64>,
    p90: Option<f64>,
    p99: Option<f64>,
    p999: Option<f64>,
    min: Option<u64>,
    max: Option<u64>,
    sum: u64,
    sum_sq: f64,
    histogram: Buckets<'a>,
}

/// Pairs of bucket and count: most of a report's text.
struct Buckets<'a>(&'a [(u16, u64)]);

impl nojson::DisplayJson for Buckets<'_> {
    fn fmt(&self, f: &mut nojson::JsonFormatter<'_, '_>) -> std::fmt::Result {
        // In one piece: digit by digit through the formatter it would take most of a report's time.
        let mut text = String::with_capacity(2 + 12 * self.0.len());
        text.push('[');
        for (at, &(bucket, count)) in self.0.iter().enumerate() {
            text.push_str(if at == 0 { "[" } else { ",[" });
            push_number(&mut text, bucket.into());
            text.push(',');
            push_number(&mut text, count);
            text.push(']');
        }
        text.push(']');
        f.inner_mut().write_str(&text)
    }
}

/// Appends a number's digits.
fn push_number(text: &mut String, mut number: u64) {
    /// Those of the largest number.
    const DIGITS: usize = 20;
    let mut digits = [b'0'; DIGITS];
    let mut first = DIGITS;
    loop {
        first -= 1;
        digits[first] = b'0' + (number % 10) as u8;
        number /= 10;
        if number == 0 {
            break;
        }
    }
    text.extend(digits[first..].iter().map(|&digit| char::from(digit)));
}

written!(Written<'_> { count, mean, p50, p90, p99, p999, min, max, sum, sum_sq, histogram });

impl nojson::DisplayJson for Distribution {
    fn fmt(&self, f: &mut nojson::JsonFormatter<'_, '_>) -> std::fmt::Result {
        Written::from(self).fmt(f)
    }
}

/// What is stored of a distribution: what of it is read, and what a checkpoint holds.
macro_rules! stored {
    ($($member:ident: $kind:ty = $of:expr,)+) => {
        #[cfg(feature = "read")]
        #[derive(serde::Deserialize)]
        struct Stored {
            $($member: $kind,)+
        }

        impl Distribution {
            /// Writes what is stored alone.
            pub(super) fn write_primary(&self, f: &mut nojson::JsonFormatter<'_, '_>) -> std::fmt::Result {
                f.object(|f| {
                    $(f.member(stringify!($member), ($of)(self))?;)+
                    Ok(())
                })
            }
        }
    };
}

stored! {
    count: u64 = |d: &Self| d.count,
    min: Option<u64> = Self::min,
    max: Option<u64> = Self::max,
    sum: u64 = |d: &Self| d.sum,
    sum_sq: f64 = Self::sum_sq,
    histogram: Vec<(u16, u64)> = Self::buckets,
}

impl Distribution {
    fn buckets(&self) -> Buckets<'_> {
        Buckets(&self.histogram)
    }
}

impl<'a> From<&'a Distribution> for Written<'a> {
    fn from(d: &'a Distribution) -> Self {
        Self {
            count: d.count,
            mean: d.mean(),
            p50: d.quantile(0.5),
            p90: d.quantile(0.9),
            p99: d.quantile(0.99),
            p999: d.quantile(0.999),
            min: d.min(),
            max: d.max(),
            sum: d.sum,
            sum_sq: d.sum_sq(),
            histogram: Buckets(&d.histogram),
        }
    }
}

#[cfg(feature = "read")]
impl TryFrom<Stored> for Distribution {
    type Error = String;

    fn try_from(stored: Stored) -> Result<Self, String> {
        let Stored { count, min, max, sum, sum_sq, histogram } = stored;
        if !histogram.is_sorted_by(|a, b| a.0 < b.0) {
            return Err("a histogram's buckets are not in order".to_owned());
        }
        if let Some((bucket, _)) = histogram.iter().find(|(bucket, _)| usize::from(*bucket) >= BUCKETS) {
            return Err(format!("a histogram names bucket {bucket}; there are {BUCKETS}"));
        }
        let counted = histogram.iter().try_fold(0u64, |sum, (_, n)| sum.checked_add(*n));
        if counted.is_none_or(|counted| counted > count) {
            return Err(format!("a histogram counts more values than `count`, {count}"));
        }
        if !(sum_sq.is_finite() && sum_sq >= 0.0) {
            return Err("`sum_sq` is no sum of squares".to_owned());
        }
        match (count, min, max) {
            (0, ..) => Ok(Self::default()),
            (_, Some(min), Some(max)) if min <= max => Ok(Self::of_parts(count, sum, sum_sq, min, max, histogram)),
            _ => Err("`min` and `max` do not fit".to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn of(values: &[u64]) -> Distribution {
        let mut d = Distribution::default();
        values.iter().for_each(|&v| d.add(v));
        d
    }

    #[test]
    fn buckets_tile_the_range() {
        let mut next = 0;
        for bucket in 0..BUCKETS {
            let (low, high) = bucket_range(bucket);
            assert_eq!(low, next, "bucket {bucket}");
            assert_eq!((bucket_of(low), bucket_of(high)), (bucket, bucket));
            next = high + 1;
        }
        assert_eq!(next, 1 << MAX_EXPONENT);
        assert_eq!(bucket_of(u64::MAX), BUCKETS - 1);
        assert!(is_outlier(next) && !is_outlier(next - 1));
    }

    #[test]
    fn nothing_known_is_nothing_said() {
        let d = Distribution::default();
        assert_eq!((d.mean(), d.quantile(0.5), d.min(), d.max()), (None, None, None, None));
    }

    proptest! {
        #[test]
        fn quantiles_are_within_the_stated_error(mut values in prop::collection::vec(0u64..1 << 40, 1..200), q in 0.0f64..=1.0) {
            let d = of(&values);
            values.sort_unstable();
            let rank = (q * values.len() as f64).ceil().max(1.0);
            let truth = (1u32..).zip(&values).find(|(i, _)| f64::from(*i) >= rank).map(|(_, v)| *v as f64).unwrap();
            let found = d.quantile(q).unwrap();
            prop_assert!((found - truth).abs() <= truth * 0.016 + 0.5, "{found} for {truth}");
        }

        #[test]
        fn merging_is_adding(a in prop::collection::vec(0u64..1 << 40, 0..50), b in prop::collection::vec(0u64..1 << 40, 0..50)) {
            let (mut left, mut right) = (of(&a), of(&b));
            let all = of(&[a.clone(), b.clone()].concat());
            left.merge(&of(&b));
            right.merge(&of(&a));
            prop_assert_eq!(&left, &all);
            prop_assert_eq!(&right, &all);
        }
    }
}
