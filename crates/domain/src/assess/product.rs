//! Rules about what is bought: offers, terms, segments, prerequisites, what users would lose, orders already made.

use super::Outlook;
use crate::facts::{HeldStatus, HeldSubscription, Profile};
use crate::finding::{Finding, Successor};
use crate::ids::SkuId;
use crate::migration::state::{Line, Migration, Stage};
use crate::offer::{Offer, Segment, fitting, matching};
use crate::plan::{LinePlan, may_be_taken_back};
use crate::portfolio::{SourceLine, Target};
use crate::product::difference::{Difference, Severity as Loss, implied, plan_diff};
use crate::product::equivalents;
use crate::product::families::Family;
use crate::product::matching::matches;
use crate::program::SourceProgram;
use crate::time::Billing;
use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::BTreeSet;

impl Outlook<'_> {
    pub(super) fn about_product(&self, source: &SourceLine) -> Vec<Finding> {
        let mut found = Vec::new();
        found.extend(self.unknown_sku(source.sku));
        let Some(offer) = self.offer(source) else {
            found.push(self.not_sold(source));
            return found;
        };
        if offer.sku != source.sku {
            found.extend(self.unknown_sku(offer.sku));
        }
        found.extend(self.term_and_billing(source, offer));
        found.extend(self.segment(source, offer));
        found.extend(self.one_per_customer(source, offer));
        found.extend(self.base(source, offer));
        found.extend(self.other_licence(source, offer));
        found.extend(self.companions(source, offer));
        found.extend(self.assigned(source, offer));
        if self.tenancy.is_some() {
            found.extend(self.duplicate(offer));
        }
        found
    }

    /// Rules R130 and R131: a licence that neither the tenant nor a table knows. What users lose by it, or gain, nobody can say.
    fn unknown_sku(&self, sku: SkuId) -> Option<Finding> {
        self.products.plans_of(sku).is_none().then_some(Finding::SkuUnknown { sku })
    }

    /// Rules R82, R140 and R142: nothing that was asked for can be bought.
    fn not_sold(&self, source: &SourceLine) -> Finding {
        let catalogue = &self.facts.offers.value;
        let known = matching(source, catalogue);
        let mut successors: Vec<Successor> = Vec::new();
        let sold = matches(source, catalogue, &self.products).into_iter().filter(|found| found.purchasable);
        for found in sold.filter(|found| self.may_have(found.offer.segment)) {
            let successor = Successor { sku: found.offer.sku, with: found.companions };
            if !successors.contains(&successor) {
                successors.push(successor);
            }
        }
        let replaced = |offer: &&&Offer| offer.end_of_sale || equivalents::of(offer.sku).next().is_some();
        match known.iter().find(replaced) {
            Some(over) => Finding::OfferEndOfSale { sku: over.sku, successors },
            None => {
                let target = source.target.clone();
                Finding::OfferNotInCountry { target, source: source.sku, equivalents: successors }
            }
        }
    }

    /// Rules R16 and R82: volume agreements of which a line wants a licence that is not sold any more.
    pub(super) fn agreements_over(&self) -> BTreeSet<SourceProgram> {
        let over = |source: &&SourceLine| {
            self.offer(source).is_none()
                && matching(source, &self.facts.offers.value).iter().any(|offer| offer.end_of_sale)
        };
        let lines = self.migration.leaving().filter(|line| self.settled(&line.source).is_none());
        let programs = lines.map(|line| &line.source).filter(over).map(|source| self.program_of(source));
        programs.filter(|program| matches!(program, SourceProgram::Ea | SourceProgram::Mpsa)).collect()
    }

    /// How what takes the place of `source` is billed: as wanted; else as usual, or where the term is not sold so, the most
    /// frequent way. None where it is not sold as wanted.
    pub(crate) fn billing(&self, source: &SourceLine) -> Option<Billing> {
        let offered = self.offer(source)?.terms.get(&self.term(source))?;
        match source.billing {
            Some(wanted) => offered.get(&wanted).copied(),
            None => offered.get(&self.wanted.billing).or(offered.first()).copied(),
        }
    }

    /// Rule R63: the availability list decides.
    fn term_and_billing(&self, source: &SourceLine, offer: &Offer) -> Option<Finding> {
        let term = self.term(source);
        let Some(billings) = offer.terms.get(&term) else {
            return Some(Finding::TermNotOffered { term, offered: offer.terms.keys().copied().collect() });
        };
        let billing = source.billing?;
        (!billings.contains(&billing)).then_some(Finding::BillingNotOffered { billing, term })
    }

    /// Rules R53 and R83: an offer for a segment needs the qualification, and so does what takes the place of a grant, unless
    /// people have chosen something else.
    fn segment(&self, source: &SourceLine, offer: &Offer) -> Option<Finding> {
        let granted = source.program == SourceProgram::NonprofitGrant && source.target == Target::Same;
        let segment = if granted { Segment::Nonprofit } else { offer.segment };
        (!self.may_have(segment)).then_some(Finding::SegmentNotQualified { segment })
    }

    /// Whether the customer may buy what is for `segment`. Where nobody has read that, the service is the one to refuse.
    fn may_have(&self, segment: Segment) -> bool {
        segment == Segment::Commercial || self.facts.profile.is_none() || self.qualified.contains(&segment)
    }

    /// Rule R25: some offers may exist once, or a few times. What stands counts until it is deleted, the source too, and so do
    /// the purchases of other lines.
    fn one_per_customer(&self, source: &SourceLine, offer: &Offer) -> Option<Finding> {
        let limit = *self.policy.per_customer_max.get(&offer.id)?;
        let exists = |held: &&HeldSubscription| held.sku == offer.sku && held.status != HeldStatus::Deleted;
        let standing: Vec<&HeldSubscription> = self.tenancy?.subscriptions.iter().filter(exists).collect();
        let buys = |line: &&Line| {
            line.source.id != source.id
                && self.buys(line)
                && self.offer(&line.source).is_some_and(|other| other.sku == offer.sku)
        };
        let others = self.migration.lines.values().filter(buys).count();
        let full = standing.len() + others >= usize::try_from(limit).unwrap_or(usize::MAX);
        let own = self.held(source).filter(exists);
        let example = own.or(standing.into_iter().min_by_key(|held| &held.id)).map(|held| held.id.clone());
        full.then_some(Finding::OnePerCustomer { subscription: example, limit })
    }

    /// Rules R91 and R100: the same offer means the same licence, and another one is compared by what is in it.
    fn other_licence(&self, source: &SourceLine, offer: &Offer) -> Vec<Finding> {
        if offer.sku == source.sku {
            return Vec::new();
        }
        // With the second licence that its own users get (rule R141): what other lines buy reaches others.
        let second = source.companion.and_then(|sku| self.products.plans_of(sku));
        let (old, new) = (self.products.plans_of(source.sku), self.products.plans_of(offer.sku));
        let union = new.map(|new| second.map_or(Cow::Borrowed(new), |second| Cow::Owned(new | second)));
        let difference = old.zip(union).map(|(old, new)| plan_diff(old, &new, implied()));
        let weighs = difference.as_ref().map_or(Loss::Info, |difference| difference.severity);
        let heaviest: Vec<Family> = difference.iter().flat_map(Difference::heaviest).collect();
        let names = |families: Vec<Family>| -> Vec<String> { families.iter().map(ToString::to_string).collect() };
        let different =
            |less: Vec<Family>| Finding::DifferentSku { from: source.sku, to: offer.sku, less: names(less) };
        match weighs {
            Loss::Info => vec![different(Vec::new())],
            Loss::Warn => vec![different(heaviest)],
            Loss::Block => {
                let is_lost = |family: &Family| difference.as_ref().is_some_and(|all| all.lost.contains(family));
                let (lost, lower) = heaviest.into_iter().partition(is_lost);
                let loss = Finding::CapabilityLoss { lost: names(lost), downgraded: names(lower) };
                vec![different(Vec::new()), loss]
            }
        }
    }

    /// Rules R141 and R142: what has to be bought beside the new licence, where the portfolio does not ask for it as its second
    /// one: that it is there is for people, unless the tenant has so many to spare for all lines that need it, or another line brings
    /// them.
    fn companions(&self, source: &SourceLine, offer: &Offer) -> Option<Finding> {
        let seats = self.seats(source);
        let spare = |sku: SkuId| {
            let pool = self.tenancy.map(|tenancy| tenancy.pool(sku));
            pool.is_some_and(|pool| pool.enabled.saturating_sub(pool.consumed) >= self.needed_beside(sku))
        };
        let brings = |line: &Line, sku: SkuId| {
            self.offer(&line.source).is_some_and(|other| other.sku == sku) && self.seats(&line.source) >= seats
        };
        let comes =
            |sku: SkuId| source.companion == Some(sku) || self.migration.leaving().any(|line| brings(line, sku));
        let missing = equivalents::beside(source.sku, offer.sku).into_iter().filter(|sku| !spare(*sku) && !comes(*sku));
        let with: Vec<SkuId> = missing.collect();
        (!with.is_empty()).then(|| Finding::CompanionNeeded { beside: offer.sku, with, seats: seats.get() })
    }

    /// Seats of `sku` that users of lines still to be bought need beside their new licence, and that no line buys as a second one, and
    /// those that users are on their way to.
    fn needed_beside(&self, sku: SkuId) -> u32 {
        let arriving = |line: &Line| self.arriving(line, sku);
        // One whose users are on their way is among those already.
        let counted = |second: &Line| self.buys(second) || arriving(second) > 0;
        let needs = |line: &&Line| {
            let beside = || self.offer(&line.source).map(|offer| equivalents::beside(line.source.sku, offer.sku));
            let asks = line.source.companion == Some(sku);
            self.buys(line)
                && if asks {
                    !self.migration.paired(line).is_some_and(counted)
                } else {
                    beside().is_some_and(|all| all.contains(&sku))
                }
        };
        let lines = self.migration.leaving().filter(needs).map(|line| self.seats(&line.source).get());
        lines.chain(self.migration.lines.values().map(arriving)).fold(0, u32::saturating_add)
    }

    /// Rules R98 and R104: how the old licence comes to its users, where it has been counted.
    fn assigned(&self, source: &SourceLine, offer: &Offer) -> Vec<Finding> {
        let Some(counted) = self.facts.assignments.get(&source.sku).filter(|_| offer.sku != source.sku) else {
            return Vec::new();
        };
        let group = (counted.by_group > 0).then_some(Finding::GroupAssigned { users: counted.by_group });
        let location = Finding::UsageLocationMissing { users: counted.without_location };
        let location = (counted.without_location > 0).then_some(location);
        group.into_iter().chain(location).collect()
    }

    /// Rule R127 and section F: a subscription of ours that no order of this migration explains, and that may be one all the
    /// same, was ordered by a person, or by a run whose journal is lost.
    fn duplicate(&self, offer: &Offer) -> Option<Finding> {
        // By id, so that the same one is named whatever order the tenant lists them in: a person lets it pass by name.
        let mut unexplained: Vec<&HeldSubscription> =
            self.outside(offer.sku).filter(|held| self.may_be_ordered_here(held)).collect();
        if unexplained.is_empty() {
            return None;
        }
        unexplained.sort_by_key(|held| &held.id);
        // Each line whose purchase may have been made will turn out to explain one of them.
        let under_way = self
            .migration
            .lines
            .values()
            .filter(|line| line.bought().is_none() && !may_be_taken_back(line.stage.underlying()))
            .filter(|line| !matches!(line.stage, Stage::Settled { .. }))
            .filter(|line| line.plan.as_ref().is_some_and(|plan| plan.sku == offer.sku))
            .count();
        unexplained
            .get(under_way)
            .map(|held| Finding::DuplicateDestination { subscription: held.id.clone(), seats: held.seats })
    }

    /// Rule R127: a subscription of the licence that is to be bought which somebody else has made since `plan`.
    pub(crate) fn bought_elsewhere(&self, plan: &LinePlan) -> Option<&HeldSubscription> {
        let since =
            |held: &&HeldSubscription| held.created.zip(plan.made).is_some_and(|(created, made)| created > made);
        self.outside(plan.sku).filter(|held| held.owner != Some(self.facts.partner.tenant)).find(since)
    }
}

