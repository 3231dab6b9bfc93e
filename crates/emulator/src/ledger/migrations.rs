//! Legacy subscriptions of ours that become new-commerce ones, at once or on a date (fact sheet 17).
//!
//! Being not eligible is an answer of its own; only an attempt to migrate anyway is refused.

use jiff::Timestamp;
use thiserror::Error;
use uuid::Uuid;

use super::install::Fresh;
use super::subscriptions::{Channel, Extra, State, Subscription};
use super::{Happening, Ledger, MigrationTerm, Refusal, calendar};
use crate::ids::{OrderId, SubscriptionId, TenantId};
use crate::seed::{Billing, Program, Term};

/// What a caller wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MigrationWish {
    /// The legacy subscription.
    pub source: SubscriptionId,
    /// Length of the new term.
    pub term: Term,
    /// How often a bill comes; as before where nothing is said.
    pub billing: Option<Billing>,
    /// True for a whole new term, false to keep the rest of the old one.
    pub full_term: bool,
    /// Seats; as before where nothing is said.
    pub quantity: Option<u32>,
    /// Last instant of the first term, where it is to end with something else.
    pub custom_end: Option<Timestamp>,
    /// The caller's own mark.
    pub reference: Option<String>,
    /// Add-ons that move with their base.
    pub addons: Vec<MigrationWish>,
}

/// One migration.
#[derive(Debug, Clone)]
pub(crate) struct Migration {
    pub(crate) id: Uuid,
    pub(crate) tenant: TenantId,
    pub(crate) wish: MigrationWish,
    pub(crate) item: String,
    pub(crate) billing: Billing,
    pub(crate) quantity: u32,
    pub(crate) ends: Timestamp,
    pub(crate) started: Timestamp,
    pub(crate) state: Progress,
}

/// How far a migration got.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Progress {
    Processing,
    Completed { at: Timestamp, order: OrderId, bought: SubscriptionId },
    Failed { at: Timestamp },
}

/// A migration that is to start later.
#[derive(Debug, Clone)]
pub(crate) struct Schedule {
    pub(crate) id: Uuid,
    pub(crate) tenant: TenantId,
    pub(crate) wish: MigrationWish,
    pub(crate) when: When,
    pub(crate) created: Timestamp,
    pub(crate) modified: Timestamp,
    pub(crate) state: ScheduleState,
}

/// When a schedule runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// From this instant on.
    At(Timestamp),
    /// When the legacy subscription would renew.
    Renewal,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ScheduleState {
    Created,
    Cancelled,
    Ran(Uuid),
    Failed(MigrationRefusal),
}

/// Why a migration cannot be made: the code of an eligibility answer, and of a refused attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum MigrationRefusal {
    /// It is not active.
    #[error("the subscription is not active")]
    NotActive,
    /// Something is under way already.
    #[error("the subscription is being processed")]
    Processing,
    /// Less than a day to the end of the term.
    #[error("less than 24 hours remain of the term")]
    TooClose,
    /// New commerce does not sell it.
    #[error("there is no new-commerce product for it")]
    NoProduct,
    /// Not offered with that term and billing.
    #[error("the term and the billing cycle are not offered together")]
    TermAndBilling,
    /// It was bought within the last month.
    #[error("the subscription has been active for a month or less")]
    TooYoung,
    /// The custom end lies outside the first term.
    #[error("the custom term end date is not valid")]
    CustomEnd,
    /// Several of these.
    #[error("the subscription cannot be migrated for several reasons")]
    Several,
    /// An add-on stands twice in the request.
    #[error("an add-on occurs twice")]
    AddonTwice,
    /// No migration or schedule has that id.
    #[error("the migration was not found")]
    Unknown,
    /// The schedule has run, or was cancelled.
    #[error("the schedule cannot be changed any more")]
    Over,
}

