//! What happened to a customer, event by event, with the causes: who did it, which finding with its values, what was bought, what
//! was answered. Says what was recorded and judges nothing.

use crate::render::{count, hung};
use carryover_domain::facts::{Agreement, Relationship, Standing};
use carryover_domain::finding::Finding;
use carryover_domain::ids::LineId;
use carryover_domain::migration::state::{Cause, Ending, Exit};
use carryover_domain::{Answer, Event, Migration};
use carryover_ports::Recorded;
use jiff::Timestamp;
use jiff::tz::TimeZone;

/// Left of what is told of an event: its number, and the gaps.
const MARGIN: &str = "        ";

/// All of `events` of the log of `migration`. Assessments in a row that found the same are the first one and how many more there were.
pub(super) fn of(migration: &Migration, events: &[Recorded]) -> Vec<String> {
    let alike = |one: &Recorded, next: &Recorded| {
        let assessed = |recorded: &Recorded| matches!(recorded.event, Event::Assessed { .. });
        assessed(one) && assessed(next) && told(migration, &one.event) == told(migration, &next.event)
    };
    let mut text = Vec::new();
    for run in events.chunk_by(alike) {
        let [first, more @ ..] = run else { continue };
        text.extend(sentences(migration, first));
        text.extend(more.last().map(|last| {
            let times = count(more.len(), "time more", "times more");
            format!("{}assessed {times} until then, nothing new", lead(last))
        }));
    }
    text
}

/// What stands before what is told of an event: its number and when.
fn lead(of: &Recorded) -> String {
    format!("  {:>4}  {}  ", of.number, second(of.at))
}

/// `recorded` of the log of `migration`: a line that says what and when, and what is to be told of it.
fn sentences(migration: &Migration, recorded: &Recorded) -> Vec<String> {
    let event = &recorded.event;
    let of = event.line().map(|line| format!(", {}", titled(migration, line))).unwrap_or_default();
    let mut text = hung(&lead(recorded), &format!("{}{of}", event.name()));
    text.extend(told(migration, event).iter().flat_map(|told| hung(MARGIN, told)));
    text
}

/// The product of a line, with the line's id where another has the same.
fn titled(migration: &Migration, id: LineId) -> String {
    let Some(line) = migration.lines.get(&id) else { return format!("line {id}") };
    let title = line.source.title();
    let same = migration.lines.values().filter(|other| other.source.title() == title).count();
    if same > 1 { format!("{title} (line {id})") } else { title }
}

fn second(at: Timestamp) -> String {
    at.to_zoned(TimeZone::UTC).strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
}

