//! Things to be measured whose length is known, because a loop of them can be timed without any span.

use std::cell::{Cell, RefCell};
use std::hint::black_box;
use std::time::Duration;

use parking_lot::Mutex;

/// One of them.
#[derive(Debug)]
pub(crate) struct Operation {
    pub(crate) name: &'static str,
    /// How many of them one timing covers.
    pub(crate) batch: u32,
    what: What,
}

/// What is done.
#[derive(Clone, Copy, Debug)]
pub(crate) enum What {
    /// A call.
    Empty,
    Locks(u32),
    Chain(u32),
    Copy(usize),
    Sleep,
}

/// What the operations work on. One a thread.
pub(crate) struct Ground {
    lock: Mutex<u64>,
    value: Cell<u64>,
    from: Vec<u8>,
    to: RefCell<Vec<u8>>,
}

impl Ground {
    pub(crate) fn new() -> Self {
        const LARGEST: usize = 64 << 10;
        let (from, to) = (vec![7; LARGEST], RefCell::new(vec![0; LARGEST]));
        Self { lock: Mutex::new(0), value: Cell::new(1), from, to }
    }
}

pub(crate) const OPERATIONS: &[Operation] = &[
    Operation { name: "empty", batch: 20_000, what: What::Empty },
    Operation { name: "lock", batch: 20_000, what: What::Locks(1) },
    Operation { name: "three locks", batch: 20_000, what: What::Locks(3) },
    Operation { name: "chain of 4", batch: 20_000, what: What::Chain(4) },
    Operation { name: "chain of 30", batch: 10_000, what: What::Chain(30) },
    Operation { name: "chain of 350", batch: 2_000, what: What::Chain(350) },
    Operation { name: "chain of 7000", batch: 200, what: What::Chain(7_000) },
    Operation { name: "copy of 256 B", batch: 20_000, what: What::Copy(256) },
    Operation { name: "copy of 64 KiB", batch: 500, what: What::Copy(64 << 10) },
    Operation { name: "sleep of 1 ms", batch: 10, what: What::Sleep },
];

impl What {
    /// Does it once. Its beginning depends on the end of the one before, so that a loop's length is the sum of their latencies.
    /// One piece of code, whoever does it: where it is cold, fetching it is a part of the length.
    #[inline(never)]
    pub(crate) fn run(self, ground: &Ground) {
        match self {
            Self::Empty => {}
            Self::Locks(count) => (0..count).for_each(|_| *black_box(&ground.lock).lock() += 1),
            Self::Chain(steps) => ground.value.set(chain(ground.value.get(), steps)),
            Self::Copy(bytes) => {
                let mut to = ground.to.borrow_mut();
                black_box(&mut to[..bytes]).copy_from_slice(black_box(&ground.from[..bytes]));
            }
            Self::Sleep => std::thread::sleep(Duration::from_millis(1)),
        }
    }
}

impl Operation {
    /// What is to be done, looked up now, so that this is not a part of it.
    #[inline(always)]
    pub(crate) fn what(&self) -> What {
        black_box(self.what)
    }

    /// Long enough to be timed one by one, as what the machine does meanwhile is then a part of it.
    pub(crate) fn is_long(&self) -> bool {
        self.batch < 1_000
    }

    /// How many of them one measure takes, of at most `most`.
    pub(crate) fn times(&self, most: u32) -> u32 {
        self.batch.min(most)
    }
}

/// Multiplications and additions of which each needs the one before, about 1.1 ns each.
#[inline(never)]
pub(crate) fn chain(mut value: u64, steps: u32) -> u64 {
    for _ in 0..steps {
        value = black_box(value.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(1));
    }
    value
}
