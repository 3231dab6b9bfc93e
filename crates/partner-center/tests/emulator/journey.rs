//! One customer's way from invitation to swapped licences, through every port method, against the emulator under
//! strict sign-in. The clock is the emulator's.

use crate::line;
use carryover_domain::facts::{Agreement, CartRequest, OwnStatus, Relationship, Via};
use carryover_domain::ids::{IntentId, Mark, RequestId, SkuId, TenantId};
use carryover_domain::offer::Segment;
use carryover_domain::policy::SellsAs;
use carryover_domain::reply::RefusalKind;
use carryover_domain::time::{Billing, Term};
use carryover_domain::value::Seats;
use carryover_emulator::{Auth, Letter, Options, Right, Rules, Running, Seed, SeedPeople};
use carryover_partner_center::PartnerCenter;
use carryover_ports::{Catalogue, Commerce, Directory, LicenceChange, Market, Outcome};
use carryover_testkit::conformance::services::emulated::provider_seed;
use jiff::SignedDuration;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// Microsoft 365 Business Premium: what the customer moves to.
const PREMIUM: &str = "cbdc14ab-d96c-4c30-b9f4-6ada7cdc1d46";

struct World {
    running: Running,
    adapter: PartnerCenter,
    seed: Seed,
}

impl World {
    async fn start() -> Self {
        let mut seed = Seed::generate(1, 7, "2026-03-02T08:00:00Z".parse().unwrap());
        seed.customers[0].people = SeedPeople {
            accepts_invitation_after_hours: Some(2),
            signs_agreement_after_hours: Some(2),
            stops_renewal_after_hours: None,
        };
        // One source line leads to what is bought here; the books call any purchase beyond that a duplicate.
        seed.customers[0].subscriptions[0].target_sku = Some(PREMIUM.parse().unwrap());
        let options = Options { auth: Auth::Strict, rules: Rules::prompt(), ..Options::frozen() };
        let (adapter, running) = line::connect(&seed, options).await;
        Self { running, adapter, seed }
    }

    fn customer(&self) -> TenantId {
        self.seed.customers[0].tenant_id.to_string().parse().unwrap()
    }

    /// The licence that most of the customer's users hold directly.
    fn old_sku(&self) -> SkuId {
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        for user in &self.seed.customers[0].users {
            let located = user.usage_location.is_some();
            for held in user.licences.iter().filter(|held| located && held.assigned_by_group.is_none()) {
                *counts.entry(held.sku_id.to_string()).or_default() += 1;
            }
        }
        counts.remove(PREMIUM);
        let (sku, _) = counts.into_iter().max_by_key(|(_, count)| *count).unwrap();
        sku.parse().unwrap()
    }

    fn hours_pass(&self, hours: i64) {
        self.running.with_ledger(|ledger| {
            let later = ledger.now() + SignedDuration::from_hours(hours);
            ledger.advance_to(later).unwrap();
        });
    }

    async fn standing(&self) -> (Relationship, Agreement) {
        let standing = self.adapter.standing(self.customer()).await.unwrap().value;
        (standing.relationship, standing.agreement)
    }

    async fn accepted() -> Self {
        let world = Self::start().await;
        world.invite().await;
        world.hours_pass(6);
        world
    }

    async fn invite(&self) {
        let link = self.adapter.invitation_link(None).await.unwrap().value;
        let tenant = self.seed.customers[0].tenant_id;
        let letter = Letter::Invitation { tenant, link };
        self.running.with_ledger(|ledger| ledger.post_letter(&letter)).unwrap();
    }
}

fn key(number: u128) -> RequestId {
    RequestId::new(Uuid::from_u128(number))
}

fn mark() -> Mark {
    Mark::of(IntentId::new(Uuid::from_u128(7)))
}

fn want(offer: &str) -> CartRequest {
    CartRequest {
        offer: offer.parse().unwrap(),
        segment: Segment::Commercial,
        seats: Seats::try_new(3).unwrap(),
        term: Term::Year,
        billing: Billing::Monthly,
        term_end: None,
        reseller: None,
        parent: None,
        mark: mark(),
    }
}

