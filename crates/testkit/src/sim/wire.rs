//! The ports of one actor: every call stops at the actor's gate, meets its fate there, and is answered by the world.

use super::gate::Gate;
use super::mistake::Mistake;
use super::schedule::{Fate, Step};
use super::service::{Outside, marked, products, purchase, sku_of, theirs};
use async_trait::async_trait;
use carryover_domain::aftermath::{Provisioning, Service, Services};
use carryover_domain::facts::{
    Agreement, Cart, CartRequest, Delivery, HeldStatus, HeldSubscription, Holder, Hope, OwnStatus, OwnSubscription,
    Pool, Purchase, Relationship, Standing, Tenancy, Via,
};
use carryover_domain::ids::{
    CartId, Mark, PartnerId, RequestId, ServicePlanId, SkuId, SubscriptionId, TenantId, UserId,
};
use carryover_domain::offer::{Offer, OfferId};
use carryover_domain::time::{Billing, Term, utc_day};
use carryover_domain::value::Money;
use carryover_emulator::{CustomerView, HeldView, LicenceView, OfferView, OwnView, TenantView};
use carryover_ports::{
    Catalogue, Clock, Commerce, Directory, Fault, LicenceChange, Market, Observed, Outcome, Read, Unavailable,
};
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Users whose services are looked at.
const SAMPLE: usize = 3;
const RETRY_AFTER: SignedDuration = SignedDuration::from_secs(30);

/// The world behind the ports.
#[derive(Clone)]
pub(super) struct Wire {
    pub(super) gate: Arc<Gate>,
    pub(super) outside: Arc<Mutex<Outside>>,
    pub(super) clock: crate::ManualClock,
    /// Whether a write's answer was lost since the last commit: what is committed next must not take it for one.
    pub(super) in_doubt: Arc<Mutex<bool>>,
}

impl Wire {
    pub(super) fn outside(&self) -> MutexGuard<'_, Outside> {
        self.outside.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn doubt(&self, doubt: bool) {
        *self.in_doubt.lock().unwrap_or_else(PoisonError::into_inner) = doubt;
    }

    /// A read of what a customer looks like, which may lag.
    pub(super) async fn read<T>(
        &self,
        tenant: TenantId,
        look: impl FnOnce(&CustomerView, &Outside) -> Result<T, Unavailable> + Send,
    ) -> Read<T>
    where
        T: Send,
    {
        self.doubt(false);
        let at = self.clock.now();
        let fate = self.gate.pass(Step::Read).await;
        let seen = match fate {
            Fate::RequestLost | Fate::ReplyLost | Fate::ArrivesLate | Fate::NotSent => {
                Err(Unavailable::Unreachable(Fault::new("no answer")))
            }
            Fate::Throttled => Err(Unavailable::Throttled { retry_after: RETRY_AFTER }),
            Fate::Answered | Fate::AnsweredLate | Fate::Lags => {
                let outside = self.outside();
                let view = outside.view(theirs(tenant), fate == Fate::Lags);
                view.ok_or_else(|| Unavailable::Forbidden(Fault::new("no such customer")))
                    .and_then(|view| look(&view, &outside))
            }
        };
        if fate == Fate::AnsweredLate {
            self.gate.pass(Step::Receive).await;
        }
        seen.map(|value| Observed { value, at })
    }

    /// A read that shows what is true now, of whomever.
    pub(super) async fn look<T: Send>(&self, look: impl FnOnce(&Outside) -> Result<T, Unavailable> + Send) -> Read<T> {
        self.doubt(false);
        let at = self.clock.now();
        match self.gate.pass(Step::Read).await {
            Fate::Answered | Fate::AnsweredLate | Fate::Lags => {
                look(&self.outside()).map(|value| Observed { value, at })
            }
            Fate::Throttled => Err(Unavailable::Throttled { retry_after: RETRY_AFTER }),
            Fate::RequestLost | Fate::ReplyLost | Fate::ArrivesLate | Fate::NotSent => {
                Err(Unavailable::Unreachable(Fault::new("no answer")))
            }
        }
    }

