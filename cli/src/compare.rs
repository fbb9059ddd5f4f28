//! `tollbridge compare`.

use std::io::Write;
use std::path::PathBuf;

use clap::ValueHint;
use clap::builder::{PossibleValuesParser, TypedValueParser};

use crate::error::Error;
use crate::failure::Failure;
use crate::layout::Layout;
use crate::standard::unless_closed;
use crate::{exit, files, standard};
use tollbridge_flamegraphs::compare::{Figure, Gate, GateVerdict, Run, compare};
use tollbridge_flamegraphs::read::Once;
use tollbridge_flamegraphs::{compared, compared_json, compared_markdown, shell_word};

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  tollbridge compare before after
  tollbridge compare before-1 before-2 --with after-1 after-2 --fail-over 5%
  tollbridge compare before after --fail-over 5% --strict --markdown > comment.md")]
pub(crate) struct Args {
    /// The runs before the change: report.json files, or folders with every report.json in or below them. With a single OLD,
    /// NEW may follow it without --with. `-` is standard input.
    #[arg(value_name = "OLD", required = true, value_hint = ValueHint::AnyPath)]
    runs: Vec<PathBuf>,
    /// The runs after the change.
    #[arg(long, value_name = "NEW", num_args = 1.., value_hint = ValueHint::AnyPath)]
    with: Vec<PathBuf>,
    /// Ends with exit code 5 if any site's overhead grew by more than PERCENT (false-alarm rate at most 5 %), and
    /// with 7 if nothing can be decided, or the runs are of different machines.
    #[arg(long, value_name = "PERCENT", value_parser = share)]
    fail_over: Option<f64>,
    /// What --fail-over looks at: overhead, overhead/run, hop, or a phase.
    #[arg(long, value_name = "FIGURE", default_value = "overhead", requires = "fail_over", value_parser = figures())]
    on: Figure,
    /// Also ends with exit code 7 if the gate would pass but a growth may have been missed: a site is on one side alone or not decided, or
    /// its growth by PERCENT would not have been detected (default: twice --fail-over, and 10 % at least).
    #[arg(long, value_name = "PERCENT", num_args = 0..=1, require_equals = true, requires = "fail_over", value_parser = share)]
    strict: Option<Option<f64>>,
    /// Writes the comparison as JSON instead.
    #[arg(long)]
    json: bool,
    /// Writes the comparison as Markdown instead, for a pull request: the verdict, a table, the command.
    #[arg(long, conflicts_with = "json")]
    markdown: bool,
    /// Treats reports of the same executable, pid and start as two processes, because different hosts can have these in common.
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

pub(crate) fn run(args: &Args, stdout: &mut dyn Write, _stderr: &mut dyn Write) -> Result<(), Failure> {
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
    // Figures without a verdict would be taken for one.
    if old.len().min(new.len()) < 2 {
        return Err(Error::TooFewRuns { old: old.len(), new: new.len() }.into());
    }
    let gate = args.fail_over.map(|allowed| {
        let gate = Gate::new(args.on, allowed);
        args.strict.map_or(gate, |asked| gate.with_strict(asked.unwrap_or(Gate::default_strictness(allowed))))
    });
    let ruling = gate.as_ref().map(|gate| gate.rule(&comparison)).transpose()?;
    let ruled = gate.as_ref().zip(ruling.as_ref());
    let told = if args.json {
        writeln!(stdout, "{}", compared_json(&comparison, ruled))
    } else if args.markdown {
        stdout.write_all(compared_markdown(&comparison, ruled, &args.line()).as_bytes())
    } else {
        stdout.write_all(compared(&comparison, ruled, &args.layout.options()).as_bytes())
    };
    // Whoever reads no more of it still wants the ruling.
    unless_closed(told.and_then(|()| stdout.flush()))?;
    match ruling.map(|ruling| ruling.verdict()) {
        Some(GateVerdict::Over) => Err(Failure::Said(exit::OVER)),
        Some(GateVerdict::Unseen) => Err(Failure::Said(exit::UNSEEN)),
        Some(GateVerdict::Passed) | None => Ok(()),
    }
}

impl Args {
    /// The command that makes this comparison.
    fn line(&self) -> String {
        let percent = |share: f64| format!("{}%", (share * 1e5).round() / 1e3);
        let mut words = vec!["tollbridge".to_owned(), "compare".to_owned()];
        words.extend(self.runs.iter().map(|run| shell_word(&run.display().to_string())));
        if !self.with.is_empty() {
            words.push("--with".to_owned());
            words.extend(self.with.iter().map(|run| shell_word(&run.display().to_string())));
        }
        if let Some(allowed) = self.fail_over {
            words.extend(["--fail-over".to_owned(), percent(allowed)]);
            if self.on != Figure::Overhead {
                words.extend(["--on".to_owned(), self.on.as_str().to_owned()]);
            }
        }
        match self.strict {
            Some(Some(asked)) => words.push(format!("--strict={}", percent(asked))),
            Some(None) => words.push("--strict".to_owned()),
            None => {}
        }
        words.extend(self.allow_same.then(|| "--allow-same".to_owned()));
        words.push("--markdown".to_owned());
        words.join(" ")
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
