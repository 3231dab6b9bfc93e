//! One licence for two others by way of Partner Center, under every fault of the emulator: what the adapter reports, what the user
//! holds by the emulator's own account, and that a look and what follows from it end with the two, taken once.

use crate::faults::{Fate, REFUSAL_HOLDS, TOKEN_LIFE, key, mark, of_write, row};
use crate::line;
use carryover_domain::facts::CartRequest;
use carryover_domain::ids::{SkuId, UserId};
use carryover_domain::offer::Segment;
use carryover_domain::time::{Billing, Term};
use carryover_domain::value::Seats;
use carryover_emulator::{Auth, Fault, FaultRule, Options, Rules, Running, SeedUser};
use carryover_partner_center::PartnerCenter;
use carryover_ports::{Catalogue, Commerce, LicenceChange, Licences, Market, Outcome};
use carryover_testkit::conformance::services::Stage;
use carryover_testkit::conformance::services::emulated::{Emulated, World as _, seed};
use jiff::SignedDuration;
use std::collections::BTreeSet;
use uuid::Uuid;

const CHANGES: &str = "/v1/customers/*/users/*/licenseupdates";

struct World {
    adapter: PartnerCenter,
    running: Running,
    stage: Emulated<carryover_emulator::Emulator>,
}

impl World {
    /// A user for every fault, and a seat of each of the two for every user.
    async fn start() -> Self {
        let mut seed = seed("2026-03-02T08:00:00Z".parse().unwrap());
        let customer = &mut seed.customers[0];
        let faults = u32::try_from(Fault::all().count()).unwrap();
        customer.subscriptions[0].seats = faults + 10;
        let like = customer.users[0].clone();
        customer.users.extend((0..faults).map(|nth| SeedUser {
            id: carryover_emulator::UserId(Uuid::from_u128(0xF000 + u128::from(nth))),
            upn: format!("more{nth}@customer.example"),
            ..like.clone()
        }));
        let options = Options { auth: Auth::Strict, rules: Rules::prompt(), ..Options::frozen() };
        let (adapter, running) = line::connect(&seed, options).await;
        let stage = Emulated(running.emulator().clone());
        let customer = stage.customer();
        for (number, sku) in (1_u32..).step_by(10).zip([stage.product(), stage.second()]) {
            let wanted = BTreeSet::from([sku]);
            let offers = adapter.offers(Market::Customer(customer), &wanted, &BTreeSet::new()).await.unwrap().value;
            let want = CartRequest {
                offer: offers[0].id.clone(),
                segment: Segment::Commercial,
                seats: Seats::try_new(faults).unwrap(),
                term: Term::Year,
                billing: Billing::Monthly,
                term_end: None,
                reseller: None,
                parent: None,
                mark: mark(number),
            };
            let Outcome::Done(cart) = adapter.create_cart(key(number), customer, &want).await else {
                panic!("no cart")
            };
            let bought = adapter.check_out(key(number + 1), customer, &cart.id, &mark(number)).await;
            assert!(matches!(bought, Outcome::Done(_)), "{bought:?}");
        }
        stage.pass(SignedDuration::from_hours(4));
        Self { adapter, running, stage }
    }

    fn both(&self) -> BTreeSet<SkuId> {
        BTreeSet::from([self.stage.product(), self.stage.second()])
    }

    async fn change(&self, number: u32, user: UserId) -> Fate {
        let add = self.both().into_iter().map(|sku| (sku, BTreeSet::new())).collect();
        let change = LicenceChange { request: key(number), user, add, remove: self.stage.held() };
        of_write(&self.adapter.change_licences(self.stage.customer(), &change).await)
    }

    /// What the user holds, by the emulator's own account.
    fn holds(&self, user: UserId) -> BTreeSet<SkuId> {
        let tenant = carryover_emulator::TenantId(self.stage.customer().as_uuid());
        let view = self.running.with_ledger(|ledger| ledger.view(tenant)).unwrap();
        let user = view.tenant.unwrap().users.into_iter().find(|one| one.id.0 == user.as_uuid()).unwrap();
        user.licences.keys().map(|sku| SkuId::new(sku.0)).collect()
    }

    /// Users who changed licence, seat hours without cover, and units of the two in use.
    fn books(&self) -> (u64, u64, u32) {
        self.stage.pass(SignedDuration::from_secs(1));
        let books = self.running.with_ledger(|ledger| ledger.books());
        let tenant = carryover_emulator::TenantId(self.stage.customer().as_uuid());
        let view = self.running.with_ledger(|ledger| ledger.view(tenant)).unwrap();
        let pools = view.tenant.unwrap().pools;
        let used = self.both().iter().map(|sku| pools[&carryover_emulator::SkuId(sku.as_uuid())].consumed).sum();
        (books.licences_swapped, books.gap_seat_hours, used)
    }

    fn strike(&self, fault: Fault) {
        let rule = match fault {
            Fault::SignInRefused => FaultRule::new(fault).at("POST", "/*/oauth2/**"),
            Fault::Delayed => FaultRule { seconds: Some(1), ..FaultRule::new(fault).at("POST", CHANGES).once() },
            _ => FaultRule::new(fault).at("POST", CHANGES),
        };
        self.running.emulator().add_fault(rule).unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_licences_for_one_under_every_fault_are_given_together_and_once() {
    let world = World::start().await;
    let (old, both) = (BTreeSet::from([world.stage.held()]), world.both());
    let users = world.stage.people().movable;
    let mut wrong = Vec::new();
    for ((number, fault), user) in (100_u32..).step_by(10).zip(Fault::all()).zip(users) {
        let (_, fate, happens, _) = row(fault);
        if fault == Fault::SignInRefused {
            world.stage.pass(TOKEN_LIFE);
        }
        let before = world.books();
        world.strike(fault);
        let met = world.change(number, user).await;
        world.stage.0.calm();
        let now = world.holds(user);
        if (met, &now) != (fate, if happens { &both } else { &old }) {
            wrong.push(format!("{fault}: {met:?} {now:?}, not {fate:?} {happens}"));
        }
        if met == Fate::NotSent {
            world.stage.pass(REFUSAL_HOLDS);
        }
        // As the port wants it: whoever finds the old one held asks again, with the key of the request that was not answered.
        let seen = world.adapter.licences_of(world.stage.customer(), user).await.unwrap().value.unwrap();
        if seen.contains(&world.stage.held()) {
            let again = world.change(number, user).await;
            if again != Fate::Done {
                wrong.push(format!("{fault}, again: {again:?}"));
            }
        }
        let after = world.books();
        if world.holds(user) != both || after != (before.0 + 1, before.1, before.2 + 2) {
            wrong.push(format!("{fault}, in the end: {:?} {before:?} {after:?}", world.holds(user)));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
