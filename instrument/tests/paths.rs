//! Sites whose paths are shown alike are one site.

use tollbridge_instrument::hop::Site;
use tollbridge_instrument::names::{Arm, Detail};
use tollbridge_instrument::record::{self, Settings};

#[test]
fn sites_that_are_shown_alike_are_one() {
    let files = ["/home/a/svc/src/lib.rs", "/builds/b/svc/src/lib.rs", "/home/a/other/src/lib.rs"];
    let sites = |short_paths| {
        let capture = record::arm(Settings { short_paths, ..Settings::default() }).expect("nothing else is armed");
        let generation = record::armed().generation();
        for file in files {
            let site = Site { file, line: 7, column: 5, job: "svc::job" };
            record::begin(generation, &site, Arm::Snapshot, Detail::Phases).expect("armed");
        }
        let live = capture.finish().live.expect("a capture");
        live.sites.into_iter().map(|site| (site.site, site.queued.count)).collect::<Vec<_>>()
    };
    let place = |file: &str| format!("{file}:7:5");
    assert_eq!(sites(true), [(place("other/src/lib.rs"), 1), (place("svc/src/lib.rs"), 2)]);
    let mut whole = files.map(|file| (place(file), 1));
    whole.sort();
    assert_eq!(sites(false), whole);
}
