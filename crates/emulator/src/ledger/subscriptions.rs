//! Subscriptions of every channel: their terms, their decay, and what a partner may change.
//!
//! A subscription's next step is the only thing scheduled for it; a step that no longer fits is ignored.

use jiff::Timestamp;
use jiff::civil::Date;
use rust_decimal::Decimal;

use super::orders::{LineExtra, Order, OrderLine, Transaction};
use super::renewals::{ChangeRefusal, EndChoice, MOST_UPDATES, NextTerm, Renewal};
use super::tenant::Tenant;
use super::{Dated, ExtendedService, Happening, Ledger, Readings, Refusal, SuspendedEnd, calendar};
use crate::ids::{OrderId, SkuId, SubscriptionId, TenantId};
use crate::prng;
use crate::seed::{Billing, Program, Term};

/// Any subscription of a tenant.
#[derive(Debug, Clone)]
pub(crate) struct Subscription {
    pub(crate) id: SubscriptionId,
    pub(crate) channel: Channel,
    pub(crate) sku: SkuId,
    pub(crate) part_number: String,
    pub(crate) name: String,
    pub(crate) friendly_name: Option<String>,
    /// Seats paid for.
    pub(crate) seats: u32,
    /// Seats that have arrived in the tenant.
    pub(crate) units: u32,
    pub(crate) state: State,
    pub(crate) created: Timestamp,
    pub(crate) term_start: Timestamp,
    /// End of the term: the midnight after its last day.
    pub(crate) ends: Timestamp,
    /// When the state changes next, unless somebody acts; `None` at the end of its life.
    pub(crate) next_step: Option<Timestamp>,
    pub(crate) auto_renew: bool,
    pub(crate) term: Term,
    pub(crate) billing: Billing,
    /// The partner's tenant that sold it; `None` for direct and volume programs.
    pub(crate) owner: Option<TenantId>,
    /// Counts changes; the etag follows from it.
    pub(crate) version: u32,
    /// What it was before its latest change, and until when reads still show that.
    pub(crate) before: Option<(Timestamp, Box<Subscription>)>,
}

/// How it was bought.
#[derive(Debug, Clone)]
pub(crate) enum Channel {
    /// Under an old program, or from another partner.
    Old(Program),
    /// From us, in new commerce.
    Bought(Bought),
}

/// What only our own new-commerce subscriptions have.
#[derive(Debug, Clone)]
pub(crate) struct Bought {
    pub(crate) item: String,
    pub(crate) order: OrderId,
    pub(crate) price: Decimal,
    pub(crate) currency: &'static str,
    /// When the commerce system starts to name it.
    pub(crate) named_at: Timestamp,
    pub(crate) active_at: Timestamp,
    /// When provisioning is reported as done.
    pub(crate) provisioned_at: Timestamp,
    pub(crate) cancellable_until: Timestamp,
    /// Seats that can still be given back, each with its own end of the window.
    pub(crate) returnable: Vec<(u32, Timestamp)>,
    pub(crate) extra: Box<Extra>,
}

/// Days after the end of a term that it was suspended at, before the days of a disabled subscription.
const SUSPENDED_END_DAYS: u32 = 30;

/// What few subscriptions have.
#[derive(Debug, Clone, Default)]
pub(crate) struct Extra {
    /// The legacy subscription it was made from.
    pub(crate) migrated_from: Option<SubscriptionId>,
    /// The base of an add-on.
    pub(crate) parent: Option<SubscriptionId>,
    /// The reseller of record.
    pub(crate) partner_id: Option<String>,
    /// Applied when it was bought.
    pub(crate) promotion: Option<String>,
    pub(crate) renewal: Renewal,
    /// Until when it is called expired though nobody works with it, because its term ended while it was suspended.
    pub(crate) expired_until: Timestamp,
    /// Whether its provisioning is called failed until it is done.
    pub(crate) provisioning_fails: bool,
}

/// The state of a subscription, in Graph's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    /// Paid and serving.
    Enabled,
    /// Over, in a free grace that still serves. The books do not count on it.
    Warning,
    /// Users are shut out.
    Suspended,
    /// Cancelled.
    LockedOut,
    /// Gone.
    Deleted,
}

