//! The world of a schedule twice: as Microsoft's side begins with it, and as the partner's file tells it.

use super::schedule::{CustomerShape, LineShape, WorldShape};
use carryover_domain::facts::Partner;
use carryover_domain::ids::{LineId, SkuId, SubscriptionId, TenantId};
use carryover_domain::portfolio::{Customer, Renewal, SourceLine, Target};
use carryover_domain::program::SourceProgram;
use carryover_domain::time::{Billing, Term};
use carryover_domain::value::Seats;
use carryover_emulator::{
    Ledger, Minutes, Rules, Seed, SeedAccount, SeedCustomer, SeedLicence, SeedPeople, SeedRelationship,
    SeedSubscription, SeedUser,
};
use jiff::civil::{Date, date};
use jiff::{Timestamp, ToSpan};
use uuid::Uuid;

/// Products of the common offers, each with all that the one before it has: Business Basic, Standard and Premium.
pub(super) const PRODUCTS: [(&str, u128); 3] = [
    ("CFQ7TTC0LH18:0001", 0x3b555118_da6a_4418_894f_7df1e2096870),
    ("CFQ7TTC0LDPB:0001", 0xf245ecc8_75af_4f8e_b61f_27d8114de5f3),
    ("CFQ7TTC0LCHC:0002", 0xcbdc14ab_d96c_4c30_b9f4_6ada7cdc1d46),
];

/// What stands beside another product: Teams Enterprise.
pub(super) const SECOND: (&str, u128) = ("CFQ7TTC0ZT01:0001", 0x7e31c0d9_9551_471d_836f_32ee72be4a01);

/// A Monday, at midnight.
const FIRST_DAY: Date = date(2026, 11, 2);
const COUNTRY: &str = "DE";

pub(super) fn start() -> Timestamp {
    carryover_domain::time::start_of(FIRST_DAY)
}

pub(super) fn partner(ledger: &Ledger) -> Partner {
    Partner { tenant: TenantId::new(ledger.seed().partner.tenant_id.0), country: COUNTRY.parse().expect("a country") }
}

pub(super) fn tenant(customer: usize) -> carryover_emulator::TenantId {
    carryover_emulator::TenantId(Uuid::from_u128(0xC000 + customer as u128))
}

pub(super) fn product(nth: usize) -> Uuid {
    Uuid::from_u128(PRODUCTS[nth % PRODUCTS.len()].1)
}

fn second(shape: &LineShape) -> Option<Uuid> {
    (shape.second && shape.target != shape.product).then(|| Uuid::from_u128(SECOND.1))
}

fn subscription(customer: usize, line: usize) -> Uuid {
    Uuid::from_u128(0x01d0_0000 + (customer * 100 + line) as u128)
}

fn domain(customer: usize) -> String {
    format!("customer{customer}.example")
}

fn last_day(shape: &LineShape) -> Date {
    FIRST_DAY.saturating_add(i64::from(shape.days).days())
}

/// Microsoft's side of `shape`. Order history and the seats of a purchase show late, as late as the policy allows for.
pub(super) fn ledger(shape: &WorldShape) -> Ledger {
    let mut seed = Seed::generate(0, shape.random, start());
    seed.partner.country = COUNTRY.to_owned();
    seed.customers = shape.customers.iter().enumerate().map(|(nth, shape)| customer(nth, shape)).collect();
    let rules = Rules {
        second_checkout: shape.second_checkout,
        cart_life_minutes: shape.cart_life_minutes,
        order_seen: Minutes { min: shape.orders_show_after / 2, max: shape.orders_show_after },
        seats_seen: Minutes { min: 5, max: 90 },
        ..Rules::usual()
    };
    Ledger::new(seed, rules).expect("ids are counted, so that none occurs twice")
}

