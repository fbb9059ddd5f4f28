//! Bytes a second at which logs are read, where one line in ten is a hop's: `cargo bench -p tollbridge-benches --bench read`. The
//! command beside other tools, on files: `scripts/logs_speed.sh`.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use tollbridge_flamegraphs::read::from_reader;
use tollbridge_testkit::logs::{Form, hops, service_log};

fn read(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("read");
    for form in Form::ALL {
        let log = service_log(form, &hops(4_000));
        group.throughput(Throughput::Bytes(log.len() as u64));
        group.bench_function(format!("{form:?}"), |bencher| {
            bencher.iter(|| from_reader(black_box(log.as_slice()), "the log").expect("hops"));
        });
    }
    group.finish();
}

criterion_group!(benches, read);
criterion_main!(benches);
