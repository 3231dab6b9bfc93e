//! A small world that behaves: one customer, one old subscription, a shop that accepts a cart once.

use async_trait::async_trait;
use carryover_domain::aftermath::{Provisioning, Service, Services};
use carryover_domain::facts::{
    Access, Agreement, Cart, CartRequest, Delivery, HeldStatus, HeldSubscription, Holder, Hope, OwnStatus,
    OwnSubscription, Pool, Profile, Purchase, Relationship, Standing, Tenancy, Via,
};
use carryover_domain::handover::{ConversionStatus, Converted, Transfer, TransferStatus};
use carryover_domain::ids::{
    CartId, LineId, Mark, OrderId, PartnerId, RequestId, SkuId, SubscriptionId, TenantId, UserId,
};
use carryover_domain::offer::{Offer, OfferId, Promotion};
use carryover_domain::portfolio::{Customer, Renewal, SourceLine, Target};
use carryover_domain::program::SourceProgram;
use carryover_domain::time::{Billing, Term, later, utc_day};
use carryover_domain::value::Seats;
use carryover_ports::{
    Catalogue, Commerce, Customers, Directory, LicenceChange, Market, Observed, Outcome, Read, Refusal, RefusalKind,
    Unavailable,
};
use jiff::civil::date;
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};
use uuid::Uuid;

const SEATS: u32 = 7;
const SPRING: &str = "39NFJQT1X27P:0001:39NFJQT1Q5KL";
/// Orders show after this.
const LAG: SignedDuration = SignedDuration::from_mins(20);

#[derive(Debug)]
struct State {
    now: Timestamp,
    related: bool,
    access_ends: Option<Timestamp>,
    on_hold: Option<String>,
    renews: bool,
    end: Timestamp,
    carts: BTreeMap<CartId, (Mark, bool)>,
    orders: Vec<(Mark, Timestamp, SubscriptionId)>,
    /// The reseller that each cart has named.
    sold_through: Vec<Option<PartnerId>>,
    answers: bool,
    /// What is sold: the old licence, or another one that users are to have.
    sells: SkuId,
    /// Who holds which licence.
    users: BTreeMap<UserId, SkuId>,
    /// Services fail for whoever has the new licence.
    fails: bool,
    /// The partner that sold the old subscription has handed it over.
    handed_over: bool,
    /// Why transfers cannot be read.
    hidden: Option<Unavailable>,
    /// How far the service's migration of the old subscription is, and when it began.
    migrated: Option<ConversionStatus>,
    migration_began: Timestamp,
    /// Why migrations cannot be read.
    migrations_hidden: Option<Unavailable>,
    /// Why services cannot be read.
    services_hidden: Option<Unavailable>,
    /// A promotion runs, and whether the customer gets it.
    promotion: Option<bool>,
}

#[derive(Debug)]
pub(crate) struct Shop(Mutex<State>);

fn sku() -> SkuId {
    SkuId::new(Uuid::from_u128(0xB1))
}

fn another_sku() -> SkuId {
    SkuId::new(Uuid::from_u128(0xB2))
}

fn offer(of: SkuId) -> OfferId {
    format!("CFQ7TTC0ZZ{}:0001", of.as_uuid().as_u128()).parse().expect("an offer")
}

/// A customer whose one subscription renews on 13 December unless it is stopped.
pub(crate) fn portfolio() -> (Customer, SourceLine) {
    let tenant = TenantId::new(Uuid::from_u128(0xC1));
    let customer = Customer {
        tenant,
        domain: "birchlane.example".to_owned(),
        name: "Birch Lane".to_owned(),
        country: "DE".parse().expect("a country"),
    };
    let line = SourceLine {
        subscription: Some(SubscriptionId::try_new("old").expect("an id")),
        auto_renew: Renewal::On,
        term: Some(Term::Year),
        billing: Some(Billing::Annual),
        ..SourceLine::least(
            LineId::of(tenant, "old"),
            SourceProgram::DirectMca,
            sku(),
            Seats::try_new(SEATS).expect("seats"),
        )
        .ending(date(2026, 11, 12))
    };
    (customer, line)
}

impl Shop {
    pub(crate) fn new(now: Timestamp) -> Self {
        let end = portfolio().1.end().expect("told").instant();
        let (access_ends, on_hold) = (None, None);
        let state = State {
            now,
            related: true,
            access_ends,
            on_hold,
            renews: true,
            end,
            carts: BTreeMap::new(),
            orders: Vec::new(),
            sold_through: Vec::new(),
            answers: true,
            sells: sku(),
            users: (0..u128::from(SEATS)).map(|n| (UserId::new(Uuid::from_u128(0xE0 + n)), sku())).collect(),
            fails: false,
            handed_over: false,
            hidden: None,
            migrated: None,
            migration_began: now,
            migrations_hidden: None,
            services_hidden: None,
            promotion: None,
        };
        Self(Mutex::new(state))
    }

