//! Calls that one task makes in sequence: chains of several sites, bursts of one, and runs of all sites of one origin.
//!
//! A report counts pairs: how often a call of one site came soon after one of another in the same task. A chain is what pairs of nearly
//! equal counts add up to: a task that makes six calls a request leaves five pairs, or six where the next request follows at once.

use std::collections::{BTreeMap, BTreeSet};

use tollbridge_report::{Report, Sequence, SiteReport};

use crate::origin::Origin;

/// A site and its job.
pub(crate) type SiteRef<'a> = (&'a str, &'a str);

/// Pairs belong to one chain if the rarer one is at least this share of the more frequent one.
const ALIKE: f64 = 0.8;
/// Fewer pairs than this are not looked at: a chain of them is chance.
const MIN_TIMES: u64 = 10;
/// Sites are of one loop if a call of one follows one of the other in this share of the calls of the rarer, either way round.
const LINKED: f64 = 0.2;
/// No chain has more sites than this.
const MAX_SITES: usize = 64;

/// Calls of several sites that one task makes one after the other.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Chain<'a> {
    /// The sites in the order of their calls, each once, two or more.
    pub(crate) sites: Vec<SiteRef<'a>>,
    /// How often a task made these calls, at least: the count of the rarest pair.
    pub(crate) times: u64,
    /// The share of its sites' calls that are in it: the rarest pair, out of the calls of the more frequent of its two sites.
    pub(crate) share: f64,
    /// The share of the pairs in which less than 10 us lie between the two calls.
    pub(crate) in_a_row_share: f64,
    /// The share of the pairs in which the first call was still in flight when the second was made (`join!`).
    pub(crate) together_share: f64,
    /// The mean time between two calls, in ns.
    pub(crate) mean_gap_ns: f64,
    /// Of a loop: the mean time from its last call to its next round, in ns.
    pub(crate) again_ns: Option<f64>,
}

fn before(pair: &Sequence) -> SiteRef<'_> {
    (&pair.before_site, &pair.before_job)
}

fn after(pair: &Sequence) -> SiteRef<'_> {
    (&pair.site, &pair.job)
}

fn gap(pair: &Sequence) -> f64 {
    pair.gap_ns as f64 / pair.hops.max(1) as f64
}

fn alike(a: u64, b: u64) -> bool {
    a.min(b) as f64 >= ALIKE * a.max(b) as f64
}

/// The chains of a report, those with most calls first. No site is in two of them.
pub(crate) fn chains(report: &Report) -> Vec<Chain<'_>> {
    let mut pairs: Vec<&Sequence> =
        report.sequences.iter().filter(|pair| before(pair) != after(pair) && pair.hops >= MIN_TIMES).collect();
    // A stable sort: equal ones stay in the order of their names.
    pairs.sort_by_key(|pair| std::cmp::Reverse(pair.hops));
    // Most frequent first, so that the first one of a site is the one that its calls mostly belong to.
    let (mut next, mut last): (BTreeMap<_, &Sequence>, BTreeMap<_, &Sequence>) = (BTreeMap::new(), BTreeMap::new());
    for pair in &pairs {
        next.entry(before(pair)).or_insert(pair);
        last.entry(after(pair)).or_insert(pair);
    }
    // A pair that is the most frequent one of both its sites.
    let mutual = |pair: &&Sequence| {
        let (next, last) = (next.get(&before(pair)), last.get(&after(pair)));
        next.is_some_and(|next| std::ptr::eq(*next, *pair)) && last.is_some_and(|last| std::ptr::eq(*last, *pair))
    };
    let calls = per_site(report, |site| site.hops);
    let firsts = per_site(report, |site| site.first_of_task);
    let mut used: BTreeSet<SiteRef<'_>> = BTreeSet::new();
    let mut chains = Vec::new();
    for &seed in pairs.iter().filter(|pair| mutual(pair)) {
        if used.contains(&before(seed)) || used.contains(&after(seed)) {
            continue;
        }
        let mut chain = vec![seed];
        let fits = |chain: &[&Sequence], pair: &Sequence, site: SiteRef<'_>| {
            let known = used.contains(&site) || chain.iter().any(|of| before(of) == site || after(of) == site);
            !known && chain.len() + 1 < MAX_SITES && alike(pair.hops, seed.hops)
        };
        while let Some(&pair) = chain
            .last()
            .and_then(|end| next.get(&after(end)))
            .filter(|pair| mutual(pair) && fits(&chain, pair, after(pair)))
        {
            chain.push(pair);
        }
        while let Some(&pair) = chain
            .first()
            .and_then(|begin| last.get(&before(begin)))
            .filter(|pair| mutual(pair) && fits(&chain, pair, before(pair)))
        {
            chain.insert(0, pair);
        }
        used.extend(chain.iter().flat_map(|pair| [before(pair), after(pair)]));
        // A pair that leads from the last site to the first one makes it a loop.
        let closing = chain.last().and_then(|end| next.get(&after(end))).filter(|pair| {
            chain.first().is_some_and(|begin| after(pair) == before(begin)) && alike(pair.hops, seed.hops)
        });
        let again = closing.and_then(|&closing| open(&mut chain, closing, &firsts));
        chains.push(of(&chain, again, &calls));
    }
    chains.sort_by_key(|chain| std::cmp::Reverse(chain.times.saturating_mul(chain.sites.len() as u64)));
    chains
}

