//! Stored form of what the partner said: customers, source lines, and the words and amounts inside them.

use super::form::{SeatCount, Text, mirror};
use carryover_domain::ids::{LineId, SkuId, SubscriptionId, TenantId};
use carryover_domain::offer::OfferId;
use carryover_domain::value::{Country, Currency};
use carryover_domain::{portfolio, program, time, value};
use jiff::civil::Date;
use rust_decimal::Decimal;

mirror! {
    struct Customer = portfolio::Customer {
        tenant: Text<TenantId>,
        domain: String,
        name: String,
        country: Text<Country>,
    }
}

mirror! {
    struct SourceLine = portfolio::SourceLine {
        id: Text<LineId>,
        program: SourceProgram,
        subscription: Option<Text<SubscriptionId>>,
        sku: Text<SkuId>,
        sku_part_number: Option<String>,
        product_name: Option<String>,
        seats: SeatCount,
        assigned_seats: Option<u32>,
        end_date: Text<Date>,
        auto_renew: Renewal,
        term: Option<Term>,
        billing: Option<Billing>,
        price_per_seat: Option<Money>,
        target: Target,
        contact_email: Option<String>,
    }
}

mirror! {
    enum SourceProgram = program::SourceProgram {
        DirectMosa = "direct_mosa",
        DirectMca = "direct_mca",
        Open = "open",
        Ea = "ea",
        Mpsa = "mpsa",
        Advisor = "advisor",
        LegacyCsp = "legacy_csp",
        NceOtherPartner = "nce_other_partner",
        SelfService = "self_service",
        Trial = "trial",
    }
}

mirror! {
    enum Renewal = portfolio::Renewal {
        On = "on",
        Off = "off",
        Unknown = "unknown",
    }
}

mirror! {
    enum Target = portfolio::Target {
        Same = "same",
        Sku(sku: Text<SkuId>) = "sku",
        Offer(offer: Text<OfferId>) = "offer",
    }
}

mirror! {
    enum Term = time::Term {
        Month = "P1M",
        Year = "P1Y",
        ThreeYears = "P3Y",
    }
}

mirror! {
    enum Billing = time::Billing {
        Monthly = "monthly",
        Annual = "annual",
        Triennial = "triennial",
    }
}

mirror! {
    struct Money = value::Money {
        amount: Text<Decimal>,
        currency: Text<Currency>,
    }
}
