//! Every read of every port under every fault of the emulator: the right kind of error, or what is read in calm; never another
//! answer, least of all that there is nothing.

use crate::faults::{Fate, REFUSAL_HOLDS, key, mark, row};
use crate::line;
use carryover_domain::facts::{CartRequest, Hope};
use carryover_domain::handover::{Conversion, ConversionDay, TransferRequest};
use carryover_domain::ids::{PartnerId, SubscriptionId, TenantId, UserId};
use carryover_domain::offer::{OfferId, Segment};
use carryover_domain::time::{Billing, Term};
use carryover_domain::value::Seats;
use carryover_emulator::{Auth, Fault, FaultRule, Options, Rules, Running, SeedPromotion};
use carryover_partner_center::PartnerCenter;
use carryover_ports::{
    Catalogue, Commerce, Conversions, Customers, Directory, Licences, Market, Observed, Outcome, Read, Registration,
    Resellers, Stock, Subscriptions, Tie, Transfers, Unavailable, Webhooks,
};
use carryover_testkit::conformance::services::emulated::{Emulated, World as _, provider_seed};
use carryover_testkit::conformance::services::{Provider as _, Stage};
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeSet;
use std::fmt::Debug;
use tokio::task::JoinSet;
use uuid::Uuid;

/// A read, and the requests of it that a fault is to meet.
struct Op {
    name: &'static str,
    method: &'static str,
    path: &'static str,
    /// After so long it is not remembered any more, and tokens are too old; in hours.
    remembered: i64,
}

/// More than a day.
const fn get(name: &'static str, path: &'static str) -> Op {
    Op { name, method: "GET", path, remembered: 25 }
}

/// Some hours, which for all faults together are less than the thirty days for which a transfer is offered.
const fn of_transfers(name: &'static str) -> Op {
    Op { remembered: 20, ..get(name, "/v1/**") }
}

const fn post(name: &'static str, path: &'static str) -> Op {
    Op { method: "POST", ..get(name, path) }
}

#[rustfmt::skip]
static READS: [Op; 40] = [
    get("standing", "/v1/**"),
    get("agreement", "/v1/customers/*/agreements"),
    get("standing of invited", "/v1/**"),
    get("invitation link", "/v1/**"),
    get("offers", "/v1/**"),
    Op { remembered: 31 * 24, ..get("availabilities", "/v1/customers/*/products/*/skus/*/availabilities") },
    post("promotions for", "/v1/customers/*/promotionEligibilities"),
    get("orders", "/v1/**"),
    get("own subscriptions", "/v1/**"),
    get("delivery", "/v1/**"),
    get("provisioning", "/v1/customers/*/subscriptions/*/provisioningstatus"),
    get("sold", "/v1/**"),
    get("profile", "/v1/**"),
    get("qualifications", "/v1/customers/*/qualifications"),
    get("hold", "/v1/customers/*/validationStatus"),
    get("access", "/v1.0/**"),
    of_transfers("handovers"),
    get("migrations", "/v1/**"),
    get("tenancy", "/v1.0/**"),
    get("holders", "/v1.0/**"),
    get("services", "/v1.0/**"),
    get("services of", "/v1.0/**"),
    post("eligibility", "/v1/customers/*/migrations/newcommerce/validate"),
    get("conversions", "/v1/**"),
    get("conversion", "/v1/**"),
    get("scheduled", "/v1/**"),
    of_transfers("transfers"),
    of_transfers("transfer"),
    get("registration", "/webhooks/**"),
    get("event names", "/webhooks/**"),
    get("test event", "/webhooks/**"),
    get("tied", "/v1/**"),
    get("resellers of", "/v1/**"),
    get("partner name", "/v1/**"),
    get("has agreed", "/v1/**"),
    post("on record", "/v1/**"),
    get("pools", "/v1/**"),
    get("users", "/v1/**"),
    get("licences of", "/v1/**"),
    post("stock", "/v1/extensions/**"),
];

/// Reads whose port says that what may not be read is left out.
const LEAVE_OUT: [&str; 2] = ["services", "services of"];

/// A provider's world in which every read has something to tell.
struct World {
    adapter: PartnerCenter,
    running: Running,
    stage: Emulated<carryover_emulator::Emulator>,
    offer: OfferId,
    /// What we have sold.
    sold: SubscriptionId,
    /// A legacy subscription that was converted, and its conversion.
    converted: (SubscriptionId, String),
    /// A legacy subscription whose conversion is put off.
    put_off: SubscriptionId,
    transfer: String,
    test_event: String,
}

fn done<T: Debug>(outcome: Outcome<T>) -> T {
    match outcome {
        Outcome::Done(value) => value,
        other => panic!("{other:?}"),
    }
}