/// Opens a loop where it begins, and returns the pair that leads back there: the site that most tasks begin with, of equal ones that with
/// the longest time before its call.
fn open<'a>(
    chain: &mut Vec<&'a Sequence>,
    closing: &'a Sequence,
    firsts: &BTreeMap<SiteRef<'a>, u64>,
) -> Option<&'a Sequence> {
    chain.push(closing);
    let begins = |pair: &Sequence| firsts.get(&after(pair)).copied().unwrap_or(0);
    let by = |a: &(usize, &&Sequence), b: &(usize, &&Sequence)| {
        begins(a.1).cmp(&begins(b.1)).then_with(|| gap(a.1).total_cmp(&gap(b.1)))
    };
    let last = chain.iter().enumerate().max_by(by).map_or(0, |(last, _)| last);
    chain.rotate_left(last + 1);
    chain.pop()
}

/// `again`: the pair that leads from its last site to its first. `calls`: of each site, in all.
fn of<'a>(pairs: &[&'a Sequence], again: Option<&'a Sequence>, calls: &BTreeMap<SiteRef<'a>, u64>) -> Chain<'a> {
    let sum = |of: fn(&Sequence) -> u64| pairs.iter().map(|pair| of(pair)).fold(0, u64::saturating_add) as f64;
    let hops = sum(|pair| pair.hops).max(1.0);
    let share = |pair: &&Sequence| {
        let calls = |key: SiteRef<'_>| calls.get(&key).copied().unwrap_or(0).max(1);
        pair.hops as f64 / calls(before(pair)).max(calls(after(pair))) as f64
    };
    Chain {
        sites: pairs.iter().take(1).map(|pair| before(pair)).chain(pairs.iter().map(|pair| after(pair))).collect(),
        times: pairs.iter().map(|pair| pair.hops).min().unwrap_or(0),
        share: pairs.iter().map(share).fold(1.0, f64::min),
        in_a_row_share: sum(|pair| pair.in_a_row) / hops,
        together_share: sum(|pair| pair.together) / hops,
        mean_gap_ns: sum(|pair| pair.gap_ns) / hops,
        again_ns: again.map(gap),
    }
}

/// A count of each site, over all arms.
fn per_site(report: &Report, of: fn(&SiteReport) -> u64) -> BTreeMap<SiteRef<'_>, u64> {
    let mut counts: BTreeMap<SiteRef<'_>, u64> = BTreeMap::new();
    for site in &report.sites {
        let own = counts.entry((&site.site, &site.job)).or_default();
        *own = own.saturating_add(of(site));
    }
    counts
}

/// Calls of one site that one task makes one after the other.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Burst<'a> {
    pub(crate) site: SiteRef<'a>,
    /// How many calls a burst has, on the mean. One that was taken for two, since something held its task up, makes it smaller.
    pub(crate) calls: f64,
    /// How many of them there are back to back, each less than 10 us after the one before, on the mean.
    pub(crate) in_a_row: f64,
    /// The share of the pairs in which less than 10 us lie between the two calls.
    pub(crate) in_a_row_share: f64,
    /// How many calls there were in all.
    hops: u64,
}

/// The sites that tasks call again and again, those with most calls first.
pub(crate) fn bursts(report: &Report) -> Vec<Burst<'_>> {
    let hops = per_site(report, |site| site.hops);
    let again = report.sequences.iter().filter(|pair| before(pair) == after(pair) && pair.hops > 0);
    let mut bursts: Vec<Burst<'_>> = again
        .filter_map(|pair| {
            let hops = *hops.get(&after(pair)).filter(|&&hops| hops > 0)?;
            let of = |again: u64| hops as f64 / hops.saturating_sub(again).max(1) as f64;
            Some(Burst {
                site: after(pair),
                calls: of(pair.hops),
                in_a_row: of(pair.in_a_row),
                in_a_row_share: (pair.in_a_row as f64 / pair.hops as f64).min(1.0),
                hops,
            })
        })
        .filter(|burst| burst.calls >= 2.0)
        .collect();
    bursts.sort_by_key(|burst| std::cmp::Reverse(burst.hops));
    bursts
}

