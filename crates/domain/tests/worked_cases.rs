//! The worked cases of the rule book in whole scenes: what assessments, plans and migrations make of them. Every case of
//! every kind is held against the rules alone by `cargo xtask vectors`.

#[allow(dead_code, reason = "each test file uses its part of the scene")]
mod fixture;

use carryover_domain::assess::Outlook;
use carryover_domain::finding::Finding;
use carryover_domain::plan::{Reassign, overlap_cost, plan};
use carryover_domain::region::csp_region;
use carryover_domain::rules::schedule::{Avoid, Lead, provision_day};
use carryover_domain::time::{End, Term, day_after, gap_days, overlap_days, start_of, utc_day};
use carryover_domain::value::{Country, Money, Seats};
use carryover_domain::{Cause, Event, Stage};
use fixture::story::{Story, plan_id};
use fixture::{Scene, instant, line_id, read, sku};
use jiff::civil::Date;
use serde_json::Value;
use std::collections::BTreeSet;

const VECTORS: &str = include_str!("data/vectors.json");

/// One case: what is given, and what is expected of it.
struct Case<'a> {
    id: &'a str,
    given: &'a Value,
    expect: &'a Value,
}

impl<'a> Case<'a> {
    fn text(&self, field: &str) -> &'a str {
        self.given[field].as_str().unwrap_or_else(|| panic!("{}: {field} is no text", self.id))
    }
    fn count(&self, field: &str) -> u32 {
        let count = self.given[field].as_u64().unwrap_or_else(|| panic!("{}: {field} is no count", self.id));
        u32::try_from(count).expect("a small count")
    }
    fn day(&self, field: &str) -> Date {
        read(self.text(field))
    }
    fn end(&self) -> End {
        End::after_day(self.day("source_end_inclusive"))
    }
    /// `found` is what the case expects of `field`.
    fn is(&self, field: &str, found: impl Into<Value>) {
        assert_eq!(self.expect[field], found.into(), "{}: {field} of {}", self.id, self.given);
    }
    fn fails_unless(&self, ok: bool) {
        self.is("ok", ok);
    }
}

#[test]
fn every_worked_case_comes_out_as_computed() {
    let book: Value = serde_json::from_str(VECTORS).expect("the vectors are JSON");
    let mut checked = BTreeSet::new();
    for vector in book["vectors"].as_array().expect("a list") {
        let (id, kind) = (vector["id"].as_str().expect("an id"), vector["kind"].as_str().expect("a kind"));
        let Some(check) = checker(kind) else { continue };
        checked.insert(kind);
        let whole = Case { id, given: &vector["given"], expect: &vector["expect"] };
        match (&vector["given"]["cases"], &vector["expect"]["cases"]) {
            (Value::Array(given), Value::Array(expect)) => {
                assert_eq!(given.len(), expect.len(), "{id}");
                assert!(!given.is_empty(), "{id}");
                given.iter().zip(expect).for_each(|(given, expect)| check(&whole, &Case { id, given, expect }));
            }
            _ => check(&whole, &whole),
        }
    }
    assert_eq!(checked.len(), 10, "{checked:?}");
}

/// Takes the whole vector, for what holds in all its cases, and one case.
type Check = fn(&Case<'_>, &Case<'_>);

fn checker(kind: &str) -> Option<Check> {
    Some(match kind {
        "term_end" => term_end,
        "normalise_end" => normalise_end,
        "provision_day" => lead,
        "overlap_cost" => overlap,
        "market" => market,
        "pool_after_end" => pool_after_end,
        "seat_buffer" => seat_buffer,
        "seat_cap" => seat_cap,
        "tenant_subscription_limit" => tenant_subscription_limit,
        "sku_match" => sku_match,
        _ => return None,
    })
}

fn term_end(_: &Case<'_>, case: &Case<'_>) {
    let months = i32::try_from(case.count("months")).expect("a small count");
    // 48 months are no term that can be bought: that case checks calendars only.
    match Term::ALL.into_iter().find(|term| term.months() == months) {
        Some(term) => case.is("end_a", term.last_day(case.day("start")).to_string()),
        None => assert_eq!(months, 48),
    }
}

