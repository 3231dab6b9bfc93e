//! How many seats are bought, what the partner asks for, and what covers the users besides.

use crate::fixture::Scene;
use crate::{check, codes, silent};
use carryover_domain::assess::Outlook;
use expect_test::expect;

/// Seats of the order of each line.
fn seats(scene: &str) -> Vec<u32> {
    let scene = Scene::of(scene);
    let migration = scene.migration();
    let outlook = Outlook::of(&migration, &scene.facts, &scene.policy, scene.now);
    scene.lines.iter().map(|line| outlook.seats(line).get()).collect()
}

#[test]
fn like_for_like_buys_the_seats_of_the_source_and_more_where_more_are_in_use() {
    assert_eq!(seats("in use SPB 9"), [25]);
    assert_eq!(seats("in use SPB 26"), [26]);
}

#[test]
fn right_size_buys_what_is_in_use() {
    assert_eq!(seats("sizing right\nin use SPB 9"), [9]);
    assert_eq!(seats("sizing right\nin use SPB 25"), [25]);
    assert_eq!(seats("sizing right\nin use SPB 26"), [26]);
    check(
        "sizing right\nin use SPB 9",
        expect![[r#"
        warns SEATS_REDUCED: 9 seats would be bought; 25 are paid for today
    "#]],
    );
    assert_eq!(codes("sizing right\nin use SPB 25"), Vec::<&str>::new());
}

#[test]
fn the_buffer_is_rounded_up_and_never_goes_above_the_source() {
    assert_eq!(seats("sizing right buffer 10\nin use SPB 11"), [13]);
    assert_eq!(seats("sizing right buffer 10\nin use SPB 24"), [25]);
}

#[test]
fn nobody_uses_it_and_one_seat_is_bought_all_the_same() {
    assert_eq!(seats("sizing right\nin use SPB 0"), [1]);
    assert_eq!(codes("in use SPB 0"), ["NO_CONSUMPTION_REVIEW"]);
    assert_eq!(codes("in use SPB 1"), Vec::<&str>::new());
}

#[test]
fn a_subscription_of_ours_that_is_in_the_file_covers_users_as_any_other_that_stays() {
    let in_use = |users: u32| {
        seats(&format!(
            "sizing right\nline SPB 40 seats until 2026-12-13 direct_mca\nline SPB 60 seats until 2027-12-13 open
             tenant holds SPB 40 seats until 2026-12-13\ntenant holds SPB 60 seats until 2027-12-13 named new-9 ours
             in use SPB {users}"
        ))[0]
    };
    assert_eq!(in_use(100), 40);
    assert_eq!(in_use(75), 15);
}

#[test]
fn a_subscription_of_ours_that_is_in_the_file_and_ends_soon_is_cover_once_it_is_renewed() {
    let found = |until: &str| {
        codes(&format!(
            "line SPB 25 seats until 2026-12-13 open\nline SPB 25 seats until {until} open
             tenant holds SPB 25 seats until 2026-12-13\ntenant holds SPB 25 seats until {until} named new-9 ours
             in use SPB 50"
        ))
    };
    assert_eq!(found("2026-12-20"), ["COVER_ENDS_SOON"]);
    assert_eq!(found("2027-12-20"), Vec::<&str>::new());
}

#[test]
fn what_serves_the_whole_tenant_has_no_users_to_count() {
    assert_eq!(seats("sizing right\nin use SPB 0\ntenant serves SPB"), [25]);
    silent("in use SPB 0\ntenant serves SPB");
}

#[test]
fn right_size_is_spread_over_the_lines_in_their_order() {
    let lines = "sizing right\nline SPB 10 seats until 2026-12-13 open\nline SPB 10 seats until 2026-12-13 open";
    let both = |in_use: u32| {
        let mut bought = seats(&format!("{lines}\nin use SPB {in_use}"));
        bought.sort_unstable();
        bought
    };
    assert_eq!(both(14), [4, 10]);
    assert_eq!(both(20), [10, 10]);
    assert_eq!(both(23), [10, 13]);
}

#[test]
fn a_number_that_the_portfolio_asks_for_stands_and_is_shown_when_smaller() {
    let line = |n: u32| format!("line SPB 25 seats until 2026-12-13 open targets {n}\nin use SPB 20");
    assert_eq!(seats(&line(20)), [20]);
    assert_eq!(seats(&line(30)), [30]);
    check(
        &line(20),
        expect![[r#"
        warns SEATS_REDUCED: 20 seats would be bought; 25 are paid for today
    "#]],
    );
    silent(&line(25));
    check(
        &line(19),
        expect![[r#"
        blocks SEATS_BELOW_CONSUMPTION: 20 licences are in use and only 19 would be left after the old subscription ends
        warns SEATS_REDUCED: 19 seats would be bought; 25 are paid for today
    "#]],
    );
}

#[test]
fn what_one_line_asks_for_the_others_need_not_buy() {
    let lines =
        "sizing right\nline SPB 10 seats until 2026-12-13 open targets 12\nline SPB 10 seats until 2026-12-13 open";
    assert_eq!(seats(&format!("{lines}\nin use SPB 14")), [12, 2]);
}

#[test]
fn before_the_tenant_can_be_seen_the_file_says_how_many_are_in_use() {
    let line = |words: &str| format!("line SPB 25 seats until 2026-12-13 open {words}\ntenant unseen");
    assert_eq!(seats(&line("assigned 30")), [30]);
    assert_eq!(seats(&line("assigned 9")), [25]);
    assert_eq!(codes(&line("assigned 20 targets 20")), ["NO_GDAP", "SEATS_REDUCED"]);
    check(
        &line("assigned 21 targets 20"),
        expect![[r#"
        blocks SEATS_BELOW_CONSUMPTION: 21 licences are in use and only 20 would be left after the old subscription ends
        waits NO_GDAP: we may sell to the customer but not look into its tenant
        warns SEATS_REDUCED: 20 seats would be bought; 25 are paid for today
    "#]],
    );
}

#[test]
fn what_stays_covers_every_user_and_nothing_has_to_be_bought() {
    let scene = |seats: u32| {
        format!(
            "tenant holds SPB 25 seats until 2026-12-13\ntenant holds SPB {seats} seats named x-9 until 2027-12-31\nin use SPB 20"
        )
    };
    check(
        &scene(20),
        expect![[r#"
        note ALREADY_COVERED: 20 licences are in use and 20 stay without this subscription
    "#]],
    );
    assert_eq!(codes(&scene(19)), Vec::<&str>::new());
    let asked = format!("line SPB 25 seats until 2026-12-13 open targets 25\n{}", scene(20));
    assert_eq!(codes(&asked), Vec::<&str>::new());
    let other = format!("line SPB 25 seats until 2026-12-13 open wants E3\n{}", scene(20));
    assert!(!codes(&other).contains(&"ALREADY_COVERED"));
}

#[test]
fn what_may_not_last_is_no_cover() {
    let beside = |words: &str| {
        codes(&format!(
            "tenant holds SPB 25 seats until 2026-12-13\ntenant holds SPB 25 seats named x-9 {words}\nin use SPB 20"
        ))
    };
    assert_eq!(beside("until 2027-12-31"), ["ALREADY_COVERED"]);
    assert_eq!(beside(""), Vec::<&str>::new());
    assert_eq!(beside("until 2027-12-31 trial"), Vec::<&str>::new());
    assert_eq!(beside("until 2027-12-31 grace"), Vec::<&str>::new());
    assert_eq!(beside("until 2027-12-31 ours"), ["DUPLICATE_DESTINATION"]);
}

#[test]
fn a_term_of_three_years_needs_a_hundred_seats() {
    let line = |n: u32| format!("line SPB {n} seats until 2026-12-13 open P3Y\noffer SPB term P3Y/annual");
    silent(&line(100));
    assert_eq!(codes(&line(99)), ["SEATS_BELOW_MIN"]);
}

#[test]
fn right_size_is_spread_only_over_lines_that_end_within_three_days() {
    let both = |until: &str| {
        let mut bought = seats(&format!(
            "sizing right\nline SPB 10 seats until 2026-12-13 open\nline SPB 10 seats until {until} open\nin use SPB 14"
        ));
        bought.sort_unstable();
        bought
    };
    assert_eq!(both("2026-12-15"), [4, 10]);
    assert_eq!(both("2026-12-16"), [10, 10]);
}

#[test]
fn what_a_later_line_buys_beyond_its_own_seats_covers_nobody_before() {
    let lines = |first: &str, second: &str| {
        let scene = Scene::of(&format!(
            "line SPB 10 seats until 2026-12-13 open {first}\nline SPB 10 seats until 2027-03-13 open {second}\nin use SPB 25"
        ));
        [1, 2].map(|n| scene.findings(n).iter().any(|finding| finding.code() == "SEATS_BELOW_CONSUMPTION"))
    };
    assert_eq!(lines("targets 10", "targets 20"), [true, false], "until March the second line has ten seats");
    assert_eq!(lines("targets 20", "targets 10"), [false, false]);
}

#[test]
fn what_needs_no_move_brings_no_seats_to_the_others() {
    let second = |scene: &str| seats(&format!("{scene}\nin use SPB 25"))[1];
    assert_eq!(
        second("line SPB 10 seats until 2026-12-13 open called FLOW_FREE\nline SPB 10 seats until 2026-12-13 open"),
        25
    );
    assert_eq!(second("line SPB 10 seats until 2026-12-13 open\nline SPB 10 seats until 2026-12-13 open") % 5, 0);
}

#[test]
fn only_where_every_line_is_a_trial_is_bought_by_need() {
    assert_eq!(seats("line SPB 25 seats until 2026-12-13 trial ends\nin use SPB 9"), [9]);
    let mixed = "line SPB 25 seats until 2026-12-13 trial ends\nline SPB 10 seats until 2026-12-13 open\nin use SPB 9";
    assert_eq!(seats(mixed), [25, 10]);
    let unseen = |words: &str| seats(&format!("line SPB 25 seats until 2026-12-13 trial ends {words}\ntenant unseen"));
    assert_eq!(unseen("assigned 9"), [9], "the file says it before the tenant does");
    assert_eq!(unseen(""), [25], "nobody says how many are in use");
}

#[test]
fn a_trial_that_nobody_uses_needs_no_successor() {
    let trial = "line SPB 25 seats until 2026-12-13 trial ends";
    check(
        &format!("{trial}\nin use SPB 0"),
        expect![[r#"
            note ALREADY_COVERED: nobody uses the licence, and it costs nothing
        "#]],
    );
    assert_eq!(codes("line SPB 25 seats until unknown trial ends\nin use SPB 0"), ["ALREADY_COVERED"]);
    assert_eq!(codes(&format!("{trial}\nin use SPB 1")), ["SEATS_REDUCED", "TRIAL_SOURCE"]);
    assert!(!codes(&format!("{trial} targets 5\nin use SPB 0")).contains(&"ALREADY_COVERED"), "somebody wants it");
    assert!(!codes(&format!("{trial}\nin use SPB 0\ntenant serves SPB")).contains(&"ALREADY_COVERED"));
    assert!(!codes(&format!("{trial} assigned 0\ntenant unseen")).contains(&"ALREADY_COVERED"), "nobody has looked");
}

#[test]
fn what_several_lines_ask_for_together_the_others_need_not_buy() {
    let asks = |n: u32| format!("line SPB 10 seats until 2026-12-13 open targets {n}");
    let lines = format!("sizing right\n{}\n{}\nline SPB 10 seats until 2026-12-13 open", asks(6), asks(4));
    assert_eq!(seats(&format!("{lines}\nin use SPB 17")), [6, 4, 7]);
    assert_eq!(seats(&format!("{lines}\nin use SPB 9")), [6, 4, 1], "never fewer than one");
}

#[test]
fn users_of_another_licence_whose_order_has_no_name_yet_are_not_counted_as_arriving() {
    use crate::fixture::story::{Story, purchase};
    use carryover_domain::reply::Outcome;
    let seats_of_the_other = |name: Option<&str>, more: &str| {
        let mut story = Story::approved(
            "sizing right\nline BASIC 10 seats until 2026-12-13 open wants SPB\nline SPB 25 seats until 2027-06-13 open",
        );
        story.at("2026-12-09");
        story.facts(1);
        story.cart(1, "cart-1");
        story.checked_out(1, Outcome::Done(purchase("SPB", 10, name, "2026-12-09")));
        story.change(&format!(
            "tenant holds BASIC 10 seats until 2026-12-13\ntenant holds SPB 25 seats until 2027-06-13 named old-2\n{more}\nin use BASIC 10\nin use SPB 20"
        ));
        let (migration, facts) = (story.migration(), story.known());
        let outlook = Outlook::of(&migration, &facts, &story.scene.policy, story.now);
        outlook.seats(&story.scene.lines[1]).get()
    };
    assert_eq!(seats_of_the_other(None, ""), 20, "neither they nor their seats are in the pool");
    assert_eq!(seats_of_the_other(Some("new-1"), ""), 20);
    let shown = "tenant holds SPB 10 seats until 2027-12-08 named new-1 ours";
    assert_eq!(seats_of_the_other(Some("new-1"), shown), 20, "both are: ten seats for ten who come");
}