/// Calls of one origin that is not the app's, whichever sites they are of, that one task makes one after the other.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Run<'a> {
    pub(crate) origin: Origin,
    /// Its sites and their shares of the calls, most first; two or more.
    pub(crate) sites: Vec<(SiteRef<'a>, f64)>,
    /// How many calls a run has, on the mean. One that was taken for two, since something held its task up, makes it smaller.
    pub(crate) calls: f64,
    /// The share of the pairs in which less than 10 us lie between the two calls.
    pub(crate) in_a_row_share: f64,
    /// The share of the pairs in which the first call was still in flight when the second was made (`join!`).
    pub(crate) together_share: f64,
    /// The mean time between two calls, in ns.
    pub(crate) mean_gap_ns: f64,
    /// How many calls there were in all.
    pub(crate) hops: u64,
}

/// Runs of calls of several sites of one origin, those with most calls first. No site is in two of them. The app's own are [`chains`] and [`bursts`] alone: what
/// its jobs have to do with each other is not known, but what one loop over `tokio::fs` calls is one kind of work.
pub(crate) fn runs(report: &Report) -> Vec<Run<'_>> {
    let all = per_site(report, |site| site.hops);
    let origins: BTreeMap<SiteRef<'_>, Origin> = all.keys().map(|&key| (key, Origin::of(key.0, key.1))).collect();
    let of_one = |pair: &&Sequence| {
        let (own, other) = (origins.get(&after(pair)), origins.get(&before(pair)));
        pair.hops > 0 && own.is_some_and(|own| *own != Origin::App) && own == other
    };
    let pairs: Vec<&Sequence> = report.sequences.iter().filter(of_one).collect();
    let mut runs: Vec<Run<'_>> = loops(&pairs, &all)
        .iter()
        .map(|sites| {
            let within = |pair: &&&Sequence| sites.contains(&before(pair)) && sites.contains(&after(pair));
            run(sites, &pairs.iter().filter(within).copied().collect::<Vec<_>>(), &all)
        })
        .filter(|run| run.calls >= 2.0)
        .collect();
    runs.sort_by_key(|run| std::cmp::Reverse(run.hops));
    runs
}

/// Sites that one loop calls, two or more: each follows or is followed by another one in [`LINKED`] of the calls of the rarer of both.
fn loops<'a>(pairs: &[&'a Sequence], all: &BTreeMap<SiteRef<'a>, u64>) -> Vec<BTreeSet<SiteRef<'a>>> {
    let mut links: BTreeMap<(SiteRef<'a>, SiteRef<'a>), u64> = BTreeMap::new();
    for pair in pairs.iter().filter(|pair| before(pair) != after(pair)) {
        let ends = (before(pair).min(after(pair)), before(pair).max(after(pair)));
        let link = links.entry(ends).or_default();
        *link = link.saturating_add(pair.hops);
    }
    let mut loops: Vec<BTreeSet<SiteRef<'a>>> = Vec::new();
    for ((a, b), times) in links {
        if times < MIN_TIMES || (times as f64) < LINKED * all[&a].min(all[&b]) as f64 {
            continue;
        }
        let (linked, rest): (Vec<_>, Vec<_>) =
            loops.into_iter().partition(|sites| sites.contains(&a) || sites.contains(&b));
        loops = rest;
        loops.push(linked.into_iter().flatten().chain([a, b]).collect());
    }
    loops
}

/// `pairs`: of its calls. `all`: how many calls there are of each site.
fn run<'a>(sites: &BTreeSet<SiteRef<'a>>, pairs: &[&'a Sequence], all: &BTreeMap<SiteRef<'a>, u64>) -> Run<'a> {
    let hops = sites.iter().map(|site| all[site]).fold(0, u64::saturating_add);
    let sum = |of: fn(&Sequence) -> u64| pairs.iter().map(|pair| of(pair)).fold(0, u64::saturating_add);
    let following = sum(|pair| pair.hops);
    let share = |of: u64, whole: u64| of as f64 / whole.max(1) as f64;
    let origin = sites.first().map_or(Origin::App, |&(site, job)| Origin::of(site, job));
    let mut sites: Vec<(SiteRef<'a>, f64)> = sites.iter().map(|&site| (site, share(all[&site], hops))).collect();
    sites.sort_by(|a, b| b.1.total_cmp(&a.1));
    Run {
        origin,
        sites,
        calls: share(hops, hops.saturating_sub(following)),
        in_a_row_share: share(sum(|pair| pair.in_a_row), following).min(1.0),
        together_share: share(sum(|pair| pair.together), following).min(1.0),
        mean_gap_ns: share(sum(|pair| pair.gap_ns), following),
        hops,
    }
}

