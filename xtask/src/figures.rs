//! What is measured, and the page where its figures stand, between the lines `<!-- figures -->` and `<!-- end of figures -->`.
//!
//! A script that measures prints its figures, and writes what its page shows into the file that `FIGURES` names. So whoever runs it alone
//! leaves the page as it is.

use std::path::Path;
use std::process::Command;

use crate::run::{Result, command, line, pass, read, stdout, write};

#[derive(Debug)]
struct Figures {
    name: &'static str,
    page: &'static str,
    by: By,
    what: &'static str,
}

#[derive(Debug)]
enum By {
    /// A bench that prints a table and fails where a figure is out of its bounds.
    Bench,
    Script(&'static str),
}

const ALL: [Figures; 7] = [
    Figures {
        name: "cases",
        page: "docs/guide/cases.md",
        by: By::Script("scripts/cases.sh"),
        what: "small apps in the shape of public reports; eight minutes",
    },
    Figures {
        name: "contrast",
        page: "docs/design/contrast.md",
        by: By::Script("scripts/contrast.sh"),
        what: "how often the intervals between arms err; four minutes",
    },
    Figures {
        name: "cost",
        page: "docs/reference/cost.md",
        by: By::Script("scripts/peers_cost.sh"),
        what: "what other crates' spans add to a hop; compiles 250 crates",
    },
    Figures {
        name: "logs",
        page: "docs/guide/logs.md",
        by: By::Script("scripts/logs_speed.sh"),
        what: "how fast logs are read; minutes",
    },
    Figures {
        name: "start",
        page: "docs/guide/start.md",
        by: By::Script("scripts/journey.sh"),
        what: "the way of a new user, timed; two minutes",
    },
    Figures {
        name: "truth",
        page: "docs/reference/truth.md",
        by: By::Bench,
        what: "corrected means against operations of known length; half a minute",
    },
    Figures {
        name: "verdicts",
        page: "docs/guide/verdicts.md",
        by: By::Bench,
        what: "what verdicts predict, and what following them saves; five minutes",
    },
];

const BEGIN: &str = "<!-- figures -->";
const END: &str = "<!-- end of figures -->";

/// Measures `NAME` with the options behind it.
pub(crate) fn run(arguments: &[String]) -> Result<()> {
    let Some((name, options)) = arguments.split_first() else {
        let lines = ALL.iter().map(|figures| format!("  {:<9} {:<24} {}", figures.name, figures.page, figures.what));
        println!("cargo xtask figures NAME, which needs a quiet machine:\n{}", lines.collect::<Vec<_>>().join("\n"));
        return Ok(());
    };
    let figures = ALL.iter().find(|figures| figures.name == name);
    let figures = figures.ok_or_else(|| format!("no figures are called `{name}`; `cargo xtask figures` lists them"))?;
    let file = tempfile::NamedTempFile::new().map_err(|error| format!("failed to make a temporary file: {error}"))?;
    let measured = match figures.by {
        By::Script(script) => {
            let mut command = command(&[script]);
            command.args(options).env("FIGURES", file.path());
            pass(command)
        }
        By::Bench => bench(name, options, file.path()),
    };
    // Also where a figure is out of its bounds: the page tells what was measured.
    let text = read(file.path())?;
    if !text.trim().is_empty() {
        let page = Path::new(figures.page);
        write(
            page,
            &inserted(&read(page)?, &text)
                .ok_or_else(|| format!("{}: no line `{BEGIN}` before one `{END}`", figures.page))?,
        )?;
        println!("{} shows it", figures.page);
    }
    measured
}

/// A bench's table, under the command that made it and the machine.
fn bench(name: &str, options: &[String], file: &Path) -> Result<()> {
    let mut command: Command = line("cargo bench --locked -p tollbridge-benches --bench");
    command.arg(name).arg("--").args(options);
    let output = command.stderr(std::process::Stdio::inherit()).output();
    let output = output.map_err(|error| format!("failed to run the bench {name}: {error}"))?;
    let table = String::from_utf8_lossy(&output.stdout);
    print!("{table}");
    let words: String = options.iter().map(|option| format!(" {option}")).collect();
    let rustc = stdout(line("rustc --version"))?;
    let rustc: Vec<&str> = rustc.split_whitespace().take(2).collect();
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let machine = format!("{}, {cores} cores, {}", processor(), rustc.join(" "));
    write(file, &format!("`cargo xtask figures {name}{words}`, {machine}:\n\n```text\n{table}```\n"))?;
    if output.status.success() { Ok(()) } else { Err(format!("failed: the bench {name}: {}", output.status)) }
}

/// The processor's name, as Linux shows it.
fn processor() -> String {
    let cpuinfo = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpuinfo.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    model.map_or_else(|| std::env::consts::ARCH.to_owned(), |(_, name)| name.to_owned())
}

/// The page with these figures in place of its own.
fn inserted(page: &str, figures: &str) -> Option<String> {
    let (before, rest) = page.split_once(&format!("{BEGIN}\n"))?;
    let (_, after) = rest.split_once(END)?;
    Some(format!("{before}{BEGIN}\n\n{}\n\n{END}{after}", figures.trim_end_matches('\n')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_replace_those_of_before_and_nothing_else() {
        let page = "above\n<!-- figures -->\n\nold\nolder\n\n<!-- end of figures -->\nbelow\n";
        let new = "above\n<!-- figures -->\n\nnew\n\n<!-- end of figures -->\nbelow\n";
        assert_eq!(inserted(page, "new\n").as_deref(), Some(new));
        assert_eq!(inserted(new, "new\n").as_deref(), Some(new));
        assert_eq!(inserted("above\n", "new\n"), None);
    }

    #[test]
    fn every_page_has_its_place() {
        for Figures { page, .. } in ALL {
            let text = std::fs::read_to_string(format!("../{page}")).expect("it is there");
            assert!(inserted(&text, "").is_some(), "{page}");
        }
    }
}
