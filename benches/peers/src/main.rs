//! The same hop under tollbridge and under other tracing and profiling crates, side by side. `docs/reference/cost.md` says what is
//! measured and how to read it; `scripts/peers_cost.sh` builds and runs all of it.
//!
//! Nearly every arm sets something for the whole process, so each has a process of its own: this executable starts itself.

mod arm;
mod drive;
mod hop;
#[path = "../../common/interval.rs"]
mod interval;
mod measure;
#[path = "../../common/no_op.rs"]
mod no_op;
mod table;

use std::io::Write as _;
use std::path::PathBuf;

use clap::Parser;

#[derive(Debug, Parser)]
struct Args {
    /// Processes of each arm whose hops are paired with tokio's own
    #[arg(long, default_value_t = 30)]
    rounds: usize,
    /// Hops with spans that each of these makes; as many of tokio's own
    #[arg(long, default_value_t = 20_000)]
    hops: u64,
    /// Hops of the processes that say what CPU time, memory and disk a run takes
    #[arg(long, value_delimiter = ',', default_value = "100000,1000000")]
    runs: Vec<u64>,
    /// These arms only, by name
    #[arg(long, value_delimiter = ',')]
    only: Vec<String>,
    /// Executables of this package that were built with other features, for the arms that need these
    #[arg(long)]
    also: Vec<PathBuf>,
    /// Print the arms in this executable and their spans a hop, and nothing else
    #[arg(long)]
    list: bool,
    /// One process: this arm
    #[arg(long, hide = true)]
    arm: Option<String>,
    /// One process: no hops of tokio's own in between
    #[arg(long, hide = true)]
    alone: bool,
}

fn main() {
    let args = Args::parse();
    let mut out = std::io::stdout();
    if args.list {
        write!(out, "{}", drive::list()).expect("stdout");
    } else if let Some(name) = &args.arm {
        let figures = measure::process(arm::find(name), args.hops, args.alone);
        writeln!(out, "{}", serde_json::to_string(&figures).expect("figures")).expect("stdout");
    } else {
        let plan = drive::Plan { rounds: args.rounds, hops: args.hops, runs: args.runs, only: args.only };
        let rows = drive::drive(&plan, &args.also);
        write!(out, "{}", table::markdown(&rows, &plan)).expect("stdout");
    }
}
