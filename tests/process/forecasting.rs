//! The forecast: what `plan` says of a whole portfolio adds up, and goes to files as it goes to the screen.

use crate::harness::{assert_says, items, number, word};
use crate::journey::Journey;
use crate::portfolio::csv;
use rust_decimal::Decimal;
use serde_json::Value;
use std::collections::BTreeMap;

/// The exact amounts of `field` in `lines`, by currency.
fn sums(lines: &[Value], field: &str) -> BTreeMap<String, Decimal> {
    let mut sums = BTreeMap::new();
    for money in lines.iter().map(|line| &line[field]).filter(|money| !money.is_null()) {
        *sums.entry(word(&money["currency"]).to_owned()).or_default() += exact(money);
    }
    sums.retain(|_, sum: &mut Decimal| !sum.is_zero());
    sums
}

fn exact(money: &Value) -> Decimal {
    word(&money["exact"]).parse().expect("an amount")
}

/// The totals of `field`, by currency.
fn totals(forecast: &Value, field: &str) -> BTreeMap<String, Decimal> {
    let money = items(&forecast["totals"]["money"]).iter();
    money.map(|of| (word(&of["currency"]).to_owned(), exact(&of[field]))).filter(|(_, sum)| !sum.is_zero()).collect()
}

#[test]
fn totals_are_the_sums_of_their_lines() {
    let journey = Journey::arrive(&csv(), &[]);
    let planned = journey.workplace.json(&["plan"], 3);
    let forecast = &planned["forecast"];
    let lines = items(&forecast["lines"]);
    assert_eq!(lines.len(), 13, "{forecast}");
    for field in ["first_term", "overlap_cost", "refund", "lost_value", "saving"] {
        assert_eq!(sums(lines, field), totals(forecast, field), "{field}");
    }
    assert!(!totals(forecast, "overlap_cost").is_empty(), "the test's portfolio has prices: {forecast}");
    let standings = forecast["totals"]["standings"].as_object().expect("an object");
    let standing: u64 = standings.values().map(|count| number(&count["lines"])).sum();
    assert_eq!(standing, 13);
    let days = items(&forecast["days"]);
    let by_day = |kind: &str, what: &str| -> u64 { days.iter().map(|day| number(&day[kind][what])).sum() };
    let replaced = &forecast["totals"]["replaced"];
    assert_eq!(by_day("bought", "lines"), number(&replaced["lines"]));
    assert_eq!(by_day("bought", "seats"), number(&replaced["seats"]));
    assert_eq!(by_day("paid_twice", "seats"), number(&forecast["totals"]["overlap_seat_days"]));
    let unpriced = lines.iter().filter(|line| !line["new_seats"].is_null() && line["first_term"].is_null()).count();
    assert_eq!(u64::try_from(unpriced).expect("few"), number(&forecast["totals"]["without_price"]));
    // The plans beside it are the ones that it was made upon.
    let of_plans: usize = items(&planned["plans"]).iter().map(|plan| items(&plan["lines"]).len()).sum();
    assert_eq!(u64::try_from(of_plans).expect("few"), number(&standings["planned"]["lines"]));
}

#[test]
fn machines_get_findings_whole_requests_by_day_and_route_and_every_pool() {
    let journey = Journey::arrive(&csv(), &[]);
    let forecast = &journey.workplace.json(&["plan"], 3)["forecast"];
    let findings = || items(&forecast["lines"]).iter().flat_map(|line| items(&line["findings"]));
    for finding in findings() {
        let words = ["code", "severity", "text", "remedy"].map(|field| word(&finding[field]));
        assert!(words.iter().all(|word| !word.is_empty()) && finding["values"].is_object(), "{finding}");
    }
    let different =
        findings().find(|finding| finding["code"] == "DIFFERENT_SKU").expect("one line changes its licence");
    assert!(!word(&different["values"]["to"]).is_empty(), "{different}");
    for by in ["calls_by_day", "calls_by_route"] {
        let parts = items(&forecast[by]).iter().map(|part| number(&part["calls"]["total"]));
        let sum = parts.sum::<u64>() + number(&forecast["calls_shared"]["total"]);
        assert_eq!(sum, number(&forecast["calls"]["total"]), "{by}");
    }
    assert!(items(&forecast["cover"]).len() > 2, "{}", forecast["cover"]);
    let instants = || items(&forecast["pools"]).iter().flat_map(|pool| items(&pool["instants"]));
    assert!(instants().any(|now| number(&now["held"]) > number(&now["needed"]) && number(&now["needed"]) > 0));
}

