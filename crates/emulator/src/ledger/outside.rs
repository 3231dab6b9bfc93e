//! What people outside do by themselves: the same acts from a seed, from a script, or from a test.
//!
//! Never touches what the partner sold, and never asks whether an act is wise.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use thiserror::Error;
use uuid::Uuid;

use super::people::LetterKind;
use super::readings::EarlyEnd;
use super::subscriptions::{Channel, State, Subscription};
use super::tenant::{Standing, Tenant};
use super::{Happening, Ledger, calendar};
use crate::ids::{SkuId, SubscriptionId, TenantId, UserId};
use crate::ledger::licences::{Assignment, User};
use crate::seed::{Act, Billing, Program, SeedEvent, SeedLicence, SeedUser, Term};

/// Acts that are to come, and those that were.
#[derive(Debug, Clone, Default)]
pub(crate) struct Script {
    planned: BTreeMap<u64, SeedEvent>,
    numbered: u64,
    happened: Vec<Happened>,
}

/// An act that happened, or could not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Happened {
    /// When.
    pub at: Timestamp,
    /// What.
    pub act: Act,
    /// Why it could not; absent where it did happen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failed: Option<String>,
}

/// An act that cannot happen. Nothing was changed.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ActError {
    /// Nobody lives there.
    #[error("there is no customer {0}")]
    UnknownTenant(TenantId),
    /// The customer has no such subscription, or the partner sold it.
    #[error("{tenant} has no subscription {subscription} that its own people could change")]
    UnknownSubscription {
        /// The customer.
        tenant: TenantId,
        /// The subscription.
        subscription: SubscriptionId,
    },
    /// Nobody of that name.
    #[error("there is no user {0:?}")]
    UnknownUser(String),
    /// Somebody has that name already.
    #[error("there is a user {0:?} already")]
    UserExists(String),
    /// The user holds no such licence directly.
    #[error("the user does not hold {0} directly")]
    NotHeld(SkuId),
    /// All units are in use.
    #[error("no unit of {0} is free")]
    NoFreeUnits(SkuId),
    /// Not in the catalogue.
    #[error("{0} is not on sale")]
    NotOnSale(SkuId),
    /// More than a tenant may hold, or none at all.
    #[error("{wanted} seats of {sku} do not fit; {room} do")]
    Seats {
        /// The product.
        sku: SkuId,
        /// Seats that were asked for.
        wanted: u32,
        /// Seats that fit.
        room: u32,
    },
    /// Not in the future.
    #[error("{at} is over; it is {now}")]
    Over {
        /// The wanted instant.
        at: Timestamp,
        /// Virtual time.
        now: Timestamp,
    },
}

impl Ledger {
    /// Lets somebody do something now.
    ///
    /// # Errors
    /// [`ActError`] where it cannot happen.
    pub fn act(&mut self, act: &Act) -> Result<(), ActError> {
        let result = self.try_act(act);
        let failed = result.as_ref().err().map(ToString::to_string);
        self.script.happened.push(Happened { at: self.now, act: act.clone(), failed });
        result
    }

    /// Lets somebody do something later. Whether it can happen shows when it does.
    ///
    /// # Errors
    /// [`ActError::Over`] and [`ActError::UnknownTenant`].
    pub fn act_later(&mut self, event: SeedEvent) -> Result<(), ActError> {
        if event.at < self.now {
            return Err(ActError::Over { at: event.at, now: self.now });
        }
        let tenant = event.act.tenant();
        if !self.tenants.contains_key(&tenant) {
            return Err(ActError::UnknownTenant(tenant));
        }
        let number = self.script.numbered;
        self.script.numbered += 1;
        self.schedule(event.at, Happening::Act(number));
        self.script.planned.insert(number, event);
        Ok(())
    }

    /// What was done outside so far, and what could not be.
    #[must_use]
    pub fn happened(&self) -> &[Happened] {
        &self.script.happened
    }

    /// What will be done outside, by time.
    #[must_use]
    pub fn planned(&self) -> Vec<SeedEvent> {
        let mut planned: Vec<SeedEvent> = self.script.planned.values().cloned().collect();
        planned.sort_by_key(|event| event.at);
        planned
    }