#[tokio::test]
async fn a_customer_comes_over_and_nothing_is_bought_twice() {
    let world = World::start().await;
    let (adapter, customer) = (&world.adapter, world.customer());
    let premium: SkuId = PREMIUM.parse().unwrap();

    // A stranger: nothing can be bought, and its tenant cannot be looked into.
    assert_eq!(world.standing().await, (Relationship::None, Agreement::Unreadable));
    let too_early = adapter.create_cart(key(1), customer, &want("CFQ7TTC0LCHC:0002")).await;
    assert!(matches!(too_early, Outcome::Refused(refusal) if refusal.kind == RefusalKind::NoRelationship));
    adapter.tenancy(customer).await.unwrap_err();

    // Invited, accepted, signed.
    world.invite().await;
    world.hours_pass(3);
    assert_eq!(world.standing().await, (Relationship::Reseller, Agreement::Missing));
    world.hours_pass(3);
    assert_eq!(world.standing().await, (Relationship::Reseller, Agreement::Accepted));

    // The country's catalogue and the customer's own agree.
    let country = world.seed.customers[0].country.parse().unwrap();
    let (skus, none) = (BTreeSet::from([premium]), BTreeSet::new());
    let offers = adapter.offers(Market::Country(country), &skus, &none).await.unwrap().value;
    let own = adapter.offers(Market::Customer(customer), &skus, &none).await.unwrap().value;
    assert_eq!(offers, own);
    let offer = &offers[0];
    assert_eq!(offer.sku, premium);
    assert!(offer.terms[&Term::Year].contains(&Billing::Monthly));

    // Bought once, however often it is sent.
    let want = want(&offer.id.to_string());
    let Outcome::Done(cart) = adapter.create_cart(key(2), customer, &want).await else { panic!("no cart") };
    assert_eq!((cart.offer, cart.seats), (want.offer.clone(), 3));
    assert_eq!((cart.term, cart.billing), (Some(Term::Year), Some(Billing::Monthly)));
    let Outcome::Done(bought) = adapter.check_out(key(3), customer, &cart.id, &mark()).await else {
        panic!("not bought")
    };
    let same_key = adapter.check_out(key(3), customer, &cart.id, &mark()).await;
    let other_key = adapter.check_out(key(4), customer, &cart.id, &mark()).await;
    for repeat in [same_key, other_key] {
        let Outcome::Done(repeat) = repeat else { panic!("{repeat:?}") };
        assert_eq!((&repeat.order, &repeat.subscription), (&bought.order, &bought.subscription));
    }
    let orders = adapter.orders_marked(customer, &mark(), bought.ordered_at).await.unwrap().value;
    assert_eq!(orders.len(), 1);
    assert!(orders[0].price_per_seat.is_some());

    // Delivered: active, provisioned, and in the tenant as ours.
    world.hours_pass(2);
    let orders = adapter.orders_marked(customer, &mark(), bought.ordered_at).await.unwrap().value;
    let subscription = orders[0].subscription.clone().unwrap();
    let delivery = adapter.delivery(customer, &subscription).await.unwrap().value.unwrap();
    assert!(delivery.active && delivery.provisioned);
    assert_eq!(delivery.seats, 3);
    let tenancy = adapter.tenancy(customer).await.unwrap().value;
    let held = tenancy.subscription(&subscription).unwrap();
    assert_eq!(held.owner.unwrap().to_string(), world.seed.partner.tenant_id.to_string());
    assert!(tenancy.pool(premium).enabled >= 3);

    let books = world.running.with_ledger(|ledger| ledger.books());
    assert_eq!((books.purchases, books.duplicate_purchases), (1, 0));
}

#[tokio::test]
async fn a_later_subscription_ends_with_the_first_one() {
    let world = World::accepted().await;
    let (adapter, customer) = (&world.adapter, world.customer());
    let want = want("CFQ7TTC0LCHC:0002");
    let buy = async |number: u128, want: &CartRequest| {
        let Outcome::Done(cart) = adapter.create_cart(key(number), customer, want).await else { panic!("no cart") };
        assert_eq!(cart.term_end, want.term_end);
        adapter.check_out(key(number + 1), customer, &cart.id, &mark()).await
    };
    assert!(matches!(buy(20, &want).await, Outcome::Done(_)));
    world.hours_pass(24 * 10);
    let first = adapter.own_subscriptions(customer).await.unwrap().value;
    let [first] = first.as_slice() else { panic!("{first:?}") };
    assert_eq!((first.status, first.term, first.trial), (OwnStatus::Active, Some(Term::Year), false));
    let end = first.last_day.unwrap();
    assert_eq!(end, Term::Year.last_day(first.starts.unwrap()));

    // A day beside it is nobody's end.
    let beside = CartRequest { term_end: end.tomorrow().ok(), ..want.clone() };
    let refused = adapter.create_cart(key(22), customer, &beside).await;
    assert!(matches!(&refused, Outcome::Refused(refusal) if refusal.code.contains("10017")), "{refused:?}");

    let shared = CartRequest { term_end: Some(end), ..want };
    assert!(matches!(buy(24, &shared).await, Outcome::Done(_)));
    world.hours_pass(24);
    let both = adapter.own_subscriptions(customer).await.unwrap().value;
    assert_eq!(both.iter().filter(|own| own.last_day == Some(end)).count(), 2, "{both:?}");
    let later = both.iter().find(|own| own.id != first.id).unwrap();
    let delivery = adapter.delivery(customer, &later.id).await.unwrap().value.unwrap();
    assert_eq!(delivery.last_day, Some(end));
}

