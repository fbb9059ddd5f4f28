//! The spans of a hop that has ended, and their text.

use super::op::{Op, OpKind, PackedOp};

/// The spans inside one hop, in ns and in time order. Holds up to [`Ops::CAPACITY`]; what a hop has is at most seven.
#[derive(Clone, Copy, Debug, Default)]
pub struct Ops {
    entries: [PackedOp; Ops::CAPACITY],
    len: u8,
    /// Spans that found no room.
    pub dropped: u32,
}

impl Ops {
    /// Room for a publish lock, four locks of a transfer, a copy and an empty span, and one to spare.
    pub const CAPACITY: usize = 8;

    /// Adds one at the end; counts it as dropped if there is no room.
    pub fn push(&mut self, op: Op) {
        match self.entries.get_mut(usize::from(self.len)) {
            Some(entry) => {
                *entry = PackedOp::pack(op);
                self.len += 1;
            }
            None => self.dropped += 1,
        }
    }

    /// The spans in time order, packed.
    pub fn packed(&self) -> impl Iterator<Item = PackedOp> {
        self.entries.iter().take(usize::from(self.len)).copied()
    }

    /// The spans in time order.
    pub fn iter(&self) -> impl Iterator<Item = Op> {
        self.packed().filter_map(|entry| entry.unpack(|ns| ns))
    }

    /// How many bridge locks the transfer took.
    #[must_use]
    pub fn transfer_locks(&self) -> u64 {
        self.count(|kind| matches!(kind, OpKind::Lock(op) if op.is_transfer()))
    }

    /// How many bridge locks the publishing side took.
    #[must_use]
    pub fn publish_locks(&self) -> u64 {
        self.count(|kind| matches!(kind, OpKind::Lock(op) if !op.is_transfer()))
    }

    /// How many times the state was copied.
    #[must_use]
    pub fn copies(&self) -> u64 {
        self.count(|kind| kind == OpKind::Copy)
    }

    fn count(&self, wanted: impl Fn(OpKind) -> bool) -> u64 {
        self.iter().filter(|op| wanted(op.kind)).count() as u64
    }
}

/// The form that stands in a log: `publish:21,done:9!,copy:10`; `!` marks a contended lock.
impl std::fmt::Display for Ops {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (i, op) in self.iter().enumerate() {
            let name = match op.kind {
                OpKind::Lock(op) => op.as_str(),
                OpKind::Copy => "copy",
                OpKind::Empty => "empty",
            };
            let comma = if i == 0 { "" } else { "," };
            write!(f, "{comma}{name}:{}{}", op.ns, if op.contended { "!" } else { "" })?;
        }
        Ok(())
    }
}

impl std::str::FromStr for Ops {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut ops = Self::default();
        for entry in text.split(',').filter(|entry| !entry.is_empty()) {
            let (name, ns) = entry.split_once(':').ok_or_else(|| format!("`{entry}` has no length"))?;
            let (ns, contended) = ns.strip_suffix('!').map_or((ns, false), |ns| (ns, true));
            let kind = match name {
                "copy" => OpKind::Copy,
                "empty" => OpKind::Empty,
                _ => OpKind::Lock(name.parse().map_err(|e: crate::names::UnknownWord| e.to_string())?),
            };
            let ns = ns.parse().map_err(|_| format!("`{ns}` is no length in ns"))?;
            ops.push(Op { kind, ns, contended });
        }
        if ops.dropped > 0 {
            return Err(format!("more than {} spans in one hop", Self::CAPACITY));
        }
        Ok(ops)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::names::LockOp;

    #[test]
    fn ops_survive_their_text() {
        let mut ops = Ops::default();
        ops.push(Op { kind: OpKind::Lock(LockOp::Publish), ns: 21, contended: false });
        ops.push(Op { kind: OpKind::Lock(LockOp::Done), ns: 9, contended: true });
        ops.push(Op { kind: OpKind::Copy, ns: 0, contended: false });
        assert_eq!(ops.to_string(), "publish:21,done:9!,copy:0");
        let back: Ops = ops.to_string().parse().unwrap();
        assert_eq!(back.iter().collect::<Vec<_>>(), ops.iter().collect::<Vec<_>>());
        assert_eq!((back.transfer_locks(), back.publish_locks(), back.copies()), (1, 1, 1));
        assert!("done".parse::<Ops>().is_err());
        assert!("done:x".parse::<Ops>().is_err());
        assert!("open:1".parse::<Ops>().is_err());
    }
}
