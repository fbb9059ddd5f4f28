//! Whole hops of a real runtime: which threads they were on, in which order things happened.

mod common;

use std::collections::BTreeSet;

use tollbridge::report::WholeHop;
use tollbridge::task::{spawn_blocking, wrap};
use tollbridge::{Arm, Outcome};

fn in_order(hop: &WholeHop) -> bool {
    let all = [hop.run_start_ns, hop.run_end_ns, hop.published_ns, hop.ready_ns, Some(hop.copied_ns)];
    let all: Vec<u64> = all.into_iter().flatten().collect();
    all.len() == 5 && all.is_sorted() && all[0] >= hop.called_ns
}

#[test]
fn a_hop_names_its_threads_and_its_moments() {
    let captured = common::capture(
        |builder| builder.with_timeline(100),
        || async {
            for _ in 0..20 {
                spawn_blocking(|| ()).await.unwrap();
            }
            // Called here, awaited elsewhere.
            let handle = spawn_blocking(|| ());
            let awaiting = std::thread::spawn(|| {
                tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(handle).unwrap();
            });
            awaiting.join().unwrap();
            tokio::task::spawn_blocking(wrap(|| ())).await.unwrap();
            drop(spawn_blocking(|| ()));
        },
    );
    let timeline = captured.report.timeline.expect("it was asked for");
    let of = |wanted: &dyn Fn(&&WholeHop) -> bool| timeline.hops.iter().filter(wanted).collect::<Vec<_>>();
    let joined = of(&|hop| hop.outcome == Outcome::Joined && hop.arm == Arm::Snapshot);
    assert_eq!((timeline.hops.len(), joined.len()), (23, 21));
    assert!(joined.iter().all(|hop| in_order(hop)), "{joined:?}");
    let callers: BTreeSet<Option<u32>> = joined.iter().map(|hop| hop.caller).collect();
    assert_eq!(callers.len(), 1, "one thread called");
    let elsewhere = joined.iter().filter(|hop| hop.awaiter != hop.caller).count();
    assert_eq!(elsewhere, 1, "and awaited all but one");
    assert!(joined.iter().all(|hop| hop.pool_thread.is_some() && hop.pool_thread != hop.caller));
    let [wrapped] = of(&|hop| hop.arm == Arm::Wrapped)[..] else { panic!("one was wrapped") };
    assert_eq!((wrapped.caller, wrapped.awaiter), (joined[0].caller, wrapped.pool_thread));
    let [detached] = of(&|hop| hop.outcome == Outcome::Detached)[..] else { panic!("one lost its handle") };
    assert_eq!((detached.caller, detached.pool_thread, detached.awaiter), (None, None, joined[0].caller));
    assert!(timeline.hops.iter().all(|hop| hop.pid == std::process::id()));
}
