//! A file server: every request reads a file of a real tree on the blocking pool, as most frameworks' file handlers do.
//!
//! `GET /` lists paths to ask for, one a line.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use apps::{Service, serve};
use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, Uri};
use axum::routing::get;
use clap::Parser;
use tollbridge::task::spawn_blocking;

/// Files of the tree that are served, at most.
const MOST_FILES: usize = 2_000;
/// Larger ones are left out: this is about many small ones.
const LARGEST: u64 = 64 << 10;

#[derive(Parser)]
struct Options {
    /// The tree.
    #[arg(long, default_value = "/usr/share")]
    root: PathBuf,
    #[command(flatten)]
    service: Service,
}

struct Tree {
    root: PathBuf,
    index: String,
}

fn main() -> anyhow::Result<()> {
    let Options { root, service } = Options::parse();
    let tree = Arc::new(Tree { index: index(&root), root });
    serve(&service, Router::new().route("/", get(list)).fallback(get(read)).with_state(tree))
}

/// Paths below `root`, one a line.
fn index(root: &Path) -> String {
    let files = walkdir::WalkDir::new(root).sort_by_file_name().into_iter().filter_map(Result::ok);
    let small = files.filter(|file| file.file_type().is_file() && file.metadata().is_ok_and(|m| m.len() <= LARGEST));
    let plain = |path: &Path| {
        let path = path.strip_prefix(root).ok()?.to_str()?;
        path.bytes().all(|b| b.is_ascii_alphanumeric() || b"/._-".contains(&b)).then(|| format!("/{path}\n"))
    };
    small.filter_map(|file| plain(file.path())).take(MOST_FILES).collect()
}

async fn list(State(tree): State<Arc<Tree>>) -> String {
    tree.index.clone()
}

async fn read(State(tree): State<Arc<Tree>>, uri: Uri) -> Result<Vec<u8>, StatusCode> {
    let path = uri.path().trim_start_matches('/');
    if path.split('/').any(|part| part == "..") {
        return Err(StatusCode::FORBIDDEN);
    }
    let path = tree.root.join(path);
    let read = spawn_blocking(move || std::fs::read(path)).await;
    read.map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)?.map_err(|_| StatusCode::NOT_FOUND)
}
