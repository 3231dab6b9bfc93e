//! The moves, and what must hold after each.

use super::outside::Outside;
use super::setting::{Bounds, OldSubscription, begin, facts, policy, standing};
use super::state::{Fate, Known, Move, State, Worker};
use super::variant::Variant;
use carryover_domain::facts::Tenancy;
use carryover_domain::ids::{IntentId, LineId, Mark, SubscriptionId};
use carryover_domain::migration::action::{Action, action_items};
use carryover_domain::observed::Observed;
use carryover_domain::policy::Policy;
use carryover_domain::reply::{Fault, Outcome, Refusal, RefusalKind};
use carryover_domain::time::later;
use carryover_domain::{
    Effect, Event, Input, Migration, Moment, Observation, Reply, ServicesSeen, Stage, decide, evolve, owed, wake,
};
use jiff::{SignedDuration, Timestamp};
use stateright::{Checker, HasDiscoveries, Model, Property};
use std::collections::BTreeSet;
use std::sync::Arc;
use uuid::Uuid;

const WORKERS: usize = 2;
/// The exploration ends so long after the old subscriptions.
const AFTERWARDS: SignedDuration = SignedDuration::from_hours(80);
const HOLDS: &str = "all invariants hold";
const RESTS: &str = "every line ends closed or before a person";
/// What is to be met, so that nothing of the way is left out unnoticed.
const ENDS: &str = "all lines come to be closed, and are looked at for the last time";

/// What is explored.
#[derive(Debug, Clone)]
pub struct Protocol {
    bounds: Bounds,
    variant: Variant,
    policy: Policy,
    old: Vec<OldSubscription>,
    start: Arc<Known>,
    /// What a worker knows that cannot commit any more.
    outdated: Arc<Known>,
    opens: Timestamp,
}

/// What an exploration came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explored {
    /// Different states that were met.
    pub states: usize,
    /// The longest way to one of them, in moves.
    pub depth: usize,
    /// What does not hold, and the shortest way there; none when everything holds in every state.
    pub broken: Option<(String, Vec<Move>)>,
}

/// Explores every state within the bounds, or up to the first that breaks something.
pub fn explore(protocol: Protocol) -> Explored {
    let checker = protocol.checker().threads(2).finish_when(HasDiscoveries::AnyFailures).spawn_bfs().join();
    let mut met = checker.discoveries();
    let ends = met.remove(ENDS).is_some();
    let broken = met.into_iter().next().map(|(property, path)| {
        let what = path.last_state().broken.unwrap_or(property);
        (what.to_owned(), path.into_actions())
    });
    let missed = || (!ends).then(|| (format!("not met: {ENDS}"), Vec::new()));
    Explored { states: checker.unique_state_count(), depth: checker.max_depth(), broken: broken.or_else(missed) }
}

impl Protocol {
    /// One customer on the day its lines may be bought.
    pub fn new(bounds: Bounds, variant: Variant) -> Self {
        let mut policy = policy();
        let (start, old, opens) = begin(bounds.lines, &policy);
        if variant == Variant::WritesOffTooSoon {
            policy.settle = SignedDuration::from_secs(-1);
        }
        let [start, outdated] = [0, u32::MAX].map(|version| Known::new(version, start.clone()));
        Self { bounds, variant, policy, old, start, outdated, opens }
    }

    fn moment(state: &State) -> Moment {
        let fresh = IntentId::new(Uuid::from_u128(0xF000 + u128::from(state.intents)));
        Moment { now: state.now, fresh }
    }

    fn tick(&self, state: &State) -> Vec<Event> {
        decide(&state.known.migration, Input::Tick, Self::moment(state), &self.policy).expect("time is never rejected")
    }