    /// The service migrates the old subscription to new commerce, and is so far with it.
    pub(crate) fn migrate(&self, status: ConversionStatus) {
        let mut state = self.state();
        if state.migrated.replace(status).is_none() {
            state.migration_began = state.now;
        }
    }

    /// From now on the service's migrations cannot be read for that reason, or can be again.
    pub(crate) fn hide_migrations(&self, why: Option<Unavailable>) {
        self.state().migrations_hidden = why;
    }

    /// From now on services of users cannot be read for that reason, or can be again.
    pub(crate) fn hide_services(&self, why: Option<Unavailable>) {
        self.state().services_hidden = why;
    }

    pub(crate) fn sold_through(&self) -> Vec<Option<PartnerId>> {
        self.state().sold_through.clone()
    }

    /// From now on another licence is sold in place of the old one: `line` with the wish for it.
    pub(crate) fn sell_another(&self, line: SourceLine) -> SourceLine {
        self.state().sells = another_sku();
        SourceLine { target: Target::Sku(another_sku()), ..line }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn set_time(&self, now: Timestamp) {
        let mut state = self.state();
        state.now = now;
        while state.renews && state.end <= now {
            state.end = later(state.end, SignedDuration::from_hours(365 * 24));
        }
    }
    pub(crate) fn orders(&self) -> usize {
        self.state().orders.len()
    }
    pub(crate) fn carts(&self) -> usize {
        self.state().carts.len()
    }
    pub(crate) fn stop_renewal(&self) {
        self.state().renews = false;
    }
    /// The old subscription is served again from the next step of time on, even if it was over.
    pub(crate) fn renew_after_all(&self) {
        self.state().renews = true;
    }
    /// Reads of the standing hang from now on.
    pub(crate) fn never_answer_again(&self) {
        let mut state = self.state();
        state.answers = false;
        state.related = false;
    }
    pub(crate) fn forget_the_relationship(&self) {
        self.state().related = false;
    }
    pub(crate) fn fail_whoever_changes(&self, fails: bool) {
        self.state().fails = fails;
    }
    /// Users with the new licence.
    pub(crate) fn changed(&self) -> usize {
        self.state().users.values().filter(|held| **held == another_sku()).count()
    }
    /// The old subscription comes over to us, under another id.
    pub(crate) fn hand_over(&self) {
        self.state().handed_over = true;
    }
    /// Transfers cannot be read from now on.
    pub(crate) fn hide_transfers(&self, why: Unavailable) {
        self.state().hidden = Some(why);
    }
    /// A promotion runs from now on, and the customer gets it or not.
    pub(crate) fn promote(&self, given: bool) {
        self.state().promotion = Some(given);
    }
    pub(crate) fn accept(&self) {
        self.state().related = true;
    }
    pub(crate) fn look_into_the_account(&self, under_review: bool) {
        self.state().on_hold = under_review.then(|| "UnderReview".to_owned());
    }
    pub(crate) fn let_access_end(&self, at: Timestamp) {
        self.state().access_ends = Some(at);
    }

    fn seen<T>(&self, value: T) -> Read<T> {
        Ok(Observed { value, at: self.state().now })
    }
}

fn purchase(order: &(Mark, Timestamp, SubscriptionId), of: SkuId) -> Purchase {
    let (_, ordered_at, subscription) = order;
    Purchase {
        order: OrderId::try_new(&format!("order-{subscription}")).expect("an id"),
        subscription: Some(subscription.clone()),
        offer: offer(of),
        seats: SEATS,
        ordered_at: *ordered_at,
        price_per_seat: None,
    }
}

#[async_trait]
impl Commerce for Shop {
    async fn standing(&self, _customer: TenantId) -> Read<Standing> {
        if !self.state().answers {
            std::future::pending::<()>().await;
        }
        let related = self.state().related;
        self.seen(match related {
            true => Standing::new(Relationship::Reseller, Agreement::Accepted),
            false => Standing::new(Relationship::None, Agreement::Unreadable),
        })
    }

    async fn standing_of_invited(&self, customer: TenantId) -> Read<Standing> {
        self.standing(customer).await
    }

    async fn invitation_link<'a>(&self, _: Option<&'a PartnerId>) -> Read<String> {
        self.seen("https://admin.example/invite".to_owned())
    }

