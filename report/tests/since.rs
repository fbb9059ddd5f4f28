//! Intervals by subtraction, on random hops and random moments.

use proptest::prelude::*;
use tollbridge_report::aggregate::Tally;
use tollbridge_report::{Block, Distribution, HopGroup, Observed, Report, SinceError, bucket_range};
use tollbridge_testkit::hops::{Drawn, add, drawn, report};

/// Two reports of one capture, and the hops between them.
fn two(hops: &[Drawn], first: usize) -> (Report, Report) {
    let (mut tally, mut now) = (Tally::default(), 0);
    hops[..first].iter().for_each(|drawn| add(&mut tally, &mut now, drawn));
    let earlier = report(&tally);
    hops[first..].iter().for_each(|drawn| add(&mut tally, &mut now, drawn));
    (earlier, report(&tally))
}

/// A report of the capture before its first hop.
fn empty() -> Report {
    two(&[], 0).0
}

type Sums<'a> = (u64, u64, &'a [(u16, u64)]);

fn sums(lengths: &Distribution) -> Sums<'_> {
    (lengths.count(), lengths.sum(), lengths.histogram())
}

/// All that is a sum in a group, in order.
fn all_sums(group: &HopGroup) -> Vec<Sums<'_>> {
    let own = [&group.hop_ns, &group.overhead_ns, &group.copies].into_iter();
    let locks = group.locks.values().map(|lock| &lock.ns);
    own.chain(group.phases.values()).chain(group.starts.values()).chain(locks).map(sums).filter(|s| s.0 > 0).collect()
}

/// What all blocks add up to, however long these are.
fn block_sums(report: &Report) -> Vec<Block> {
    let mut sums = std::collections::BTreeMap::new();
    for series in report.blocks.iter().flat_map(|blocks| &blocks.series) {
        let sum: &mut Block = sums.entry((series.arm, series.detail)).or_default();
        for block in &series.blocks {
            sum.hops += block.hops;
            sum.transfer_ns += block.transfer_ns;
            sum.hop_ns += block.hop_ns;
            sum.run_ns += block.run_ns;
            sum.backlog_ns += block.backlog_ns;
        }
    }
    sums.into_values().collect()
}

