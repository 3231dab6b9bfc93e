//! Writes of conversions, transfers and webhooks under every fault of the emulator: the fate that the adapter reports, what really
//! happened, and that a repeat, as the port wants it, finds the effect and does nothing twice.

use crate::faults::{Fate, REFUSAL_HOLDS, TOKEN_LIFE, key, mark, of_write, row};
use crate::line;
use carryover_domain::handover::{Conversion, ConversionDay, TransferRequest};
use carryover_domain::ids::{SubscriptionId, TenantId};
use carryover_domain::time::{Billing, Term};
use carryover_emulator::{Auth, Fault, FaultRule, Options, Rules, Running, SeedSubscription};
use carryover_partner_center::PartnerCenter;
use carryover_ports::{Conversions, Outcome, Registration, Transfers, Webhooks};
use carryover_testkit::conformance::services::Stage;
use carryover_testkit::conformance::services::emulated::{Emulated, World as _, seed};
use uuid::Uuid;

/// A write, and the request of it that a fault is to meet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Op {
    Convert,
    Schedule,
    CallOff,
    Ask,
    Withdraw,
    Register,
}

const OPS: [Op; 6] = [Op::Convert, Op::Schedule, Op::CallOff, Op::Ask, Op::Withdraw, Op::Register];

impl Op {
    fn at(self) -> (&'static [&'static str], &'static str) {
        match self {
            Self::Convert => (&["POST"], "/v1/customers/*/migrations/newcommerce"),
            Self::Schedule => (&["POST"], "/v1/customers/*/migrations/newcommerce/schedules"),
            Self::CallOff => (&["POST"], "/v1/customers/*/migrations/newcommerce/schedules/*/cancel"),
            Self::Ask => (&["POST"], "/v1/customers/*/transfers"),
            Self::Withdraw => (&["PATCH"], "/v1/customers/*/transfers/*"),
            // The first one is made, those after it take its place.
            Self::Register => (&["POST", "PUT"], "/webhooks/v1/registration"),
        }
    }

    /// Whether the port says that it is safe to repeat; otherwise whoever is in doubt looks first.
    fn is_safe_to_repeat(self) -> bool {
        matches!(self, Self::CallOff | Self::Withdraw | Self::Register)
    }
}

struct World {
    adapter: PartnerCenter,
    running: Running,
    stage: Emulated<carryover_emulator::Emulator>,
}

impl World {
    /// With a legacy subscription for every fault.
    async fn start() -> Self {
        let mut seed = seed("2026-03-02T08:00:00Z".parse().unwrap());
        let held = &mut seed.customers[3].subscriptions;
        let more = |nth: u128| SeedSubscription {
            id: carryover_emulator::SubscriptionId(Uuid::from_u128((0x1E6AD << 64) | nth)),
            ..held[0].clone()
        };
        let more: Vec<_> = (0..).take(Fault::all().count()).map(more).collect();
        held.extend(more);
        let options = Options { auth: Auth::Strict, rules: Rules::prompt(), ..Options::frozen() };
        let (adapter, running) = line::connect(&seed, options).await;
        let stage = Emulated(running.emulator().clone());
        Self { adapter, running, stage }
    }

    fn legacy(&self, number: u32) -> (TenantId, SubscriptionId) {
        let (customer, mut held) = self.stage.legacy();
        (customer, held.swap_remove(usize::try_from(number).unwrap()))
    }

    /// What has to be there before the write can be tried: the id of what it is about, where it is about something.
    async fn ready(&self, op: Op, number: u32) -> String {
        let (customer, from) = self.legacy(number);
        match op {
            Op::CallOff => {
                let (want, day) = (conversion(&from), ConversionDay::AtRenewal);
                let made = self.adapter.schedule(key(number + 500), customer, &want, day, &mark(number)).await;
                done(made).id
            }
            Op::Withdraw => done(self.adapter.ask_for_transfer(key(number + 500), customer, &transfer()).await).id,
            Op::Convert | Op::Schedule | Op::Ask | Op::Register => String::new(),
        }
    }

    async fn act(&self, op: Op, number: u32, id: &str) -> Fate {
        let ((customer, from), it, key) = (self.legacy(number), &self.adapter, key(number));
        match op {
            Op::Convert => of_write(&it.convert(key, customer, &conversion(&from), &mark(number)).await),
            Op::Schedule => {
                let (want, day) = (conversion(&from), ConversionDay::AtRenewal);
                of_write(&it.schedule(key, customer, &want, day, &mark(number)).await)
            }
            Op::CallOff => of_write(&it.call_off(key, customer, id).await),
            Op::Ask => of_write(&it.ask_for_transfer(key, customer, &transfer()).await),
            Op::Withdraw => of_write(&it.withdraw_transfer(key, customer, id).await),
            Op::Register => of_write(&it.register(key, &registration(number)).await),
        }
    }

