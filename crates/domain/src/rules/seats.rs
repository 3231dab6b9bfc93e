//! How many seats: need, orders, caps, limits, and what becomes of trials (rules R27, R32, R48, R77, R95, R96).

use crate::policy::Sizing;
use crate::portfolio::Renewal;

/// Licences in use that nothing else covers (rule R95). 0 means that nothing has to be bought.
pub fn need(consumed: u32, cover: u32) -> u32 {
    consumed.saturating_sub(cover)
}

/// The pool once the source is gone (rules R92, R96).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PoolAfter {
    /// Licences that are left.
    pub pool: u32,
    /// Licences in use beyond them.
    pub shortfall: u32,
    /// The need, were nothing bought yet.
    pub need: u32,
}

/// The pool of `consumed` licences with `cover` that stays and `bought` seats of the destination.
pub fn pool_after(consumed: u32, cover: u32, bought: u32) -> PoolAfter {
    let pool = cover.saturating_add(bought);
    PoolAfter { pool, shortfall: consumed.saturating_sub(pool), need: need(consumed, cover) }
}

/// An order, and what a person should know about it (section L.7).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Order {
    /// Seats, at least 1.
    pub seats: u32,
    /// Fewer than the source has: a saving to offer.
    pub reduced: bool,
    /// More are in use than the source has.
    pub overassigned: bool,
    /// Nobody uses it.
    pub unused: bool,
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
    Order { seats, reduced: seats < source_seats, overassigned: consumed > source_seats, unused: consumed == 0 }
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
    pub total: u32,
    /// They fit.
    pub ok: bool,
    /// How many can be moved side by side.
    pub max_parallel: u32,
}

/// `to_add` subscriptions beside `existing` ones in a tenant that may hold `limit`.
pub fn subscription_limit(limit: u32, existing: u32, to_add: u32) -> TenantRoom {
    let total = existing.saturating_add(to_add);
    TenantRoom { total, ok: total <= limit, max_parallel: limit.saturating_sub(existing) }
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

/// Most licences with which a direct subscription can be cancelled online (rule R32).
pub const ONLINE_CANCEL_MAX: u32 = 25;

/// Whether a direct subscription can be cancelled online as it is; else it has to be reduced first (rule R32).
pub fn cancels_online(seats: u32) -> bool {
    seats <= ONLINE_CANCEL_MAX
}
