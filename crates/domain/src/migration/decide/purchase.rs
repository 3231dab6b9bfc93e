//! Buying once: the last look, the cart, the checkout, and finding an order again by our mark.
//!
//! The cart is a token that the service accepts once. It is recorded before it is checked out, only it is resent, and it
//! is written off only after the service called it dead and order history stayed clean for longer than its lag.

use super::{going_on, has_passed, moving, needs, passed, standing_seen};
use crate::assess::Outlook;
use crate::assess::is_over;
use crate::facts::{Cart, Facts, Purchase};
use crate::finding::{Finding, named, seats};
use crate::ids::{IntentId, LineId, PartnerId};
use crate::migration::effect::Effect;
use crate::migration::event::Event;
use crate::migration::input::Moment;
use crate::migration::state::{Cause, Line, Migration, Stage};
use crate::observed::Observed;
use crate::plan::price::Deal;
use crate::plan::{LinePlan, Route, SourceEnd, ToOrder, to_order};
use crate::policy::Policy;
use crate::portfolio::SourceLine;
use crate::reply::{Outcome, Refusal, RefusalKind};
use crate::time::{Billing, End, Term, later, utc_day};
use jiff::SignedDuration;
use jiff::civil::Date;

/// An end that has moved by this much is another one than was planned for; less is how records write the same end (rule R127).
const A_DAY: SignedDuration = SignedDuration::from_hours(24);

/// A look at everything that the purchase is decided upon (rule R127): the last one before money moves, earlier ones while
/// there is time to plan anew, and another one where what was decided upon it was not sent for too long.
pub(super) fn facts_seen(migration: &Migration, id: LineId, facts: &Facts, at: Moment, policy: &Policy) -> Vec<Event> {
    let mut events: Vec<Event> = standing_seen(migration, &facts.standing.value).into_iter().collect();
    let Some(line) = moving(migration, id) else {
        return events;
    };
    let (stage @ (Stage::Waiting { .. } | Stage::Carting { .. } | Stage::Buying { .. }), Some(plan)) =
        (line.stage.underlying(), &line.plan)
    else {
        return events;
    };
    if !facts.standing.value.may_sell() {
        return events;
    }
    if has_passed(migration, line, plan, at.now) {
        events.extend(passed(migration, id, line));
        return events;
    }
    let Some(tenancy) = &facts.tenancy else {
        events.extend(needs(id, line, Cause::Found(vec![Finding::NoDelegatedAdmin])));
        return events;
    };
    // What was approved is held against what it was planned by, whatever the customer is to be planned by now.
    let outlook = Outlook::wanting(policy.wanted(&line.own), migration, facts, policy, at.now);
    // What an offer is sold for is read anew when its cart is made; a price that is told is not.
    let priced = outlook.offer(&line.source).is_some_and(|offer| !offer.prices.is_empty());
    let looked = facts.standing.at.min(tenancy.at);
    let looked = if priced { looked.min(facts.offers.at) } else { looked };
    if at.now.duration_since(looked) > policy.facts_age_max {
        return events;
    }
    let (term_end, unshared) = match to_order(&outlook, plan) {
        ToOrder::Until(term_end) => (Some(term_end), None),
        ToOrder::Soon => (None, None),
        ToOrder::Not(finding) => (None, Some(finding)),
    };
    let mut obstacles: Vec<Finding> = outlook
        .findings(&line.source)
        .into_iter()
        .chain(differences(&outlook, &line.source, plan))
        .chain(unshared)
        .filter(|finding| finding.stops_purchase() || finding.settles())
        .filter(|finding| !line.waived.iter().any(|waived| waived.lets_pass(finding)))
        .collect();
    // What is ours already is no purchase any more, whatever else has changed of it.
    if obstacles.iter().any(is_ours) {
        obstacles.retain(is_ours);
    }
    if !obstacles.is_empty() {
        events.extend(needs(id, line, Cause::Found(obstacles)));
        return events;
    }
    // Without a source there is an obstacle: `assess` says so.
    let Some(source) = outlook.held(outlook.followed(&line.source)).map(|held| held.id.clone()) else { return events };
    let awaits_base = outlook.awaits_base(&line.source, plan);
    let due = matches!(stage, Stage::Waiting { opens } if at.now >= *opens);
    if let Some(base) = outlook.stopped_base(&line.source, plan).filter(|_| awaits_base && due) {
        events.push(Event::Compared { line: id, at: looked });
        events.extend(needs(id, line, Cause::BaseStopped { base }));
        return events;
    }
    let waits = awaits_base || !migration.goes_together(line);
    let opens = match (stage, term_end) {
        (Stage::Waiting { opens }, Some(term_end)) if at.now >= *opens && !waits => Some(term_end),
        (Stage::Carting { .. }, Some(term_end)) if line.term_end != term_end => Some(term_end),
        // Not to be ordered yet, or still what is being ordered.
        _ => None,
    };
    let late = matches!(line.stage, Stage::NeedsAttention { cause: Cause::DeliveryLate, .. });
    events.extend(match opens {
        Some(term_end) => {
            let intent = at.fresh;
            going_on(id, line, vec![Event::WindowOpened { line: id, intent, source, term_end, looked: Some(looked) }])
        }
        // A look alone brings nothing that is late.
        None if late => vec![Event::Compared { line: id, at: looked }],
        None => going_on(id, line, vec![Event::Compared { line: id, at: looked }]),
    });
    events
}

