//! A forecast in words, and the portfolio that it is made of.

use crate::fixture::{Scene, in_words, read};
use carryover_domain::assess::Outlook;
use carryover_domain::finding::Finding;
use carryover_domain::forecast::{Amounts, Day, Forecast, LineForecast, Prospect};
use carryover_domain::ids::TenantId;
use carryover_domain::policy::{Credit, Policy};
use expect_test::Expect;
use std::collections::BTreeMap;
use std::fmt::Write;
use uuid::Uuid;

/// The scenes of `text`, each of a customer of its own, and the policy of all.
pub(crate) fn portfolio(text: &str) -> (Vec<Scene>, Policy) {
    let mut parts = text.split("==");
    let (mut shared, mut policy) = (String::new(), Policy::rule_book());
    for row in parts.next().unwrap_or_default().lines().map(str::trim) {
        if let Some(most) = row.strip_prefix("at most ").and_then(|rest| rest.strip_suffix(" customers a day")) {
            policy.customers_per_day_max = Some(most.parse().expect("a number"));
        } else if let Some(credit) = row.strip_prefix("credit seen ") {
            policy.credit = Some(credit_of(credit));
        } else {
            writeln!(shared, "{row}").expect("memory");
        }
    }
    let scenes = parts.map(|part| {
        let (name, scene) = part.split_once('\n').unwrap_or((part, ""));
        let name = name.trim();
        let mut scene = Scene::of(&format!("{shared}{scene}"));
        scene.policy.customers_per_day_max = policy.customers_per_day_max;
        scene.policy.credit.clone_from(&policy.credit);
        let number = name.bytes().fold(0_u128, |sum, byte| sum * 256 + u128::from(byte));
        scene.customer.tenant = TenantId::new(Uuid::from_u128(number));
        scene.customer.domain = format!("{}.example", name.to_lowercase());
        name.clone_into(&mut scene.customer.name);
        scene
    });
    (scenes.collect(), policy)
}

/// `2026-11-02: 6600.00 EUR`, and `, paid after 30 days`.
fn credit_of(text: &str) -> Credit {
    let (seen, rest) = text.split_once(": ").expect("a day and an amount");
    let (money, paid) = rest.split_once(", paid after ").unwrap_or((rest, ""));
    let (amount, currency) = money.split_once(' ').expect("an amount and a currency");
    let paid_after_days = paid.strip_suffix(" days").map(|days| days.parse().expect("a number"));
    Credit { available: BTreeMap::from([(read(currency), read(amount))]), seen: read(seen), paid_after_days }
}

pub(crate) fn prospect(scene: &Scene) -> Prospect {
    let migration = scene.migration();
    Prospect::of(&Outlook::of(&migration, &scene.facts, &scene.policy, scene.now))
}

pub(crate) fn forecast(text: &str) -> Forecast {
    let (scenes, policy) = portfolio(text);
    let now = scenes.first().expect("a customer").now;
    Forecast::of(scenes.iter().map(prospect), [], &policy, now)
}

/// Each of `parts` of the forecast in words.
pub(crate) fn check(portfolio: &str, parts: &[fn(&Forecast) -> String], expected: Expect) {
    let forecast = forecast(portfolio);
    let text: String = parts.iter().map(|part| part(&forecast)).collect();
    expected.assert_eq(&in_words(&text));
}

fn rows<T>(items: &[T], row: impl Fn(&T) -> String) -> String {
    items.iter().map(|item| row(item) + "\n").collect()
}

pub(crate) fn amounts(amounts: &Amounts) -> String {
    let all: Vec<String> = amounts.iter().map(|money| money.to_string()).collect();
    if all.is_empty() { "no known price".to_owned() } else { all.join(", ") }
}

pub(crate) fn lines(forecast: &Forecast) -> String {
    rows(&forecast.lines, line)
}