    pub(super) async fn write<T: Send>(
        &self,
        act: impl FnOnce(&mut Outside) -> Outcome<T> + Send + 'static,
        lost: impl FnOnce(&mut Outside) -> Outcome<T> + Send,
    ) -> Outcome<T> {
        let fate = self.gate.pass(Step::Write).await;
        let outcome = match fate {
            Fate::Answered | Fate::AnsweredLate | Fate::Lags => act(&mut self.outside()),
            Fate::RequestLost => lost(&mut self.outside()),
            Fate::ReplyLost => {
                let mut outside = self.outside();
                act(&mut outside);
                lost(&mut outside)
            }
            Fate::ArrivesLate => {
                let mut outside = self.outside();
                outside.under_way.push_back(Box::new(move |outside| drop(act(outside))));
                lost(&mut outside)
            }
            Fate::Throttled => Outcome::Throttled { retry_after: RETRY_AFTER },
            Fate::NotSent => Outcome::NotSent(Fault::new("connection refused")),
        };
        if fate == Fate::AnsweredLate {
            self.gate.pass(Step::Receive).await;
        }
        self.doubt(matches!(outcome, Outcome::InDoubt(_)));
        outcome
    }
}

/// Nothing is known of it.
pub(super) fn silence<T>(_: &mut Outside) -> Outcome<T> {
    Outcome::InDoubt(Fault::new("no answer"))
}

#[async_trait]
impl Commerce for Wire {
    async fn standing(&self, customer: TenantId) -> Read<Standing> {
        self.read(customer, |view, _| {
            Ok(match (view.accepted, view.agreed) {
                (true, true) => Standing::new(Relationship::Reseller, Agreement::Accepted),
                (true, false) => Standing::new(Relationship::Reseller, Agreement::Missing),
                (false, _) => Standing::new(Relationship::None, Agreement::Unreadable),
            })
        })
        .await
    }

    async fn standing_of_invited(&self, customer: TenantId) -> Read<Standing> {
        self.standing(customer).await
    }

    async fn invitation_link<'a>(&self, _: Option<&'a PartnerId>) -> Read<String> {
        let at = self.clock.now();
        match self.gate.pass(Step::Read).await {
            Fate::Answered | Fate::AnsweredLate | Fate::Lags => {
                Ok(Observed { value: self.outside().ledger.invitation_link(), at })
            }
            _ => Err(Unavailable::Unreachable(Fault::new("no answer"))),
        }
    }

    async fn create_cart(&self, key: RequestId, customer: TenantId, want: &CartRequest) -> Outcome<Cart> {
        self.outside().witnessed(|witness, ledger| witness.sends_cart(ledger, &want.mark));
        let want = want.clone();
        self.write(move |outside| outside.create_cart(key, theirs(customer), &want), silence).await
    }

    async fn check_out(&self, _key: RequestId, customer: TenantId, cart: &CartId, mark: &Mark) -> Outcome<Purchase> {
        self.outside().witnessed(|witness, ledger| witness.sends_checkout(ledger, cart));
        assert_ne!(self.outside().mistake, Some(Mistake::Panics), "the adapter breaks down");
        let (cart, mark) = (cart.clone(), mark.clone());
        let again = (cart.clone(), mark.clone());
        let lost = move |outside: &mut Outside| match outside.mistake {
            Some(Mistake::BuysAgain) => outside.buy_anew(theirs(customer), &again.0, &again.1),
            _ => silence(outside),
        };
        self.write(move |outside| outside.check_out(theirs(customer), &cart, &mark), lost).await
    }

    async fn orders_marked(&self, customer: TenantId, mark: &Mark, _since: Timestamp) -> Read<Vec<Purchase>> {
        self.read(customer, |view, _| Ok(marked(&view.orders, mark).map(purchase).collect())).await
    }

    async fn own_subscriptions(&self, customer: TenantId) -> Read<Vec<OwnSubscription>> {
        self.read(customer, |view, _| Ok(view.own.iter().map(own).collect())).await
    }

    async fn delivery(&self, customer: TenantId, id: &SubscriptionId) -> Read<Option<Delivery>> {
        self.read(customer, |view, outside| {
            let too_soon = outside.mistake == Some(Mistake::CoversTooSoon);
            let found = view.own.iter().find(|own| own.id.to_string() == id.as_str());
            Ok(found.filter(|own| own.provisioned || too_soon).map(|own| Delivery {
                subscription: id.clone(),
                active: own.status == "active" || too_soon,
                provisioned: true,
                seats: own.seats,
                starts: Some(own.starts),
                last_day: Some(own.last_day),
            }))
        })
        .await
    }
}

