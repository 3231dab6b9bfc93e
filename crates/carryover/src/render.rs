//! The reports for people: terminal, spreadsheet, web page. Reads no clock, decides nothing, prints nothing.
//!
//! Text from outside (names, products, what services say) goes through [`text::plain`] or is escaped where it is put.

mod actions;
mod forecast;
mod html;
#[cfg(test)]
pub(crate) mod made_up;
mod page;
mod picture;
mod spans;
mod spreadsheet;
mod table;
mod text;
mod timeline;

pub(crate) use actions::actions;
pub(crate) use forecast::forecast;
pub(crate) use html::{Figure, html};
pub(crate) use page::page;
pub(crate) use picture::minute;
pub(crate) use spreadsheet::write_csv;
pub(crate) use table::{table, table_in_full};
pub(crate) use text::hung;

use carryover_domain::report::{LineReport, Milestone, Standing};
use std::fmt;

/// The outcome in a word or two.
fn word(standing: Standing) -> &'static str {
    match standing {
        Standing::Closed => "closed",
        Standing::NothingToDo => "nothing to do",
        Standing::CameOver => "came over",
        Standing::OldKept => "old kept",
        Standing::UnderWay => "under way",
        Standing::Paused => "paused",
        Standing::AwaitsPlan => "to plan",
        Standing::AwaitsApproval => "to approve",
        Standing::Blocked => "blocked",
        Standing::NeedsAttention => "stopped",
    }
}

/// Where the line stands, in the words of the table.
pub(crate) fn stands(line: &LineReport) -> String {
    format!("{}: {}", word(line.standing), text::plain(&line.says))
}

/// What happened, in a word.
fn happened(milestone: Milestone) -> &'static str {
    match milestone {
        Milestone::Approved => "approved",
        Milestone::Bought => "bought",
        Milestone::Usable => "usable",
        Milestone::Released => "released",
        Milestone::Ended => "ended",
    }
}

/// `1 line`, `2 lines`.
pub(crate) fn count(number: impl TryInto<u64> + Copy + fmt::Display, one: &str, many: &str) -> String {
    let is_one = number.try_into().is_ok_and(|number| number == 1);
    format!("{number} {}", if is_one { one } else { many })
}
