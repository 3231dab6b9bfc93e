//! Strategy for whole customers, plausible ones: what the partner says, what the tenant shows, what is for sale, and how the
//! partner wants to move. What verifies a migration rule starts here.
//!
//! Everything fits together: a line stands in the tenant, pools hold what their subscriptions bring, prices have one currency.
//! What goes wrong in life goes wrong here, too: ends that nobody knows, users beyond the seats, products that are not sold,
//! agreements that are missing, subscriptions that are over.

use carryover_domain::Migration;
use carryover_domain::assess::Outlook;
use carryover_domain::facts::{
    Agreement, Assignments, Facts, HeldStatus, HeldSubscription, OwnStatus, OwnSubscription, Partner, Pool, Profile,
    Relationship, Standing, Tenancy,
};
use carryover_domain::ids::{LineId, SkuId, SubscriptionId, TenantId};
use carryover_domain::migration::decide::import;
use carryover_domain::observed::Observed;
use carryover_domain::offer::{Offer, OfferId, Segment};
use carryover_domain::policy::{Alignment, Credit, Policy, PriceChange, Sizing};
use carryover_domain::portfolio::{Customer, EndOption, Kind, Renewal, SourceLine, Target, Witness};
use carryover_domain::product::table::ProductTable;
use carryover_domain::program::SourceProgram;
use carryover_domain::replay;
use carryover_domain::rules::schedule::Avoid;
use carryover_domain::time::{Billing, End, Term, start_of};
use carryover_domain::value::{Country, Money, Seats};
use jiff::civil::{Date, date};
use jiff::{SignedDuration, Timestamp, ToSpan};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use rust_decimal::Decimal;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// One customer, with all that a plan is made upon.
#[derive(Debug, Clone)]
pub struct Situation {
    /// The moment.
    pub now: Timestamp,
    /// How the partner wants to move.
    pub policy: Policy,
    /// The customer.
    pub customer: Customer,
    /// Its old subscriptions.
    pub lines: Vec<SourceLine>,
    /// What reads say.
    pub facts: Facts,
}

impl Situation {
    /// The migration as it is right after the import.
    ///
    /// # Panics
    /// Never for what [`situation`] makes: an import begins every log.
    pub fn migration(&self) -> Migration {
        let imported = import(None, self.customer.clone(), self.lines.clone(), None);
        imported.and_then(|event| replay([&event])).expect("an import begins the log")
    }