fn customer(nth: usize, shape: &CustomerShape) -> SeedCustomer {
    let lines = || shape.lines.iter().enumerate();
    let user = |line: usize, user: u32, product: Uuid| SeedUser {
        id: carryover_emulator::UserId(Uuid::from_u128(
            0xE_0000 + (nth * 10_000 + line * 100) as u128 + u128::from(user),
        )),
        upn: format!("user{line}-{user}@{}", domain(nth)),
        usage_location: Some(COUNTRY.to_owned()),
        licences: vec![SeedLicence {
            sku_id: carryover_emulator::SkuId(product),
            disabled_plans: Vec::new(),
            assigned_by_group: None,
        }],
    };
    SeedCustomer {
        tenant_id: tenant(nth),
        domain: domain(nth),
        name: format!("Customer {nth}"),
        country: COUNTRY.to_owned(),
        contact_email: format!("office@{}", domain(nth)),
        relationship: shape.related.then(|| SeedRelationship { accepted_at: start(), agreement_signed: true }),
        users: lines()
            .flat_map(|(line, shape)| (0..shape.users).map(move |n| user(line, n, product(shape.product))))
            .collect(),
        subscriptions: lines().map(|(line, shape)| source(nth, line, shape)).collect(),
        purchases: Vec::new(),
        people: SeedPeople {
            accepts_invitation_after_hours: shape.accepts_after,
            signs_agreement_after_hours: Some(1),
            stops_renewal_after_hours: shape.stops_after,
        },
        account: SeedAccount::default(),
    }
}

fn source(customer: usize, line: usize, shape: &LineShape) -> SeedSubscription {
    SeedSubscription {
        id: carryover_emulator::SubscriptionId(subscription(customer, line)),
        program: shape.program,
        sku_id: carryover_emulator::SkuId(product(shape.product)),
        sku_part_number: String::new(),
        product_name: String::new(),
        seats: shape.seats,
        end_date: last_day(shape),
        auto_renew: shape.renews,
        renewal_known: shape.renewal_known,
        term: carryover_emulator::Term::P1Y,
        billing: carryover_emulator::Billing::Annual,
        price_per_seat: None,
        currency: None,
        owner_tenant: None,
        companion_sku: second(shape).map(carryover_emulator::SkuId),
        target_sku: (shape.target != shape.product).then(|| carryover_emulator::SkuId(product(shape.target))),
    }
}

/// What the partner's file says.
pub(super) fn portfolio(shape: &WorldShape) -> Vec<(Customer, Vec<SourceLine>)> {
    let told = |(nth, shape): (usize, &CustomerShape)| {
        let tenant = TenantId::new(tenant(nth).0);
        let customer = Customer {
            tenant,
            domain: domain(nth),
            name: format!("Customer {nth}"),
            country: COUNTRY.parse().expect("a country"),
        };
        let line = |(line, shape): (usize, &LineShape)| told_line(tenant, subscription(nth, line), shape);
        (customer, shape.lines.iter().enumerate().map(line).collect())
    };
    shape.customers.iter().enumerate().map(told).collect()
}

fn told_line(tenant: TenantId, subscription: Uuid, shape: &LineShape) -> SourceLine {
    let id = subscription.to_string();
    let renewal = match (shape.renewal_known, shape.renews) {
        (false, _) => Renewal::Unknown,
        (true, true) => Renewal::On,
        (true, false) => Renewal::Off,
    };
    SourceLine {
        subscription: Some(SubscriptionId::try_new(&id).expect("a GUID is an id")),
        assigned_seats: Some(shape.users),
        auto_renew: renewal,
        term: Some(Term::Year),
        billing: Some(Billing::Annual),
        target: match shape.target == shape.product {
            true => Target::Same,
            false => Target::Sku(SkuId::new(product(shape.target))),
        },
        companion: second(shape).map(SkuId::new),
        ..SourceLine::least(
            LineId::of(tenant, &id),
            SourceProgram::of_word(shape.program.word()).expect("both sides know the program"),
            SkuId::new(product(shape.product)),
            Seats::at_least_one(shape.seats),
        )
        .ending(last_day(shape))
    }
}