#[async_trait]
impl Catalogue for Wire {
    async fn offers(&self, _: Market, skus: &BTreeSet<SkuId>, items: &BTreeSet<OfferId>) -> Read<Vec<Offer>> {
        let at = self.clock.now();
        match self.gate.pass(Step::Read).await {
            Fate::Answered | Fate::AnsweredLate | Fate::Lags => {
                let outside = self.outside();
                let asked = |sku: &carryover_emulator::SkuId| {
                    skus.contains(&SkuId::new(sku.0)) || items.iter().any(|item| sku_of(item) == Some(*sku))
                };
                let found = products().filter(asked).filter_map(|sku| outside.ledger.offer_view(sku));
                Ok(Observed { value: found.map(|found| offer(&found)).collect(), at })
            }
            _ => Err(Unavailable::Unreachable(Fault::new("no answer"))),
        }
    }

    /// No promotion runs in these worlds.
    async fn promotions_for(&self, _: TenantId, hopes: &[Hope]) -> Read<Vec<BTreeSet<String>>> {
        Ok(Observed { value: vec![BTreeSet::new(); hopes.len()], at: self.clock.now() })
    }
}

#[async_trait]
impl Directory for Wire {
    async fn tenancy(&self, customer: TenantId) -> Read<Tenancy> {
        self.read(customer, |view, outside| {
            let ordered = (outside.mistake == Some(Mistake::CoversTooSoon)).then_some(&outside.ledger);
            tenant(view).map(|tenant| {
                let mut tenancy = tenancy(tenant);
                if let Some(ledger) = ordered {
                    add_ordered(&mut tenancy, &ledger.purchases(theirs(customer)));
                }
                tenancy
            })
        })
        .await
    }

    async fn holders(&self, customer: TenantId, sku: SkuId) -> Read<Vec<Holder>> {
        self.read(customer, |view, _| {
            let sku = carryover_emulator::SkuId(sku.as_uuid());
            let off = |held: &LicenceView| held.disabled.iter().map(|plan| ServicePlanId::new(plan.0)).collect();
            let other = |(sku, held): (&carryover_emulator::SkuId, &LicenceView)| (SkuId::new(sku.0), off(held));
            let holders = tenant(view)?.users.iter().filter_map(|user| {
                let held = user.licences.get(&sku)?;
                Some(Holder {
                    user: UserId::new(user.id.0),
                    via: match (held.direct, held.by_group) {
                        (true, true) => Via::Both,
                        (false, true) => Via::Group,
                        (_, false) => Via::Direct,
                    },
                    disabled_plans: off(held),
                    has_usage_location: user.located,
                    others: user.licences.iter().filter(|(other, _)| **other != sku).map(other).collect(),
                })
            });
            Ok(holders.collect())
        })
        .await
    }

    /// In this world every service works, and no group has errors.
    async fn services(&self, customer: TenantId, sku: SkuId) -> Read<Services> {
        let sku = carryover_emulator::SkuId(sku.as_uuid());
        self.read(customer, |view, _| {
            let tenant = tenant(view)?;
            let plans = tenant.pools.get(&sku).map(|pool| &pool.plans);
            let holders = tenant.users.iter().filter(|user| user.licences.contains_key(&sku)).take(SAMPLE);
            let sample = holders.map(|_| plans.into_iter().flatten().map(works).collect()).collect();
            Ok(Services { sample: Some(sample), groups_with_errors: Some(0) })
        })
        .await
    }

    async fn services_of(
        &self,
        customer: TenantId,
        users: &BTreeSet<UserId>,
    ) -> Read<Option<BTreeMap<UserId, Vec<Service>>>> {
        let users = users.clone();
        self.read(customer, move |view, _| {
            let tenant = tenant(view)?;
            let plans = |sku| tenant.pools.get(sku).into_iter().flat_map(|pool| &pool.plans).map(works);
            let seen = tenant.users.iter().map(|user| (UserId::new(user.id.0), user));
            let seen = seen.filter(|(id, _)| users.contains(id));
            Ok(Some(seen.map(|(id, user)| (id, user.licences.keys().flat_map(plans).collect())).collect()))
        })
        .await
    }