impl State {
    pub(crate) fn word(self) -> &'static str {
        match self {
            State::Enabled => "Enabled",
            State::Warning => "Warning",
            State::Suspended => "Suspended",
            State::LockedOut => "LockedOut",
            State::Deleted => "Deleted",
        }
    }
}

impl Subscription {
    /// Whether this partner's commerce calls may see it.
    pub(crate) fn is_ours(&self, partner: TenantId) -> bool {
        match self.channel {
            Channel::Bought(_) => true,
            Channel::Old(Program::LegacyCsp) => self.owner.is_none_or(|owner| owner == partner),
            // Most trials are begun by the customer's own people.
            Channel::Old(Program::Trial) => self.owner == Some(partner),
            Channel::Old(_) => false,
        }
    }

    /// Whether commerce calls name it yet.
    pub(crate) fn is_named(&self, now: Timestamp) -> bool {
        match &self.channel {
            Channel::Bought(bought) => bought.named_at <= now,
            Channel::Old(_) => true,
        }
    }

    /// Partner Center's word for the state.
    pub(crate) fn commerce_status(&self, now: Timestamp) -> &'static str {
        if let Channel::Bought(bought) = &self.channel
            && now < bought.active_at
        {
            return "pending";
        }
        match self.state {
            State::Enabled => "active",
            State::Warning => "expired",
            State::Suspended if now < self.ends => "suspended",
            State::Suspended if self.bought().is_some_and(|bought| bought.extra.expired_until > now) => "expired",
            State::Suspended => "disabled",
            State::LockedOut | State::Deleted => "deleted",
        }
    }

    /// Opaque, and different after every change.
    pub(crate) fn etag(&self) -> String {
        format!("{:016x}", prng::hash(u64::from(self.version), self.id.0.as_bytes()))
    }

    /// Last day of the current term.
    pub(crate) fn last_day(&self) -> Date {
        calendar::day(self.ends).saturating_sub(jiff::Span::new().days(1))
    }

    /// Last day that the bill covers in which `today` is, or the first one that comes.
    pub(crate) fn billed_until(&self, today: Date) -> Date {
        let last = self.last_day();
        let starts = calendar::day(self.term_start);
        let mut cycles = (1..).map(|nth| calendar::last_day_of_months(starts, nth * self.billing.months()));
        cycles.find(|end| *end >= today || *end >= last).map_or(last, |end| end.min(last))
    }

    /// Until when the whole subscription may be cancelled, if it still may.
    pub(crate) fn cancellable_until(&self, now: Timestamp) -> Option<Timestamp> {
        match &self.channel {
            Channel::Bought(bought) if self.state == State::Enabled => {
                Some(bought.cancellable_until).filter(|until| now < *until)
            }
            _ => None,
        }
    }

    /// What follows the end of a term that is not renewed (rules R38, R40, R42, R45): grace and shut-out,
    /// in days.
    fn decay_days(&self, policy: Option<ExtendedService>) -> (u32, u32) {
        match self.channel {
            // Free grace was for those whom the extended service term does not cover (rule R41).
            Channel::Bought(_) if !self.covered(policy) => (30, 90),
            Channel::Old(Program::Ea | Program::Mpsa) => (90, 60),
            Channel::Bought(_) | Channel::Old(Program::LegacyCsp | Program::NceOtherPartner) => (0, 90),
            Channel::Old(_) => (30, 90),
        }
    }

    /// Takes the step due at `at`. True when the term was renewed: the next one begins where it ended, however late that is done.
    fn step(&mut self, at: Timestamp, readings: &Readings) -> bool {
        let policy = readings.extended_service;
        let (grace, shut_out) = self.decay_days(policy);
        self.version += 1;
        match self.state {
            State::Enabled if self.auto_renew => {
                let custom = self.next_term_end();
                let begins = self.ends.min(at);
                self.term_start = begins;
                let last = custom.map_or_else(|| calendar::last_day(calendar::day(begins), self.term), calendar::day);
                self.ends = calendar::end_after(last);
                self.next_step = Some(self.ends);
                let window = calendar::hours(at, readings.window_hours);
                if let Channel::Bought(bought) = &mut self.channel {
                    bought.cancellable_until = window;
                    bought.returnable = vec![(self.seats, window)];
                }
                return true;
            }
            State::Enabled if self.extends(policy) => {
                self.extend(self.ends.min(at));
                return true;
            }
            State::Enabled if grace > 0 => {
                self.state = State::Warning;
                self.next_step = Some(calendar::days(at, grace));
            }
            State::Enabled | State::Warning => {
                self.state = State::Suspended;
                self.next_step = Some(calendar::days(at, shut_out));
            }
            // Its term ended while it was suspended: whatever it is called then, nobody works with it (fact sheet 15.7, 25).
            State::Suspended if at == self.ends && self.bought().is_some() => {
                let over = calendar::days(at, SUSPENDED_END_DAYS);
                self.next_step = Some(calendar::days(over, shut_out));
                if let (SuspendedEnd::Expired, Channel::Bought(bought)) = (readings.suspended_end, &mut self.channel) {
                    bought.extra.expired_until = over;
                }
            }
            State::Suspended | State::LockedOut => {
                self.state = State::Deleted;
                self.next_step = None;
            }
            State::Deleted => self.next_step = None,
        }
        false
    }
}

