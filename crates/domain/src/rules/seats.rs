//! How many seats: need, orders, caps, limits, and what becomes of trials (rules R27, R32, R48, R77, R95, R96).

use super::Invalid;
use super::ending::trial_expired_until;
use crate::policy::Sizing;
use crate::portfolio::Renewal;
use crate::value::Seats;
use jiff::civil::Date;
use std::collections::BTreeSet;

/// Licences in use that nothing else covers (rule R95). 0 means that nothing has to be bought.
pub fn need(consumed: u32, cover: u32) -> u32 {
    consumed.saturating_sub(cover)
}

/// The pool once the source is gone (rules R92, R96).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PoolAfter {
    /// Licences that are left.
    pub pool: u64,
    /// Licences in use beyond them.
    pub shortfall: u32,
    /// The need, were nothing bought yet.
    pub need: u32,
}

impl PoolAfter {
    /// Whether everybody keeps a licence.
    pub fn ok(&self) -> bool {
        self.shortfall == 0
    }
}

/// The pool of `consumed` licences with `cover` that stays and `bought` seats of the destination.
pub fn pool_after(consumed: u32, cover: u32, bought: u32) -> PoolAfter {
    let shortfall = consumed.saturating_sub(cover).saturating_sub(bought);
    PoolAfter { pool: u64::from(cover) + u64::from(bought), shortfall, need: need(consumed, cover) }
}

/// An order, and what a person should know about it (section L.7).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// Seats, at least 1.
    pub seats: u32,
    /// What a person should know.
    pub flags: BTreeSet<OrderFlag>,
}

/// What a person should know about an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OrderFlag {
    /// Fewer seats than the source has: a saving to offer.
    SeatsReduced,
    /// More are in use than the source has.
    OverassignedSource,
    /// Nobody uses it: ask before buying.
    NoConsumptionReview,
}

impl OrderFlag {
    /// The rule book's word.
    pub fn word(self) -> &'static str {
        match self {
            Self::SeatsReduced => "SEATS_REDUCED",
            Self::OverassignedSource => "OVERASSIGNED_SOURCE",
            Self::NoConsumptionReview => "NO_CONSUMPTION_REVIEW",
        }
    }
}

/// The order for a source of `source_seats` of which `consumed` are in use and nothing else covers them (rule R95). The
/// buffer, in whole per cent, alone never lifts an order above the source's seats.
pub fn order(source_seats: u32, consumed: u32, buffer_pct: u32, sizing: Sizing) -> Order {
    let size = match sizing {
        Sizing::LikeForLike => source_seats,
        Sizing::RightSize => {
            // At most 2^32 × 2^33, so nothing is lost in 128 bits.
            let buffered = (u128::from(consumed) * (100 + u128::from(buffer_pct))).div_ceil(100);
            u32::try_from(buffered).unwrap_or(u32::MAX).min(source_seats)
        }
    };
    let seats = size.max(consumed).max(1);
    let flags = [
        (seats < source_seats, OrderFlag::SeatsReduced),
        (consumed > source_seats, OrderFlag::OverassignedSource),
        (consumed == 0, OrderFlag::NoConsumptionReview),
    ];
    Order { seats, flags: flags.into_iter().filter(|(applies, _)| *applies).map(|(_, flag)| flag).collect() }
}

/// How a request fits under a cap (rule R77).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnderCap {
    /// Seats that may still be bought.
    pub remaining: u32,
    /// The request fits.
    pub ok: bool,
    /// What of it can be bought now.
    pub buy_now: u32,
    /// What is left over.
    pub left_over: u32,
}

/// A `request` beside `existing` seats of all channels under `cap`.
pub fn seat_cap(cap: u32, existing: u32, request: u32) -> UnderCap {
    let remaining = cap.saturating_sub(existing);
    let buy_now = remaining.min(request);
    UnderCap { remaining, ok: request <= remaining, buy_now, left_over: request - buy_now }
}

/// How a move fits into what a tenant may hold (rule R27).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TenantRoom {
    /// Subscriptions while both generations live.
    pub total: u64,
    /// They fit.
    pub ok: bool,
    /// How many can be moved side by side.
    pub max_parallel: u32,
}

