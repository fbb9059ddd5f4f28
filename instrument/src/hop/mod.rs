//! One hop while it is recorded. As data, it is [`tollbridge_report::hop`].

mod ended;
mod spans;

pub use ended::{Begun, EndedHop, Place};
pub use spans::HopSpans;
#[doc(no_inline)]
pub use tollbridge_report::hop::{
    Circumstances, Conversion, HopRecord, How, Op, OpKind, Ops, PackedOp, Phases, Since, Site, SiteId, Stamps, Threads,
    Ticks,
};
