//! `tollbridge compare`.

use std::io::Write;
use std::path::PathBuf;

use clap::ValueHint;
use clap::builder::{PossibleValuesParser, TypedValueParser};

use super::failure::Failure;
use super::layout::Layout;
use super::standard::unless_closed;
use super::{exit, files, standard};
use crate::compare::{Figure, Gate, Run, compare};
use crate::read::Once;
use crate::{Error, compared, compared_json};

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  tollbridge compare before.json after.json
  tollbridge compare before-1 before-2 --with after-1 after-2 --fail-over 5%")]
pub(super) struct Args {
    /// The runs before the change: report.json files, or folders with every report.json in or below them. If NEW does not follow
    /// --with, it follows the only OLD. `-` is standard input.
    #[arg(value_name = "OLD", required = true, value_hint = ValueHint::AnyPath)]
    runs: Vec<PathBuf>,
    /// The runs after the change.
    #[arg(long, value_name = "NEW", num_args = 1.., value_hint = ValueHint::AnyPath)]
    with: Vec<PathBuf>,
    /// Ends with exit code 5 if any site's overhead surely grew by more than this. At most one comparison in 20 does so for nothing.
    #[arg(long, value_name = "PERCENT", value_parser = share)]
    fail_over: Option<f64>,
    /// What --fail-over looks at: overhead, overhead/run, hop, or a phase.
    #[arg(long, value_name = "FIGURE", default_value = "overhead", requires = "fail_over", value_parser = figures())]
    on: Figure,
    /// Writes the comparison as JSON instead.
    #[arg(long)]
    json: bool,
    /// Takes reports of one executable, pid and beginning for two processes, as hosts may have these in common.
    #[arg(long)]
    allow_same: bool,
    #[command(flatten)]
    layout: Layout,
}

/// The words for figures of which more is worse.
fn figures() -> impl TypedValueParser<Value = Figure> {
    let words = Figure::ALL.map(Figure::as_str).into_iter().filter(|word| word.parse::<Figure>().is_ok());
    PossibleValuesParser::new(words).try_map(|word| word.parse::<Figure>())
}

/// `5%` or `5` as a share of 1.
fn share(word: &str) -> Result<f64, String> {
    let percent = word.strip_suffix('%').unwrap_or(word).trim_end().parse();
    let percent = percent.ok().filter(|percent: &f64| percent.is_finite() && *percent >= 0.0);
    percent.map(|percent| percent / 100.0).ok_or_else(|| "expected a percentage such as 5%".to_owned())
}

pub(super) fn run(args: &Args, stdout: &mut dyn Write) -> Result<(), Failure> {
    standard::read_once(args.runs.iter().chain(&args.with))?;
    let (old, new) = match (&args.runs[..], &args.with[..]) {
        ([old, new], []) => (std::slice::from_ref(old), std::slice::from_ref(new)),
        (_, []) => {
            return Err(Failure::Usage("which runs are after the change? give OLD NEW, or OLD... --with NEW..."));
        }
        sides => sides,
    };
    let (old, new) = (files::found(old)?, files::found(new)?);
    let all = [&old[..], &new[..]].concat();
    let (mut once, mut runs) = (Once::new(args.allow_same), Vec::new());
    files::read_all(&all, |file, input| {
        let mut report = input?.report;
        once.file(file)?;
        once.captures(file, &report)?;
        report.derive();
        runs.push(Run::of(&file.display().to_string(), &report)?);
        Ok::<_, Error>(None)
    })?;
    let (old, new) = runs.split_at(old.len());
    let comparison = compare(old, new)?;
    let gate = args.fail_over.map(|allowed| Gate::new(args.on, allowed));
    let ruling = gate.as_ref().map(|gate| gate.rule(&comparison)).transpose()?;
    let ruled = gate.as_ref().zip(ruling.as_ref());
    let told = if args.json {
        writeln!(stdout, "{}", compared_json(&comparison, ruled))
    } else {
        stdout.write_all(compared(&comparison, ruled, &args.layout.options()).as_bytes())
    };
    // Whoever reads no more of it still wants the ruling.
    unless_closed(told.and_then(|()| stdout.flush()))?;
    match ruling {
        Some(ruling) if !ruling.over.is_empty() => Err(Failure::Said(exit::OVER)),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::share;

    #[test]
    fn percentages() {
        assert_eq!([share("5%"), share("5"), share("0"), share("12.5 %")], [Ok(0.05), Ok(0.05), Ok(0.0), Ok(0.125)]);
        for wrong in ["-1%", "NaN", "inf", "five", "", "%"] {
            assert!(share(wrong).is_err(), "{wrong}");
        }
    }
}
