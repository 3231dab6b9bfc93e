//! What becomes of a subscription at the end of its term, and what was scheduled for then (fact sheet 15.5, 15.6).
//!
//! Any change in the middle of a term takes back what was scheduled.

use jiff::Timestamp;
use rust_decimal::Decimal;
use thiserror::Error;

use super::subscriptions::{Bought, Channel, Patch, State, Subscription};
use super::{CatalogueKind, Dated, ExtendedService, Happening, Ledger, Refusal, calendar};
use crate::ids::{SubscriptionId, TenantId};
use crate::seed::{Billing, Term};

/// Changes that one subscription takes (rule R67).
pub(super) const MOST_UPDATES: u32 = 1200;
/// Hours after the end of a term in which its renewal is carried out at the latest (fact sheet 15.5).
const LATEST_RENEWAL: u32 = 24;
/// Minutes for which reads show what a subscription was before a change that was accepted for later.
const SHOWN_AFTER_MINUTES: u32 = 2;

/// What a subscription is to be in its next term.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NextTerm {
    /// Product id.
    pub product: String,
    /// SKU id.
    pub sku: String,
    /// Availability id, as it was read.
    pub availability: Option<String>,
    /// How often a bill comes.
    pub billing: Billing,
    /// Length of the term.
    pub term: Term,
    /// A promotion to apply.
    pub promotion: Option<String>,
    /// Seats.
    pub quantity: u32,
    /// Last day of the term, where it is to end early.
    pub custom_end: Option<Timestamp>,
}

/// What is to happen at the end of the term.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EndChoice {
    /// Another term.
    Renew,
    /// The end: users lose access at once.
    Cancel,
    /// A paid extension from month to month.
    Extend,
}

/// The end of a term, as it was chosen.
#[derive(Debug, Clone, Default)]
pub(crate) struct Renewal {
    pub(crate) next_term: Option<NextTerm>,
    pub(crate) choice: Option<EndChoice>,
    /// Whether the next term was scheduled as a transition to another product.
    pub(crate) transition: bool,
    /// What is to happen before, by date.
    pub(crate) dated: Vec<Dated>,
    /// Whether it is in the extended service term.
    pub(crate) extended: bool,
}

/// A change of a subscription that is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum ChangeRefusal {
    /// More changes than anybody needs.
    #[error("the subscription was updated too many times")]
    TooOften,
    /// The billing cycle of a legacy subscription changes with its order.
    #[error("the billing cycle must be changed through the order")]
    BillingByOrder,
    /// The billing cycle does not change in the middle of a term.
    #[error("the billing cycle cannot be changed")]
    BillingFixed,
    /// The seats of a suspended subscription of the old generation.
    #[error("the quantity of a suspended subscription cannot be changed")]
    SeatsWhileSuspended,
    /// The change before does not show yet; its code is a setting. Try later.
    #[error("the change before is not complete")]
    NotShown,
    /// Something else is being done to the subscription. Try after a day.
    #[error("an operation on the subscription is pending")]
    OperationPending,
    /// Its term is over and its renewal under way. Try later.
    #[error("the subscription is being renewed and cannot be updated now")]
    BeingRenewed,
    /// Its term is over, and it is not renewed.
    #[error("the subscription is being expired and cannot be updated any more")]
    BeingExpired,
    /// The custom end lies outside the next term.
    #[error("the custom end date of the next term is not valid")]
    CustomEnd,
    /// The target is not one that the subscription can become.
    #[error("the subscription cannot become that product")]
    NoTransition,
    /// The subscription is not active.
    #[error("only an active subscription can become another one")]
    TransitionInactive,
    /// Its renewal is under way.
    #[error("the subscription is not ready to become another one")]
    TransitionNotReady,
    /// The target is what it is already.
    #[error("the subscription is that product already")]
    SameProduct,
}

