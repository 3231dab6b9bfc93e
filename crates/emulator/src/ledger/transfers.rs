//! Subscriptions that move from another partner to us, or from us to another one (fact sheet 18).
//!
//! What the other partner does is a call of its own, because no request of ours can do it.

use jiff::Timestamp;
use thiserror::Error;
use uuid::Uuid;

use super::install::Fresh;
use super::subscriptions::{Channel, Extra, State, Subscription};
use super::{FailedTransfer, Happening, Ledger, OfferWords, Readings, Refusal, calendar};
use crate::ids::{OrderId, SubscriptionId, TenantId};
use crate::seed::Program;

/// Days after which nobody can answer a transfer any more.
const LIFE_DAYS: u32 = 30;

/// What a new owner asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TransferWish {
    /// The partner that is to hand over.
    pub source_partner: TenantId,
    /// Its name.
    pub source_name: String,
    /// The customer's address for the service's letters.
    pub customer_email: String,
    /// The customer's name.
    pub customer_name: Option<String>,
    /// The new owner's address.
    pub target_email: Option<String>,
    /// What is to move, in the service's words.
    pub product_types: Vec<String>,
    /// The reseller that is to stand on it.
    pub partner_on_record: Option<String>,
}

/// One transfer.
#[derive(Debug, Clone)]
pub(crate) struct Transfer {
    pub(crate) id: Uuid,
    pub(crate) tenant: TenantId,
    pub(crate) wish: TransferWish,
    pub(crate) way: Way,
    /// The partner that takes over.
    pub(crate) target: TenantId,
    pub(crate) created: Timestamp,
    pub(crate) modified: Timestamp,
    pub(crate) state: TransferState,
    pub(crate) lines: Vec<TransferLine>,
}

/// Who began a transfer, and what it carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    /// We asked another partner for what it sold in new commerce.
    Asked,
    /// Another partner asked us for what we sold in new commerce.
    AskedOfUs,
    /// Another partner offers us what it sold under the old generation.
    Offered,
    /// We offer another partner what we sold under the old generation.
    OfferedByUs,
}

/// One subscription that moves.
#[derive(Debug, Clone)]
pub(crate) struct TransferLine {
    pub(crate) subscription: SubscriptionId,
    pub(crate) quantity: u32,
    pub(crate) billing: &'static str,
    /// Whether it could be moved.
    pub(crate) moved: bool,
    /// The offer it was bought by, where that is one of the old generation.
    pub(crate) offer: Option<String>,
    pub(crate) friendly_name: Option<String>,
    /// The reseller that is to stand on it.
    pub(crate) partner_on_record: Option<String>,
    /// The order by which it came to us.
    pub(crate) order: Option<OrderId>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TransferState {
    Pending,
    /// Offered, and not answered.
    Active,
    /// Given up, and on its way.
    InProgress,
    Complete,
    PartiallyComplete,
    Failed,
    Cancelled,
    Rejected,
}

/// A refusal that is about transfers, with the code of fact sheet 6.3.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum TransferRefusal {
    /// No transfer has that id, or its time is over.
    #[error("the transfer was not found")]
    Unknown,
    /// One with the same partner is pending.
    #[error("an earlier transfer is in progress")]
    InProgress,
    /// It cannot be changed in the state it is in.
    #[error("the transfer cannot be processed in its state")]
    WrongState,
    /// The partner to take over from is missing.
    #[error("the source partner is missing: {0}")]
    NoSource(&'static str),
    /// Whoever is to hand over is no partner.
    #[error("the transfer cannot be created")]
    NoPartner,
    /// Nobody takes over from himself.
    #[error("source and target are the same partner")]
    SamePartner,
    /// A subscription that is not the source's, not active, or of the other generation.
    #[error("the transfer names a subscription that cannot be transferred")]
    InvalidSubscription,
}

impl TransferState {
    /// Where a transfer stands of which so many of all lines were moved.
    pub(super) fn of(moved: usize, all: usize) -> TransferState {
        match moved {
            0 => TransferState::Failed,
            moved if moved == all => TransferState::Complete,
            _ => TransferState::PartiallyComplete,
        }
    }
}

impl TransferRefusal {
    pub(super) fn status_and_code(&self) -> (u16, u32) {
        match self {
            TransferRefusal::Unknown => (404, 900_100),
            TransferRefusal::InProgress => (409, 900_101),
            TransferRefusal::WrongState => (400, 900_102),
            TransferRefusal::NoSource(_) => (400, 900_136),
            TransferRefusal::NoPartner => (400, 900_400),
            TransferRefusal::SamePartner => (400, 900_148),
            TransferRefusal::InvalidSubscription => (400, 800_078),
        }
    }
}

impl Transfer {
    /// When it expires.
    pub(crate) fn expires(&self) -> Timestamp {
        calendar::days(self.created, LIFE_DAYS)
    }