fn line(line: &LineForecast) -> String {
    let LineForecast { who, title, standing, seats, overlap_days, .. } = line;
    let mut text = format!("{}: {seats} {title} {}", who.name, standing.word());
    if let Some(course) = line.course {
        write!(text, " {}", course.word()).expect("memory");
    }
    if let (Some(day), Some(seats)) = (line.day, line.new_seats) {
        write!(text, ", {seats} on {day}, {overlap_days} days twice").expect("memory");
    }
    for (what, money) in [
        ("cost", line.overlap_cost),
        ("first term", line.first_term),
        ("given back", line.refund),
        ("lost", line.lost_value),
    ] {
        if let Some(money) = money {
            write!(text, ", {what} {money}").expect("memory");
        }
    }
    if let Some(seats) = line.saved_seats.filter(|seats| *seats > 0) {
        let saving = line.saving.map_or("no known price".to_owned(), |money| money.to_string());
        write!(text, ", {seats} seats fewer would do, {saving}").expect("memory");
    }
    if let Some(end) = line.old_end {
        write!(text, "; the old one until {end}").expect("memory");
    }
    if !line.findings.is_empty() {
        write!(text, " [{}]", line.findings.iter().map(Finding::code).collect::<Vec<_>>().join(" ")).expect("memory");
    }
    text
}

pub(crate) fn days(forecast: &Forecast) -> String {
    rows(&forecast.days, |day| {
        let Day { date, bought, first_term, ending, twice, twice_cost, acting } = day;
        let mut text = vec![date.to_string()];
        if bought.lines > 0 {
            text.push(format!("bought {}/{} for {}", bought.lines, bought.seats, amounts(first_term)));
        }
        if ending.lines > 0 {
            text.push(format!("ending {}/{}", ending.lines, ending.seats));
        }
        if twice.lines > 0 {
            text.push(format!("twice {}/{} for {}", twice.lines, twice.seats, amounts(twice_cost)));
        }
        if *acting > 0 {
            text.push(format!("{acting} must have acted"));
        }
        text.join(", ")
    })
}

pub(crate) fn actions(forecast: &Forecast) -> String {
    rows(&forecast.actions, |act| {
        let due = act.due.map_or("no date".to_owned(), |due| due.to_string());
        let level = if act.line.is_some() { "" } else { " (customer)" };
        let remedy = act.remedy.as_ref().map_or(String::new(), |remedy| format!(". {remedy}"));
        format!("{due} {}{level}, {}: {} {}{remedy}", act.who.name, act.actor, act.code, act.text)
    })
}

pub(crate) fn misses(forecast: &Forecast) -> String {
    rows(&forecast.misses, |miss| {
        let day = miss.day.map_or("no date".to_owned(), |day| day.to_string());
        format!("missed {day} {}: {} {}", miss.who.name, miss.code, miss.text)
    })
}

pub(crate) fn money(forecast: &Forecast) -> String {
    let mut text = String::new();
    for (currency, sums) in &forecast.totals.money {
        let show = |amount| carryover_domain::value::Money { amount, currency: *currency }.to_string();
        writeln!(
            text,
            "{currency}: first terms {}, paid twice {}, given back {}, lost {}, saving {}",
            show(sums.first_term),
            show(sums.overlap_cost),
            show(sums.refund),
            show(sums.lost_value),
            show(sums.saving)
        )
        .expect("memory");
    }
    let totals = &forecast.totals;
    writeln!(text, "without price {}, by the old price {}", totals.without_price, totals.by_old_price).expect("memory");
    text
}

pub(crate) fn finish(forecast: &Forecast) -> String {
    let carryover_domain::forecast::Calls { numbered, unnumbered, reads, units, swaps, batches, sign_ins } =
        forecast.calls;
    format!(
        "{} requests: {numbered} numbered, {unnumbered} not, {reads} reads of {units} units, {swaps} swaps in {batches}, {sign_ins} sign-ins; finished {}\n",
        forecast.calls.total(),
        forecast.earliest_finish.map_or("never".to_owned(), |at| at.to_string())
    )
}
