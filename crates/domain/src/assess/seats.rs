//! Rules about seats: how many are bought, what covers the users before and after the end, caps and limits.

use super::Outlook;
use super::waves::{Load, Tally};
use crate::facts::{HeldStatus, HeldSubscription};
use crate::finding::Finding;
use crate::ids::{LineId, SkuId};
use crate::migration::state::{Line, Stage};
use crate::plan::may_be_planned;
use crate::policy::Sizing;
use crate::portfolio::{SourceLine, Target};
use crate::product::known;
use crate::program::SourceProgram;
use crate::rules;
use crate::time::{End, Term, days_between, later};
use crate::value::Seats;
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

/// Most seats that one Business product may have in a tenant, over all channels (rule R77).
const BUSINESS_CAP: u32 = 300;
/// Fewest seats of a term of three years (rules R63, R79).
const THREE_YEARS_MIN: u32 = 100;
/// Lines whose ends are fewer days apart than this are bought in one wave (rule R118).
const TOGETHER_DAYS: i64 = 3;
/// Most licence-based subscriptions that a tenant may hold (rule R27).
const SUBSCRIPTIONS_MAX: u32 = 300;

impl Outlook<'_> {
    pub(super) fn about_seats(&self, source: &SourceLine) -> Vec<Finding> {
        let mut found = Vec::new();
        // How many users there are, the line beside which it stands tells.
        if self.is_second(source) {
            found.extend(self.tenancy.and_then(|_| self.subscription_limit(source)));
            found.extend(self.limits(source));
            return found;
        }
        if self.tenancy.is_some() {
            found.extend(self.overassigned(source));
            found.extend(self.subscription_limit(source));
            found.extend(self.cover_ends_soon(source));
            found.extend(self.nobody_uses(source));
        }
        found.extend(self.below_consumption(source));
        found.extend(self.reduced(source));
        found.extend(self.limits(source));
        found
    }

    /// Section F: more users than paid seats.
    fn overassigned(&self, source: &SourceLine) -> Option<Finding> {
        let pool = self.tenancy?.pool(source.sku);
        (pool.consumed > pool.enabled)
            .then_some(Finding::OverassignedSource { consumed: pool.consumed, enabled: pool.enabled })
    }

    /// Rule R27: old and new together within what a tenant may hold, on the day of the wave.
    fn subscription_limit(&self, source: &SourceLine) -> Option<Finding> {
        let Load { standing: existing, adds } = self.waves.of(source.id)?.subscriptions;
        let room = rules::seats::subscription_limit(SUBSCRIPTIONS_MAX, existing, adds);
        (!room.ok).then_some(Finding::TenantSubscriptionLimit { existing, adds: Some(adds), limit: SUBSCRIPTIONS_MAX })
    }

    /// Rules R48 and R95: subscriptions that stay cover every licence in use, or nobody uses a trial, so nothing has to be
    /// bought. Not where the portfolio asks for a number of seats or for another product.
    pub(super) fn covered_already(&self, source: &SourceLine) -> Option<Finding> {
        let pool = self.tenancy?.pool(source.sku);
        let consumed = pool.consumed;
        let cover = self.horizon(source).map_or(0, |horizon| self.staying(source.sku, horizon));
        let asked = source.target_seats.is_some() || source.target != Target::Same;
        // What is paid for and unused is for people to judge.
        let in_question = consumed > 0 || source.program == SourceProgram::Trial && !pool.company_wide;
        (!asked && in_question && cover >= consumed).then_some(Finding::AlreadyCovered { consumed, cover })
    }

    /// Whether subscriptions that stay have enough seats to spare of the second licence `source` for `wanted` more users, beside
    /// `drawn` by other pairs, so that none has to be bought (rules R95, R142).
    fn enough_to_spare(&self, source: &SourceLine, drawn: u32, wanted: u32) -> Option<Finding> {
        let horizon = self.horizon(source)?;
        let consumed = self.tenancy?.pool(source.sku).consumed.saturating_add(drawn).saturating_add(wanted);
        let cover = self.staying(source.sku, horizon);
        (cover >= consumed).then_some(Finding::AlreadyCovered { consumed, cover })
    }

    /// The second licence of which nothing was bought for the users of `source` because enough was to spare, and is not any more.
    pub(crate) fn spare_no_more(&self, source: &SourceLine) -> Option<SkuId> {
        let second =
            self.paired(source).filter(|second| second.beside.is_some() && second.stage == Stage::NothingToDo)?;
        self.settled(&second.source).is_none().then_some(second.source.sku)
    }

    /// Rules R95 and R99: a subscription that covers these users today and does not outlive the horizon.
    fn cover_ends_soon(&self, source: &SourceLine) -> Option<Finding> {
        let horizon = self.horizon(source)?;
        let ends = |held: &&HeldSubscription| held.next_lifecycle.filter(|end| *end <= horizon);
        let first =
            self.outside(source.sku).filter(|held| ends(held).is_some()).min_by_key(|held| (ends(held), &held.id))?;
        let last_day = End::at(first.next_lifecycle?).last_whole_day();
        Some(Finding::CoverEndsSoon { subscription: first.id.clone(), last_day })
    }

    /// Section L.7: nobody uses the licence.
    fn nobody_uses(&self, source: &SourceLine) -> Option<Finding> {
        let pool = self.tenancy?.pool(source.sku);
        (pool.consumed == 0 && !pool.company_wide).then_some(Finding::NoConsumptionReview)
    }

    /// Rules R95, R96 and R99: at no instant may fewer licences be there than are in use. What the policy or the need asks
    /// for covers by itself; a number that the portfolio asks for may not. Of what serves the whole tenant all is in use: less of it
    /// bites at once (rule R97).
    fn below_consumption(&self, source: &SourceLine) -> Option<Finding> {
        let wanted = source.target_seats?.get();
        let company_wide = self.tenancy.is_some_and(|tenancy| tenancy.pool(source.sku).company_wide);
        let needed = if company_wide { source.seats.get() } else { self.need(source) };
        (wanted < needed).then(|| match self.tenancy {
            None => Finding::SeatsBelowConsumption { consumed: needed, pool_after: wanted },
            Some(tenancy) => {
                let consumed = tenancy.pool(source.sku).consumed.max(needed);
                let pool_after = consumed.saturating_sub(needed).saturating_add(wanted);
                Finding::SeatsBelowConsumption { consumed, pool_after }
            }
        })
    }

    /// Rule R95: going below the seats of today is offered, never done in silence.
    fn reduced(&self, source: &SourceLine) -> Option<Finding> {
        let (from, to) = (source.seats.get(), self.seats(source).get());
        (to < from).then_some(Finding::SeatsReduced { from, to })
    }

    /// Rules R63 and R77 to R79: limits of the product and of its term, and the cap over all channels while old and new
    /// overlap.
    fn limits(&self, source: &SourceLine) -> Option<Finding> {
        let (offer, seats) = (self.offer(source)?, self.seats(source).get());
        let min = match self.term(source) {
            Term::ThreeYears => offer.seats_min.max(THREE_YEARS_MIN),
            Term::Month | Term::Year => offer.seats_min,
        };
        if seats < min {
            return Some(Finding::SeatsBelowMin { seats, min });
        }
        if seats > offer.seats_max {
            return Some(Finding::SeatsAboveMax { seats, max: offer.seats_max });
        }
        // Known of the product, whatever the catalogue allows one subscription.
        if offer.seats_max != BUSINESS_CAP
            && known::by_sku(offer.sku).all(|known| known.seats_max != Some(BUSINESS_CAP))
        {
            return None;
        }
        let together = self.waves.of(source.id).and_then(|wave| wave.seats.get(&offer.sku).copied());
        let alone = || Load { standing: Tally::today(self).seats(offer.sku), adds: seats };
        let Load { standing: existing, adds: seats } = together.unwrap_or_else(alone);
        let room = rules::seats::seat_cap(BUSINESS_CAP, existing, seats);
        (!room.ok).then_some(Finding::SeatCap { existing, seats, cap: BUSINESS_CAP })
    }

    /// Until when a subscription must live to count as cover for the users of `source` (rule R95).
    fn horizon(&self, source: &SourceLine) -> Option<Timestamp> {
        Some(later(self.end(source)?.instant(), self.policy.pool_horizon))
    }

    /// Seats of `sku` that neither move nor were bought here, and live beyond `horizon` as far as is known. A trial is no cover,
    /// nor is what may be an unexplained order of this very move, which a person has to settle first.
    fn staying(&self, sku: SkuId, horizon: Timestamp) -> u32 {
        let lives = |held: &&HeldSubscription| held.next_lifecycle.is_some_and(|end| end > horizon);
        let stays = self.outside(sku).filter(|held| !held.trial && !self.may_be_ordered_here(held)).filter(lives);
        stays.map(|held| held.seats).fold(0, u32::saturating_add)
    }

    /// Seats that the users of `source`'s licence need from lines that are still to be bought, this one among them, when all
    /// others of them buy what they are to.
    fn need(&self, source: &SourceLine) -> u32 {
        if self.tenancy.is_none() {
            return source.assigned_seats.unwrap_or(0);
        }
        let others = self.to_buy(source.sku).filter(|other| other.id != source.id);
        let brings = |other: &SourceLine| self.brings(other, self.seats(other), source);
        let others: u32 = others.map(brings).fold(0, u32::saturating_add);
        self.needed_of(source.sku).saturating_sub(others)
    }

    /// What `other` brings when `source` ends, where it is to buy `seats`: one that ends later goes on with the seats that it has until
    /// then.
    fn brings(&self, other: &SourceLine, seats: Seats, source: &SourceLine) -> u32 {
        let later = !end_together(self, &[source, other]) && self.end(other) > self.end(source);
        let seats = if later { seats.min(other.seats) } else { seats };
        seats.get()
    }

    /// Lines of a licence that are still to be bought.
    fn to_buy(&self, sku: SkuId) -> impl Iterator<Item = &SourceLine> {
        let of_it = move |line: &&Line| line.source.sku == sku && self.buys(line);
        self.migration.leaving().filter(of_it).map(|line| &line.source)
    }

    /// Licences of `sku` in use, less what goes on covering them after the last of its lines has ended: subscriptions that
    /// stay, what was bought here, and what was bought and is on its way.
    fn needed_of(&self, sku: SkuId) -> u32 {
        let Some(tenancy) = self.tenancy else { return 0 };
        let last = self.to_buy(sku).filter_map(|line| self.horizon(line)).max();
        let horizon = last.unwrap_or(later(self.now, self.policy.pool_horizon));
        let ours: u32 = self.ours(sku).map(|held| held.seats).fold(0, u32::saturating_add);
        let coming: u32 = self.migration.lines.values().map(|line| self.coming(line, sku)).fold(0, u32::saturating_add);
        let cover = self.staying(sku, horizon).saturating_add(ours).saturating_add(coming);
        let arriving = self.migration.lines.values().map(|line| self.arriving(line, sku)).fold(0, u32::saturating_add);
        rules::seats::need(tenancy.pool(sku).consumed.saturating_add(arriving), cover)
    }

    /// Seats that `line` has bought for users of `sku` and that its pool does not show yet: they have not arrived, or the
    /// users have not changed to them.
    fn coming(&self, line: &Line, sku: SkuId) -> u32 {
        let (stage, Some(plan)) = (line.stage.underlying(), &line.plan) else {
            return 0;
        };
        if line.source.sku != sku || line.beside.is_some() {
            return 0;
        }
        match stage {
            Stage::Provisioning { bought, .. }
                if bought.subscription.is_some() && (plan.sku != sku || !self.shows_new(line)) =>
            {
                bought.seats
            }
            Stage::Reassigning { .. } => plan.seats.get().saturating_sub(count(line.swapped.len())),
            _ => 0,
        }
    }

    /// Users of another licence who will change to seats of `sku` that `line` has bought for them and that the pool shows. While
    /// it does not, neither they nor the seats are in it.
    pub(super) fn arriving(&self, line: &Line, sku: SkuId) -> u32 {
        if line.source.sku == sku && self.migration.draws_on_spare(line) {
            return self.migration.to_come(line);
        }
        let for_others = line.beside.is_some() || line.source.sku != sku;
        if !for_others || line.plan.as_ref().is_none_or(|plan| plan.sku != sku) {
            return 0;
        }
        let shown = match line.stage.underlying() {
            Stage::Provisioning { .. } => self.shows_new(line),
            Stage::Reassigning { .. } => true,
            stage => line.beside.is_some() && stage.has_arrived(),
        };
        if shown { self.migration.to_come(line) } else { 0 }
    }

    /// Whether the tenant shows what `line` bought in force.
    fn shows_new(&self, line: &Line) -> bool {
        let held = self.tenancy.and_then(|tenancy| self.migration.shown_new(line, tenancy));
        held.is_some_and(|held| held.status == HeldStatus::Enabled)
    }
}

