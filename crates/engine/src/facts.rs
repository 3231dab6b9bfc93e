//! Gathers what a customer is assessed, planned and bought upon. Judges none of it.

use crate::Engine;
use carryover_domain::Migration;
use carryover_domain::assess::{Outlook, chosen_offer, looks_at_nonprofit, needs_transfers, qualified, to_migrate};
use carryover_domain::facts::{Assignments, Facts, Holder, Hope, Profile, Relationship, Resellers, Standing, Via};
use carryover_domain::finding::Finding;
use carryover_domain::ids::{LineId, PartnerId, SkuId, TenantId};
use carryover_domain::offer::{Offer, OfferId};
use carryover_domain::plan::price::approved_hopes;
use carryover_domain::plan::{may_be_planned, needs_own};
use carryover_domain::portfolio::{SourceLine, Target};
use carryover_domain::product::matching::candidates;
use carryover_ports::{Market, Observed, Read, Refusal, TiedPartner, Unavailable};
use std::collections::{BTreeMap, BTreeSet};

/// Licences and catalogue items whose offers are looked for.
type Wanted = (BTreeSet<SkuId>, BTreeSet<OfferId>);

/// What is decided upon the facts.
#[derive(Debug, Clone, Copy)]
enum Use {
    /// What people see. Another look comes before anything is bought.
    People,
    /// A purchase. What would make it a second one is waited for.
    Purchase,
}

impl Engine {
    /// Everything that can be read about the customer now. The tenant is read only where there is a relationship, and its
    /// absence is a fact when it may not be read.
    pub(crate) async fn gather(&self, migration: &Migration) -> Result<Facts, Unavailable> {
        let standing = self.standing(migration).await?;
        self.gather_upon(migration, Use::People, wanted(migration), standing, None).await
    }

    /// Whether we may sell, for people who look: who was not ours when looked at last is found in what one read tells of all.
    async fn standing(&self, migration: &Migration) -> Read<Standing> {
        let was_ours = migration.standing.as_ref().is_some_and(|seen| seen.relationship == Relationship::Reseller);
        let (commerce, tenant) = (&self.outside.commerce, migration.customer.tenant);
        if was_ours { commerce.standing(tenant).await } else { commerce.standing_of_invited(tenant).await }
    }

    async fn gather_upon(
        &self,
        migration: &Migration,
        used_for: Use,
        wanted: Wanted,
        standing: Observed<Standing>,
        profile: Option<Observed<Profile>>,
    ) -> Result<Facts, Unavailable> {
        let tenant = migration.customer.tenant;
        let related = is_related(&standing);
        let offers = self.offers(migration, wanted, profile.as_ref().map(|seen| &seen.value)).await?;
        let tenancy = if related { where_allowed(self.outside.directory.tenancy(tenant).await)? } else { None };
        let seen = tenancy.as_ref().map(|seen| &seen.value);
        let own = if related && needs_own(migration, &self.policy, self.outside.partner.tenant, seen) {
            Some(self.outside.commerce.own_subscriptions(tenant).await?)
        } else {
            None
        };
        let transfers = if related && needs_transfers(migration) {
            where_told(self.outside.customers.handovers(tenant).await)?.map(|seen| seen.value).unwrap_or_default()
        } else {
            Vec::new()
        };
        let mut conversions = Vec::new();
        if related {
            for legacy in to_migrate(migration, seen) {
                let read = self.outside.customers.migrations(&legacy).await;
                // Bought beside a migration that is under way, it would be there twice: no answer is not the answer that there is none.
                let known = match used_for {
                    Use::People => where_known(read)?,
                    Use::Purchase => Some(read?),
                };
                conversions.extend(known.map(|seen| seen.value).unwrap_or_default());
            }
        }
        Ok(Facts {
            partner: self.outside.partner,
            standing,
            offers,
            tenancy,
            profile,
            access: None,
            own,
            transfers,
            conversions,
            resellers: if related { self.resellers(migration).await? } else { None },
            eligible: BTreeMap::new(),
            assignments: BTreeMap::new(),
            products: self.outside.products.clone(),
        })
    }

