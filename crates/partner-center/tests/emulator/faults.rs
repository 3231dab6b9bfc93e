//! Writes of buying and of tenants under every fault of the emulator: the fate that the adapter reports, and what the emulator's books
//! show. Has the table that other tests of faults go by.
//!
//! One table says what a fault means for writes and for reads; a second one the few operations that it means something else for.

use crate::line;
use carryover_domain::facts::{CartRequest, Holder, Via};
use carryover_domain::ids::{CartId, IntentId, Mark, RequestId, SkuId, SubscriptionId, TenantId};
use carryover_domain::offer::{OfferId, Segment};
use carryover_domain::sold::{EndOfTerm, NextTerm, SoldChange};
use carryover_domain::time::{Billing, Term};
use carryover_domain::value::Seats;
use carryover_emulator::{Auth, Fault, FaultRule, Options, Rules, Running, SeedUser};
use carryover_partner_center::PartnerCenter;
use carryover_ports::{
    Catalogue, Commerce, Directory, LicenceChange, Market, Outcome, Registration, Subscriptions, Webhooks,
};
use carryover_testkit::conformance::services::Stage;
use carryover_testkit::conformance::services::emulated::{Emulated, World as _, seed};
use jiff::SignedDuration;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// What came of an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    Done,
    Refused,
    Throttled,
    NotSent,
    InDoubt,
    Unreachable,
    SignInRefused,
    Forbidden,
    Unreadable,
}