/// Whether `lines` end so close together that each may count on what the others buy.
fn end_together(outlook: &Outlook<'_>, lines: &[&SourceLine]) -> bool {
    let ends = || lines.iter().filter_map(|line| outlook.end(line)).map(End::last_whole_day);
    ends().min().zip(ends().max()).is_none_or(|(first, last)| days_between(first, last) < TOGETHER_DAYS)
}

/// Seats of the order of each line (rule R95). Like for like: those of the source, and more where more are in use than all
/// moving lines of the licence bring; the shortfall is bought once, by the first of its lines that is still to be bought.
/// Right-size: as many as are in use, spread over the lines in their order, where these end together: what is bought next year
/// covers nobody this year. Trials are bought by need, where anybody says how many are in use (section L.6). A number that the
/// portfolio asks for stands.
pub(super) fn seats_of_lines(outlook: &Outlook<'_>) -> BTreeMap<LineId, Seats> {
    let mut seats = BTreeMap::new();
    let skus: BTreeSet<SkuId> = outlook.migration.leaving().map(|line| line.source.sku).collect();
    for sku in skus {
        let lines: Vec<&SourceLine> = outlook.to_buy(sku).collect();
        let free: Vec<&&SourceLine> = lines.iter().filter(|line| line.target_seats.is_none()).collect();
        // Whichever of them ends first finds no more of these than that.
        let brings = |line: &SourceLine, seats| lines.iter().map(|source| outlook.brings(line, seats, source)).min();
        let asked = lines.iter().filter_map(|line| brings(line, line.target_seats?)).fold(0, u32::saturating_add);
        let have: u32 = free.iter().map(|line| line.seats.get()).fold(0, u32::saturating_add);
        let need = match outlook.tenancy {
            Some(_) => outlook.needed_of(sku).saturating_sub(asked),
            None => free.iter().map(|line| line.assigned_seats.unwrap_or(0)).fold(0, u32::saturating_add),
        };
        let is_trial = |line: &SourceLine| outlook.program_of(line) == SourceProgram::Trial;
        let users_known = |line: &SourceLine| outlook.tenancy.is_some() || line.assigned_seats.is_some();
        let company_wide = outlook.tenancy.is_some_and(|tenancy| tenancy.pool(sku).company_wide);
        let sizing = match outlook.wanted.sizing {
            // Storage and the like has no assignments that could tell a need (rule R97).
            _ if company_wide => Sizing::LikeForLike,
            _ if lines.iter().all(|line| is_trial(line) && users_known(line)) => Sizing::RightSize,
            Sizing::RightSize if !end_together(outlook, &lines) => Sizing::LikeForLike,
            sizing => sizing,
        };
        let mut left = rules::seats::order(have, need, outlook.wanted.seat_buffer_pct, sizing).seats;
        for (at, line) in free.iter().enumerate() {
            let excess = if at == 0 { left.saturating_sub(have) } else { 0 };
            let share = line.seats.get().min(left - excess) + excess;
            left -= share;
            seats.insert(line.id, Seats::at_least_one(share));
        }
        seats.extend(lines.iter().filter_map(|line| Some((line.id, line.target_seats?))));
    }
    // A second licence for each user of the first.
    let second = |line: &Line| {
        let main = outlook.migration.lines.get(&line.beside?)?;
        let bought = || main.plan.as_ref().map(|plan| plan.seats);
        Some((line.source.id, seats.get(&main.source.id).copied().or_else(bought)?))
    };
    let second: Vec<(LineId, Seats)> = outlook.migration.lines.values().filter_map(second).collect();
    seats.extend(second);
    seats
}

