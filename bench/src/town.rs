//! A town of customers, each with one old subscription, and a shop for each that answers at once, or after a while.

use crate::Failed;
use crate::shop::{self, Shop};
use async_trait::async_trait;
use carryover_domain::Event;
use carryover_domain::aftermath::{Service, Services};
use carryover_domain::facts::{
    Access, Cart, CartRequest, Delivery, Holder, Hope, OwnSubscription, Partner, Profile, Purchase, Standing, Tenancy,
};
use carryover_domain::handover::{Converted, Transfer};
use carryover_domain::ids::{
    CartId, IntentId, Mark, MigrationId, PartnerId, RequestId, SkuId, SubscriptionId, TenantId, UserId,
};
use carryover_domain::offer::{Offer, OfferId};
use carryover_domain::policy::Policy;
use carryover_engine::{Desk, Engine, Outside};
use carryover_ports::{
    Catalogue, Clock, Commerce, Commit, Customers, Directory, Ids, LicenceChange, Market, Observed, Outcome, Read,
    Store, Under, Version,
};
use carryover_store_sqlite::SqliteStore;
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;

/// The tenant of the first customer; the others follow.
const FIRST: u128 = 0xC1_0000_0000;
/// Commits at once while the town is settled.
const SETTLING: usize = 256;

/// The tenant of the customer with this `number`.
pub(crate) fn tenant(number: u64) -> TenantId {
    TenantId::new(Uuid::from_u128(FIRST + u128::from(number)))
}

/// When the portfolio is planned.
fn planned_at() -> Timestamp {
    Timestamp::UNIX_EPOCH + SignedDuration::from_secs(1_793_606_400) // 2026-11-02T08:00:00Z
}

/// A moment of the day on which the line is bought.
pub(crate) fn opens() -> Timestamp {
    Timestamp::UNIX_EPOCH + SignedDuration::from_secs(1_794_304_800) // 2026-11-10T10:00:00Z
}

pub(crate) fn partner() -> Partner {
    Partner { tenant: TenantId::new(Uuid::from_u128(0xA1)), country: "DE".parse().expect("a country") }
}

/// Time that stands still.
pub(crate) struct FixedClock(pub(crate) Timestamp);

impl Clock for FixedClock {
    fn now(&self) -> Timestamp {
        self.0
    }
}

/// Ids that nobody else has.
pub(crate) struct RandomIds;

impl Ids for RandomIds {
    fn intent(&self) -> IntentId {
        let tenant = TenantId::new(Uuid::from_u128(u128::from(next())));
        IntentId::new(MigrationId::of(tenant).as_uuid())
    }
}

fn next() -> u64 {
    static NEXT: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(1);
    NEXT.fetch_add(1, std::sync::atomic::Ordering::Relaxed)
}

/// The log of one customer whose plan is approved.
pub(crate) async fn template() -> Result<Vec<Event>, Failed> {
    let folder = tempfile::tempdir()?;
    let store: Arc<dyn Store> = Arc::new(SqliteStore::open(folder.path().join("template.db"))?);
    let desk = Desk::new(store.clone(), Arc::new(FixedClock(planned_at())), Arc::new(RandomIds), Policy::rule_book());
    let town = Arc::new(Town::of(0..0, None));
    let (commerce, catalogue, customers, directory) = (town.clone(), town.clone(), town.clone(), town);
    let (partner, resellers, products) = (partner(), None, None);
    let outside = Outside { partner, commerce, catalogue, customers, directory, resellers, products };
    let engine = Engine::new(desk, outside);
    let (customer, line) = shop::portfolio();
    let id = MigrationId::of(customer.tenant);
    engine.import(&customer, &[line], "mia").await?;
    engine.plan(id, "ana").await?;
    engine.approve(id, "ana").await?;
    let log = store.load(id).await?.ok_or("the template is gone")?;
    Ok(log.events.into_iter().map(|recorded| recorded.event).collect())
}

/// When customers wake who are settled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wakes {
    /// When the town opens.
    AtOnce,
    /// Later than any measurement.
    Later,
}

/// Gives the customers with these `numbers` the log of `template`.
pub(crate) async fn settle(
    store: &dyn Store,
    template: &[Event],
    numbers: Range<u64>,
    wakes: Wakes,
) -> Result<(), Failed> {
    let at = planned_at();
    let wake = match wakes {
        Wakes::AtOnce => opens(),
        Wakes::Later => opens() + SignedDuration::from_hours(1),
    };
    let numbers: Vec<u64> = numbers.collect();
    for some in numbers.chunks(SETTLING) {
        let logs: Vec<(MigrationId, Vec<Event>)> = some
            .iter()
            .map(|number| {
                let tenant = tenant(*number);
                (MigrationId::of(tenant), of(template, tenant))
            })
            .collect();
        let commits = logs.iter().map(|(migration, events)| {
            let (migration, expected, wake) = (*migration, Version(0), Some(wake));
            store.commit(Commit { migration, expected, events, at, wake, under: Under::NoLease, request: None })
        });
        for committed in together(commits).await {
            committed?;
        }
    }
    Ok(())
}

/// The same facts about another tenant.
fn of(template: &[Event], tenant: TenantId) -> Vec<Event> {
    let mut events = template.to_vec();
    for event in &mut events {
        if let Event::Imported { customer, .. } = event {
            customer.tenant = tenant;
        }
    }
    events
}