impl ChangeRefusal {
    pub(super) fn status_and_code(self) -> (u16, u32) {
        match self {
            ChangeRefusal::TooOften => (400, 900_311),
            ChangeRefusal::BillingByOrder => (400, 2054),
            ChangeRefusal::BillingFixed => (400, 800_097),
            ChangeRefusal::SeatsWhileSuspended => (400, 2001),
            ChangeRefusal::NotShown => (400, 800_082),
            ChangeRefusal::OperationPending => (409, 900_278),
            ChangeRefusal::BeingRenewed => (400, 900_280),
            ChangeRefusal::BeingExpired => (400, 900_277),
            ChangeRefusal::CustomEnd => (400, 900_244),
            ChangeRefusal::TransitionInactive => (400, 900_258),
            ChangeRefusal::SameProduct => (400, 900_259),
            ChangeRefusal::NoTransition => (400, 900_260),
            ChangeRefusal::TransitionNotReady => (400, 900_261),
        }
    }
}

impl Subscription {
    pub(super) fn bought(&self) -> Option<&Bought> {
        match &self.channel {
            Channel::Bought(bought) => Some(bought),
            Channel::Old(_) => None,
        }
    }

    /// Whether the extended service term takes the place of free grace.
    pub(super) fn covered(&self, policy: Option<ExtendedService>) -> bool {
        self.bought().is_some_and(|bought| {
            bought.extra.renewal.extended
                || policy.is_some_and(|policy| policy.bought_from <= self.term_start && policy.ends_from <= self.ends)
        })
    }

    /// Whether it goes on from month to month, because nobody chose its end.
    pub(super) fn extends(&self, policy: Option<ExtendedService>) -> bool {
        let chosen = self.bought().and_then(|bought| bought.extra.renewal.choice);
        self.covered(policy) && chosen != Some(EndChoice::Cancel)
    }

    /// Whether its term is over and its renewal is yet to be carried out.
    pub(crate) fn is_being_renewed(&self, now: Timestamp) -> bool {
        self.state == State::Enabled && self.bought().is_some() && self.ends <= now
    }

    /// Begins a month of the extended service term on `begins`; it can be given up at any time.
    pub(super) fn extend(&mut self, begins: Timestamp) {
        self.term = Term::P1M;
        self.billing = Billing::Monthly;
        self.term_start = begins;
        self.ends = calendar::end_after(calendar::last_day(calendar::day(begins), Term::P1M));
        self.next_step = Some(self.ends);
        let (ends, seats) = (self.ends, self.seats);
        if let Channel::Bought(bought) = &mut self.channel {
            bought.extra.renewal.extended = true;
            bought.cancellable_until = ends;
            bought.returnable = vec![(seats, ends)];
        }
    }

    /// Takes what was scheduled for the next term, and says when that term is to end early.
    pub(super) fn next_term_end(&mut self) -> Option<Timestamp> {
        match &mut self.channel {
            Channel::Bought(bought) => bought.extra.renewal.next_term.take()?.custom_end,
            Channel::Old(_) => None,
        }
    }

    pub(super) fn wipe_scheduled(&mut self) {
        if let Channel::Bought(bought) = &mut self.channel {
            let extended = bought.extra.renewal.extended;
            bought.extra.renewal = Renewal { extended, ..Renewal::default() };
        }
    }

    /// Takes out what is scheduled for `now`, while it is active.
    pub(super) fn take_dated(&mut self, now: Timestamp) -> Option<Dated> {
        let active = self.state == State::Enabled;
        let Channel::Bought(bought) = &mut self.channel else { return None };
        let dated = &mut bought.extra.renewal.dated;
        let at = dated.iter().position(|dated| dated.at == now).filter(|_| active)?;
        self.version += 1;
        Some(dated.remove(at))
    }

    /// What reads show: for a while, what it was before a change that was accepted for later.
    pub(crate) fn seen(&self, now: Timestamp) -> &Subscription {
        match &self.before {
            Some((until, before)) if now < *until => before,
            _ => self,
        }
    }

    /// Whether its latest change does not show yet.
    pub(crate) fn settling(&self, now: Timestamp) -> bool {
        self.before.as_ref().is_some_and(|(until, _)| now < *until)
    }
}

