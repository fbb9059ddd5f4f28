//! Use `tollbridge_flamegraphs` as a library: read a report, print its screen, draw its pictures.
//!
//!     TOLLBRIDGE=locks cargo run --release --example init
//!     cargo run --release -p tollbridge-flamegraphs --example renderer -- tollbridge-out/pictures tollbridge-out/init-*/report.json
//!
//! It prints what `tollbridge report` prints, then each file that it wrote into the first argument's folder: flamegraphs, as
//! SVG and as folded stacks. Several reports are added up. A log of the app does as well as a report.

#![expect(clippy::print_stdout, reason = "an example that shows what it did")]

use std::error::Error;
use std::path::Path;

use tollbridge_flamegraphs::{FlameOptions, ScreenOptions, read, render, screen};

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let given = args.split_first().filter(|(_, reports)| !reports.is_empty());
    let (pictures, reports) = given.ok_or("usage: renderer FOLDER REPORT...")?;
    let input = read::open_all(reports)?;
    print!("{}", screen(&input.report, &ScreenOptions::default().with_width(Some(100))));
    for file in render(&input.report, Path::new(pictures), &FlameOptions::default())? {
        println!("{}", file.display());
    }
    Ok(())
}
