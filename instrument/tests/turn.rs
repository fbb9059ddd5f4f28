//! The first call decides what is armed; those that come meanwhile wait for nobody, and are counted. One capture a process, and one decision.

use tollbridge_instrument::ledger::{self, Settings, Turn};

#[test]
fn one_decides_and_all_others_are_counted() {
    const OTHERS: u64 = 64;
    assert_eq!(ledger::take_turn(), Some(Turn::Own));
    std::thread::scope(|scope| {
        let others: Vec<_> = (0..OTHERS).map(|_| scope.spawn(ledger::take_turn)).collect();
        for other in others {
            assert_eq!(other.join().expect("no panic"), Some(Turn::Others));
        }
    });
    assert!(ledger::armed().is_undecided() && !ledger::armed().is_on());
    assert_eq!(ledger::arm_unattended(Settings::default()), Some(OTHERS));
    assert!(ledger::armed().is_on());
    assert_eq!(ledger::take_turn(), None);
    // Counted where nobody armed, they are nobody's.
    assert_eq!(ledger::arm_unattended(Settings::default()), None);
    let capture = ledger::arm(Settings::default()).expect("it takes over");
    assert_eq!((ledger::armed().generation(), capture.finish().outcomes.submitted), (2, 0));
}