impl World {
    async fn start() -> Self {
        let mut seed = provider_seed("2026-03-02T08:00:00Z".parse().unwrap());
        seed.promotions = vec![promotion(seed.start)];
        let options = Options { auth: Auth::Strict, rules: Rules::prompt(), ..Options::frozen() };
        let (adapter, running) = line::connect(&seed, options).await;
        let stage = Emulated(running.emulator().clone());
        let (customer, product) = (stage.customer(), BTreeSet::from([stage.product()]));
        let offers = adapter.offers(Market::Customer(customer), &product, &BTreeSet::new()).await.unwrap();
        let offer = offers.value[0].id.clone();
        let want = CartRequest {
            offer: offer.clone(),
            segment: Segment::Commercial,
            seats: Seats::try_new(3).unwrap(),
            term: Term::Year,
            billing: Billing::Monthly,
            term_end: None,
            reseller: stage.reseller().partner_id.map(|id| PartnerId::try_new(&id).unwrap()),
            parent: None,
            mark: mark(1),
        };
        let cart = done(adapter.create_cart(key(1), customer, &want).await);
        let bought = done(adapter.check_out(key(2), customer, &cart.id, &mark(1)).await);
        let (owner, legacy) = stage.legacy();
        let converted = done(adapter.convert(key(3), owner, &conversion(&legacy[0]), &mark(3)).await);
        let (want, day) = (conversion(&legacy[1]), ConversionDay::AtRenewal);
        done(adapter.schedule(key(4), owner, &want, day, &mark(4)).await);
        let transfer = done(adapter.ask_for_transfer(key(5), customer, &transfer()).await).id;
        let (url, events) = ("https://hooks.partner.example/".parse().unwrap(), ["test-created".to_owned()].into());
        done(adapter.register(key(6), &Registration { url, events }).await);
        let test_event = done(adapter.send_test_event(key(7)).await);
        stage.pass(SignedDuration::from_hours(4));
        let converted = (legacy[0].clone(), converted.id);
        let (sold, put_off) = (bought.subscription.unwrap(), legacy[1].clone());
        World { adapter, running, stage, offer, sold, converted, put_off, transfer, test_event }
    }

    async fn read(&self, op: &Op) -> Read<String> {
        let (it, stage, customer, none) = (&self.adapter, &self.stage, self.stage.customer(), BTreeSet::new());
        let owner = stage.legacy().0;
        match op.name {
            "standing" => told(it.standing(customer).await),
            // One that was seen is remembered for long.
            "agreement" => told(it.standing(stage.unsigned()).await),
            "standing of invited" => told(it.standing_of_invited(customer).await),
            "invitation link" => told(it.invitation_link(None).await),
            "offers" | "availabilities" => {
                let skus = BTreeSet::from([stage.product()]);
                told(it.offers(Market::Customer(customer), &skus, &none).await)
            }
            "promotions for" => told(it.promotions_for(customer, &[self.hope()]).await),
            "orders" => told(it.orders_marked(customer, &mark(1), Timestamp::UNIX_EPOCH).await),
            "own subscriptions" => told(it.own_subscriptions(customer).await),
            "delivery" | "provisioning" => told(it.delivery(customer, &self.sold).await),
            "sold" => told(it.sold(customer, &self.sold).await),
            // Of whom every part of it says something.
            "profile" | "qualifications" | "hold" => told(it.profile(stage.held_up()).await),
            "access" => told(it.access(stage.stranger()).await),
            "handovers" => told(it.handovers(customer).await),
            "migrations" => told(it.migrations(&self.converted.0).await),
            "tenancy" => told(it.tenancy(customer).await),
            "holders" => told(it.holders(customer, stage.held()).await),
            "services" => told(it.services(customer, stage.held()).await),
            "services of" => told(it.services_of(customer, &BTreeSet::from([self.somebody()])).await),
            "eligibility" => told(it.eligibility(owner, &conversion(&self.converted.0)).await),
            "conversions" => told(it.conversions(&self.converted.0).await),
            "conversion" => told(it.conversion(owner, &self.converted.1).await),
            "scheduled" => told(it.scheduled(&self.put_off).await),
            "transfers" => told(it.transfers(customer).await),
            "transfer" => told(it.transfer(customer, &self.transfer).await),
            "registration" => told(it.registration().await),
            "event names" => told(it.event_names().await),
            "test event" => {
                // How often the emulator has tried by now is a matter of its own clock.
                let read = it.test_event(&self.test_event).await;
                told(read.map(|Observed { value, at }| Observed { value: value.map(|event| event.status), at }))
            }
            "tied" => told(it.tied(Tie::Resellers).await),
            "resellers of" => told(it.resellers_of(customer).await),
            "partner name" => told(it.partner_name(stage.reseller().partner_id.as_deref()).await),
            "has agreed" => told(it.has_agreed(stage.reseller().tenant).await),
            "on record" => told(it.on_record(&stage.reseller().partner_id.into_iter().collect()).await),
            "pools" => told(it.pools(customer).await),
            "users" => told(it.users(customer).await),
            "licences of" => told(it.licences_of(customer, self.somebody()).await),
            "stock" => told(it.stock(stage.country(), customer, &BTreeSet::from([stage.sold_out()])).await),
            other => panic!("no such read: {other}"),
        }
    }

    fn somebody(&self) -> UserId {
        self.stage.people().movable[0]
    }

    fn hope(&self) -> Hope {
        let (term, billing) = (Term::Year, Billing::Annual);
        Hope { offer: self.offer.clone(), segment: Segment::Commercial, seats: 3, term, billing }
    }