    pub(super) fn act_by_script(&mut self, number: u64) {
        if let Some(event) = self.script.planned.remove(&number) {
            // The record of what happened says why it could not.
            let _recorded = self.act(&event.act);
        }
    }

    fn try_act(&mut self, act: &Act) -> Result<(), ActError> {
        let (now, tenant) = (self.now, act.tenant());
        if !self.tenants.contains_key(&tenant) {
            return Err(ActError::UnknownTenant(tenant));
        }
        match act {
            Act::Accepts { .. } => self.accepts(tenant, now),
            Act::Signs { .. } => self.signs(tenant, now),
            Act::DismissesPartner { .. } => {
                let customer = self.home(tenant)?;
                customer.standing = Standing::Stranger;
                customer.delegated_admin = false;
                customer.letters.remove(&(LetterKind::Invitation, None));
                self.dismiss_admins(tenant);
            }
            Act::StopsRenewal { subscription, .. } => {
                self.outside(tenant, *subscription)?;
                self.stops_renewal(tenant, *subscription);
            }
            Act::StartsRenewal { subscription, .. } => {
                let held = self.outside(tenant, *subscription)?;
                held.auto_renew = true;
                held.version += 1;
            }
            Act::EndsSubscription { subscription, .. } => self.ends(tenant, *subscription)?,
            Act::UserJoins { upn, usage_location, skus, .. } => {
                self.joins(tenant, upn, usage_location.clone(), skus)?
            }
            Act::UserLeaves { user, .. } => {
                let customer = self.home(tenant)?;
                let id = found(customer, user)?;
                customer.users.remove(&id);
                customer.names.retain(|_, named| *named != id);
                customer.diary.left(id, now);
                customer.settle(now);
            }
            Act::GetsLicence { user, sku, .. } => {
                let customer = self.home(tenant)?;
                let id = found(customer, user)?;
                free(customer, *sku)?;
                if let Some(user) = customer.users.get_mut(&id) {
                    let held = user.licences.entry(*sku);
                    let fresh = || Assignment { direct: None, groups: BTreeMap::new(), since: now };
                    held.or_insert_with(fresh).direct.get_or_insert_default();
                }
                customer.diary.joined(id, *sku);
                customer.settle(now);
            }
            Act::LosesLicence { user, sku, .. } => {
                let customer = self.home(tenant)?;
                let id = found(customer, user)?;
                let user = customer.users.get_mut(&id);
                let held = user.and_then(|user| user.licences.remove(sku)).ok_or(ActError::NotHeld(*sku))?;
                if held.direct.is_none() {
                    if let Some(user) = customer.users.get_mut(&id) {
                        user.licences.insert(*sku, held);
                    }
                    return Err(ActError::NotHeld(*sku));
                }
                customer.diary.released(id, *sku, now);
                customer.settle(now);
            }
            Act::OtherPartnerSells { sku, seats, term, .. } => {
                self.other_partner_sells(tenant, *sku, *seats, term.unwrap_or(Term::P1Y))?;
            }
            Act::ChangesMind { people, .. } => self.home(tenant)?.people = people.clone(),
        }
        Ok(())
    }

    fn home(&mut self, tenant: TenantId) -> Result<&mut Tenant, ActError> {
        self.tenants.get_mut(&tenant).ok_or(ActError::UnknownTenant(tenant))
    }

    /// A subscription that the partner did not sell.
    fn outside(&mut self, tenant: TenantId, subscription: SubscriptionId) -> Result<&mut Subscription, ActError> {
        let held = self.home(tenant)?.subscriptions.get_mut(&subscription);
        held.filter(|held| matches!(held.channel, Channel::Old(_)))
            .ok_or(ActError::UnknownSubscription { tenant, subscription })
    }