/// Waits for all of `futures` at once.
async fn together<F: Future>(futures: impl Iterator<Item = F>) -> Vec<F::Output> {
    let mut waiting: Vec<_> = futures.map(|future| (Box::pin(future), None)).collect();
    std::future::poll_fn(|context| {
        let mut all = true;
        for (future, done) in &mut waiting {
            if done.is_none() {
                match future.as_mut().poll(context) {
                    std::task::Poll::Ready(value) => *done = Some(value),
                    std::task::Poll::Pending => all = false,
                }
            }
        }
        if all { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
    })
    .await;
    waiting.into_iter().filter_map(|(_, done)| done).collect()
}

/// A shop for each customer, there before anybody asks: what is measured is not how a town is built.
pub(crate) struct Town {
    shops: HashMap<TenantId, Shop>,
    /// Where those go who are not of the town, and what is asked about no customer.
    elsewhere: Shop,
    answers_after: Option<Duration>,
}

impl Town {
    /// A town of the customers with these `numbers`.
    pub(crate) fn of(numbers: Range<u64>, answers_after: Option<Duration>) -> Self {
        let shops = numbers.map(|number| (tenant(number), Shop::new(opens()))).collect();
        Self { shops, elsewhere: Shop::new(opens()), answers_after }
    }

    async fn shop(&self, customer: TenantId) -> &Shop {
        if let Some(answers_after) = self.answers_after {
            tokio::time::sleep(answers_after).await;
        }
        self.shops.get(&customer).unwrap_or(&self.elsewhere)
    }
}

#[async_trait]
impl Commerce for Town {
    async fn standing(&self, customer: TenantId) -> Read<Standing> {
        self.shop(customer).await.standing(customer).await
    }
    async fn standing_of_invited(&self, customer: TenantId) -> Read<Standing> {
        self.shop(customer).await.standing_of_invited(customer).await
    }
    async fn invitation_link<'a>(&self, reseller: Option<&'a PartnerId>) -> Read<String> {
        self.shop(partner().tenant).await.invitation_link(reseller).await
    }
    async fn create_cart(&self, key: RequestId, customer: TenantId, want: &CartRequest) -> Outcome<Cart> {
        self.shop(customer).await.create_cart(key, customer, want).await
    }
    async fn check_out(&self, key: RequestId, customer: TenantId, cart: &CartId, mark: &Mark) -> Outcome<Purchase> {
        self.shop(customer).await.check_out(key, customer, cart, mark).await
    }
    async fn orders_marked(&self, customer: TenantId, mark: &Mark, since: Timestamp) -> Read<Vec<Purchase>> {
        self.shop(customer).await.orders_marked(customer, mark, since).await
    }
    async fn own_subscriptions(&self, customer: TenantId) -> Read<Vec<OwnSubscription>> {
        self.shop(customer).await.own_subscriptions(customer).await
    }
    async fn delivery(&self, customer: TenantId, id: &SubscriptionId) -> Read<Option<Delivery>> {
        self.shop(customer).await.delivery(customer, id).await
    }
}

#[async_trait]
impl Catalogue for Town {
    async fn offers(&self, market: Market, skus: &BTreeSet<SkuId>, offers: &BTreeSet<OfferId>) -> Read<Vec<Offer>> {
        self.shop(partner().tenant).await.offers(market, skus, offers).await
    }
    async fn promotions_for(&self, customer: TenantId, hopes: &[Hope]) -> Read<Vec<BTreeSet<String>>> {
        self.shop(customer).await.promotions_for(customer, hopes).await
    }
}

#[async_trait]
impl Customers for Town {
    async fn profile(&self, customer: TenantId) -> Read<Profile> {
        self.shop(customer).await.profile(customer).await
    }
    async fn access(&self, customer: TenantId) -> Read<Access> {
        self.shop(customer).await.access(customer).await
    }
    async fn handovers(&self, customer: TenantId) -> Read<Vec<Transfer>> {
        self.shop(customer).await.handovers(customer).await
    }
    /// Nothing is legacy in this town.
    async fn migrations(&self, _: &SubscriptionId) -> Read<Vec<Converted>> {
        Ok(Observed { value: Vec::new(), at: opens() })
    }
}

#[async_trait]
impl Directory for Town {
    async fn tenancy(&self, customer: TenantId) -> Read<Tenancy> {
        self.shop(customer).await.tenancy(customer).await
    }
    async fn services(&self, customer: TenantId, sku: SkuId) -> Read<Services> {
        self.shop(customer).await.services(customer, sku).await
    }
    async fn services_of(
        &self,
        customer: TenantId,
        users: &BTreeSet<UserId>,
    ) -> Read<Option<BTreeMap<UserId, Vec<Service>>>> {
        self.shop(customer).await.services_of(customer, users).await
    }
    async fn holders(&self, customer: TenantId, sku: SkuId) -> Read<Vec<Holder>> {
        self.shop(customer).await.holders(customer, sku).await
    }
    async fn swap(&self, customer: TenantId, changes: &[LicenceChange]) -> BTreeMap<UserId, Outcome<()>> {
        self.shop(customer).await.swap(customer, changes).await
    }
}