    /// Each user's change meets a fate of its own, as in a batch of the real service.
    async fn swap(&self, customer: TenantId, changes: &[LicenceChange]) -> BTreeMap<UserId, Outcome<()>> {
        let mut fates = BTreeMap::new();
        for LicenceChange { user, add, remove, .. } in changes.iter().cloned() {
            self.outside().witnessed(|witness, ledger| witness.sends_swap(ledger, user));
            let swap = move |outside: &mut Outside| outside.swap(theirs(customer), user, &add, remove);
            fates.insert(user, self.write(swap, silence).await);
            // Who dies before the next user is in no doubt about this one: nobody has heard of it.
            self.doubt(false);
        }
        // What follows speaks of each user alone; only where nobody's fate is known must it be a pause for all.
        self.doubt(fates.values().all(|fate| matches!(fate, Outcome::InDoubt(_))));
        fates
    }
}

fn works(plan: &carryover_emulator::PlanId) -> Service {
    Service { name: plan.to_string(), capability: HeldStatus::Enabled, provisioning: Provisioning::Success }
}

pub(super) fn tenant(view: &CustomerView) -> Result<&TenantView, Unavailable> {
    view.tenant.as_ref().ok_or_else(|| Unavailable::Forbidden(Fault::new("no delegated administration")))
}

pub(super) fn tenancy(tenant: &TenantView) -> Tenancy {
    let pool = |pool: &carryover_emulator::PoolView| Pool {
        enabled: pool.enabled,
        warning: pool.warning,
        suspended: pool.suspended,
        consumed: pool.consumed,
        plans: pool.plans.iter().map(|plan| ServicePlanId::new(plan.0)).collect(),
        company_wide: false,
    };
    Tenancy {
        subscriptions: tenant.held.iter().map(held).collect(),
        pools: tenant.pools.iter().map(|(sku, held)| (SkuId::new(sku.0), pool(held))).collect(),
    }
}

fn held(held: &HeldView) -> HeldSubscription {
    HeldSubscription {
        status: match held.status {
            "Enabled" => HeldStatus::Enabled,
            "Warning" => HeldStatus::Warning,
            "Suspended" => HeldStatus::Suspended,
            "LockedOut" => HeldStatus::LockedOut,
            "Deleted" => HeldStatus::Deleted,
            other => HeldStatus::Other(other.to_owned()),
        },
        next_lifecycle: held.next_step,
        owner: held.owner.map(|owner| TenantId::new(owner.0)),
        trial: held.trial,
        created: Some(held.created),
        ..HeldSubscription::least(subscription(held.id), SkuId::new(held.sku.0), held.units)
    }
}

/// What [`Mistake::CoversTooSoon`] sees: purchases that have not arrived, as if they had.
fn add_ordered(tenancy: &mut Tenancy, purchases: &[carryover_emulator::PurchaseEntry]) {
    for purchase in purchases.iter().filter(|purchase| purchase.arrived_at.is_none()) {
        let sku = SkuId::new(purchase.sku.0);
        tenancy.subscriptions.push(HeldSubscription::least(subscription(purchase.subscription), sku, purchase.seats));
        tenancy.pools.entry(sku).or_default().enabled += purchase.seats;
    }
}

fn own(own: &OwnView) -> OwnSubscription {
    OwnSubscription {
        id: subscription(own.id),
        legacy: own.legacy,
        status: match own.status {
            "active" => OwnStatus::Active,
            "pending" => OwnStatus::Pending,
            _ => OwnStatus::Other,
        },
        trial: false,
        term: Term::of_word(own.term.word()),
        starts: Some(utc_day(own.starts)),
        last_day: Some(own.last_day),
    }
}

fn offer(view: &OfferView) -> Offer {
    let mut offer = Offer {
        title: view.title.clone(),
        seats_max: view.max_seats,
        ..Offer::least(view.item.parse().expect("the ledger writes what it sells"), SkuId::new(view.sku.0))
    };
    for (term, billing, price) in &view.terms {
        let (Some(term), Some(billing)) = (Term::of_word(term.word()), Billing::of_word(billing.word())) else {
            continue;
        };
        offer.terms.entry(term).or_default().insert(billing);
        // Paid at once it costs least.
        let price = Money { amount: *price, currency: "EUR".parse().expect("a currency") };
        let least = offer.prices.entry(term).or_insert(price);
        *least = (*least).min(price);
    }
    offer
}

fn subscription(id: carryover_emulator::SubscriptionId) -> SubscriptionId {
    SubscriptionId::try_new(&id.to_string()).expect("a GUID is an id")
}