    /// Whom purchases for the customer may name, where we are an indirect provider: who is tied to it, and whether the service takes
    /// them, or the one that the settings name. A passing fault is waited for: it would stop a line for a person who can do nothing.
    async fn resellers(&self, migration: &Migration) -> Result<Option<Observed<Resellers>>, Unavailable> {
        let (Some(port), tenant) = (&self.outside.resellers, migration.customer.tenant) else { return Ok(None) };
        let Some(Observed { value: partners, at }) = where_known(port.resellers_of(tenant).await)? else {
            return Ok(None);
        };
        let id = |partner: TiedPartner| Some((PartnerId::try_new(&partner.partner_id?).ok()?, partner.name));
        let mut seen = Resellers {
            tied: partners.into_iter().filter(|partner| partner.active).filter_map(id).collect(),
            refused: BTreeMap::new(),
        };
        let asked: BTreeSet<PartnerId> = seen.tied.keys().chain(self.policy.resellers.get(&tenant)).cloned().collect();
        if asked.is_empty() {
            return Ok(Some(Observed { value: seen, at }));
        }
        let names = asked.iter().map(ToString::to_string).collect();
        if let Some(mut answers) = where_known(port.on_record(&names).await)? {
            for id in asked {
                match answers.value.remove(id.as_str()) {
                    Some(None) => {}
                    Some(Some(Refusal { code, detail, .. })) => {
                        drop(seen.refused.insert(id, format!("{detail} ({code})")))
                    }
                    None => drop(seen.refused.insert(id, "it is not known there".to_owned())),
                }
            }
        }
        Ok(Some(Observed { value: seen, at }))
    }

    /// Offers from the country's view, which is shared by all its customers; the customer's own is read when its cart is made.
    async fn offers(
        &self,
        migration: &Migration,
        (skus, items): Wanted,
        profile: Option<&Profile>,
    ) -> Read<Vec<Offer>> {
        let (catalogue, country) = (&self.outside.catalogue, migration.customer.country);
        let mut read = catalogue.offers(Market::Country(country), &skus, &items).await?;
        if looks_at_nonprofit(migration, &qualified(migration, profile)) {
            let more = catalogue.offers(Market::Nonprofit(country), &skus, &items).await?;
            read.at = read.at.min(more.at);
            read.value.extend(more.value);
        }
        Ok(read)
    }

    /// Which promotions the customer gets for `hopes`; nothing where that cannot be asked.
    async fn eligible(
        &self,
        tenant: TenantId,
        hopes: BTreeMap<LineId, Hope>,
    ) -> Result<BTreeMap<LineId, BTreeSet<String>>, Unavailable> {
        if hopes.is_empty() {
            return Ok(BTreeMap::new());
        }
        let (lines, hopes): (Vec<LineId>, Vec<Hope>) = hopes.into_iter().unzip();
        let asked = self.outside.catalogue.promotions_for(tenant, &hopes).await;
        Ok(where_told(asked)?.map(|given| lines.into_iter().zip(given.value).collect()).unwrap_or_default())
    }

    /// What a line is bought upon: everything that can be read, and the profile and our rights again where something was found
    /// in them. What was fine there is not asked again: it changes slowly, and the service refuses what it must.
    pub(crate) async fn look_again(&self, migration: &Migration) -> Result<Facts, Unavailable> {
        let tenant = migration.customer.tenant;
        let standing = self.outside.commerce.standing(tenant).await?;
        let found = |of: fn(&Finding) -> bool| {
            is_related(&standing) && migration.lines.values().any(|line| line.findings.iter().any(of))
        };
        let (of_profile, of_access) = (found(Finding::is_of_profile), found(Finding::is_of_access));
        let profile = if of_profile { Some(self.outside.customers.profile(tenant).await?) } else { None };
        let mut facts = self.gather_upon(migration, Use::Purchase, planned(migration), standing, profile).await?;
        if is_related(&facts.standing) {
            facts.eligible = self.eligible(tenant, approved_hopes(migration, &facts, self.clock.now())).await?;
        }
        if of_access {
            facts.access = Some(self.outside.customers.access(tenant).await?);
        }
        Ok(facts)
    }

