//! An app that has tollbridge, and calls jobs by every road. Makes so many of each; `tests/every_job.rs` counts them.

use tollbridge::task::{spawn_blocking, wrap};

#[tokio::main]
async fn main() {
    let _toll = tollbridge::init();
    for _ in 0..11 {
        spawn_blocking(|| ()).await.unwrap();
    }
    for _ in 0..7 {
        tokio::task::spawn_blocking(wrap(|| ())).await.unwrap();
    }
    for _ in 0..5 {
        tokio::task::spawn_blocking(|| ()).await.unwrap();
    }
    for _ in 0..3 {
        tokio::fs::metadata(".").await.unwrap();
    }
    // Its closure is moved to the pool in a box.
    let large = [1u8; 40_000];
    assert_eq!(spawn_blocking(move || large.len()).await.unwrap(), 40_000);
    drop(spawn_blocking(|| ()));
    let (called, has_called) = tokio::sync::oneshot::channel();
    tokio::spawn(async {
        spawn_blocking(|| ()).await.unwrap();
        tokio::fs::metadata(".").await.unwrap();
        called.send(()).unwrap();
        // Until the runtime drops it, which is after the last report.
        std::future::pending::<()>().await
    });
    has_called.await.unwrap();
}