    /// What a free worker may take up now.
    fn due<'a>(&self, state: &'a State) -> impl Iterator<Item = Effect> + 'a {
        owed(&state.known.migration, &self.policy, state.now).into_iter().filter(|effect| !state.tried.contains(effect))
    }

    fn tenancy(&self, state: &State) -> Observed<Tenancy> {
        Observed { value: state.outside.tenancy(&self.old, state.now), at: state.now }
    }

    /// The next instant at which anything is due or looks otherwise.
    fn next_instant(&self, state: &State) -> Option<Timestamp> {
        let due = wake(&state.known.migration, &self.policy, state.now);
        let last = later(self.old.iter().map(|old| old.end).max()?, AFTERWARDS);
        due.into_iter().chain(state.outside.turns(&self.old, state.now)).min().filter(|next| *next <= last)
    }

    /// Old subscriptions whose owners are asked to stop the renewal, and have not yet.
    fn asked(&self, state: &State) -> Vec<usize> {
        let items = action_items(&state.known.migration, &self.policy, state.now);
        let is_asked = |id: &SubscriptionId| {
            items.iter().any(
                |item| matches!(&item.action, Action::StopRenewal { ask, .. } if ask.subscription.as_ref() == Some(id)),
            )
        };
        let waits = |nth: &usize| !state.outside.is_stopped(*nth) && is_asked(&self.old[*nth].id);
        (0..self.old.len()).filter(waits).collect()
    }

    fn read(&self, state: &State, effect: &Effect) -> Option<Observation> {
        let (now, outside) = (state.now, &state.outside);
        let tenancy = self.tenancy(state);
        Some(match effect {
            Effect::ReadInvitation { .. } => {
                Observation::Invitation { link: "https://admin.example/invite".to_owned() }
            }
            Effect::ReadStanding => Observation::Standing(Observed { value: standing(), at: now }),
            Effect::ReadFacts { line } => {
                Observation::Facts { line: *line, facts: Box::new(facts(now, Some(tenancy.value))) }
            }
            Effect::FindOrders { line, intent, .. } => {
                let value = outside.orders_marked(&Mark::of(*intent), now);
                Observation::Orders { line: *line, intent: *intent, found: Observed { value, at: now } }
            }
            Effect::ReadDelivery { line, subscription } => {
                let found = outside.delivery(subscription, now).map(|delivery| (delivery, tenancy));
                Observation::Delivery { line: *line, found }
            }
            Effect::ReadHolders { line } => Observation::Holders { line: *line, holders: Vec::new(), tenancy },
            Effect::ReadServices { line, .. } => Observation::Services { line: *line, seen: ServicesSeen::Hidden },
            Effect::ReadSource { line, .. } => Observation::Source { line: *line, tenancy, services: None },
            Effect::CreateCart { .. } | Effect::CheckOut { .. } | Effect::SwapLicence { .. } => return None,
        })
    }

    /// Performs the effect and answers with what the worker gets to know.
    fn perform(&self, state: &mut State, known: &Known, effect: &Effect, fate: Fate) -> Vec<Input> {
        if let Some(seen) = self.read(state, effect) {
            return vec![Input::Observation(seen)];
        }
        let now = state.now;
        let lost = || Fault::new("no answer");
        match effect {
            Effect::CreateCart { line, intent, attempt } => {
                if fate == Fate::RequestLost {
                    let reply = Reply::Cart(Outcome::InDoubt(lost()));
                    return vec![Input::Reply { to: effect.clone(), reply }];
                }
                let plan = known.migration.lines[line].plan.as_ref().expect("a line that buys has a plan");
                let cart = state.outside.create_cart(&Mark::of(*intent), *line, plan, now);
                if self.variant == Variant::RecordsAfterwards {
                    let check_out =
                        Effect::CheckOut { line: *line, intent: *intent, cart: cart.id.clone(), attempt: *attempt };
                    let made = Input::Reply { to: effect.clone(), reply: Reply::Cart(Outcome::Done(cart)) };
                    return std::iter::once(made).chain(self.perform(state, known, &check_out, fate)).collect();
                }
                let outcome = if fate == Fate::AnswerLost { Outcome::InDoubt(lost()) } else { Outcome::Done(cart) };
                vec![Input::Reply { to: effect.clone(), reply: Reply::Cart(outcome) }]
            }
            Effect::CheckOut { cart, .. } => {
                if fate == Fate::RequestLost {
                    let reply = Reply::CheckOut(Outcome::InDoubt(lost()));
                    return vec![Input::Reply { to: effect.clone(), reply }];
                }
                let twice = self.variant == Variant::ServiceAcceptsTwice;
                let answer = state.outside.check_out(cart, now, twice);
                let outcome = if fate == Fate::AnswerLost { Outcome::InDoubt(lost()) } else { answer };
                vec![Input::Reply { to: effect.clone(), reply: Reply::CheckOut(outcome) }]
            }
            _ => Vec::new(),
        }
    }

    /// The events that follow from one answer, by the product's rules and the variant's mistake.
    fn follows(&self, state: &mut State, migration: &Migration, input: Input) -> Vec<Event> {
        let doubtful = is_doubtful(&input);
        let dead_cart = match &input {
            Input::Reply {
                to: Effect::CheckOut { line, intent, cart, .. },
                reply:
                    Reply::CheckOut(Outcome::InDoubt(_) | Outcome::Refused(Refusal { kind: RefusalKind::CartGone, .. })),
            } => Some((*line, *intent, cart.clone())),
            _ => None,
        };
        let at = Self::moment(state);
        let mut events = decide(migration, input, at, &self.policy).expect("answers are never rejected");
        if doubtful {
            let patient = events.iter().all(|event| matches!(event, Event::PutOff { answered: false, .. }));
            state.require(patient, "I7: doubt was taken for an answer");
        }
        match (self.variant, dead_cart) {
            (Variant::StartsOverInDoubt, Some((line, intent, cart))) if doubtful && !events.is_empty() => {
                events = vec![Event::CartGone { line, cart, at: state.now }, Event::CartWrittenOff { line, intent }];
            }
            (Variant::ReplacesDeadCart, Some((line, intent, _))) if !doubtful && !events.is_empty() => {
                events.push(Event::CartWrittenOff { line, intent });
            }
            (Variant::LetsGoBeforeCover, _) => {
                let bought = events.iter().find_map(|event| match event {
                    Event::PurchaseConfirmed { line, purchase } => Some((*line, purchase.subscription.clone()?)),
                    _ => None,
                });
                if let Some((line, bought)) = bought {
                    let exit = carryover_domain::migration::state::Exit::OwnerActs;
                    events.extend([
                        Event::CoverConfirmed { line, bought, lasts_until: None },
                        Event::SourceReleased { line, exit },
                    ]);
                }
            }
            _ => {}
        }
        events
    }

    /// Decides upon each answer and commits what follows, as a worker that knows `upon`.
    fn settle(&self, state: &mut State, mut upon: Arc<Known>, inputs: &[Input]) {
        for input in inputs {
            let events = self.follows(state, &upon.migration, input.clone());
            self.commit(state, &upon, &events);
            upon = upon.with(&events);
        }
    }

    /// Writes `events`, or nothing when somebody else has written since.
    fn commit(&self, state: &mut State, upon: &Known, events: &[Event]) {
        let checks = self.checks_versions();
        if checks && upon.version != state.known.version || events.is_empty() {
            return;
        }
        let last_wins = matches!(self.variant, Variant::LastCartWins | Variant::LastCartWinsChecked);
        let mut migration = state.known.migration.clone();
        for event in events {
            let before = migration.clone();
            migration = evolve(migration, event);
            if let (true, Event::CartRecorded { line, intent, cart }) = (last_wins, event)
                && let Some(line) = migration.lines.get_mut(line)
                && matches!(line.stage, Stage::Buying { .. })
            {
                line.stage = Stage::Buying { intent: *intent, cart: cart.clone() };
            }
            let allowed = matches!(event, Event::CartWrittenOff { .. } | Event::Resolved { .. });
            let forward = before.lines.iter().all(|(id, line)| migration.lines[id].stage.rank() >= line.stage.rank());
            state.require(allowed || forward, "I5: a line went backwards");
            if let Event::SourceReleased { line, .. } = event {
                let spared = self.can_spare(state, &before, *line);
                state.require(spared, "I2: an old subscription was let go before its line was covered");
            }
            state.intents += u32::from(matches!(event, Event::WindowOpened { .. }));
        }
        if checks {
            state.require(migration.misfits == 0, "an event of our own did not fit");
        }
        state.known = Known::new(state.known.version + events.len() as u32, migration);
        state.tried.clear();
        if checks {
            self.outdate(state);
        }
    }

    fn checks_versions(&self) -> bool {
        !matches!(self.variant, Variant::NoVersionCheck | Variant::LastCartWins)
    }

    /// Workers that know an older version can still send, and can commit nothing: which version it was makes no difference.
    fn outdate(&self, state: &mut State) {
        for worker in &mut state.workers {
            match worker {
                Worker::Going { known, .. } if known.version != state.known.version => {
                    *known = Arc::clone(&self.outdated)
                }
                Worker::Answered { known, .. } if known.version != state.known.version => *worker = Worker::Free,
                _ => {}
            }
        }
        state.sort_workers();
    }

    /// By the tenant's own books: what was bought for the line is there, and the users are served without the old
    /// subscription and without those that were let go before.
    fn can_spare(&self, state: &State, before: &Migration, line: LineId) -> bool {
        let pool = self.tenancy(state).value.pool(super::setting::sku()).clone();
        let let_go = |id: LineId| {
            id == line
                || matches!(before.lines[&id].stage.underlying(), Stage::WindingDown { .. } | Stage::Closed { .. })
        };
        let goes: u32 =
            self.old.iter().filter(|old| let_go(old.line) && old.end > state.now).map(|old| old.seats).sum();
        state.outside.has_arrived(line, state.now) && pool.enabled.saturating_sub(goes) >= pool.consumed
    }

    fn check(&self, state: &mut State) {
        let once =
            self.old.iter().all(|old| state.outside.orders.iter().filter(|order| order.line == old.line).count() <= 1);
        state.require(once, "I1: bought twice");
        let gone = |stage: &Stage| matches!(stage.underlying(), Stage::WindingDown { .. } | Stage::Closed { .. });
        let pool = self.tenancy(state).value.pool(super::setting::sku()).clone();
        let all_gone = state.known.migration.lines.values().all(|line| gone(&line.stage));
        state.require(!all_gone || pool.consumed <= pool.enabled, "I2: a user is without a licence");
    }
}

