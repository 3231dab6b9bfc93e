//! The end of service on the clock of the people who work with it (rule R60). Zones come with the program; none is read
//! from the machine.

use super::terms::end_after;
use super::{Invalid, hours};
use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use rust_decimal::Decimal;

/// An action at a local time, against the end of a source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LocalAction {
    /// The end.
    pub end: Timestamp,
    /// The end on the local clock, as `2026-12-13T16:00:00-0800`.
    pub end_local: String,
    /// The action.
    pub action: Timestamp,
    /// Hours from the end to the action; 0 when it comes before.
    pub gap_hours: Decimal,
    /// Hours from the action to the end; 0 when it comes after.
    pub margin_hours: Decimal,
}

/// What acting at `wall_clock` in `zone` means for a source whose last whole day is `last_day`. A time that the clocks show
/// twice or skip is taken as the later of the two.
///
/// # Errors
/// [`Invalid`] when there is no such zone, or the instant lies beyond the calendar.
pub fn local_action(last_day: Date, zone: &str, wall_clock: DateTime) -> Result<LocalAction, Invalid> {
    let zone = TimeZone::get(zone).map_err(|_| Invalid::Contradiction("there is no time zone of that name"))?;
    let end = end_after(last_day)?.instant();
    let action = zone.to_ambiguous_timestamp(wall_clock).later().map_err(|_| Invalid::OutOfCalendar)?;
    Ok(LocalAction {
        end,
        end_local: end.to_zoned(zone).strftime("%Y-%m-%dT%H:%M:%S%z").to_string(),
        action,
        gap_hours: hours(action.duration_since(end)),
        margin_hours: hours(end.duration_since(action)),
    })
}
