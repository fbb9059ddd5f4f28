//! `tollbridge html`.

use std::io::Write;
use std::path::{Path, PathBuf};

use clap::ValueHint;

use crate::failure::Failure;
use crate::files::{and_more, stem};
use crate::kept::Force;
use crate::open::open;
use crate::standard;
use crate::written::Json;
use tollbridge_flamegraphs::{HtmlOptions, html, store_file};

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  tollbridge html tollbridge-out/app-4127-1764000000/report.json
  tollbridge html app.log.1.gz app.log --out app.html")]
pub(crate) struct Args {
    /// A report.json, or a log of the app (RUST_LOG=info,tollbridge=trace), also packed with gzip or zstd; `-` is standard
    /// input. Several reports are merged; several logs are read as parts of one run.
    #[arg(required = true, value_name = "FILE", value_hint = ValueHint::FilePath)]
    files: Vec<PathBuf>,
    /// The file to write. It is replaced as a whole. `-` is standard output. Default: the first FILE with .html instead of its ending;
    /// for `-`, standard output.
    #[arg(short, long, value_name = "PAGE", value_hint = ValueHint::FilePath)]
    out: Option<PathBuf>,
    #[command(flatten)]
    force: Force,
    #[command(flatten)]
    json: Json,
}

/// Reads, and writes the page; says where it is.
pub(crate) fn run(args: &Args, stdout: &mut dyn Write, stderr: &mut dyn Write) -> Result<(), Failure> {
    let out = args.out();
    args.json.needs_a_file(Some(&out))?;
    args.force.keeps(&args.files, std::slice::from_ref(&out))?;
    let input = open(&args.files, stderr)?;
    let mut options = HtmlOptions::default();
    if let Some(source) = args.source() {
        options = options.with_source(source);
    }
    let page = html(&input.report, &options);
    if standard::is_standard(&out) {
        return Ok(stdout.write_all(page.as_bytes())?);
    }
    store_file(&out, page.into_bytes())?;
    Ok(args.json.tell(stdout, &[out], &[])?)
}

impl Args {
    fn first(&self) -> &Path {
        self.files.first().map_or(Path::new("-"), PathBuf::as_path)
    }

    fn out(&self) -> PathBuf {
        self.out.clone().unwrap_or_else(|| {
            let file = self.first();
            if file == Path::new("-") {
                return file.to_owned();
            }
            let mut name = stem(file).to_owned();
            name.push(".html");
            file.with_file_name(name)
        })
    }

    fn source(&self) -> Option<String> {
        let file = Some(self.first()).filter(|file| *file != Path::new("-"))?;
        Some(and_more(Path::new(file.file_name().unwrap_or_default()), &self.files))
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;
    use crate::args::{Cli, Verb};

    #[test]
    fn the_page_goes_beside_the_file() {
        let out = |line: &[&str]| match Cli::parse_from([&["tollbridge", "html"], line].concat()).verb {
            Verb::Html(args) => args.out(),
            _ => unreachable!("asked for html"),
        };
        assert_eq!(out(&["a/app.log.gz", "b/app.log.1"]), Path::new("a/app.html"));
        assert_eq!(out(&["report.json"]), Path::new("report.html"));
        assert_eq!(out(&["-"]), Path::new("-"));
        assert_eq!(out(&["a/report.json", "-o", "x.html"]), Path::new("x.html"));
    }
}
