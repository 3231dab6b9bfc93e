//! The ports that tell who customers and resellers are, and what is left to sell, over the ledger in memory.

use super::service::{Outside, theirs};
use super::wire::Wire;
use async_trait::async_trait;
use carryover_domain::facts::{Access, Profile};
use carryover_domain::handover::{Converted, Transfer};
use carryover_domain::ids::{SubscriptionId, TenantId};
use carryover_domain::offer::{OfferId, Segment};
use carryover_domain::reply::{Refusal, RefusalKind};
use carryover_domain::value::Country;
use carryover_emulator::{self as ms, SeedReseller};
use carryover_ports::{
    Conversions, Customers, Fault, Read, Resellers, Stock, Tie, TiedPartner, Transfers, Unavailable,
};
use std::collections::{BTreeMap, BTreeSet};

/// What the work needs of a tenant (rule R88).
const ROLES: [&str; 2] = ["License Administrator", "Directory Readers"];

#[async_trait]
impl Customers for Wire {
    async fn profile(&self, customer: TenantId) -> Read<Profile> {
        self.look(|outside| {
            let seen = outside.ledger.account_view(theirs(customer)).map_err(|why| unavailable(&why))?;
            Ok(Profile {
                country: seen.country.and_then(|country| country.parse().ok()),
                segments: seen.segments.into_iter().map(segment).collect(),
                on_hold: seen.hold.map(str::to_owned),
                ..Profile::default()
            })
        })
        .await
    }

    async fn access(&self, customer: TenantId) -> Read<Access> {
        self.look(|outside| {
            let lets_us = outside.ledger.view(theirs(customer)).is_some_and(|view| view.tenant.is_some());
            let lacks = ROLES.iter().filter(|_| !lets_us).map(|role| (*role).to_owned()).collect();
            Ok(Access { lacks, ends: None })
        })
        .await
    }

    async fn handovers(&self, customer: TenantId) -> Read<Vec<Transfer>> {
        self.transfers(customer).await
    }

    async fn migrations(&self, from: &SubscriptionId) -> Read<Vec<Converted>> {
        self.conversions(from).await
    }
}

#[async_trait]
impl Resellers for Wire {
    async fn tied(&self, as_what: Tie) -> Read<Vec<TiedPartner>> {
        self.look(|outside| {
            Ok(match as_what {
                Tie::Resellers => outside.ledger.resellers_of_partner().map(tied).collect(),
                // The partner of a seed is never itself a reseller of another one.
                Tie::Providers => Vec::new(),
            })
        })
        .await
    }

    async fn resellers_of(&self, customer: TenantId) -> Read<Vec<TiedPartner>> {
        self.look(|outside| {
            let found = outside.ledger.reseller_of(theirs(customer)).map_err(|why| unavailable(&why))?;
            Ok(found.map(tied).into_iter().collect())
        })
        .await
    }

    async fn partner_name<'a>(&self, id: Option<&'a str>) -> Read<Option<String>> {
        self.look(|outside| {
            let partner = &outside.ledger.seed().partner;
            let of_ours = id.is_none_or(|id| id == partner.programme.mpn_id).then(|| partner.name.clone());
            Ok(of_ours.or_else(|| outside.ledger.reseller_by_id(id?).map(|known| known.name.clone())))
        })
        .await
    }

    async fn has_agreed(&self, partner: TenantId) -> Read<bool> {
        self.look(|outside| {
            let known = outside.ledger.reseller_by_tenant(theirs(partner));
            let known = known.ok_or_else(|| Unavailable::Unreadable(Fault::new("no partner has that tenant")))?;
            Ok(known.agreement_signed)
        })
        .await
    }

    async fn on_record(&self, ids: &BTreeSet<String>) -> Read<BTreeMap<String, Option<Refusal>>> {
        self.look(|outside| {
            let verdict = |id: &String| {
                let refusal = outside.ledger.on_record(id).err().map(|(code, why)| Refusal {
                    kind: RefusalKind::Other,
                    code: code.to_string(),
                    detail: why.to_owned(),
                });
                (id.clone(), refusal)
            };
            Ok(ids.iter().map(verdict).collect())
        })
        .await
    }
}

#[async_trait]
impl Stock for Wire {
    async fn stock(&self, _: Country, _: TenantId, items: &BTreeSet<OfferId>) -> Read<BTreeMap<OfferId, Vec<String>>> {
        self.look(|outside| {
            let left = |item: &OfferId| {
                let gone = outside.ledger.has_run_out(&item.to_string())?;
                Some((item.clone(), gone.then(|| "OutOfStock".to_owned()).into_iter().collect()))
            };
            Ok(items.iter().filter_map(left).collect())
        })
        .await
    }
}

impl Outside {
    /// Why a cart that names `reseller` is not filled; nothing where we sell ourselves.
    pub(super) fn attested(&self, reseller: bool) -> Result<(), ms::Refusal> {
        self.ledger.attested(reseller).map_err(ms::Refusal::from)
    }
}

fn unavailable(why: &ms::Refusal) -> Unavailable {
    match why {
        ms::Refusal::NoRelationship(_) => Unavailable::Forbidden(Fault::new(why.to_string())),
        other => Unavailable::Unreadable(Fault::new(other.to_string())),
    }
}

fn tied(reseller: &SeedReseller) -> TiedPartner {
    TiedPartner {
        tenant: TenantId::new(reseller.tenant_id.0),
        name: reseller.name.clone(),
        partner_id: Some(reseller.mpn_id.clone()),
        active: reseller.active,
    }
}

fn segment(of: ms::Segment) -> Segment {
    match of {
        ms::Segment::Commercial => Segment::Commercial,
        ms::Segment::Education => Segment::Education,
        ms::Segment::Government => Segment::Government,
        ms::Segment::Nonprofit => Segment::Nonprofit,
    }
}