/// What is to be told of `event` beside its name, a sentence each.
pub(super) fn told(migration: &Migration, event: &Event) -> Vec<String> {
    match event {
        Event::Imported { customer: _, lines, by } => vec![lines_by(lines.len(), by.as_deref())],
        Event::Assessed { standing, findings, by, at: _ } => {
            let mut told = vec![by_whom(&standing_words(standing), by.as_deref())];
            for (line, found) in findings {
                let of = if findings.len() > 1 { format!("{}: ", titled(migration, *line)) } else { String::new() };
                told.extend(found.iter().map(|finding| format!("{of}{}", coded(finding))));
            }
            told
        }
        Event::PlanProposed { plan, by } => {
            vec![format!("plan {}, {}", plan.id, lines_by(plan.lines.len(), by.as_deref()))]
        }
        Event::PlanApproved { plan, by } => vec![format!("plan {plan}, by {by}")],
        Event::InvitationReady { link: _ } => vec!["the link for the customer is known".to_owned()],
        Event::StandingSeen { standing } => vec![standing_words(standing)],
        Event::Compared { line: _, at } => {
            vec![format!("nothing stands in the way, by what was read at {}", second(*at))]
        }
        Event::WindowOpened { line: _, intent, source, term_end, looked: _ } => {
            let until = term_end.map(|day| format!(", until {day}")).unwrap_or_default();
            vec![format!("the old subscription is {source}; to be bought once{until}, as {intent}")]
        }
        Event::CartRecorded { line: _, intent: _, cart } => vec![format!("cart {cart}")],
        Event::CartGone { line: _, cart, at: _ } => vec![format!("cart {cart} can no longer be checked out")],
        Event::CartWrittenOff { line: _, intent: _ } => {
            vec!["no order came of it; another cart may be made".to_owned()]
        }
        Event::PutOff { line: _, until, answered } => {
            let why = if *answered { "the answer settled nothing" } else { "no answer that settles it came" };
            vec![format!("{why}; not again before {}", second(*until))]
        }
        Event::PurchaseConfirmed { line: _, purchase } => {
            let seats = count(purchase.seats, "seat", "seats");
            let price = purchase.price_per_seat.map(|price| format!(", at {price} a seat")).unwrap_or_default();
            vec![format!("order {}: {seats} of {}{price}", purchase.order, purchase.offer)]
        }
        Event::SubscriptionNamed { line: _, subscription } => vec![format!("subscription {subscription}")],
        Event::CoverConfirmed { line: _, bought, lasts_until } => {
            let until = lasts_until.map(|day| format!(", until {day}")).unwrap_or_default();
            vec![format!("subscription {bought} is seen in the tenant{until}")]
        }
        Event::SwapPlanned { line: _, add, remove, users, failed, held: _, beside, batch } => {
            let first = batch.map(|batch| format!(", {batch} of them first")).unwrap_or_default();
            let second = beside.as_ref().map(|second| format!(" and {}", second.sku)).unwrap_or_default();
            let users = count(users.len(), "user changes", "users change");
            let mut told = vec![format!("{users} from {remove} to {add}{second}{first}")];
            told.extend(failed.iter().map(|(user, why)| format!("user {user} cannot: {why}")));
            told
        }
        Event::UserSwapped { line: _, user, at: _ } => vec![format!("user {user}")],
        Event::UserNotSwapped { line: _, user, reason } => vec![format!("user {user}: {reason}")],
        Event::BatchVerified { line: _, next: 0 } => vec!["services work for the last users".to_owned()],
        Event::BatchVerified { line: _, next } => {
            let next = count(*next, "user is", "users are");
            vec![format!("services work for those who changed; {next} next")]
        }
        Event::ReassignmentConfirmed { line: _ } => vec!["no user is left on the old licence".to_owned()],
        Event::SourceReleased { line: _, exit } => vec![match exit {
            Exit::LetExpire => "the old subscription runs out by itself".to_owned(),
            Exit::OwnerActs => "its owner is asked to let the old subscription end".to_owned(),
            Exit::OwnerConfirmed { by } => format!("{by} says that the old subscription will not renew"),
        }],
        Event::SourceEnded { line: _ } => vec!["the old subscription is seen to be over".to_owned()],
        Event::EndChecked { line: _, at: _, found } if found.is_empty() => vec!["nobody is short".to_owned()],
        Event::EndChecked { line: _, at: _, found } => found.iter().map(coded).collect(),
        Event::Settled { line: _, how: Ending::CameOver { subscription } } => {
            vec![format!("it came over to us, subscription {subscription}: nothing is bought")]
        }
        Event::Settled { line: _, how: Ending::OldKept { by } } => {
            vec![by_whom("the new subscription is cancelled, and the old one goes on", by.as_deref())]
        }
        Event::AttentionNeeded { line: _, cause } => caused(cause),
        Event::AttentionCleared { line: _ } => vec!["what was missing is there".to_owned()],
        Event::Resolved { line: _, answer, by } => vec![format!("{}, says {by}", word(*answer))],
        Event::Paused { by } | Event::Resumed { by } | Event::Cancelled { by } => vec![format!("by {by}")],
        Event::Labelled { labels, by } => {
            let labels: Vec<String> = labels.iter().map(|(name, value)| format!("{name}={value}")).collect();
            vec![by_whom(&labels.join(", "), Some(by))]
        }
        Event::PolicySet { own, by } => {
            let said: Vec<String> = own.said().iter().map(|(key, value)| format!("{key}={value}")).collect();
            let said = if said.is_empty() { "planned by the settings alone".to_owned() } else { said.join(", ") };
            vec![by_whom(&said, Some(by))]
        }
    }
}

