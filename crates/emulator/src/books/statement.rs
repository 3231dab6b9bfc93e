//! The whole account of a run, for people and programs outside: purchases, money, seats, users left without, and
//! every write that came in.
//!
//! Everything follows from diaries and orders; nothing here is kept for its own sake.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::{Write, duplicates};
use crate::ids::{CartId, OrderId, SkuId, SubscriptionId, TenantId, UserId};
use crate::ledger::orders::Transaction;
use crate::ledger::subscriptions::{Channel, State};
use crate::ledger::tenant::Tenant;
use crate::ledger::{Happened, Ledger};

/// Most rows of seats by the hour in one answer.
const MOST_HOURS: usize = 20_000;

/// Everything the books know.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Statement {
    /// Virtual time at which it was drawn up.
    pub as_of: Timestamp,
    /// Virtual time at which the run began.
    pub since: Timestamp,
    /// Purchases that should not exist.
    pub duplicate_purchases: u64,
    /// Hours in which users who should be served were not, each interval of each user rounded up.
    pub gap_seat_hours: u64,
    /// List value by currency.
    pub money: BTreeMap<String, Money>,
    /// Accepted order lines of type New, by customer and time.
    pub purchases: Vec<PurchaseEntry>,
    /// Enabled seats, by customer and time: the start, then every change.
    pub seats_in_force: Vec<SeatEntry>,
    /// Users who should be served and were not, by customer.
    pub unserved: Vec<Unserved>,
    /// What people did by themselves, by script or by seed.
    pub outside: Vec<Happened>,
    /// Writes, in the order of their arrival.
    pub writes: Vec<Write>,
    /// Older writes that are not kept any more.
    pub writes_forgotten: u64,
    /// Requests for what the emulator does not have, by method and path with ids left out.
    pub not_emulated: BTreeMap<String, u64>,
}

/// List value of whole terms. The service settles what is given back by the day, which is not reckoned here.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Money {
    /// Order lines of type New, renew and addQuantity, written during the run.
    pub ordered: Decimal,
    /// Order lines of type removeQuantity, and subscriptions that were cancelled.
    pub given_back: Decimal,
}

/// One purchase.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PurchaseEntry {
    /// The customer.
    pub tenant: TenantId,
    /// When it was accepted.
    pub at: Timestamp,
    /// The cart it came from.
    pub cart: CartId,
    /// Its order.
    pub order: OrderId,
    /// Its subscription.
    pub subscription: SubscriptionId,
    /// The product.
    pub sku: SkuId,
    /// Seats when it was bought.
    pub seats: u32,
    /// The nickname it was given.
    pub friendly_name: Option<String>,
    /// List price of a seat for the term; absent where its order is gone.
    pub price_per_seat: Option<Decimal>,
    /// Currency of that price.
    pub currency: Option<String>,
    /// When its seats arrived in the tenant.
    pub arrived_at: Option<Timestamp>,
    /// When it was cancelled, suspended or over.
    pub ended_at: Option<Timestamp>,
    /// Whether it should not exist.
    pub duplicate: bool,
}

/// Enabled seats of a product in a tenant from a moment on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeatEntry {
    /// The customer.
    pub tenant: TenantId,
    /// The product.
    pub sku: SkuId,
    /// From when.
    pub at: Timestamp,
    /// Enabled seats over all channels.
    pub enabled: u32,
}

/// A time in which a user was not served.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unserved {
    /// The customer.
    pub tenant: TenantId,
    /// The user.
    pub user: UserId,
    /// The product the user held when everything was well.
    pub sku: SkuId,
    /// Since when.
    pub from: Timestamp,
    /// Until when; absent while it lasts.
    pub to: Option<Timestamp>,
    /// Hours so far, a begun one counting whole.
    pub hours: u64,
}

/// Enabled seats of a product in one hour.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeatHour {
    /// The first instant of the hour.
    pub hour: Timestamp,
    /// The product.
    pub sku: SkuId,
    /// The fewest seats that were enabled in it.
    pub enabled: u32,
}

/// Seats by the hour that cannot be shown.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum HoursError {
    /// Nobody lives there.
    #[error("there is no customer {0}")]
    UnknownTenant(TenantId),
    /// More than one answer holds.
    #[error("that are {rows} rows, and {MOST_HOURS} are the most; ask for a shorter time by from and until")]
    TooMany {
        /// Rows it would have.
        rows: usize,
    },
    /// Nothing lies between.
    #[error("until must be later than from")]
    Nothing,
}

impl Ledger {
    /// The whole account as of now.
    #[must_use]
    pub fn statement(&self) -> Statement {
        let books = self.books();
        let since = self.seed().start;
        let mut money: BTreeMap<String, Money> = BTreeMap::new();
        self.customers().for_each(|customer| reckon(customer, since, &mut money));
        let http = &self.http;
        Statement {
            as_of: self.now(),
            since,
            duplicate_purchases: books.duplicate_purchases,
            gap_seat_hours: books.gap_seat_hours,
            money,
            purchases: self.customers().flat_map(purchases).collect(),
            seats_in_force: self.customers().flat_map(seats).collect(),
            unserved: self.customers().flat_map(|customer| unserved(customer, self.now())).collect(),
            outside: self.happened().to_vec(),
            writes: http.writes.iter().cloned().collect(),
            writes_forgotten: http.writes_forgotten,
            not_emulated: books.not_emulated,
        }
    }