/// A change to a subscription: its full resource with fields changed (fact sheet 15.3).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Patch {
    /// The etag that was read; empty or absent is accepted.
    pub etag: Option<String>,
    /// Wanted status; absent keeps the present one.
    pub status: Option<String>,
    /// Wanted number of seats; absent is an invalid body.
    pub quantity: Option<u32>,
    /// Whether it shall renew. **Absent means no**: left-out fields take their defaults.
    pub auto_renew: Option<bool>,
    /// Nickname; absent keeps the present one.
    pub friendly_name: Option<String>,
    /// Reseller of record; absent or empty keeps the present one.
    pub partner_id: Option<String>,
    /// Wanted billing cycle; absent keeps the present one.
    pub billing_cycle: Option<String>,
    /// What the next term is to be; absent takes back what was scheduled.
    pub next_term: Option<NextTerm>,
    /// What is to happen at the end of the term; absent leaves it to the renewal flag.
    pub end_choice: Option<EndChoice>,
    /// Whether the next term is scheduled as a transition to another product.
    pub transition: bool,
    /// What is to happen on dates before the end; what is left out is taken back.
    pub dated: Vec<Dated>,
}

impl Ledger {
    /// Subscriptions that this partner sold and that are named by now.
    pub(crate) fn subscriptions(&self, tenant: TenantId) -> Result<impl Iterator<Item = &Subscription>, Refusal> {
        let now = self.now;
        let partner = self.seed.partner.tenant_id;
        let customer = self.reseller(tenant)?;
        Ok(customer
            .subscriptions
            .values()
            .filter(move |held| held.is_ours(partner) && held.is_named(now))
            .map(move |held| held.seen(now)))
    }

    /// One of them.
    pub(crate) fn subscription(&self, tenant: TenantId, id: SubscriptionId) -> Result<&Subscription, Refusal> {
        self.reseller(tenant)?
            .subscriptions
            .get(&id)
            .filter(|held| held.is_ours(self.seed.partner.tenant_id) && held.is_named(self.now))
            .map(|held| held.seen(self.now))
            .ok_or(Refusal::SubscriptionNotFound(id))
    }

    pub(super) fn change_subscription(
        &mut self,
        tenant: TenantId,
        id: SubscriptionId,
        patch: &Patch,
    ) -> Result<(), Refusal> {
        let now = self.now;
        let present = self.subscription(tenant, id)?.clone();
        let fresh = present.etag();
        if patch.etag.as_deref().is_some_and(|etag| !etag.is_empty() && etag != fresh) {
            return Err(Refusal::StaleEtag);
        }
        let status = present.commerce_status(now);
        if status == "pending" {
            return Err(Refusal::NotReady);
        }
        self.term_is_over(&present)?;
        if present.version > MOST_UPDATES {
            return Err(ChangeRefusal::TooOften.into());
        }
        if matches!(present.state, State::LockedOut | State::Deleted) {
            return Err(Refusal::Deleted);
        }
        let quantity = patch.quantity.ok_or_else(|| Refusal::InvalidProperty("quantity".to_owned()))?;
        let wanted = patch.status.as_deref().unwrap_or(status).to_ascii_lowercase();
        if wanted != status {
            self.patch_status(tenant, &present, &wanted)?;
        } else if quantity != present.seats {
            self.patch_quantity(tenant, &present, quantity)?;
        } else if present.state == State::Enabled {
            return self.patch_renewal(tenant, &present, patch);
        } else {
            return Err(Refusal::Suspended);
        }
        self.renews_as_sent(tenant, id, patch)
    }

