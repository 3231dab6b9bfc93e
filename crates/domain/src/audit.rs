//! Notes over a migration as it stands: what a careful colleague would point at. Changes nothing.

use crate::finding::{count as counted, seats};
use crate::ids::LineId;
use crate::migration::state::{Migration, Stage};
use crate::value::Money;
use jiff::civil::Date;
use std::fmt;

/// One thing worth a look.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Note {
    /// Events did not fit the state they met: the log is damaged, or another program wrote to it.
    EventsDidNotFit {
        /// How many.
        count: u32,
    },
    /// More than one purchase is recorded for a line. Invariant I1 is broken.
    BoughtTwice {
        /// The line.
        line: LineId,
    },
    /// More seats were bought than planned. Invariant I4 is broken.
    MoreSeatsThanPlanned {
        /// The line.
        line: LineId,
        /// What was bought.
        bought: u32,
        /// What was planned.
        planned: u32,
    },
    /// The order's price is above what was known when the plan was approved.
    PriceAboveCeiling {
        /// The line.
        line: LineId,
        /// What one seat costs for one term.
        paid: Money,
        /// What was approved.
        ceiling: Money,
    },
    /// The first term ends on another day than was ordered.
    TermEndsElsewhere {
        /// The line.
        line: LineId,
        /// Its last day, as Partner Center has it.
        ends: Date,
        /// The last day that was ordered.
        ordered: Date,
    },
    /// A line waits for a plan although others of the customer are under way.
    LineLeftBehind {
        /// The line.
        line: LineId,
    },
}

/// Everything worth a look, in the order of the lines.
pub fn audit(migration: &Migration) -> Vec<Note> {
    let mut notes = Vec::new();
    if migration.misfits > 0 {
        notes.push(Note::EventsDidNotFit { count: migration.misfits });
    }
    for (id, line) in &migration.lines {
        if line.purchases.len() > 1 {
            notes.push(Note::BoughtTwice { line: *id });
        }
        if line.stage == Stage::Draft && migration.approved.is_some() {
            notes.push(Note::LineLeftBehind { line: *id });
        }
        if let (Some(ends), Some(ordered)) = (line.lasts_until, line.term_end)
            && ends != ordered
        {
            notes.push(Note::TermEndsElsewhere { line: *id, ends, ordered });
        }
        let (Some(plan), Some(bought)) = (&line.plan, line.purchases.first()) else {
            continue;
        };
        if bought.seats > plan.seats.get() {
            notes.push(Note::MoreSeatsThanPlanned { line: *id, bought: bought.seats, planned: plan.seats.get() });
        }
        if let (Some(paid), Some(ceiling)) = (bought.price_per_seat, plan.price_ceiling)
            && plan.is_exceeded_by(paid)
        {
            notes.push(Note::PriceAboveCeiling { line: *id, paid, ceiling });
        }
    }
    notes
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::EventsDidNotFit { count } => {
                let events = counted(count, "recorded event does", "recorded events do");
                write!(f, "{events} not fit: the log may be damaged")
            }
            Self::BoughtTwice { line } => write!(f, "line {line} has more than one purchase"),
            Self::MoreSeatsThanPlanned { line, bought, planned } => {
                write!(f, "line {line} has {}, and the plan was for {planned}", seats(*bought))
            }
            Self::PriceAboveCeiling { line, paid, ceiling } => {
                write!(f, "line {line} costs {paid} a seat and term; {ceiling} was approved")
            }
            Self::TermEndsElsewhere { line, ends, ordered } => {
                write!(f, "the new term of line {line} ends on {ends}; {ordered} was ordered")
            }
            Self::LineLeftBehind { line } => write!(f, "line {line} has no plan yet; plan again"),
        }
    }
}