fn caused(cause: &Cause) -> Vec<String> {
    match cause {
        Cause::Found(findings) => findings.iter().map(coded).collect(),
        other => vec![format!("{}: {other}", other.code())],
    }
}

fn coded(finding: &Finding) -> String {
    format!("{}: {finding}", finding.code())
}

fn lines_by(lines: usize, by: Option<&str>) -> String {
    by_whom(&count(lines, "line", "lines"), by)
}

/// `what`, and by whom where somebody gave a name.
fn by_whom(what: &str, by: Option<&str>) -> String {
    match by {
        Some(by) if what.is_empty() => format!("by {by}"),
        Some(by) => format!("{what}, by {by}"),
        None => what.to_owned(),
    }
}

fn standing_words(standing: &Standing) -> String {
    let Standing { relationship, agreement, agreed } = standing;
    let relationship = match relationship {
        Relationship::Reseller => "we may sell".to_owned(),
        Relationship::None => "we may not sell yet".to_owned(),
        Relationship::Other(word) => format!("the relationship is `{word}`"),
    };
    let agreed = agreed.map(|day| format!(" on {day}")).unwrap_or_default();
    let agreement = match agreement {
        Agreement::Accepted => format!("the agreement is accepted{agreed}"),
        Agreement::Missing => "the agreement is missing".to_owned(),
        Agreement::SettledOutside => "the agreement is settled outside, as the settings say".to_owned(),
        Agreement::Unreadable => "the agreement cannot be read yet".to_owned(),
    };
    format!("{relationship}, {agreement}")
}