#[test]
fn the_forecast_goes_to_a_page_and_to_a_file_for_machines() {
    let journey = Journey::arrive(&csv(), &[]);
    let workplace = &journey.workplace;
    let said = workplace.run(&["plan", "--out", "ahead.html"]).ends(3);
    assert_says(&said.out, &["Forecast", "Money", "Who must act by when", "Earliest finish", "ahead.html"]);
    assert_says(&workplace.text("ahead.html"), &["<h2 id=\"forecast\">", "Seats over time", "default-src 'none'"]);
    workplace.run(&["plan", "--out", "ahead.json"]).ends(3);
    let written: Value = serde_json::from_str(&workplace.text("ahead.json")).expect("an object");
    assert_eq!(items(&written["forecast"]["lines"]).len(), 13);
    workplace.run(&["report", "--out", "report.html"]).ends(0);
    assert_says(&workplace.text("report.html"), &["<h2 id=\"forecast\">"]);
    let refused = workplace.run(&["plan", "--out", "ahead.pdf"]).refuses(2);
    assert_says(&refused, &["ahead.pdf", ".html", ".json"]);
}

/// Customer, line, code and moment of each thing that is asked of people.
fn asked(actions: &Value) -> Vec<[String; 4]> {
    let of = |act: &Value| ["domain", "line", "code", "due"].map(|field| act[field].to_string());
    items(actions).iter().map(of).collect()
}

#[test]
fn all_that_status_asks_is_in_the_forecast_under_the_same_code_and_by_the_same_moment() {
    let journey = Journey::arrive(&csv(), &[]);
    let foreseen = asked(&journey.workplace.json(&["plan"], 3)["forecast"]["actions"]);
    let today = asked(&journey.workplace.json(&["status"], 3)["actions"]);
    assert!(today.len() > 3, "{today:?}");
    for item in today {
        assert!(foreseen.contains(&item), "{item:?} is not in {foreseen:?}");
    }
}

#[test]
fn status_lists_customers_by_what_is_due_next_and_then_by_their_domain() {
    let journey = Journey::arrive(&csv(), &[]);
    journey.workplace.run(&["plan"]).ends(3);
    let status = journey.workplace.json(&["status"], 3);
    let due = |domain: &str| {
        let own = items(&status["actions"]).iter().filter(|act| act["domain"] == domain && !act["due"].is_null());
        own.map(|act| word(&act["due"]).to_owned()).min()
    };
    let place = |customer: &Value| {
        let domain = word(&customer["domain"]).to_owned();
        (due(&domain).is_none(), due(&domain), domain)
    };
    let places: Vec<_> = items(&status["customers"]).iter().map(place).collect();
    assert!(places.len() > 3 && places.is_sorted(), "{places:?}");
}

#[test]
fn a_report_of_what_nobody_has_planned_forecasts_nothing() {
    let journey = Journey::arrive(&csv(), &[]);
    journey.workplace.run(&["report", "--out", "report.html"]).ends(0);
    assert!(!journey.workplace.text("report.html").contains("id=\"forecast\""));
}

#[test]
fn lines_that_our_credit_does_not_reach_for_are_named_with_the_amounts() {
    let journey = Journey::arrive(&csv(), &[]);
    let workplace = &journey.workplace;
    let unbounded = &workplace.json(&["plan"], 3)["forecast"];
    let invoices = || items(&unbounded["lines"]).iter().filter(|line| !line["first_invoice"].is_null());
    let all: Decimal = invoices().map(|line| exact(&line["first_invoice"])).sum();
    let currency = word(&invoices().next().expect("prices")["first_invoice"]["currency"]);
    let settings = workplace.text("carryover.toml");
    let bound = |left: Decimal| {
        let credit = format!("\n[policy.credit]\navailable = {{ {currency} = \"{left}\" }}\nseen = \"2026-11-01\"\n");
        workplace.write("carryover.toml", &(settings.clone() + &credit));
        let forecast = workplace.json(&["plan"], 3)["forecast"].clone();
        let findings = |line: &Value| items(&line["findings"]).to_vec();
        let found: Vec<Value> = items(&forecast["lines"]).iter().flat_map(findings).collect();
        found.into_iter().filter(|finding| finding["code"] == "CREDIT_EXCEEDED").collect::<Vec<_>>()
    };
    assert_eq!(bound(all), Vec::<Value>::new());
    let beyond = bound(all - Decimal::new(1, 2));
    assert_eq!(beyond.len(), 1, "{beyond:?}");
    let said = |field: &str| word(&beyond[0]["values"][field]["amount"]).parse::<Decimal>().expect("an amount");
    assert_eq!([said("needed"), said("available")], [all, all - Decimal::new(1, 2)]);
    assert_says(&workplace.run(&["plan"]).ends(3).out, &["our account would owe", "(CREDIT_EXCEEDED)"]);
}
