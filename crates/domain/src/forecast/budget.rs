//! The fewest requests that the work takes, and how soon they can be made under the documented budgets. A lower bound: what
//! is slow for other reasons (people, provisioning, throttling without a number) comes on top.
//!
//! Documented, and counted here (fact sheet 7 and 21.7):
//!
//! | what | how much | shared by |
//! | --- | --- | --- |
//! | customer, subscription and order resources of Partner Center | 500 requests a minute "per tenant id" | all customers: read as the partner's tenant, which is the slower reading |
//! | Graph reads in one small tenant | 3,500 units in 10 seconds | one customer |
//! | Graph reads in all tenants | 150,000 units in 20 seconds | all customers |
//! | Graph writes in one tenant | 3,000 in 150 seconds, and 18,000 in 5 minutes | one customer |
//! | Graph writes in all tenants | 70,000 in 5 minutes | all customers |
//! | migrations of legacy subscriptions | 100 requests in 5 minutes | all customers; no line spends it, for a person starts them |
//!
//! Not documented, so never waited for: catalogue, carts, agreements, sign-in. They are only counted.
//!
//! The floor of one line, by its way:
//!
//! | step | Partner Center, numbered | other | Graph requests (units) |
//! | --- | --- | --- | --- |
//! | last look before buying: relationship, tenant | 1 | 1 sign-in | 1 (4) |
//! | availability, cart, checkout | – | 3 | – |
//! | order, subscription, provisioning, tenant, within the hour | 3 | – | 1 (4) |
//! | another licence: who holds the old one, and once more after the last user | – | – | 2 for each 999 users (1) |
//! | another licence: the users, in batches (rule R109) | – | – | 1 for each 20 users (1 write for each) |
//! | another licence: whether services work, after each batch | – | – | 1 (1) |
//! | another licence: whether the old one can be spared then | – | – | 1 (4) |
//! | the same before the end; not where it is replaced at once | – | 1 sign-in | 1 (4) |
//! | whether it is over, and users and groups an hour after it (rule R125) | – | 1 sign-in | 2 (6) |
//! | whether somebody is short, and users and groups, a day and three days later (rule R125) | – | 2 sign-ins | 4 (12) |
//!
//! A look at a tenant is one request for its subscriptions and its pools together. The order is read because a checkout is answered
//! before anything is provisioned, and until then nothing names the subscription (fact sheet 13.4).
//!
//! One more for each line that counts on a promotion (rule R76), that another partner may hand over (rule R13), whose first
//! term ends with that of a subscription of ours, which has to be read on the day (rule R69), or whose purchase names a reseller:
//! which ones are tied to a customer no event tells (rule R90, fact sheet 20.4).
//!
//! What lines share: one look at each customer's tenant, with a sign-in, once its plan is approved and long before its day, so that
//! what is in the way is found while there is time; one request for the agreement of each customer; one for each offer in each
//! country, one for the SKUs of each product, and two for the products and the promotions of each country, because nothing else tells
//! which offer provisions a licence; and a sign-in of the application for each day on which is bought. A provider looks at the resellers
//! of each customer once long before its day, too, and asks on each day on which is bought whether those may be named. Not counted: products that
//! nothing is bought of, waiting for people, and looking for what has not come yet, as each day whether an owner has cancelled for
//! the refund.

use super::line::LineForecast;
use crate::ids::TenantId;
use crate::migration::state::{Line, Stage};
use crate::migration::wake::services_look;
use crate::offer::OfferId;
use crate::plan::{EndsWith, LinePlan, Route};
use crate::policy::Policy;
use crate::route::Course;
use crate::rules::batch;
use crate::time::{later, utc_day};
use crate::value::Country;
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, BTreeSet};

/// Users on one page (fact sheet 21.4).
const PAGE: u32 = 999;
/// Writes in one request (fact sheet 21.7).
const BATCH: usize = 20;
/// What one look at a tenant costs: its subscriptions, 1, and its pools, 3 (fact sheet 21.7).
const TENANT_UNITS: u64 = 4;
/// What a look at users' services and at groups costs, one unit each (fact sheet 21.7).
const AFTERMATH_UNITS: u64 = 2;

