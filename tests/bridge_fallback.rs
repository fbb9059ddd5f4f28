//! A source with only the four calls, transferred directly and through the snapshot form's fallback: the outcomes are the same here, and
//! `scripts/fallback.sh` shows that the instructions are.
//!
//! Each pair below is two functions that stay functions (`inline(never)`), so that they can be found by name in the binary and in
//! callgrind's counts.

#![cfg(not(tollbridge_loom))]

use std::hint::black_box;

use tollbridge::bridge::{Awaiter, Failure, FutureState, NotDone, Source, naive, snapshot};
use tollbridge_instrument::probe::Silent;

/// No lock, as asyncio's own future: the seed's asyncio -> asyncio case.
struct Plain<T> {
    cancelled: bool,
    outcome: Option<Result<T, Failure<u32>>>,
}

impl<T> FutureState for Plain<T> {
    type Output = T;
    type Exception = Failure<u32>;

    fn done(&self) -> bool {
        self.cancelled || self.outcome.is_some()
    }
    fn cancelled(&self) -> bool {
        self.cancelled
    }
    fn exception(&mut self) -> Option<Failure<u32>> {
        match self.outcome {
            Some(Err(_)) => self.outcome.take().and_then(Result::err),
            _ => None,
        }
    }
    fn result(&mut self) -> Result<T, Failure<u32>> {
        self.outcome.take().unwrap_or(Err(Failure::TimedOut))
    }
}

/// Our own source behind its four calls, locks and all.
struct Locked<T>(Source<T, u32>);

impl<T> FutureState for Locked<T> {
    type Output = T;
    type Exception = tollbridge::bridge::Exception<u32>;

    fn done(&self) -> bool {
        self.0.state().is_done()
    }
    fn cancelled(&self) -> bool {
        self.0.state().is_cancelled()
    }
    fn exception(&mut self) -> Option<Self::Exception> {
        self.0.probed(&Silent).exception()
    }
    fn result(&mut self) -> Result<T, Self::Exception> {
        self.0.probed(&Silent).result()
    }
}

/// What there would be without [`FutureState::ONE_STEP`]: the snapshot form by way of the default `snapshot`. It is here to be counted,
/// as the reason for that constant.
#[repr(transparent)]
struct Stepwise<S>(S);

impl<S: FutureState> FutureState for Stepwise<S> {
    type Output = S::Output;
    type Exception = S::Exception;

    const ONE_STEP: bool = true;

    fn done(&self) -> bool {
        self.0.done()
    }
    fn cancelled(&self) -> bool {
        self.0.cancelled()
    }
    fn exception(&mut self) -> Option<S::Exception> {
        self.0.exception()
    }
    fn result(&mut self) -> Result<S::Output, S::Exception> {
        self.0.result()
    }
}

/// `direct`, `fallback`: the two functions to compare, for one type of source. A test that runs both over the same sources.
macro_rules! compared {
    ($($name:ident: $source:ty, $output:ty, $finished:expr;)+) => {$(
        mod $name {
            use super::*;

            #[inline(never)]
            fn direct(source: &mut $source, dest: &mut Awaiter<$output, u32>) -> Result<(), NotDone> {
                naive::copy_future_state(source, dest)
            }

            #[inline(never)]
            fn fallback(source: &mut $source, dest: &mut Awaiter<$output, u32>) -> Result<(), NotDone> {
                snapshot::copy_future_state(source, dest)
            }

            #[inline(never)]
            fn stepwise(source: &mut Stepwise<$source>, dest: &mut Awaiter<$output, u32>) -> Result<(), NotDone> {
                snapshot::copy_future_state(source, dest)
            }

            #[test]
            fn the_same_outcome() {
                let finished = || black_box($finished);
                let (mut directly, mut back, mut steps) = (Awaiter::new(), Awaiter::new(), Awaiter::new());
                direct(&mut finished(), &mut directly).unwrap();
                fallback(&mut finished(), &mut back).unwrap();
                stepwise(&mut Stepwise(finished()), &mut steps).unwrap();
                assert_eq!(directly, back);
                assert_eq!(directly, steps);
                assert!(matches!(directly, Awaiter::Done(Ok(_))));
            }
        }
    )+};
}

fn plain<T>(result: T) -> Plain<T> {
    Plain { cancelled: false, outcome: Some(Ok(result)) }
}

fn locked<T>(result: T) -> Locked<T> {
    Locked(Source::finished(Ok(result)))
}

compared! {
    plain_word: Plain<u64>, u64, plain(7);
    plain_string: Plain<String>, String, plain("seven".to_owned());
    plain_256_bytes: Plain<[u8; 256]>, [u8; 256], plain([7; 256]);
    locked_word: Locked<u64>, u64, locked(7);
    locked_string: Locked<String>, String, locked("seven".to_owned());
    locked_256_bytes: Locked<[u8; 256]>, [u8; 256], locked([7; 256]);
}
