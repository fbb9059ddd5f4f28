//! Every rule of the verdicts, on hops made so that it applies, that it just does not, and that it must not.

mod calls;
mod in_flight;
mod made;
mod origin;
mod pool;
mod rank;
mod time;
mod words;
