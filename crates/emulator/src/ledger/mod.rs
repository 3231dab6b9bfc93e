//! Microsoft's side as a pure state machine on virtual time.
//!
//! Reads no clock, does no I/O, draws from its own seeded numbers: the same seed and the same calls at the
//! same times give the same answers and the same books. Each customer draws from a stream of its own, so
//! that calls for different customers may interleave in any way.

mod account_view;
pub(crate) mod admins;
pub(crate) mod audit;
pub(crate) mod budgets;
pub(crate) mod calendar;
pub(crate) mod cart_lines;
pub(crate) mod carts;
mod codes;
pub(crate) mod customers;
mod dated;
mod direct_orders;
mod groups;
mod handover_views;
mod install;
pub(crate) mod legacy;
mod legacy_transfers;
pub(crate) mod licences;
pub(crate) mod migrations;
pub(crate) mod mishaps;
pub(crate) mod orders;
mod outside;
pub(crate) mod people;
pub(crate) mod promotions;
mod readings;
mod refusal;
pub(crate) mod renewals;
pub(crate) mod replay;
pub(crate) mod requests;
mod resellers;
mod rights;
mod rules;
mod sandbox;
mod setup;
mod sold_view;
pub(crate) mod subscriptions;
mod switches;
pub(crate) mod tenant;
#[cfg(test)]
mod tests;
pub(crate) mod transfers;
pub(crate) mod transitions;
pub(crate) mod upgrades;
mod views;
pub(crate) mod webhooks;

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use uuid::Uuid;

pub use self::account_view::AccountView;
pub use self::admins::AdminRefusal;
use self::admins::AdminRelationship;
use self::audit::Audit;
use self::budgets::Budgets;
pub use self::cart_lines::{Parent, Wish};
pub use self::carts::{Checkout, GroupError};
use self::codes::Codes;
pub use self::customers::AccountRefusal;
pub use self::dated::{Dated, DatedAction};
pub use self::handover_views::{MigrationView, ScheduleView, TransferView};
pub use self::licences::Grant;
use self::migrations::{Migration, Schedule};
pub use self::migrations::{MigrationRefusal, MigrationWish, When};
pub use self::mishaps::Mishap;
use self::outside::Script;
pub use self::outside::{ActError, Happened};
use self::people::LetterKind;
pub use self::people::{Delivery, Letter, LetterError};
pub use self::readings::{
    AcceptWord, ActionWords, AddressName, BudgetOf, CancelledLine, ConsentConflict, ContractType, DirectOwner,
    EarlyEnd, ExtendedService, FailedEvent, FailedTransfer, GraphCommerceId, GraphLimit, GraphThrottle, InvitationForm,
    LineCodes, MigrationTerm, NewerFaults, NoLicenceError, NotAssignedText, OfferWords, OwnerTypes, Readings,
    RequestIdReuse, RequestIds, ScheduleWords, SeekEnd, Shortfall, SignIn, StrangerRead, SuspendedEnd, Together,
    TotalCount, VettingDate, WithoutReseller, WrongTokenKind,
};
pub use self::refusal::{CatalogueKind, LicenceRefusal, Refusal, SeedError, TimeError};
pub use self::renewals::{ChangeRefusal, EndChoice, NextTerm};
use self::replay::Replays;
use self::requests::UserRequests;
pub use self::resellers::ResellerRefusal;
pub use self::rules::{Minutes, Rules, SecondCheckout};
pub use self::sold_view::SoldView;
pub use self::subscriptions::Patch;
pub use self::switches::{SWITCHES, Switch, SwitchError};
use self::tenant::{Agreement, Confirmation, Standing, Tenant};
use self::transfers::Transfer;
pub use self::transfers::{TransferRefusal, TransferWish};
pub use self::views::{
    CartView, CustomerView, HeldView, LicenceView, OfferView, OrderView, OwnView, PoolView, TenantView, UserView,
};
use self::webhooks::Webhooks;
pub use self::webhooks::{EVENTS, WebhookRefusal};
use crate::books::{Books, HttpTally};
use crate::catalogue::Catalogue;
use crate::ids::{SkuId, SubscriptionId, TenantId};
use crate::seed::{Right, Seed};

/// Days after the seed's start at which the calendar ends: twenty years, more than six of the longest terms.
const LAST_DAY: u32 = 20 * 366;

/// Everything Microsoft knows.
#[derive(Debug, Clone)]
pub struct Ledger {
    now: Timestamp,
    seed: Seed,
    rules: Rules,
    pub(crate) catalogue: Catalogue,
    tenants: BTreeMap<TenantId, Tenant>,
    /// What will happen by itself, in order of time and then of scheduling.
    due: BTreeMap<(Timestamp, u64), Happening>,
    scheduled: u64,
    /// What the application and its user may do now.
    rights: BTreeSet<Right>,
    admins: BTreeMap<Uuid, AdminRelationship>,
    migrations: BTreeMap<Uuid, Migration>,
    schedules: BTreeMap<Uuid, Schedule>,
    transfers: BTreeMap<Uuid, Transfer>,
    webhooks: Webhooks,
    audit: Audit,
    user_requests: UserRequests,
    budgets: Budgets,
    codes: Codes,
    pub(crate) replays: Replays,
    pub(crate) http: HttpTally,
    /// What befalls the request under way.
    mishap: Mishap,
    script: Script,
}

