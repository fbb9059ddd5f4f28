//! A report's primary members as JSON: what a checkpoint holds. Half of a report's text, and most of the time that it takes to write it,
//! are means and quantiles, which every reader of ours computes anew.

use std::collections::BTreeMap;

use super::{Distribution, HopGroup, LockCount, Observer, Report, SpanReport, TaskSite};
use nojson::{DisplayJson, JsonFormatter};

/// What it holds, less what is derived from that.
pub(super) struct Primary<T>(pub(super) T);

/// Writes a struct as an object of its members: those that are primary to the last, then those with a part that is derived. A member that
/// is derived as a whole is named last, and left out.
macro_rules! primary {
    ($name:ident { $($whole:ident),* ; $($part:ident),* ; $($derived:ident),* }) => {
        impl DisplayJson for Primary<&$name> {
            fn fmt(&self, f: &mut JsonFormatter<'_, '_>) -> std::fmt::Result {
                // A member that is missing from the list does not compile.
                let $name { $($whole,)* $($part,)* $($derived: _),* } = self.0;
                f.object(|f| {
                    $(f.member(stringify!($whole), $whole)?;)*
                    $(f.member(stringify!($part), Primary($part))?;)*
                    Ok(())
                })
            }
        }
    };
}

primary!(Report {
    format, tool, processes, settings, clock, dropped, outcomes, pool, pools, observed, live, cpu, sequences, callers, callers_lost, blocks,
    timeline;
    observer, tasks, groups, spans;
    arms, contrast, sites, span_means
});
primary!(Observer { span_ns, entered_floor_ns, entered_span_ns; in_situ_span_ns; detailed_minus_coarse_ns });
primary!(HopGroup {
    key, copied_bytes, in_a_row, in_a_burst, first_of_task, nested, pools;
    hop_ns, overhead_ns, phases, starts, locks, copies;
});
primary!(TaskSite { spawned, live, live_hops, live_hop_ns; hops, hop_ns, span_ns; });
primary!(LockCount { contended; ns; });
primary!(SpanReport { path, kind, contended; ns; });

impl DisplayJson for Primary<&Distribution> {
    fn fmt(&self, f: &mut JsonFormatter<'_, '_>) -> std::fmt::Result {
        self.0.write_primary(f)
    }
}

impl<K: std::fmt::Display, V> DisplayJson for Primary<&BTreeMap<K, V>>
where
    for<'a> Primary<&'a V>: DisplayJson,
{
    fn fmt(&self, f: &mut JsonFormatter<'_, '_>) -> std::fmt::Result {
        f.object(|f| self.0.iter().try_for_each(|(key, value)| f.member(key, Primary(value))))
    }
}

impl<T> DisplayJson for Primary<&Vec<T>>
where
    for<'a> Primary<&'a T>: DisplayJson,
{
    fn fmt(&self, f: &mut JsonFormatter<'_, '_>) -> std::fmt::Result {
        f.array(|f| self.0.iter().try_for_each(|value| f.element(Primary(value))))
    }
}
