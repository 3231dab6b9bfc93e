//! Recorded facts. What is written to services and what accounts are called stays out.

use super::value::{count, instant, long};
use crate::name::Names;
use carryover_api::v1;
use carryover_domain::Event;
use carryover_domain::ids::TenantId;
use carryover_ports::Recorded;

pub(crate) fn event(names: &Names, tenant: TenantId, recorded: &Recorded) -> v1::Event {
    let Recorded { migration: _, number, at, event } = recorded;
    let mut said = v1::Event {
        name: names.event(tenant, *number),
        number: long(*number),
        record_time: Some(instant(*at)),
        kind: event.name().to_owned(),
        actor: event.by().unwrap_or_default().to_owned(),
        line: event.line().map(|line| names.line(tenant, line)).unwrap_or_default(),
        ..v1::Event::default()
    };
    match event {
        Event::Imported { customer: _, lines, by: _ } => said.line_count = count(lines.len()),
        Event::PlanProposed { plan, by: _ } => said.plan = names.plan(tenant, plan.id),
        Event::PlanApproved { plan, by: _ } => said.plan = names.plan(tenant, *plan),
        Event::PurchaseConfirmed { line: _, purchase } => {
            said.order_id = purchase.order.to_string();
            said.subscription_id = purchase.subscription.as_ref().map(ToString::to_string).unwrap_or_default();
            said.seat_count = count(purchase.seats);
        }
        Event::SubscriptionNamed { line: _, subscription } => said.subscription_id = subscription.to_string(),
        Event::CoverConfirmed { line: _, bought, lasts_until: _ } => said.subscription_id = bought.to_string(),
        Event::AttentionNeeded { line: _, cause } => said.attention_code = cause.code().to_owned(),
        Event::Resolved { .. }
        | Event::Paused { .. }
        | Event::Resumed { .. }
        | Event::Cancelled { .. }
        | Event::Labelled { .. }
        | Event::PolicySet { .. }
        | Event::Assessed { .. }
        | Event::InvitationReady { .. }
        | Event::StandingSeen { .. }
        | Event::Compared { .. }
        | Event::WindowOpened { .. }
        | Event::CartRecorded { .. }
        | Event::CartGone { .. }
        | Event::CartWrittenOff { .. }
        | Event::PutOff { .. }
        | Event::SwapPlanned { .. }
        | Event::UserSwapped { .. }
        | Event::UserNotSwapped { .. }
        | Event::BatchVerified { .. }
        | Event::ReassignmentConfirmed { .. }
        | Event::SourceReleased { .. }
        | Event::SourceEnded { .. }
        | Event::EndChecked { .. }
        | Event::Settled { .. }
        | Event::AttentionCleared { .. } => {}
    }
    said
}