    async fn create_cart(&self, _key: RequestId, _customer: TenantId, want: &CartRequest) -> Outcome<Cart> {
        let mut state = self.state();
        let id = CartId::try_new(&format!("cart-{}", state.carts.len())).expect("an id");
        state.carts.insert(id.clone(), (want.mark.clone(), false));
        state.sold_through.push(want.reseller.clone());
        let (seats, term, billing) = (want.seats.get(), Some(want.term), Some(want.billing));
        let term_end = want.term_end;
        Outcome::Done(Cart { id, offer: want.offer.clone(), seats, term, billing, term_end, expires: None })
    }

    async fn check_out(&self, _key: RequestId, _customer: TenantId, cart: &CartId, _mark: &Mark) -> Outcome<Purchase> {
        let mut state = self.state();
        let now = state.now;
        let number = state.orders.len();
        let Some((mark, ordered)) = state.carts.get_mut(cart) else {
            let (code, detail) = ("404/800008".to_owned(), "no such cart".to_owned());
            return Outcome::Refused(Refusal { kind: RefusalKind::CartGone, code, detail });
        };
        let mark = mark.clone();
        if !std::mem::replace(ordered, true) {
            let subscription = SubscriptionId::try_new(&format!("new-{number}")).expect("an id");
            state.orders.push((mark.clone(), now, subscription));
        }
        state
            .orders
            .iter()
            .find(|order| order.0 == mark)
            .map(|order| purchase(order, state.sells))
            .map_or_else(|| Outcome::InDoubt(carryover_ports::Fault::new("ordered, and no order")), Outcome::Done)
    }

    async fn orders_marked(&self, _customer: TenantId, mark: &Mark, _since: Timestamp) -> Read<Vec<Purchase>> {
        let found: Vec<Purchase> = {
            let state = self.state();
            let visible =
                |order: &&(Mark, Timestamp, SubscriptionId)| order.0 == *mark && later(order.1, LAG) <= state.now;
            state.orders.iter().filter(visible).map(|order| purchase(order, state.sells)).collect()
        };
        self.seen(found)
    }

    async fn own_subscriptions(&self, _customer: TenantId) -> Read<Vec<OwnSubscription>> {
        let bought: Vec<OwnSubscription> = {
            let state = self.state();
            let own = |(_, at, id): &(Mark, Timestamp, SubscriptionId)| OwnSubscription {
                id: id.clone(),
                legacy: false,
                status: OwnStatus::Active,
                trial: false,
                term: Some(Term::Year),
                starts: Some(utc_day(*at)),
                last_day: Some(Term::Year.last_day(utc_day(*at))),
            };
            state.orders.iter().map(own).collect()
        };
        self.seen(bought)
    }

    async fn delivery(&self, _customer: TenantId, id: &SubscriptionId) -> Read<Option<Delivery>> {
        let subscription = id.clone();
        self.seen(Some(Delivery {
            subscription,
            active: true,
            provisioned: true,
            seats: SEATS,
            starts: None,
            last_day: None,
        }))
    }
}

#[async_trait]
impl Catalogue for Shop {
    async fn offers(&self, _: Market, _: &BTreeSet<SkuId>, _: &BTreeSet<OfferId>) -> Read<Vec<Offer>> {
        let (sells, promotion) = {
            let state = self.state();
            (state.sells, state.promotion)
        };
        let spring = promotion.map(|_| Promotion {
            id: Some(SPRING.to_owned()),
            name: "spring".to_owned(),
            offer: offer(sells),
            term: Term::Year,
            billing: Billing::Annual,
            until: date(2026, 12, 31),
            off_pct: 10.into(),
            seats_min: 1,
            seats_max: None,
        });
        self.seen(vec![Offer {
            promotions: spring.into_iter().collect(),
            terms: BTreeMap::from([(Term::Year, BTreeSet::from([Billing::Annual, Billing::Monthly]))]),
            ..Offer::least(offer(sells), sells)
        }])
    }

    async fn promotions_for(&self, _: TenantId, hopes: &[Hope]) -> Read<Vec<BTreeSet<String>>> {
        let given: BTreeSet<String> =
            (self.state().promotion == Some(true)).then(|| SPRING.to_owned()).into_iter().collect();
        self.seen(vec![given; hopes.len()])
    }
}

#[async_trait]
impl Customers for Shop {
    async fn profile(&self, _customer: TenantId) -> Read<Profile> {
        let on_hold = self.state().on_hold.clone();
        self.seen(Profile { on_hold, ..Profile::default() })
    }

    async fn access(&self, _customer: TenantId) -> Read<Access> {
        let ends = self.state().access_ends;
        self.seen(Access { ends, ..Access::default() })
    }