/// So many requests or units in each span of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    /// How many.
    pub limit: u64,
    /// In how many seconds.
    pub seconds: i64,
}

impl Budget {
    /// Customer, subscription and order resources of Partner Center (fact sheet 7).
    pub const PARTNER_CENTER: Self = Self { limit: 500, seconds: 60 };
    /// Reads in one tenant, for the smallest size (fact sheet 21.7).
    pub const TENANT_READS: Self = Self { limit: 3_500, seconds: 10 };
    /// Reads in all tenants.
    pub const ALL_READS: Self = Self { limit: 150_000, seconds: 20 };
    /// Writes of one application in one tenant.
    pub const TENANT_WRITES: Self = Self { limit: 3_000, seconds: 150 };
    /// Writes in one tenant over the longer span.
    pub const TENANT_WRITES_LONG: Self = Self { limit: 18_000, seconds: 300 };
    /// Writes in all tenants.
    pub const ALL_WRITES: Self = Self { limit: 70_000, seconds: 300 };

    /// How long after the first of `count` requests the last one can be made: each span admits as many as the limit says.
    pub fn wait(self, count: u64) -> SignedDuration {
        let spans = count.saturating_sub(1) / self.limit;
        SignedDuration::from_secs(i64::try_from(spans).unwrap_or(i64::MAX).saturating_mul(self.seconds))
    }
}

/// Requests, by the budget that counts them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Calls {
    /// To customer, subscription and order resources of Partner Center.
    pub numbered: u64,
    /// To what has no documented budget: catalogue, carts, agreements.
    pub unnumbered: u64,
    /// Reads of Graph.
    pub reads: u64,
    /// The units that these reads cost.
    pub units: u64,
    /// Writes of Graph: one for each user whose licence is swapped.
    pub swaps: u64,
    /// The requests that these writes go out in.
    pub batches: u64,
    /// Sign-ins, which have no documented budget either.
    pub sign_ins: u64,
}

impl Calls {
    /// All requests.
    pub fn total(&self) -> u64 {
        self.numbered + self.unnumbered + self.reads + self.batches + self.sign_ins
    }
    /// Adds `other`.
    pub fn add(&mut self, other: Self) {
        let Self { numbered, unnumbered, reads, units, swaps, batches, sign_ins } = other;
        self.numbered += numbered;
        self.unnumbered += unnumbered;
        self.reads += reads;
        self.units += units;
        self.swaps += swaps;
        self.batches += batches;
        self.sign_ins += sign_ins;
    }

    /// How long they take where one customer has the budgets to itself.
    pub(super) fn alone(self) -> SignedDuration {
        let waits = [
            Budget::PARTNER_CENTER.wait(self.numbered),
            Budget::TENANT_READS.wait(self.units + self.swaps),
            Budget::TENANT_WRITES.wait(self.swaps),
            Budget::TENANT_WRITES_LONG.wait(self.swaps),
        ];
        waits.into_iter().max().unwrap_or_default()
    }

    /// How long they take where all customers make them together.
    fn together(self) -> SignedDuration {
        let waits = [
            Budget::PARTNER_CENTER.wait(self.numbered),
            Budget::ALL_READS.wait(self.units + self.swaps),
            Budget::ALL_WRITES.wait(self.swaps),
        ];
        waits.into_iter().max().unwrap_or_default()
    }

    /// A look at a tenant by somebody who is signed in there.
    fn look() -> Self {
        Self { reads: 1, units: TENANT_UNITS, ..Self::default() }
    }

    /// A look at a tenant, its users and its groups after the end, at a time of its own.
    fn look_after() -> Self {
        let mut calls = Self::lone_look();
        calls.add(Self { reads: 1, units: AFTERMATH_UNITS, ..Self::default() });
        calls
    }

    /// A look at a tenant at a time of its own.
    fn lone_look() -> Self {
        Self { sign_ins: 1, ..Self::look() }
    }
}

impl std::iter::Sum for Calls {
    fn sum<I: Iterator<Item = Self>>(calls: I) -> Self {
        calls.fold(Self::default(), |mut sum, more| {
            sum.add(more);
            sum
        })
    }
}