fn hops() -> impl Strategy<Value = (Vec<Drawn>, usize)> {
    prop::collection::vec(drawn(), 0..60).prop_flat_map(|hops| {
        let most = hops.len();
        (Just(hops), 0..=most)
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn since_the_beginning_is_the_report_itself((hops, first) in hops()) {
        let (_, later) = two(&hops, first);
        prop_assert_eq!(later.since(&empty()).unwrap(), later);
    }

    #[test]
    fn since_itself_is_nothing((hops, first) in hops()) {
        let (_, later) = two(&hops, first);
        let nothing = later.since(&later).unwrap();
        prop_assert_eq!((nothing.hops(), nothing.processes[0].duration_ns), (0, 0));
        prop_assert!(nothing.groups.is_empty() && nothing.sites.is_empty() && nothing.arms.is_empty());
        prop_assert_eq!(block_sums(&nothing), []);
    }

    #[test]
    fn the_interval_and_what_came_before_it_make_the_whole((hops, first) in hops()) {
        let (earlier, later) = two(&hops, first);
        let interval = later.since(&earlier).unwrap();
        prop_assert_eq!(interval.hops(), (hops.len() - first) as u64);
        let mut whole = interval.clone();
        whole.merge(&earlier);
        prop_assert_eq!(whole.groups.len(), later.groups.len());
        for (whole, later) in whole.groups.iter().zip(&later.groups) {
            prop_assert_eq!(&whole.key, &later.key);
            prop_assert_eq!(all_sums(whole), all_sums(later));
            prop_assert_eq!(whole.copied_bytes, later.copied_bytes);
            prop_assert_eq!(whole.in_a_row, later.in_a_row);
            let (whole, later) = (whole.hop_ns.standard_deviation(), later.hop_ns.standard_deviation());
            prop_assert_eq!(whole.is_some(), later.is_some());
            if let Some((whole, later)) = whole.zip(later) {
                prop_assert!((whole - later).abs() <= 1e-3 * later.max(1.0), "{} for {}", whole, later);
            }
        }
        prop_assert_eq!(whole.outcomes, later.outcomes);
        prop_assert_eq!(&whole.dropped, &later.dropped);
        prop_assert_eq!(sums(&whole.observer.in_situ_span_ns), sums(&later.observer.in_situ_span_ns));
        prop_assert_eq!(block_sums(&whole), block_sums(&later));
        // What is derived is derived from the interval alone.
        let mut again = interval.clone();
        again.derive();
        prop_assert_eq!(again, interval);
    }

    #[test]
    fn extremes_are_known_to_the_bucket((hops, first) in hops()) {
        let (earlier, later) = two(&hops, first);
        let interval = later.since(&earlier).unwrap();
        // The hops of the interval alone, at the times at which they were.
        let (mut tally, mut now) = (Tally::default(), 0);
        let gone = hops[..first].iter().map(|drawn| drawn.gap + drawn.lengths[..6].iter().sum::<u64>()).sum::<u64>();
        now += gone;
        hops[first..].iter().for_each(|drawn| add(&mut tally, &mut now, drawn));
        let alone = tally.report();
        prop_assert_eq!(interval.groups.len(), alone.groups.len());
        for (found, truth) in interval.groups.iter().zip(&alone.groups) {
            prop_assert_eq!(all_sums(found), all_sums(truth));
            let (found, truth) = (&found.hop_ns, &truth.hop_ns);
            let in_bucket = |value: u64, bucket: u16| {
                let (low, high) = bucket_range(usize::from(bucket));
                (low..=high).contains(&value)
            };
            let (first, last) = (found.histogram()[0].0, found.histogram()[found.histogram().len() - 1].0);
            prop_assert!(found.min() <= truth.min() && in_bucket(found.min().unwrap(), first));
            prop_assert!(found.max() >= truth.max() && in_bucket(found.max().unwrap(), last));
        }
    }
}

fn some() -> (Report, Report) {
    let drawn = Drawn { site: 0, arm: 0, detail: 1, outcome: 0, gap: 10, lengths: [40; 7] };
    two(&[drawn.clone(), drawn.clone(), drawn], 1)
}

#[test]
fn what_does_not_fit_is_refused() {
    let (earlier, later) = some();
    assert_eq!(earlier.since(&later), Err(SinceError::Order));

    let mut other = earlier.clone();
    other.processes[0].pid += 1;
    assert_eq!(later.since(&other), Err(SinceError::OtherCapture));
    let mut other = earlier.clone();
    other.processes[0].started_unix_ms += 1;
    assert_eq!(later.since(&other), Err(SinceError::OtherCapture));

    let mut merged = later.clone();
    merged.merge(&earlier);
    assert_eq!(merged.since(&earlier), Err(SinceError::NotOneProcess));
    let mut log = earlier.clone();
    log.processes[0].pid = 0;
    assert_eq!(later.since(&log), Err(SinceError::NotOneProcess));

    let mut more = earlier.clone();
    more.groups.clone_from(&later.groups);
    for group in &mut more.groups {
        group.hop_ns.merge(&later.groups[0].hop_ns);
    }
    assert_eq!(later.since(&more), Err(SinceError::Backwards { what: "hops" }));
    let mut more = earlier.clone();
    more.dropped.spans = 1;
    assert!(matches!(later.since(&more), Err(SinceError::Backwards { .. })));
    let mut longer = earlier;
    longer.blocks[0].length_ns *= 2;
    assert!(matches!(later.since(&longer), Err(SinceError::Backwards { .. })));
}

#[test]
fn what_the_layer_saw_is_subtracted() {
    let with = |jobs, imported| Report { observed: Some(Observed { jobs, imported, workers: 0 }), ..empty() };
    let during = |later: &Report, earlier: &Report| later.since(earlier).map(|during| during.observed);
    assert_eq!(during(&with(30, 12), &with(10, 2)), Ok(Some(Observed { jobs: 20, imported: 10, workers: 0 })));
    assert_eq!(
        during(&with(30, 12), &empty()),
        Ok(Some(Observed { jobs: 30, imported: 12, workers: 0 })),
        "the layer came later"
    );
    assert_eq!(during(&with(3, 1), &with(3, 2)), Err(SinceError::Backwards { what: "observed jobs" }));
}

#[test]
fn what_is_wrong_is_said_in_a_fragment() {
    for error in
        [SinceError::NotOneProcess, SinceError::OtherCapture, SinceError::Order, SinceError::Backwards { what: "hops" }]
    {
        let text = error.to_string();
        assert!(text.starts_with(char::is_lowercase) && !text.ends_with('.'), "{text}");
    }
}