/// The second licences for which no seats have to be bought, because the tenant has enough to spare, and why (rules R95, R142). Pairs
/// that draw on one pool are counted together: those whose users are on their way to it first, then those that were approved to, so that
/// nobody who is told later takes it from them, and then in the order of their ends.
pub(super) fn seconds_to_spare(outlook: &Outlook<'_>) -> BTreeMap<LineId, Finding> {
    let lines = &outlook.migration.lines;
    let open = |line: &Line| {
        !matches!(line.stage, Stage::Settled { .. })
            && outlook.settled(&line.source).is_none()
            && line.bought().is_none()
    };
    let second = |line: &'_ Line| Some((line.source.id, line.beside?)).filter(|_| open(line));
    let mut pairs: Vec<(&Line, &Line)> = lines
        .values()
        .filter_map(second)
        .filter_map(|(second, main)| Some((lines.get(&second)?, lines.get(&main)?)))
        .collect();
    let end = |line: &Line| outlook.end(&line.source).map(End::instant);
    let approved = |second: &Line, main: &Line| {
        second.stage == Stage::NothingToDo && matches!(main.stage.underlying(), Stage::Waiting { .. })
    };
    pairs.sort_by_key(|(second, main)| {
        (!outlook.migration.draws_on_spare(second), !approved(second, main), end(second), second.source.id)
    });
    let (mut found, mut drawn) = (BTreeMap::new(), BTreeMap::<SkuId, u32>::new());
    for (second, main) in pairs {
        let open = may_be_planned(main.stage.underlying());
        let wanted = if open { outlook.seats(&main.source).get() } else { outlook.migration.to_come(second) };
        let drawn = drawn.entry(second.source.sku).or_default();
        let Some(why) = outlook.enough_to_spare(&second.source, *drawn, wanted) else { continue };
        // What a person wants bought all the same draws on nothing.
        if !outlook.is_let_pass(&second.source, &why) {
            *drawn = drawn.saturating_add(wanted);
        }
        found.insert(second.source.id, why);
    }
    found
}

fn count(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}
