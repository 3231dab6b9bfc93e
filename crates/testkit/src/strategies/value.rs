//! Strategies for single values: ids, words, amounts, instants.

use carryover_domain::ids::{
    CartId, IntentId, LineId, MigrationId, OrderId, PlanId, ServicePlanId, SkuId, SubscriptionId, TenantId, UserId,
};
use carryover_domain::offer::OfferId;
use carryover_domain::program::SourceProgram;
use carryover_domain::time::{Billing, Term};
use carryover_domain::value::{Country, Currency, Money, Seats};
use jiff::Timestamp;
use jiff::civil::Date;
use proptest::prelude::*;
use rust_decimal::Decimal;
use uuid::Uuid;

macro_rules! guids {
    ($($(#[$doc:meta])* $name:ident = $id:ty;)*) => { $(
        $(#[$doc])*
        pub fn $name() -> impl Strategy<Value = $id> {
            any::<u128>().prop_map(|number| <$id>::new(Uuid::from_u128(number)))
        }
    )* };
}
guids! {
    /// A tenant.
    tenant = TenantId;
    /// A migration.
    migration = MigrationId;
    /// A source line's id.
    line = LineId;
    /// A plan's id.
    plan_id = PlanId;
    /// An act that must happen once.
    intent = IntentId;
    /// A person's account.
    user = UserId;
    /// A licence.
    sku = SkuId;
    /// A service plan inside a licence.
    service_plan = ServicePlanId;
}

macro_rules! text_ids {
    ($($(#[$doc:meta])* $name:ident = $id:ty;)*) => { $(
        $(#[$doc])*
        pub fn $name() -> impl Strategy<Value = $id> {
            "[a-zA-Z0-9-]{1,36}|[^\\s]{1,8}".prop_filter_map("an id has a visible letter", |text| {
                <$id>::try_new(&text).ok()
            })
        }
    )* };
}
text_ids! {
    /// A subscription's commerce id.
    subscription = SubscriptionId;
    /// A cart's single-use token.
    cart = CartId;
    /// An order's id.
    order = OrderId;
}

/// Text as people and services write it: empty, long, foreign, with quotes, line ends and control characters.
pub fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => "[A-Za-z0-9 .@_-]{0,24}",
        1 => "\\PC{0,24}",
        1 => prop::collection::vec(any::<char>(), 0..12).prop_map(String::from_iter),
    ]
}

/// A catalogue item.
pub fn offer() -> impl Strategy<Value = OfferId> {
    "[A-Z0-9]{1,12}:[0-9A-Z]{1,4}".prop_filter_map("an offer id", |text| text.parse().ok())
}

/// A country code, not always one of a real country.
pub fn country() -> impl Strategy<Value = Country> {
    "[A-Z]{2}".prop_filter_map("a country code", |text| text.parse().ok())
}

/// A currency code; currencies with 0, 2 and 3 decimals often.
pub fn currency() -> impl Strategy<Value = Currency> {
    prop_oneof!["EUR|USD|JPY|BHD", "[A-Z]{3}"].prop_filter_map("a currency code", |text| text.parse().ok())
}

/// An amount of money, never negative, with up to 28 decimals.
pub fn money() -> impl Strategy<Value = Money> {
    let amount = prop_oneof![
        3 => (0..100_000_000i128, 0..=4u32),
        1 => (0..(1i128 << 96), 0..=28u32),
    ];
    (amount, currency()).prop_map(|((mantissa, scale), currency)| Money {
        amount: Decimal::from_i128_with_scale(mantissa, scale),
        currency,
    })
}

/// A number of seats: small ones often, and the largest.
pub fn seats() -> impl Strategy<Value = Seats> {
    prop_oneof![4 => 1..=300u32, 1 => 1..=u32::MAX, 1 => Just(u32::MAX)]
        .prop_filter_map("at least one seat", |count| Seats::try_new(count).ok())
}

/// An instant, to the nanosecond: of this century often, and both ends of time.
pub fn instant() -> impl Strategy<Value = Timestamp> {
    let (first, last) = (Timestamp::MIN, Timestamp::MAX);
    prop_oneof![
        6 => (946_684_800..4_102_444_800i64, 0..1_000_000_000i32),
        2 => (946_684_800..4_102_444_800i64, Just(0)),
        1 => (first.as_second()..last.as_second(), 0..1_000_000_000i32),
        1 => Just((last.as_second(), last.subsec_nanosecond())),
        1 => Just((first.as_second(), first.subsec_nanosecond())),
    ]
    .prop_filter_map("an instant", |(second, nanosecond)| Timestamp::new(second, nanosecond).ok())
}

/// A day: of this century often, and both ends of time.
pub fn day() -> impl Strategy<Value = Date> {
    let common = (2000..2100i16, 1..=12i8, 1..=31i8)
        .prop_filter_map("a day", |(year, month, day)| Date::new(year, month, day).ok());
    prop_oneof![8 => common, 1 => Just(Date::MIN), 1 => Just(Date::MAX)]
}

/// A committed term.
pub fn term() -> impl Strategy<Value = Term> {
    prop::sample::select(Term::ALL.to_vec())
}

/// A billing frequency.
pub fn billing() -> impl Strategy<Value = Billing> {
    prop::sample::select(Billing::ALL.to_vec())
}

/// A licensing program.
pub fn program() -> impl Strategy<Value = SourceProgram> {
    prop::sample::select(SourceProgram::ALL.to_vec())
}
