//! A line in the forecast at each stage of its way: what still has to be asked of the services, and where it stands.

use crate::fixture::story::{Story, holder};
use crate::told::{actions, check, days, finish, lines};
use carryover_domain::Command;
use carryover_domain::assess::Outlook;
use carryover_domain::forecast::{Amounts, Forecast, LineForecast, PricedBy, Prospect, Seen, Standing};
use carryover_domain::policy::{NewPlans, OwnPolicy};
use carryover_domain::reply::Outcome;
use carryover_domain::value::Money;
use expect_test::{Expect, expect};

/// The line and the requests that are left, by what the log alone tells.
fn recorded(story: &Story) -> String {
    let prospect = Prospect::recorded(&story.migration(), &story.scene.policy, story.now).expect("all is planned");
    let shown = Forecast::of([prospect], [], &story.scene.policy, story.now);
    lines(&shown) + &finish(&shown)
}

/// The same with all that can be seen now.
fn seen(story: &Story) -> Forecast {
    let (migration, facts) = (story.migration(), story.known());
    let outlook = Outlook::of(&migration, &facts, &story.scene.policy, story.now);
    Forecast::of([Prospect::of(&outlook)], [], &story.scene.policy, story.now)
}

fn tells(story: &Story, expected: Expect) {
    expected.assert_eq(&crate::fixture::in_words(&recorded(story)));
}