impl MigrationRefusal {
    pub(super) fn status_and_code(self) -> (u16, u32) {
        match self {
            MigrationRefusal::NotActive => (400, 900_215),
            MigrationRefusal::Processing => (400, 900_216),
            MigrationRefusal::TooClose => (400, 900_217),
            MigrationRefusal::NoProduct => (400, 900_220),
            MigrationRefusal::Several => (400, 900_221),
            MigrationRefusal::TermAndBilling => (400, 900_222),
            MigrationRefusal::TooYoung => (403, 900_226),
            MigrationRefusal::CustomEnd => (400, 900_291),
            MigrationRefusal::AddonTwice => (400, 900_248),
            MigrationRefusal::Unknown => (400, 900_224),
            MigrationRefusal::Over => (400, 900_279),
        }
    }

    /// The code inside an eligibility answer.
    pub fn reason(self) -> u32 {
        match self {
            MigrationRefusal::NotActive => 0,
            MigrationRefusal::Processing => 1,
            MigrationRefusal::TooClose => 2,
            MigrationRefusal::TermAndBilling => 6,
            MigrationRefusal::TooYoung => 7,
            MigrationRefusal::CustomEnd => 11,
            MigrationRefusal::NoProduct
            | MigrationRefusal::Several
            | MigrationRefusal::AddonTwice
            | MigrationRefusal::Unknown
            | MigrationRefusal::Over => 5,
        }
    }
}

impl Ledger {
    /// What stands in the way of a migration; nothing where it may be made. Promotions are not looked at.
    pub fn migration_obstacles(
        &self,
        tenant: TenantId,
        wish: &MigrationWish,
    ) -> Result<Vec<MigrationRefusal>, Refusal> {
        let held = self.subscription(tenant, wish.source)?;
        let mut found = Vec::new();
        if !matches!(held.channel, Channel::Old(Program::LegacyCsp)) || held.state != State::Enabled {
            found.push(MigrationRefusal::NotActive);
            return Ok(found);
        }
        if self.migrating(wish.source) {
            found.push(MigrationRefusal::Processing);
        }
        if held.ends <= calendar::hours(self.now, 24) && !wish.full_term {
            found.push(MigrationRefusal::TooClose);
        }
        if calendar::days(held.created, 31) > self.now {
            found.push(MigrationRefusal::TooYoung);
        }
        match self.catalogue.offer(held.sku) {
            None => found.push(MigrationRefusal::NoProduct),
            Some(offer) if !offer.terms.contains(&(wish.term, wish.billing.unwrap_or(held.billing))) => {
                found.push(MigrationRefusal::TermAndBilling);
            }
            Some(_) => {}
        }
        if wish.custom_end.is_some_and(|end| end <= self.now || end > self.full_term(wish.term)) {
            found.push(MigrationRefusal::CustomEnd);
        }
        Ok(found)
    }

    /// The term of a migration that names none.
    pub(crate) fn migration_term(&self, tenant: TenantId, source: SubscriptionId) -> Term {
        match self.rules.readings.migration_term {
            MigrationTerm::Year => Term::P1Y,
            MigrationTerm::Kept => self.subscription(tenant, source).map_or(Term::P1Y, |held| held.term),
        }
    }

    /// Whether a migration of that subscription is under way.
    pub(super) fn migrating(&self, source: SubscriptionId) -> bool {
        self.migrations.values().any(|other| {
            other.state == Progress::Processing
                && (other.wish.source == source || other.wish.addons.iter().any(|addon| addon.source == source))
        })
    }

    /// Starts a migration of a base and its add-ons.
    pub fn migrate(&mut self, tenant: TenantId, wish: MigrationWish) -> Result<Uuid, Refusal> {
        self.may_order(tenant)?;
        let mut sources = vec![wish.source];
        for addon in &wish.addons {
            if sources.contains(&addon.source) {
                return Err(MigrationRefusal::AddonTwice.into());
            }
            sources.push(addon.source);
        }
        for part in std::iter::once(&wish).chain(&wish.addons) {
            match self.migration_obstacles(tenant, part)?.as_slice() {
                [] => {}
                [one] => return Err((*one).into()),
                _ => return Err(MigrationRefusal::Several.into()),
            }
        }
        self.begin_migration(tenant, wish)
    }