/// Something that happens without a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Happening {
    Accepts(TenantId),
    Signs(TenantId),
    StopsRenewal(TenantId, SubscriptionId),
    SeatsArrive(TenantId, SubscriptionId),
    Step(TenantId, SubscriptionId),
    /// Something that is scheduled for a date in the middle of a term.
    OnItsDate(TenantId, SubscriptionId),
    /// The act of that number in the script.
    Act(u64),
    Migrated(Uuid),
    MigrationDue(Uuid),
    GivenUp(Uuid),
    ApprovesAdmin(TenantId, Uuid),
    AdminEnds(Uuid),
}

impl Ledger {
    /// Virtual time.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// The seed this world grew from.
    #[must_use]
    pub fn seed(&self) -> &Seed {
        &self.seed
    }

    /// The rules it runs under.
    #[must_use]
    pub fn rules(&self) -> &Rules {
        &self.rules
    }

    /// Moves time on, and lets everything happen that was due until then, in order.
    pub fn advance_to(&mut self, wanted: Timestamp) -> Result<(), TimeError> {
        if wanted < self.now {
            return Err(TimeError::Backwards { now: self.now, wanted });
        }
        let last = calendar::days(self.seed.start, LAST_DAY);
        if wanted > last {
            return Err(TimeError::TooFar { last, wanted });
        }
        // Every happening is later than its cause, renewals by a month at least, so this ends.
        while let Some(((at, _), happening)) = self.next_due(wanted) {
            self.now = at;
            self.happen(happening, at);
        }
        self.now = wanted;
        Ok(())
    }

    /// What a cart line must name to buy `sku` at this moment; `None` where it is not sold.
    #[must_use]
    pub fn catalog_item(&self, sku: SkuId) -> Option<String> {
        self.catalogue.offer(sku).map(|offer| offer.item(self.now))
    }

    /// The books as of now.
    #[must_use]
    pub fn books(&self) -> Books {
        Books::draw_up(self.now, self.tenants.values(), &self.http, self.replays.misused())
    }

    /// Records a partner's statement that the customer agreement was accepted.
    pub(crate) fn confirm_agreement(&mut self, tenant: TenantId, confirmation: Confirmation) -> Result<(), Refusal> {
        if confirmation.agreed_at > self.now {
            return Err(Refusal::InvalidArgument("dateAgreed lies in the future".to_owned()));
        }
        self.reseller(tenant)?;
        let Some(customer) = self.tenants.get_mut(&tenant) else {
            return Err(Refusal::NoRelationship(tenant));
        };
        if customer.confirmations.contains(&confirmation) {
            return Err(Refusal::AgreementKnown);
        }
        customer.confirmations.push(confirmation);
        customer.agreement.get_or_insert(Agreement::Confirmed);
        Ok(())
    }

    /// Everybody, by tenant id.
    pub(crate) fn customers(&self) -> impl Iterator<Item = &Tenant> {
        self.tenants.values()
    }

    /// A customer that accepted us.
    pub(crate) fn reseller(&self, tenant: TenantId) -> Result<&Tenant, Refusal> {
        self.tenants.get(&tenant).filter(|customer| customer.is_reseller()).ok_or(Refusal::NoRelationship(tenant))
    }

    /// A customer whose acceptance has spread, so that orders are taken.
    fn orderable(&self, tenant: TenantId) -> Result<&Tenant, Refusal> {
        let customer = self.reseller(tenant)?;
        match customer.standing {
            Standing::Reseller { orderable_at, .. } if orderable_at <= self.now => Ok(customer),
            _ => Err(Refusal::NoRelationship(tenant)),
        }
    }

    fn next_due(&mut self, until: Timestamp) -> Option<((Timestamp, u64), Happening)> {
        let entry = self.due.first_entry()?;
        (entry.key().0 <= until).then(|| entry.remove_entry())
    }

    fn happen(&mut self, happening: Happening, at: Timestamp) {
        match happening {
            Happening::Accepts(tenant) => self.accepts(tenant, at),
            Happening::Signs(tenant) => self.signs(tenant, at),
            Happening::StopsRenewal(tenant, id) => self.stops_renewal(tenant, id),
            Happening::SeatsArrive(tenant, id) => self.seats_arrive(tenant, id, at),
            Happening::Step(tenant, id) => self.step(tenant, id, at),
            Happening::OnItsDate(tenant, id) => self.on_its_date(tenant, id),
            Happening::Act(number) => self.act_by_script(number),
            Happening::Migrated(id) => self.finish_migration(id, at),
            Happening::MigrationDue(id) => self.migration_due(id),
            Happening::GivenUp(id) => self.given_up(id),
            Happening::ApprovesAdmin(tenant, id) => self.approves_admin(tenant, id),
            Happening::AdminEnds(id) => self.admin_ends(id, at),
        }
    }

    fn schedule(&mut self, at: Timestamp, happening: Happening) {
        self.scheduled += 1;
        self.due.insert((at, self.scheduled), happening);
    }

    fn draw_minutes(&mut self, tenant: TenantId, range: Minutes) -> Timestamp {
        self.draw_minutes_from(tenant, range, self.now)
    }

    fn draw_minutes_from(&mut self, tenant: TenantId, range: Minutes, from: Timestamp) -> Timestamp {
        let drawn = match self.tenants.get_mut(&tenant) {
            Some(customer) => customer.prng.between(range.min, range.max.max(range.min)),
            None => range.max,
        };
        calendar::minutes(from, drawn)
    }
}