fn word(answer: Answer) -> &'static str {
    match answer {
        Answer::GoOn => "go on",
        Answer::PlanAgain => "plan again",
        Answer::RenewalStopped => "the renewal is stopped",
        Answer::OldKept => "the old one is kept",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use carryover_domain::ids::TenantId;
    use carryover_domain::portfolio::{Customer, SourceLine};
    use carryover_domain::program::SourceProgram;
    use carryover_domain::replay;
    use carryover_domain::value::Seats;
    use std::collections::BTreeMap;
    use uuid::Uuid;

    const SKU: &str = "cbdc14ab-d96c-4c30-b9f4-6ada7cdc1d46";

    fn line(key: &str, product: &str) -> SourceLine {
        let id = LineId::of(TenantId::new(Uuid::from_u128(0xC1)), key);
        let seats = Seats::try_new(9).expect("seats");
        let least = SourceLine::least(id, SourceProgram::DirectMca, SKU.parse().expect("a licence"), seats);
        SourceLine { product_name: Some(product.to_owned()), ..least }
    }

    fn imported(lines: &[SourceLine]) -> Event {
        let customer = Customer {
            tenant: TenantId::new(Uuid::from_u128(0xC1)),
            domain: "birchlane.example".to_owned(),
            name: "Birch Lane".to_owned(),
            country: "DE".parse().expect("a country"),
        };
        Event::Imported { customer, lines: lines.to_vec(), by: Some("mia".to_owned()) }
    }

    fn check(lines: &[SourceLine], event: Event) -> String {
        let migration = replay([&imported(lines)]).expect("an import");
        let at = "2026-12-09T08:00:01.123456789Z".parse().expect("an instant");
        let text = sentences(&migration, &Recorded { migration: migration.id, number: 12, at, event });
        assert!(text.iter().all(|line| line.chars().count() <= 100), "{text:?}");
        text.join("\n")
    }

    #[test]
    fn what_stopped_a_line_is_told_with_its_code_and_values() {
        let visio = line("visio", "Visio Plan 2");
        let stopped = |cause| Event::AttentionNeeded { line: visio.id, cause };
        assert_eq!(
            check(std::slice::from_ref(&visio), stopped(Cause::Shortfall { consumed: 30, pool_after: 12 })),
            "    12  2026-12-09 08:00:01 UTC  attention_needed, Visio Plan 2\n        \
             SEATS_BELOW_CONSUMPTION: 30 licences are in use and 12 would be left without the old\n        subscription"
        );
        let found = vec![Finding::SourceDeleted, Finding::AlreadyCovered { consumed: 7, cover: 20 }];
        let text = check(std::slice::from_ref(&visio), stopped(Cause::Found(found)));
        assert!(text.contains("SOURCE_DELETED: ") && text.contains("ALREADY_COVERED: 7 licences"), "{text}");
    }

    #[test]
    fn findings_name_their_product_where_there_are_several_and_its_line_where_two_have_one() {
        let (one, other) = (line("one", "Visio Plan 2"), line("other", "Visio Plan 2"));
        let findings = BTreeMap::from([(one.id, vec![Finding::SourceDeleted]), (other.id, Vec::new())]);
        let standing = Standing::new(Relationship::None, Agreement::Unreadable);
        let assessed = Event::Assessed { standing, findings, by: Some("mia".to_owned()), at: None };
        let text = check(&[one.clone(), other], assessed);
        assert!(text.contains("we may not sell yet, the agreement cannot be read yet, by mia"), "{text}");
        assert!(text.contains(&format!("Visio Plan 2 (line {}): SOURCE_DELETED", one.id)), "{text}");
    }

    #[test]
    fn assessments_that_find_the_same_are_told_once_with_how_many_more_there_were() {
        let visio = line("visio", "Visio Plan 2");
        let assessed = |found: Vec<Finding>, by: &str| Event::Assessed {
            standing: Standing::new(Relationship::Reseller, Agreement::Accepted),
            findings: BTreeMap::from([(visio.id, found)]),
            by: Some(by.to_owned()),
            at: None,
        };
        let migration = replay([&imported(std::slice::from_ref(&visio))]).expect("an import");
        let same = || assessed(Vec::new(), "mia");
        let events = [
            same(),
            same(),
            same(),
            assessed(vec![Finding::SourceDeleted], "mia"),
            same(),
            assessed(Vec::new(), "ben"),
        ];
        let recorded: Vec<Recorded> = (2..)
            .zip(events)
            .map(|(number, event)| {
                let at = format!("2026-12-{number:02}T08:00:00Z").parse().expect("an instant");
                Recorded { migration: migration.id, number, at, event }
            })
            .collect();
        let heads: Vec<String> =
            of(&migration, &recorded).into_iter().filter(|line| !line.starts_with(MARGIN)).collect();
        let expected = [
            "     2  2026-12-02 08:00:00 UTC  assessed",
            "     4  2026-12-04 08:00:00 UTC  assessed 2 times more until then, nothing new",
            "     5  2026-12-05 08:00:00 UTC  assessed",
            "     6  2026-12-06 08:00:00 UTC  assessed",
            "     7  2026-12-07 08:00:00 UTC  assessed",
        ];
        assert_eq!(heads, expected);
    }

    #[test]
    fn a_long_reason_is_folded_and_not_cut() {
        let visio = line("visio", "Visio Plan 2");
        let reason = "the licence cannot be assigned because ".repeat(6) + "ultimately";
        let user = carryover_domain::ids::UserId::new(Uuid::from_u128(7));
        let text = check(std::slice::from_ref(&visio), Event::UserNotSwapped { line: visio.id, user, reason });
        assert!(text.ends_with("ultimately"), "{text}");
    }
}