    fn begin_migration(&mut self, tenant: TenantId, wish: MigrationWish) -> Result<Uuid, Refusal> {
        let held = self.subscription(tenant, wish.source)?;
        let offer = self.catalogue.offer(held.sku).ok_or(MigrationRefusal::NoProduct)?;
        let (item, billing) = (offer.item(self.now), wish.billing.unwrap_or(held.billing));
        let quantity = wish.quantity.unwrap_or(held.seats);
        let ends = self.migrated_end(held, &wish);
        let id = self.any_customer(tenant)?.prng.guid();
        let started = self.now;
        self.migrations.insert(
            id,
            Migration { id, tenant, wish, item, billing, quantity, ends, started, state: Progress::Processing },
        );
        let wait = self.rules.migration;
        let at = self.draw_minutes(tenant, wait);
        if at == started {
            self.finish_migration(id, at);
        } else {
            self.schedule(at, Happening::Migrated(id));
        }
        Ok(id)
    }

    fn migrated_end(&self, held: &Subscription, wish: &MigrationWish) -> Timestamp {
        match wish.custom_end {
            Some(end) => calendar::end_after(calendar::day(end)),
            None if wish.full_term || held.ends <= self.now => self.full_term(wish.term),
            None => held.ends,
        }
    }

    /// The service has done its part: the new subscription takes over in the same moment as the old one goes.
    pub(super) fn finish_migration(&mut self, id: Uuid, at: Timestamp) {
        let Some(migration) = self.migrations.get(&id).cloned() else { return };
        let tenant = migration.tenant;
        let mut done = None;
        let parts = std::iter::once(&migration.wish).chain(&migration.wish.addons);
        for (nth, part) in parts.enumerate() {
            let held = self.subscription(tenant, part.source).ok().filter(|held| held.state == State::Enabled);
            let Some(held) = held.cloned() else { break };
            let Some(item) = self.catalog_item(held.sku) else { break };
            let fresh = Fresh {
                made_by: part.source.0,
                item,
                sku: held.sku,
                term: part.term,
                billing: part.billing.unwrap_or(held.billing),
                seats: part.quantity.unwrap_or(held.seats),
                ends: migration.ends,
                friendly_name: held.friendly_name.clone(),
                auto_renew: true,
                window: calendar::hours(at, self.rules.readings.window_hours),
                extra: Extra {
                    migrated_from: Some(part.source),
                    parent: done.as_ref().filter(|_| nth > 0).map(|(_, base)| *base),
                    ..Extra::default()
                },
            };
            let Some(made) = self.install(tenant, fresh) else { break };
            self.take_out(tenant, part.source);
            done.get_or_insert(made);
        }
        let state = match done {
            Some((order, bought)) => Progress::Completed { at, order, bought },
            None => Progress::Failed { at },
        };
        if let Some(migration) = self.migrations.get_mut(&id) {
            migration.state = state;
        }
        if let Some(customer) = self.tenants.get_mut(&tenant) {
            customer.settle(at);
        }
    }

    /// One migration of a customer.
    pub(crate) fn migration(&self, tenant: TenantId, id: Uuid) -> Result<&Migration, Refusal> {
        self.reseller(tenant)?;
        let found = self.migrations.get(&id).filter(|migration| migration.tenant == tenant);
        found.ok_or_else(|| MigrationRefusal::Unknown.into())
    }

    /// All migrations, the oldest first.
    pub(crate) fn migrations(&self) -> Vec<&Migration> {
        let mut all: Vec<&Migration> = self.migrations.values().collect();
        all.sort_by_key(|migration| (migration.started, migration.id));
        all
    }

    /// Puts a migration off.
    pub fn schedule_migration(&mut self, tenant: TenantId, wish: MigrationWish, when: When) -> Result<Uuid, Refusal> {
        self.may_order(tenant)?;
        self.subscription(tenant, wish.source)?;
        let now = self.now;
        let id = self.any_customer(tenant)?.prng.guid();
        let state = ScheduleState::Created;
        self.keep_schedule(Schedule { id, tenant, wish, when, created: now, modified: now, state })?;
        Ok(id)
    }

