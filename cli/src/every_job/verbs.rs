//! The verbs: cargo's own, with the copy in tokio's place.

use std::ffi::OsString;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitStatus;

use super::args::{has, value, without};
use super::project::{Project, cargo};
use super::runs::Runs;
use super::target::{self, Surroundings};
use super::{agent, copy};
use crate::error::every_job::Error;
use crate::failure::Failure;
use crate::say::{say, say_error};

/// What is passed on.
#[derive(Debug, clap::Args)]
struct Cargo {
    /// The arguments of cargo's verb, and after `--` those of the program.
    #[arg(value_name = "ARGUMENTS", trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<OsString>,
}

impl Cargo {
    /// All that follows the verb. The parser leaves out a `--` in front.
    fn all(&self, verb: &str) -> Vec<OsString> {
        let mut words = std::env::args_os().skip_while(|word| word != verb);
        words.next();
        let all: Vec<_> = words.collect();
        if all.len() > self.arguments.len() { all } else { self.arguments.clone() }
    }
}

/// A row a verb: its module, cargo's word, whether it runs what it builds, and an example.
macro_rules! cargo_verbs {
    ($($module:ident $word:literal $runs:literal $example:literal;)+) => {$(
        pub(crate) mod $module {
            use super::{Cargo, Failure, Write, carry_out};

            #[derive(Debug, clap::Args)]
            #[command(after_help = concat!("Examples:\n  tollbridge ", $word, " ", $example))]
            pub(crate) struct Args {
                #[command(flatten)]
                cargo: Cargo,
            }

            pub(crate) fn run(args: &Args, _: &mut dyn Write, stderr: &mut dyn Write) -> Result<(), Failure> {
                carry_out($word, &args.cargo.all($word), $runs, stderr)
            }
        }
    )+};
}

cargo_verbs! {
    launch "run" true "--release -- --port 8080";
    build "build" false "--release --bin server";
    test "test" true "--test upload";
    bench "bench" true "--bench parse";
}

/// What `run` and its like would do.
pub(crate) mod whereabouts {
    use super::{Cargo, Failure, Prepared, Project, Write};

    #[derive(Debug, clap::Args)]
    #[command(after_help = "Examples:\n  tollbridge where --manifest-path app/Cargo.toml")]
    pub(crate) struct Args {
        #[command(flatten)]
        cargo: Cargo,
    }

    pub(crate) fn run(args: &Args, stdout: &mut dyn Write, _: &mut dyn Write) -> Result<(), Failure> {
        let args = args.cargo.all("where");
        let project = Project::of(&args)?;
        let Prepared { copy, target, agent, .. } = Prepared::places(&project, &args)?;
        super::copy::files(&project.sources, agent.as_ref())?;
        writeln!(stdout, "tokio      {} in {}: all edits fit", project.tokio, project.sources.display())?;
        writeln!(stdout, "its copy   {}", copy.display())?;
        writeln!(stdout, "build      {}", target.display())?;
        let symbols: Vec<String> =
            project.symbols("where", &args).into_iter().map(|(name, value)| format!("{name}={value}")).collect();
        if !symbols.is_empty() {
            writeln!(stdout, "symbols    {}, for this build alone", symbols.join(" "))?;
        }
        match agent {
            None => writeln!(stdout, "recorder   tollbridge, which the project depends on: call `tollbridge::init()`")?,
            Some(agent) => writeln!(stdout, "recorder   {}", agent.display())?,
        }
        writeln!(stdout, "reports    {}", super::Runs::folder().display())?;
        Ok(())
    }
}

/// Where everything goes.
struct Prepared {
    copy: PathBuf,
    target: PathBuf,
    /// The system that an agent is for, unless it is the one that cargo runs on.
    system: Option<String>,
    /// `None` where the project has tollbridge.
    agent: Option<PathBuf>,
}

impl Prepared {
    fn places(project: &Project, args: &[OsString]) -> Result<Self, Error> {
        let given = value(args, "--target-dir").map(PathBuf::from);
        let target = given.unwrap_or_else(|| project.target.clone()).join("tollbridge");
        let target = std::path::absolute(&target).unwrap_or(target);
        let system = if project.has_tollbridge { None } else { target::of(args, &Surroundings::own())? };
        let agent = (!project.has_tollbridge).then(|| agent::library(system.as_deref())).transpose()?;
        // Copies that load another agent, or none, are other copies.
        let kind = if project.has_tollbridge { "linked" } else { system.as_deref().unwrap_or("host") };
        let copy = target.join("copy").join(kind).join(format!("tokio-{}", project.tokio));
        Ok(Self { copy, target, system, agent })
    }
}

fn carry_out(verb: &str, args: &[OsString], runs: bool, stderr: &mut dyn Write) -> Result<(), Failure> {
    let project = Project::of(args)?;
    if project.is_untried() {
        say(
            stderr,
            &format!(
                "note: tokio {} is newer than those with which this was tried; the copy has its edits all the same",
                project.tokio
            ),
        );
    }
    let Prepared { copy, target, system, agent } = Prepared::places(&project, args)?;
    // Nothing is written before all edits are known to fit.
    let files = copy::files(&project.sources, agent.as_ref())?;
    if agent.is_some() {
        let offline = has(args, &["--offline", "--frozen"]);
        agent::build(system.as_deref(), offline)?;
    }
    copy::make(&copy, &files)?;
    let reports = Runs::watch();
    let mut build = cargo();
    build.arg("--config").arg(paths(&copy)).arg(verb).args(without(args, "--target-dir"));
    build.env("CARGO_TARGET_DIR", &target).envs(project.symbols(verb, args));
    if runs {
        reports.tell(&mut build, project.has_tollbridge);
        // Ctrl-C is the program's; what it leaves is shown.
        let _ = ctrlc::set_handler(|| {});
    }
    let status = build.status().map_err(Error::Cargo)?;
    if runs {
        let ran = status.success() && !has(args, &["--no-run"]);
        // The exit code is the program's, whatever became of its report.
        if let Err(Failure::Ours(error)) = reports.show(ran, stderr) {
            say_error(stderr, "error", &error);
        }
    }
    ended(status)
}

/// cargo's setting that replaces a package.
fn paths(copy: &std::path::Path) -> OsString {
    let copy = serde_json::Value::from(copy.to_string_lossy());
    format!("paths=[{copy}]").into()
}

/// The command ends as what it ran.
fn ended(status: ExitStatus) -> Result<(), Failure> {
    if status.success() {
        return Ok(());
    }
    #[cfg(unix)]
    let signal = std::os::unix::process::ExitStatusExt::signal(&status).map(|signal| 128 + signal);
    #[cfg(not(unix))]
    let signal = None;
    let code = status.code().or(signal).and_then(|code| u8::try_from(code).ok());
    Err(Failure::Said(code.unwrap_or(crate::exit::INTERNAL)))
}