impl Ledger {
    /// Changes a subscription of ours. One change takes effect per call: status before quantity, quantity before
    /// renewal and the rest. True where the change shows only later.
    pub fn patch_subscription(&mut self, tenant: TenantId, id: SubscriptionId, patch: &Patch) -> Result<bool, Refusal> {
        let now = self.now;
        let before = self.subscription(tenant, id)?.clone();
        if self.any_customer(tenant)?.subscriptions.get(&id).is_some_and(|held| held.settling(now)) {
            return Err(ChangeRefusal::NotShown.into());
        }
        self.change_subscription(tenant, id, patch)?;
        self.tell_subscription(tenant, id);
        let later = self.rules.readings.changes_accepted_later;
        if later {
            let until = calendar::minutes(now, SHOWN_AFTER_MINUTES);
            self.held(tenant, id)?.before = Some((until, Box::new(Subscription { before: None, ..before })));
        }
        Ok(later)
    }

    /// The renewal, what is scheduled, the nickname, and the reseller of record.
    pub(super) fn patch_renewal(
        &mut self,
        tenant: TenantId,
        present: &Subscription,
        patch: &Patch,
    ) -> Result<(), Refusal> {
        let renew = patch.auto_renew.unwrap_or(false);
        let invalid = |name: &str| Refusal::InvalidProperty(name.to_owned());
        let billing = patch.billing_cycle.as_deref().and_then(Billing::parse);
        if billing.is_some_and(|billing| billing != present.billing) {
            return Err(match present.channel {
                Channel::Bought(_) => ChangeRefusal::BillingFixed.into(),
                Channel::Old(_) => ChangeRefusal::BillingByOrder.into(),
            });
        }
        match patch.end_choice {
            Some(EndChoice::Renew) if !renew => return Err(invalid("scheduledActions")),
            Some(EndChoice::Cancel | EndChoice::Extend) if renew => return Err(invalid("scheduledActions")),
            _ => {}
        }
        if let Some(next) = &patch.next_term {
            if !renew {
                return Err(invalid("autoRenewEnabled"));
            }
            self.check_next_term(present, next)?;
        }
        for dated in &patch.dated {
            Ledger::check_dated(dated, self.now, present.ends)?;
            if let Some(next) = &dated.becomes {
                self.check_next_term(present, next)?;
            }
        }
        let named = present.bought().and_then(|bought| bought.extra.partner_id.clone());
        let wanted = patch.partner_id.clone().filter(|id| !id.is_empty());
        if let Some(id) = wanted.as_ref().filter(|id| named.as_ref() != Some(id)) {
            self.may_be_named(id)?;
        }
        if present.auto_renew && !renew {
            self.note_asked(tenant, present.id);
        }
        let held = self.held(tenant, present.id)?;
        held.auto_renew = renew;
        if let Some(name) = &patch.friendly_name {
            held.friendly_name = Some(name.clone());
        }
        if let Channel::Bought(bought) = &mut held.channel {
            bought.extra.renewal.next_term = patch.next_term.clone();
            bought.extra.renewal.choice = patch.end_choice;
            bought.extra.renewal.transition = patch.transition;
            bought.extra.renewal.dated.clone_from(&patch.dated);
            bought.extra.partner_id = wanted.or(named);
        }
        held.version += 1;
        for dated in &patch.dated {
            self.schedule(dated.at, Happening::OnItsDate(tenant, present.id));
        }
        Ok(())
    }

    fn check_next_term(&self, present: &Subscription, next: &NextTerm) -> Result<(), Refusal> {
        let unknown = |kind, id: &str| Refusal::NotInCatalogue { kind, id: id.to_owned() };
        if self.catalogue.product(&next.product).next().is_none() {
            return Err(unknown(CatalogueKind::Product, &next.product));
        }
        let offer =
            self.catalogue.find(&next.product, &next.sku).ok_or_else(|| unknown(CatalogueKind::Sku, &next.sku))?;
        if !offer.terms.contains(&(next.term, next.billing)) {
            return Err(Refusal::InvalidProperty("termDuration".to_owned()));
        }
        if next.quantity == 0 || next.quantity > offer.max_seats {
            return Err(Refusal::QuantityOutOfRange);
        }
        let longest = calendar::end_after(calendar::last_day(calendar::day(present.ends), next.term));
        if next.custom_end.is_some_and(|end| end < present.ends || end > longest) {
            return Err(ChangeRefusal::CustomEnd.into());
        }
        Ok(())
    }

