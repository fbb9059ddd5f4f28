//! Quantiles of known distributions, on a clock that is turned by hand: lengths go in as spans, and come out of a report.
use tollbridge_instrument::clock::mock;
use tollbridge_instrument::probe::{Ambient, Probe};
use tollbridge_instrument::record::{self, Settings};
use tollbridge_instrument::report::Distribution;
use tollbridge_testkit::random::Random;

const VALUES: u32 = 50_000;
const QUANTILES: [f64; 7] = [0.0, 0.1, 0.5, 0.9, 0.99, 0.999, 1.0];
/// What is promised (`docs/reference/format.md`), and half of what the design asks for.
const ERROR: f64 = 1.0 / 64.0;

fn shuffle(random: &mut Random, values: &mut [u64]) {
    for last in (1..values.len()).rev() {
        let at = random.next() % (last as u64 + 1);
        values.swap(last, usize::try_from(at).expect("an index"));
    }
}

fn whole(ns: f64) -> u64 {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "lengths are small and not negative")]
    let ns = ns.round() as u64;
    ns
}

/// Values whose quantiles are those of the distribution, not only near them: its quantile function at even steps.
fn of(quantile: impl Fn(f64) -> f64) -> Vec<u64> {
    let mut values: Vec<u64> = (0..VALUES).map(|i| whole(quantile((f64::from(i) + 0.5) / f64::from(VALUES)))).collect();
    shuffle(&mut Random(7), &mut values);
    values
}

/// Records the lengths, a part of them on each of three threads.
fn recorded(lengths: &[u64]) -> Distribution {
    mock::install(1_000_000);
    let capture = record::arm(Settings::default()).expect("nothing else is armed");
    for part in lengths.chunks(lengths.len().div_ceil(3)) {
        std::thread::scope(|scope| {
            scope.spawn(|| {
                for &ns in part {
                    let open = Ambient.open_copy(0);
                    mock::advance(ns);
                    Ambient.close_copy(open, 0);
                }
            });
        });
    }
    let report = capture.finish();
    assert_eq!(report.dropped.total(), 0);
    report.spans.into_iter().find(|span| span.path == ["copy"]).expect("it is there").ns
}

/// The value of that rank, exactly.
fn exact(sorted: &[u64], quantile: f64) -> f64 {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a rank")]
    let rank = (quantile * sorted.len() as f64).ceil().max(1.0) as usize;
    sorted[rank - 1] as f64
}

fn check(name: &str, lengths: &[u64], distribution: impl Fn(f64) -> Option<f64>) {
    let found = recorded(lengths);
    let mut sorted = lengths.to_vec();
    sorted.sort_unstable();
    let sum: u64 = sorted.iter().sum();
    assert_eq!((found.count(), found.sum()), (sorted.len() as u64, sum), "{name}");
    assert_eq!((found.min(), found.max()), (sorted.first().copied(), sorted.last().copied()), "{name}");
    let mean = sum as f64 / sorted.len() as f64;
    let squares: f64 = sorted.iter().map(|&ns| (ns as f64 - mean).powi(2)).sum();
    let deviation = (squares / (sorted.len() as f64 - 1.0)).sqrt();
    let off = (found.standard_deviation().expect("some") - deviation).abs();
    assert!(off <= 1e-6 * mean.max(1.0), "{name}: standard deviation off by {off}");
    for quantile in QUANTILES {
        let told = found.quantile(quantile).expect("some");
        let exact = exact(&sorted, quantile);
        assert!((told - exact).abs() <= ERROR * exact, "{name}, {quantile}: {told} instead of {exact}");
        if let Some(known) = distribution(quantile).filter(|_| quantile > 0.0 && quantile < 1.0) {
            assert!((told - known).abs() <= 0.03 * known, "{name}, {quantile}: {told} instead of {known}");
        }
    }
}

// One test: there is one capture and one clock a process.
#[test]
fn quantiles_are_within_what_is_stated() {
    let uniform = |q: f64| 100.0 + 999_900.0 * q;
    check("uniform", &of(uniform), |q| Some(uniform(q)));
    let exponential = |q: f64| -20_000.0 * (1.0 - q).ln();
    check("exponential", &of(exponential), |q| Some(exponential(q)));
    // Heavy-tailed, as hops are: five powers of ten.
    let pareto = |q: f64| 150.0 * (1.0 - q).powf(-1.0 / 1.2);
    check("Pareto", &of(pareto), |q| Some(pareto(q)));

    let mut random = Random(11);
    let lognormal = (0..VALUES).map(|_| whole((5_000f64.ln() + 1.5 * random.normal()).exp()));
    check("lognormal", &lognormal.collect::<Vec<u64>>(), |q| (q == 0.5).then_some(5_000.0));

    // A quick road and a slow one, at whose edge a quantile lies.
    let two_points = |q: f64| if q <= 0.9 { 200.0 } else { 1_000_000.0 };
    check("two points", &of(two_points), |q| Some(two_points(q)));

    // Edges of buckets, and the largest value that has one of its own.
    for constant in [0, 1, 31, 32, 33, 63, 64, 1_000, 65_535, 65_536, (1 << 42) - 1] {
        let name = format!("constant {constant}");
        check(&name, &vec![constant; 1_000], |_| Some(constant as f64));
    }
}
