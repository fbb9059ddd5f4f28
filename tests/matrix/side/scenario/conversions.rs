//! Errors turned into others.

use std::error::Error;
use std::io;

use super::task::JoinError;
use super::{Scenario, hop, joined};
use crate::panics::{self, caught};
use crate::patience::gate;
use crate::rig::{Rig, Scheduler, Time};
use crate::transcript::Log;

pub(super) const SCENARIOS: &[Scenario] = &[
    ("an io::Error of a panic", |log| with_errors(log, into_io)),
    ("payloads of errors", |log| with_errors(log, into_payload)),
    ("errors as trait objects", |log| with_errors(log, as_object)),
];

/// One of a panic, one of a cancellation.
fn with_errors(log: &Log, f: fn(&Log, JoinError)) {
    let rig = Rig::new(Scheduler::CurrentThread, Time::Flows, 1);
    rig.runtime.block_on(async {
        let whose = log.clone();
        let result = hop(log, move || {
            panics::expect(&whose);
            panic!("on purpose")
        })
        .await;
        log.ended::<()>(&result);
        f(log, result.expect_err("panics"));
        let (open, held) = gate();
        let busy = hop(log, move || held.wait());
        let waiting = hop(log, || ());
        waiting.abort();
        open.open();
        let result = waiting.await;
        log.ended(&result);
        f(log, result.expect_err("aborted"));
        joined(log, busy).await;
    });
    rig.settle(log);
}

fn into_io(log: &Log, error: JoinError) {
    let error = io::Error::from(error);
    log.event(format!("{:?} {error}, {error:?}", error.kind()));
}

fn into_payload(log: &Log, error: JoinError) {
    match error.try_into_panic() {
        Ok(payload) => log.event(panics::text(&*payload)),
        Err(error) => {
            // The hook tells whose line panics.
            assert!(caught(log, || error.into_panic()).is_none());
        }
    }
}

fn as_object(log: &Log, error: JoinError) {
    let id = error.id();
    let object: Box<dyn Error + Send + Sync> = error.into();
    log.event(format!("{} a source", if object.source().is_some() { "has" } else { "has not" }));
    match object.downcast::<JoinError>() {
        Ok(error) => log.event(format!("is a JoinError of the same id: {}", error.id() == id)),
        Err(_) => log.event("is no JoinError"),
    }
}
