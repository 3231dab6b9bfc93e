//! The first invoice of everything that is still to be bought in one wave, against our credit.

use crate::fixture::{Scene, read};
use crate::{check, silent};
use carryover_domain::time::Term;
use carryover_domain::value::Money;
use expect_test::expect;

#[test]
fn monthly_billing_asks_for_a_twelfth_of_a_year_at_once() {
    // 25 seats at 264 are 6600 a year, and with five per cent on top 577.50 a month.
    let line = "line SPB 25 seats until 2026-12-13 open monthly\noffer SPB at 264.00 EUR";
    silent(&format!("credit 577.50 EUR\n{line}"));
    check(
        &format!("credit 577.49 EUR\n{line}"),
        expect![[r#"
            waits CREDIT_EXCEEDED: our account would owe 577.50 EUR with it; our credit leaves 577.49 EUR
        "#]],
    );
}

#[test]
fn annual_billing_asks_for_the_year_at_once() {
    let line = "line SPB 25 seats until 2026-12-13 open annual\noffer SPB at 264.00 EUR";
    silent(&format!("credit 6600.00 EUR\n{line}"));
    check(
        &format!("credit 6599.99 EUR\n{line}"),
        expect![[r#"
            waits CREDIT_EXCEEDED: our account would owe 6600.00 EUR with it; our credit leaves 6599.99 EUR
        "#]],
    );
}

#[test]
fn what_is_bought_in_another_wave_has_its_own_credit() {
    let lines = "line SPB 25 seats until 2026-12-13 open\nline E3 10 seats until 2026-12-14 open
                 line SPB 10 seats until 2027-01-13 open\noffer SPB at 264.00 EUR\noffer E3 at 240.00 EUR";
    silent(&format!("credit 9000.00 EUR\n{lines}"));
    check(
        &format!("credit 6599.00 EUR\n{lines}"),
        expect![[r#"
            line 1 waits CREDIT_EXCEEDED: our account would owe 9000.00 EUR with it; our credit leaves 6599.00 EUR
            line 2 waits CREDIT_EXCEEDED: our account would owe 9000.00 EUR with it; our credit leaves 6599.00 EUR
            line 3 nothing in the way
        "#]],
    );
}

#[test]
fn all_lines_that_are_bought_together_are_added_up() {
    let lines = "line SPB 25 seats until 2026-12-13 open\nline E3 10 seats until 2026-12-13 open
                 offer SPB at 264.00 EUR\noffer E3 at 240.00 EUR";
    silent(&format!("credit 9000.00 EUR\n{lines}"));
    check(
        &format!("credit 8999.00 EUR\n{lines}"),
        expect![[r#"
            line 1 waits CREDIT_EXCEEDED: our account would owe 9000.00 EUR with it; our credit leaves 8999.00 EUR
            line 2 waits CREDIT_EXCEEDED: our account would owe 9000.00 EUR with it; our credit leaves 8999.00 EUR
        "#]],
    );
}

#[test]
fn what_is_bought_already_has_used_its_credit() {
    silent(
        "credit 6600.00 EUR
         line SPB 25 seats until 2026-12-13 open\nline E3 10 seats until 2026-12-13 open bought new-2
         offer SPB at 264.00 EUR\noffer E3 at 240.00 EUR
         tenant holds SPB 25 seats until 2026-12-13
         tenant holds E3 10 seats until 2026-12-13\ntenant holds E3 10 seats named new-2 ours",
    );
}

#[test]
fn a_line_without_a_price_or_in_another_currency_does_not_count() {
    silent("credit 0.00 EUR\noffer SPB");
    silent("credit 0.00 EUR\noffer SPB at 264.00 USD");
}

#[test]
fn three_years_that_are_billed_by_the_year_ask_for_a_third_at_once() {
    let needs = |billing: &str| {
        let mut scene = Scene::of(&format!(
            "credit 0.00 EUR\nline SPB 100 seats until 2026-12-13 open P3Y {billing}\noffer SPB term P3Y/monthly+annual+triennial"
        ));
        let price = Money { amount: read("720.00"), currency: read("EUR") };
        scene.facts.offers.value[0].prices.insert(Term::ThreeYears, price);
        scene.findings(1).iter().map(ToString::to_string).find(|text| text.contains("credit")).expect("a finding")
    };
    expect!["our account would owe 24000.00 EUR with it; our credit leaves 0.00 EUR"].assert_eq(&needs("annual"));
    expect!["our account would owe 2000.00 EUR with it; our credit leaves 0.00 EUR"].assert_eq(&needs("monthly"));
    expect!["our account would owe 72000.00 EUR with it; our credit leaves 0.00 EUR"].assert_eq(&needs("triennial"));
}
