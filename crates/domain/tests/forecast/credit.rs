//! Our credit, which all customers share (rule R89).

use crate::fixture::story::Story;
use crate::told::{actions, check, forecast, misses, portfolio, prospect};
use carryover_domain::finding::Finding;
use carryover_domain::forecast::{Forecast, Prospect};
use expect_test::expect;
use std::fmt::Write;

/// Lines that nothing is left for.
fn beyond(forecast: &Forecast) -> String {
    let mut text = String::new();
    for line in &forecast.lines {
        for finding in line.findings.iter().filter(|finding| matches!(finding, Finding::CreditExceeded { .. })) {
            let day = line.day.expect("a day");
            writeln!(text, "{day} {} {}: {finding}", line.who.name, line.title).expect("memory");
        }
    }
    text
}

fn silent(text: &str) {
    check(text, &[beyond], expect![""]);
}

const PRICES: &str = "offer SPB at 264.00 EUR\noffer E3 at 240.00 EUR\nbilling annual";

/// Two customers who buy for 6600.00 EUR each on one day.
fn two(credit: &str) -> String {
    format!(
        "{credit}\n{PRICES}
         == Ash
         line SPB 25 seats until 2026-12-13 open
         == Beech
         line SPB 25 seats until 2026-12-13 open"
    )
}

#[test]
fn what_customers_buy_together_is_added_up() {
    silent(&two("credit seen 2026-11-02: 13200.00 EUR"));
    check(
        &two("credit seen 2026-11-02: 13199.99 EUR"),
        &[beyond, misses, |forecast| actions(forecast).lines().filter(|act| act.contains("CREDIT")).collect()],
        expect![[r#"
            2026-12-09 Beech SPB: our account would owe 13200.00 EUR with it; our credit leaves 13199.99 EUR
            missed 2026-12-09 Beech: CREDIT_EXCEEDED our account would owe 13200.00 EUR with it; our credit leaves 13199.99 EUR
            2026-12-09T00:00:00Z Beech (customer), our own people: CREDIT_EXCEEDED our account would owe 13200.00 EUR with it; our credit leaves 13199.99 EUR. Pay open invoices, ask for a higher credit limit, or approve fewer customers at a time."#]],
    );
}

#[test]
fn credit_is_to_be_settled_once_a_customer_also_where_one_line_exceeds_it_alone() {
    let asked = |alone: &str, one: &str, other: &str| {
        let lines = format!(
            "credit seen 2026-11-02: 10000.00 EUR\n{PRICES}
             == Ash
             line SPB 50 seats until {alone} open
             line E3 30 seats until {one} open
             line E3 30 seats until {other} open unnamed"
        );
        let acts = actions(&forecast(&lines));
        let days = acts.lines().filter(|act| act.contains("CREDIT")).map(|act| act.chars().take(10).collect());
        days.collect::<Vec<String>>()
    };
    assert_eq!(asked("2026-12-13", "2027-01-13", "2027-02-12"), ["2026-12-09"]);
    assert_eq!(asked("2027-02-12", "2026-12-13", "2027-01-13"), ["2027-01-11"]);
}

#[test]
fn without_a_bound_or_in_another_currency_nothing_is_added_up() {
    silent(&two(""));
    silent(&two("credit seen 2026-11-02: 1.00 USD"));
}

#[test]
fn who_buys_earlier_takes_of_the_credit_first_and_what_does_not_fit_takes_nothing() {
    check(
        &format!(
            "credit seen 2026-11-02: 10000.00 EUR\n{PRICES}
             == Ash
             line SPB 25 seats until 2026-12-20 open
             == Beech
             line SPB 25 seats until 2026-12-13 open
             == Cedar
             line E3 10 seats until 2026-12-20 open"
        ),
        &[beyond],
        expect![[r#"
            2026-12-16 Ash SPB: our account would owe 13200.00 EUR with it; our credit leaves 10000.00 EUR
        "#]],
    );
}

#[test]
fn what_is_paid_counts_no_more() {
    let twice = |paid: &str| {
        format!(
            "credit seen 2026-11-02: 6600.00 EUR{paid}\n{PRICES}
             == Ash
             line SPB 25 seats until 2026-12-13 open
             == Beech
             line SPB 25 seats until 2027-01-12 open"
        )
    };
    // Bought on 2026-12-09 and, thirty days later, on 2027-01-08.
    silent(&twice(", paid after 30 days"));
    check(
        &twice(", paid after 31 days"),
        &[beyond],
        expect![[r#"
            2027-01-08 Beech SPB: our account would owe 13200.00 EUR with it; our credit leaves 6600.00 EUR
        "#]],
    );
    check(
        &twice(""),
        &[beyond],
        expect![[r#"
            2027-01-08 Beech SPB: our account would owe 13200.00 EUR with it; our credit leaves 6600.00 EUR
        "#]],
    );
}

#[test]
fn what_was_bought_since_somebody_looked_has_taken_of_the_credit() {
    let story = Story::bought("line SPB 25 seats until 2026-12-13 open\noffer SPB at 264.00 EUR\nbilling annual");
    let (scenes, _) = portfolio(&format!("{PRICES}\n== Ash\nline SPB 25 seats until 2026-12-20 open"));
    let told = |seen: &str| {
        let (_, policy) = portfolio(&format!("credit seen {seen}: 6600.00 EUR"));
        let bought = Prospect::recorded(&story.migration(), &policy, story.now).expect("all is planned");
        let prospects = scenes.iter().map(prospect).chain([bought]);
        beyond(&Forecast::of(prospects, [], &policy, story.now))
    };
    // It was bought on 2026-12-09.
    expect![[r#"
        2026-12-16 Ash SPB: our account would owe 13200.00 EUR with it; our credit leaves 6600.00 EUR
    "#]]
    .assert_eq(&told("2026-12-09"));
    assert_eq!(told("2026-12-10"), "");
}

#[test]
fn by_the_month_a_twelfth_counts() {
    let monthly = |credit: &str| {
        format!(
            "credit seen 2026-11-02: {credit} EUR\n{PRICES}\nbilling monthly
             == Ash
             line SPB 25 seats until 2026-12-13 open
             == Beech
             line SPB 25 seats until 2026-12-13 open"
        )
    };
    silent(&monthly("1155.00"));
    check(
        &monthly("1154.99"),
        &[beyond],
        expect![[r#"
            2026-12-09 Beech SPB: our account would owe 1155.00 EUR with it; our credit leaves 1154.99 EUR
        "#]],
    );
}

#[test]
fn a_wave_that_is_too_dear_alone_is_told_once_and_takes_nothing_from_others() {
    check(
        &format!(
            "credit seen 2026-11-02: 6600.00 EUR\n{PRICES}
             == Ash
             line SPB 26 seats until 2026-12-13 open
             == Beech
             line SPB 25 seats until 2026-12-13 open"
        ),
        &[beyond],
        expect![[r#"
            2026-12-09 Ash SPB: our account would owe 6864.00 EUR with it; our credit leaves 6600.00 EUR
        "#]],
    );
}

#[test]
fn credit_changes_no_plan_and_no_prospect() {
    let (with, _) = portfolio(&two("credit seen 2026-11-02: 6600.00 EUR"));
    let (without, _) = portfolio(&two(""));
    let prospects = |scenes: &[_]| scenes.iter().map(prospect).collect::<Vec<_>>();
    assert_eq!(prospects(&with), prospects(&without));
}