#[test]
fn the_further_a_swap_is_the_fewer_requests_are_left() {
    let scene = "line SPB 3 seats until 2026-12-13 direct_mca ends wants E3";
    tells(
        &Story::approved(scene),
        expect![[r#"
            Birch Lane: 3 SPB UNDER_WAY BUY_AT_END, 3 on 2026-12-09, 5 days twice; the old one until 2026-12-13 [CANCEL_AT_END_SET_EARLY DIFFERENT_SKU]
            34 requests: 4 numbered, 8 not, 14 reads of 41 units, 3 swaps in 1, 7 sign-ins; finished 2026-12-14T01:00:00Z
        "#]],
    );
    let mut story = Story::bought(scene);
    tells(
        &story,
        expect![[r#"
            Birch Lane: 3 SPB UNDER_WAY BUY_AT_END, 3 on 2026-12-09, 5 days twice; the old one until 2026-12-13 [CANCEL_AT_END_SET_EARLY DIFFERENT_SKU]
            19 requests: 2 numbered, 0 not, 12 reads of 33 units, 3 swaps in 1, 4 sign-ins; finished 2026-12-14T01:00:00Z
        "#]],
    );
    let holds = |in_use| {
        format!(
            "tenant holds SPB 3 seats until 2026-12-13
             tenant holds E3 3 seats until 2027-12-08 named new-1 ours\nin use SPB {in_use}"
        )
    };
    story.delivered(1, &holds(3));
    tells(
        &story,
        expect![[r#"
            Birch Lane: 3 SPB UNDER_WAY BUY_AT_END, 3 on 2026-12-09, 5 days twice; the old one until 2026-12-13 [CANCEL_AT_END_SET_EARLY DIFFERENT_SKU]
            16 requests: 0 numbered, 0 not, 11 reads of 29 units, 3 swaps in 1, 4 sign-ins; finished 2026-12-14T01:00:00Z
        "#]],
    );
    story.holders(1, vec![holder(1), holder(2)]);
    story.swapped(1, 1, Outcome::Done(()));
    tells(
        &story,
        expect![[r#"
            Birch Lane: 3 SPB UNDER_WAY BUY_AT_END, 3 on 2026-12-09, 5 days twice; the old one until 2026-12-13 [CANCEL_AT_END_SET_EARLY DIFFERENT_SKU]
            16 requests: 0 numbered, 0 not, 11 reads of 29 units, 1 swaps in 1, 4 sign-ins; finished 2026-12-14T01:00:00Z
        "#]],
    );
    story.swapped(1, 2, Outcome::Done(()));
    story.verified(1);
    story.holders(1, vec![]);
    tells(
        &story,
        expect![[r#"
            Birch Lane: 3 SPB UNDER_WAY BUY_AT_END, 3 on 2026-12-09, 5 days twice; the old one until 2026-12-13 [CANCEL_AT_END_SET_EARLY DIFFERENT_SKU]
            12 requests: 0 numbered, 0 not, 8 reads of 26 units, 0 swaps in 0, 4 sign-ins; finished 2026-12-14T01:00:00Z
        "#]],
    );
    story.source(1, &holds(0));
    tells(
        &story,
        expect![[r#"
            Birch Lane: 3 SPB UNDER_WAY BUY_AT_END, 3 on 2026-12-09, 5 days twice; the old one until 2026-12-13 [CANCEL_AT_END_SET_EARLY DIFFERENT_SKU]
            9 requests: 0 numbered, 0 not, 6 reads of 18 units, 0 swaps in 0, 3 sign-ins; finished 2026-12-14T01:00:00Z
        "#]],
    );
    story.at("2026-12-14T01:00:00Z");
    story.source(1, "tenant holds E3 3 seats until 2027-12-08 named new-1 ours\nin use E3 2");
    tells(
        &story,
        expect![[r#"
            Birch Lane: 3 SPB CLOSED BUY_AT_END, 3 on 2026-12-09, 5 days twice; the old one until 2026-12-13 [CANCEL_AT_END_SET_EARLY DIFFERENT_SKU]
            0 requests: 0 numbered, 0 not, 0 reads of 0 units, 0 swaps in 0, 0 sign-ins; finished never
        "#]],
    );
}

#[test]
fn what_is_closed_is_closed_in_the_totals_too() {
    let mut story = Story::bought("line SPB 25 seats until 2026-12-13 open");
    let new = "tenant holds SPB 25 seats until 2027-12-08 named new-1 ours\nin use SPB 25";
    story.delivered(1, &format!("tenant holds SPB 25 seats until 2026-12-13\n{new}"));
    let count = |standing| {
        let count = seen(&story).totals.standing(standing);
        (count.lines, count.seats)
    };
    assert_eq!((count(Standing::UnderWay), count(Standing::Closed)), ((1, 25), (0, 0)));
    story.at("2026-12-14T01:00:00Z");
    story.source(1, new);
    let count = |standing| {
        let count = seen(&story).totals.standing(standing);
        (count.lines, count.seats)
    };
    assert_eq!((count(Standing::UnderWay), count(Standing::Closed)), ((0, 0), (1, 25)));
}

#[test]
fn of_what_came_over_to_us_nothing_is_left_to_do() {
    let mut story = Story::approved("line SPB 25 seats until 2026-12-13 nce_other_partner renews");
    let done = crate::fixture::Scene::of(
        "line SPB 25 seats until 2026-12-13 nce_other_partner renews\ntransfer of old-1 done
         tenant holds SPB 25 seats locked\ntenant holds SPB 25 seats until 2027-12-13 named x-7 ours\nin use SPB 25",
    );
    story.scene.facts = done.facts;
    story.at("2026-12-09");
    story.facts(1);
    story.at("2026-12-14");
    assert_eq!(story.line(1).stage.word(), "came_over");
    assert_eq!(seen(&story).totals.standing(Standing::NothingToDo).lines, 1);
}

#[test]
fn whoever_has_the_log_right_after_a_look_foretells_what_the_look_foretold() {
    let story = Story::planned("line SPB 25 seats until 2026-12-13 open\nline E3 9 seats until 2026-12-20 ea");
    let (migration, facts) = (story.migration(), story.known());
    let outlook = Outlook::of(&migration, &facts, &story.scene.policy, story.now);
    let shown = seen(&story);
    let known = |line: &LineForecast| {
        let source = &migration.lines[&line.line].source;
        let course = Some(outlook.courses(source).first);
        Seen { saved: Some(0), users: Some(source.seats.get()), course, ends: outlook.end(source) }
    };
    let lines = shown.lines.iter().map(|line| (line.line, known(line))).collect();
    let later = Prospect::seen(&migration, &story.scene.policy, story.now, &lines, shown.pools.clone());
    let later = Forecast::of([later.expect("all is planned")], [], &story.scene.policy, story.now);
    assert!(!shown.pools.is_empty());
    assert_eq!(later, shown);
    let unplanned = Story::imported("").migration();
    assert_eq!(Prospect::seen(&unplanned, &story.scene.policy, story.now, &lines, Vec::new()), None);
}

#[test]
fn what_the_log_says_is_blocked_or_settled_stands_so_without_a_look_outside() {
    let mut story = Story::imported(
        "line SPB 25 seats until 2026-12-13 open\nline VISIO 9 seats until 2026-12-13 open\nline E3 2 seats until 2026-12-31 open
         tenant holds SPB 25 seats until 2026-12-13\ntenant holds VISIO 9 seats until 2026-12-13
         tenant holds VISIO 9 seats until 2027-11-30 named x-9\ntenant holds E3 2 seats until 2026-12-31\nin use VISIO 9
         offer SPB unsold\noffer VISIO\noffer E3",
    );
    story.plan(1);
    tells(
        &story,
        expect![[r#"
            Birch Lane: 25 SPB BLOCKED; the old one until 2026-12-13 [OFFER_NOT_IN_COUNTRY]
            Birch Lane: 9 VISIO NOTHING_TO_DO NOTHING_TO_DO; the old one until 2026-12-13 [ALREADY_COVERED]
            Birch Lane: 2 E3 PLANNED BUY_AT_END, 2 on 2026-12-29, 3 days twice; the old one until 2026-12-31
            29 requests: 4 numbered, 8 not, 10 reads of 34 units, 0 swaps in 0, 7 sign-ins; finished 2027-01-01T01:00:00Z
        "#]],
    );
}

#[test]
fn what_is_paid_once_stands_alone_from_its_first_day() {
    let forecast = crate::told::forecast("== Ash\nline SPB 25 seats until 2026-12-13 trial ends");
    let cover: String = forecast
        .cover()
        .iter()
        .map(|cover| format!("{} old {} twice {} new {}\n", cover.from, cover.old, cover.twice, cover.new))
        .collect();
    expect![[r#"
        2026-11-01 old 25 twice 0 new 0
        2026-11-02 old 0 twice 0 new 25
    "#]]
    .assert_eq(&cover);
    expect![[r#"
        2026-11-02, bought 1/25 for no known price, 1 must have acted
        2026-12-13, ending 1/25
    "#]]
    .assert_eq(&days(&forecast));
}

#[test]
fn a_better_way_than_buying_is_named_with_who_starts_it() {
    check(
        "offer SPB ended unsold\noffer E3
         == Ash\nline E3 25 seats until 2026-12-13 legacy_csp_ours renews
         == Beech\nline E3 9 seats until 2026-12-13 ea\nline SPB 5 seats until 2026-12-13 ea
         == Cedar\nline E3 7 seats until 2026-12-13 legacy_csp ends",
        &[actions],
        expect![[r#"
            2026-12-09T00:00:00Z Ash (customer), our own people: APPROVE_PLAN look at the plan of 1 line and approve it
            2026-12-09T00:00:00Z Ash, our own people: NCE_MIGRATION start the migration of E3 to new commerce, which pays nothing twice
            2026-12-09T00:00:00Z Beech (customer), our own people: APPROVE_PLAN look at the plan of 1 line and approve it
            2026-12-09T00:00:00Z Beech, our own people: CHANNEL_TRANSFER schedule "renew to CSP" for E3 in the partner portal
            2026-12-09T00:00:00Z Cedar (customer), our own people: APPROVE_PLAN look at the plan of 1 line and approve it
            2026-12-09T00:00:00Z Cedar, our own people: PARTNER_TRANSFER ask the other partner to migrate E3 to new commerce and then to hand it over, which pays nothing twice
            2026-12-13T00:00:00Z Ash, our own team in Partner Center: STOP_RENEWAL stop the renewal of E3, once its replacement stands
            2026-12-14T00:00:00Z Beech, our own people: CHANNEL_TRANSFER schedule "renew to CSP" for SPB in the partner portal
            2026-12-14T00:00:00Z Beech, our own people: OFFER_END_OF_SALE Microsoft 365 Business Premium (SPB) is not sold any more; in its place there is nothing. Put a successor into the column target_sku; a volume-licensing customer can renew to CSP in the partner portal instead.
        "#]],
    );
}

#[test]
fn a_price_is_told_with_who_says_so() {
    let by = [PricedBy::Order, PricedBy::Catalogue, PricedBy::OldSubscription];
    assert_eq!(by.map(PricedBy::word), ["ORDER", "CATALOGUE", "OLD_SUBSCRIPTION"]);
}

#[test]
fn amounts_are_empty_until_one_is_added() {
    let one = Money { amount: 1.into(), currency: "EUR".parse().expect("a currency") };
    assert!(Amounts::default().is_empty());
    assert!(!Amounts::from_iter([one]).is_empty());
}

#[test]
fn a_line_that_waits_for_its_day_and_came_to_be_blocked_counts_as_blocked() {
    let mut story = Story::approved("line SPB 25 seats until 2026-12-13 open");
    story.change("offer E3");
    story.plan(2);
    assert_eq!(story.line(1).stage.word(), "waiting");
    assert!(recorded(&story).contains(" BLOCKED;"), "{}", recorded(&story));
}

#[test]
fn what_was_approved_and_is_planned_the_same_again_is_under_way_and_asks_nobody() {
    let mut story = Story::approved("line SPB 3 seats until 2026-12-13 open");
    let told = |story: &Story| {
        let shown = seen(story);
        let asks = actions(&shown).contains("APPROVE_PLAN");
        (shown.lines[0].standing, asks, shown.totals.standing(Standing::UnderWay).lines)
    };
    story.at("2026-11-05");
    assert_eq!(told(&story), (Standing::UnderWay, false, 1));
    story.change("offer SPB at 300.00 EUR");
    assert_eq!(told(&story), (Standing::Planned, true, 0), "at a price nobody has seen");
}

#[test]
fn whoever_wants_new_services_off_for_users_who_change_has_a_plan_to_approve() {
    let standing = |line: &str| {
        let mut story = Story::approved(line);
        let own = OwnPolicy { new_plans: Some(NewPlans::Off), ..OwnPolicy::default() };
        story.command("wished", Command::Update { labels: None, own: Some(own), by: "olga".to_owned() });
        story.at("2026-11-05");
        seen(&story).lines[0].standing
    };
    assert_eq!(standing("line SPB 3 seats until 2026-12-13 open wants E3"), Standing::Planned);
    assert_eq!(standing("line SPB 3 seats until 2026-12-13 open"), Standing::UnderWay, "nobody changes licence");
}