/// The offer that takes the place of `source`: the first match that can be bought now; one for a segment that the customer is
/// `qualified` for before one for everybody, and that before others (rule R83).
pub fn chosen_offer<'a>(
    source: &SourceLine,
    catalogue: &'a [Offer],
    qualified: &BTreeSet<Segment>,
) -> Option<&'a Offer> {
    let of_others = |segment| segment != Segment::Commercial && !qualified.contains(&segment);
    fitting(source, catalogue)
        .filter(|offer| !offer.terms.is_empty() && !offer.end_of_sale)
        .min_by_key(|offer| (of_others(offer.segment), Reverse(offer.segment), &offer.id))
}

/// The segments that the customer is qualified for, beside the commercial one; where its profile was not read, those for which
/// is planned.
pub fn qualified(migration: &Migration, profile: Option<&Profile>) -> BTreeSet<Segment> {
    let planned = || {
        let plans = migration.lines.values().filter_map(|line| line.plan.as_ref());
        plans.map(|plan| plan.segment).filter(|segment| *segment != Segment::Commercial).collect()
    };
    profile.map_or_else(planned, |profile| profile.segments.clone())
}

/// Whether offers for non-profit organisations have to be looked at too, which nobody is shown who does not ask for them: for
/// whoever is `qualified` for them, and for grants, of which nothing else takes the place (rules R53, R83).
pub fn looks_at_nonprofit(migration: &Migration, qualified: &BTreeSet<Segment>) -> bool {
    let granted = |line: &Line| line.source.program == SourceProgram::NonprofitGrant;
    qualified.contains(&Segment::Nonprofit) || migration.lines.values().any(granted)
}
