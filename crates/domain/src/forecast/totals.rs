//! Sums over lines: counts, seats and exact amounts for each currency. Rounds nothing.

use super::line::{LineForecast, PricedBy, Standing};
use crate::value::{Currency, Money};
use rust_decimal::Decimal;
use std::collections::{BTreeMap, BTreeSet};

/// Exact amounts, one for each currency; whoever shows one rounds it once (rule R129).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Amounts(BTreeMap<Currency, Decimal>);

impl Amounts {
    /// Adds `money` to the amount of its currency.
    pub fn add(&mut self, money: Money) {
        let sum = self.0.entry(money.currency).or_default();
        *sum = sum.saturating_add(money.amount);
    }
    /// Adds every amount of `other`.
    pub fn add_all(&mut self, other: &Self) {
        other.iter().for_each(|money| self.add(money));
    }
    /// The amounts, by currency.
    pub fn iter(&self) -> impl Iterator<Item = Money> {
        self.0.iter().map(|(currency, amount)| Money { amount: *amount, currency: *currency })
    }
    /// The amount in `currency`; zero where there is none.
    pub fn get(&self, currency: Currency) -> Money {
        Money { amount: self.0.get(&currency).copied().unwrap_or_default(), currency }
    }
    /// Whether there is no amount at all.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Extend<Money> for Amounts {
    fn extend<T: IntoIterator<Item = Money>>(&mut self, amounts: T) {
        amounts.into_iter().for_each(|money| self.add(money));
    }
}

impl FromIterator<Money> for Amounts {
    fn from_iter<T: IntoIterator<Item = Money>>(amounts: T) -> Self {
        let mut sum = Self::default();
        sum.extend(amounts);
        sum
    }
}

/// Lines and their seats.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Count {
    /// How many lines.
    pub lines: usize,
    /// Their seats.
    pub seats: u64,
}

impl Count {
    /// One more line of `seats`.
    pub fn add(&mut self, seats: u32) {
        self.lines += 1;
        self.seats += u64::from(seats);
    }
}

/// The money of the lines in one currency, exact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Sums {
    /// What the first terms of the new subscriptions cost.
    pub first_term: Decimal,
    /// What the days cost that are paid twice (rule R120).
    pub overlap_cost: Decimal,
    /// What comes back for old subscriptions that are ended early (rule R121).
    pub refund: Decimal,
    /// What is given up of old subscriptions that are ended early (rule R121).
    pub lost_value: Decimal,
    /// What the first terms would cost less with no more seats than are needed (rule R95). Offered, never applied.
    pub saving: Decimal,
}

/// The sums of all lines of a forecast.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Totals {
    /// Customers.
    pub customers: usize,
    /// Lines and seats of the old subscriptions, by where they stand. Every standing is there.
    pub standings: BTreeMap<Standing, Count>,
    /// Lines that are bought or are to be, and the seats of their new subscriptions.
    pub replaced: Count,
    /// Seats times days that are paid twice. Second licences add none: their users count once.
    pub overlap_seat_days: u64,
    /// Lines that need fewer seats than they buy, and how many fewer (rule R95).
    pub saved: Count,
    /// The money, by currency.
    pub money: BTreeMap<Currency, Sums>,
    /// Lines that are bought or are to be, and whose price nobody knows: no sum of money counts them.
    pub without_price: usize,
    /// Lines whose price is that of the old subscription, as an estimate.
    pub by_old_price: usize,
}

impl Totals {
    /// The sums of `lines`.
    pub fn of(lines: &[LineForecast]) -> Self {
        let mut totals =
            Self { standings: Standing::ALL.map(|standing| (standing, Count::default())).into(), ..Self::default() };
        let tenants: BTreeSet<_> = lines.iter().map(|line| line.who.tenant).collect();
        totals.customers = tenants.len();
        for line in lines {
            totals.add(line);
        }
        totals
    }

    fn add(&mut self, line: &LineForecast) {
        self.standings.entry(line.standing).or_default().add(line.seats);
        if let Some(seats) = line.new_seats {
            self.replaced.add(seats);
            let twice = line.seats_twice().unwrap_or_default();
            self.overlap_seat_days += u64::from(twice) * u64::from(line.overlap_days);
            match line.price.map(|(_, by)| by) {
                None => self.without_price += 1,
                Some(PricedBy::OldSubscription) => self.by_old_price += 1,
                Some(PricedBy::Order | PricedBy::Catalogue) => {}
            }
        }
        if let Some(seats) = line.saved_seats.filter(|seats| *seats > 0) {
            self.saved.add(seats);
        }
        self.pay(line.first_term, |sums| &mut sums.first_term);
        self.pay(line.overlap_cost, |sums| &mut sums.overlap_cost);
        self.pay(line.refund, |sums| &mut sums.refund);
        self.pay(line.lost_value, |sums| &mut sums.lost_value);
        self.pay(line.saving, |sums| &mut sums.saving);
    }

    fn pay(&mut self, money: Option<Money>, field: impl Fn(&mut Sums) -> &mut Decimal) {
        if let Some(Money { amount, currency }) = money {
            let sum = field(self.money.entry(currency).or_default());
            *sum = sum.saturating_add(amount);
        }
    }

    /// Lines and seats that stand there.
    pub fn standing(&self, standing: Standing) -> Count {
        self.standings.get(&standing).copied().unwrap_or_default()
    }
}