fn is_ours(finding: &Finding) -> bool {
    matches!(finding, Finding::SourceIsOurs { .. })
}

/// What differs from what the plan was made upon (rule R127).
fn differences(outlook: &Outlook<'_>, source: &SourceLine, plan: &LinePlan) -> Vec<Finding> {
    let mut found = Vec::new();
    let needed = outlook.seats(source);
    if needed > plan.seats {
        found.push(Finding::SeatsBelowConsumption { consumed: needed.get(), pool_after: plan.seats.get() });
    }
    // An end that nobody tells any more is said by `assess`.
    let moved = |end: &End| end.instant().duration_since(plan.ends.instant()).abs() >= A_DAY;
    if let Some(end) = outlook.end(source).filter(moved) {
        let (last_day, planned) = (end.last_whole_day(), plan.ends.last_whole_day());
        found.push(Finding::StateChanged {
            what: format!("the old subscription's last day is {last_day}; the plan was made for {planned}"),
        });
    }
    // Whatever was planned to be bought at once was over already, or is a trial, which nothing changes by ending.
    let served = plan.route == Route::BuyAtEnd || plan.source_end == SourceEnd::OwnerCancels;
    if let Some(held) = outlook.held(source).filter(|held| served && is_over(held)) {
        let what = format!("the old subscription is {} now; the plan was made while it served", held.status);
        found.push(Finding::StateChanged { what });
    }
    found.extend(outlook.bought_elsewhere(plan).map(|held| Finding::StateChanged {
        what: format!(
            "somebody else has bought {} of this licence since the plan: subscription {}",
            seats(held.seats),
            held.id
        ),
    }));
    found.extend(outlook.spare_no_more(source).map(|sku| Finding::StateChanged {
        what: format!(
            "{} for these users was to come from seats to spare, and they are not enough any more",
            named(&sku)
        ),
    }));
    if plan.source_end == SourceEnd::OwnerCancels && !outlook.cheaper_now(source) {
        let what = "the old subscription would not be given back for money any more, which was the reason to buy now";
        found.push(Finding::StateChanged { what: what.to_owned() });
    }
    // That nobody can be named any more is said by `assess`.
    if let Some(now) = outlook.on_record().ok().filter(|now| *now != plan.reseller) {
        let named = |id: Option<&PartnerId>| id.map_or_else(|| "no reseller".to_owned(), |id| format!("reseller {id}"));
        let (now, planned) = (named(now.as_ref()), named(plan.reseller.as_ref()));
        let what = format!("the purchase would name {now} now; the plan was made with {planned}");
        found.push(Finding::StateChanged { what });
    }
    match outlook.offer(source) {
        Some(offer) if offer.id == plan.offer && offer.sku == plan.sku => {
            // What is bought is what was approved, however many seats would do now.
            let deal = outlook.deal(source, plan.billing, utc_day(outlook.now));
            let deal = deal.map(|deal| Deal { term: plan.term, seats: plan.seats.get(), ..deal });
            let promotion = deal.and_then(|deal| deal.promotion(outlook.policy)).map(|promotion| &promotion.name);
            let lost = plan.promotion.clone().filter(|counted_on| promotion != Some(counted_on));
            match (lost, deal.and_then(|deal| deal.price(outlook.policy)), plan.price_ceiling) {
                (Some(promotion), _, _) => found.push(Finding::PromoNotEligible { promotion }),
                (None, Some(now), Some(approved)) if now != approved => {
                    found.push(Finding::PriceChanged { now, approved });
                }
                (None, None, Some(approved)) => found.push(Finding::StateChanged {
                    what: format!("the catalogue tells no price any more; {approved} was approved"),
                }),
                (None, _, _) => {}
            }
        }
        Some(offer) => found.push(Finding::StateChanged {
            what: format!("the catalogue now answers with {}; the plan was made for {}", offer.id, plan.offer),
        }),
        // Said by `assess` already.
        None => {}
    }
    found
}

