//! Stored form of what reads and replies said: standing, purchases, refusals.

use super::form::{Text, mirror};
use super::portfolio::Money;
use carryover_domain::ids::{OrderId, SubscriptionId};
use carryover_domain::offer::OfferId;
use carryover_domain::{facts, reply};
use jiff::Timestamp;
use jiff::civil::Date;

mirror! {
    struct Standing = facts::Standing {
        relationship: Relationship,
        agreement: Agreement,
        #[serde(default)]
        agreed: Option<Text<Date>>,
    }
}

mirror! {
    enum Relationship = facts::Relationship {
        Reseller = "reseller",
        None = "none",
        Other(word: String) = "other",
    }
}

mirror! {
    enum Agreement = facts::Agreement {
        Accepted = "accepted",
        Missing = "missing",
        SettledOutside = "settled_outside",
        Unreadable = "unreadable",
    }
}

mirror! {
    struct Purchase = facts::Purchase {
        order: Text<OrderId>,
        subscription: Option<Text<SubscriptionId>>,
        offer: Text<OfferId>,
        seats: u32,
        ordered_at: Text<Timestamp>,
        price_per_seat: Option<Money>,
    }
}

mirror! {
    struct Refusal = reply::Refusal {
        kind: RefusalKind,
        code: String,
        detail: String,
    }
}

mirror! {
    enum RefusalKind = reply::RefusalKind {
        CartGone = "cart_gone",
        NoRelationship = "no_relationship",
        AgreementMissing = "agreement_missing",
        OfferUnavailable = "offer_unavailable",
        SeatsNotAllowed = "seats_not_allowed",
        AccountOnHold = "account_on_hold",
        LicenceNotAssignable = "licence_not_assignable",
        NoFreeUnits = "no_free_units",
        NotPermitted = "not_permitted",
        Other = "other",
    }
}
