//! What an approval needs beside the role: another person than the one who proposed, and money within its limits.
//!
//! Reads what was approved before from the journal, so that a restart forgets nothing. Whoever would spend of a day's limit
//! first takes the next of that day's places, which the store gives to one alone; whoever comes second counts anew. So the
//! limit holds for all processes of one database together.

use crate::board::Shown;
use crate::caller::Caller;
use crate::fault::{Fault, Reason};
use carryover_domain::Event;
use carryover_domain::forecast::Amounts;
use carryover_domain::ids::PlanId;
use carryover_domain::plan::Plan;
use carryover_domain::time::utc_day;
use carryover_domain::value::Money;
use carryover_engine::Known;
use carryover_ports::{Remembered, Request, RequestKey};
use jiff::Timestamp;
use jiff::civil::Date;
use rust_decimal::Decimal;
use std::sync::Arc;
use uuid::Uuid;

/// What is asked of approvals.
#[derive(Debug, Clone, Default)]
pub struct ApprovalRules {
    /// Whoever proposed a plan may not approve it.
    pub four_eyes: bool,
    /// The most that one approval may cost; a currency that is not named may cost nothing. None where nothing is limited.
    pub per_approval: Option<Amounts>,
    /// The most that the approvals of one caller on one UTC day may cost together; likewise.
    pub per_day: Option<Amounts>,
}

/// An approval that was recorded.
#[derive(Debug, Clone)]
pub(crate) struct Approval {
    at: Timestamp,
    by: Arc<str>,
    plan: PlanId,
    cost: Amounts,
}

/// The place among the approvals of a day that is taken for a plan: in the order in which they were taken, by `caller`.
pub(crate) fn place(caller: &Caller, day: Date, number: u32, plan: PlanId) -> Request {
    let name = format!("carryover approval {day} {number} {}", caller.name);
    let key = RequestKey(Uuid::new_v5(&Uuid::NAMESPACE_OID, name.as_bytes()));
    Request { key, fingerprint: mark(plan) }
}

/// What tells a plan apart in the place that is taken for it.
fn mark(plan: PlanId) -> [u8; 32] {
    let mut mark = [0; 32];
    mark[..16].copy_from_slice(plan.as_uuid().as_bytes());
    mark
}

/// A place that was taken and may still become an approval.
#[derive(Debug)]
pub(crate) struct Pending {
    pub(crate) plan: PlanId,
    cost: Amounts,
}

/// What `taken` may still become, as its migration is `known`; none where its plan is superseded and not approved.
pub(crate) fn pending(taken: &Remembered, known: &Known) -> Option<Pending> {
    let plan = known.migration.plan.as_ref().filter(|plan| mark(plan.id) == taken.request.fingerprint)?;
    Some(Pending { plan: plan.id, cost: costs(plan).flatten().collect() })
}

/// Every approval in the log of `known`, with the most that it can cost.
pub(crate) fn approvals(known: &Known) -> Vec<Approval> {
    let mut plans: Vec<&Plan> = Vec::new();
    let mut found = Vec::new();
    for recorded in &known.log.events {
        match &recorded.event {
            Event::PlanProposed { plan, .. } => plans.push(plan),
            Event::PlanApproved { plan: id, by } => {
                let plan = plans.iter().rev().find(|plan| plan.id == *id);
                // A plan with a line of unknown price passes no limit; what of it is known counts.
                let cost = plan.map(|plan| costs(plan).flatten().collect()).unwrap_or_default();
                found.push(Approval { at: recorded.at, by: by.as_str().into(), plan: *id, cost });
            }
            _ => {}
        }
    }
    found
}

impl ApprovalRules {
    /// Whether money is counted.
    pub(crate) fn limits(&self) -> bool {
        self.per_approval.is_some() || self.per_day.is_some()
    }

    /// That `caller` is not the one who proposed.
    pub(crate) fn may_see(&self, caller: &Caller, proposer: Option<&str>) -> Result<(), Fault> {
        match proposer {
            _ if !self.four_eyes => Ok(()),
            Some(proposer) if proposer != caller.name => Ok(()),
            Some(_) => {
                let message = "four eyes are wanted: whoever asked for this plan may not approve it";
                Err(Fault::new(Reason::FourEyesWanted, message))
            }
            None => {
                let message = "four eyes are wanted, and nobody knows who asked for this plan; make a new one";
                Err(Fault::new(Reason::FourEyesWanted, message))
            }
        }
    }

    /// That what `plan` can cost is within the limits, `all` being every migration's approvals, and `pending` what others may
    /// be approving.
    pub(crate) fn may_spend(
        &self,
        caller: &Caller,
        plan: &Plan,
        all: &[Arc<Shown>],
        pending: &[Pending],
        now: Timestamp,
    ) -> Result<(), Fault> {
        if !self.limits() {
            return Ok(());
        }
        let mut cost = Amounts::default();
        for line in costs(plan) {
            cost.add(line.ok_or_else(|| {
                let message = "spending is limited, and the price of a line of this plan is not known";
                Fault::new(Reason::SpendingLimitExceeded, message)
            })?);
        }
        within(&cost, self.per_approval.as_ref(), "one approval")?;
        let today = |approval: &&Approval| utc_day(approval.at) == utc_day(now) && *approval.by == *caller.name;
        let approved: Vec<&Approval> = all.iter().flat_map(|shown| &shown.approvals).filter(today).collect();
        let is_new = |other: &&Pending| other.plan != plan.id && approved.iter().all(|known| known.plan != other.plan);
        pending.iter().filter(is_new).for_each(|other| cost.add_all(&other.cost));
        approved.iter().for_each(|approval| cost.add_all(&approval.cost));
        within(&cost, self.per_day.as_ref(), "the approvals of one caller on one day")
    }
}

/// The most that the first term of each line can cost; none where its price is not known.
fn costs(plan: &Plan) -> impl Iterator<Item = Option<Money>> {
    plan.lines.values().map(|line| {
        let each = line.price_ceiling?;
        Some(Money { amount: each.amount.saturating_mul(Decimal::from(line.seats.get())), ..each })
    })
}

fn within(cost: &Amounts, limit: Option<&Amounts>, of: &str) -> Result<(), Fault> {
    let Some(limit) = limit else { return Ok(()) };
    match cost.iter().find(|money| money.amount > limit.get(money.currency).amount) {
        None => Ok(()),
        Some(beyond) => {
            let limit = limit.get(beyond.currency);
            let message = format!("{of} may cost {limit} at most, and this would make it {beyond}");
            Err(Fault::new(Reason::SpendingLimitExceeded, message))
        }
    }
}