pub(super) fn cart_reply(
    migration: &Migration,
    to: &Effect,
    outcome: Outcome<Cart>,
    at: Moment,
    policy: &Policy,
) -> Vec<Event> {
    let Effect::CreateCart { line: id, intent, .. } = to else {
        return Vec::new();
    };
    let Some(line) = moving(migration, *id) else {
        return Vec::new();
    };
    let (Stage::Carting { intent: current }, Some(plan)) = (line.stage.underlying(), &line.plan) else {
        return Vec::new();
    };
    if current != intent {
        return Vec::new();
    }
    let recorded = |cart: Cart| match cart_difference(&cart, plan, line.term_end) {
        None => Event::CartRecorded { line: *id, intent: *intent, cart: cart.id },
        Some(what) => Event::AttentionNeeded { line: *id, cause: Cause::CartDiffers { what } },
    };
    match settle(*id, line, outcome, at, policy) {
        Ok(cart) => going_on(*id, line, vec![recorded(cart)]),
        Err(event) => vec![*event],
    }
}

/// Invariant I4: a cart that is not what was planned is never checked out.
fn cart_difference(cart: &Cart, plan: &LinePlan, term_end: Option<Date>) -> Option<String> {
    let differs = cart.seats != plan.seats.get()
        || cart.offer != plan.offer
        || cart.term.is_some_and(|term| term != plan.term)
        || cart.billing.is_some_and(|billing| billing != plan.billing)
        || cart.term_end.is_some() && cart.term_end != term_end;
    let worded = |term: Option<Term>, billing: Option<Billing>, until: Option<Date>| {
        let words = [term.map(Term::word), billing.map(Billing::word)];
        let words: String = words.into_iter().flatten().map(|word| format!(", {word}")).collect();
        words + &until.map(|until| format!(", until {until}")).unwrap_or_default()
    };
    differs.then(|| {
        format!(
            "the cart holds {} × {}{}; the plan says {} × {}{}",
            cart.seats,
            cart.offer,
            worded(cart.term, cart.billing, cart.term_end),
            plan.seats,
            plan.offer,
            worded(Some(plan.term), Some(plan.billing), term_end)
        )
    })
}

pub(super) fn check_out_reply(
    migration: &Migration,
    to: &Effect,
    outcome: Outcome<Purchase>,
    at: Moment,
    policy: &Policy,
) -> Vec<Event> {
    let Effect::CheckOut { line: id, intent, cart, .. } = to else {
        return Vec::new();
    };
    let Some(line) = moving(migration, *id) else {
        return Vec::new();
    };
    let (Stage::Buying { intent: current, cart: recorded } | Stage::Doubting { intent: current, cart: recorded, .. }) =
        line.stage.underlying()
    else {
        return Vec::new();
    };
    if current != intent || recorded != cart {
        return Vec::new();
    }
    if let Outcome::Refused(Refusal { kind: RefusalKind::CartGone, .. }) = &outcome {
        return going_on(*id, line, vec![Event::CartGone { line: *id, cart: cart.clone(), at: at.now }]);
    }
    match settle(*id, line, outcome, at, policy) {
        Ok(purchase) => going_on(*id, line, purchased(*id, line, purchase)),
        Err(event) => vec![*event],
    }
}

