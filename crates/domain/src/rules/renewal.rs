//! Stopping a renewal in time, and what to do when the destination does not stand at the cutoff (rules R115, R116).

use super::hours;
use crate::portfolio::Renewal;
use crate::time::End;
use jiff::{SignedDuration, Timestamp};
use rust_decimal::Decimal;

/// How long before the end a change of the renewal setting can last be trusted, where nothing else is set: the rule
/// book's `renew_cutoff_hours`.
pub const CUTOFF: SignedDuration = SignedDuration::from_hours(24);

/// What can still be done about a renewal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Cutoff {
    /// There is still time to have the renewal switched off.
    ActNow,
    /// Too late to trust a change: see whether it renewed, then cancel inside seven days.
    LetItRenewThenCancelInWindow,
    /// Renewal is off: nothing to stop.
    NotRenewing,
    /// The end has passed: read the source again.
    AlreadyRenewedOrEnded,
}

impl Cutoff {
    /// The rule book's word.
    pub fn word(self) -> &'static str {
        match self {
            Self::ActNow => "ACT_NOW",
            Self::LetItRenewThenCancelInWindow => "LET_IT_RENEW_THEN_CANCEL_IN_WINDOW",
            Self::NotRenewing => "NOT_RENEWING",
            Self::AlreadyRenewedOrEnded => "ALREADY_RENEWED_OR_ENDED",
        }
    }
}

/// Hours until the end, for reading, and what can still be done. Unknown counts as renewing (rule R2); exactly at the cutoff
/// is still in time.
pub fn at_cutoff(end: End, renewal: Renewal, cutoff: SignedDuration, now: Timestamp) -> (Decimal, Cutoff) {
    let left = end.instant().duration_since(now);
    let decision = match renewal {
        _ if left <= SignedDuration::ZERO => Cutoff::AlreadyRenewedOrEnded,
        Renewal::Off => Cutoff::NotRenewing,
        Renewal::On | Renewal::Unknown if left >= cutoff => Cutoff::ActNow,
        Renewal::On | Renewal::Unknown => Cutoff::LetItRenewThenCancelInWindow,
    };
    (hours(left), decision)
}

/// What keeps the users served, whatever is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FailSafe {
    /// Do not touch it: paying twice beats a gap.
    KeepAutoRenewOn,
    /// The source must live on until the destination stands.
    AskToTurnAutoRenewOnOrRenew,
    /// The destination stands: the source may end.
    AskToTurnAutoRenewOff,
    /// Nobody knows whether it renews.
    AskToConfirmRenewalSetting,
    /// All is set.
    WaitForEnd,
    /// Too late to trust a change.
    LetItRenewThenCancelInWindow,
}

impl FailSafe {
    /// The rule book's word.
    pub fn word(self) -> &'static str {
        match self {
            Self::KeepAutoRenewOn => "KEEP_AUTO_RENEW_ON",
            Self::AskToTurnAutoRenewOnOrRenew => "ASK_SOURCE_OWNER_TO_TURN_AUTO_RENEW_ON_OR_RENEW",
            Self::AskToTurnAutoRenewOff => "ASK_SOURCE_OWNER_TO_TURN_AUTO_RENEW_OFF",
            Self::AskToConfirmRenewalSetting => "ASK_SOURCE_OWNER_TO_CONFIRM_RENEWAL_SETTING",
            Self::WaitForEnd => "WAIT_FOR_END",
            Self::LetItRenewThenCancelInWindow => "LET_IT_RENEW_THEN_CANCEL_IN_WINDOW",
        }
    }
}

/// What to do, `left` before the end of a source that renews as told, when the destination is verified or not (section L.6).
///
/// # Errors
/// [`super::Invalid`] when the end has passed: then the checks after it take over.
pub fn fail_safe(
    verified: bool,
    renewal: Renewal,
    left: SignedDuration,
    cutoff: SignedDuration,
) -> Result<FailSafe, super::Invalid> {
    if left <= SignedDuration::ZERO {
        return Err(super::Invalid::Contradiction("the end has passed"));
    }
    Ok(match (verified, renewal) {
        (false, Renewal::On) => FailSafe::KeepAutoRenewOn,
        (false, Renewal::Off | Renewal::Unknown) => FailSafe::AskToTurnAutoRenewOnOrRenew,
        (true, Renewal::Off) => FailSafe::WaitForEnd,
        (true, Renewal::On | Renewal::Unknown) if left < cutoff => FailSafe::LetItRenewThenCancelInWindow,
        (true, Renewal::On) => FailSafe::AskToTurnAutoRenewOff,
        (true, Renewal::Unknown) => FailSafe::AskToConfirmRenewalSetting,
    })
}