    /// Whether a look of the adapter finds the effect of a write that may not be repeated blindly.
    async fn finds(&self, op: Op, number: u32) -> bool {
        let ((customer, from), it, mark) = (self.legacy(number), &self.adapter, mark(number));
        let ours = |name: &Option<String>| name.as_deref().is_some_and(|name| mark.is(name));
        match op {
            Op::Convert => it.conversions(&from).await.unwrap().value.iter().any(|found| ours(&found.mark)),
            Op::Schedule => it.scheduled(&from).await.unwrap().value.iter().any(|found| ours(&found.mark)),
            Op::Ask => {
                use carryover_domain::handover::TransferStatus::Pending;
                it.transfers(customer).await.unwrap().value.iter().any(|found| found.status == Pending)
            }
            Op::CallOff | Op::Withdraw | Op::Register => false,
        }
    }

    /// How often the write has its effect, by the emulator's own account.
    fn effects(&self, op: Op, number: u32, id: &str) -> usize {
        let (customer, from) = self.legacy(number);
        let tenant = carryover_emulator::TenantId(customer.as_uuid());
        let source = from.as_str().parse().unwrap();
        self.running.with_ledger(|ledger| match op {
            Op::Convert => ledger.migration_views(source).len(),
            Op::Schedule => ledger.schedule_views(source).len(),
            Op::CallOff => {
                let found = ledger.schedule_view(tenant, id.parse().unwrap());
                usize::from(found.is_some_and(|found| found.status == "Cancelled"))
            }
            Op::Ask => ledger.transfer_views(tenant).iter().filter(|found| found.status == "Pending").count(),
            Op::Withdraw => {
                let found = ledger.transfer_view(tenant, id.parse().unwrap());
                usize::from(found.is_some_and(|found| found.status == "Cancelled"))
            }
            Op::Register => {
                let url = registration(number).url.to_string();
                usize::from(ledger.webhook().is_some_and(|(found, _)| found == url))
            }
        })
    }

    fn strike(&self, fault: Fault, op: Op) {
        let (methods, path) = op.at();
        let rule = |method: &str| match fault {
            Fault::SignInRefused => FaultRule::new(fault).at("POST", "/*/oauth2/**"),
            Fault::Delayed => FaultRule { seconds: Some(1), ..FaultRule::new(fault).at(method, path).once() },
            _ => FaultRule::new(fault).at(method, path),
        };
        for method in methods {
            self.running.emulator().add_fault(rule(method)).unwrap();
        }
    }

    /// Nothing of a write is in the way of the next one.
    async fn clear(&self, op: Op, number: u32) {
        if op == Op::Ask {
            let (customer, _) = self.legacy(number);
            for asked in self.adapter.transfers(customer).await.unwrap().value {
                done(self.adapter.withdraw_transfer(key(number + 900), customer, &asked.id).await);
            }
        }
    }
}

fn done<T: std::fmt::Debug>(outcome: Outcome<T>) -> T {
    match outcome {
        Outcome::Done(value) => value,
        other => panic!("{other:?}"),
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

fn registration(number: u32) -> Registration {
    let url = format!("https://localhost:9/{number}").parse().unwrap();
    Registration { url, events: ["test-created".to_owned()].into() }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_write_under_every_fault_says_what_is_known_and_what_follows_does_it_once() {
    let mut wrong = Vec::new();
    for op in OPS {
        let world = World::start().await;
        for (number, fault) in (0..).zip(Fault::all()) {
            let (_, fate, happens, _) = row(fault);
            if fault == Fault::SignInRefused {
                world.stage.pass(TOKEN_LIFE);
            }
            let id = world.ready(op, number).await;
            if fault == Fault::SignInRefused {
                world.stage.pass(TOKEN_LIFE);
            }
            world.strike(fault, op);
            let met = world.act(op, number, &id).await;
            world.stage.0.calm();
            let effects = world.effects(op, number, &id);
            if (met, effects) != (fate, usize::from(happens)) {
                wrong.push(format!("{op:?} under {fault}: {met:?} {effects}, not {fate:?} {happens}"));
            }
            if met == Fate::NotSent {
                world.stage.pass(REFUSAL_HOLDS);
            }
            let found = !op.is_safe_to_repeat() && world.finds(op, number).await;
            let repeated = if found { Fate::Done } else { world.act(op, number, &id).await };
            let effects = world.effects(op, number, &id);
            if (repeated, effects) != (Fate::Done, 1) {
                wrong.push(format!("{op:?} after {fault}, again: {repeated:?} {effects}"));
            }
            world.clear(op, number).await;
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_nothing_listens_nothing_was_sent() {
    let mut world = World::start().await;
    let mut ready = Vec::new();
    for op in OPS {
        ready.push((op, world.ready(op, 0).await));
        world.clear(Op::Ask, 0).await;
    }
    let (_, elsewhere) =
        line::connect(&world.running.with_ledger(|ledger| ledger.seed().clone()), Options::frozen()).await;
    std::mem::replace(&mut world.running, elsewhere).shutdown().await.unwrap();
    for (op, id) in ready {
        assert_eq!(world.act(op, 0, &id).await, Fate::NotSent, "{op:?}");
    }
}
