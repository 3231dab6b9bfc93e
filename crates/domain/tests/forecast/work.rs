//! How many requests it takes, and how soon all can be finished under the documented budgets.

use crate::told::{check, finish, forecast, misses, portfolio, prospect};
use carryover_domain::facts::Resellers;
use carryover_domain::forecast::{Budget, Forecast};
use carryover_domain::ids::PartnerId;
use carryover_domain::observed::Observed;
use carryover_domain::policy::SellsAs;
use expect_test::expect;
use jiff::SignedDuration;

#[test]
fn a_line_is_closed_at_its_first_check_where_requests_are_few() {
    check(
        "== Ash\nline SPB 25 seats until 2026-12-13 open",
        &[finish],
        expect![[r#"
            29 requests: 4 numbered, 8 not, 10 reads of 34 units, 0 swaps in 0, 7 sign-ins; finished 2026-12-14T01:00:00Z
        "#]],
    );
}

#[test]
fn a_provider_looks_at_the_resellers_of_each_customer_and_asks_each_day_whether_they_may_be_named() {
    let text = "== Ash\nline SPB 25 seats until 2026-12-13 open\n== Oak\nline SPB 9 seats until 2026-12-13 open";
    let (mut scenes, policy) = portfolio(text);
    for scene in &mut scenes {
        scene.policy.sells_as = SellsAs::IndirectProvider;
        let tied = [(PartnerId::try_new("4711000").expect("an id"), "Maple Resale".to_owned())].into();
        scene.facts.resellers = Some(Observed { value: Resellers { tied, ..Resellers::default() }, at: scene.now });
    }
    let provider = Forecast::of(scenes.iter().map(prospect), [], &policy, scenes[0].now);
    // Of each customer once before its day and once on it, and one question for both on the day on which is bought.
    assert_eq!(provider.calls.total() - forecast(text).calls.total(), 2 + 2 + 1);
}

#[test]
fn each_user_of_another_licence_is_one_call() {
    check(
        "offer SPB\noffer E3\n== Ash\nline SPB 25 seats until 2026-12-13 open wants E3",
        &[finish],
        expect![[r#"
            42 requests: 4 numbered, 8 not, 18 reads of 45 units, 25 swaps in 5, 7 sign-ins; finished 2026-12-14T01:00:00Z
        "#]],
    );
}

#[test]
fn swaps_that_the_budgets_do_not_admit_in_time_are_named() {
    check(
        "today 2026-12-13T23:58:00Z\noffer SPB max 100000\noffer E3 max 100000
         == Ash
         line SPB 7000 seats until 2026-12-13 open wants E3",
        &[finish, |forecast| {
            misses(forecast).lines().filter(|line| line.contains("SWAP")).map(|line| format!("{line}\n")).collect()
        }],
        expect![[r#"
            417 requests: 4 numbered, 8 not, 47 reads of 71 units, 7000 swaps in 352, 6 sign-ins; finished 2026-12-14T01:00:00Z
            missed 2026-12-13 Ash: SWAP_TOO_LATE the licences of 7000 users cannot be swapped in time: the request budgets and the looks between groups of users admit the last one on 2026-12-14
        "#]],
    );
}

#[test]
fn what_is_cancelled_for_its_refund_can_be_closed_a_day_after_the_purchase() {
    check(
        "offer SPB at 200.00 EUR\n== Ash\nline SPB 25 seats until 2027-09-13 direct_mosa P1Y at 264.00 EUR renews",
        &[finish],
        expect![[r#"
            25 requests: 4 numbered, 8 not, 8 reads of 26 units, 0 swaps in 0, 5 sign-ins; finished 2026-11-03T08:00:00Z
        "#]],
    );
}

#[test]
fn users_whose_groups_are_looked_at_for_too_long_are_late_by_the_margin_before_the_end() {
    let late = |users: u32| {
        let scene = format!(
            "offer SPB max 1000000\noffer E3 max 1000000\n== Ash\nline SPB {users} seats until 2026-12-13 open wants E3"
        );
        misses(&forecast(&scene)).lines().filter(|line| line.contains("SWAP")).collect::<Vec<_>>().join("\n")
    };
    // A group of five hundred every quarter of an hour, from the 9th until a day before the end.
    assert_eq!(late(185_000), "");
    expect!["missed 2026-12-13 Ash: SWAP_TOO_LATE the licences of 195000 users cannot be swapped in time: the request budgets and the looks between groups of users admit the last one on 2026-12-13"].assert_eq(&late(195_000));
}

#[test]
fn nothing_to_close_has_no_finish() {
    assert_eq!(forecast("== Ash\nline SPB 25 seats until unknown open").earliest_finish, None);
}

#[test]
fn a_span_admits_as_many_as_its_limit() {
    let wait = |count| Budget::PARTNER_CENTER.wait(count);
    assert_eq!([wait(0), wait(1), wait(500)], [SignedDuration::ZERO; 3]);
    assert_eq!([wait(501), wait(1_000)], [SignedDuration::from_mins(1); 2]);
    assert_eq!(wait(1_001), SignedDuration::from_mins(2));
}

/// Customers of 2,999 users each, who change licence two or three minutes before the end.
fn late_swaps(customers: usize, now: &str) -> usize {
    let scenes: String =
        (1..=customers).map(|n| format!("== C{n}\nline SPB 2999 seats until 2026-12-13 open wants E3\n")).collect();
    let forecast = forecast(&format!("today {now}\noffer SPB max 100000\noffer E3 max 100000\n{scenes}"));
    forecast.misses.iter().filter(|miss| miss.code == "SWAP_TOO_LATE").count()
}

#[test]
fn the_writes_of_all_customers_together_have_a_budget_of_their_own() {
    assert_eq!(late_swaps(23, "2026-12-13T23:57:00Z"), 0, "68,977 writes in five minutes");
    assert_eq!(late_swaps(24, "2026-12-13T23:57:00Z"), 24, "71,976 writes are too many");
    assert_eq!(late_swaps(5, "2026-12-13T23:58:00Z"), 0);
}

#[test]
fn the_reads_and_writes_of_one_tenant_are_added_up() {
    let scene = "offer SPB max 100000\noffer E3 max 100000\n== Ash\nline SPB 7000 seats until 2026-12-13 open wants E3";
    let late = |now: &str| {
        let forecast = forecast(&format!("today {now}\n{scene}"));
        forecast.misses.iter().any(|miss| miss.code == "SWAP_TOO_LATE")
    };
    assert!(!late("2026-12-13T23:54:00Z"), "7,000 writes take five minutes");
    assert!(late("2026-12-13T23:56:00Z"));
}

#[test]
fn only_a_swap_can_come_too_late_for_its_users() {
    for scene in [
        "today 2026-12-14T10:00:00Z\n== Ash\nline SPB 25 seats until 2026-12-13 open",
        "== Ash\nline SPB 25 seats until 2026-12-13 open wants E3",
    ] {
        assert!(forecast(scene).misses.iter().all(|miss| miss.code != "SWAP_TOO_LATE"), "{scene}");
    }
}

#[test]
fn a_customer_alone_is_finished_when_its_portfolio_is() {
    let forecast = forecast("== Ash\nline SPB 25 seats until 2026-12-13 open\nline E3 5 seats until unknown open");
    let finishes: Vec<_> = forecast.lines.iter().map(|line| line.finish).collect();
    assert!(finishes.contains(&None) && finishes.contains(&forecast.earliest_finish), "{finishes:?}");
}