    /// Changes a schedule that has not run. The subscription stays what it is.
    pub(crate) fn change_schedule(
        &mut self,
        tenant: TenantId,
        id: Uuid,
        wish: MigrationWish,
        when: When,
    ) -> Result<(), Refusal> {
        let present = self.open_schedule(tenant, id)?;
        if present.wish.source != wish.source {
            return Err(Refusal::InvalidProperty("currentSubscriptionId".to_owned()));
        }
        let changed = Schedule { wish, when, modified: self.now, ..present.clone() };
        self.keep_schedule(changed)
    }

    /// Calls a schedule off.
    pub fn cancel_schedule(&mut self, tenant: TenantId, id: Uuid) -> Result<(), Refusal> {
        self.open_schedule(tenant, id)?;
        let now = self.now;
        if let Some(schedule) = self.schedules.get_mut(&id) {
            schedule.state = ScheduleState::Cancelled;
            schedule.modified = now;
        }
        Ok(())
    }

    /// One schedule of a customer.
    pub(crate) fn migration_schedule(&self, tenant: TenantId, id: Uuid) -> Result<&Schedule, Refusal> {
        self.reseller(tenant)?;
        let found = self.schedules.get(&id).filter(|schedule| schedule.tenant == tenant);
        found.ok_or_else(|| MigrationRefusal::Unknown.into())
    }

    /// All schedules, the oldest first.
    pub(crate) fn migration_schedules(&self) -> Vec<&Schedule> {
        let mut all: Vec<&Schedule> = self.schedules.values().collect();
        all.sort_by_key(|schedule| (schedule.created, schedule.id));
        all
    }

    fn open_schedule(&self, tenant: TenantId, id: Uuid) -> Result<&Schedule, Refusal> {
        let schedule = self.migration_schedule(tenant, id)?;
        if schedule.state != ScheduleState::Created {
            return Err(MigrationRefusal::Over.into());
        }
        Ok(schedule)
    }

    /// When a schedule is due: its date, or the last minute before its subscription renews.
    fn due_at(&self, schedule: &Schedule) -> Result<Timestamp, Refusal> {
        match schedule.when {
            When::At(at) if at < self.now => Err(Refusal::InvalidProperty("targetDate".to_owned())),
            When::At(at) => Ok(at),
            When::Renewal => {
                let ends = self.subscription(schedule.tenant, schedule.wish.source)?.ends;
                Ok(ends.checked_sub(jiff::SignedDuration::from_mins(1)).unwrap_or(ends).max(self.now))
            }
        }
    }

    fn keep_schedule(&mut self, schedule: Schedule) -> Result<(), Refusal> {
        let (id, at) = (schedule.id, self.due_at(&schedule)?);
        self.schedules.insert(id, schedule);
        self.schedule(at, Happening::MigrationDue(id));
        Ok(())
    }

    /// A schedule's time has come, unless it was moved or called off meanwhile.
    pub(super) fn migration_due(&mut self, id: Uuid) {
        let Some(schedule) = self.schedules.get(&id).cloned() else { return };
        let due = self.due_at(&schedule).is_ok_and(|at| at <= self.now);
        if schedule.state != ScheduleState::Created || !due {
            return;
        }
        let wish = MigrationWish {
            full_term: schedule.wish.full_term || schedule.when == When::Renewal,
            ..schedule.wish.clone()
        };
        let state = match self.migrate(schedule.tenant, wish) {
            Ok(migration) => ScheduleState::Ran(migration),
            Err(Refusal::Migration(refusal)) => ScheduleState::Failed(refusal),
            Err(_) => ScheduleState::Failed(MigrationRefusal::NotActive),
        };
        if let Some(schedule) = self.schedules.get_mut(&id) {
            schedule.state = state;
        }
    }
}