#[cfg(test)]
mod tests {
    use tollbridge_report::Outcomes;
    use tollbridge_report::names::Arm;

    use super::*;

    fn pair(before: &str, after: &str, hops: u64) -> Sequence {
        Sequence {
            before_site: before.to_owned(),
            site: after.to_owned(),
            hops,
            in_a_row: hops / 2,
            gap_ns: hops.saturating_mul(3),
            ..Sequence::default()
        }
    }

    fn report(pairs: &[(&str, &str, u64)]) -> Report {
        let mut sequences: Vec<Sequence> =
            pairs.iter().map(|&(before, after, hops)| pair(before, after, hops)).collect();
        sequences.sort();
        Report { sequences, ..Report::default() }
    }

    fn site(name: &str, hops: u64, first_of_task: u64) -> SiteReport {
        SiteReport {
            site: name.to_owned(),
            job: String::new(),
            arm: Arm::Snapshot,
            hops,
            outcomes: Outcomes::default(),
            in_a_row: 0,
            in_a_burst: 0,
            first_of_task,
            nested: 0,
            pools: BTreeMap::new(),
            unjoined_run_ns: Default::default(),
            busy_ns: 0,
            phases: BTreeMap::new(),
            starts: BTreeMap::new(),
            hop_ns: Default::default(),
            overhead_ns: Default::default(),
        }
    }

    fn names(report: &Report) -> Vec<(String, u64)> {
        let joined = |chain: &Chain<'_>| chain.sites.iter().map(|(site, _)| *site).collect::<Vec<_>>().join(" ");
        chains(report).iter().map(|chain| (joined(chain), chain.times)).collect()
    }

    fn expected(chains: &[(&str, u64)]) -> Vec<(String, u64)> {
        chains.iter().map(|&(sites, times)| (sites.to_owned(), times)).collect()
    }

    #[test]
    fn pairs_of_nearly_equal_counts_are_a_chain() {
        let of = report(&[("a", "b", 100), ("b", "c", 97), ("c", "d", 99)]);
        assert_eq!(names(&of), expected(&[("a b c d", 97)]));
        let [chain] = &chains(&of)[..] else { panic!() };
        assert_eq!((chain.in_a_row_share, chain.mean_gap_ns), (147.0 / 296.0, 3.0));
    }

    #[test]
    fn a_rarer_pair_is_another_matter() {
        assert_eq!(names(&report(&[("a", "b", 100), ("b", "c", 79)])), expected(&[("a b", 100)]));
        assert_eq!(names(&report(&[("a", "b", 100), ("b", "c", 80)])), expected(&[("a b c", 80)]));
        assert_eq!(names(&report(&[("a", "b", 9)])), []);
    }

    #[test]
    fn a_fork_is_no_chain_of_both() {
        let of = report(&[("a", "b", 100), ("a", "c", 95), ("b", "d", 99)]);
        assert_eq!(names(&of), expected(&[("a b d", 99)]));
        // What is called from two sites follows the one that it mostly follows.
        let of = report(&[("a", "c", 100), ("b", "c", 95)]);
        assert_eq!(names(&of), expected(&[("a c", 100)]));
    }

    #[test]
    fn a_circle_begins_where_tasks_begin() {
        let mut of = report(&[("a", "b", 100), ("b", "c", 100), ("c", "a", 90)]);
        assert_eq!(names(&of), expected(&[("a b c", 100)]));
        of.sites = vec![site("a", 100, 0), site("b", 100, 10), site("c", 100, 1)];
        assert_eq!(names(&of), expected(&[("b c a", 90)]));
        of.sites.clear();
        of.sequences[0].gap_ns = 100_000;
        let [chain] = &chains(&of)[..] else { panic!() };
        assert_eq!((chain.sites[0].0, chain.again_ns), ("b", Some(1_000.0)), "behind the longest pause");
    }