/// `to_add` subscriptions beside `existing` ones in a tenant that may hold `limit`.
pub fn subscription_limit(limit: u32, existing: u32, to_add: u32) -> TenantRoom {
    let total = u64::from(existing) + u64::from(to_add);
    TenantRoom { total, ok: total <= u64::from(limit), max_parallel: limit.saturating_sub(existing) }
}

/// What to do about a trial (rule R48).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TrialAction {
    /// Buy the same licence before the trial ends, and have its billing switched off.
    BuyNewAndTurnOffBilling,
    /// Buy the same licence before the trial ends.
    BuyNew,
    /// Have its billing switched off.
    TurnOffBilling,
    /// Neither.
    Nothing,
}

impl TrialAction {
    /// The rule book's word.
    pub fn word(self) -> &'static str {
        match self {
            Self::BuyNewAndTurnOffBilling => "BUY_NEW_AND_TURN_OFF_TRIAL_BILLING",
            Self::BuyNew => "BUY_NEW",
            Self::TurnOffBilling => "TURN_OFF_TRIAL_BILLING",
            Self::Nothing => "NOTHING_TO_DO",
        }
    }
}

/// What to do about a trial of which `consumed` licences are in use. Switching off what is off does no harm, so an unknown
/// setting counts as on.
pub fn trial(billing: Renewal, consumed: u32) -> TrialAction {
    match (consumed > 0, billing) {
        (true, Renewal::On | Renewal::Unknown) => TrialAction::BuyNewAndTurnOffBilling,
        (true, Renewal::Off) => TrialAction::BuyNew,
        (false, Renewal::On | Renewal::Unknown) => TrialAction::TurnOffBilling,
        (false, Renewal::Off) => TrialAction::Nothing,
    }
}

/// What is left of a trial, and what takes its place (rules R48, R81).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TrialSource {
    /// What to do.
    pub action: TrialAction,
    /// Seats that have to be bought; 0 when nobody uses it.
    pub min_dest_seats: u32,
    /// The last day on which the trial still serves.
    pub expired_until: Date,
}

impl TrialSource {
    /// No trial can be turned into a subscription of another program (rule R48).
    pub const CONVERTIBLE_TO_CSP: bool = false;
    /// Only the same licence takes over without touching any user (rule R91).
    pub const SAME_SKU_REQUIRED: bool = true;
}

/// A trial whose last day is `last_day` and of which `consumed` licences are in use.
///
/// # Errors
/// [`Invalid::OutOfCalendar`].
pub fn trial_source(last_day: Date, billing: Renewal, consumed: u32) -> Result<TrialSource, Invalid> {
    Ok(TrialSource {
        action: trial(billing, consumed),
        min_dest_seats: need(consumed, 0),
        expired_until: trial_expired_until(last_day)?,
    })
}

/// Most licences with which a direct subscription can be cancelled online (rule R32).
pub const ONLINE_CANCEL_MAX: u32 = 25;

/// Whether a direct subscription can be cancelled online as it is; else it has to be reduced first (rule R32).
pub fn cancels_online(seats: u32) -> bool {
    seats <= ONLINE_CANCEL_MAX
}

/// A step of cancelling a direct subscription.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CancelStep {
    /// Reduce the licences first, or ask support.
    ReduceTo25OrFewer,
    /// Cancel it online.
    Cancel,
}

impl CancelStep {
    /// The rule book's word.
    pub fn word(self) -> &'static str {
        match self {
            Self::ReduceTo25OrFewer => "REDUCE_TO_25_OR_FEWER",
            Self::Cancel => "CANCEL",
        }
    }
}

/// The steps in which a customer cancels a direct subscription under the old agreement online (rule R32).
pub fn direct_cancel_steps(seats: Seats) -> &'static [CancelStep] {
    if cancels_online(seats.get()) {
        &[CancelStep::Cancel]
    } else {
        &[CancelStep::ReduceTo25OrFewer, CancelStep::Cancel]
    }
}