/// A read whose answer is worth nothing later. A look at the orders is not one: it may be held, and believed late.
fn is_look(effect: &Effect) -> bool {
    !effect.is_write() && !matches!(effect, Effect::FindOrders { .. })
}

fn is_doubtful(input: &Input) -> bool {
    matches!(
        input,
        Input::Reply { reply: Reply::Cart(Outcome::InDoubt(_)), .. }
            | Input::Reply { reply: Reply::CheckOut(Outcome::InDoubt(_)), .. }
    )
}

impl Model for Protocol {
    type State = State;
    type Action = Move;

    fn init_states(&self) -> Vec<State> {
        vec![State {
            now: self.opens,
            known: Arc::clone(&self.start),
            workers: vec![Worker::Free; WORKERS],
            outside: Outside::new(self.old.len()),
            crashes: self.bounds.crashes,
            losses: self.bounds.losses,
            idles: self.bounds.idles,
            tried: BTreeSet::new(),
            intents: 0,
            broken: None,
        }]
    }

    fn actions(&self, state: &State, moves: &mut Vec<Move>) {
        if state.broken.is_some() {
            return;
        }
        let ticks = !self.tick(state).is_empty();
        let free = state.workers.contains(&Worker::Free);
        let due: Vec<Effect> = if ticks { Vec::new() } else { self.due(state).collect() };
        let owing = !due.is_empty();
        if ticks {
            moves.push(Move::Tick);
        }
        if free {
            moves.extend(
                due.into_iter()
                    .map(|effect| if is_look(&effect) { Move::Look { effect } } else { Move::Begin { effect } }),
            );
        }
        for (worker, at) in state.workers.iter().enumerate() {
            // Two workers at the same are one case.
            if worker > 0 && state.workers[worker - 1] == *at {
                continue;
            }
            match at {
                Worker::Free => continue,
                Worker::Going { effect, .. } => {
                    moves.push(Move::Send { worker, fate: Fate::Answered });
                    if effect.is_write() && state.losses > 0 {
                        moves.push(Move::Send { worker, fate: Fate::RequestLost });
                        moves.push(Move::Send { worker, fate: Fate::AnswerLost });
                    }
                }
                Worker::Answered { .. } => moves.push(Move::Commit { worker }),
            }
            if state.crashes > 0 {
                moves.push(Move::Crash { worker });
            }
        }
        moves.extend(self.asked(state).into_iter().map(|nth| Move::OwnerStops { nth }));
        if !ticks && (state.idles > 0 || !owing && !state.is_under_way()) && self.next_instant(state).is_some() {
            moves.push(Move::Pass);
        }
    }