fn normalise_end(_: &Case<'_>, case: &Case<'_>) {
    let value = instant(case.text("value"));
    let end = match case.text("kind") {
        "NCE_INCLUSIVE" => End::after_day(utc_day(value)),
        "LEGACY_EXCLUSIVE" | "GRAPH_NEXT_LIFECYCLE" => End::at(value),
        other => panic!("{}: {other} is no notation", case.id),
    };
    case.is("end_instant", end.instant().to_string());
    case.is("last_whole_day", end.last_whole_day().to_string());
    case.is("billing_last_day", end.billing_last_day().to_string());
}

/// The window of cancelling (rule R113) is not looked at yet.
fn lead(_: &Case<'_>, case: &Case<'_>) {
    let holidays = case.given["holidays"].as_array().expect("a list").iter();
    let holidays = holidays.map(|day| read(day.as_str().expect("a day"))).collect();
    let business_days = case.count("lead_business_days");
    let lead = Lead { business_days, holidays: &holidays, avoid: Avoid::default() };
    let found = provision_day(case.end(), &lead, case.day("today"));
    case.is("provision_day", found.day.to_string());
    case.is("late", found.late);
    case.is("overlap_days", overlap_days(case.end(), found.day));
}

fn overlap(_: &Case<'_>, case: &Case<'_>) {
    let (start, term) = (case.day("dest_start"), Term::of_word(case.text("dest_term")).expect("a term"));
    let price = Money { amount: read(case.text("dest_price_per_term")), currency: read("EUR") };
    let seats = Seats::try_new(case.count("seats")).expect("at least 1");
    let days = overlap_days(case.end(), start);
    case.is("overlap_days", days);
    case.is("gap_days", gap_days(case.end(), start));
    case.is("dest_end_inclusive", term.last_day(start).to_string());
    case.is("dest_term_days", term.days(start));
    case.is(
        "overlap_cost",
        overlap_cost(price, seats, days, term, start).map(|cost| cost.rounded().amount.to_string()),
    );
}

fn market(_: &Case<'_>, case: &Case<'_>) {
    let (partner, customer) = (case.text("partner_country"), case.text("customer_country"));
    let region = |code: &str| csp_region(read::<Country>(code));
    case.is("partner_region", region(partner));
    case.is("customer_region", region(customer));
    let found = Scene::of(&format!("we sell from {partner}\ncustomer {customer}")).findings(1);
    case.fails_unless(!found.iter().any(|one| matches!(one, Finding::CustomerInOtherRegion { .. })));
}

/// Seats to buy, by what is in use and what goes on covering; and whether the old subscription may then go.
fn pool_after_end(_: &Case<'_>, case: &Case<'_>) {
    let (consumed, other, bought) = (case.count("consumed"), case.count("other_enabled"), case.count("dest_seats"));
    let others =
        if other > 0 { format!("tenant holds SPB {other} seats until 2027-12-31 named x-1") } else { String::new() };
    let scene = Scene::of(&format!(
        "line SPB 1 seats until 2026-12-13 open\ntenant holds SPB 1 seats until 2026-12-13\n{others}\nin use SPB {consumed}"
    ));
    let migration = scene.migration();
    let seats = Outlook::of(&migration, &scene.facts, &scene.policy, scene.now).seats(&scene.lines[0]);
    // An order of no seats does not exist.
    let needed = case.expect["min_dest_seats"].as_u64().expect("a count").max(1);
    assert_eq!(u64::from(seats.get()), needed, "{}: {}", case.id, case.given);

    let mut story = Story::bought(&format!("line SPB {bought} seats until 2026-12-13 open"));
    let holds = format!(
        "tenant holds SPB {bought} seats until 2026-12-13\n{others}\nin use SPB {consumed}
         tenant holds SPB {bought} seats until 2027-12-08 named new-1 ours"
    );
    story.delivered(1, &holds);
    case.fails_unless(matches!(story.line(1).stage, Stage::WindingDown { .. }));
    story.at("2026-12-13");
    story.source(1, &holds);
    let short = story.log.iter().find_map(|(_, event)| match event {
        Event::AttentionNeeded { cause: Cause::Shortfall { consumed, pool_after }, .. } => {
            Some((*consumed, *pool_after))
        }
        _ => None,
    });
    if let Some((consumed, pool_after)) = short {
        case.is("pool_after", pool_after);
        case.is("shortfall", consumed - pool_after);
    }
    assert_eq!(short.is_none(), case.expect["ok"], "{}", case.id);
}