    #[test]
    fn calls_of_one_site_are_bursts() {
        let mut of = report(&[("a", "a", 90), ("b", "b", 49), ("a", "b", 50)]);
        of.sites = vec![site("a", 100, 0), site("b", 100, 0)];
        let [burst] = &bursts(&of)[..] else { panic!() };
        assert_eq!(
            (burst.site, burst.calls, burst.in_a_row, burst.in_a_row_share),
            (("a", ""), 10.0, 100.0 / 55.0, 0.5)
        );
    }

    /// A site of tokio::fs.
    fn of_files(function: &str) -> (String, String) {
        ("tokio-1.54.1/src/fs/mod.rs:328:11".to_owned(), format!("tokio::fs::{function}::{function}::{{{{closure}}}}"))
    }

    /// Pairs of sites of tokio::fs, and the calls of each.
    fn of_loops(pairs: &[(&str, &str, u64)], calls: &[(&str, u64)]) -> Report {
        let mut of = report(pairs);
        for pair in &mut of.sequences {
            (pair.before_site, pair.before_job) = of_files(&pair.before_site);
            (pair.site, pair.job) = of_files(&pair.site);
        }
        of.sequences.sort();
        of.sites = calls
            .iter()
            .map(|&(name, hops)| SiteReport { job: of_files(name).1, ..site(&of_files("").0, hops, 0) })
            .collect();
        of
    }

    #[test]
    fn calls_of_one_origin_that_follow_each_other_are_runs() {
        let of = of_loops(
            &[("a", "b", 300), ("b", "a", 290), ("b", "c", 10), ("c", "a", 10), ("d", "d", 90), ("c", "d", 9)],
            &[("a", 300), ("b", 300), ("c", 10), ("d", 100)],
        );
        let [run] = &runs(&of)[..] else { panic!("{:?}", runs(&of)) };
        assert_eq!(
            (run.calls, run.hops, &run.origin),
            (610.0, 610, &Origin::Fs),
            "all but the first follow another one"
        );
        let shares: Vec<f64> = run.sites.iter().map(|(_, share)| *share).collect();
        assert_eq!(
            shares,
            [300.0 / 610.0, 300.0 / 610.0, 10.0 / 610.0],
            "one that follows once in ten is of another loop"
        );
        assert_eq!((run.in_a_row_share, run.together_share, run.mean_gap_ns), (0.5, 0.0, 3.0));
    }

    #[test]
    fn loops_that_meet_by_a_third_are_one() {
        let of =
            of_loops(&[("a", "b", 50), ("c", "d", 50), ("b", "c", 20)], &[("a", 50), ("b", 50), ("c", 50), ("d", 50)]);
        assert_eq!(runs(&of).iter().map(|run| run.sites.len()).collect::<Vec<_>>(), [4]);
        let of =
            of_loops(&[("a", "b", 50), ("c", "d", 50), ("b", "c", 9)], &[("a", 50), ("b", 50), ("c", 50), ("d", 50)]);
        assert_eq!(runs(&of).iter().map(|run| run.sites.len()).collect::<Vec<_>>(), [2, 2]);
    }

    #[test]
    fn the_apps_own_calls_and_those_of_two_origins_are_no_run() {
        let mut of = of_loops(&[("a", "b", 100)], &[("a", 100), ("b", 100)]);
        assert_eq!(runs(&of).len(), 1);
        of.sequences[0].site = "object_store-0.11.2/src/local.rs:8:8".to_owned();
        of.sites[1].site.clone_from(&of.sequences[0].site);
        of.sequences[0].job.clear();
        of.sites[1].job.clear();
        assert_eq!(runs(&of), []);
        let mut of = report(&[("a", "b", 100)]);
        of.sites = vec![site("a", 100, 0), site("b", 100, 0)];
        assert_eq!(runs(&of), []);
    }

    #[test]
    fn numbers_that_nobody_counted_do_no_harm() {
        let mut of = report(&[("a", "a", u64::MAX), ("a", "b", u64::MAX), ("b", "a", u64::MAX), ("c", "c", 3)]);
        of.sites = vec![site("a", 1, u64::MAX), site("a", u64::MAX, u64::MAX), site("c", 0, 0)];
        assert_eq!(chains(&of).len(), 1);
        assert_eq!(bursts(&of).len(), 1);
        let most = u64::MAX;
        let of = of_loops(&[("a", "a", most), ("a", "b", most), ("b", "a", most)], &[("a", 1), ("b", most), ("c", 0)]);
        assert_eq!(runs(&of).len(), 1);
    }
}