    fn strike(&self, fault: Fault, op: &Op) {
        let rule = match fault {
            Fault::SignInRefused => FaultRule::new(fault).at("POST", "/*/oauth2/**"),
            Fault::Delayed => FaultRule { seconds: Some(1), ..FaultRule::new(fault).at(op.method, op.path).once() },
            _ => FaultRule::new(fault).at(op.method, op.path),
        };
        self.running.emulator().add_fault(rule).unwrap();
    }

    fn purchases(&self) -> usize {
        self.running.with_ledger(|ledger| ledger.statement().purchases.len())
    }
}

fn told<T: Debug>(read: Read<T>) -> Read<String> {
    read.map(|seen| Observed { value: format!("{:?}", seen.value), at: seen.at })
}

fn of_read<T>(read: &Read<T>) -> Fate {
    match read {
        Ok(_) => Fate::Done,
        Err(Unavailable::Unreachable(_)) => Fate::Unreachable,
        Err(Unavailable::Throttled { .. }) => Fate::Throttled,
        Err(Unavailable::SignInRefused(_)) => Fate::SignInRefused,
        Err(Unavailable::Forbidden(_)) => Fate::Forbidden,
        Err(Unavailable::Unreadable(_)) => Fate::Unreadable,
    }
}

fn promotion(starts: Timestamp) -> SeedPromotion {
    SeedPromotion {
        id: "39NFJQT1X27P:0001:39NFJQT1Q5KL".to_owned(),
        name: "Spring".to_owned(),
        sku_id: "cbdc14ab-d96c-4c30-b9f4-6ada7cdc1d46".parse().unwrap(),
        term: carryover_emulator::Term::P1Y,
        billing: Some(carryover_emulator::Billing::Annual),
        percent_off: 15,
        starts,
        ends: starts + SignedDuration::from_hours(24 * 365),
        min_seats: 1,
        max_seats: None,
        new_only: false,
        applies_itself: true,
    }
}

fn conversion(from: &SubscriptionId) -> Conversion {
    let (term, billing) = (Term::Year, Billing::Monthly);
    Conversion { from: from.clone(), term, billing, full_term: true, seats: None, addons: Vec::new() }
}

fn transfer() -> TransferRequest {
    TransferRequest {
        from: TenantId::new(Uuid::from_u128(0x0A)),
        from_name: "Other".to_owned(),
        customer_email: "ana@customer.example".to_owned(),
        customer_name: "Customer".to_owned(),
    }
}

/// What is wrong with a read under each fault, in a world of its own.
async fn faulted(op: &'static Op) -> Vec<String> {
    let world = World::start().await;
    let mut wrong = Vec::new();
    for fault in Fault::all() {
        let closed = matches!(row(fault), (.., Fate::SignInRefused)) && op.path.starts_with("/v1.0");
        let expected = match row(fault) {
            // What may not be looked at is absent here, and no failure.
            _ if closed && LEAVE_OUT.contains(&op.name) => Fate::Done,
            // A tenant that does not let us in has not let us in. Relationships are read in our own tenant.
            _ if closed && op.name != "access" => Fate::Forbidden,
            (.., expected) => expected,
        };
        world.stage.pass(SignedDuration::from_hours(op.remembered));
        let before = world.purchases();
        world.strike(fault, op);
        let met = world.read(op).await;
        world.stage.0.calm();
        if closed || of_read(&met) == Fate::SignInRefused {
            world.stage.pass(REFUSAL_HOLDS);
        }
        if of_read(&met) != expected {
            wrong.push(format!("{} under {fault}: {met:?}, not {expected:?}", op.name));
        }
        let again = world.read(op).await;
        match (&met, &again) {
            (_, Ok(again)) if ["[]", "{}", "None", "[{}]"].contains(&again.value.as_str()) => {
                panic!("{} after {fault}, {met:?}: a world that has nothing to tell shows nothing", op.name)
            }
            (Ok(met), Ok(_)) if closed && met.value.contains("None") => {}
            (Ok(met), Ok(again)) if met.value != again.value => {
                wrong.push(format!("{} under {fault}: {}, and then {}", op.name, met.value, again.value));
            }
            (_, Ok(_)) => {}
            (_, Err(why)) => wrong.push(format!("{} after {fault}: {why:?}", op.name)),
        }
        assert_eq!(world.purchases(), before, "a read bought something");
    }
    wrong
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_read_under_every_fault_is_what_there_is_or_says_why_it_is_not_told() {
    let reads: JoinSet<Vec<String>> = READS.iter().map(faulted).collect();
    let wrong = reads.join_all().await.concat();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_nothing_listens_a_read_is_unreachable() {
    let mut world = World::start().await;
    let seed = world.running.with_ledger(|ledger| ledger.seed().clone());
    let (_, elsewhere) = line::connect(&seed, Options::frozen()).await;
    std::mem::replace(&mut world.running, elsewhere).shutdown().await.unwrap();
    for op in &READS {
        world.stage.pass(SignedDuration::from_hours(op.remembered));
        assert_eq!(of_read(&world.read(op).await), Fate::Unreachable, "{}", op.name);
    }
}