/// Right-sizing is not offered yet: nothing is ever bought below the seats of the source.
fn seat_buffer(_: &Case<'_>, case: &Case<'_>) {
    if case.text("mode") != "like_for_like" {
        return;
    }
    let scene = Scene::of(&format!(
        "line SPB {} seats until 2026-12-13 open\nin use SPB {}",
        case.count("source_seats"),
        case.count("consumed")
    ));
    let made = plan(&scene.migration(), &scene.facts, &scene.policy, plan_id(1), scene.now).expect("plannable");
    case.is("seats", made.lines[&line_id(1)].seats.get());
    let flagged = case.expect["flags"].as_array().expect("a list").contains(&"OVERASSIGNED_SOURCE".into());
    let found = scene.findings(1).iter().any(|one| one.code() == "OVERASSIGNED_SOURCE");
    assert_eq!(found, flagged, "{}: {}", case.id, case.given);
}

fn seat_cap(whole: &Case<'_>, case: &Case<'_>) {
    let (existing, request) = (case.count("existing_same_sku_all_channels"), case.count("request"));
    let scene = Scene::of(&format!(
        "offer SPB max {}\nline SPB {request} seats until 2026-12-13 open\nin use SPB {request}
         tenant holds SPB {existing} seats until 2026-12-13",
        whole.count("cap")
    ));
    let found = scene.findings(1);
    case.fails_unless(!found.iter().any(|one| matches!(one, Finding::SeatCap { .. })));
}

fn tenant_subscription_limit(whole: &Case<'_>, case: &Case<'_>) {
    assert_eq!(whole.count("limit"), 300);
    let lines = "line SPB 1 seats until 2026-12-13 open\n".repeat(case.count("to_add") as usize);
    let scene = Scene::of(&format!("{lines}tenant holds {} others", case.count("existing")));
    let found = scene.findings(1);
    let limit = found.iter().find(|one| matches!(one, Finding::TenantSubscriptionLimit { .. }));
    case.fails_unless(limit.is_none());
}

/// Which capability is lost is not told yet.
fn sku_match(_: &Case<'_>, case: &Case<'_>) {
    let mut scene = Scene::of("line SPB 25 seats until 2026-12-13 open wants E3");
    let (old, new) = (read(case.text("source")), read(case.text("dest")));
    scene.lines[0].sku = old;
    scene.lines[0].target = carryover_domain::portfolio::Target::Sku(new);
    for offer in &mut scene.facts.offers.value {
        offer.sku = if offer.sku == sku("E3") { new } else { offer.sku };
    }
    let tenancy = &mut scene.facts.tenancy.as_mut().expect("seen").value;
    tenancy.subscriptions[0].sku = old;
    let different = scene.findings(1).iter().any(|one| matches!(one, Finding::DifferentSku { .. }));
    case.is("match", if different { "DIFFERENT_SKU" } else { "SAME_SKU" });
    let made = plan(&scene.migration(), &scene.facts, &scene.policy, plan_id(1), scene.now).expect("plannable");
    case.is("reassign", made.lines[&line_id(1)].reassign == Reassign::SwapEachUser);
}

#[test]
fn a_day_ends_where_the_next_begins() {
    let day: Date = read("2026-12-13");
    assert_eq!(End::after_day(day).instant(), start_of(day_after(day)));
}
