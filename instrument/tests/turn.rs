//! The first call decides what is armed; those that come meanwhile wait for nobody, and are counted. One capture a process, and one decision.

use tollbridge_instrument::record::{self, Settings, Turn};

#[test]
fn one_decides_and_all_others_are_counted() {
    const OTHERS: u64 = 64;
    assert_eq!(record::take_turn(), Some(Turn::Own));
    std::thread::scope(|scope| {
        let others: Vec<_> = (0..OTHERS).map(|_| scope.spawn(record::take_turn)).collect();
        for other in others {
            assert_eq!(other.join().expect("no panic"), Some(Turn::Others));
        }
    });
    assert!(record::armed().is_undecided() && !record::armed().is_on());
    assert_eq!(record::arm_unattended(Settings::default()), Some(OTHERS));
    assert!(record::armed().is_on());
    assert_eq!(record::take_turn(), None);
    // Counted where nobody armed, they are nobody's.
    assert_eq!(record::arm_unattended(Settings::default()), None);
    let capture = record::arm(Settings::default()).expect("it takes over");
    assert_eq!((record::armed().generation(), capture.finish().outcomes.submitted), (2, 0));
}
