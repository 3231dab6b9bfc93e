//! Plans: the day, the seats and the cost of each line; what may be planned again, and which plan may be approved.

#[allow(dead_code, reason = "each test file uses its part of the scene")]
mod fixture;

use carryover_domain::assess::Outlook;
use carryover_domain::migration::decide::import;
use carryover_domain::offer::matching;
use carryover_domain::plan::{Reassign, Route, Unplannable, Verdict, may_be_planned, overlap_cost, plan, verdicts};
use carryover_domain::reply::Outcome;
use carryover_domain::time::Term;
use carryover_domain::value::{Money, Seats};
use carryover_domain::{Answer, Stage};
use expect_test::{Expect, expect};
use fixture::story::{Story, plan_id, purchase, short};
use fixture::{Scene, in_words, line_id, read, says};
use rust_decimal::Decimal;
use std::collections::BTreeSet;

/// The plan of the scene, line by line in the order of the scene.
fn check(scene: &str, expected: Expect) {
    let scene = Scene::of(scene);
    let text = match plan(&scene.migration(), &scene.facts, &scene.policy, plan_id(1), scene.now) {
        Err(Unplannable) => format!("{Unplannable}\n"),
        Ok(made) => (1..=scene.lines.len())
            .map(|n| match made.lines.get(&line_id(n)) {
                None => format!("line {n} is not in it\n"),
                Some(line) => {
                    let route = match line.route {
                        Route::BuyAtEnd => "at its end",
                        Route::BuyNow => "now",
                    };
                    let swap = match line.reassign {
                        Reassign::Nothing => "",
                        Reassign::SwapEachUser => ", each user changes",
                    };
                    let cost = line.overlap_cost.map_or("no price known".to_owned(), |cost| cost.to_string());
                    let ceiling = line.price_ceiling.map_or(String::new(), |price| format!(", at most {price} a seat"));
                    format!(
                        "{} {} {} {} {route}: on {}, from {}{swap}; {} days twice, {cost}{ceiling}\n",
                        line.seats,
                        in_words(&line.sku.to_string()),
                        line.term,
                        line.billing,
                        line.day,
                        short(line.opens),
                        line.overlap_days,
                    )
                }
            })
            .collect(),
    };
    expected.assert_eq(&text);
}

