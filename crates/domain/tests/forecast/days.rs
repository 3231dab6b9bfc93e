//! What happens on which day.

use crate::fixture::story::Story;
use crate::told::{check, days, forecast, lines, misses};
use carryover_domain::assess::Outlook;
use carryover_domain::forecast::{Forecast, Prospect};
use expect_test::expect;

#[test]
fn each_day_has_what_is_bought_ends_and_is_paid_twice() {
    check(
        "== Ash
         line SPB 25 seats until 2026-12-13 direct_mca P1Y at 365.00 EUR renews
         == Beech
         line SPB 10 seats until 2026-12-14 open P1Y at 365.00 EUR
         line E3 5 seats until unknown open",
        &[days],
        expect![[r#"
            2026-12-08, 1 must have acted
            2026-12-09, bought 1/25 for 9125.00 EUR, twice 1/25 for 25.00 EUR, 1 must have acted
            2026-12-10, bought 1/10 for 3650.00 EUR, twice 2/35 for 35.00 EUR
            2026-12-11, twice 2/35 for 35.00 EUR
            2026-12-12, twice 2/35 for 35.00 EUR, 1 must have acted
            2026-12-13, ending 1/25, twice 2/35 for 35.00 EUR
            2026-12-14, ending 1/10, twice 1/10 for 10.00 EUR
        "#]],
    );
}

#[test]
fn the_users_of_a_pair_are_paid_twice_for_once_and_the_second_licence_costs_what_it_costs() {
    check(
        "offer E3_ALONE at 365.00 EUR\noffer TEAMS at 73.00 EUR
         == Ash
         line E3 10 seats until 2026-12-13 open wants E3_ALONE with TEAMS",
        &[days, |forecast| format!("{} seat-days\n", forecast.totals.overlap_seat_days)],
        expect![[r#"
            2026-12-08, 1 must have acted
            2026-12-09, bought 2/20 for 4380.00 EUR, twice 1/10 for 12.00 EUR
            2026-12-10, twice 1/10 for 12.00 EUR
            2026-12-11, twice 1/10 for 12.00 EUR
            2026-12-12, twice 1/10 for 12.00 EUR
            2026-12-13, ending 1/10, twice 1/10 for 12.00 EUR
            50 seat-days
        "#]],
    );
}

#[test]
fn what_is_blocked_ends_all_the_same_and_what_needs_no_move_does_not() {
    check(
        "offer SPB\noffer E3 unsold
         == Ash
         line E3 10 seats until 2026-12-14 open
         == Beech
         tenant holds SPB 25 seats until 2026-12-13
         tenant holds SPB 40 seats until 2027-11-30 named other
         line SPB 25 seats until 2026-12-13 direct_mca ends",
        &[lines, days],
        expect![[r#"
            Ash: 10 E3 BLOCKED BUY_AT_END; the old one until 2026-12-14 [OFFER_END_OF_SALE]
            Beech: 25 SPB NOTHING_TO_DO NOTHING_TO_DO; the old one until 2026-12-13 [ALREADY_COVERED]
            2026-12-06, 1 must have acted
            2026-12-14, ending 1/10, 1 must have acted
        "#]],
    );
}

#[test]
fn cover_changes_on_the_days_that_it_changes() {
    let forecast = forecast(
        "== Ash
         line SPB 25 seats until 2026-12-13 open
         == Beech
         line E3 4 seats until unknown open
         line E3 7 seats until 2026-12-20 open",
    );
    let text: String = forecast
        .cover()
        .iter()
        .map(|cover| format!("{} old {} twice {} new {}\n", cover.from, cover.old, cover.twice, cover.new))
        .collect();
    expect![[r#"
        2026-12-08 old 32 twice 0 new 0
        2026-12-09 old 7 twice 25 new 0
        2026-12-14 old 7 twice 0 new 25
        2026-12-16 old 0 twice 7 new 25
        2026-12-21 old 0 twice 0 new 32
    "#]]
    .assert_eq(&text);
}

#[test]
fn what_is_bought_counts_by_its_order() {
    let story = Story::bought("line SPB 25 seats until 2026-12-13 open P1Y at 264.00 EUR");
    let migration = story.migration();
    let facts = story.known();
    let outlook = Outlook::of(&migration, &facts, &story.scene.policy, story.now);
    let shown = Forecast::of([Prospect::of(&outlook)], [], &story.scene.policy, story.now);
    expect![[r#"
        Birch Lane: 25 SPB UNDER_WAY BUY_AT_END, 25 on 2026-12-09, 5 days twice, cost 90.41 EUR, first term 6600.00 EUR; the old one until 2026-12-13
        2026-12-09, bought 1/25 for 6600.00 EUR, twice 1/25 for 18.08 EUR
        2026-12-10, twice 1/25 for 18.08 EUR
        2026-12-11, twice 1/25 for 18.08 EUR
        2026-12-12, twice 1/25 for 18.08 EUR
        2026-12-13, ending 1/25, twice 1/25 for 18.08 EUR
    "#]].assert_eq(&(lines(&shown) + &days(&shown)));
}

#[test]
fn the_log_alone_tells_the_same_once_all_is_planned() {
    let scene = "line SPB 25 seats until 2026-12-13 direct_mca P1Y at 264.00 EUR renews";
    let story = Story::imported(scene);
    assert_eq!(Prospect::recorded(&story.migration(), &story.scene.policy, story.now), None, "nothing is planned yet");
    let story = Story::planned(scene);
    let prospect = Prospect::recorded(&story.migration(), &story.scene.policy, story.now).expect("all is planned");
    let shown = Forecast::of([prospect], [], &story.scene.policy, story.now);
    expect![[r#"
        Birch Lane: 25 SPB PLANNED BUY_AT_END, 25 on 2026-12-09, 5 days twice, cost 90.41 EUR, first term 6600.00 EUR; the old one until 2026-12-13
        2026-12-08, 1 must have acted
        2026-12-09, bought 1/25 for 6600.00 EUR, twice 1/25 for 18.08 EUR
        2026-12-10, twice 1/25 for 18.08 EUR
        2026-12-11, twice 1/25 for 18.08 EUR
        2026-12-12, twice 1/25 for 18.08 EUR, 1 must have acted
        2026-12-13, ending 1/25, twice 1/25 for 18.08 EUR
    "#]].assert_eq(&(lines(&shown) + &days(&shown)));
}

/// What the log of `story` tells now.
fn recorded(story: &Story) -> String {
    let prospect = Prospect::recorded(&story.migration(), &story.scene.policy, story.now).expect("all is planned");
    let shown = Forecast::of([prospect], [], &story.scene.policy, story.now);
    lines(&shown) + &days(&shown) + &misses(&shown)
}

#[test]
fn what_waits_beyond_its_day_is_bought_today_at_the_earliest() {
    let mut story = Story::approved("relationship none\nline SPB 25 seats until 2026-12-13 open P1Y at 365.00 EUR");
    story.at("2026-12-11T10:00:00Z");
    expect![[r#"
        Birch Lane: 25 SPB UNDER_WAY BUY_AT_END, 25 on 2026-12-11, 3 days twice, cost 75.00 EUR, first term 9125.00 EUR; the old one until 2026-12-13 [NO_RELATIONSHIP]
        2026-12-11, bought 1/25 for 9125.00 EUR, twice 1/25 for 25.00 EUR, 1 must have acted
        2026-12-12, twice 1/25 for 25.00 EUR
        2026-12-13, ending 1/25, twice 1/25 for 25.00 EUR
    "#]].assert_eq(&recorded(&story));
}

#[test]
fn what_has_stopped_before_it_was_bought_counts_for_nothing_and_misses_its_date() {
    let mut story = Story::approved("relationship none\nline SPB 25 seats until 2026-12-13 open P1Y at 365.00 EUR");
    story.at("2026-12-13T10:00:00Z");
    expect![[r#"
        Birch Lane: 25 SPB STOPPED; the old one until 2026-12-13 [NO_RELATIONSHIP]
        2026-12-13, ending 1/25, 1 must have acted
        missed 2026-12-13 Birch Lane: CUSTOMER_LATE the customer has not let us sell in time
    "#]]
    .assert_eq(&recorded(&story));
}
