//! What the engine tells whoever keeps figures of it. `docs/operations.md` has a row for each name; nothing is decided here.

use crate::Turn;
use carryover_domain::{Effect, Event, Input, Reply};
use carryover_ports::{CommitError, Outcome, Unavailable};
use metrics::counter;
use tracing::Span;

/// A turn is over.
pub(crate) fn turned(turn: &Turn) {
    counter!("carryover_turns_total").increment(1);
    counter!("carryover_problems_total").increment(turn.problems.len() as u64);
}

/// The span in which `effects` are performed together.
pub(crate) fn performing(effects: &[Effect]) -> Span {
    // Those that are performed together are of one kind.
    let operation = effects.first().map(operation);
    tracing::info_span!("effect", operation, count = effects.len())
}

/// Effects were performed together, each with an input of its own, or nothing came of them.
pub(crate) fn performed(effects: &[Effect], answer: &Result<Vec<Input>, Unavailable>) {
    let tell = |effect: &Effect, outcome: &'static str| {
        counter!("carryover_effects_total", "operation" => operation(effect), "outcome" => outcome).increment(1);
    };
    match answer {
        Ok(inputs) => effects.iter().zip(inputs).for_each(|(effect, input)| tell(effect, settled(input))),
        Err(why) => effects.iter().for_each(|effect| tell(effect, unsettled(why))),
    }
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
        Effect::ReadInvitation { .. } => "read_invitation",
        Effect::ReadStanding => "read_standing",
        Effect::ReadFacts { .. } => "read_facts",
        Effect::CreateCart { .. } => "create_cart",
        Effect::CheckOut { .. } => "check_out",
        Effect::FindOrders { .. } => "find_orders",
        Effect::ReadDelivery { .. } => "read_delivery",
        Effect::ReadHolders { .. } => "read_holders",
        Effect::SwapLicence { .. } => "swap_licence",
        Effect::ReadServices { .. } => "read_services",
        Effect::ReadSource { .. } => "read_source",
    }
}

fn settled(input: &Input) -> &'static str {
    match input {
        Input::Reply { reply: Reply::Cart(outcome), .. } => fate(outcome),
        Input::Reply { reply: Reply::CheckOut(outcome), .. } => fate(outcome),
        Input::Reply { reply: Reply::Swap(outcome), .. } => fate(outcome),
        Input::Command(_) | Input::Observation(_) | Input::Tick => "done",
    }
}

fn unsettled(why: &Unavailable) -> &'static str {
    match why {
        Unavailable::Unreachable(_) => "unreachable",
        Unavailable::Throttled { .. } => "throttled",
        Unavailable::SignInRefused(_) => "sign_in_refused",
        Unavailable::Forbidden(_) => "forbidden",
        Unavailable::Unreadable(_) => "unreadable",
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
