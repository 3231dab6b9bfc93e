//! A migration as a whole, and what waits for people in it.

use super::policy::customer_policy;
use super::value::{count, instant, long};
use crate::name::Names;
use crate::users::Users;
use carryover_api::v1;
use carryover_domain::migration::action::{Action, ActionItem, action_items as waiting};
use carryover_domain::overall::{Overall, overall, overall_since};
use carryover_domain::policy::Policy;
use carryover_engine::Known;
use carryover_ports::Version;
use jiff::Timestamp;
use v1::migration::State;

pub(crate) fn migration(names: &Names, known: &Known, policy: &Policy, now: Timestamp) -> v1::Migration {
    let Known { migration, version, log } = known;
    let tenant = migration.customer.tenant;
    let plan = |plan| names.plan(tenant, plan);
    v1::Migration {
        name: names.migration(tenant),
        customer: names.customer(tenant),
        display_name: migration.customer.name.clone(),
        domain: migration.customer.domain.clone(),
        state: state(overall(migration)).into(),
        plan: migration.plan.as_ref().map(|newest| plan(newest.id)).unwrap_or_default(),
        approved_plan: migration.approved.map(plan).unwrap_or_default(),
        action_items: action_items(names, known, policy, now),
        line_count: count(migration.lines.len()),
        create_time: log.events.first().map(|recorded| instant(recorded.at)),
        update_time: log.events.last().map(|recorded| instant(recorded.at)),
        next_check_time: log.wake.map(instant),
        event_count: long(version.0),
        etag: etag(*version),
        labels: migration.labels.clone(),
        policy: customer_policy(&migration.own),
        state_time: overall_since(log.events.iter().map(|recorded| (recorded.at, &recorded.event))).map(instant),
    }
}

/// The etag of a migration at `version`, in quotes (AIP-154).
#[must_use]
pub fn etag(version: Version) -> String {
    format!("\"{}\"", version.0)
}

fn state(overall: Overall) -> State {
    match overall {
        Overall::Draft => State::Draft,
        Overall::AwaitingApproval => State::AwaitingApproval,
        Overall::Scheduled => State::Scheduled,
        Overall::Running => State::Running,
        Overall::Paused => State::Paused,
        Overall::AttentionRequired => State::AttentionRequired,
        Overall::Succeeded => State::Succeeded,
        Overall::Cancelled => State::Cancelled,
    }
}

fn action_items(names: &Names, known: &Known, policy: &Policy, now: Timestamp) -> Vec<v1::ActionItem> {
    let users = Users::told_of(known);
    waiting(&known.migration, policy, now).into_iter().map(|item| action_item(names, known, &users, item)).collect()
}

fn action_item(names: &Names, known: &Known, users: &Users, item: ActionItem) -> v1::ActionItem {
    let tenant = known.migration.customer.tenant;
    let ActionItem { line, action, due, contact } = item;
    let mut said = v1::ActionItem {
        migration: names.migration(tenant),
        line: line.map(|line| names.line(tenant, line)).unwrap_or_default(),
        code: action.code().to_owned(),
        text: users.unnamed(action.to_string()),
        due_time: due.map(instant),
        contact_email: contact.unwrap_or_default(),
        ..v1::ActionItem::default()
    };
    match action {
        Action::ApprovePlan { plan } => said.plan = names.plan(tenant, plan),
        Action::SendInvitation { link } => said.invitation_uri = link,
        Action::StopRenewal { ask, .. } => {
            said.subscription_id = ask.subscription.map(|id| id.to_string()).unwrap_or_default();
        }
        Action::ObtainAgreement
        | Action::Resume
        | Action::MakePlan { .. }
        | Action::Unblock { .. }
        | Action::KeepAlive { .. }
        | Action::LookAgain { .. }
        | Action::CheckAfterEnd { .. }
        | Action::TakeCourse { .. }
        | Action::Attend { .. } => {}
    }
    said
}
