//! Writes a service's log, one line in ten a hop's, for measuring how fast logs are read: `service_log FORM MEGABYTES`,
//! FORM being text, coloured, json or flat-json.

use std::io::Write as _;
use std::process::ExitCode;

use tollbridge_report::hop::HopRecord;
use tollbridge_testkit::logs::{Form, hops, service_log};

/// The hop, so many ns later.
fn later(mut hop: HopRecord<'_>, ns: u64) -> HopRecord<'_> {
    hop.stamps = hop.stamps.map(|moment| moment + ns);
    hop
}

fn main() -> ExitCode {
    let mut args = std::env::args().skip(1);
    let form = match args.next().as_deref() {
        Some("text") => Form::Text,
        Some("coloured") => Form::Coloured,
        Some("json") => Form::Json,
        Some("flat-json") => Form::FlatJson,
        _ => return usage(),
    };
    let Some(megabytes) = args.next().and_then(|text| text.parse::<usize>().ok()) else {
        return usage();
    };
    let some = hops(2_000);
    let parts = megabytes.saturating_mul(1_000_000).div_ceil(service_log(form, &some).len());
    let mut stdout = std::io::stdout().lock();
    for part in 0..parts as u64 {
        // Each as much later as the hops before it took.
        let later = some.iter().map(|hop| later(*hop, part * 1_000_000 * some.len() as u64));
        let part = service_log(form, &later.collect::<Vec<_>>());
        if let Err(error) = stdout.write_all(&part) {
            eprintln!("error: failed to write the log: {error}");
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}

fn usage() -> ExitCode {
    eprintln!("usage: service_log text|coloured|json|flat-json MEGABYTES");
    ExitCode::FAILURE
}
