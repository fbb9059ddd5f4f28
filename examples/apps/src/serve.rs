//! One server: requests until SIGINT, then what it took.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::Context as _;
use axum::Router;
use axum::extract::Request;
use axum::middleware::{Next, from_fn};

use crate::cpu;

/// The options that all of them have.
#[derive(Debug, clap::Args)]
pub struct Service {
    /// Where to listen; port 0 is any free one.
    #[arg(long, default_value = "127.0.0.1:0")]
    listen: String,
    /// Threads of the blocking pool, at most.
    #[arg(long, default_value_t = 512)]
    pub pool: usize,
}

/// Serves until SIGINT, with tollbridge as the environment says, and prints what a request took of the processors.
pub fn serve(service: &Service, routes: Router) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().max_blocking_threads(service.pool).enable_all().build()?;
    let _toll = tollbridge::init();
    let requests = Arc::new(AtomicU64::new(0));
    runtime.block_on(async {
        let counted = requests.clone();
        let count = from_fn(move |request: Request, next: Next| {
            counted.fetch_add(1, Ordering::Relaxed);
            next.run(request)
        });
        let routes = routes.layer(count);
        let listener = tokio::net::TcpListener::bind(&service.listen).await;
        let listener = listener.with_context(|| format!("cannot listen on {}", service.listen))?;
        println!("listening on {}", listener.local_addr()?);
        let interrupted = async { _ = tokio::signal::ctrl_c().await };
        axum::serve(listener, routes).with_graceful_shutdown(interrupted).await.context("cannot serve")
    })?;
    let requests = requests.load(Ordering::Relaxed);
    if let Some(used) = cpu::used().filter(|_| requests > 0) {
        println!("{requests} requests, {:.1} us of processor time each", used.as_secs_f64() * 1e6 / requests as f64);
    }
    Ok(())
}
