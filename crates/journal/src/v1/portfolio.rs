//! Stored form of what the partner said: customers, source lines, and the words and amounts inside them.

use super::form::{SeatCount, Stored, Text, mirror};
use carryover_domain::ids::{LineId, SkuId, SubscriptionId, TenantId};
use carryover_domain::offer::OfferId;
use carryover_domain::portfolio::Witness;
use carryover_domain::provenance::Field;
use carryover_domain::time::End;
use carryover_domain::value::{Country, Currency};
use carryover_domain::{portfolio, program, provenance, time, value};
use jiff::Timestamp;
use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

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
        #[serde(alias = "end_date")]
        ends: Ends,
        #[serde(default)]
        term_start: Option<Text<Date>>,
        auto_renew: Renewal,
        #[serde(default)]
        end_option: Option<EndOption>,
        #[serde(default)]
        kind: Kind,
        term: Option<Term>,
        billing: Option<Billing>,
        price_per_seat: Option<Money>,
        target: Target,
        // As for the wanted term.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        companion: Option<Text<SkuId>>,
        #[serde(default)]
        target_seats: Option<SeatCount>,
        // Left out where nothing was said, so that records from before it keep their bytes.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        target_term: Option<Term>,
        // As for the wanted term.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        evidence: Option<String>,
        contact_email: Option<String>,
        #[serde(default)]
        provenance: Provenance,
    }
}

/// The end by each witness; records from before witnesses were kept have the day that the file gave.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
pub(super) enum Ends {
    Typed(Text<Date>),
    Witnessed(BTreeMap<Text<Witness>, Text<Timestamp>>),
}

impl Stored<portfolio::Ends> for Ends {
    fn store(value: &portfolio::Ends) -> Self {
        Self::Witnessed(Stored::store(&value.iter().collect::<BTreeMap<Witness, End>>()))
    }
    fn restore(self) -> portfolio::Ends {
        match self {
            Self::Typed(day) => [(Witness::Typed, End::after_day(day.restore()))].into_iter().collect(),
            Self::Witnessed(ends) => Stored::<BTreeMap<Witness, End>>::restore(ends).into_iter().collect(),
        }
    }
}

mirror! {
    enum EndOption = portfolio::EndOption {
        Renew = "renew",
        ExtendedTerm = "extended_term",
        CancelAtEnd = "cancel_at_end",
    }
}

mirror! {
    enum Kind = portfolio::Kind {
        Base = "base",
        AddOn { base: Option<Text<SubscriptionId>> } = "add_on",
    }
}

/// Records from before add-ons were told apart are of lines that stand alone.
impl Default for Kind {
    fn default() -> Self {
        Self::Base
    }
}

mirror! {
    #[derive(Default)]
    struct Provenance = provenance::Provenance {
        line: Option<Origin>,
        fields: BTreeMap<Text<Field>, Origin>,
    }
}

mirror! {
    struct Origin = provenance::Origin {
        record: Text<Arc<str>>,
        row: Option<u64>,
        at: Option<Text<Timestamp>>,
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
        LegacyCspOurs = "legacy_csp_ours",
        NceOtherPartner = "nce_other_partner",
        SelfService = "self_service",
        Trial = "trial",
        NonprofitGrant = "nonprofit_grant",
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
