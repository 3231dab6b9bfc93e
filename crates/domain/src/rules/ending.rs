//! Life after the end: grace, extended terms, what users keep and for how long (rules R40 to R45, R106, R107). Grace is
//! never part of a plan (rule R110).

use super::terms::end_after;
use super::{Invalid, hours, midnight, plus_days};
use crate::portfolio::EndOption;
use crate::time::{End, Term, utc_day};
use jiff::Timestamp;
use jiff::civil::{Date, date};
use rust_decimal::Decimal;

/// Purchases and renewals from this day on can enter an extended term (rule R43).
const EXTENDED_SINCE: Date = date(2025, 4, 1);
/// Terms that end on this day or later can enter an extended term (rule R43).
const EXTENDED_FROM_END: Date = date(2026, 5, 4);
/// Days in which users go on working after the end, where there is a free grace (rules R40, R41).
const EXPIRED_DAYS: i64 = 30;
/// Days after the end until which the data of a disabled subscription is kept (rules R40, R41).
const DISABLED_DAYS: i64 = 120;
/// Days in which data is kept after a stop at the end of the term (rule R42).
const DATA_KEPT_DAYS: i64 = 90;
/// Days of grace and of rest of an enterprise agreement (rule R45).
const EA_GRACE_DAYS: i64 = 90;
const EA_INACTIVE_DAYS: i64 = 150;

/// Under which rules a new-commerce subscription ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Regime {
    /// Thirty free days follow (rule R41).
    FreeGrace,
    /// It renews, is extended for money, or stops (rule R42).
    Est,
}

impl Regime {
    /// The rule book's word.
    pub fn word(self) -> &'static str {
        match self {
            Self::FreeGrace => "FREE_GRACE",
            Self::Est => "EST",
        }
    }
    /// The regime of a subscription that was last bought or renewed on `last` and whose term ends with `last_day`.
    pub fn of(last: Date, last_day: Date) -> Self {
        if last >= EXTENDED_SINCE && last_day >= EXTENDED_FROM_END { Self::Est } else { Self::FreeGrace }
    }
}

/// The regime as far as it is known: without the day of the last purchase, a term that ended early enough has the free
/// grace, and one too short to have begun before the change has not (rule R43).
pub fn nce_regime(last: Option<Date>, last_day: Date, term: Option<Term>) -> Option<Regime> {
    let too_short = |term: Term| {
        let earliest = last_day.saturating_sub(jiff::Span::new().months(term.months()));
        earliest >= EXTENDED_SINCE
    };
    match last {
        Some(last) => Some(Regime::of(last, last_day)),
        None if last_day < EXTENDED_FROM_END => Some(Regime::FreeGrace),
        None => term.filter(|term| too_short(*term)).map(|_| Regime::Est),
    }
}

/// What follows the end of a new-commerce term (section L.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EndOfTerm {
    /// Free grace, then disabled, then deleted.
    Grace {
        /// The first instant at which users are blocked.
        access_ends: Timestamp,
        /// The last day of the free grace.
        expired_until: Date,
        /// The last day on which administrators reach the data.
        disabled_until: Date,
        /// The day of deletion.
        deleted_on: Date,
    },
    /// It goes on as a paid monthly extension.
    Extended,
    /// Service stops at once.
    Stopped {
        /// The first instant without service.
        access_ends: Timestamp,
        /// The last day on which the data is kept.
        data_kept_until: Date,
    },
}

impl EndOfTerm {
    /// The rules that it ends under.
    pub fn regime(&self) -> Regime {
        match self {
            Self::Grace { .. } => Regime::FreeGrace,
            Self::Extended | Self::Stopped { .. } => Regime::Est,
        }
    }
    /// The first instant at which users cannot work; none while it goes on.
    pub fn access_ends(&self) -> Option<Timestamp> {
        match self {
            Self::Grace { access_ends, .. } | Self::Stopped { access_ends, .. } => Some(*access_ends),
            Self::Extended => None,
        }
    }
    /// Days in which users go on working free of charge; none while it goes on for money.
    pub fn users_grace_days(&self) -> Option<i64> {
        match self {
            Self::Grace { .. } => Some(EXPIRED_DAYS),
            Self::Stopped { .. } => Some(0),
            Self::Extended => None,
        }
    }
    /// Whether it can be had back after the end; none where that depends on the day.
    pub fn recoverable(&self) -> Option<bool> {
        match self {
            Self::Grace { .. } => None,
            Self::Extended => Some(true),
            Self::Stopped { .. } => Some(false),
        }
    }
    /// What it goes on as, in the rule book's word.
    pub fn becomes(&self) -> Option<&'static str> {
        matches!(self, Self::Extended).then_some("EST_MONTHLY")
    }
    /// Whether it goes on costing money.
    pub fn billed_after_end(&self) -> bool {
        matches!(self, Self::Extended)
    }
}