/// Order history, asked for by our mark.
pub(super) fn orders_seen(
    migration: &Migration,
    id: LineId,
    asked: IntentId,
    found: &Observed<Vec<Purchase>>,
    policy: &Policy,
) -> Vec<Event> {
    let Some(line) = moving(migration, id) else {
        return Vec::new();
    };
    let events = match (line.stage.underlying(), found.value.as_slice()) {
        (Stage::Doubting { intent, since, .. }, []) if *intent == asked && found.at > later(*since, policy.settle) => {
            vec![Event::CartWrittenOff { line: id, intent: *intent }]
        }
        (Stage::Buying { intent, .. } | Stage::Doubting { intent, .. }, [purchase, rest @ ..]) if *intent == asked => {
            let mut events = purchased(id, line, purchase.clone());
            if !rest.is_empty() {
                let orders = found.value.iter().map(|purchase| purchase.order.to_string()).collect();
                events.push(Event::AttentionNeeded { line: id, cause: Cause::OrderedTwice { orders } });
            }
            events
        }
        (Stage::Provisioning { intent, bought }, found) if *intent == asked && bought.subscription.is_none() => found
            .iter()
            .find_map(|purchase| purchase.subscription.clone())
            .map(|subscription| Event::SubscriptionNamed { line: id, subscription })
            .into_iter()
            .collect(),
        _ => Vec::new(),
    };
    going_on(id, line, events)
}

/// An order was accepted: recorded in any case, and shown to a person when it is not what was planned.
fn purchased(id: LineId, line: &Line, purchase: Purchase) -> Vec<Event> {
    let what = line.plan.as_ref().and_then(|plan| order_difference(&purchase, plan));
    let differs = what.map(|what| Event::AttentionNeeded { line: id, cause: Cause::PurchaseDiffers { what } });
    std::iter::once(Event::PurchaseConfirmed { line: id, purchase }).chain(differs).collect()
}

/// Invariant I4, where the service has told only after the order what it is for. What it costs stops nobody: whether a dearer one is
/// kept is a person's to say while users get what they need.
fn order_difference(purchase: &Purchase, plan: &LinePlan) -> Option<String> {
    let Purchase { order, offer, seats, .. } = purchase;
    if *seats != plan.seats.get() || *offer != plan.offer {
        return Some(format!("order {order} is for {seats} × {offer}, the plan says {} × {}", plan.seats, plan.offer));
    }
    None
}

/// Doublings of the pause between tries that do not settle: from a minute to about an hour.
pub(super) const DOUBLINGS_MAX: u32 = 6;

/// The value of a write that was done, or the event that follows from its not being done.
pub(super) fn settle<T>(
    id: LineId,
    line: &Line,
    outcome: Outcome<T>,
    at: Moment,
    policy: &Policy,
) -> Result<T, Box<Event>> {
    let put_off = |pause: SignedDuration, answered: bool| {
        Err(Box::new(Event::PutOff { line: id, until: later(at.now, pause), answered }))
    };
    let pause = policy.retry_pause * 2_i32.pow(line.put_offs.min(DOUBLINGS_MAX));
    match outcome {
        Outcome::Done(value) => Ok(value),
        Outcome::Refused(Refusal { kind: RefusalKind::NoRelationship | RefusalKind::NoFreeUnits, .. }) => {
            put_off(policy.not_yet_pause, true)
        }
        Outcome::Refused(refusal) => Err(Box::new(Event::AttentionNeeded { line: id, cause: Cause::Refused(refusal) })),
        Outcome::Throttled { retry_after } => put_off(retry_after.max(policy.retry_pause), true),
        // Nothing was done, or nobody knows: the same request goes out again.
        Outcome::NotSent(_) | Outcome::InDoubt(_) => put_off(pause, false),
    }
}