    /// Calls `look` with the outlook that findings and plans are made from.
    pub fn look<T>(&self, look: impl FnOnce(&Outlook<'_>) -> T) -> T {
        let migration = self.migration();
        look(&Outlook::of(&migration, &self.facts, &self.policy, self.now))
    }
}

/// The licences that situations are made of: common ones, of each kind that rules tell apart.
pub const PRODUCTS: [&str; 9] = [
    "3b555118-da6a-4418-894f-7df1e2096870", // Business Basic
    "f245ecc8-75af-4f8e-b61f-27d8114de5f3", // Business Standard
    "ac5cef5d-921b-4f97-9ef3-c99076e5470f", // Business Standard, prepaid: another licence of the same name
    "cbdc14ab-d96c-4c30-b9f4-6ada7cdc1d46", // Business Premium
    "18181a46-0d4e-45cd-891e-60aabd171b4e", // Office 365 E1
    "6fd2c87f-b296-42f0-b197-1e91e994b900", // Office 365 E3
    "f8a1db68-be16-40ed-86d5-cb42ce701560", // Power BI Pro
    "c5928f49-12ba-48f7-ada3-0d743a3601d5", // Visio Plan 2
    "0e0e0e0e-0000-4000-8000-000000000001", // one that no table knows
];

/// The first day of all situations: fixed, so that what fails once fails again.
const TODAY: Date = date(2026, 11, 2);

/// Of the licences above, those with a cap of 300 seats.
const BUSINESS: usize = 4;

/// Any customer of one to six lines.
pub fn situation() -> impl Strategy<Value = Situation> {
    let lines = vec(wish(), 1..=6);
    (lines, vec(outside(), 0..3), vec(shelf(), PRODUCTS.len()), customer(), policy(), 0..24_i64).prop_map(
        |(wishes, outside, shelf, customer, policy, hour)| {
            let now = start_of(TODAY).saturating_add(SignedDuration::from_hours(hour)).unwrap_or(Timestamp::MAX);
            let made = Made { now, wishes, outside, shelf, customer };
            made.situation(policy)
        },
    )
}

/// Some customers of one portfolio, under one policy.
pub fn portfolio() -> impl Strategy<Value = Vec<Situation>> {
    vec(situation(), 1..=4).prop_map(|mut customers| {
        let (policy, now) = (customers[0].policy.clone(), customers[0].now);
        for (n, other) in (0_u128..).zip(&mut customers) {
            other.policy = policy.clone();
            // The same customer twice would be one migration.
            let tenant = TenantId::new(Uuid::from_u128(0xC100 + n));
            other.customer.tenant = tenant;
            for line in &mut other.lines {
                line.id = LineId::of(tenant, &line.id.to_string());
            }
            other.now = now;
        }
        customers
    })
}

/// What a line is made from.
#[derive(Debug, Clone)]
struct Wish {
    program: SourceProgram,
    product: usize,
    seats: u32,
    used_pct: u32,
    days_left: i64,
    told: Option<i64>,
    shows_end: bool,
    status: HeldStatus,
    renewal: Renewal,
    end_option: Option<EndOption>,
    term: Option<Term>,
    billing: Option<Billing>,
    cents: Option<i64>,
    target: Option<usize>,
    companion: Option<usize>,
    target_seats: Option<u32>,
    add_on_of: Option<usize>,
}

fn wish() -> impl Strategy<Value = Wish> {
    let what = (
        prop::sample::select(SourceProgram::ALL.to_vec()),
        0..PRODUCTS.len(),
        prop_oneof![6 => 1..=140_u32, 1 => 140..=400_u32],
        prop_oneof![6 => 10..=100_u32, 1 => Just(0), 1 => 100..=130_u32],
    );
    let when = (
        prop_oneof![8 => 0..=120_i64, 1 => -40..=0_i64],
        // What the file says: mostly the truth, sometimes days beside it, sometimes nothing.
        prop_oneof![6 => Just(Some(0)), 1 => (-9..=9_i64).prop_map(Some), 1 => Just(None)],
        prop::bool::weighted(0.8),
        prop_oneof![
            12 => Just(HeldStatus::Enabled),
            1 => Just(HeldStatus::Suspended),
            1 => Just(HeldStatus::Deleted),
        ],
        prop::sample::select(vec![Renewal::On, Renewal::Off, Renewal::Unknown]),
        option::weighted(0.2, prop::sample::select(EndOption::ALL.to_vec())),
    );
    let how = (
        option::weighted(0.7, prop_oneof![1 => Just(Term::Month), 8 => Just(Term::Year), 1 => Just(Term::ThreeYears)]),
        option::weighted(0.3, prop::sample::select(Billing::ALL.to_vec())),
        option::weighted(0.7, 0..=60_000_i64),
        option::weighted(0.2, 0..PRODUCTS.len()),
        option::weighted(0.3, 0..PRODUCTS.len()),
        option::weighted(0.2, 1..=200_u32),
        option::weighted(0.1, 0..6_usize),
    );
    (what, when, how).prop_map(|(what, when, how)| {
        let (program, product, seats, used_pct) = what;
        let (days_left, told, shows_end, status, renewal, end_option) = when;
        let (term, billing, cents, target, second, target_seats, add_on_of) = how;
        // A second licence comes with another first one, and is a third.
        let another = target.filter(|first| *first != product);
        let companion = second.filter(|second| another.is_some_and(|first| *second != first && *second != product));
        Wish {
            program,
            product,
            seats,
            used_pct,
            days_left,
            told,
            shows_end,
            status,
            renewal,
            end_option,
            term,
            billing,
            cents,
            target,
            companion,
            target_seats,
            add_on_of,
        }
    })
}

/// A subscription of the tenant that nobody moves: product, seats, days left, and whether we sold it.
fn outside() -> impl Strategy<Value = (usize, u32, Option<i64>, bool)> {
    (0..PRODUCTS.len(), 1..=120_u32, option::weighted(0.8, 1..=400_i64), prop::bool::weighted(0.2))
}

/// How a product is sold: whether at all, fewest seats, price, whether it is at its end of sale, to whom, and how often.
type Shelf = (bool, u32, Option<i64>, bool, Segment, Option<u32>);

fn shelf() -> impl Strategy<Value = Shelf> {
    (
        prop::bool::weighted(0.9),
        prop_oneof![6 => Just(1), 1 => 2..=20_u32],
        option::weighted(0.7, 1_000..=60_000_i64),
        prop::bool::weighted(0.05),
        prop_oneof![12 => Just(Segment::Commercial), 1 => Just(Segment::Nonprofit)],
        option::weighted(0.05, Just(1)),
    )
}

/// The customer's side: its country, what it has accepted, whether its tenant can be read, whether its profile is complete.
#[derive(Debug, Clone)]
struct Side {
    country: &'static str,
    relationship: Relationship,
    agreement: Agreement,
    agreed: Option<Date>,
    readable: bool,
    profile: Option<bool>,
    contact: bool,
    credit: Option<i64>,
    by_group: u32,
}

fn customer() -> impl Strategy<Value = Side> {
    (
        prop_oneof![8 => Just("FR"), 1 => Just("PL"), 1 => Just("US")],
        prop_oneof![8 => Just(Relationship::Reseller), 1 => Just(Relationship::None)],
        prop_oneof![8 => Just(Agreement::Accepted), 1 => Just(Agreement::Missing)],
        option::weighted(0.3, prop_oneof![Just(date(2022, 5, 1)), Just(date(2024, 5, 1))]),
        prop::bool::weighted(0.85),
        option::weighted(0.4, prop::bool::weighted(0.7)),
        prop::bool::weighted(0.9),
        option::weighted(0.2, 0..=5_000_000_i64),
        prop_oneof![4 => Just(0), 1 => 1..=9_u32],
    )
        .prop_map(|(country, relationship, agreement, agreed, readable, profile, contact, credit, by_group)| {
            Side { country, relationship, agreement, agreed, readable, profile, contact, credit, by_group }
        })
}

/// How a partner may want to move.
pub fn policy() -> impl Strategy<Value = Policy> {
    let avoid = any::<[bool; 3]>().prop_map(|[month_end, day_before_holiday, fridays]| Avoid {
        month_end,
        day_before_holiday,
        fridays,
    });
    let holidays = vec((0..120_i64).prop_map(|days| TODAY.saturating_add(days.days())), 0..6);
    let rises = vec((0..PRODUCTS.len(), 0..90_i64, 1_000..=70_000_i64), 0..3);
    let sizing = prop::sample::select(vec![Sizing::LikeForLike, Sizing::RightSize]);
    let alignment =
        prop::sample::select(vec![Alignment::None, Alignment::First, Alignment::Oldest, Alignment::MonthEnd]);
    let billing = prop::sample::select(vec![Billing::Monthly, Billing::Annual]);
    (1..=6_u32, avoid, holidays, rises, sizing, 0..=20_u32, billing, alignment).prop_map(
        |(lead_business_days, avoid, holidays, rises, sizing, seat_buffer_pct, billing, alignment)| Policy {
            lead_business_days,
            avoid,
            holidays: holidays.into_iter().collect(),
            price_changes: rises
                .into_iter()
                .map(|(product, days, cents)| PriceChange {
                    sku: sku(product),
                    segment: Segment::Commercial,
                    term: Term::Year,
                    from: TODAY.saturating_add(days.days()),
                    price: euros(cents),
                })
                .collect(),
            sizing,
            seat_buffer_pct,
            billing,
            alignment,
            ..Policy::rule_book()
        },
    )
}

fn sku(product: usize) -> SkuId {
    SkuId::new(Uuid::parse_str(PRODUCTS[product]).unwrap_or_default())
}

fn item(product: usize) -> OfferId {
    format!("CFQ7TTC0ZZ{product:02}:0001").parse().expect("an item")
}

fn euros(cents: i64) -> Money {
    Money { amount: Decimal::new(cents, 2), currency: "EUR".parse().expect("a currency") }
}

fn us() -> TenantId {
    TenantId::new(Uuid::from_u128(0xA1))
}

/// The parts of a situation, before they are put together.
struct Made {
    now: Timestamp,
    wishes: Vec<Wish>,
    outside: Vec<(usize, u32, Option<i64>, bool)>,
    shelf: Vec<Shelf>,
    customer: Side,
}

impl Made {
    fn situation(self, policy: Policy) -> Situation {
        let tenant = TenantId::new(Uuid::from_u128(0xC1));
        let name = |n: usize| SubscriptionId::try_new(&format!("old-{n}")).expect("an id");
        let mut lines = Vec::new();
        let mut held = Vec::new();
        for (n, wish) in self.wishes.iter().enumerate() {
            let line = line(tenant, n, wish, &name);
            held.push(held_as(&line, wish, self.now));
            lines.push(line);
        }
        for (n, (product, seats, days, ours)) in self.outside.iter().enumerate() {
            let id = SubscriptionId::try_new(&format!("other-{n}")).expect("an id");
            held.push(HeldSubscription {
                next_lifecycle: days.map(|days| start_of(TODAY.saturating_add(days.days()))),
                owner: ours.then(us),
                ..HeldSubscription::least(id, sku(*product), *seats)
            });
        }
        let limits =
            self.shelf.iter().enumerate().filter_map(|(product, (.., limit))| Some((item(product), (*limit)?)));
        let left = |cents| {
            let Money { amount, currency } = euros(cents);
            Credit { available: BTreeMap::from([(currency, amount)]), seen: TODAY, paid_after_days: None }
        };
        let credit = self.customer.credit.map(left);
        let policy = Policy { per_customer_max: limits.collect(), credit, ..policy };
        let tenancy = Tenancy { pools: self.pools(&held), subscriptions: held };
        let Side { country, relationship, agreement, agreed, readable, profile, contact, credit: _, by_group } =
            self.customer.clone();
        let country: Country = country.parse().expect("a country");
        let readable = readable && relationship == Relationship::Reseller;
        let observed = |value| Observed { value, at: self.now };
        let own = self.own();
        let facts = Facts {
            own: readable.then_some(Observed { value: own, at: self.now }),
            tenancy: readable.then_some(Observed { value: tenancy, at: self.now }),
            profile: profile.map(|complete| Observed {
                value: Profile {
                    registration_id: Some(if complete { "5261040828" } else { "" }.to_owned()),
                    address_lacks: if complete { Vec::new() } else { vec!["the postal code".to_owned()] },
                    contact_lacks: if contact { Vec::new() } else { vec!["the phone".to_owned()] },
                    ..Profile::default()
                },
                at: self.now,
            }),
            assignments: self
                .wishes
                .iter()
                .map(|wish| (sku(wish.product), Assignments { by_group, without_location: by_group / 2 }))
                .collect(),
            ..Facts::least(
                Partner { tenant: us(), country: "DE".parse().expect("a country") },
                Observed { value: Standing { relationship, agreement, agreed }, at: self.now },
                observed(self.offers()),
            )
        };
        let customer =
            Customer { tenant, domain: "birchlane.example".to_owned(), name: "Birch Lane".to_owned(), country };
        Situation { now: self.now, policy, customer, lines, facts }
    }

