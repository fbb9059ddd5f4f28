//! A machine without a usable time stamp counter: the report says so, and states the floors of what it has instead.

use tollbridge_instrument::clock::mock;
use tollbridge_instrument::mutex::Mutex;
use tollbridge_instrument::record::{self, Settings};

#[test]
fn the_report_names_the_clock_and_its_floors() {
    mock::install_instant();
    let capture = record::arm(Settings::default()).expect("nothing else is armed");
    let mutex = Mutex::new("cache", 0);
    for _ in 0..100 {
        *mutex.lock() += 1;
    }
    let report = capture.finish();
    let clock = report.clock.as_ref().expect("a recorder has one");
    assert_eq!((clock.source.as_str(), clock.ticks_per_ns), ("instant", 1.0));
    assert!(clock.grain_ns >= 1.0 && clock.floor_ns > 0.0 && clock.ordered_floor_ns > 0.0, "{clock:?}");
    let [lock] = report.spans.as_slice() else { panic!("one lock: {:?}", report.spans) };
    assert_eq!((lock.ns.count(), report.dropped.total(), clock.corrected), (100, 0, 0));
}