#[tokio::test]
async fn users_change_their_licence_without_being_without_one() {
    let world = World::accepted().await;
    let (adapter, customer) = (&world.adapter, world.customer());
    let (old, premium) = (world.old_sku(), PREMIUM.parse().unwrap());
    let none = BTreeSet::new();

    let holders = adapter.holders(customer, old).await.unwrap().value;
    let direct = holders.iter().find(|it| it.via == Via::Direct && it.has_usage_location).unwrap();

    let (skus, items) = (BTreeSet::from([premium]), BTreeSet::new());
    let offers = adapter.offers(Market::Customer(customer), &skus, &items).await.unwrap().value;
    let want = want(&offers[0].id.to_string());
    let Outcome::Done(cart) = adapter.create_cart(key(2), customer, &want).await else { panic!("no cart") };
    let bought = adapter.check_out(key(3), customer, &cart.id, &mark()).await;
    assert!(matches!(bought, Outcome::Done(_)), "{bought:?}");
    world.hours_pass(2);

    let change =
        LicenceChange { request: key(4), user: direct.user, add: BTreeMap::from([(premium, none)]), remove: old };
    // Twice the same: the second finds the work done.
    for _ in 0..2 {
        let swapped = adapter.swap(customer, std::slice::from_ref(&change)).await;
        assert_eq!(swapped, BTreeMap::from([(direct.user, Outcome::Done(()))]));
    }
    let left = adapter.holders(customer, old).await.unwrap().value;
    assert!(left.iter().all(|it| it.user != direct.user));
    let moved = adapter.holders(customer, premium).await.unwrap().value;
    assert!(moved.iter().any(|it| it.user == direct.user));

    let books = world.running.with_ledger(|ledger| ledger.books());
    assert_eq!((books.licences_swapped, books.gap_seat_hours), (1, 0));
}

#[tokio::test]
async fn a_cart_is_built_upon_the_item_of_the_moment_although_the_catalogue_is_remembered() {
    let world = World::accepted().await;
    let (adapter, customer) = (&world.adapter, world.customer());
    let (skus, items) = (BTreeSet::from([PREMIUM.parse().unwrap()]), BTreeSet::new());
    let offers = adapter.offers(Market::Customer(customer), &skus, &items).await.unwrap().value;
    // Availability ids change every twelve hours here.
    for number in 0..4 {
        world.hours_pass(5);
        let cart = adapter.create_cart(key(10 + number), customer, &want(&offers[0].id.to_string())).await;
        assert!(matches!(cart, Outcome::Done(_)), "{cart:?}");
    }
}

#[tokio::test]
async fn a_cart_that_waited_too_long_is_gone_and_buys_nothing() {
    let world = World::accepted().await;
    let (adapter, customer) = (&world.adapter, world.customer());
    let (skus, items) = (BTreeSet::from([PREMIUM.parse().unwrap()]), BTreeSet::new());
    let offers = adapter.offers(Market::Customer(customer), &skus, &items).await.unwrap().value;
    let want = want(&offers[0].id.to_string());
    let Outcome::Done(cart) = adapter.create_cart(key(2), customer, &want).await else { panic!("no cart") };
    world.hours_pass(8 * 24);
    let late = adapter.check_out(key(3), customer, &cart.id, &mark()).await;
    assert!(matches!(&late, Outcome::Refused(refusal) if refusal.kind == RefusalKind::CartGone), "{late:?}");
    assert_eq!(world.running.with_ledger(|ledger| ledger.books()).purchases, 0);
}

#[tokio::test]
async fn a_doctor_finds_nothing_wrong_with_a_partner_that_is_set_up() {
    let world = World::accepted().await;
    let checks = world.adapter.probe(Some(world.customer()), SellsAs::DirectBill).await;
    let failed: Vec<_> = checks.iter().filter(|check| check.result.is_err()).collect();
    assert!(failed.is_empty(), "{failed:#?}");
    assert_eq!(checks.len(), 17);
}

#[tokio::test]
async fn a_doctor_of_a_provider_names_who_may_not_see_resellers() {
    let seed = provider_seed("2026-03-02T08:00:00Z".parse().unwrap());
    let options = Options { auth: Auth::Strict, rules: Rules::prompt(), ..Options::frozen() };
    let (adapter, running) = line::connect(&seed, options).await;
    let customer = seed.customers[0].tenant_id.to_string().parse().unwrap();
    let failed = async || {
        let checks = adapter.probe(Some(customer), SellsAs::IndirectProvider).await;
        assert_eq!(checks.len(), 20);
        checks.into_iter().filter(|check| check.result.is_err()).map(|check| check.name).collect::<Vec<_>>()
    };
    assert_eq!(failed().await, Vec::<&str>::new());
    running.with_ledger(|ledger| ledger.take_right(Right::AdminAgent));
    assert_eq!(failed().await, ["webhook events"]);
    running.with_ledger(|ledger| ledger.take_right(Right::SalesAgent));
    let of_user = ["relationship link", "webhook events", "our partner agreement"];
    let of_resellers = ["resellers", "resellers on purchases", "customer's resellers"];
    assert_eq!(failed().await, [of_user, of_resellers].concat());
}