    /// What we have sold the tenant in new commerce: yearly subscriptions with an end that is known.
    fn own(&self) -> Vec<OwnSubscription> {
        let ours = self.outside.iter().enumerate().filter(|(_, (_, _, days, ours))| *ours && days.is_some());
        ours.map(|(n, (_, _, days, _))| {
            let last_day = days.map(|days| TODAY.saturating_add((days - 1).days()));
            OwnSubscription {
                id: SubscriptionId::try_new(&format!("other-{n}")).expect("an id"),
                legacy: false,
                status: OwnStatus::Active,
                trial: false,
                term: Some(Term::Year),
                starts: last_day.map(|last_day| last_day.saturating_sub(12.months())),
                last_day,
            }
        })
        .collect()
    }

    /// What is for sale: an offer for each product that is sold at all.
    fn offers(&self) -> Vec<Offer> {
        let sold = self.shelf.iter().enumerate().filter(|(_, (sold, ..))| *sold);
        sold.map(|(product, (_, seats_min, cents, end_of_sale, segment, _))| {
            let prices = cents.iter().flat_map(|cents| [(Term::Month, cents / 10), (Term::Year, *cents)]);
            Offer {
                seats_min: *seats_min,
                seats_max: if product < BUSINESS { 300 } else { 10_000 },
                terms: BTreeMap::from([
                    (Term::Month, BTreeSet::from([Billing::Monthly])),
                    (Term::Year, BTreeSet::from([Billing::Monthly, Billing::Annual])),
                ]),
                prices: prices.map(|(term, cents)| (term, euros(cents))).collect(),
                end_of_sale: *end_of_sale,
                segment: *segment,
                ..Offer::least(item(product), sku(product))
            }
        })
        .collect()
    }