#[test]
fn weekends_do_not_count_for_the_lead() {
    check(
        "line SPB 25 seats until 2026-12-13 open",
        expect![[r#"
        25 SPB P1Y annual at its end: on 2026-12-09, from 2026-12-09 00:00; 5 days twice, no price known
    "#]],
    );
}

#[test]
fn neither_do_holidays_of_either_calendar() {
    check(
        "holiday 2026-12-25\nline SPB 25 seats until 2026-12-27 open",
        expect![[r#"
        25 SPB P1Y annual at its end: on 2026-12-22, from 2026-12-22 00:00; 6 days twice, no price known
    "#]],
    );
    check(
        "lead 5\nholiday 2026-12-24\nholiday 2026-12-25\nholiday 2026-12-28\nline SPB 25 seats until 2026-12-31 open",
        expect![[r#"
            25 SPB P1Y annual at its end: on 2026-12-22, from 2026-12-22 00:00; 10 days twice, no price known
        "#]],
    );
}

/// The days on which the lines of `scene` are bought.
fn days(scene: &str) -> Vec<String> {
    let scene = Scene::of(scene);
    let migration = scene.migration();
    let made = plan(&migration, &scene.facts, &scene.policy, plan_id(1), scene.now).expect("a plan");
    made.lines.values().map(|line| line.day.to_string()).collect::<BTreeSet<_>>().into_iter().collect()
}

#[test]
fn what_is_being_bought_draws_what_is_due_within_72_hours_after_it() {
    let due = |until: &str| {
        format!(
            "today 2026-12-07\nline E3 5 seats until 2026-12-31 open underway\nline SPB 25 seats until {until} open"
        )
    };
    assert_eq!(days(&due("2026-12-13")), ["2026-12-07"]);
    assert_eq!(days(&due("2026-12-14")), ["2026-12-10"]);
}

#[test]
fn what_was_bought_two_days_ago_has_what_is_due_tomorrow_bought_today_and_that_draws_on() {
    let mut story = Story::bought("today 2026-12-07\nline E3 5 seats until 2026-12-31 trial ends");
    story.now = "2026-12-08T08:00:00Z".parse().expect("a time");
    let more = Scene::of(
        "line E3 5 seats until 2026-12-31 trial ends\nline SPB 25 seats until 2026-12-13 open\nline VISIO 2 seats until 2026-12-14 open
         line STANDARD 2 seats until 2026-12-15 open",
    );
    let told = import(Some(&story.migration()), more.customer.clone(), more.lines.clone(), None).expect("new lines");
    story.log.push((story.now, told));
    story.scene.facts.tenancy = more.facts.tenancy;
    story.plan(2);
    let made = story.migration().plan.expect("a plan");
    let days: Vec<String> = [2, 3, 4].map(|n| made.lines[&line_id(n)].day.to_string()).into();
    assert_eq!(days, ["2026-12-08", "2026-12-08", "2026-12-11"]);
}

#[test]
fn an_add_on_is_bought_in_the_wave_of_its_base() {
    let lines = |add_on: &str| {
        format!("line SPB 25 seats until 2026-12-13 open\nline BASIC 5 seats until 2026-12-20 open {add_on}")
    };
    check(
        &lines(""),
        expect![[r#"
            25 SPB P1Y annual at its end: on 2026-12-09, from 2026-12-09 00:00; 5 days twice, no price known
            5 BASIC P1Y annual at its end: on 2026-12-16, from 2026-12-16 00:00; 5 days twice, no price known
        "#]],
    );
    check(
        &lines("needs old-1"),
        expect![[r#"
            25 SPB P1Y annual at its end: on 2026-12-09, from 2026-12-09 00:00; 5 days twice, no price known
            5 BASIC P1Y annual at its end: on 2026-12-09, from 2026-12-09 00:00; 12 days twice, no price known
        "#]],
    );
    check(
        "line SPB 25 seats until 2026-12-20 open\nline BASIC 5 seats until 2026-12-13 open needs old-1",
        expect![[r#"
            25 SPB P1Y annual at its end: on 2026-12-09, from 2026-12-09 00:00; 12 days twice, no price known
            5 BASIC P1Y annual at its end: on 2026-12-09, from 2026-12-09 00:00; 5 days twice, no price known
        "#]],
    );
}

#[test]
fn an_add_on_whose_new_term_outlasts_that_of_its_base_is_pointed_out() {
    let scene = |term: &str| {
        let scene = Scene::of(&format!(
            "align none\nline SPB 25 seats until 2026-12-13 open {term}\nline BASIC 5 seats until 2026-12-13 open needs old-1
             offer SPB term P1M/monthly term P1Y/monthly\noffer BASIC"
        ));
        let (migration, id) = (scene.migration(), line_id(2));
        let found = verdicts(&Outlook::of(&migration, &scene.facts, &scene.policy, scene.now));
        found[&id].findings().iter().map(says).collect::<Vec<_>>()
    };
    assert_eq!(scene("P1Y"), Vec::<String>::new());
    assert_eq!(
        scene("P1M"),
        ["warns ADDON_OUTLIVES_BASE: the add-on lasts until 2027-12-08 and its base until 2027-01-08"]
    );
}

#[test]
fn a_holiday_on_a_weekend_changes_nothing() {
    check(
        "holiday 2026-12-12\nline SPB 25 seats until 2026-12-13 open",
        expect![[r#"
        25 SPB P1Y annual at its end: on 2026-12-09, from 2026-12-09 00:00; 5 days twice, no price known
    "#]],
    );
}

#[test]
fn an_end_within_a_day_serves_on_that_day_and_counts_as_paid_twice() {
    check(
        "tenant holds SPB 25 seats until 2026-12-13T15:42:10Z",
        expect![[r#"
        25 SPB P1Y annual at its end: on 2026-12-09, from 2026-12-09 00:00; 5 days twice, no price known
    "#]],
    );
}

#[test]
fn a_line_whose_day_is_today_is_bought_today_and_not_before_now() {
    check(
        "today 2026-12-09T10:00:00Z",
        expect![[r#"
        25 SPB P1Y annual at its end: on 2026-12-09, from 2026-12-09 10:00; 5 days twice, no price known
    "#]],
    );
}

#[test]
fn a_line_that_is_late_is_bought_at_once_even_on_a_weekend() {
    check(
        "today 2026-12-12T10:00:00Z",
        expect![[r#"
        25 SPB P1Y annual at its end: on 2026-12-12, from 2026-12-12 10:00; 2 days twice, no price known
    "#]],
    );
}

#[test]
fn a_trial_is_bought_at_once_and_nothing_is_paid_twice() {
    check(
        "line SPB 25 seats until 2026-12-13 trial ends\noffer SPB at 264.00 EUR",
        expect![[r#"
        25 SPB P1Y annual now: on 2026-11-02, from 2026-11-02 08:00; 0 days twice, 0.00 EUR, at most 264.00 EUR a seat
    "#]],
    );
}

#[test]
fn a_source_that_has_ended_is_replaced_at_once() {
    check(
        "today 2026-12-14T10:00:00Z\nline SPB 25 seats until 2026-12-13 open\noffer SPB at 264.00 EUR",
        expect![[r#"
        25 SPB P1Y annual now: on 2026-12-14, from 2026-12-14 10:00; 0 days twice, 0.00 EUR, at most 264.00 EUR a seat
    "#]],
    );
}

#[test]
fn a_source_in_grace_is_replaced_at_once_whatever_the_file_says() {
    check(
        "tenant holds SPB 25 seats until 2026-12-01 grace\nin use SPB 25",
        expect![[r#"
            25 SPB P1Y annual now: on 2026-11-02, from 2026-11-02 08:00; 0 days twice, no price known
        "#]],
    );
}

#[test]
fn a_disabled_source_is_replaced_at_once() {
    check(
        "tenant holds SPB 25 seats until 2027-03-01 suspended\nin use SPB 25",
        expect![[r#"
            25 SPB P1Y annual now: on 2026-11-02, from 2026-11-02 08:00; 0 days twice, no price known
        "#]],
    );
}

#[test]
fn the_earlier_of_two_ends_in_conflict_is_planned_with() {
    check(
        "tenant holds SPB 25 seats until 2026-11-29",
        expect![[r#"
        25 SPB P1Y annual at its end: on 2026-11-25, from 2026-11-25 00:00; 5 days twice, no price known
    "#]],
    );
    check(
        "tenant holds SPB 25 seats until 2027-01-13",
        expect![[r#"
        25 SPB P1Y annual at its end: on 2026-12-09, from 2026-12-09 00:00; 5 days twice, no price known
    "#]],
    );
}

#[test]
fn a_date_that_has_passed_is_from_before_a_renewal_where_the_tenant_shows_a_later_end() {
    check(
        "today 2026-12-20\ntenant holds SPB 25 seats until 2027-12-13",
        expect![[r#"
        25 SPB P1Y annual at its end: on 2027-12-09, from 2027-12-09 00:00; 5 days twice, no price known
    "#]],
    );
    // From the very instant on at which it ends.
    check(
        "today 2026-12-14T00:00:00Z\ntenant holds SPB 25 seats until 2027-12-13",
        expect![[r#"
        25 SPB P1Y annual at its end: on 2027-12-09, from 2027-12-09 00:00; 5 days twice, no price known
    "#]],
    );
}

#[test]
fn term_and_billing_are_those_that_were_asked_for() {
    check(
        "line SPB 25 seats until 2026-12-13 open P1M monthly\noffer SPB term P1M/monthly term P1Y/monthly+annual",
        expect![[r#"
            25 SPB P1M monthly at its end: on 2026-12-09, from 2026-12-09 00:00; 5 days twice, no price known
        "#]],
    );
    check(
        "line SPB 25 seats until 2026-12-13 open annual\noffer SPB term P1Y/monthly+annual",
        expect![[r#"
        25 SPB P1Y annual at its end: on 2026-12-09, from 2026-12-09 00:00; 5 days twice, no price known
    "#]],
    );
}

#[test]
fn another_term_than_the_old_one_can_be_wanted() {
    let terms = "offer SPB term P1M/monthly term P1Y/monthly+annual at 365.00 EUR";
    check(
        &format!("line SPB 25 seats until 2026-12-13 open P1M at 30.00 EUR term P1Y\n{terms}"),
        expect![[r#"
        25 SPB P1Y annual at its end: on 2026-12-09, from 2026-12-09 00:00; 5 days twice, 125.00 EUR, at most 365.00 EUR a seat
    "#]],
    );
    // The old price is one of another term, so it estimates nothing.
    check(
        "line SPB 25 seats until 2026-12-13 open P1M at 30.00 EUR term P1Y",
        expect![[r#"
        25 SPB P1Y annual at its end: on 2026-12-09, from 2026-12-09 00:00; 5 days twice, no price known
    "#]],
    );
}

#[test]
fn without_a_wish_it_is_a_year_with_the_most_frequent_billing() {
    check(
        "offer SPB term P1M/monthly term P1Y/annual+monthly",
        expect![[r#"
        25 SPB P1Y annual at its end: on 2026-12-09, from 2026-12-09 00:00; 5 days twice, no price known
    "#]],
    );
    check(
        "offer SPB term P1Y/annual",
        expect![[r#"
        25 SPB P1Y annual at its end: on 2026-12-09, from 2026-12-09 00:00; 5 days twice, no price known
    "#]],
    );
}

#[test]
fn the_overlap_is_priced_by_the_catalogue_which_is_then_the_ceiling() {
    check(
        "line SPB 25 seats until 2026-12-13 open at 150.00 EUR\noffer SPB at 264.00 EUR",
        expect![[r#"
        25 SPB P1Y annual at its end: on 2026-12-09, from 2026-12-09 00:00; 5 days twice, 90.41 EUR, at most 264.00 EUR a seat
    "#]],
    );
}

#[test]
fn without_a_catalogue_price_the_old_one_is_an_estimate_and_no_ceiling() {
    check(
        "line SPB 25 seats until 2026-12-13 open at 150.00 EUR",
        expect![[r#"
        25 SPB P1Y annual at its end: on 2026-12-09, from 2026-12-09 00:00; 5 days twice, 51.37 EUR
    "#]],
    );
    check(
        "line SPB 25 seats until 2026-12-13 open P1Y at 150.00 EUR",
        expect![[r#"
        25 SPB P1Y annual at its end: on 2026-12-09, from 2026-12-09 00:00; 5 days twice, 51.37 EUR
    "#]],
    );
}

#[test]
fn the_overlap_is_charged_by_the_days_of_the_destinations_own_term() {
    let price = Money { amount: read("264.00"), currency: read("EUR") };
    let seats = Seats::try_new(40).expect("at least 1");
    let cost =
        |term, start: &str| overlap_cost(price, seats, 5, term, read(start)).expect("an amount").rounded().to_string();
    // A year with 29 February in it, one without, and a month.
    assert_eq!(cost(Term::Year, "2027-12-28"), "144.26 EUR");
    assert_eq!(cost(Term::Year, "2026-12-28"), "144.66 EUR");
    assert_eq!(cost(Term::Month, "2026-11-01"), "1760.00 EUR");
    let absurd = Money { amount: Decimal::MAX, currency: read("EUR") };
    assert_eq!(overlap_cost(absurd, seats, 5, Term::Year, read("2026-12-28")), None);
}

#[test]
fn seats_are_bought_like_for_like() {
    check(
        "line SPB 25 seats until 2026-12-13 open\nin use SPB 10",
        expect![[r#"
        25 SPB P1Y annual at its end: on 2026-12-09, from 2026-12-09 00:00; 5 days twice, no price known
    "#]],
    );
}

#[test]
fn seats_are_raised_to_what_is_in_use() {
    check(
        "line SPB 25 seats until 2026-12-13 open\nin use SPB 28",
        expect![[r#"
        28 SPB P1Y annual at its end: on 2026-12-09, from 2026-12-09 00:00; 5 days twice, no price known
    "#]],
    );
}

#[test]
fn the_file_counts_as_use_only_while_the_tenant_cannot_be_seen() {
    check(
        "line SPB 25 seats until 2026-12-13 open assigned 28\ntenant unseen",
        expect![[r#"
        28 SPB P1Y annual at its end: on 2026-12-09, from 2026-12-09 00:00; 5 days twice, no price known
    "#]],
    );
    check(
        "line SPB 25 seats until 2026-12-13 open assigned 28\nin use SPB 25",
        expect![[r#"
        25 SPB P1Y annual at its end: on 2026-12-09, from 2026-12-09 00:00; 5 days twice, no price known
    "#]],
    );
}

#[test]
fn what_stays_covers_users_before_seats_are_raised() {
    check(
        "line SPB 25 seats until 2026-12-13 open
         tenant holds SPB 25 seats until 2026-12-13\ntenant holds SPB 10 seats until 2027-12-31 named x-9\nin use SPB 36",
        expect![[r#"
            26 SPB P1Y annual at its end: on 2026-12-09, from 2026-12-09 00:00; 5 days twice, no price known
        "#]],
    );
}

#[test]
fn what_ends_soon_after_the_source_covers_nobody() {
    check(
        "line SPB 25 seats until 2026-12-13 open
         tenant holds SPB 25 seats until 2026-12-13\ntenant holds SPB 10 seats until 2026-12-31 named x-9\nin use SPB 36",
        expect![[r#"
            36 SPB P1Y annual at its end: on 2026-12-09, from 2026-12-09 00:00; 5 days twice, no price known
        "#]],
    );
}

#[test]
fn several_lines_of_one_licence_buy_their_shortfall_once() {
    let scene = Scene::of(
        "line SPB 5 seats until 2026-12-13 open\nline SPB 7 seats until 2026-12-20 open
         line SPB 9 seats until 2027-01-13 open\nline E3 2 seats until 2026-12-13 open\nin use SPB 25",
    );
    let made = plan(&scene.migration(), &scene.facts, &scene.policy, plan_id(1), scene.now).expect("plannable");
    let seats: Vec<u32> = (1..=4).map(|n| made.lines[&line_id(n)].seats.get()).collect();
    assert_eq!(seats[..3].iter().sum::<u32>(), 25, "{seats:?}");
    assert_eq!(seats.iter().zip([5, 7, 9, 2]).filter(|(bought, old)| *bought != old).count(), 1, "{seats:?}");
}

#[test]
fn another_licence_is_bought_like_for_like_and_every_user_changes() {
    check(
        "line SPB 25 seats until 2026-12-13 open wants E3\nin use SPB 20",
        expect![[r#"
        25 E3 P1Y annual at its end: on 2026-12-09, from 2026-12-09 00:00, each user changes; 5 days twice, no price known
    "#]],
    );
}

#[test]
fn of_several_items_for_one_licence_the_first_that_can_be_bought_is_taken() {
    let scene = Scene::of("offer SPB item CCC:0001\noffer SPB item AAA:0001 unsold\noffer SPB item BBB:0001\noffer E3");
    let found = matching(&scene.lines[0], &scene.facts.offers.value);
    let ids: Vec<String> = found.iter().map(|offer| offer.id.to_string()).collect();
    assert_eq!(ids, ["BBB:0001", "CCC:0001", "AAA:0001"]);
}

#[test]
fn a_line_that_moves_into_a_wave_says_what_follows_from_its_new_day() {
    let scene = Scene::of(
        "overlap 6\nline SPB 25 seats until 2026-12-13 open\nline E3 9 seats until 2026-12-15 open
         offer SPB at 264.00 EUR\noffer E3 at 264.00 EUR",
    );
    let about = |n: usize| {
        let migration = scene.migration();
        let verdicts = verdicts(&Outlook::of(&migration, &scene.facts, &scene.policy, scene.now));
        let Verdict::Planned { plan, findings } = &verdicts[&line_id(n)] else { panic!("line {n} is not planned") };
        let time = ["OVERLAP_TOO_LONG", "WINDOW_NOT_COVERING"];
        let told = findings.iter().filter(|finding| time.contains(&finding.code())).map(says);
        (plan.day, told.collect::<Vec<_>>())
    };
    let day = read("2026-12-09");
    assert_eq!(about(1), (day, vec![]));
    let said = [
        "warns OVERLAP_TOO_LONG: 7 days would be paid twice (45.57 EUR), more than 6",
        "note WINDOW_NOT_COVERING: the new subscription can be cancelled until the day before 2026-12-16, the old one lasts until 2026-12-15",
    ];
    assert_eq!(about(2), (day, said.map(str::to_owned).to_vec()));
    // What is recorded says the same as the plan.
    let story =
        Story::planned("overlap 6\nline SPB 25 seats until 2026-12-13 open\nline E3 9 seats until 2026-12-15 open");
    assert!(story.line(2).findings.iter().any(|finding| finding.code() == "OVERLAP_TOO_LONG"));
}

#[test]
fn a_blocked_line_is_left_out_of_the_plan() {
    check(
        "line SPB 25 seats until 2026-12-13 open\nline E3 9 seats until 2026-12-13 open\noffer SPB",
        expect![[r#"
        25 SPB P1Y annual at its end: on 2026-12-09, from 2026-12-09 00:00; 5 days twice, no price known
        line 2 is not in it
    "#]],
    );
}

#[test]
fn a_plan_of_no_lines_is_no_plan() {
    check(
        "we sell from US",
        expect![[r#"
            no line can be planned: each is blocked, bought or on its way; one that stopped needs `carryover resolve LINE plan-again` first
        "#]],
    );
}

#[test]
fn a_customer_that_has_to_accept_first_is_planned_all_the_same() {
    check(
        "relationship none\nagreement unreadable\ntenant unseen",
        expect![[r#"
        25 SPB P1Y annual at its end: on 2026-12-09, from 2026-12-09 00:00; 5 days twice, no price known
    "#]],
    );
}

#[test]
fn a_plan_names_the_approved_plan_that_it_replaces() {
    let mut story = Story::planned("");
    let parent = |story: &Story| story.migration().plan.expect("a plan").parent;
    assert_eq!(parent(&story), None);
    story.change("tenant holds SPB 25 seats until 2026-12-13\nin use SPB 28");
    story.plan(2);
    assert_eq!(parent(&story), None, "plan 1 was never approved");
    story.approve(2);
    story.change("tenant holds SPB 25 seats until 2026-12-13\nin use SPB 29");
    story.plan(3);
    assert_eq!(parent(&story), Some(plan_id(2)));
}

#[test]
fn what_was_approved_holds_until_the_new_plan_is_approved() {
    let mut story = Story::approved("");
    story.change("tenant holds SPB 25 seats until 2026-12-13\nin use SPB 28");
    let seats = |story: &Story| story.line(1).plan.expect("approved").seats.get();
    story.plan(2);
    assert_eq!(seats(&story), 25);
    story.approve(2);
    assert_eq!(seats(&story), 28);
}

#[test]
fn a_line_may_be_planned_until_its_purchase_has_begun() {
    let mut story = Story::approved("");
    assert!(may_be_planned(&story.line(1).stage));
    story.at("2026-12-09");
    story.facts(1);
    assert!(!may_be_planned(&story.line(1).stage));
    let again = |story: &Story| plan(&story.migration(), &story.known(), &story.scene.policy, plan_id(2), story.now);
    assert_eq!(again(&story), Err(Unplannable));
    story.cart(1, "cart-1");
    assert_eq!(again(&story), Err(Unplannable));
    story.checked_out(1, Outcome::Done(purchase("SPB", 25, Some("new-1"), "2026-12-09")));
    assert_eq!(again(&story), Err(Unplannable));
}

#[test]
fn a_line_that_stands_before_a_person_is_planned_only_once_it_is_taken_out() {
    let mut story = Story::approved("");
    story.at("2026-12-14");
    assert!(matches!(story.line(1).stage, Stage::NeedsAttention { .. }));
    assert_eq!(plan(&story.migration(), &story.known(), &story.scene.policy, plan_id(2), story.now), Err(Unplannable));
    story.resolve(1, Answer::PlanAgain);
    assert_eq!(story.line(1).stage, Stage::Draft);
    assert_eq!(story.line(1).plan, None);
    assert!(plan(&story.migration(), &story.known(), &story.scene.policy, plan_id(2), story.now).is_ok());
}

#[test]
fn a_line_that_was_blocked_after_its_plan_was_made_is_not_approved_with_it() {
    let mut story = Story::planned("");
    story.change("offer E3");
    story.plan(2);
    story.approve(1);
    assert_eq!((story.line(1).stage, story.line(1).plan), (Stage::Blocked, None));
    story.change("offer SPB");
    story.plan(3);
    assert_eq!(story.line(1).stage, Stage::Ready);
}

#[test]
fn a_line_that_moves_into_a_wave_keeps_what_is_not_about_time_and_says_nothing_twice() {
    let scene = Scene::of(
        "overlap 4\nline SPB 25 seats until 2026-12-13 open\nline E3 9 seats until 2026-12-15 direct_mosa unclear",
    );
    let migration = scene.migration();
    let verdicts = verdicts(&Outlook::of(&migration, &scene.facts, &scene.policy, scene.now));
    let told: Vec<String> = verdicts[&line_id(2)].findings().iter().map(says).collect();
    expect![[r#"
        warns RENEWAL_STATE_UNKNOWN: nobody has said whether the old subscription renews
        warns OVERLAP_TOO_LONG: 7 days would be paid twice, more than 4
        note WINDOW_NOT_COVERING: the new subscription can be cancelled until the day before 2026-12-16, the old one lasts until 2026-12-15"#]].assert_eq(&told.join("\n"));
}
