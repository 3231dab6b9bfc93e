//! What the exploration begins with: one customer whose plan is approved, on the day it may be bought.

use carryover_domain::facts::{Agreement, Facts, Partner, Relationship, Standing, Tenancy};
use carryover_domain::ids::{IntentId, LineId, PlanId, SkuId, SubscriptionId, TenantId};
use carryover_domain::migration::decide::import;
use carryover_domain::observed::Observed;
use carryover_domain::offer::Offer;
use carryover_domain::plan::plan;
use carryover_domain::policy::Policy;
use carryover_domain::portfolio::{Customer, Renewal, SourceLine};
use carryover_domain::program::SourceProgram;
use carryover_domain::time::{Billing, Term, start_of};
use carryover_domain::value::Seats;
use carryover_domain::{Command, Input, Migration, Moment, decide, evolve, replay};
use jiff::civil::date;
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// How much may happen. Two lines, one crash and one lost answer are what the protocol is proven for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Bounds {
    /// Lines of the customer, 1 or 2. They feed one pool.
    pub lines: usize,
    /// Workers that may die.
    pub crashes: u8,
    /// Writes that may go unanswered, before or after their effect.
    pub losses: u8,
    /// How often time may pass although something is owed, or is being done: everybody sleeps, or is slow. A worker whose
    /// knowledge is outdated may sleep for as long as it likes.
    pub idles: u8,
}

/// The old subscription of one line.
#[derive(Debug, Clone)]
pub(super) struct OldSubscription {
    pub(super) id: SubscriptionId,
    pub(super) line: LineId,
    pub(super) seats: u32,
    pub(super) end: Timestamp,
    pub(super) renews: bool,
}

pub(super) const OFFER: &str = "CFQ7TTC0ZZ01:0001";

pub(super) fn sku() -> SkuId {
    SkuId::new(Uuid::from_u128(0xB000))
}

pub(super) fn us() -> Partner {
    Partner { tenant: TenantId::new(Uuid::from_u128(0xA1)), country: "DE".parse().expect("well formed") }
}

fn tenant() -> TenantId {
    TenantId::new(Uuid::from_u128(0xC1))
}

/// The rule book's policy with longer polls: fewer looks, the same order of what is looked for.
pub(super) fn policy() -> Policy {
    let hours = SignedDuration::from_hours;
    Policy { delivery_poll: hours(6), retry_pause: hours(3), standing_poll: hours(24), ..Policy::rule_book() }
}

/// The first line's subscription renews unless its owner stops it; the second's runs out by itself.
fn sources(lines: usize) -> Vec<SourceLine> {
    let programs = [(SourceProgram::DirectMosa, Renewal::On), (SourceProgram::Open, Renewal::Off)];
    (1..)
        .zip(programs)
        .take(lines)
        .map(|(n, (program, auto_renew))| {
            let subscription = SubscriptionId::try_new(&format!("old-{n}")).expect("well formed");
            SourceLine {
                id: LineId::of(tenant(), subscription.as_str()),
                subscription: Some(subscription.clone()),
                auto_renew,
                term: Some(Term::Year),
                billing: Some(Billing::Monthly),
                ..SourceLine::least(
                    LineId::of(tenant(), subscription.as_str()),
                    program,
                    sku(),
                    Seats::try_new(n + 1).expect("well formed"),
                )
                .ending(date(2026, 11, 6))
            }
        })
        .collect()
}

/// The customer with its lines planned and approved, its old subscriptions, and the instant at which buying may begin.
pub(super) fn begin(lines: usize, policy: &Policy) -> (Migration, Vec<OldSubscription>, Timestamp) {
    let told = sources(lines);
    let old = told
        .iter()
        .map(|line| OldSubscription {
            id: line.subscription.clone().expect("told above"),
            line: line.id,
            seats: line.seats.get(),
            end: line.end().expect("told above").instant(),
            renews: line.may_renew(),
        })
        .collect();
    let customer = Customer {
        tenant: tenant(),
        domain: "birchlane.example".to_owned(),
        name: "Birch Lane".to_owned(),
        country: "FR".parse().expect("well formed"),
    };
    let now = start_of(date(2026, 11, 2));
    let imported = import(None, customer, told, None).expect("a customer that is new");
    let mut migration = replay([&imported]).expect("it begins with an import");
    let facts = |tenancy| facts(now, tenancy);
    let at = Moment { now, fresh: IntentId::new(Uuid::from_u128(0)) };
    let id = PlanId::new(Uuid::from_u128(1));
    let assess = Command::Assess { facts: Box::new(facts(None)), by: "mia".to_owned() };
    migration = told_to(migration, assess, at, policy);
    let made = plan(&migration, &facts(None), policy, id, now).expect("both lines can be planned");
    let opens = made.lines.values().map(|line| line.opens).max().expect("a plan has lines");
    migration = told_to(migration, Command::Propose { plan: made }, at, policy);
    migration = told_to(migration, Command::Approve { plan: id, by: "ana".to_owned() }, at, policy);
    (migration, old, opens)
}

fn told_to(migration: Migration, command: Command, at: Moment, policy: &Policy) -> Migration {
    let events = decide(&migration, Input::Command(command), at, policy).expect("the command fits");
    events.iter().fold(migration, evolve)
}

pub(super) fn standing() -> Standing {
    Standing::new(Relationship::Reseller, Agreement::Accepted)
}

/// What a look at everything brings.
pub(super) fn facts(now: Timestamp, tenancy: Option<Tenancy>) -> Facts {
    let observed_at = now;
    let offer = Offer {
        terms: BTreeMap::from([(Term::Year, BTreeSet::from([Billing::Monthly]))]),
        ..Offer::least(OFFER.parse().expect("well formed"), sku())
    };
    Facts {
        tenancy: tenancy.map(|value| Observed { value, at: observed_at }),
        ..Facts::least(us(), Observed { value: standing(), at: now }, Observed { value: vec![offer], at: now })
    }
}
