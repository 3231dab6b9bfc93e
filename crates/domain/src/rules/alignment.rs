//! Ends that are chosen: aligned to a calendar month or to another subscription (rules R69 to R71, R124).

use super::terms::{days_counting_both, last_day, months_later};
use super::{Invalid, plus_days, product_over};
use crate::time::Term;
use jiff::civil::Date;
use rust_decimal::Decimal;

/// A first term with a chosen end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Aligned {
    /// Its last day.
    pub end: Date,
    /// Its days, both ends counted.
    pub days: i64,
    /// The days of the whole term.
    pub full_days: i64,
}

impl Aligned {
    /// What the shorter term costs: prorated by the day, exact (rule R71).
    ///
    /// # Errors
    /// [`Invalid::TooLarge`].
    pub fn prorated(&self, price_per_term: Decimal, seats: u32) -> Result<Decimal, Invalid> {
        product_over(&[price_per_term, seats.into(), self.days.into()], self.full_days.into())
    }
}

/// The last month end inside the first term (rule R71). There always is one; it can be the start itself.
///
/// # Errors
/// [`Invalid`] when `months` is 0 or the term lies beyond the calendar.
pub fn to_calendar(start: Date, months: u32) -> Result<Aligned, Invalid> {
    let last = last_day(start, months)?;
    let end = if last == last.last_of_month() { last } else { plus_days(last.first_of_month(), -1)? };
    Ok(Aligned { end, days: days_counting_both(start, end), full_days: days_counting_both(start, last) })
}

/// The end of an existing subscription, or for one of a year its last anniversary, inside the first term (rule R70).
///
/// # Errors
/// [`Invalid`] when the existing end lies outside the term.
pub fn to_subscription(start: Date, months: u32, existing_end: Date, existing_term: Term) -> Result<Aligned, Invalid> {
    let last = last_day(start, months)?;
    if existing_end < start || existing_end > last {
        return Err(Invalid::Contradiction("the existing subscription does not end inside the term"));
    }
    let mut end = existing_end;
    if existing_term == Term::Year {
        // Each anniversary is counted from the end itself, so that a leap day is not lost on the way.
        for years in 1.. {
            match months_later(existing_end, 12 * years) {
                Ok(next) if next <= last => end = next,
                _ => break,
            }
        }
    }
    Ok(Aligned { end, days: days_counting_both(start, end), full_days: days_counting_both(start, last) })
}

/// What a chosen end is aligned to, with what is said of the subscription that it belongs to. A reason that lies in such a
/// subscription applies whatever the end is aligned to (section L.7 binds only some reasons to a kind of target).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Anchor {
    /// A calendar month.
    Calendar(Target),
    /// An existing subscription, whose end it is.
    Existing(Target),
    /// Nobody's date.
    Nothing(Target),
}

/// What is said of the subscription that a chosen end belongs to. By default nothing that speaks against it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Target {
    /// Its term, where it is known.
    pub term: Option<Term>,
    /// It was sold by the same partner.
    pub same_partner: bool,
    /// It is a trial.
    pub trial: bool,
    /// It is active.
    pub active: bool,
}

impl Default for Target {
    fn default() -> Self {
        Self { term: None, same_partner: true, trial: false, active: true }
    }
}

/// Why a chosen end is refused (section L.7).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Misaligned {
    /// A month cannot end on day 28, 29 or 30 unless that is the month's last day.
    MonthlyDay28To30,
    /// A year or three cannot end with a monthly subscription.
    AnnualToMonthlyTarget,
    /// It lies after the first term.
    BeyondFirstTerm,
    /// The existing subscription was sold by another partner.
    TargetNotSamePartner,
    /// It is a trial.
    TargetIsTrial,
    /// It is not active.
    TargetNotActive,
    /// It is neither a month end nor the end of a subscription.
    NoMatchingEndDate,
}

impl Misaligned {
    /// The rule book's word.
    pub fn word(self) -> &'static str {
        match self {
            Self::MonthlyDay28To30 => "MONTHLY_DAY_28_30",
            Self::AnnualToMonthlyTarget => "ANNUAL_TO_MONTHLY_TARGET",
            Self::BeyondFirstTerm => "BEYOND_FIRST_TERM",
            Self::TargetNotSamePartner => "TARGET_NOT_SAME_PARTNER",
            Self::TargetIsTrial => "TARGET_IS_TRIAL",
            Self::TargetNotActive => "TARGET_NOT_ACTIVE",
            Self::NoMatchingEndDate => "NO_MATCHING_END_DATE",
        }
    }
    /// Errors of the service that belong to it; for people, never a condition.
    pub fn api_codes(self) -> &'static [u32] {
        match self {
            Self::MonthlyDay28To30 | Self::AnnualToMonthlyTarget => &[],
            Self::BeyondFirstTerm => &[900_245, 900_291],
            Self::TargetNotSamePartner | Self::TargetNotActive | Self::NoMatchingEndDate => &[900_242],
            Self::TargetIsTrial => &[900_246],
        }
    }
}

/// Whether a term that starts on `start` may end on `custom_end` (rules R69, R70). The first reason that applies.
///
/// # Errors
/// [`Invalid`] when it ends before it starts, or lies beyond the calendar.
pub fn validate(start: Date, term: Term, custom_end: Date, anchor: Anchor) -> Result<Result<(), Misaligned>, Invalid> {
    if custom_end < start {
        return Err(Invalid::Contradiction("a term cannot end before it starts"));
    }
    let month_end = custom_end == custom_end.last_of_month();
    let beyond = custom_end > last_day(start, term.months().unsigned_abs())?;
    let (existing, target) = match anchor {
        Anchor::Existing(target) => (true, target),
        Anchor::Calendar(target) | Anchor::Nothing(target) => (false, target),
    };
    let monthly = existing && target.term == Some(Term::Month);
    let reasons = [
        (term == Term::Month && (28..=30).contains(&custom_end.day()) && !month_end, Misaligned::MonthlyDay28To30),
        (term != Term::Month && monthly, Misaligned::AnnualToMonthlyTarget),
        (beyond, Misaligned::BeyondFirstTerm),
        (!target.same_partner, Misaligned::TargetNotSamePartner),
        (target.trial, Misaligned::TargetIsTrial),
        (!target.active, Misaligned::TargetNotActive),
        (!existing && !month_end, Misaligned::NoMatchingEndDate),
    ];
    Ok(reasons.into_iter().find(|(applies, _)| *applies).map_or(Ok(()), |(_, reason)| Err(reason)))
}

/// The end that a later destination shares with an existing one that ends on `first_end`, or the first reason why it may not
/// (rules R70, R124).
///
/// # Errors
/// As [`validate`] and [`to_subscription`].
pub fn co_terminating(
    start: Date,
    term: Term,
    first_end: Date,
    anchor: Anchor,
) -> Result<Result<Aligned, Misaligned>, Invalid> {
    if first_end < start {
        return Ok(Err(Misaligned::NoMatchingEndDate));
    }
    let months = term.months().unsigned_abs();
    if first_end > last_day(start, months)? {
        return Ok(validate(start, term, first_end, anchor)?.and(Err(Misaligned::BeyondFirstTerm)));
    }
    let yearly = matches!(anchor, Anchor::Existing(Target { term: Some(Term::Year), .. }));
    let first_term = if yearly { Term::Year } else { Term::ThreeYears };
    let aligned = to_subscription(start, months, first_end, first_term)?;
    Ok(validate(start, term, aligned.end, anchor)?.map(|()| aligned))
}
