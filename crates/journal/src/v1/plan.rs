//! Stored form of plans.

use super::finding::Segment;
use super::form::{SeatCount, Text, mirror};
use super::portfolio::{Billing, Money, Term};
use carryover_domain::ids::{LineId, PartnerId, PlanId, SkuId, SubscriptionId};
use carryover_domain::offer::OfferId;
use carryover_domain::{plan, route};
use jiff::Timestamp;
use jiff::civil::Date;
use std::collections::BTreeMap;

mirror! {
    struct Plan = plan::Plan {
        id: Text<PlanId>,
        parent: Option<Text<PlanId>>,
        lines: BTreeMap<Text<LineId>, LinePlan>,
    }
}

mirror! {
    struct LinePlan = plan::LinePlan {
        route: Route,
        offer: Text<OfferId>,
        #[serde(default)]
        segment: Segment,
        sku: Text<SkuId>,
        seats: SeatCount,
        term: Term,
        billing: Billing,
        price_ceiling: Option<Money>,
        day: Text<Date>,
        opens: Text<Timestamp>,
        ends: Text<Timestamp>,
        reassign: Reassign,
        overlap_days: u32,
        overlap_cost: Option<Money>,
        #[serde(default)]
        source_end: SourceEnd,
        #[serde(default)]
        advised: Option<Course>,
        #[serde(default)]
        promotion: Option<String>,
        #[serde(default)]
        term_end: Option<TermEnd>,
        #[serde(default)]
        reseller: Option<Text<PartnerId>>,
        #[serde(default)]
        made: Option<Text<Timestamp>>,
    }
}

mirror! {
    struct TermEnd = plan::TermEnd {
        last_day: Text<Date>,
        with: EndsWith,
    }
}

mirror! {
    enum EndsWith = plan::EndsWith {
        MonthEnd = "month_end",
        Subscription(id: Text<SubscriptionId>) = "subscription",
        Line(id: Text<LineId>) = "line",
    }
}

mirror! {
    enum Route = plan::Route {
        BuyAtEnd = "buy_at_end",
        BuyNow = "buy_now",
    }
}

mirror! {
    enum SourceEnd = plan::SourceEnd {
        RunsOut = "runs_out",
        OwnerStopsRenewal = "owner_stops_renewal",
        OwnerCancels = "owner_cancels",
    }
}

/// Plans from before it was recorded asked the owner wherever the source could renew.
impl Default for SourceEnd {
    fn default() -> Self {
        Self::OwnerStopsRenewal
    }
}

/// Before it was recorded, only offers for everybody were chosen.
impl Default for Segment {
    fn default() -> Self {
        Self::Commercial
    }
}

mirror! {
    enum Course = route::Course {
        PartnerTransfer = "partner_transfer",
        NceMigration = "nce_migration",
        ChannelTransfer = "channel_transfer",
        BuyAtEnd = "buy_at_end",
        BuyNow = "buy_now",
        NothingToDo = "nothing_to_do",
        NewSale = "new_sale",
    }
}

mirror! {
    enum Reassign = plan::Reassign {
        Nothing = "nothing",
        SwapEachUser = "swap_each_user",
    }
}