    /// Every change is the whole resource: what it leaves out of the renewal is no (fact sheet 15.3).
    fn renews_as_sent(&mut self, tenant: TenantId, id: SubscriptionId, patch: &Patch) -> Result<(), Refusal> {
        let renew = patch.auto_renew.unwrap_or(false);
        let held = self.held(tenant, id)?;
        if held.state != State::Enabled || held.auto_renew == renew {
            return Ok(());
        }
        held.auto_renew = renew;
        if !renew {
            self.note_asked(tenant, id);
        }
        Ok(())
    }

    fn patch_status(&mut self, tenant: TenantId, present: &Subscription, wanted: &str) -> Result<(), Refusal> {
        let now = self.now;
        let (state, next) = match (present.state, wanted) {
            (State::Enabled, "deleted") => {
                if present.cancellable_until(now).is_none() {
                    return Err(Refusal::CancellationWindowPassed);
                }
                (State::LockedOut, calendar::days(now, 90))
            }
            // Billing goes on, users are shut out, and the renewal is off (rule R37).
            (State::Enabled, "suspended") if present.bought().is_some() => (State::Suspended, present.ends),
            // Under the old generation billing stops, and it is gone after 90 days or with its term (fact sheet 15.7).
            (State::Enabled, "suspended") => (State::Suspended, calendar::days(now, 90).min(present.ends)),
            (State::Suspended, "active") if now < present.ends => (State::Enabled, present.ends),
            _ => return Err(Refusal::StatusNotAllowed(wanted.to_owned())),
        };
        if state != State::Enabled {
            self.note_asked(tenant, present.id);
        }
        let held = self.held(tenant, present.id)?;
        held.wipe_scheduled();
        held.state = state;
        held.auto_renew &= state == State::Enabled;
        held.next_step = Some(next);
        held.version += 1;
        self.schedule(next, Happening::Step(tenant, present.id));
        if let Some(customer) = self.tenants.get_mut(&tenant) {
            if state != State::Enabled {
                customer.diary.ended(present.id, now);
            }
            customer.settle(now);
        }
        Ok(())
    }

    /// Cancels a subscription that can be cancelled.
    pub(super) fn cancel_now(&mut self, tenant: TenantId, id: SubscriptionId) {
        let Ok(present) = self.held(tenant, id).map(|held| held.clone()) else { return };
        // It was looked at before: nothing stands in the way.
        let _cancelled = self.patch_status(tenant, &present, "deleted");
        self.tell_subscription(tenant, id);
    }

    fn patch_quantity(&mut self, tenant: TenantId, present: &Subscription, wanted: u32) -> Result<(), Refusal> {
        let now = self.now;
        if present.state != State::Enabled {
            return Err(match present.channel {
                Channel::Bought(_) => Refusal::Suspended,
                Channel::Old(_) => ChangeRefusal::SeatsWhileSuspended.into(),
            });
        }
        if wanted == 0 {
            return Err(Refusal::QuantityOutOfRange);
        }
        let window = calendar::hours(now, self.rules.readings.window_hours);
        let transaction = if wanted > present.seats {
            let more = wanted - present.seats;
            self.room(tenant, present.sku, more)?;
            self.sandbox_holds(wanted)?;
            let held = self.held(tenant, present.id)?;
            if let Channel::Bought(bought) = &mut held.channel {
                bought.returnable.push((more, window));
            }
            held.wipe_scheduled();
            held.seats = wanted;
            held.version += 1;
            let wait = self.rules.seats_seen;
            let arrives = self.draw_minutes(tenant, wait);
            self.schedule(arrives, Happening::SeatsArrive(tenant, present.id));
            Transaction::AddQuantity(more)
        } else {
            let fewer = present.seats - wanted;
            let held = self.held(tenant, present.id)?;
            if let Channel::Bought(bought) = &mut held.channel {
                give_back(&mut bought.returnable, fewer, now)?;
            }
            held.wipe_scheduled();
            held.seats = wanted;
            held.units = held.units.min(wanted);
            held.version += 1;
            Transaction::RemoveQuantity(fewer)
        };
        self.book_change(tenant, present, transaction);
        if let Some(customer) = self.tenants.get_mut(&tenant) {
            customer.settle(now);
        }
        Ok(())
    }

