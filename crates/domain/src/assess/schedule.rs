//! Rules about time: the day of the purchase, the lead, the margin, the window, and how long both are paid.

use super::{Outlook, is_over, must_be_ended};
use crate::facts::{HeldStatus, Hope};
use crate::finding::{Finding, FindingKind};
use crate::ids::LineId;
use crate::migration::state::Line;
use crate::offer::Offer;
use crate::plan::price::Deal;
use crate::plan::{Route, Timing, Why, is_near, may_be_planned, overlap_cost};
use crate::portfolio::SourceLine;
use crate::product::fragile::{OVERLAP_DAYS_MIN, fragile};
use crate::program::SourceProgram;
use crate::rules::money::{Daily, useful_day_cost};
use crate::rules::schedule::{Lead, provision_day};
use crate::time::{Billing, End, Term, day_after, day_before, gap_days, later, overlap_days, start_of, utc_day};
use crate::value::Money;
use jiff::ToSpan;
use jiff::civil::Date;
use rust_decimal::Decimal;
use std::collections::{BTreeMap, BTreeSet};

/// Days of the window in which a purchase can be cancelled, its own day counted (rule R64).
const WINDOW_DAYS: i64 = 7;
/// Most business days between the purchase and the end of a source by the month (rule R117).
const MONTHLY_LEAD_MAX: u32 = 3;

/// Whether what is left of `source` is refunded when it is cancelled on `day`: always under the old agreement, within the window under
/// the newer one (rules R31, R64).
pub(super) fn is_refunded(source: &SourceLine, day: Date) -> bool {
    let over = |start: Date| start.saturating_add(WINDOW_DAYS.days());
    match source.program {
        SourceProgram::DirectMosa => true,
        SourceProgram::DirectMca | SourceProgram::Advisor => {
            source.term_start.is_some_and(|start| start <= day && day < over(start))
        }
        _ => false,
    }
}

/// What [`Outlook::about_schedule`] finds.
fn is_about_time(kind: FindingKind) -> bool {
    matches!(
        kind,
        FindingKind::LeadTooShort
            | FindingKind::MarginTooSmall
            | FindingKind::Gap
            | FindingKind::OverlapTooLong
            | FindingKind::FragileProduct
            | FindingKind::WindowNotCovering
            | FindingKind::EarlierIsCheaper
            | FindingKind::CheaperNow
    )
}