    /// Whether nothing may be changed any more, or yet, because the term is over (fact sheet 15.5).
    pub(super) fn term_is_over(&self, held: &Subscription) -> Result<(), Refusal> {
        let now = self.now;
        let expiring = calendar::hours(held.ends, self.rules.renewal_hours.min(LATEST_RENEWAL));
        if held.is_being_renewed(now) {
            Err(ChangeRefusal::BeingRenewed.into())
        } else if held.bought().is_some() && held.ends <= now && now < expiring {
            Err(ChangeRefusal::BeingExpired.into())
        } else {
            Ok(())
        }
    }

    /// Puts the renewal that is due at `at` off for as long as it takes. False where none is due, or it takes no time.
    pub(super) fn puts_off_renewal(&mut self, tenant: TenantId, id: SubscriptionId, at: Timestamp) -> bool {
        let policy = self.rules.readings.extended_service;
        let done = calendar::hours(at, self.rules.renewal_hours.min(LATEST_RENEWAL));
        let held = self.tenants.get_mut(&tenant).and_then(|customer| customer.subscriptions.get_mut(&id));
        let due = |held: &&mut Subscription| held.next_step == Some(at) && held.ends == at && held.is_being_renewed(at);
        let Some(held) = held.filter(due).filter(|held| done > at && (held.auto_renew || held.extends(policy))) else {
            return false;
        };
        held.next_step = Some(done);
        self.schedule(done, Happening::Step(tenant, id));
        true
    }

    /// Turns a subscription into what was scheduled for its next term, just before that term begins.
    pub(super) fn apply_next_term(&mut self, tenant: TenantId, id: SubscriptionId) {
        let now = self.now;
        let Some(held) = self.tenants.get_mut(&tenant).and_then(|customer| customer.subscriptions.get_mut(&id)) else {
            return;
        };
        let Channel::Bought(bought) = &mut held.channel else { return };
        let due = held.auto_renew && held.next_step == Some(now);
        let Some(next) = bought.extra.renewal.next_term.as_ref().filter(|_| due) else { return };
        let Some(offer) = self.catalogue.find(&next.product, &next.sku) else { return };
        bought.item = offer.item(now);
        bought.price = offer.price_per_term(next.term, next.billing);
        held.sku = offer.entra;
        held.name = offer.title.clone();
        held.part_number = self.catalogue.part_number(offer.entra).to_owned();
        held.term = next.term;
        held.billing = next.billing;
        held.seats = next.quantity;
        held.units = next.quantity;
    }

    /// The price of an extended service term: the monthly one and 3 %, or a twelfth of the year and 23 % where
    /// there is no monthly plan (rule R42). It has a SKU of its own.
    pub(super) fn price_extension(&mut self, tenant: TenantId, id: SubscriptionId) {
        let Some(held) = self.tenants.get_mut(&tenant).and_then(|customer| customer.subscriptions.get_mut(&id)) else {
            return;
        };
        let Channel::Bought(bought) = &mut held.channel else { return };
        let Some(offer) = self.catalogue.offer(held.sku).filter(|_| bought.extra.renewal.extended) else { return };
        let monthly = offer.terms.contains(&(Term::P1M, Billing::Monthly));
        let exact = if monthly {
            offer.price_per_term(Term::P1M, Billing::Monthly) * Decimal::new(103, 2)
        } else {
            offer.price_per_term(Term::P1Y, Billing::Annual) / Decimal::from(12) * Decimal::new(123, 2)
        };
        bought.price = exact.round_dp(2);
        bought.item = format!("{}:EST1:{}", offer.product, offer.availability(self.now));
    }
}