/// What follows when renewal is off, or `chosen` otherwise. In the free-grace regime the choice does not exist.
///
/// # Errors
/// [`Invalid::OutOfCalendar`].
pub fn end_of_term(last: Date, last_day: Date, chosen: Option<EndOption>) -> Result<EndOfTerm, Invalid> {
    match (Regime::of(last, last_day), chosen) {
        (Regime::FreeGrace, _) => {
            let expired_until = plus_days(last_day, EXPIRED_DAYS)?;
            let disabled_until = plus_days(last_day, DISABLED_DAYS)?;
            Ok(EndOfTerm::Grace {
                access_ends: midnight(plus_days(expired_until, 1)?)?,
                expired_until,
                disabled_until,
                deleted_on: plus_days(disabled_until, 1)?,
            })
        }
        (Regime::Est, Some(EndOption::CancelAtEnd)) => Ok(EndOfTerm::Stopped {
            access_ends: end_after(last_day)?.instant(),
            data_kept_until: plus_days(last_day, DATA_KEPT_DAYS)?,
        }),
        (Regime::Est, _) => Ok(EndOfTerm::Extended),
    }
}

/// The last day on which a trial that ended with `last_day` still serves (rule R48).
///
/// # Errors
/// [`Invalid::OutOfCalendar`].
pub fn trial_expired_until(last_day: Date) -> Result<Date, Invalid> {
    plus_days(last_day, EXPIRED_DAYS)
}

/// The time after an enterprise agreement (rule R45).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AgreementGrace {
    /// The last day of grace.
    pub grace_until: Date,
    /// The last day on which the data is kept.
    pub inactive_until: Date,
    /// What is planned with: grace is not counted.
    pub planned_end: End,
}

/// The time after an enterprise agreement whose last day is `last_day`.
///
/// # Errors
/// [`Invalid::OutOfCalendar`].
pub fn after_agreement(last_day: Date) -> Result<AgreementGrace, Invalid> {
    Ok(AgreementGrace {
        grace_until: plus_days(last_day, EA_GRACE_DAYS)?,
        inactive_until: plus_days(last_day, EA_INACTIVE_DAYS)?,
        planned_end: end_after(last_day)?,
    })
}

/// Where a direct subscription under the old agreement stands after its end (rule R40).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DirectState {
    /// Still paid: plan as for any source.
    Active,
    /// Users still work, the clock runs.
    Expired,
    /// Users are blocked already; the same licence brings them back.
    Disabled,
    /// Nothing comes back.
    Deleted,
}

impl DirectState {
    /// The rule book's word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Active => "ACTIVE",
            Self::Expired => "EXPIRED",
            Self::Disabled => "DISABLED",
            Self::Deleted => "DELETED",
        }
    }
    /// What to do then, in the rule book's word.
    pub fn action(self) -> &'static str {
        match self {
            Self::Active => "PLAN_BEFORE_END",
            Self::Expired => "PROVISION_NOW",
            Self::Disabled => "PROVISION_NOW_SERVICE_DOWN",
            Self::Deleted => "NEW_CUSTOMER_NO_DATA",
        }
    }
}

/// A direct subscription under the old agreement, after its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DirectGrace {
    /// The last day on which users work.
    pub expired_until: Date,
    /// The first instant at which they are blocked.
    pub access_lost_at: Timestamp,
    /// The last day on which administrators reach the data.
    pub disabled_until: Date,
    /// Until users are blocked, for reading.
    pub hours_to_access_loss: Decimal,
    /// Where it stands now.
    pub state: DirectState,
}

/// A direct subscription under the old agreement whose last day is `last_day`, at `now`.
///
/// # Errors
/// [`Invalid::OutOfCalendar`].
pub fn after_direct(last_day: Date, now: Timestamp) -> Result<DirectGrace, Invalid> {
    let (expired_until, disabled_until) = (plus_days(last_day, EXPIRED_DAYS)?, plus_days(last_day, DISABLED_DAYS)?);
    let access_lost_at = midnight(plus_days(expired_until, 1)?)?;
    let state = match utc_day(now) {
        today if today <= last_day => DirectState::Active,
        today if today <= expired_until => DirectState::Expired,
        today if today <= disabled_until => DirectState::Disabled,
        _ => DirectState::Deleted,
    };
    let hours_to_access_loss = hours(access_lost_at.duration_since(now));
    Ok(DirectGrace { expired_until, access_lost_at, disabled_until, hours_to_access_loss, state })
}

/// What a user keeps after a licence is really gone (rules R106, R107).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retention {
    /// Until then the mailbox can be connected again.
    pub mailbox_recoverable_until: Date,
    /// From then on files can only be read.
    pub onedrive_read_only_on: Date,
    /// Files are archived or recycled.
    pub onedrive_archived_on: Date,
    /// Files are gone.
    pub onedrive_purge_after: Date,
}

/// What a user keeps whose licence was removed on `removed_on`.
///
/// # Errors
/// [`Invalid::OutOfCalendar`].
pub fn retention(removed_on: Date) -> Result<Retention, Invalid> {
    Ok(Retention {
        mailbox_recoverable_until: plus_days(removed_on, 30)?,
        onedrive_read_only_on: plus_days(removed_on, 60)?,
        onedrive_archived_on: plus_days(removed_on, 93)?,
        onedrive_purge_after: plus_days(removed_on, 186)?,
    })
}