    /// Whether somebody can still answer it.
    pub(crate) fn is_open(&self, now: Timestamp) -> bool {
        matches!(self.state, TransferState::Pending | TransferState::Active) && now < self.expires()
    }

    /// Whether reads show it among those of `tenant`: one that nobody answered in time is gone.
    fn is_of(&self, tenant: TenantId, now: Timestamp) -> bool {
        self.tenant == tenant && (self.state != TransferState::Pending || now < self.expires())
    }

    /// Partner Center's word for where it stands.
    pub(crate) fn word(&self, now: Timestamp, readings: &Readings) -> &'static str {
        let legacy = matches!(self.way, Way::Offered | Way::OfferedByUs);
        match (self.state.word(), readings.offer_words) {
            ("Active", _) if !self.is_open(now) => "Expired",
            ("Failed", _) if readings.failed_transfer == FailedTransfer::PartiallyComplete => "PartiallyComplete",
            ("Complete", OfferWords::Participles) if legacy => "Completed",
            ("PartiallyComplete", OfferWords::Participles) if legacy => "PartiallyCompleted",
            ("Reject", OfferWords::Participles) if legacy => "Rejected",
            (word, _) => word,
        }
    }
}

impl Ledger {
    /// Asks another partner for a customer's subscriptions.
    pub fn ask_transfer(&mut self, tenant: TenantId, wish: TransferWish) -> Result<Uuid, Refusal> {
        self.orderable(tenant)?;
        if wish.source_partner == self.seed.partner.tenant_id {
            return Err(TransferRefusal::SamePartner.into());
        }
        if self.tenants.contains_key(&wish.source_partner) {
            return Err(TransferRefusal::NoPartner.into());
        }
        let (now, target) = (self.now, self.seed.partner.tenant_id);
        let same = |other: &Transfer| {
            other.tenant == tenant
                && other.way == Way::Asked
                && other.wish.source_partner == wish.source_partner
                && other.is_open(now)
        };
        if self.transfers.values().any(same) {
            return Err(TransferRefusal::InProgress.into());
        }
        let id = self.any_customer(tenant)?.prng.guid();
        let state = TransferState::Pending;
        let (way, lines) = (Way::Asked, Vec::new());
        self.transfers
            .insert(id, Transfer { id, tenant, wish, way, target, created: now, modified: now, state, lines });
        Ok(id)
    }

    /// Withdraws a transfer that nobody has answered.
    pub fn cancel_transfer(&mut self, tenant: TenantId, id: Uuid) -> Result<(), Refusal> {
        let found = self.transfer(tenant, id)?;
        if found.state != TransferState::Pending || found.way != Way::Asked {
            return Err(TransferRefusal::WrongState.into());
        }
        let now = self.now;
        if let Some(transfer) = self.transfers.get_mut(&id) {
            transfer.state = TransferState::Cancelled;
            transfer.modified = now;
        }
        Ok(())
    }