    fn ends(&mut self, tenant: TenantId, id: SubscriptionId) -> Result<(), ActError> {
        let now = self.now;
        let (state, days) = match self.rules.readings.early_end {
            EarlyEnd::AtOnce => (State::LockedOut, 90),
            EarlyEnd::ExpiredFirst => (State::Warning, 30),
        };
        let gone = calendar::days(now, days);
        let held = self.outside(tenant, id)?;
        held.state = state;
        held.auto_renew = false;
        held.next_step = Some(gone);
        held.version += 1;
        self.schedule(gone, Happening::Step(tenant, id));
        let customer = self.home(tenant)?;
        customer.diary.ended(id, now);
        customer.settle(now);
        Ok(())
    }

    fn joins(
        &mut self,
        tenant: TenantId,
        upn: &str,
        usage_location: Option<String>,
        skus: &[SkuId],
    ) -> Result<(), ActError> {
        let now = self.now;
        let customer = self.home(tenant)?;
        if customer.names.contains_key(&upn.to_lowercase()) {
            return Err(ActError::UserExists(upn.to_owned()));
        }
        skus.iter().try_for_each(|sku| free(customer, *sku))?;
        let id = UserId(Uuid::new_v5(&tenant.0, format!("{upn} {now}").as_bytes()));
        let licences =
            skus.iter().map(|sku| SeedLicence { sku_id: *sku, disabled_plans: Vec::new(), assigned_by_group: None });
        let usage_location = usage_location.or_else(|| Some(customer.country.clone()));
        let seed = SeedUser { id, upn: upn.to_owned(), usage_location, licences: licences.collect() };
        customer.names.insert(upn.to_lowercase(), id);
        customer.users.insert(id, User::new(&seed, now));
        for sku in skus {
            customer.diary.joined(id, *sku);
        }
        customer.settle(now);
        Ok(())
    }

    fn other_partner_sells(&mut self, tenant: TenantId, sku: SkuId, seats: u32, term: Term) -> Result<(), ActError> {
        let now = self.now;
        let offer = self.catalogue.offer(sku).ok_or(ActError::NotOnSale(sku))?;
        let (name, part_number) = (offer.title.clone(), self.catalogue.part_number(sku).to_owned());
        let cap = self.catalogue.tenant_cap(sku);
        let customer = self.tenants.get_mut(&tenant).ok_or(ActError::UnknownTenant(tenant))?;
        let room = cap.map_or(u32::MAX, |cap| cap.saturating_sub(customer.seats_of(sku)));
        if seats == 0 || seats > room {
            return Err(ActError::Seats { sku, wanted: seats, room });
        }
        let number = self.script.happened.len();
        let id = SubscriptionId(Uuid::new_v5(&tenant.0, format!("sold by another {number}").as_bytes()));
        let ends = calendar::end_after(calendar::last_day(calendar::day(now), term));
        let sold = Subscription {
            id,
            channel: Channel::Old(Program::NceOtherPartner),
            sku,
            part_number,
            name,
            friendly_name: None,
            seats,
            units: seats,
            state: State::Enabled,
            created: now,
            term_start: now,
            ends,
            next_step: Some(ends),
            auto_renew: true,
            term,
            billing: if term == Term::P1M { Billing::Monthly } else { Billing::Annual },
            owner: Some(TenantId(Uuid::new_v5(&Uuid::NAMESPACE_DNS, b"another-partner.example"))),
            version: 1,
            before: None,
        };
        customer.subscriptions.insert(id, sold);
        customer.settle(now);
        self.schedule(ends, Happening::Step(tenant, id));
        Ok(())
    }
}

/// A user by id or principal name.
fn found(customer: &Tenant, user: &str) -> Result<UserId, ActError> {
    let id = user.parse().ok().or_else(|| customer.names.get(&user.to_lowercase()).copied());
    id.filter(|id| customer.users.contains_key(id)).ok_or_else(|| ActError::UnknownUser(user.to_owned()))
}

/// Whether a unit of `sku` is left.
fn free(customer: &Tenant, sku: SkuId) -> Result<(), ActError> {
    let free = customer.pools().get(&sku).map_or(0, super::tenant::Pool::free);
    if free == 0 { Err(ActError::NoFreeUnits(sku)) } else { Ok(()) }
}
