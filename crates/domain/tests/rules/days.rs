//! The day of a purchase: waves of one tenant, days that are left out of the count.

use crate::fixture::story::plan_id;
use crate::fixture::{Scene, line_id};
use carryover_domain::plan::{LinePlan, Route, SourceEnd, plan};

/// The plan of each line of the scene.
fn planned(scene: &str) -> Vec<LinePlan> {
    let scene = Scene::of(scene);
    let made = plan(&scene.migration(), &scene.facts, &scene.policy, plan_id(1), scene.now).expect("a plan");
    (1..=scene.lines.len()).map(|n| made.lines[&line_id(n)].clone()).collect()
}

/// The day of each line of the scene.
fn days(scene: &str) -> Vec<String> {
    planned(scene).iter().map(|line| line.day.to_string()).collect()
}

#[test]
fn purchases_two_days_apart_happen_on_the_earlier_day() {
    let lines = "line SPB 25 seats until 2026-12-10 open\nline E3 9 seats until 2026-12-14 open at 365.00 EUR P1Y";
    assert_eq!(days(lines), ["2026-12-08", "2026-12-08"]);
    // The later line is then paid twice from the earlier day on: seven days of nine euros.
    let moved = &planned(lines)[1];
    assert_eq!(moved.overlap_days, 7);
    assert_eq!(moved.overlap_cost.map(|cost| cost.to_string()).as_deref(), Some("63.00 EUR"));
    assert_eq!(moved.opens.to_string(), "2026-12-08T00:00:00Z");
}

#[test]
fn purchases_three_days_apart_keep_their_days() {
    let days = days("line SPB 25 seats until 2026-12-10 open\nline E3 9 seats until 2026-12-15 open");
    assert_eq!(days, ["2026-12-08", "2026-12-11"]);
}

#[test]
fn a_wave_is_reckoned_from_its_first_day_and_does_not_grow() {
    let lines = "line SPB 25 seats until 2026-12-10 open\nline E3 9 seats until 2026-12-14 open
                 line BASIC 9 seats until 2026-12-15 open";
    assert_eq!(days(lines), ["2026-12-08", "2026-12-08", "2026-12-11"]);
}

#[test]
fn what_is_bought_at_once_draws_what_is_due_within_72_hours_into_its_wave() {
    let lines =
        |until: &str| format!("line SPB 25 seats until 2026-12-10 trial ends\nline E3 9 seats until {until} open");
    assert_eq!(days(&lines("2026-11-06")), ["2026-11-02", "2026-11-02"]);
    assert_eq!(days(&lines("2026-11-09")), ["2026-11-02", "2026-11-05"]);
}

#[test]
fn a_holiday_of_the_customers_country_is_left_out_and_one_of_another_is_not() {
    assert_eq!(days(""), ["2026-12-09"]);
    assert_eq!(days("holiday of FR 2026-12-10"), ["2026-12-08"]);
    assert_eq!(days("holiday of IT 2026-12-10"), ["2026-12-09"]);
    assert_eq!(days("holiday of FR 2026-12-10\nholiday 2026-12-11"), ["2026-12-07"]);
}

#[test]
fn days_that_the_partner_avoids_are_left_out() {
    // Ordinarily Wednesday, Thursday and Friday are counted.
    assert_eq!(days("avoid fridays"), ["2026-12-08"]);
    assert_eq!(days("avoid before_holidays\nholiday 2026-12-11"), ["2026-12-07"]);
    // The 30th of November is the last business day of its month.
    let line = "line SPB 25 seats until 2026-12-02 open";
    assert_eq!(days(line), ["2026-11-30"]);
    assert_eq!(days(&format!("avoid month_end\n{line}")), ["2026-11-27"]);
}

#[test]
fn how_the_source_ends_follows_from_whether_it_goes_on_or_is_given_back() {
    let end = |line: &str| {
        let plan =
            planned(&format!("line SPB 25 seats until 2026-12-13 {line} P1Y\noffer SPB at 264.00 EUR")).remove(0);
        (plan.route, plan.source_end)
    };
    assert_eq!(end("direct_mosa ends"), (Route::BuyAtEnd, SourceEnd::RunsOut));
    assert_eq!(end("direct_mosa renews"), (Route::BuyAtEnd, SourceEnd::OwnerStopsRenewal));
    assert_eq!(end("direct_mosa unclear"), (Route::BuyAtEnd, SourceEnd::OwnerStopsRenewal));
    assert_eq!(end("open unclear"), (Route::BuyAtEnd, SourceEnd::RunsOut));
    // Without a choice for the end a paid extension follows, where there are such.
    for extended in ["nce_other_partner ends", "nce_other_partner ends option extended_term"] {
        assert_eq!(end(extended), (Route::BuyAtEnd, SourceEnd::OwnerStopsRenewal), "{extended}");
    }
    assert_eq!(end("direct_mca ends since 2026-02-09"), (Route::BuyAtEnd, SourceEnd::OwnerStopsRenewal));
    for over in ["nce_other_partner ends option cancel_at_end", "nce_other_partner ends since 2025-03-31"] {
        assert_eq!(end(over), (Route::BuyAtEnd, SourceEnd::RunsOut), "{over}");
    }
    for over in ["direct_mca ends since 2026-02-08", "legacy_csp ends", "open ends"] {
        assert_eq!(end(over), (Route::BuyAtEnd, SourceEnd::RunsOut), "{over}");
    }
    assert_eq!(end("direct_mosa renews at 300.00 EUR"), (Route::BuyNow, SourceEnd::OwnerCancels));
}

#[test]
fn days_that_have_passed_without_service_are_counted() {
    let gap = |scene: &str| {
        let found = Scene::of(scene).findings(1);
        found.iter().find(|one| one.code() == "GAP").map(ToString::to_string)
    };
    let seen = "line SPB 25 seats until 2026-12-13 open\ntenant holds SPB 25 seats until 2026-12-13";
    assert_eq!(gap(&format!("today 2026-12-14\n{seen}")), None, "it serves from the first day after");
    assert_eq!(gap(&format!("today 2026-12-15\n{seen}")).as_deref(), Some("users are without service for 1 day"));
    assert_eq!(gap(&format!("today 2026-12-15\n{seen} grace")), None, "users go on working in grace");
}

#[test]
fn a_source_by_the_month_is_replaced_three_business_days_before_its_end_at_most() {
    let day = |term: &str| days(&format!("lead 10\nline SPB 25 seats until 2026-12-13 open {term}"));
    assert_eq!(day("P1M term P1Y"), ["2026-12-09"]);
    assert_eq!(day("P1Y"), ["2026-11-30"]);
}
