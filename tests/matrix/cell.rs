//! The matrix: what cells there are, and which of the thinkable ones there are not.

use std::fmt;

use crate::job::{OUTCOMES, Outcome};
use crate::rig::{SCHEDULERS, Scheduler, Time};

/// What is done with the handle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    Await,
    AwaitWhenFinished,
    AskUntilFinished,
    DropBefore,
    DropAfter,
    PollThenDrop,
    DropOnOtherThread,
    DropWhileUnwinding,
    AbortBefore,
    AbortAfter,
    AbortThenDrop,
    PollAfterCompletion,
    LoseSelectThenAwait,
    AwaitInOtherTask,
    AwaitOnOtherThread,
    AbortTheAwaiter,
    AbortHandlesAroundJoin,
    AbortHandleBefore,
    AbortHandleOutlives,
    ChangeWakers,
}

const ACTIONS: [Action; 20] = [
    Action::Await,
    Action::AwaitWhenFinished,
    Action::AskUntilFinished,
    Action::DropBefore,
    Action::DropAfter,
    Action::PollThenDrop,
    Action::DropOnOtherThread,
    Action::DropWhileUnwinding,
    Action::AbortBefore,
    Action::AbortAfter,
    Action::AbortThenDrop,
    Action::PollAfterCompletion,
    Action::LoseSelectThenAwait,
    Action::AwaitInOtherTask,
    Action::AwaitOnOtherThread,
    Action::AbortTheAwaiter,
    Action::AbortHandlesAroundJoin,
    Action::AbortHandleBefore,
    Action::AbortHandleOutlives,
    Action::ChangeWakers,
];

/// Where the awaiting code runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    BlockOn,
    Task,
    LocalSet,
}

const PLACES: [Place; 3] = [Place::BlockOn, Place::Task, Place::LocalSet];

/// How a runtime ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    Drop,
    Timeout,
    Background,
}

const WAYS: [Way; 3] = [Way::Drop, Way::Timeout, Way::Background];

/// What the job is doing then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum When {
    Queued,
    Running,
    Finished,
}

const WHENS: [When; 3] = [When::Queued, When::Running, When::Finished];

/// What is done with the handle afterwards.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Then {
    Await,
    PollThenAwait,
    AbortThenAwait,
    AwaitOnOtherRuntime,
    Drop,
}

const THENS: [Then; 5] =
    [Then::Await, Then::PollThenAwait, Then::AbortThenAwait, Then::AwaitOnOtherRuntime, Then::Drop];

/// One situation.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Cell {
    Handle {
        outcome: Outcome,
        action: Action,
        scheduler: Scheduler,
        place: Place,
        time: Time,
    },
    Shutdown {
        outcome: Outcome,
        scheduler: Scheduler,
        way: Way,
        when: When,
        then: Then,
    },
    /// By its name in `side/scenario`.
    Scenario(&'static str),
}

impl fmt::Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Handle { outcome, action, scheduler, place, time } => {
                write!(f, "{}, {action:?}, {scheduler:?}, {place:?}, {time:?}", outcome.name)
            }
            Self::Shutdown { outcome, scheduler, way, when, then } => {
                write!(f, "{}, {scheduler:?}, shutdown {way:?} while {when:?}, then {then:?}", outcome.name)
            }
            Self::Scenario(name) => write!(f, "scenario {name}"),
        }
    }
}

/// Cells, and how many there cannot be for which reason.
#[derive(Debug, Default)]
pub(crate) struct Matrix {
    pub(crate) cells: Vec<Cell>,
    pub(crate) without: Vec<(&'static str, usize)>,
}

impl Matrix {
    fn add(&mut self, cell: Cell, inapplicable: Option<&'static str>) {
        let Some(reason) = inapplicable else {
            self.cells.push(cell);
            return;
        };
        match self.without.iter_mut().find(|(known, _)| *known == reason) {
            Some((_, count)) => *count += 1,
            None => self.without.push((reason, 1)),
        }
    }
}

/// Outcome × action × runtime.
pub(crate) fn handles() -> Matrix {
    let mut matrix = Matrix::default();
    for outcome in OUTCOMES {
        for action in ACTIONS {
            for scheduler in SCHEDULERS {
                for place in PLACES {
                    for time in [Time::Flows, Time::Paused] {
                        let paused = scheduler == Scheduler::MultiThread && time == Time::Paused;
                        matrix.add(
                            Cell::Handle { outcome, action, scheduler, place, time },
                            paused.then_some("tokio pauses time on the current_thread runtime only"),
                        );
                    }
                }
            }
        }
    }
    matrix
}

/// Outcome × order of shutdown × what is done afterwards.
pub(crate) fn shutdowns() -> Matrix {
    let mut matrix = Matrix::default();
    for outcome in OUTCOMES {
        for scheduler in SCHEDULERS {
            for way in WAYS {
                for when in WHENS {
                    for then in THENS {
                        let queued = outcome.queued && when != When::Queued;
                        let aborted = outcome.aborted && !outcome.queued && when == When::Queued;
                        matrix.add(
                            Cell::Shutdown { outcome, scheduler, way, when, then },
                            if queued {
                                Some("an outcome of the queue, shut down when the job has left it")
                            } else if aborted {
                                Some("an abort of the running job, shut down while that is queued")
                            } else {
                                None
                            },
                        );
                    }
                }
            }
        }
    }
    matrix
}
