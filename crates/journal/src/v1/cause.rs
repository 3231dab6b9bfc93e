//! Stored form of why a person is needed, what a person answers, how a licence was held, and how a source goes.

use super::facts::Refusal;
use super::finding::Finding;
use super::form::{Text, mirror};
use carryover_domain::facts;
use carryover_domain::ids::{LineId, ServicePlanId, SkuId, SubscriptionId, UserId};
use carryover_domain::migration::{event, state};
use jiff::Timestamp;
use jiff::civil::Date;
use std::collections::{BTreeMap, BTreeSet};

mirror! {
    enum Cause = state::Cause {
        Found(findings: Vec<Finding>) = "found",
        CustomerLate = "customer_late",
        WindowMissed = "window_missed",
        Refused(refusal: Refusal) = "refused",
        CartDiffers { what: String } = "cart_differs",
        PurchaseDiffers { what: String } = "purchase_differs",
        OrderedTwice { orders: Vec<String> } = "ordered_twice",
        DeliveryLate = "delivery_late",
        SwapLate = "swap_late",
        BaseStopped { base: Text<LineId> } = "base_stopped",
        NoFreeUnits { users: u32 } = "no_free_units",
        PurchaseCancelled { subscription: Text<SubscriptionId> } = "purchase_cancelled",
        SwapStopped { failed: BTreeMap<Text<UserId>, String> } = "swap_stopped",
        Shortfall { consumed: u32, pool_after: u32 } = "shortfall",
        SourceRenewed {
            until: Text<Timestamp>,
            old_by: Option<Text<Date>>,
            new_by: Option<Text<Date>>,
        } = "source_renewed",
        SourceUnclear = "source_unclear",
    }
}

mirror! {
    struct Second = state::Second {
        sku: Text<SkuId>,
        disabled: BTreeMap<Text<UserId>, BTreeSet<Text<ServicePlanId>>>,
    }
}

mirror! {
    struct Former = state::Former {
        via: Via,
        disabled: BTreeSet<Text<ServicePlanId>>,
    }
}

mirror! {
    enum Via = facts::Via {
        Direct = "direct",
        Group = "group",
        Both = "both",
    }
}

mirror! {
    enum Answer = event::Answer {
        GoOn = "go_on",
        PlanAgain = "plan_again",
        RenewalStopped = "renewal_stopped",
        OldKept = "old_kept",
    }
}

mirror! {
    enum Ending = state::Ending {
        CameOver { subscription: Text<SubscriptionId> } = "came_over",
        OldKept { by: Option<String> } = "old_kept",
    }
}

mirror! {
    enum Exit = state::Exit {
        LetExpire = "let_expire",
        OwnerActs = "owner_acts",
        OwnerConfirmed { by: String } = "owner_confirmed",
    }
}