    /// The other partner gives up subscriptions: those named, or all it sold to the customer. They get new ids
    /// and keep their terms.
    pub fn release_transfer(&mut self, id: Uuid, subscriptions: &[SubscriptionId]) -> Result<(), Refusal> {
        let tenant = self.transfers.get(&id).ok_or(TransferRefusal::Unknown)?.tenant;
        let transfer = self.transfer(tenant, id)?.clone();
        if transfer.state != TransferState::Pending || transfer.way != Way::Asked {
            return Err(TransferRefusal::WrongState.into());
        }
        let customer = self.reseller(tenant)?;
        let theirs = |held: &&Subscription| {
            held.owner == Some(transfer.wish.source_partner)
                && matches!(held.channel, Channel::Old(Program::NceOtherPartner))
                && held.state == State::Enabled
                && (subscriptions.is_empty() || subscriptions.contains(&held.id))
        };
        let moving: Vec<Subscription> = customer.subscriptions.values().filter(theirs).cloned().collect();
        let mut lines = Vec::new();
        for held in &moving {
            let moved = self.take_over(tenant, id, held);
            lines.push(TransferLine {
                subscription: held.id,
                quantity: held.seats,
                billing: held.billing.word(),
                moved,
                offer: None,
                friendly_name: None,
                partner_on_record: None,
                order: None,
            });
        }
        let now = self.now;
        if let Some(customer) = self.tenants.get_mut(&tenant) {
            customer.settle(now);
        }
        let moved = lines.iter().filter(|line| line.moved).count();
        if let Some(transfer) = self.transfers.get_mut(&id) {
            transfer.state = TransferState::of(moved, lines.len().max(subscriptions.len()));
            transfer.lines = lines;
            transfer.modified = now;
        }
        Ok(())
    }

    fn take_over(&mut self, tenant: TenantId, transfer: Uuid, held: &Subscription) -> bool {
        let Some(item) = self.catalog_item(held.sku) else { return false };
        let restarts = self.rules.readings.transfer_window_restarts;
        let fresh = Fresh {
            made_by: Uuid::new_v5(&transfer, held.id.0.as_bytes()),
            item,
            sku: held.sku,
            term: held.term,
            billing: held.billing,
            seats: held.seats,
            ends: held.ends,
            friendly_name: held.friendly_name.clone(),
            auto_renew: held.auto_renew,
            // Whether the window starts again is not documented.
            window: if restarts { calendar::hours(self.now, self.rules.readings.window_hours) } else { Timestamp::MIN },
            extra: Extra::default(),
        };
        let moved = self.install(tenant, fresh).is_some();
        if moved {
            self.take_out(tenant, held.id);
        }
        moved
    }

    /// Another partner asks us for what we sold to a customer in new commerce.
    ///
    /// # Errors
    /// [`TransferRefusal::SamePartner`], and [`TransferRefusal::InProgress`] where it has asked already.
    pub fn asked_transfer(&mut self, tenant: TenantId, partner: TenantId) -> Result<Uuid, Refusal> {
        let (now, us) = (self.now, self.seed.partner.tenant_id);
        if partner == us {
            return Err(TransferRefusal::SamePartner.into());
        }
        let same = |other: &Transfer| {
            other.tenant == tenant && other.way == Way::AskedOfUs && other.target == partner && other.is_open(now)
        };
        if self.transfers.values().any(same) {
            return Err(TransferRefusal::InProgress.into());
        }
        let source_name = self.seed.partner.name.clone();
        let customer = self.any_customer(tenant)?;
        let wish = TransferWish {
            source_partner: us,
            source_name,
            customer_email: customer.contact_email.clone(),
            customer_name: Some(customer.name.clone()),
            target_email: None,
            product_types: Vec::new(),
            partner_on_record: None,
        };
        let (id, state, way) = (customer.prng.guid(), TransferState::Pending, Way::AskedOfUs);
        let lines = Vec::new();
        let transfer = Transfer { id, tenant, wish, way, target: partner, created: now, modified: now, state, lines };
        self.transfers.insert(id, transfer);
        Ok(id)
    }

