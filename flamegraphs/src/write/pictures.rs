//! Which pictures a report gives, for files of their own and for the page.

use tollbridge_report::Report;
use tollbridge_report::names::{Arm, Detail};

use super::label::Labels;
use super::stacks::{self, Drawn, Scale, Shown, Stacks};
use crate::units;

/// What a picture is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Subject {
    /// An arm's joined hops.
    Hops(Arm),
    Transfers,
    /// What the snapshot saves of naive.
    Difference,
}

impl Subject {
    /// Every one that there can be.
    pub(super) const ALL: [Self; 5] =
        [Self::Hops(Arm::Naive), Self::Hops(Arm::Snapshot), Self::Hops(Arm::Native), Self::Transfers, Self::Difference];
}

/// As its files are called.
impl std::fmt::Display for Subject {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Hops(arm) => write!(f, "hop-{arm}"),
            Self::Transfers => f.write_str("transfer"),
            Self::Difference => f.write_str("diff"),
        }
    }
}

/// What is drawn, and what is to be said of it.
pub(super) struct Picture {
    pub(super) subject: Subject,
    pub(super) stacks: Stacks,
    pub(super) title: String,
    /// What its widths are, and what else must be known to read it.
    pub(super) about: String,
    /// Stands behind every value.
    pub(super) unit: &'static str,
}

/// Those that have anything to show.
pub(super) fn pictures(report: &Report, shown: Shown, scale: Scale) -> Vec<Picture> {
    let pictures = Subject::ALL.map(|subject| match subject {
        Subject::Hops(arm) => of_hops(report, shown, arm),
        Subject::Transfers => of_transfers(report, scale),
        Subject::Difference => of_difference(report, scale),
    });
    // A picture without any width shows nothing.
    pictures.into_iter().filter(|picture| !picture.stacks.is_flat()).collect()
}

fn of_hops(report: &Report, shown: Shown, arm: Arm) -> Picture {
    let drawn = Drawn::of(report, arm);
    let (kind, rest) = match drawn.detail {
        Detail::Locks => ("detailed", ""),
        Detail::Phases => ("coarse", ": bridge locks and copies not recorded"),
    };
    let hops = units::counted(drawn.hops(), &format!("{kind} hop"), &format!("{kind} hops"));
    Picture {
        subject: Subject::Hops(arm),
        stacks: stacks::hop(&Labels::of(report), arm, &drawn, shown),
        title: format!("{arm}: where joined hops spent their time"),
        about: format!("ns, summed over {hops}{rest}"),
        unit: "ns",
    }
}

fn of_transfers(report: &Report, scale: Scale) -> Picture {
    let native = report.arms.get(&Arm::Native).filter(|arm| arm.detailed_transfers > 0);
    let native = match (native, scale) {
        (Some(arm), Scale::Counts) => format!(
            "; native: {} bridge locks, {} copies",
            arm.locks_per_transfer.map_or_else(|| "-".to_owned(), units::per),
            arm.copies_per_transfer.map_or_else(|| "-".to_owned(), units::per)
        ),
        _ => String::new(),
    };
    Picture {
        subject: Subject::Transfers,
        stacks: stacks::transfers(report, scale),
        title: "What a transfer takes".to_owned(),
        about: format!("{}, {}{native}", what(scale), unit(scale)),
        unit: unit(scale),
    }
}

fn of_difference(report: &Report, scale: Scale) -> Picture {
    let unit = unit(scale);
    Picture {
        subject: Subject::Difference,
        stacks: stacks::difference(report, scale),
        title: "What the snapshot saves of naive".to_owned(),
        about: format!("widths: naive's {}, {unit}", what(scale)),
        unit,
    }
}

fn what(scale: Scale) -> &'static str {
    match scale {
        Scale::Counts => "bridge locks and copies",
        Scale::Ns => "bridge locks and copies in time",
    }
}

fn unit(scale: Scale) -> &'static str {
    match scale {
        Scale::Counts => "per 1,000 transfers",
        Scale::Ns => "ns per 1,000 transfers",
    }
}
