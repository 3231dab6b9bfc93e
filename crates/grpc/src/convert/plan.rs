//! Plans, as the log has them: every one that was proposed, and which of them were approved.

use super::value::{count, day, instant, money};
use crate::name::Names;
use carryover_api::v1;
use carryover_domain::Event;
use carryover_domain::ids::{LineId, TenantId};
use carryover_domain::plan::{LinePlan, Plan, Reassign, Route, SourceEnd};
use carryover_domain::route::Course;
use carryover_engine::Known;
use jiff::Timestamp;
use v1::plan::State;
use v1::plan_line as said;

/// A plan with what became of it.
pub(crate) struct Proposal<'a> {
    pub(crate) plan: &'a Plan,
    made: Timestamp,
    /// Who asked for it, where that was recorded.
    pub(crate) by: Option<&'a str>,
    approved: Option<(Timestamp, &'a str)>,
    newest: bool,
}

impl Proposal<'_> {
    fn state(&self) -> State {
        match (self.newest, self.approved) {
            (false, _) => State::Superseded,
            (true, None) => State::Proposed,
            (true, Some(_)) => State::Approved,
        }
    }

    /// Changes with the state, in quotes (AIP-154).
    pub(crate) fn etag(&self) -> String {
        format!("\"{}-{}\"", self.plan.id.as_uuid().simple(), i32::from(self.state()))
    }
}

/// Every plan of the migration, newest first.
pub(crate) fn proposals(known: &Known) -> Vec<Proposal<'_>> {
    let mut plans: Vec<Proposal<'_>> = Vec::new();
    for recorded in &known.log.events {
        match &recorded.event {
            Event::PlanProposed { plan, by } => {
                plans.push(Proposal { plan, made: recorded.at, by: by.as_deref(), approved: None, newest: false });
            }
            Event::PlanApproved { plan, by } => {
                if let Some(proposal) = plans.iter_mut().rev().find(|proposal| proposal.plan.id == *plan) {
                    proposal.approved = Some((recorded.at, by));
                }
            }
            _ => {}
        }
    }
    plans.reverse();
    // Of a migration that was cancelled no plan stands any more.
    if let Some(newest) = plans.first_mut() {
        newest.newest = known.migration.plan.as_ref().is_some_and(|plan| plan.id == newest.plan.id);
    }
    plans
}

pub(crate) fn plan(names: &Names, tenant: TenantId, proposal: &Proposal<'_>) -> v1::Plan {
    let Plan { id, parent, lines } = proposal.plan;
    v1::Plan {
        name: names.plan(tenant, *id),
        parent_plan: parent.map(|parent| names.plan(tenant, parent)).unwrap_or_default(),
        state: proposal.state().into(),
        lines: lines.iter().map(|(id, line)| plan_line(names, tenant, *id, line)).collect(),
        create_time: Some(instant(proposal.made)),
        approve_time: proposal.approved.map(|(at, _)| instant(at)),
        approver: proposal.approved.map(|(_, by)| by.to_owned()).unwrap_or_default(),
        etag: proposal.etag(),
        proposer: proposal.by.unwrap_or_default().to_owned(),
    }
}

fn plan_line(names: &Names, tenant: TenantId, id: LineId, line: &LinePlan) -> v1::PlanLine {
    let LinePlan {
        route,
        offer,
        segment: _,
        sku,
        seats,
        term,
        billing,
        price_ceiling,
        day: start,
        opens,
        ends,
        reassign,
        overlap_days,
        overlap_cost,
        source_end,
        advised,
        promotion,
        term_end,
        reseller,
        made: _,
    } = line;
    let route = match route {
        Route::BuyAtEnd => said::Route::BuyAtEnd,
        Route::BuyNow => said::Route::BuyNow,
    };
    let source_end = match source_end {
        SourceEnd::RunsOut => said::SourceEnd::RunsOut,
        SourceEnd::OwnerStopsRenewal => said::SourceEnd::OwnerStopsRenewal,
        SourceEnd::OwnerCancels => said::SourceEnd::OwnerCancels,
    };
    v1::PlanLine {
        line: names.line(tenant, id),
        route: route.into(),
        offer: offer.to_string(),
        sku_id: sku.to_string(),
        seat_count: count(seats.get()),
        term: term.word().to_owned(),
        billing: billing.word().to_owned(),
        price_ceiling: price_ceiling.map(money),
        start_date: Some(day(*start)),
        open_time: Some(instant(*opens)),
        old_end_date: Some(day(ends.last_whole_day())),
        swaps_licences: *reassign == Reassign::SwapEachUser,
        overlap_day_count: count(*overlap_days),
        overlap_cost: overlap_cost.map(money),
        source_end: source_end.into(),
        advised_route: advised.map(Course::word).unwrap_or_default().to_owned(),
        promotion: promotion.clone().unwrap_or_default(),
        term_end_date: term_end.as_ref().map(|end| day(end.last_day)),
        reseller_id: reseller.as_ref().map(ToString::to_string).unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::plan_line;
    use crate::name::Names;
    use carryover_domain::ids::{LineId, PartnerId, TenantId};
    use carryover_domain::plan::LinePlan;
    use carryover_testkit::strategies;
    use proptest::prelude::*;
    use uuid::Uuid;

    proptest! {
        #[test]
        fn a_purchase_names_the_reseller_that_was_planned_and_nobody_where_none_was(plan in strategies::line_plan()) {
            let tenant = TenantId::new(Uuid::from_u128(0xC1));
            let said = |reseller: Option<PartnerId>| {
                let plan = LinePlan { reseller, ..plan.clone() };
                plan_line(&Names::new(None), tenant, LineId::of(tenant, "old"), &plan).reseller_id
            };
            prop_assert_eq!(said(PartnerId::try_new("4711000").ok()), "4711000");
            prop_assert_eq!(said(None), "");
        }
    }
}