impl Outlook<'_> {
    /// Rules R110 to R114 and section F.
    pub(super) fn about_schedule(&self, source: &SourceLine) -> Vec<Finding> {
        let on_schedule = |timing| self.on_schedule(source, &timing, self.waves.days());
        self.timing(source).map(on_schedule).unwrap_or_default()
    }

    /// `findings` of `source` with those about time as they are when it is bought as `timing` says, and lines on `days`.
    pub(crate) fn rescheduled(
        &self,
        source: &SourceLine,
        timing: &Timing,
        days: &BTreeMap<LineId, Date>,
        findings: &mut Vec<Finding>,
    ) {
        findings.retain(|finding| !is_about_time(finding.kind()));
        findings.extend(self.on_schedule(source, timing, days));
        findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity()));
    }

    fn on_schedule(&self, source: &SourceLine, timing: &Timing, days_of: &BTreeMap<LineId, Date>) -> Vec<Finding> {
        // The line beside which it stands tells for both.
        if self.is_second(source) {
            return Vec::new();
        }
        let Timing { ends, day, late, overlap_days: days, why, .. } = *timing;
        let max = self.wanted.overlap_days_max;
        let gap = self.gap(source, ends, day);
        // What tells that the end has passed says more than that there is little time left before it.
        let over =
            gap.is_some() || self.held(source).is_some_and(|held| is_over(held) || held.status == HeldStatus::Deleted);
        let findings = [
            (late && !over).then(|| Finding::LeadTooShort { last_day: ends.last_whole_day() }),
            self.margin(timing),
            gap,
            (days > max).then(|| Finding::OverlapTooLong { days, max, cost: self.paid_twice(source, day, days) }),
            self.fragile(source, days, days_of),
            timing.window_misses().then(|| Finding::WindowNotCovering {
                window_ends: timing.window_ends(),
                last_day: ends.last_whole_day(),
            }),
            match why {
                Why::Lead => None,
                Why::PriceRises { until } => {
                    let [price, then] = [until, day_after(until)].map(|day| self.money(source, day));
                    Some(Finding::EarlierIsCheaper { until, price, then })
                }
                Why::CheaperNow => Some(Finding::CheaperNow {
                    old: source.price_per_seat,
                    old_term: source.term,
                    new: self.money(source, day),
                    new_term: Some(self.term(source)),
                }),
            },
        ];
        findings.into_iter().flatten().collect()
    }

    /// Rule R108: what goes soon after the licence is moved within its own licence, with days to spare, and beside no change of
    /// licences; where lines are bought on `days`.
    fn fragile(&self, source: &SourceLine, overlap_days: u32, days: &BTreeMap<LineId, Date>) -> Option<Finding> {
        let what = fragile(self.products.plans_of(source.sku)?)?;
        let day = days.get(&source.id);
        let beside = |(id, other): (&LineId, &Date)| {
            let line = self.migration.lines.get(id).filter(|line| line.source.id != source.id);
            line.is_some_and(|line| self.changes(&line.source)) && day.is_some_and(|day| is_near(*day, *other))
        };
        let beside_swaps = days.iter().any(beside);
        let swaps = self.changes(source);
        let stays_clear = !swaps && !beside_swaps && overlap_days >= OVERLAP_DAYS_MIN;
        let what = what.to_owned();
        (!stays_clear).then_some(Finding::FragileProduct { what, overlap_days, swaps, beside_swaps })
    }

    /// Whether users of `source` change licence with its move.
    pub(super) fn changes(&self, source: &SourceLine) -> bool {
        self.offer(source).is_some_and(|offer| offer.sku != source.sku)
    }

    /// Whether `source` has something that is taken away soon after its licence is gone, and moves within that licence (rule R108).
    pub(crate) fn is_fragile(&self, source: &SourceLine) -> bool {
        !self.changes(source) && self.products.plans_of(source.sku).and_then(fragile).is_some()
    }

    /// What counts as a day of the lead, of which `business_days` are wanted.
    pub(super) fn lead(&self, business_days: u32) -> Lead<'_> {
        Lead { business_days, holidays: &self.holidays, avoid: self.policy.avoid }
    }

    /// The last day until `day` on which a fragile product has old and new beside each other for long enough, and `day` itself for
    /// every other one (rule R108).
    fn with_days_to_spare(&self, source: &SourceLine, ends: End, day: Date, lead: &Lead<'_>, today: Date) -> Date {
        let enough = |day: Date| overlap_days(ends, day) >= OVERLAP_DAYS_MIN;
        if enough(day) || !self.is_fragile(source) {
            return day;
        }
        let earlier = || std::iter::successors(Some(day), |day| Some(day_before(*day)).filter(|day| *day >= today));
        earlier().find(|day| enough(*day) && lead.counts(*day)).or(earlier().last()).unwrap_or(day)
    }

    /// When a purchase for `source` is due. A source that has ended and a trial are replaced at once (rules R17, R128); one that is
    /// given back for money at once where the new one costs less by the day (rule R122); every other one as late as the lead
    /// allows (rule R111), or before a price rise that makes the earlier day cheaper (rule R119). None while nobody has said
    /// when the source ends.
    pub(super) fn timed(&self, source: &SourceLine) -> Option<Timing> {
        let source = &*self.judged(source);
        let today = utc_day(self.now);
        let out = self.held(source).is_some_and(is_over);
        // What is over and has no known end any more ended by now.
        let ends = self.end(source).or(out.then(|| End::at(self.now)))?;
        let now = |late, overlap_days, why| Timing { route: Route::BuyNow, day: today, ends, late, overlap_days, why };
        if source.program == SourceProgram::Trial {
            // A trial costs nothing, so nothing is paid twice.
            return Some(now(false, 0, Why::Lead));
        }
        if out || ends.instant() <= self.now {
            // Grace is not paid for, whatever end the file gives (rule R128).
            return Some(now(true, if out { 0 } else { overlap_days(ends, today) }, Why::Lead));
        }
        if self.cheaper_now(source) {
            // The day of the change is paid on both sides; the rest of the old term is given back.
            return Some(now(false, 1, Why::CheaperNow));
        }
        // Of a source by the month no more than a month is at stake (rule R117).
        let most = if source.term == Some(Term::Month) { MONTHLY_LEAD_MAX } else { u32::MAX };
        let business_days = self.wanted.lead_business_days.min(most);
        let lead = self.lead(business_days);
        let latest = provision_day(ends, &lead, today);
        let last = self.with_days_to_spare(source, ends, latest.day, &lead, today);
        let (day, why) = self.best_day(source, ends, last, today);
        Some(Timing {
            route: Route::BuyAtEnd,
            day,
            ends,
            late: latest.late,
            overlap_days: overlap_days(ends, day),
            why,
        })
    }

    /// What `days` of double payment cost when `source` is bought on `day`: by the price of that day, or by the old
    /// price of the same term (rule R120).
    pub(crate) fn paid_twice(&self, source: &SourceLine, day: Date, days: u32) -> Option<Money> {
        let term = self.term(source);
        let old = source.price_per_seat.filter(|_| source.term.is_none_or(|of| of == term));
        overlap_cost(self.money(source, day).or(old)?, self.seats(source), days, term, day)
    }

    /// What one seat of the destination costs for one term when it is bought on `day`.
    fn money(&self, source: &SourceLine, day: Date) -> Option<Money> {
        self.deal(source, self.billing(source)?, day)?.price(self.policy)
    }

    /// `price`, what one seat of the destination costs on `day`, with a seat of what is bought beside it; none where nobody knows
    /// what that costs, or in another currency.
    fn with_second(&self, source: &SourceLine, price: Money, day: Date) -> Option<Money> {
        let Some(second) = self.paired(source).filter(|second| second.beside.is_some() && self.buys(second)) else {
            return Some(price);
        };
        let beside = self.money(&second.source, day).filter(|beside| beside.currency == price.currency)?;
        Some(Money { amount: price.amount.checked_add(beside.amount)?, ..price })
    }

    /// Rule R119: the latest day, or the last day of a lower price where each useful day then costs less.
    fn best_day(&self, source: &SourceLine, ends: End, latest: Date, today: Date) -> (Date, Why) {
        let (Some(offer), Some(billing)) = (self.offer(source), self.billing(source)) else {
            return (latest, Why::Lead);
        };
        let term = self.term(source);
        let cost = |day: Date| {
            useful_day_cost(
                self.with_second(source, self.deal(source, billing, day)?.price(self.policy)?, day)?.amount,
                term,
                day,
                overlap_days(ends, day),
            )
        };
        let Some(late) = cost(latest) else { return (latest, Why::Lead) };
        let changes = self.policy.price_changes.iter().filter(|change| change.is_of(offer, term));
        let promotions = self.policy.promotions.iter().chain(&offer.promotions);
        let promotions = promotions.filter(|promotion| promotion.offer == offer.id);
        let last_days: BTreeSet<Date> = changes
            .map(|change| day_before(change.from))
            .chain(promotions.map(|promotion| promotion.until))
            .filter(|day| *day >= today && *day < latest)
            .collect();
        let cheapest = last_days.into_iter().filter_map(|day| Some((cost(day)?, day))).min_by_key(|(cost, day)| {
            // Of two that cost the same the later one.
            (*cost, std::cmp::Reverse(*day))
        });
        match cheapest {
            Some((early, day)) if early < late => (day, Why::PriceRises { until: day }),
            _ => (latest, Why::Lead),
        }
    }

    /// The purchase of what takes the place of `source`, billed so, on `day`.
    pub(crate) fn deal(&self, source: &SourceLine, billing: Billing, day: Date) -> Option<Deal<'_>> {
        let offer = self.offer(source)?;
        let held = self.tenancy.map_or(0, |tenancy| tenancy.pool(offer.sku).enabled);
        let held = held.saturating_add(self.bought_beside(source, offer, day));
        let eligible = self.facts.eligible.get(&source.id);
        Some(Deal { offer, term: self.term(source), billing, seats: self.seats(source).get(), held, eligible, day })
    }

    /// Seats of `offer` that other lines buy on `day` or before and that have not come yet, where a promotion of it has a bound that
    /// they count towards (rule R76).
    fn bought_beside(&self, source: &SourceLine, offer: &Offer, day: Date) -> u32 {
        let mut promotions = self.policy.promotions.iter().chain(&offer.promotions);
        if !promotions.any(|promotion| promotion.offer == offer.id && promotion.seats_max.is_some()) {
            return 0;
        }
        let buys = |line: &&Line| line.source.id != source.id && self.buys(line);
        let lines = self.migration.lines.values().filter(buys);
        let seats =
            lines.filter_map(|line| match line.plan.as_ref().filter(|_| !may_be_planned(line.stage.underlying())) {
                Some(plan) => (plan.sku == offer.sku).then_some(plan.seats.get()),
                None => {
                    let same = self.offer(&line.source).is_some_and(|other| other.sku == offer.sku);
                    let before = self.waves.day(line.source.id).is_some_and(|other| other <= day);
                    (same && before).then(|| self.seats(&line.source).get())
                }
            });
        seats.fold(0, u32::saturating_add)
    }

    /// What lines are still to buy and count on a promotion of the catalogue for when they are planned now: whether the customer gets it,
    /// the service is asked (rule R76). Of what was approved, [`crate::plan::price::approved_hopes`] tells it.
    pub fn hopes(&self) -> BTreeMap<LineId, Hope> {
        let hope = |line: &Line| {
            let (source, timing) = (&line.source, self.timing(&line.source)?);
            let deal = self.deal(source, self.billing(source)?, timing.day)?;
            deal.promotion(self.policy)?.id.as_ref()?;
            let Deal { offer, seats, term, billing, .. } = deal;
            Some((source.id, Hope { offer: offer.id.clone(), segment: offer.segment, seats, term, billing }))
        };
        self.migration.lines.values().filter(|line| self.buys(line)).filter_map(hope).collect()
    }

    /// Rules R31 and R122: the source is refunded by the day and costs more by the day than what replaces it. Its owner needs time
    /// to cancel it once that stands.
    pub(crate) fn cheaper_now(&self, source: &SourceLine) -> bool {
        let source = &*self.judged(source);
        let today = utc_day(self.now);
        if !is_refunded(source, today) || !is_refunded(source, utc_day(later(self.now, self.policy.margin_min))) {
            return false;
        }
        let new = self.money(source, today).and_then(|price| self.with_second(source, price, today));
        let (Some(old), Some(term), Some(new)) = (source.price_per_seat, source.term, new) else {
            return false;
        };
        let began = source.term_start.or_else(|| {
            let last_day = self.end(source)?.last_whole_day();
            Some(crate::time::day_after(last_day).saturating_sub(term.months().months()))
        });
        let daily = |price: Decimal, seats: u32, days: i64| Daily::of(price, seats, days);
        let old_daily = began.and_then(|began| daily(old.amount, source.seats.get(), term.days(began)));
        let new_daily = daily(new.amount, self.seats(source).get(), self.term(source).days(today));
        old.currency == new.currency && old_daily.zip(new_daily).is_some_and(|(old, new)| old.is_dearer_than(&new))
    }

    /// Rule R114: between the earliest purchase and the end.
    fn margin(&self, timing: &Timing) -> Option<Finding> {
        let left = timing.ends.instant().duration_since(start_of(timing.day).max(self.now));
        let hours = |duration: jiff::SignedDuration| u32::try_from(duration.as_hours()).unwrap_or(0);
        (timing.ends.instant() > self.now && left < self.policy.margin_min)
            .then(|| Finding::MarginTooSmall { hours_left: hours(left), hours_min: hours(self.policy.margin_min) })
    }

    /// Rules R110 and R120: days without service. In grace users still work, a disabled source has a finding of its own, and one that
    /// the tenant shows to go on serves. Where nobody can look, what was to go on has most likely done so.
    fn gap(&self, source: &SourceLine, ends: End, day: Date) -> Option<Finding> {
        let told_otherwise = match (self.held(source), self.tenancy) {
            (Some(held), _) if held.status == HeldStatus::Enabled => {
                held.next_lifecycle.is_some_and(|end| end > self.now)
            }
            (Some(_), _) => true,
            (None, Some(_)) => false,
            (None, None) => must_be_ended(&self.judged(source), ends.last_whole_day()),
        };
        let days = gap_days(ends, day);
        (!told_otherwise && days > 0).then_some(Finding::Gap { days })
    }
}
