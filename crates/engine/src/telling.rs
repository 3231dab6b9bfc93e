//! What the engine tells whoever keeps figures of it. `docs/operations.md` has a row for each name; nothing is decided here.

use crate::Turn;
use carryover_domain::{Effect, Event, Input, Reply};
use carryover_ports::{CommitError, Outcome, Unavailable};
use metrics::counter;

/// A turn is over.
pub(crate) fn turned(turn: &Turn) {
    counter!("carryover_turns_total").increment(1);
    counter!("carryover_problems_total").increment(turn.problems.len() as u64);
}

/// An effect was performed, or nothing came of it.
pub(crate) fn performed(effect: &Effect, answer: &Result<Input, Unavailable>) {
    counter!("carryover_effects_total", "operation" => operation(effect), "outcome" => outcome(answer)).increment(1);
}

/// An event was recorded.
pub(crate) fn recorded(event: &Event) {
    counter!("carryover_events_total", "event" => event.name()).increment(1);
}

/// A commit was refused, or is not known to have been written: the turn starts anew.
pub(crate) fn reloaded(error: &CommitError) {
    let name = match error {
        CommitError::Lost { .. } => "carryover_leases_lost_total",
        CommitError::Unconfirmed { .. } => "carryover_commits_unconfirmed_total",
        _ => "carryover_commits_stale_total",
    };
    counter!(name).increment(1);
}

fn operation(effect: &Effect) -> &'static str {
    match effect {
        Effect::ReadInvitation => "read_invitation",
        Effect::ReadStanding => "read_standing",
        Effect::ReadFacts { .. } => "read_facts",
        Effect::CreateCart { .. } => "create_cart",
        Effect::CheckOut { .. } => "check_out",
        Effect::FindOrders { .. } => "find_orders",
        Effect::ReadDelivery { .. } => "read_delivery",
        Effect::ReadHolders { .. } => "read_holders",
        Effect::SwapLicence { .. } => "swap_licence",
        Effect::ReadSource { .. } => "read_source",
    }
}

fn outcome(answer: &Result<Input, Unavailable>) -> &'static str {
    match answer {
        Ok(Input::Reply { reply: Reply::Cart(outcome), .. }) => fate(outcome),
        Ok(Input::Reply { reply: Reply::CheckOut(outcome), .. }) => fate(outcome),
        Ok(Input::Reply { reply: Reply::Swap(outcome), .. }) => fate(outcome),
        Ok(_) => "done",
        Err(Unavailable::Unreachable(_)) => "unreachable",
        Err(Unavailable::Throttled { .. }) => "throttled",
        Err(Unavailable::SignInRefused(_)) => "sign_in_refused",
        Err(Unavailable::Forbidden(_)) => "forbidden",
        Err(Unavailable::Unreadable(_)) => "unreadable",
    }
}

fn fate<T>(outcome: &Outcome<T>) -> &'static str {
    match outcome {
        Outcome::Done(_) => "done",
        Outcome::Refused(_) => "refused",
        Outcome::Throttled { .. } => "throttled",
        Outcome::NotSent(_) => "not_sent",
        Outcome::InDoubt(_) => "in_doubt",
    }
}