    /// Writes the system's own order about a change of a new-commerce subscription.
    fn book_change(&mut self, tenant: TenantId, of: &Subscription, transaction: Transaction) {
        let now = self.now;
        let Some(customer) = self.tenants.get_mut(&tenant) else { return };
        let Channel::Bought(bought) = &of.channel else { return };
        let id = customer.new_order_id();
        let quantity = match transaction {
            Transaction::AddQuantity(seats) | Transaction::RemoveQuantity(seats) => seats,
            Transaction::New | Transaction::Renew => of.seats,
        };
        let order = Order {
            id: id.clone(),
            created: now,
            seen_at: now,
            by_system: matches!(transaction, Transaction::Renew),
            cancelled: false,
            billing: of.billing,
            currency: bought.currency,
            lines: vec![OrderLine {
                number: 0,
                item: bought.item.clone(),
                quantity,
                term: of.term,
                subscription: of.id,
                named_at: now,
                transaction,
                friendly_name: of.friendly_name.clone(),
                price: bought.price,
                custom_term_end: None,
                extra: LineExtra::default(),
            }],
        };
        customer.orders.insert(id, order);
    }

    /// A subscription's state changes by itself.
    pub(super) fn step(&mut self, tenant: TenantId, id: SubscriptionId, at: Timestamp) {
        let readings = self.rules.readings;
        if self.puts_off_renewal(tenant, id, at) {
            return;
        }
        self.apply_next_term(tenant, id);
        let Some(customer) = self.tenants.get_mut(&tenant) else { return };
        let Some(held) = customer.subscriptions.get_mut(&id) else { return };
        if held.next_step != Some(at) {
            return;
        }
        let was_enabled = held.state == State::Enabled;
        let renewed = held.step(at, &readings);
        let next = held.next_step;
        self.price_extension(tenant, id);
        let Some(customer) = self.tenants.get_mut(&tenant) else { return };
        let Some(held) = customer.subscriptions.get(&id) else { return };
        let copy = held.clone();
        if renewed {
            customer.diary.renewed(id, at);
        } else if was_enabled {
            customer.diary.ended(id, at);
        }
        customer.settle(at);
        if let Some(next) = next {
            self.schedule(next, Happening::Step(tenant, id));
        }
        if renewed {
            self.book_change(tenant, &copy, Transaction::Renew);
        }
        if matches!(copy.channel, Channel::Bought(_)) {
            self.tell_subscription(tenant, id);
        }
    }

    /// Paid seats show up in the customer's tenant.
    pub(super) fn seats_arrive(&mut self, tenant: TenantId, id: SubscriptionId, at: Timestamp) {
        let Some(customer) = self.tenants.get_mut(&tenant) else { return };
        let Some(held) = customer.subscriptions.get_mut(&id) else { return };
        held.units = held.seats;
        customer.diary.arrived(id, at);
        customer.settle(at);
    }

    pub(super) fn held(&mut self, tenant: TenantId, id: SubscriptionId) -> Result<&mut Subscription, Refusal> {
        self.tenants
            .get_mut(&tenant)
            .and_then(|customer: &mut Tenant| customer.subscriptions.get_mut(&id))
            .ok_or(Refusal::SubscriptionNotFound(id))
    }
}

/// Takes `fewer` seats out of the batches whose window is open, or nothing at all.
fn give_back(batches: &mut Vec<(u32, Timestamp)>, fewer: u32, now: Timestamp) -> Result<(), Refusal> {
    batches.retain(|(_, until)| now < *until);
    let open: u32 = batches.iter().map(|(seats, _)| seats).sum();
    if open < fewer {
        return Err(Refusal::SeatsCannotGoDown);
    }
    let mut left = fewer;
    for (seats, _) in batches.iter_mut().rev() {
        let taken = left.min(*seats);
        *seats -= taken;
        left -= taken;
    }
    batches.retain(|(seats, _)| *seats > 0);
    Ok(())
}
