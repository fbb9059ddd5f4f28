//! What went on in each stretch of time: hops in flight, jobs that waited for a thread, jobs that ran. A hop's time is in the
//! stretches in which it lies, however many these are, so that no stretch holds more than there was of anything.
//!
//! The sums of [`super::blocks`] are others: there a hop belongs to one block as a whole, since arms are compared by them.
//!
//! As there, a table has a fixed number of stretches, whose length doubles when time runs past the last one. Sums of two
//! neighbours are what the longer stretch would have held.

use crate::{Stretch, Stretches};

/// Stretches of a table.
const STRETCHES: usize = 128;
/// Length of one at first: 2^23 ns, 8.4 ms.
const FIRST_SHIFT: u32 = 23;

/// In flight, queued, running: how long all jobs together were, in ns.
type StretchSum = [u64; 3];

/// Moments of a job, in ns since its capture began, each from one to the other; alike, or backwards, where there is nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Spell {
    /// From the call to the handle's end.
    pub in_flight: [u64; 2],
    /// From the call to the job's begin.
    pub queued: [u64; 2],
    /// When its job ran, in ns.
    pub runs: [u64; 2],
}

#[derive(Clone, Debug)]
struct Table {
    shift: u32,
    /// Of what begins or ends in a stretch, the part in it.
    parts: [StretchSum; STRETCHES],
    /// Of what fills stretches as a whole: how many more do so from this stretch on. A hop that lies in many takes two additions and not one a
    /// stretch. (Fewer is more, modulo 2^64.)
    wholes: [StretchSum; STRETCHES],
}

impl Table {
    fn new() -> Self {
        Self {
            shift: FIRST_SHIFT,
            parts: [StretchSum::default(); STRETCHES],
            wholes: [StretchSum::default(); STRETCHES],
        }
    }

    /// The number of the stretch in which a moment lies.
    #[inline(always)]
    fn at(&self, ns: u64) -> usize {
        usize::try_from(ns >> self.shift).unwrap_or(usize::MAX)
    }

    /// Adds what lasted from one moment to another.
    #[inline(always)]
    fn spread(&mut self, sum: usize, [from, to]: [u64; 2]) {
        if to <= from {
            return;
        }
        while self.at(to - 1) >= STRETCHES {
            self.double();
        }
        let (first, last) = (self.at(from), self.at(to - 1));
        if first == last {
            return add(&mut self.parts[last][sum], to - from);
        }
        let begin = |index: usize| (index as u64) << self.shift;
        let (head, tail) = (begin(first + 1) - from, to - begin(last));
        add(&mut self.parts[first][sum], head);
        add(&mut self.parts[last][sum], tail);
        self.wholes[first + 1][sum] = self.wholes[first + 1][sum].wrapping_add(1);
        self.wholes[last][sum] = self.wholes[last][sum].wrapping_sub(1);
    }

    /// What is in each stretch.
    fn sums(&self) -> [StretchSum; STRETCHES] {
        let (mut sums, mut filled) = (self.parts, StretchSum::default());
        for (sums, wholes) in sums.iter_mut().zip(&self.wholes) {
            for ((sum, filled), whole) in sums.iter_mut().zip(&mut filled).zip(wholes) {
                *filled = filled.wrapping_add(*whole);
                *sum = sum.saturating_add(filled.saturating_mul(1 << self.shift));
            }
        }
        sums
    }

    #[cold]
    #[inline(never)]
    fn double(&mut self) {
        let sums = self.sums();
        *self = Self { shift: self.shift + 1, ..Self::new() };
        for (i, sums) in sums.iter().enumerate() {
            self.parts[i / 2].iter_mut().zip(sums).for_each(|(own, &sum)| add(own, sum));
        }
    }
}

#[inline(always)]
fn add(to: &mut u64, sum: u64) {
    *to = to.saturating_add(sum);
}

/// The stretches of one account: 6 KiB, once there is something in them.
#[derive(Debug, Default)]
pub struct StretchTable(Option<Box<Table>>);

impl StretchTable {
    /// Adds a hop that was joined: its moments are in this order.
    #[inline(always)]
    pub fn hop(&mut self, called: u64, run_start: u64, run_end: u64, end: u64) {
        let Some(table) = self.0.as_deref_mut() else { return self.first([called, run_start, run_end, end]) };
        // Most hops begin and end in one stretch.
        match table.parts.get_mut(usize::try_from(called >> table.shift).unwrap_or(usize::MAX)) {
            Some([in_flight, queued, runs]) if called >> table.shift == end >> table.shift => {
                add(in_flight, end - called);
                add(queued, run_start - called);
                add(runs, run_end - run_start);
            }
            _ => table.hop(called, run_start, run_end, end),
        }
    }

    #[cold]
    #[inline(never)]
    fn first(&mut self, [called, run_start, run_end, end]: [u64; 4]) {
        self.0.insert(Box::new(Table::new())).hop(called, run_start, run_end, end);
    }

    /// Adds what is known of a job.
    #[cold]
    #[inline(never)]
    pub fn add(&mut self, spell: &Spell) {
        let table = self.0.get_or_insert_with(|| Box::new(Table::new()));
        for (sum, span) in [spell.in_flight, spell.queued, spell.runs].into_iter().enumerate() {
            table.spread(sum, span);
        }
    }

