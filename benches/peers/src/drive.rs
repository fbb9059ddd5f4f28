//! Starts the processes: rounds, in each of which every arm has its turn, in an order that is drawn anew.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::arm::{self, ARMS};
use crate::measure::Figures;

pub(crate) struct Plan {
    pub(crate) rounds: usize,
    pub(crate) hops: u64,
    pub(crate) runs: Vec<u64>,
    pub(crate) only: Vec<String>,
}

pub(crate) struct Row {
    pub(crate) name: String,
    pub(crate) spans: u64,
    executable: PathBuf,
    pub(crate) paired: Vec<Figures>,
    /// One process a length.
    pub(crate) alone: Vec<(u64, Figures)>,
    /// Why it has no figures, or not all.
    pub(crate) failure: Option<String>,
}

pub(crate) fn drive(plan: &Plan, also: &[PathBuf]) -> Vec<Row> {
    let mut rows = rows(plan, also);
    let mut random = 0x9e37_79b9_7f4a_7c15;
    for round in 1..=plan.rounds {
        eprintln!("round {round} of {}", plan.rounds);
        for at in shuffled(rows.len(), &mut random) {
            let row = &mut rows[at];
            match process(&row.executable, &row.name, plan.hops, false) {
                _ if row.failure.is_some() => {}
                Ok(figures) => row.paired.push(figures),
                Err(why) => row.failure = Some(why),
            }
        }
    }
    for &hops in &plan.runs {
        for row in &mut rows {
            if row.failure.is_some() {
                continue;
            }
            eprintln!("{hops} hops under {}", row.name);
            match process(&row.executable, &row.name, hops, true) {
                Ok(figures) => row.alone.push((hops, figures)),
                Err(why) => row.failure = Some(format!("{hops} hops: {why}")),
            }
        }
    }
    rows
}

fn rows(plan: &Plan, also: &[PathBuf]) -> Vec<Row> {
    let own = std::env::current_exe().expect("this executable");
    let mut rows: Vec<Row> = Vec::new();
    for executable in std::iter::once(&own).chain(also) {
        let output = Command::new(executable).arg("--list").output().expect("the executable starts");
        for line in String::from_utf8(output.stdout).expect("UTF-8").lines() {
            let (name, spans) = line.split_once(' ').expect("a name and a number");
            let wanted = plan.only.is_empty() || plan.only.iter().any(|only| only == name);
            if wanted && !rows.iter().any(|row| row.name == name) {
                rows.push(Row {
                    name: name.to_owned(),
                    spans: spans.parse().expect("a number"),
                    executable: executable.clone(),
                    paired: Vec::new(),
                    alone: Vec::new(),
                    failure: None,
                });
            }
        }
    }
    rows
}

/// All indices below `len`; xorshift is random enough for an order.
fn shuffled(len: usize, random: &mut u64) -> Vec<usize> {
    let mut order: Vec<usize> = (0..len).collect();
    for at in (1..len).rev() {
        *random ^= *random << 13;
        *random ^= *random >> 7;
        *random ^= *random << 17;
        order.swap(at, usize::try_from(*random % (at as u64 + 1)).expect("an index"));
    }
    order
}

fn process(executable: &Path, arm: &str, hops: u64, alone: bool) -> Result<Figures, String> {
    let mut command = Command::new(executable);
    command.args(["--arm", arm, "--hops", &hops.to_string()]).env("RUST_BACKTRACE", "0").stderr(Stdio::piped());
    if alone {
        command.arg("--alone");
    }
    let output = command.output().expect("the executable starts");
    let text = String::from_utf8_lossy(&output.stdout);
    let last = text.lines().last().unwrap_or_default();
    if !output.status.success() {
        let error = String::from_utf8_lossy(&output.stderr);
        let error: Vec<&str> = error.lines().filter(|line| !line.contains("RUST_BACKTRACE")).collect();
        return Err(format!("{}: {}", output.status, error.join(" ").trim()));
    }
    serde_json::from_str(last).map_err(|error| format!("{error}: {last}"))
}

/// What `--list` prints.
pub(crate) fn list() -> String {
    ARMS.iter().map(|arm::Arm { name, spans, .. }| format!("{name} {spans}\n")).collect()
}