/// The fewest requests until `line` is bought and `swaps` users are moved.
pub(super) fn to_buy(line: &Line, plan: &LinePlan, swaps: u32) -> Calls {
    let mut calls = Calls::default();
    let stage = line.stage.underlying();
    let (ordered, arrived) = match stage {
        Stage::Provisioning { .. } => (true, false),
        Stage::Reassigning { .. } | Stage::Covered { .. } | Stage::WindingDown { .. } | Stage::Closed { .. } => {
            (true, true)
        }
        _ => (false, false),
    };
    if !ordered {
        let asked = [plan.promotion.is_some(), plan.advised == Some(Course::PartnerTransfer), plan.reseller.is_some()];
        let asked: u64 = asked.into_iter().map(u64::from).sum();
        calls.add(Calls { numbered: 1 + u64::from(meets(plan)), unnumbered: 3 + asked, ..Calls::lone_look() });
    }
    if !arrived {
        let unnamed = line.purchases.last().is_none_or(|bought| bought.subscription.is_none());
        calls.add(Calls { numbered: 2 + u64::from(unnamed), ..Calls::look() });
    }
    if plan.sku != line.source.sku && swaps > 0 {
        let pages = u64::from(swaps.div_ceil(PAGE));
        // Services are looked at after each group of users, before the next one changes.
        let (looks, batches) = groups(line, swaps).fold((0, 0), |(looks, batches), size| {
            (looks + 1, batches + u64::try_from(size.div_ceil(BATCH)).unwrap_or(u64::MAX))
        });
        // Who holds the old one is read again after the last user. The tenant was looked at when it arrived.
        let reads = 2 * pages + looks;
        calls.add(Calls { reads, units: reads, swaps: swaps.into(), batches, ..Calls::default() });
    }
    calls
}

/// Whether its first term ends with that of a subscription of ours.
fn meets(plan: &LinePlan) -> bool {
    let with = plan.term_end.as_ref().map(|end| &end.with);
    matches!(with, Some(EndsWith::Subscription(_) | EndsWith::Line(_)))
}

/// The groups in which `swaps` more users of `line` change licence (rule R109).
fn groups(line: &Line, swaps: u32) -> impl Iterator<Item = usize> {
    let changed = line.swapped.len();
    batch::sizes(changed.saturating_add(usize::try_from(swaps).unwrap_or(usize::MAX)), changed)
}

/// How long the last of `swaps` users waits at least, from `start` on, for services of those before to be looked at (rules R109, R114).
pub(super) fn pauses(line: &Line, plan: &LinePlan, swaps: u32, policy: &Policy, start: Timestamp) -> SignedDuration {
    let looks = std::iter::successors(Some(start), |since| {
        let look = services_look(plan, policy, *since);
        (look > *since).then_some(look)
    });
    let last = looks.take(groups(line, swaps).count()).last();
    last.map_or(SignedDuration::ZERO, |last| last.duration_since(start))
}

/// The fewest requests for looking after the old subscription until the line is closed and was looked at again.
pub(super) fn to_close(line: &Line, plan: &LinePlan) -> Calls {
    let swapped = plan.sku != line.source.sku;
    let (at_once, before, after) = match (line.stage.underlying(), plan.route) {
        (Stage::Closed { .. }, _) => (false, false, 0),
        // Whether it is over, and twice more after that.
        (Stage::WindingDown { .. }, _) => (false, false, 3),
        (_, Route::BuyNow) => (swapped, false, 3),
        (_, Route::BuyAtEnd) => (swapped, true, 3),
    };
    let at_once = at_once.then(Calls::look).into_iter();
    let before = before.then(Calls::lone_look);
    at_once.chain(before).chain(std::iter::repeat_n(Calls::look_after(), after)).sum()
}

/// The requests of all lines, by what shares a budget at one time.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Work {
    buying: BTreeMap<Date, Calls>,
    closing: BTreeMap<Date, Calls>,
    own: BTreeMap<(TenantId, Date), Calls>,
    items: BTreeSet<(Country, OfferId)>,
    /// Customers whose tenant is to be looked at long before their day.
    unseen: BTreeSet<TenantId>,
    /// Customers that something is to be bought for.
    buyers: BTreeSet<TenantId>,
    /// Those among them whose resellers are to be looked at long before their day.
    resold: BTreeSet<TenantId>,
    /// Days on which something is to be bought, and those among them on which a reseller is named.
    days: BTreeSet<Date>,
    days_resold: BTreeSet<Date>,
}