    async fn handovers(&self, _customer: TenantId) -> Read<Vec<Transfer>> {
        if let Some(why) = self.state().hidden.clone() {
            return Err(why);
        }
        let old = SubscriptionId::try_new("old").expect("an id");
        let complete = self.state().handed_over.then(|| Transfer {
            id: "transfer-1".to_owned(),
            status: TransferStatus::Complete,
            from: None,
            to: None,
            created: None,
            expires: None,
            subscriptions: vec![old],
        });
        self.seen(complete.into_iter().collect())
    }

    async fn migrations(&self, from: &SubscriptionId) -> Read<Vec<Converted>> {
        if let Some(why) = self.state().migrations_hidden.clone() {
            return Err(why);
        }
        let status = self.state().migrated.clone();
        let started = Some(self.state().migration_began);
        let to =
            (status == Some(ConversionStatus::Completed)).then(|| SubscriptionId::try_new("migrated").expect("an id"));
        let known = status.map(|status| Converted {
            id: "migration-1".to_owned(),
            from: from.clone(),
            status,
            to,
            order: None,
            offer: None,
            mark: None,
            started,
        });
        self.seen(known.into_iter().collect())
    }
}

#[async_trait]
impl Directory for Shop {
    async fn tenancy(&self, _customer: TenantId) -> Read<Tenancy> {
        let state = self.state();
        let serves = state.end > state.now;
        let held = |id: &SubscriptionId, sku, status, end| HeldSubscription {
            status,
            next_lifecycle: Some(end),
            ..HeldSubscription::least(id.clone(), sku, SEATS)
        };
        let us = TenantId::new(Uuid::from_u128(0xA1));
        let migrated = state.migrated == Some(ConversionStatus::Completed);
        let name = if state.handed_over {
            "over"
        } else if migrated {
            "migrated"
        } else {
            "old"
        };
        let old = SubscriptionId::try_new(name).expect("an id");
        let mut subscriptions =
            vec![held(&old, sku(), if serves { HeldStatus::Enabled } else { HeldStatus::Warning }, state.end)];
        subscriptions[0].owner = (state.handed_over || migrated).then_some(us);
        let new = |order: &(Mark, Timestamp, SubscriptionId)| {
            held(&order.2, state.sells, HeldStatus::Enabled, Timestamp::MAX)
        };
        subscriptions.extend(state.orders.iter().map(new));
        let mut pools: BTreeMap<SkuId, Pool> = BTreeMap::new();
        for held in subscriptions.iter().filter(|held| held.status == HeldStatus::Enabled) {
            pools.entry(held.sku).or_default().enabled += held.seats;
        }
        for sku in state.users.values() {
            pools.entry(*sku).or_default().consumed += 1;
        }
        let at = state.now;
        Ok(Observed { value: Tenancy { subscriptions, pools }, at })
    }

    async fn holders(&self, _customer: TenantId, sku: SkuId) -> Read<Vec<Holder>> {
        let users = self.state().users.clone();
        let holder = |(user, _)| Holder {
            user,
            via: Via::Direct,
            disabled_plans: BTreeSet::new(),
            has_usage_location: true,
            others: BTreeMap::new(),
        };
        self.seen(users.into_iter().filter(|(_, held)| *held == sku).map(holder).collect())
    }

    async fn services(&self, _customer: TenantId, _sku: SkuId) -> Read<Services> {
        if let Some(why) = self.state().services_hidden.clone() {
            return Err(why);
        }
        self.seen(Services { sample: Some(Vec::new()), groups_with_errors: Some(0) })
    }

    async fn services_of(
        &self,
        _customer: TenantId,
        users: &BTreeSet<UserId>,
    ) -> Read<Option<BTreeMap<UserId, Vec<Service>>>> {
        if let Some(why) = self.state().services_hidden.clone() {
            return Err(why);
        }
        let provisioning = if self.state().fails { Provisioning::Error } else { Provisioning::Success };
        let mailbox = Service { name: "exchange".to_owned(), capability: HeldStatus::Enabled, provisioning };
        self.seen(Some(users.iter().map(|user| (*user, vec![mailbox.clone()])).collect()))
    }

    async fn swap(&self, _customer: TenantId, changes: &[LicenceChange]) -> BTreeMap<UserId, Outcome<()>> {
        let mut state = self.state();
        let given = |change: &LicenceChange| change.add.keys().next().map(|sku| (change.user, *sku));
        state.users.extend(changes.iter().filter_map(given));
        changes.iter().map(|change| (change.user, Outcome::Done(()))).collect()
    }
}