    /// Gives up what another partner asked us for. It is under way at once, and over some minutes later.
    pub(crate) fn give_up(&mut self, tenant: TenantId, id: Uuid, named: &[SubscriptionId]) -> Result<(), Refusal> {
        let found = self.transfer(tenant, id)?;
        if found.way != Way::AskedOfUs || found.state != TransferState::Pending {
            return Err(TransferRefusal::WrongState.into());
        }
        let mut lines: Vec<TransferLine> = Vec::new();
        for subscription in named {
            let held = self.subscription(tenant, *subscription)?;
            let active = held.bought().is_some() && held.commerce_status(self.now) == "active";
            if !active || lines.iter().any(|line| line.subscription == *subscription) {
                return Err(TransferRefusal::InvalidSubscription.into());
            }
            lines.push(TransferLine {
                subscription: held.id,
                quantity: held.seats,
                billing: held.billing.word(),
                moved: false,
                offer: None,
                friendly_name: None,
                partner_on_record: None,
                order: None,
            });
        }
        if lines.is_empty() {
            return Err(TransferRefusal::InvalidSubscription.into());
        }
        let now = self.now;
        if let Some(transfer) = self.transfers.get_mut(&id) {
            transfer.lines = lines;
            transfer.state = TransferState::InProgress;
            transfer.modified = now;
        }
        // Its length is not documented; a migration's is.
        let wait = self.rules.migration;
        let at = self.draw_minutes(tenant, wait);
        if at == now {
            self.given_up(id);
        } else {
            self.schedule(at, Happening::GivenUp(id));
        }
        Ok(())
    }

    /// The other partner has what we gave up: new ids, same terms, same seats.
    pub(super) fn given_up(&mut self, id: Uuid) {
        let Some(transfer) = self.transfers.get(&id) else { return };
        let (tenant, owner, mut lines) = (transfer.tenant, transfer.target, transfer.lines.clone());
        let now = self.now;
        for line in &mut lines {
            let Some(customer) = self.tenants.get_mut(&tenant) else { return };
            let held = customer.subscriptions.get(&line.subscription);
            let Some(held) = held.filter(|held| held.state == State::Enabled).cloned() else { continue };
            let fresh = SubscriptionId(customer.prng.guid());
            let channel = Channel::Old(Program::NceOtherPartner);
            let owner = Some(owner);
            let ends = held.ends;
            let theirs =
                Subscription { id: fresh, channel, owner, next_step: Some(ends), before: None, ..held.clone() };
            customer.subscriptions.insert(fresh, theirs);
            self.schedule(ends, Happening::Step(tenant, fresh));
            self.take_out(tenant, held.id);
            line.moved = true;
        }
        if let Some(customer) = self.tenants.get_mut(&tenant) {
            customer.settle(now);
        }
        let moved = lines.iter().filter(|line| line.moved).count();
        if let Some(transfer) = self.transfers.get_mut(&id) {
            transfer.state = TransferState::of(moved, lines.len());
            transfer.lines = lines;
            transfer.modified = now;
        }
    }

    /// One transfer of a customer.
    pub(crate) fn transfer(&self, tenant: TenantId, id: Uuid) -> Result<&Transfer, Refusal> {
        self.reseller(tenant)?;
        let found = self.transfers.get(&id).filter(|transfer| transfer.is_of(tenant, self.now));
        found.ok_or_else(|| TransferRefusal::Unknown.into())
    }

    /// All transfers of a customer.
    pub(crate) fn transfers(&self, tenant: TenantId) -> Result<Vec<&Transfer>, Refusal> {
        self.reseller(tenant)?;
        let mut all: Vec<&Transfer> =
            self.transfers.values().filter(|transfer| transfer.is_of(tenant, self.now)).collect();
        all.sort_by_key(|transfer| (transfer.created, transfer.id));
        Ok(all)
    }
}
