//! One rule, held to what following it saves.

use std::rc::Rc;

use tollbridge::report::Report;
use tollbridge::{Builder, Detail, Summary};
use tollbridge_flamegraphs::verdict::{Rule, Saving, Verdict, verdicts};

/// Captures of which one has to have the rule speak first, for there to be an advice to follow.
const TRIES: usize = 5;

/// One side of an experiment: something that can be done again and again. Returns the mean of the quantity, in ns a job or hop.
pub(crate) type Side = Box<dyn Fn() -> f64>;

/// A side and a capture of it.
pub(crate) struct Workload {
    pub(crate) measure: Side,
    pub(crate) capture: Box<dyn Fn() -> Report>,
}

impl From<Side> for Workload {
    /// What a capture of the phases tells of the same.
    fn from(side: Side) -> Self {
        let side = Rc::new(side);
        let side_of_capture = Rc::clone(&side);
        let capture = move || {
            capture(|| {
                side_of_capture();
            })
        };
        Self { measure: Box::new(move || side()), capture: Box::new(capture) }
    }
}

pub(crate) struct Experiment {
    pub(crate) rule: Rule,
    /// The workload.
    pub(crate) symptom: &'static str,
    /// What is done about it; what the verdict tells a number for is called N.
    pub(crate) remedy: &'static str,
    /// What is measured on both sides, the same as is foretold.
    pub(crate) quantity: &'static str,
    pub(crate) before: Workload,
    /// The other side, made from the first verdict.
    pub(crate) after: fn(&Verdict) -> Workload,
    /// Whether the estimate is held to the factor. Where it is known not to, the table shows by how much.
    pub(crate) held: bool,
}

impl Experiment {
    pub(crate) fn print_head() {
        println!(
            "{:<18}{:<54}{:<24}{:>9}{:>9}{:>9}{:>10}{:>7}{:>15}{:>7}  said afterwards",
            "rule", "workload", "remedy", "before", "after", "saved", "predicted", "ratio", "[middle half]", "first"
        );
    }

    /// Runs it and prints a line. Returns whether the rule applied first and predicted what was saved, within its range.
    pub(crate) fn run(&self, rounds: usize) -> bool {
        (self.before.measure)();
        let Some(first) = (0..TRIES).find_map(|_| self.foretold().ok()) else {
            println!("{:<18}{:<54}never spoke first, but: {}", self.rule, self.symptom, said(&(self.before.capture)()));
            return false;
        };
        let other = (self.after)(&first);
        let (mut spoke, mut figures, mut others) = (0, Vec::new(), Vec::new());
        for round in 0..=rounds {
            let foretold = self.foretold();
            // Each round begins with the other side.
            let (before, after) = if round % 2 == 0 {
                let before = (self.before.measure)();
                (before, (other.measure)())
            } else {
                let after = (other.measure)();
                ((self.before.measure)(), after)
            };
            if round == 0 {
                continue;
            }
            match foretold {
                Ok(Verdict { saving: Some(saving), .. }) => {
                    spoke += 1;
                    figures.push([before, after, before - after, saving.ns, saving.ns / (before - after)]);
                }
                // The rule applies, and the difference was not significant.
                Ok(_) => {
                    spoke += 1;
                    others.push(format!("{}, without a saving", self.rule));
                }
                Err(said) => others.push(said),
            }
        }
        let remedied = (other.capture)();
        let silent = verdicts(&remedied).iter().all(|verdict| verdict.rule != self.rule);
        let of = |i: usize| sorted(figures.iter().map(|row: &[f64; 5]| row[i]).collect());
        let ratios = of(4);
        let ratio = middle(&ratios);
        let enough = 10 * spoke >= 9 * rounds;
        // A rule whose range is wider is checked against that.
        let factor = first.saving.map_or(Saving::FACTOR, |saving| saving.ns / saving.low_ns).max(Saving::FACTOR);
        let within = (1.0 / factor..=factor).contains(&ratio);
        let ns: Vec<String> =
            (0..4).map(|i| format!("{:>1$.0}", middle(&of(i)), if i == 3 { 10 } else { 9 })).collect();
        println!(
            "{:<18}{:<54}{:<24}{}{ratio:>7.2}{:>15}{:>7}  {}{}",
            self.rule,
            self.symptom,
            self.remedy,
            ns.concat(),
            format!("[{:.2}, {:.2}]", ratios[ratios.len() / 4], ratios[ratios.len() * 3 / 4]),
            format!("{spoke}/{rounds}"),
            said(&remedied),
            match (within && enough && silent, self.held) {
                (true, _) => "",
                (false, true) => "  OUT OF BOUNDS",
                (false, false) => "  known to be off",
            }
        );
        println!("{:<18}in ns, {}", "", self.quantity);
        others.iter().for_each(|said| println!("{:<18}said first: {said}", ""));
        (within && enough && silent) || !self.held
    }

    /// The verdict of a capture of the workload, if it is the first of those that advise something, or of the others; else what was said.
    fn foretold(&self) -> Result<Verdict, String> {
        let report = (self.before.capture)();
        let mut alike = verdicts(&report).into_iter().filter(|verdict| verdict.rule.advises() == self.rule.advises());
        alike.next().filter(|verdict| verdict.rule == self.rule).ok_or_else(|| said(&report))
    }
}

/// What a capture of the phases of something tells.
pub(crate) fn capture(work: impl FnOnce()) -> Report {
    captured(|builder| builder.with_detail(Detail::Phases), work)
}

/// What a capture of something tells.
pub(crate) fn captured(build: impl FnOnce(Builder) -> Builder, work: impl FnOnce()) -> Report {
    let guard = build(tollbridge::builder().without_files().with_summary(Summary::Off)).init();
    work();
    guard.finish().expect("nothing else is armed")
}

/// The rules that speak, in their order.
pub(crate) fn said(report: &Report) -> String {
    let rules: Vec<String> = verdicts(report).iter().map(|verdict| verdict.rule.to_string()).collect();
    if rules.is_empty() { "nothing".to_owned() } else { rules.join(", ") }
}

pub(crate) fn sorted(mut values: Vec<f64>) -> Vec<f64> {
    values.sort_by(f64::total_cmp);
    values
}

pub(crate) fn middle(sorted: &[f64]) -> f64 {
    sorted.get(sorted.len() / 2).copied().unwrap_or(f64::NAN)
}
