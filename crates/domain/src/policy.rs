//! Every knob, with its unit and its reason. No `Default`: the caller knows, the library guesses.

use jiff::SignedDuration;
use jiff::civil::Date;
use std::collections::BTreeSet;

/// How a partner wants its customers moved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// Business days that lie between purchase and end of the source, at least 1 (rule R111).
    pub lead_business_days: u32,
    /// Days that are no business days, of both calendars (rule R112).
    pub holidays: BTreeSet<Date>,
    /// No destination may become usable later than this long before the end (rule R114).
    pub margin_min: SignedDuration,
    /// Last moment for trusting a change of the source's renewal setting, before its end (rule R116).
    pub renew_cutoff: SignedDuration,
    /// More days of double payment than this want a person's approval (rule section 0).
    pub overlap_days_max: u32,
    /// Other cover counts only if it lives at least this long after the end (rule R95).
    pub pool_horizon: SignedDuration,
    /// Facts older than this may not be bought upon (rule R127).
    pub facts_age_max: SignedDuration,
    /// How often to look whether the customer has accepted.
    pub standing_poll: SignedDuration,
    /// How often to compare a line that waits for its day with what its plan was made upon (rule R127).
    pub recheck: SignedDuration,
    /// How often to look whether a purchase has arrived (fact sheet 15.8: refreshed about every 15 minutes).
    pub delivery_poll: SignedDuration,
    /// How often to look whether an old subscription has ended.
    pub source_poll: SignedDuration,
    /// First look after the end of the source (rule R125).
    pub first_check: SignedDuration,
    /// After this long past the end, a source of which nothing is seen needs a person (rule R125).
    pub last_check: SignedDuration,
    /// How long order history must stay clean after a cart has died before a new one is made: longer than its lag of
    /// 15 minutes or more (fact sheet 14).
    pub settle: SignedDuration,
    /// Pause after a write whose answer was lost or that could not be sent.
    pub retry_pause: SignedDuration,
    /// Pause after a refusal that passes by itself: a relationship not yet known everywhere (fact sheet 9.5).
    pub not_yet_pause: SignedDuration,
    /// Failed users after which a licence swap stops and asks a person (rule R109).
    pub swap_failures_max: usize,
}

impl Policy {
    /// The defaults of the rule book, for callers who have no wish of their own.
    pub fn rule_book() -> Self {
        Self {
            lead_business_days: 3,
            holidays: BTreeSet::new(),
            margin_min: SignedDuration::from_hours(24),
            renew_cutoff: SignedDuration::from_hours(24),
            overlap_days_max: 14,
            pool_horizon: SignedDuration::from_hours(30 * 24),
            facts_age_max: SignedDuration::from_mins(15),
            standing_poll: SignedDuration::from_hours(12),
            recheck: SignedDuration::from_hours(7 * 24),
            delivery_poll: SignedDuration::from_mins(15),
            source_poll: SignedDuration::from_hours(24),
            first_check: SignedDuration::from_hours(1),
            last_check: SignedDuration::from_hours(72),
            settle: SignedDuration::from_mins(60),
            retry_pause: SignedDuration::from_secs(60),
            not_yet_pause: SignedDuration::from_mins(15),
            swap_failures_max: 3,
        }
    }
}