impl Work {
    pub(super) fn of(lines: &[LineForecast]) -> Self {
        let mut work = Self::default();
        for line in lines.iter().filter(|line| line.is_open()) {
            let (Some(opens), Some(over)) = (line.opens, line.over) else { continue };
            work.buying.entry(utc_day(opens)).or_default().add(line.calls_to_buy);
            work.closing.entry(utc_day(over)).or_default().add(line.calls_to_close);
            work.own.entry((line.who.tenant, utc_day(opens))).or_default().add(line.calls_to_buy);
            if line.bought {
                continue;
            }
            work.items.extend(line.offer.clone().map(|offer| (line.who.country, offer)));
            work.unseen.extend(line.unseen.then_some(line.who.tenant));
            work.buyers.insert(line.who.tenant);
            work.days.insert(utc_day(opens));
            work.resold.extend((line.unseen && line.resold).then_some(line.who.tenant));
            work.days_resold.extend(line.resold.then_some(utc_day(opens)));
        }
        work
    }

    /// All of them.
    pub(super) fn calls(&self) -> Calls {
        self.by_day().into_values().chain([self.shared()]).sum()
    }

    /// Those of the lines, by the day on which they can be made at the earliest.
    pub(super) fn by_day(&self) -> BTreeMap<Date, Calls> {
        let mut days = self.buying.clone();
        for (day, calls) in &self.closing {
            days.entry(*day).or_default().add(*calls);
        }
        days
    }

    /// Those that lines share.
    pub(super) fn shared(&self) -> Calls {
        let count = |many: usize| u64::try_from(many).unwrap_or(u64::MAX);
        let products: BTreeSet<&str> = self.items.iter().map(|(_, offer)| offer.product()).collect();
        let countries: BTreeSet<Country> = self.items.iter().map(|(country, _)| *country).collect();
        let catalogue = self.items.len() + products.len() + 2 * countries.len();
        let first_looks = std::iter::repeat_n(Calls::lone_look(), self.unseen.len());
        let others = Calls {
            unnumbered: count(catalogue + self.buyers.len() + self.resold.len() + self.days_resold.len()),
            sign_ins: count(self.days.len()),
            ..Calls::default()
        };
        first_looks.chain([others]).sum()
    }

    /// Those of `lines`, by the way that they go.
    pub(super) fn by_course(lines: &[LineForecast]) -> BTreeMap<Course, Calls> {
        let mut calls: BTreeMap<Course, Calls> = BTreeMap::new();
        for (course, line) in lines.iter().filter(|line| line.is_open()).filter_map(|line| Some((line.course?, line))) {
            calls.entry(course).or_default().add(line.calls());
        }
        calls
    }

    /// The earliest instant at which `line` is bought and its users are moved, when all customers of its day share.
    pub(super) fn moved(&self, line: &LineForecast) -> Option<Timestamp> {
        let opens = line.opens?;
        let (day, tenant) = (utc_day(opens), line.who.tenant);
        let together = self.buying.get(&day).copied().unwrap_or_default().together();
        let alone = self.own.get(&(tenant, day)).copied().unwrap_or_default().alone();
        Some(later(opens, together.max(alone).max(line.pauses)))
    }

    /// The earliest instant at which the last of `lines` can be closed.
    pub(super) fn finish(&self, lines: &[LineForecast]) -> Option<Timestamp> {
        let finish = |line: &LineForecast| {
            let over = line.over?;
            let wait = self.closing.get(&utc_day(over)).copied().unwrap_or_default().together();
            Some(later(over, wait).max(self.moved(line)?))
        };
        lines.iter().filter(|line| line.is_open()).filter_map(finish).max()
    }
}

/// The earliest instant at which `line` can be closed, were it alone.
pub(super) fn finish_alone(line: &LineForecast) -> Option<Timestamp> {
    let (opens, over) = (line.opens?, line.over?);
    let closed = later(over, line.calls_to_close.alone());
    Some(closed.max(later(opens, line.calls_to_buy.alone().max(line.pauses))))
}