/// A fault: what a write reports, whether it happened all the same, and what a read reports.
pub(crate) type Row = (&'static str, Fate, bool, Fate);

#[rustfmt::skip]
const TABLE: [Row; 29] = [
    ("lost_before",        Fate::InDoubt,   false, Fate::Unreachable),
    ("lost_after",         Fate::InDoubt,   true,  Fate::Unreachable),
    ("delayed",            Fate::Done,      true,  Fate::Done),
    ("throttled",          Fate::Throttled, false, Fate::Throttled),
    ("throttled_silently", Fate::Throttled, false, Fate::Throttled),
    ("unavailable",        Fate::InDoubt,   false, Fate::Unreachable),
    ("server_error",       Fate::InDoubt,   false, Fate::Unreachable),
    ("server_error_after", Fate::InDoubt,   true,  Fate::Unreachable),
    ("gateway_page",       Fate::InDoubt,   false, Fate::Unreachable),
    ("gateway_forbidden",  Fate::InDoubt,   false, Fate::Unreadable),
    ("gateway_not_found",  Fate::InDoubt,   false, Fate::Unreadable),
    ("gateway_timeout",    Fate::InDoubt,   true,  Fate::Unreachable),
    ("html_instead",       Fate::InDoubt,   true,  Fate::Unreadable),
    ("truncated",          Fate::InDoubt,   true,  Fate::Unreadable),
    ("token_expired",      Fate::NotSent,   false, Fate::SignInRefused),
    ("sign_in_refused",    Fate::NotSent,   false, Fate::SignInRefused),
    ("cart_vanishes",      Fate::Done,      true,  Fate::Done),
    ("catalogue_rotates",  Fate::Done,      true,  Fate::Done),
    ("partial_checkout",   Fate::Done,      true,  Fate::Done),
    ("provisioning_stuck", Fate::Done,      true,  Fate::Done),
    ("cart_busy",          Fate::Done,      true,  Fate::Done),
    ("order_in_progress",  Fate::Done,      true,  Fate::Done),
    ("provisioning_failed", Fate::Done,     true,  Fate::Done),
    ("operation_pending",  Fate::Done,      true,  Fate::Done),
    ("reads_lag",          Fate::Done,      true,  Fate::Done),
    // What the webhook is told is not asked for here.
    ("webhook_lost",       Fate::Done,      true,  Fate::Done),
    ("webhook_twice",      Fate::Done,      true,  Fate::Done),
    ("webhook_out_of_order", Fate::Done,    true,  Fate::Done),
    ("webhook_late",       Fate::Done,      true,  Fate::Done),
];

/// Where a fault means something else: operation, fault, fate, and whether it happened all the same.
const EXCEPTIONS: [(&str, &str, Fate, bool); 14] = [
    ("check out", "cart_vanishes", Fate::Refused, false),
    // Its item is not the one of the moment any more: that cart will never be an order.
    ("check out", "catalogue_rotates", Fate::Refused, false),
    ("check out", "partial_checkout", Fate::Refused, false),
    ("check out", "cart_busy", Fate::InDoubt, false),
    ("check out", "order_in_progress", Fate::InDoubt, true),
    ("make a cart", "catalogue_rotates", Fate::Refused, false),
    // Somebody else's operation on it is over by and by.
    ("change seats", "operation_pending", Fate::Throttled, false),
    ("choose the end", "operation_pending", Fate::Throttled, false),
    ("set the next term", "operation_pending", Fate::Throttled, false),
    ("cancel", "operation_pending", Fate::Throttled, false),
    // A tenant that does not let us in has not let us in: that is a right that is missing, not our own sign-in.
    ("swap", "token_expired", Fate::Refused, false),
    ("swap", "sign_in_refused", Fate::Refused, false),
    ("swap two", "token_expired", Fate::Refused, false),
    ("swap two", "sign_in_refused", Fate::Refused, false),
];

const PREMIUM: &str = "cbdc14ab-d96c-4c30-b9f4-6ada7cdc1d46";
/// Users that can be given another licence: two for each fault.
const USERS: u32 = 60;

/// Tokens are older than they may be after this.
pub(crate) const TOKEN_LIFE: SignedDuration = SignedDuration::from_mins(61);
/// So long a refused sign-in is not tried again: accounts get locked.
pub(crate) const REFUSAL_HOLDS: SignedDuration = SignedDuration::from_secs(61);

struct World {
    adapter: PartnerCenter,
    running: Running,
    stage: Emulated<carryover_emulator::Emulator>,
    offer: OfferId,
    /// A subscription that we sold, with seats for every user.
    sold: SubscriptionId,
    users: Vec<Holder>,
}

pub(crate) fn key(number: u32) -> RequestId {
    RequestId::new(Uuid::from_u128(number.into()))
}

pub(crate) fn mark(number: u32) -> Mark {
    Mark::of(IntentId::new(Uuid::from_u128(number.into())))
}

fn want(offer: &OfferId, seats: u32, mark: Mark) -> CartRequest {
    let seats = Seats::try_new(seats).unwrap();
    CartRequest {
        offer: offer.clone(),
        segment: Segment::Commercial,
        seats,
        term: Term::Year,
        billing: Billing::Monthly,
        term_end: None,
        reseller: None,
        parent: None,
        mark,
    }
}

impl World {
    /// A customer with many users, and one purchase of ours that is active and whose seats are there.
    async fn start() -> World {
        let mut seed = seed("2026-03-02T08:00:00Z".parse().unwrap());
        let customer = &mut seed.customers[0];
        customer.subscriptions[0].seats = USERS + 10;
        let like = customer.users[0].clone();
        customer.users.extend((0..USERS).map(|nth| SeedUser {
            id: carryover_emulator::UserId(Uuid::from_u128(0xF000 + u128::from(nth))),
            upn: format!("more{nth}@customer.example"),
            ..like.clone()
        }));
        let options = Options { auth: Auth::Strict, rules: Rules::prompt(), ..Options::frozen() };
        let (adapter, running) = line::connect(&seed, options).await;
        let stage = Emulated(running.emulator().clone());
        let premium = BTreeSet::from([PREMIUM.parse::<SkuId>().unwrap()]);
        let offers = adapter.offers(Market::Customer(stage.customer()), &premium, &BTreeSet::new()).await.unwrap();
        let offer = offers.value[0].id.clone();
        let Outcome::Done(cart) = adapter.create_cart(key(1), stage.customer(), &want(&offer, USERS, mark(1))).await
        else {
            panic!("no cart")
        };
        let Outcome::Done(bought) = adapter.check_out(key(2), stage.customer(), &cart.id, &mark(1)).await else {
            panic!("not bought")
        };
        let (url, events) = ("https://hooks.partner.example/".parse().unwrap(), ["test-created".to_owned()].into());
        assert_eq!(adapter.register(key(3), &Registration { url, events }).await, Outcome::Done(()));
        stage.pass(SignedDuration::from_hours(4));
        let held = adapter.holders(stage.customer(), stage.held()).await.unwrap().value;
        let users = held.into_iter().filter(|it| it.via == Via::Direct && it.has_usage_location).collect();
        World { adapter, running, stage, offer, sold: bought.subscription.unwrap(), users }
    }

    fn customer(&self) -> TenantId {
        self.stage.customer()
    }

    /// Whether the last write of that kind was processed, by the emulator's own account.
    fn processed(&self, op: &Op) -> bool {
        let ends: Vec<&str> = op.path.split('*').collect();
        let like = |path: &str| path.starts_with(ends[0]) && path.ends_with(ends[ends.len() - 1]);
        self.running.with_ledger(|ledger| {
            let statement = ledger.statement();
            let last = statement.writes.iter().rfind(|write| write.method == op.method && like(&write.path));
            last.is_some_and(|write| write.processed)
        })
    }

    /// What the emulator has of everything that operations change: purchases, seats sold, users with the new licence.
    fn account(&self) -> Account {
        // What is due now happens with the next step of time.
        self.stage.pass(SignedDuration::from_secs(1));
        let books = self.running.with_ledger(|ledger| ledger.books());
        let seats = self.running.with_ledger(|ledger| {
            let statement = ledger.statement();
            statement.seats_in_force.iter().rev().find(|it| it.sku.to_string() == PREMIUM).map_or(0, |it| it.enabled)
        });
        (self.stage.purchases().try_into().unwrap(), seats.into(), books.licences_swapped.try_into().unwrap())
    }
}

/// A write of a port, and the request of it that a fault is to meet.
struct Op {
    name: &'static str,
    method: &'static str,
    path: &'static str,
    /// What the account gains by it: purchases, seats, swaps.
    gains: Account,
}

/// Purchases, seats, swaps.
type Account = (i64, i64, i64);

const fn write(name: &'static str, method: &'static str, path: &'static str, gains: Account) -> Op {
    Op { name, method, path, gains }
}

fn gained(before: Account, after: Account) -> Account {
    (after.0 - before.0, after.1 - before.1, after.2 - before.2)
}

const WRITES: [Op; 9] = [
    write("make a cart", "POST", "/v1/customers/*/carts", (0, 0, 0)),
    write("check out", "POST", "/v1/customers/*/carts/*/checkout", (1, 1, 0)),
    write("change seats", "PATCH", "/v1/customers/*/subscriptions/*", (0, 1, 0)),
    write("choose the end", "PATCH", "/v1/customers/*/subscriptions/*", (0, 0, 0)),
    write("set the next term", "PATCH", "/v1/customers/*/subscriptions/*", (0, 0, 0)),
    write("cancel", "PATCH", "/v1/customers/*/subscriptions/*", (0, -1, 0)),
    write("send a test event", "POST", "/webhooks/v1/registration/validationEvents", (0, 0, 0)),
    write("swap", "POST", "/v1.0/**", (0, 0, 1)),
    write("swap two", "POST", "/v1.0/$batch", (0, 0, 2)),
];

pub(crate) fn of_write<T>(outcome: &Outcome<T>) -> Fate {
    match outcome {
        Outcome::Done(_) => Fate::Done,
        Outcome::Refused(_) => Fate::Refused,
        Outcome::Throttled { .. } => Fate::Throttled,
        Outcome::NotSent(_) => Fate::NotSent,
        Outcome::InDoubt(_) => Fate::InDoubt,
    }
}

/// What a write needs before it can be tried, made in calm.
enum Ready {
    Cart(CartId),
    Sold(SubscriptionId),
    Nothing,
}

impl World {
    async fn ready(&self, op: &Op, number: u32) -> Ready {
        if !["check out", "cancel"].contains(&op.name) {
            return Ready::Nothing;
        }
        let want = want(&self.offer, 1, mark(number));
        let Outcome::Done(cart) = self.adapter.create_cart(key(number), self.customer(), &want).await else {
            panic!("no cart")
        };
        if op.name == "check out" {
            return Ready::Cart(cart.id);
        }
        match self.adapter.check_out(key(number + 500), self.customer(), &cart.id, &mark(number)).await {
            Outcome::Done(bought) => Ready::Sold(bought.subscription.unwrap()),
            other => panic!("not bought: {other:?}"),
        }
    }

    async fn change(&self, number: u32, id: &SubscriptionId, change: SoldChange) -> Fate {
        of_write(&self.adapter.change(key(number), self.customer(), id, &change).await)
    }

    /// The fate of all of `users`, which is one.
    async fn swap(&self, users: impl Iterator<Item = u32>) -> Fate {
        let (to, from) = (self.stage.product(), self.stage.held());
        let change = |nth| LicenceChange {
            request: key(nth),
            user: self.users[usize::try_from(nth).unwrap()].user,
            add: BTreeMap::from([(to, BTreeSet::new())]),
            remove: from,
        };
        let fates = self.adapter.swap(self.customer(), &users.map(change).collect::<Vec<_>>()).await;
        let fates: Vec<Fate> = fates.values().map(of_write).collect();
        assert!(fates.iter().all(|fate| *fate == fates[0]), "{fates:?}");
        fates[0]
    }

    async fn write(&self, op: &Op, ready: &Ready, number: u32, seats: u32) -> Fate {
        let (adapter, customer) = (&self.adapter, self.customer());
        match (op.name, ready) {
            ("make a cart", _) => {
                of_write(&adapter.create_cart(key(number), customer, &want(&self.offer, 1, mark(number))).await)
            }
            ("check out", Ready::Cart(cart)) => {
                of_write(&adapter.check_out(key(number + 500), customer, cart, &mark(number)).await)
            }
            ("change seats", _) => {
                self.change(number, &self.sold, SoldChange::Seats(Seats::try_new(seats).unwrap())).await
            }
            // Another one each time.
            ("choose the end", _) => {
                let choice = if number.is_multiple_of(2) { EndOfTerm::Cancel } else { EndOfTerm::Renew };
                self.change(number, &self.sold, SoldChange::AtEnd(choice)).await
            }
            ("set the next term", _) => {
                let (offer, seats) = (self.offer.clone(), Seats::try_new(seats).unwrap());
                let next = NextTerm { offer, term: Term::Year, billing: Billing::Annual, seats };
                self.change(number, &self.sold, SoldChange::NextTerm(next)).await
            }
            ("cancel", Ready::Sold(id)) => self.change(number + 1_000, id, SoldChange::Cancel).await,
            ("send a test event", _) => of_write(&adapter.send_test_event(key(number)).await),
            ("swap", _) => self.swap(std::iter::once(number % 100)).await,
            ("swap two", _) => self.swap([number % 100, number % 100 + USERS / 2].into_iter()).await,
            (other, _) => panic!("no such write: {other}"),
        }
    }

    /// What was read before is too old from now on, and so are tokens.
    fn age(&self) {
        self.stage.pass(SignedDuration::from_hours(30));
    }

    /// Lets the fault strike every request that it can of the operation.
    fn strike(&self, fault: Fault, op: &Op) {
        let rule = match fault {
            Fault::SignInRefused => FaultRule::new(fault).at("POST", "/*/oauth2/**"),
            Fault::Delayed => FaultRule { seconds: Some(1), ..FaultRule::new(fault).at(op.method, op.path).once() },
            _ => FaultRule::new(fault).at(op.method, op.path),
        };
        self.running.emulator().add_fault(rule).unwrap();
    }
}

pub(crate) fn row(fault: Fault) -> Row {
    *TABLE.iter().find(|row| row.0 == fault.name()).expect("every fault has its row")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_write_under_every_fault_says_what_is_known_and_its_repeat_does_it_once() {
    let mut wrong = Vec::new();
    for op in &WRITES {
        let world = World::start().await;
        let gains = op.gains;
        let mut seats = u32::try_from(world.account().1).unwrap();
        for (number, fault) in (100_u32..).zip(Fault::all()) {
            let (_, mut fate, mut happens, _) = row(fault);
            for (name, _, other, does) in EXCEPTIONS.iter().filter(|it| it.0 == op.name && it.1 == fault.name()) {
                assert_eq!(*name, op.name);
                (fate, happens) = (*other, *does);
            }
            world.age();
            let ready = world.ready(op, number).await;
            if fault == Fault::SignInRefused {
                world.stage.pass(TOKEN_LIFE);
            }
            let before = world.account();
            seats += 1;
            world.strike(fault, op);
            let met = world.write(op, &ready, number, seats).await;
            world.stage.0.calm();
            let after = world.account();
            let met_gained = gained(before, after);
            // Seats that are bought and stuck are not there yet.
            let gains =
                if matches!(fault, Fault::ProvisioningStuck | Fault::ProvisioningFailed) && op.name == "check out" {
                    (gains.0, 0, gains.2)
                } else {
                    gains
                };
            let expected = if happens { gains } else { (0, 0, 0) };
            let known = fate == Fate::Refused || fault == Fault::SignInRefused || world.processed(op) == happens;
            if (met, met_gained) != (fate, expected) || !known {
                wrong.push(format!("{} under {fault}: {met:?} {met_gained:?}, not {fate:?} {expected:?}", op.name));
            }
            if fate == Fate::Refused {
                continue;
            }
            if met == Fate::NotSent {
                world.stage.pass(REFUSAL_HOLDS);
            }
            // In calm the repeat does what is left to do.
            let repeated = world.write(op, &ready, number, seats).await;
            let end = world.account();
            let in_all = gained(before, end);
            if (repeated, in_all) != (Fate::Done, gains) {
                wrong.push(format!("{} after {fault}, again: {repeated:?} {in_all:?}, not {gains:?}", op.name));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_nothing_listens_a_write_was_not_sent() {
    let mut world = World::start().await;
    let (cart, sold) = (world.ready(&WRITES[1], 100).await, Ready::Sold(world.sold.clone()));
    let (_, elsewhere) =
        line::connect(&world.running.with_ledger(|ledger| ledger.seed().clone()), Options::frozen()).await;
    std::mem::replace(&mut world.running, elsewhere).shutdown().await.unwrap();
    for op in &WRITES {
        let ready = match op.name {
            "check out" => &cart,
            "cancel" => &sold,
            _ => &Ready::Nothing,
        };
        let fate = world.write(op, ready, 100, USERS + 1).await;
        // What is read before the write is not there either, which is known to have changed nothing.
        assert_eq!(fate, Fate::NotSent, "{}", op.name);
    }
}
