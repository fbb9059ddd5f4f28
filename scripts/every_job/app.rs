//! app BATCHES: 100 jobs a batch, submitted by one task while the pool's one thread is held.
fn main() {
    let batches: usize = std::env::args().nth(1).unwrap().parse().unwrap();
    let rt = tokio::runtime::Builder::new_current_thread().max_blocking_threads(1).build().unwrap();
    let task = async move {
        for _ in 0..batches {
            let (tx, rx) = std::sync::mpsc::channel::<()>();
            let hold = tokio::task::spawn_blocking(move || rx.recv());
            let handles: Vec<_> = (0..100u64).map(|i| tokio::task::spawn_blocking(move || i + 1)).collect();
            drop(tx);
            let _ = hold.await;
            let mut sum = 0;
            for h in handles { sum += h.await.unwrap(); }
            assert_eq!(sum, 5050);
        }
    };
    rt.block_on(async { tokio::spawn(task).await.unwrap() });
}