    /// The pools that `held` feeds, with the users of the lines in them.
    fn pools(&self, held: &[HeldSubscription]) -> BTreeMap<SkuId, Pool> {
        let mut pools: BTreeMap<SkuId, Pool> = BTreeMap::new();
        for one in held {
            let pool = pools.entry(one.sku).or_default();
            match one.status {
                HeldStatus::Enabled => pool.enabled += one.seats,
                HeldStatus::Warning => pool.warning += one.seats,
                _ => {}
            }
        }
        for wish in &self.wishes {
            pools.entry(sku(wish.product)).or_default().consumed += wish.seats * wish.used_pct / 100;
        }
        for (sku, pool) in &mut pools {
            pool.plans = ProductTable::common().product(*sku).map(|product| product.plans.clone()).unwrap_or_default();
        }
        pools
    }
}

fn line(tenant: TenantId, n: usize, wish: &Wish, name: &impl Fn(usize) -> SubscriptionId) -> SourceLine {
    let last_day = TODAY.saturating_add(wish.days_left.days());
    let seats = Seats::at_least_one(wish.seats);
    let told = wish.told.map(|beside| (Witness::Typed, End::after_day(last_day.saturating_add(beside.days()))));
    SourceLine {
        subscription: Some(name(n)),
        ends: told.into_iter().collect(),
        auto_renew: wish.renewal,
        end_option: wish.end_option,
        term: wish.term,
        billing: wish.billing,
        price_per_seat: wish.cents.map(euros),
        target: wish.target.map_or(Target::Same, |product| Target::Sku(sku(product))),
        companion: wish.companion.map(sku),
        target_seats: wish.target_seats.map(Seats::at_least_one),
        kind: wish.add_on_of.map_or(Kind::Base, |base| Kind::AddOn { base: (base != n).then(|| name(base)) }),
        ..SourceLine::least(LineId::of(tenant, &format!("old-{n}")), wish.program, sku(wish.product), seats)
    }
}

/// The line as the tenant shows it: with its true end, and in grace once that has passed.
fn held_as(line: &SourceLine, wish: &Wish, now: Timestamp) -> HeldSubscription {
    let end = End::after_day(TODAY.saturating_add(wish.days_left.days())).instant();
    let over = wish.status == HeldStatus::Enabled && end <= now;
    let id = line.subscription.clone().expect("generated lines have ids");
    HeldSubscription {
        status: if over { HeldStatus::Warning } else { wish.status.clone() },
        next_lifecycle: wish.shows_end.then_some(end),
        owner: match line.program {
            SourceProgram::LegacyCspOurs => Some(us()),
            SourceProgram::LegacyCsp | SourceProgram::NceOtherPartner => Some(TenantId::new(Uuid::from_u128(0xB1))),
            _ => None,
        },
        trial: line.program == SourceProgram::Trial,
        ..HeldSubscription::least(id, line.sku, wish.seats)
    }
}