    /// Adds all of it to `sums`.
    pub fn read(&self, sums: &mut StretchSums) {
        let Some(table) = &self.0 else { return };
        let Some(all) = &mut sums.0 else {
            sums.0 = Some(table.clone());
            return;
        };
        while all.shift < table.shift {
            all.double();
        }
        if table.shift == all.shift {
            return all.merge(table);
        }
        let mut longer = table.clone();
        while longer.shift < all.shift {
            longer.double();
        }
        all.merge(&longer);
    }
}

impl Table {
    /// Adds another one, of stretches as long. (Some hundred years of ns fit.)
    fn merge(&mut self, other: &Self) {
        for (own, other) in [(&mut self.parts, &other.parts), (&mut self.wholes, &other.wholes)] {
            let sums = own.as_flattened_mut().iter_mut().zip(other.as_flattened());
            sums.for_each(|(own, other)| *own = own.wrapping_add(*other));
        }
    }

    #[inline(never)]
    fn hop(&mut self, called: u64, run_start: u64, run_end: u64, end: u64) {
        self.spread(0, [called, end]);
        self.spread(1, [called, run_start]);
        self.spread(2, [run_start, run_end]);
    }
}

/// The tables of several accounts, all in stretches of the longest one's length.
#[derive(Debug, Default)]
pub struct StretchSums(Option<Box<Table>>);

impl StretchSums {
    /// As one. Up to when it was looked at is left to who knows.
    pub fn merged(self) -> Option<Stretches> {
        let table = self.0?;
        let sums = (0u32..).zip(table.sums()).filter(|(_, sums)| *sums != StretchSum::default());
        let sums = sums.map(|(index, sums)| Stretch::new(index, sums)).collect();
        Some(Stretches { length_ns: 1 << table.shift, from_ns: 0, to_ns: 0, sums })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(tables: &[&StretchTable]) -> Stretches {
        let mut sums = StretchSums::default();
        tables.iter().for_each(|table| table.read(&mut sums));
        sums.merged().expect("some jobs")
    }

    const LENGTH: u64 = 1 << FIRST_SHIFT;

    //   0            1            2            3
    //   |   called   |   start    |            |  end of the run, end
    #[test]
    fn a_hop_is_in_every_stretch_that_it_lies_in() {
        let mut table = StretchTable::default();
        table.hop(LENGTH - 10, LENGTH + 7, 3 * LENGTH + 2, 3 * LENGTH + 5);
        let sums = [[10, 10, 0], [LENGTH, 7, LENGTH - 7], [LENGTH, 0, LENGTH], [5, 0, 2]];
        let expected: Vec<Stretch> = (0..).zip(sums).map(|(index, sums)| Stretch::new(index, sums)).collect();
        assert_eq!(read(&[&table]), Stretches { length_ns: LENGTH, sums: expected, ..Stretches::default() });
    }

    #[test]
    fn a_hop_within_one_stretch_or_that_ends_with_it_is_in_that_alone() {
        let mut table = StretchTable::default();
        table.hop(10, 20, 50, 60);
        table.hop(LENGTH - 4, LENGTH - 3, LENGTH - 1, LENGTH);
        table.hop(7, 7, 7, 7);
        assert_eq!(read(&[&table]).sums, [Stretch::new(0, [54, 11, 32])]);
    }

    /// One job at a time, each longer than the one before: however long a stretch becomes, it is never more than full.
    #[test]
    fn doubling_loses_nothing_and_fills_no_stretch_twice() {
        let (mut table, mut at) = (StretchTable::default(), 0);
        for i in 0..40u64 {
            let end = at + (1 << i) + 1;
            table.hop(at, at, end, end);
            at = end;
        }
        let stretches = read(&[&table]);
        assert!(stretches.sums.len() > STRETCHES / 2 && stretches.sums.len() <= STRETCHES);
        let (last, whole) = stretches.sums.split_last().expect("some");
        for stretch in whole {
            assert_eq!((stretch.in_flight_ns, stretch.run_ns), (stretches.length_ns, stretches.length_ns));
        }
        assert_eq!(whole.len() as u64 * stretches.length_ns + last.run_ns, at);
    }

    #[test]
    fn tables_of_other_lengths_are_brought_to_the_longest() {
        let (mut short, mut long) = (StretchTable::default(), StretchTable::default());
        short.hop(3 * LENGTH - 1, 3 * LENGTH - 1, 3 * LENGTH + 1, 3 * LENGTH + 1);
        long.hop(200 * LENGTH, 200 * LENGTH, 200 * LENGTH + 5, 200 * LENGTH + 5);
        let expected = [1, 100].map(|index| match index {
            1 => Stretch::new(1, [2, 0, 2]),
            _ => Stretch::new(index, [5, 0, 5]),
        });
        let expected = Stretches { length_ns: 2 * LENGTH, sums: expected.to_vec(), ..Stretches::default() };
        assert_eq!(read(&[&short, &long]), expected);
    }

    /// A log may say anything.
    #[test]
    fn moments_at_the_end_of_all_time_and_backwards_are_borne() {
        let mut table = StretchTable::default();
        table.add(&Spell { in_flight: [0, u64::MAX], queued: [5, 3], runs: [u64::MAX, u64::MAX] });
        table.add(&Spell { in_flight: [0, u64::MAX], ..Spell::default() });
        let stretches = read(&[&table]);
        let sum = stretches.sums.iter().map(|stretch| u128::from(stretch.in_flight_ns)).sum::<u128>();
        assert_eq!((stretches.length_ns, sum), (1 << 57, 2 * u128::from(u64::MAX)));
        assert!(stretches.sums.iter().all(|stretch| (stretch.queued_ns, stretch.run_ns) == (0, 0)));
    }
}
