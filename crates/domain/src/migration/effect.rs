//! What a migration can be owed by the outside world: reads and writes, nothing else.

use crate::ids::{CartId, IntentId, LineId, Mark, PartnerId, RequestId, SkuId, SubscriptionId, UserId};
use jiff::Timestamp;
use std::collections::BTreeSet;

/// One read or write. Ordered, so that the same state always names them in the same order.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Effect {
    /// Read the invitation link (fact sheet 9.5).
    ReadInvitation {
        /// The reseller whom the customer accepts with us, of an indirect provider that knows it before the customer accepts.
        reseller: Option<PartnerId>,
    },
    /// Read whether we may sell to the customer.
    ReadStanding,
    /// Read everything that a purchase is decided upon (rule R127).
    ReadFacts {
        /// The line whose day has come.
        line: LineId,
    },
    /// Make a cart. Costs nothing; an unrecorded one expires.
    CreateCart {
        /// The line.
        line: LineId,
        /// The act.
        intent: IntentId,
        /// Answered tries so far.
        attempt: u32,
    },
    /// Check the recorded cart out. Money moves.
    CheckOut {
        /// The line.
        line: LineId,
        /// The act.
        intent: IntentId,
        /// The single-use token.
        cart: CartId,
        /// Answered tries so far.
        attempt: u32,
    },
    /// Look for orders that carry our mark.
    FindOrders {
        /// The line.
        line: LineId,
        /// The act.
        intent: IntentId,
        /// Only orders made since this instant matter.
        since: Timestamp,
    },
    /// Read whether the purchase has arrived in the tenant.
    ReadDelivery {
        /// The line.
        line: LineId,
        /// Our new subscription.
        subscription: SubscriptionId,
    },
    /// Read who holds the old licence.
    ReadHolders {
        /// The line.
        line: LineId,
    },
    /// Change one user's licence: add and remove in one call (rule R101).
    SwapLicence {
        /// The line.
        line: LineId,
        /// The account.
        user: UserId,
    },
    /// Read whether services work for users whose licence was changed (rule R109).
    ReadServices {
        /// The line.
        line: LineId,
        /// Some users of its last batch.
        users: BTreeSet<UserId>,
    },
    /// Read whether the old subscription can be spared, or is over.
    ReadSource {
        /// The line.
        line: LineId,
        /// After the end: the licence whose users are looked at as well (rule R125).
        users_of: Option<SkuId>,
    },
}

impl Effect {
    /// Whether it can change anything outside.
    pub fn is_write(&self) -> bool {
        matches!(self, Self::CreateCart { .. } | Self::CheckOut { .. } | Self::SwapLicence { .. })
    }

    /// The mark that this write leaves behind, or that this read looks for.
    pub fn mark(&self) -> Option<Mark> {
        match self {
            Self::CreateCart { intent, .. } | Self::CheckOut { intent, .. } | Self::FindOrders { intent, .. } => {
                Some(Mark::of(*intent))
            }
            _ => None,
        }
    }

    /// The request id that this write carries: of a purchase the same after no answer and a new one after any, of a change of a
    /// licence always the same.
    pub fn request_id(&self) -> Option<RequestId> {
        match self {
            Self::CreateCart { intent, attempt, .. } => Some(RequestId::of(*intent, "create-cart", *attempt)),
            Self::CheckOut { intent, cart, attempt, .. } => {
                Some(RequestId::of(*intent, &format!("check-out/{cart}"), *attempt))
            }
            Self::SwapLicence { line, user } => Some(RequestId::of_change(*line, *user)),
            _ => None,
        }
    }
}
