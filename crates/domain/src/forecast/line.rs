//! One line of the forecast, made from what is planned for it, or from what has become of it. Plans nothing itself.

use super::budget::Calls;
use super::reckon::{first_invoice, given_up, price, put_off};
use crate::finding::Finding;
use crate::ids::{LineId, SkuId, TenantId};
use crate::migration::state::Line;
use crate::offer::OfferId;
use crate::plan::{LinePlan, Route, SourceEnd, prorated};
use crate::portfolio::{Customer, SourceLine};
use crate::program::SourceProgram;
use crate::report::{paid_twice, real_cost, real_end};
use crate::route::Course;
use crate::time::{End, utc_day};
use crate::value::{Country, Money};
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp, ToSpan};
use rust_decimal::Decimal;

/// Which customer.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Who {
    /// A domain of the tenant.
    pub domain: String,
    /// The tenant.
    pub tenant: TenantId,
    /// The customer's name.
    pub name: String,
    /// The country of the tenant.
    pub country: Country,
}

impl Who {
    /// That customer.
    pub fn of(customer: &Customer) -> Self {
        let Customer { tenant, domain, name, country } = customer.clone();
        Self { domain, tenant, name, country }
    }
}

/// Where a line stands, as the forecast looks at it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Standing {
    /// Planned, and not approved as it is planned.
    Planned,
    /// Approved or bought; the old subscription is not over.
    UnderWay,
    /// A person has to act before it can be planned.
    Blocked,
    /// Stopped on its way; a person is needed.
    Stopped,
    /// There is nothing to move.
    NothingToDo,
    /// The new subscription stands and the old one is over.
    Closed,
}

impl Standing {
    /// Every standing.
    pub const ALL: [Self; 6] =
        [Self::Planned, Self::UnderWay, Self::Blocked, Self::Stopped, Self::NothingToDo, Self::Closed];
    /// One word for machines.
    pub fn word(self) -> &'static str {
        match self {
            Self::Planned => "PLANNED",
            Self::UnderWay => "UNDER_WAY",
            Self::Blocked => "BLOCKED",
            Self::Stopped => "STOPPED",
            Self::NothingToDo => "NOTHING_TO_DO",
            Self::Closed => "CLOSED",
        }
    }
}

/// Where a price comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PricedBy {
    /// The order that was accepted.
    Order,
    /// The catalogue, with announced changes and promotions.
    Catalogue,
    /// The old subscription of the same term: an estimate.
    OldSubscription,
}

impl PricedBy {
    /// One word for machines.
    pub fn word(self) -> &'static str {
        match self {
            Self::Order => "ORDER",
            Self::Catalogue => "CATALOGUE",
            Self::OldSubscription => "OLD_SUBSCRIPTION",
        }
    }
}

/// What one line brings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineForecast {
    /// Its customer.
    pub who: Who,
    /// The line.
    pub line: LineId,
    /// The line beside which this one buys a second licence; none for what takes the place of an old subscription.
    pub beside: Option<LineId>,
    /// The product that is left; for people.
    pub title: String,
    /// Where it was bought, by the most trusted witness.
    pub program: SourceProgram,
    /// Where it stands.
    pub standing: Standing,
    /// The way that is taken, or the best way for a line that is blocked; none where that is not known.
    pub course: Option<Course>,
    /// A better way that only a person can bring about.
    pub advised: Option<Course>,
    /// The licence of the old subscription.
    pub old_sku: SkuId,
    /// Seats of the old subscription; nought for a second licence, which leaves none.
    pub seats: u32,
    /// What is bought.
    pub offer: Option<OfferId>,
    /// The licence that it provisions.
    pub new_sku: Option<SkuId>,
    /// Seats of the new subscription; none where nothing is bought.
    pub new_seats: Option<u32>,
    /// The first day of the new subscription.
    pub day: Option<Date>,
    /// The last day of the first term of the new subscription.
    pub new_end: Option<Date>,
    /// Nothing is bought before this instant.
    pub opens: Option<Timestamp>,
    /// Whether it was bought already.
    pub bought: bool,
    /// Whether its purchase names a reseller, which a provider looks up.
    pub resold: bool,
    /// Whether its tenant is to be looked at before its day, because nothing was compared with its plan yet.
    pub unseen: bool,
    /// The last day of the old subscription: of its term, or that on which its owner cancels it. None where there is none, or
    /// nobody knows it.
    pub old_end: Option<Date>,
    /// The instant at which the term of the old subscription ends.
    pub ends: Option<Timestamp>,
    /// The earliest instant at which the old subscription can be seen to be over.
    pub over: Option<Timestamp>,
    /// Days paid twice.
    pub overlap_days: u32,
    /// What they cost, exact.
    pub overlap_cost: Option<Money>,
    /// What one seat of the new one costs for one term, and who says so.
    pub price: Option<(Money, PricedBy)>,
    /// What the first term of the new one costs, exact.
    pub first_term: Option<Money>,
    /// What is invoiced at once when it is bought, exact (rule R89).
    pub first_invoice: Option<Money>,
    /// What comes back for the old one, where it is ended early (rule R121).
    pub refund: Option<Money>,
    /// What is given up of the old one, where it is ended early (rule R121).
    pub lost_value: Option<Money>,
    /// How many seats fewer would do (rule R95); none where the need is not known.
    pub saved_seats: Option<u32>,
    /// What that would save in the first term, exact.
    pub saving: Option<Money>,
    /// Users whose licence is still to be swapped, at most.
    pub swaps: u32,
    /// How long the last of them waits at least for services of those before to be looked at (rule R109).
    pub pauses: SignedDuration,
    /// From when on they are late: as long before the end as the policy's margin wants (rule R114).
    pub late: Option<Timestamp>,
    /// What was found, worst first.
    pub findings: Vec<Finding>,
    /// The fewest requests from now until it is bought and its users are moved.
    pub calls_to_buy: Calls,
    /// The fewest requests for looking after its old subscription until it is closed.
    pub calls_to_close: Calls,
    /// The earliest instant at which it can be closed, were its customer alone; none where it cannot be or is.
    pub finish: Option<Timestamp>,
}