    /// What a plan is made upon: everything that can be read, also what changes slowly or takes many calls: the customer's
    /// profile, our rights in its tenant, and how the old licence comes to the users of lines that change it. It is read when
    /// people look, not at every turn.
    pub(crate) async fn survey(&self, migration: &Migration) -> Result<Facts, Unavailable> {
        let tenant = migration.customer.tenant;
        let standing = self.standing(migration).await?;
        let (profile, access) = if is_related(&standing) {
            let customers = &self.outside.customers;
            (where_known(customers.profile(tenant).await)?, where_known(customers.access(tenant).await)?)
        } else {
            (None, None)
        };
        let mut facts = self.gather_upon(migration, Use::People, wanted(migration), standing, profile).await?;
        facts.access = access;
        let runs = |offer: &Offer| !offer.promotions.is_empty();
        if is_related(&facts.standing) && facts.offers.value.iter().any(runs) {
            let hopes = Outlook::of(migration, &facts, &self.policy, self.clock.now()).hopes();
            facts.eligible = self.eligible(tenant, hopes).await?;
        }
        if facts.tenancy.is_none() {
            return Ok(facts);
        }
        for sku in changing(migration, &facts) {
            // Who may not look at users cannot count them.
            let Some(holders) = where_allowed(self.outside.directory.holders(tenant, sku).await)? else { continue };
            let holders = holders.value;
            let count = |what: &dyn Fn(&Holder) -> bool| {
                u32::try_from(holders.iter().filter(|holder| what(holder)).count()).unwrap_or(u32::MAX)
            };
            let counted = Assignments {
                by_group: count(&|holder| holder.via != Via::Direct),
                without_location: count(&|holder| !holder.has_usage_location),
            };
            facts.assignments.insert(sku, counted);
        }
        Ok(facts)
    }
}

fn is_related(standing: &Observed<Standing>) -> bool {
    standing.value.relationship == Relationship::Reseller
}

/// What was read; none where we may not read it.
fn where_allowed<T>(read: Read<T>) -> Result<Option<Observed<T>>, Unavailable> {
    match read {
        Ok(seen) => Ok(Some(seen)),
        Err(Unavailable::Forbidden(_)) => Ok(None),
        Err(failure) => Err(failure),
    }
}

/// What was read; none where it was not, for whatever reason: nothing that is safe without it waits for it.
fn where_told<T>(read: Read<T>) -> Result<Option<Observed<T>>, Unavailable> {
    match read {
        Err(why @ (Unavailable::Unreachable(_) | Unavailable::Throttled { .. })) => {
            tracing::warn!(%why, "looked without it");
            Ok(None)
        }
        read => where_known(read),
    }
}

/// What was read; none where we may not read it or the cloud does not have it, as one without admin relationships.
pub(crate) fn where_known<T>(read: Read<T>) -> Result<Option<Observed<T>>, Unavailable> {
    match read {
        Err(Unavailable::Unreadable(fault)) => {
            tracing::warn!(%fault, "went on without it");
            Ok(None)
        }
        read => where_allowed(read),
    }
}

/// Old licences of lines whose users would change to another one.
fn changing(migration: &Migration, facts: &Facts) -> BTreeSet<SkuId> {
    let sources = migration.lines.values().filter(|line| may_be_planned(&line.stage)).map(|line| &line.source);
    let qualified = qualified(migration, facts.profile.as_ref().map(|seen| &seen.value));
    let chosen = |source: &SourceLine| chosen_offer(source, &facts.offers.value, &qualified);
    let changes = |source: &&SourceLine| chosen(source).is_some_and(|offer| offer.sku != source.sku);
    sources.filter(changes).map(|source| source.sku).collect()
}

/// The catalogue items that were planned, which is all that a purchase is decided upon; what lines without a plan ask for is
/// looked for when they are planned.
fn planned(migration: &Migration) -> Wanted {
    let plans = migration.lines.values().filter_map(|line| line.plan.as_ref());
    (BTreeSet::new(), plans.map(|plan| plan.offer.clone()).collect())
}

/// The licences and catalogue items that the lines ask for, or that may take the place of what is not sold.
fn wanted(migration: &Migration) -> Wanted {
    let (mut skus, mut items) = (BTreeSet::new(), BTreeSet::new());
    for line in migration.lines.values() {
        match &line.source.target {
            Target::Same | Target::Sku(_) => skus.extend(candidates(&line.source)),
            Target::Offer(item) => drop(items.insert(item.clone())),
        }
    }
    (skus, items)
}
