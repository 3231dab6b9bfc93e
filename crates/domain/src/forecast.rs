//! The forecast of a whole portfolio: what every plan together will bring, day by day, in work, people and money.
//!
//! A projection of plans, findings and purchases; it plans nothing and changes nothing. [`Prospect`] is one customer, made by
//! itself: adding a customer never changes the prospect of another. [`Forecast`] adds prospects up; every total is the sum of
//! its [`LineForecast`]s. What all customers share, it only points out: our credit and the people who look after a day.

mod actions;
mod budget;
mod credit;
mod crowd;
mod days;
mod line;
mod misses;
mod pools;
mod prospect;
mod reckon;
mod totals;

pub use actions::{ActBy, Actor};
pub use budget::{Budget, Calls, Work};
pub use days::{Cover, Day};
pub use line::{LineForecast, PricedBy, Seen, Standing, Who};
pub use misses::Miss;
pub use pools::{PoolAt, PoolForecast};
pub use prospect::Prospect;
pub use totals::{Amounts, Count, Sums, Totals};

use crate::policy::Policy;
use crate::portfolio::Customer;
use crate::route::Course;
use jiff::Timestamp;
use jiff::civil::Date;
use std::collections::BTreeMap;

/// What a portfolio will bring.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Forecast {
    /// The moment that it was made at.
    pub made_at: Timestamp,
    /// Every line, by customer. All else follows from them.
    pub lines: Vec<LineForecast>,
    /// The days on which something happens, in order.
    pub days: Vec<Day>,
    /// Who must act by when, the soonest first; what has no date comes last.
    pub actions: Vec<ActBy>,
    /// What cannot make its date, the soonest first.
    pub misses: Vec<Miss>,
    /// Licences held and needed, for each pool that a line touches.
    pub pools: Vec<PoolForecast>,
    /// The fewest requests that the work takes: those of all lines, and what they share.
    pub calls: Calls,
    /// Those of the lines, by the day on which they can be made at the earliest.
    pub calls_by_day: BTreeMap<Date, Calls>,
    /// Those of the lines, by the way that they go.
    pub calls_by_course: BTreeMap<Course, Calls>,
    /// Those that lines share: offers of a country, agreements of customers, sign-ins of days.
    pub calls_shared: Calls,
    /// The earliest instant at which all lines that can be closed are: the last end with its first check, or the first look
    /// at what is cancelled for its refund, and the time that the requests of all customers take under the documented budgets.
    /// None where no line is to be closed any more.
    pub earliest_finish: Option<Timestamp>,
    /// The sums of the lines.
    pub totals: Totals,
    /// Customers of whom too little is known; nothing above counts them.
    pub unread: Vec<Unread>,
}

/// A customer that the forecast leaves out.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Unread {
    /// Which one.
    pub who: Who,
    /// Why, in a sentence.
    pub why: String,
}

impl Unread {
    /// `customer`, left out because of `why`.
    pub fn new(customer: &Customer, why: impl Into<String>) -> Self {
        Self { who: Who::of(customer), why: why.into() }
    }
}

impl Forecast {
    /// The forecast of `prospects`, one for each customer, as it stands at `now`. Their order does not matter.
    pub fn of(
        prospects: impl IntoIterator<Item = Prospect>,
        unread: impl IntoIterator<Item = Unread>,
        policy: &Policy,
        now: Timestamp,
    ) -> Self {
        let mut prospects: Vec<Prospect> = prospects.into_iter().collect();
        prospects.sort_by(|one, other| one.who.cmp(&other.who));
        let mut lines = Vec::new();
        let (mut actions, mut misses, mut pools) = (Vec::new(), Vec::new(), Vec::new());
        for prospect in prospects {
            pools.extend(prospect.pools);
            lines.extend(prospect.lines);
            actions.extend(prospect.actions);
            misses.extend(prospect.misses);
        }
        misses.extend(credit::find_beyond(&mut lines, &mut actions, policy));
        let work = Work::of(&lines);
        misses.extend(misses::late_swaps(&lines, &work));
        misses.extend(crowd::overflow(&lines, policy, now));
        misses.sort_by(|one: &Miss, other| one.order().cmp(&other.order()));
        actions.sort_by(|one: &ActBy, other| one.order().cmp(&other.order()));
        let mut unread: Vec<Unread> = unread.into_iter().collect();
        unread.sort();
        Self {
            made_at: now,
            days: days::days(&lines, &actions),
            pools,
            calls: work.calls(),
            calls_by_day: work.by_day(),
            calls_by_course: Work::by_course(&lines),
            calls_shared: work.shared(),
            earliest_finish: work.finish(&lines),
            totals: Totals::of(&lines),
            lines,
            actions,
            misses,
            unread,
        }
    }

    /// How the seats of the portfolio are covered: one entry for each day on which that changes, each holding until the next.
    pub fn cover(&self) -> Vec<Cover> {
        days::cover(&self.lines)
    }
}