    fn next_state(&self, last: &State, action: Move) -> Option<State> {
        let mut state = last.clone();
        match action {
            Move::Tick => {
                let (events, upon) = (self.tick(last), Arc::clone(&last.known));
                self.commit(&mut state, &upon, &events);
            }
            Move::Begin { effect } => {
                let free = last.workers.iter().position(|worker| *worker == Worker::Free)?;
                state.put(free, Worker::Going { known: Arc::clone(&last.known), effect });
            }
            // Read and committed at once: what was decided upon an older version would be refused, and changes nothing outside.
            Move::Look { effect } => {
                let known = Arc::clone(&last.known);
                let inputs = self.perform(&mut state, &known, &effect, Fate::Answered);
                state.tried.insert(effect);
                self.settle(&mut state, known, &inputs);
            }
            Move::Send { worker, fate } => {
                let Worker::Going { known, effect } = &last.workers[worker] else { return None };
                state.losses -= u8::from(fate != Fate::Answered);
                let inputs = self.perform(&mut state, known, effect, fate);
                state.tried.insert(effect.clone());
                state.put(worker, Worker::Answered { known: Arc::clone(known), inputs });
                if self.checks_versions() {
                    self.outdate(&mut state);
                }
            }
            Move::Commit { worker } => {
                let Worker::Answered { known, inputs } = &last.workers[worker] else { return None };
                self.settle(&mut state, Arc::clone(known), inputs);
                state.put(worker, Worker::Free);
            }
            Move::Crash { worker } => {
                state.crashes -= 1;
                state.put(worker, Worker::Free);
            }
            Move::OwnerStops { nth } => state.outside.stop_renewal(nth),
            Move::Pass => {
                state.idles -= u8::from(last.is_under_way() || self.due(last).next().is_some());
                state.now = self.next_instant(last)?;
                state.tried.clear();
            }
        }
        state.forget_carts();
        self.check(&mut state);
        Some(state)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![
            Property::always(HOLDS, |_: &Self, state: &State| state.broken.is_none()),
            Property::always(RESTS, |protocol: &Self, state: &State| {
                let mut moves = Vec::new();
                protocol.actions(state, &mut moves);
                state.broken.is_some() || !moves.is_empty() || state.at_rest()
            }),
            Property::sometimes(ENDS, |protocol: &Self, state: &State| state.has_ended(&protocol.policy)),
        ]
    }
}
