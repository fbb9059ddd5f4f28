//! Passwords hashed with Argon2 on the blocking pool: jobs that are worth their crossing a thousand times, and that want a processor
//! each.
//!
//! `GET /` lists paths to ask for, one a line; `GET /hash/WORD` answers with the hash.

use apps::{Service, serve};
use argon2::Argon2;
use axum::Router;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::routing::get;
use clap::Parser;
use tollbridge::task::spawn_blocking;

#[derive(Parser)]
struct Options {
    #[command(flatten)]
    service: Service,
}

fn main() -> anyhow::Result<()> {
    let Options { service } = Options::parse();
    serve(&service, Router::new().route("/", get(list)).route("/hash/{word}", get(hash)))
}

async fn list() -> String {
    (0..100).map(|word| format!("/hash/word{word}\n")).collect()
}

async fn hash(Path(word): Path<String>) -> Result<String, StatusCode> {
    let hash = spawn_blocking(move || {
        let mut hash = [0; 32];
        Argon2::default().hash_password_into(word.as_bytes(), b"salt of no use", &mut hash)?;
        Ok::<_, argon2::Error>(hash)
    });
    let hash = hash.await.ok().and_then(Result::ok).ok_or(StatusCode::INTERNAL_SERVER_ERROR)?;
    Ok(hash.iter().map(|byte| format!("{byte:02x}")).collect())
}