/// What is known of a line beyond its plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Seen {
    /// Seats fewer that would do.
    pub saved: Option<u32>,
    /// Users who hold the old licence; those beyond the seats of its plan do not count.
    pub users: Option<u32>,
    /// The best way, by the route table.
    pub course: Option<Course>,
    /// When the old subscription ends, by the most trusted witness.
    pub ends: Option<End>,
}

impl LineForecast {
    /// A line of which nothing is bought.
    pub(super) fn resting(who: &Who, source: &SourceLine, standing: Standing, ends: Option<End>) -> Self {
        Self {
            who: who.clone(),
            line: source.id,
            beside: None,
            title: source.title(),
            program: source.program,
            standing,
            course: None,
            advised: None,
            old_sku: source.sku,
            seats: source.seats.get(),
            offer: None,
            new_sku: None,
            new_seats: None,
            day: None,
            new_end: None,
            opens: None,
            bought: false,
            resold: false,
            unseen: false,
            old_end: ends.map(End::last_whole_day),
            ends: ends.map(End::instant),
            over: None,
            overlap_days: 0,
            overlap_cost: None,
            price: None,
            first_term: None,
            first_invoice: None,
            refund: None,
            lost_value: None,
            saved_seats: None,
            saving: None,
            swaps: 0,
            pauses: SignedDuration::ZERO,
            late: None,
            findings: Vec::new(),
            calls_to_buy: Calls::default(),
            calls_to_close: Calls::default(),
            finish: None,
        }
    }

    /// A line whose old subscription is judged to be `source` and that goes as `plan` says, or has gone so: then its purchase
    /// counts. What should have been bought by `now` and is not can be bought today at the earliest.
    pub(super) fn going(
        who: &Who,
        line: &Line,
        source: &SourceLine,
        plan: &LinePlan,
        standing: Standing,
        known: Seen,
        now: Timestamp,
    ) -> Self {
        let bought = line.purchases.first();
        let late = (bought.is_none() && plan.day < utc_day(now)).then(|| put_off(plan, now));
        let plan = late.as_ref().unwrap_or(plan);
        let day = bought.map_or(plan.day, |purchase| utc_day(purchase.ordered_at));
        let ends = bought.and_then(|_| real_end(line)).unwrap_or(plan.ends);
        let days = bought.map_or(plan.overlap_days, |_| paid_twice(plan, ends, day));
        let overlap_cost = real_cost(line, bought).or(plan.overlap_cost);
        let seats = bought.map_or(plan.seats.get(), |purchase| purchase.seats);
        let price = price(source, plan, bought);
        let new_end = line.term_last_day().unwrap_or_else(|| plan.last_day());
        let times = |seats: u32| {
            let price = prorated(price?.0, plan.term, day, new_end)?;
            Some(Money { amount: price.amount.checked_mul(Decimal::from(seats))?, ..price })
        };
        let first_term = times(seats);
        let saved_seats = known.saved.filter(|_| bought.is_none()).map(|saved| saved.min(seats.saturating_sub(1)));
        let early = plan.source_end == SourceEnd::OwnerCancels;
        let (refund, lost_value) = if early { given_up(source, ends, day).unzip() } else { (None, None) };
        Self {
            course: Some(match plan.route {
                Route::BuyAtEnd => Course::BuyAtEnd,
                Route::BuyNow => Course::BuyNow,
            }),
            advised: plan.advised.filter(|_| bought.is_none()),
            offer: Some(plan.offer.clone()),
            new_sku: Some(plan.sku),
            new_seats: Some(seats),
            day: Some(day),
            new_end: Some(new_end),
            opens: Some(bought.map_or(plan.opens, |purchase| purchase.ordered_at)),
            bought: bought.is_some(),
            resold: plan.reseller.is_some(),
            old_end: Some(if early { day.min(ends.last_whole_day()) } else { ends.last_whole_day() }),
            overlap_days: days,
            overlap_cost,
            price,
            first_invoice: first_invoice(price, seats, plan, first_term),
            first_term,
            refund,
            lost_value,
            saved_seats,
            saving: saved_seats.filter(|saved| *saved > 0).and_then(times),
            ..Self::resting(who, source, standing, Some(ends))
        }
    }

    /// The fewest requests that it takes, without what it shares with others.
    pub fn calls(&self) -> Calls {
        [self.calls_to_buy, self.calls_to_close].into_iter().sum()
    }

    /// Seats that are paid twice on its days of double payment: users of a second licence count with what it stands beside, and what
    /// it costs counts nevertheless.
    pub(super) fn seats_twice(&self) -> Option<u32> {
        self.new_seats.filter(|_| self.beside.is_none())
    }

    /// The day after the last one that is paid twice, and the first of them.
    pub(super) fn paid_twice(&self) -> Option<(Date, Date)> {
        let day = self.day.filter(|_| self.overlap_days > 0)?;
        Some((day, day.saturating_add(i64::from(self.overlap_days).days())))
    }

    /// Whether it is to be closed and is not yet.
    pub(super) fn is_open(&self) -> bool {
        matches!(self.standing, Standing::Planned | Standing::UnderWay)
    }
}