    /// A customer's purchases, by time; none where nobody lives there.
    #[must_use]
    pub fn purchases(&self, tenant: TenantId) -> Vec<PurchaseEntry> {
        self.customers().find(|customer| customer.id == tenant).map(purchases).unwrap_or_default()
    }

    /// A customer's users who should be served and were not; none where nobody lives there.
    #[must_use]
    pub fn unserved(&self, tenant: TenantId) -> Vec<Unserved> {
        let customer = self.customers().find(|customer| customer.id == tenant);
        customer.into_iter().flat_map(|customer| unserved(customer, self.now())).collect()
    }

    /// Enabled seats of every product of a customer, hour by hour from the one of `from` to the one before `until`;
    /// a product appears with its first seats.
    ///
    /// # Errors
    /// [`HoursError`] where there is no such customer, no such time, or too much of it.
    pub fn seats_by_hour(
        &self,
        tenant: TenantId,
        from: Timestamp,
        until: Timestamp,
    ) -> Result<Vec<SeatHour>, HoursError> {
        let customer = self.customers().find(|customer| customer.id == tenant);
        let points = customer.ok_or(HoursError::UnknownTenant(tenant))?.diary.seats_in_force();
        let from = hour_of(from.max(self.seed().start));
        let until = until.min(self.now());
        if until <= from {
            return Err(HoursError::Nothing);
        }
        let hours = (until.as_second() - from.as_second() + 3599) / 3600;
        let skus: std::collections::BTreeSet<SkuId> = points.iter().map(|point| point.sku).collect();
        let rows = usize::try_from(hours).unwrap_or(usize::MAX).saturating_mul(skus.len());
        if rows > MOST_HOURS {
            return Err(HoursError::TooMany { rows });
        }
        let mut found = Vec::with_capacity(rows);
        for nth in 0..hours {
            let hour = from + SignedDuration::from_hours(nth);
            let end = hour + SignedDuration::from_hours(1);
            for sku in &skus {
                let own = || points.iter().filter(|point| point.sku == *sku);
                let before = own().take_while(|point| point.at <= hour).last();
                let within = own().filter(|point| hour < point.at && point.at < end);
                if let Some(fewest) = before.into_iter().chain(within).map(|point| point.enabled).min() {
                    found.push(SeatHour { hour, sku: *sku, enabled: fewest });
                }
            }
        }
        Ok(found)
    }
}

fn reckon(customer: &Tenant, since: Timestamp, money: &mut BTreeMap<String, Money>) {
    for order in customer.orders.values().filter(|order| order.created >= since) {
        let sums = money.entry(order.currency.to_owned()).or_default();
        for line in &order.lines {
            let value = line.price * Decimal::from(line.quantity);
            match line.transaction {
                Transaction::New | Transaction::Renew | Transaction::AddQuantity(_) => sums.ordered += value,
                Transaction::RemoveQuantity(_) => sums.given_back += value,
            }
        }
    }
    for held in customer.subscriptions.values().filter(|held| held.state == State::LockedOut) {
        if let Channel::Bought(bought) = &held.channel {
            let sums = money.entry(bought.currency.to_owned()).or_default();
            sums.given_back += bought.price * Decimal::from(held.seats);
        }
    }
}

fn purchases(customer: &Tenant) -> Vec<PurchaseEntry> {
    let diary = &customer.diary;
    let entries = diary.purchases().iter().zip(duplicates(diary.sources(), diary.purchases()));
    entries
        .map(|(purchase, duplicate)| {
            let order = customer.orders.get(&purchase.order);
            let line =
                order.and_then(|order| order.lines.iter().find(|line| line.subscription == purchase.subscription));
            PurchaseEntry {
                tenant: customer.id,
                at: purchase.at,
                cart: purchase.cart,
                order: purchase.order.clone(),
                subscription: purchase.subscription,
                sku: purchase.sku,
                seats: purchase.seats,
                friendly_name: purchase.friendly_name.clone(),
                price_per_seat: line.map(|line| line.price),
                currency: order.map(|order| order.currency.to_owned()),
                arrived_at: purchase.arrived_at,
                ended_at: purchase.ended_at,
                duplicate,
            }
        })
        .collect()
}

fn seats(customer: &Tenant) -> impl Iterator<Item = SeatEntry> {
    let tenant = customer.id;
    let points = customer.diary.seats_in_force().iter();
    points.map(move |point| SeatEntry { tenant, sku: point.sku, at: point.at, enabled: point.enabled })
}

fn unserved(customer: &Tenant, now: Timestamp) -> impl Iterator<Item = Unserved> {
    customer.diary.gaps(now).map(|gap| Unserved {
        tenant: customer.id,
        user: gap.user,
        sku: gap.sku,
        from: gap.from,
        to: (!gap.open).then_some(gap.to),
        hours: gap.hours(),
    })
}

fn hour_of(at: Timestamp) -> Timestamp {
    Timestamp::from_second(at.as_second().div_euclid(3600) * 3600).unwrap_or(at)
}
