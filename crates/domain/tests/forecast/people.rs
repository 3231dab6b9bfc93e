//! Who must act by when, and what cannot make its date.

use crate::fixture::story::Story;
use crate::told::{actions, check, lines, misses};
use carryover_domain::assess::Outlook;
use carryover_domain::forecast::{Forecast, Prospect};
use carryover_domain::{Answer, Command, Input, Observation};
use expect_test::expect;

#[test]
fn owners_stop_renewals_before_the_cutoff_and_plans_are_approved_before_they_open() {
    check(
        "== Ash\nline SPB 25 seats until 2026-12-13 direct_mca renews",
        &[actions, misses],
        expect![[r#"
        2026-12-09T00:00:00Z Ash (customer), our own people: APPROVE_PLAN look at the plan of 1 line and approve it
        2026-12-13T00:00:00Z Ash, the customer's billing administrator: STOP_RENEWAL stop the renewal of SPB, once its replacement stands
    "#]],
    );
}

#[test]
fn nobody_stops_the_renewal_of_what_is_ours_already() {
    check(
        "== Ash\nline SPB 25 seats until 2026-12-13 legacy_csp_ours renews
         tenant holds SPB 25 seats until 2026-12-13 ours\nown old-1",
        &[lines, actions],
        expect![[r#"
        Ash: 25 SPB NOTHING_TO_DO NOTHING_TO_DO; the old one until 2026-12-13 [SOURCE_IS_OURS]
    "#]],
    );
}

#[test]
fn owners_of_what_others_cover_are_to_stop_its_renewal_too() {
    let covered = |how: &str| {
        format!(
            "== Ash\nline SPB 25 seats until 2026-12-13 {how}\ntenant holds SPB 25 seats until 2026-12-13 named old-1
             tenant holds SPB 25 seats until 2027-06-30 named x-9\nin use SPB 20"
        )
    };
    check(
        &covered("direct_mca renews"),
        &[actions],
        expect![[r#"
            2026-12-07T00:00:00Z Ash, our own people: LOOK_AGAIN assess once more, from 2026-11-30 on, whether others still cover the users of SPB; then have its renewal stopped, or plan
            2026-12-13T00:00:00Z Ash, the customer's billing administrator: STOP_RENEWAL stop the renewal of SPB, once it was looked again whether others cover its users
        "#]],
    );
    check(
        &covered("nce_other_partner ends"),
        &[actions],
        expect![[r#"
            2026-12-07T00:00:00Z Ash, our own people: LOOK_AGAIN assess once more, from 2026-11-30 on, whether others still cover the users of SPB; then have its renewal stopped, or plan
            2026-12-13T00:00:00Z Ash, the partner that sold it: STOP_RENEWAL choose "cancel at end of term" for SPB, once it was looked again whether others cover its users
        "#]],
    );
    check(
        &covered("direct_mosa ends"),
        &[actions],
        expect![[r#"
        2026-12-07T00:00:00Z Ash, our own people: LOOK_AGAIN assess once more, from 2026-11-30 on, whether others still cover the users of SPB; then have its renewal stopped, or plan
    "#]],
    );
}

#[test]
fn a_customer_that_has_not_accepted_is_asked_once_for_all_its_lines() {
    check(
        "== Ash
         relationship none
         line SPB 25 seats until 2026-12-13 open
         line E3 5 seats until 2026-12-31 open",
        &[actions],
        expect![[r#"
            2026-12-09T00:00:00Z Ash (customer), our own people: APPROVE_PLAN look at the plan of 2 lines and approve it
            2026-12-09T00:00:00Z Ash (customer), the customer's administrator: NO_RELATIONSHIP the customer has not accepted a reseller relationship with us. Send the invitation link to a global or billing administrator of the customer; work goes on by itself after acceptance.
        "#]],
    );
}

#[test]
fn better_ways_are_started_by_a_person() {
    check(
        "== Ash\nline SPB 25 seats until 2026-12-13 nce_other_partner ends",
        &[actions],
        expect![[r#"
            2026-12-09T00:00:00Z Ash (customer), our own people: APPROVE_PLAN look at the plan of 1 line and approve it
            2026-12-09T00:00:00Z Ash, our own people: PARTNER_TRANSFER ask the other partner to hand SPB over, which pays nothing twice
            2026-12-13T00:00:00Z Ash, the partner that sold it: STOP_RENEWAL choose "cancel at end of term" for SPB, once its replacement stands
        "#]],
    );
}

#[test]
fn a_refund_shrinks_by_the_day() {
    check(
        "offer SPB at 200.00 EUR
         == Ash
         line SPB 25 seats until 2026-12-13 direct_mosa P1Y at 264.00 EUR renews",
        &[actions],
        expect![[r#"
            2026-11-03T00:00:00Z Ash (customer), our own people: APPROVE_PLAN look at the plan of 1 line and approve it
            2026-11-03T00:00:00Z Ash, the customer's billing administrator: STOP_RENEWAL cancel SPB for its refund, once its replacement stands
        "#]],
    );
}

#[test]
fn what_is_blocked_or_late_misses_its_date() {
    check(
        "today 2026-12-11
         offer SPB\noffer E3 unsold
         == Ash
         line SPB 25 seats until 2026-12-13 open
         == Beech
         line E3 10 seats until 2026-12-31 open
         == Cedar
         line SPB 10 seats until unknown open",
        &[actions, misses],
        expect![[r#"
            2026-12-11T00:00:00Z Ash (customer), our own people: APPROVE_PLAN look at the plan of 1 line and approve it
            2027-01-01T00:00:00Z Beech, our own people: OFFER_END_OF_SALE Office 365 E3 (E3) is not sold any more; in its place there is nothing. Put a successor into the column target_sku; a volume-licensing customer can renew to CSP in the partner portal instead.
            no date Cedar, our own people: END_DATE_UNKNOWN nobody has said when the old subscription ends. Ask the customer for an export of "Your products" with the renewal date, put the last day into the column end_date and import again.
            missed 2026-12-13 Ash: LEAD_TOO_SHORT the day for buying with the usual lead before the last day, 2026-12-13, has passed
            missed 2026-12-31 Beech: OFFER_END_OF_SALE Office 365 E3 (E3) is not sold any more; in its place there is nothing
        "#]],
    );
}

#[test]
fn once_its_owner_has_confirmed_the_end_nobody_is_asked_again() {
    let mut story = Story::bought("line SPB 25 seats until 2026-12-13 direct_mca renews");
    let holds = "tenant holds SPB 25 seats until 2026-12-13\ntenant holds SPB 25 seats until 2027-12-08 named new-1 ours\nin use SPB 25";
    story.delivered(1, holds);
    let asked = |story: &Story| {
        let recorded = Prospect::recorded(&story.migration(), &story.scene.policy, story.now).expect("all is planned");
        actions(&Forecast::of([recorded], [], &story.scene.policy, story.now))
    };
    expect![[r#"
        2026-12-13T00:00:00Z Birch Lane, the customer's billing administrator: STOP_RENEWAL ask an owner or contributor of the customer's billing account or billing profile to stop the renewal of SPB ("cancel at end of term" where that exists), in the Microsoft 365 admin centre under Billing, Your products
    "#]].assert_eq(&asked(&story));
    story.resolve(1, Answer::RenewalStopped);
    assert_eq!(asked(&story), "");
}

#[test]
fn what_was_given_back_is_not_asked_for_again() {
    let mut story = Story::bought(
        "line SPB 25 seats until 2026-12-13 direct_mosa renews P1Y at 300.00 EUR\noffer SPB at 264.00 EUR",
    );
    story.delivered(
        1,
        "tenant holds SPB 25 seats until 2026-12-13\ntenant holds SPB 25 seats until 2027-11-01 named new-1 ours\nin use SPB 25",
    );
    let asked = |story: &Story| {
        let recorded = Prospect::recorded(&story.migration(), &story.scene.policy, story.now).expect("all is planned");
        actions(&Forecast::of([recorded], [], &story.scene.policy, story.now))
    };
    expect![[r#"
        2026-11-03T00:00:00Z Birch Lane, the customer's billing administrator: STOP_RENEWAL ask the customer's billing administrator to cancel SPB now, for the refund, in the Microsoft 365 admin centre under Billing, Your products: the new subscription stands. Domains and data stay as they are
    "#]].assert_eq(&asked(&story));
    story.resolve(1, Answer::RenewalStopped);
    assert_eq!(asked(&story), "");
}

#[test]
fn a_line_that_has_stopped_names_what_to_do_and_no_way_of_buying() {
    let mut story = Story::approved("line SPB 25 seats until 2026-12-13 open");
    story.at("2026-12-14");
    let (migration, facts) = (story.migration(), story.known());
    let outlook = Outlook::of(&migration, &facts, &story.scene.policy, story.now);
    let shown = Forecast::of([Prospect::of(&outlook)], [], &story.scene.policy, story.now);
    expect![[r#"
        Birch Lane: 25 SPB STOPPED; the old one until 2026-12-13
        2026-12-14T00:00:00Z Birch Lane, our own people: WINDOW_MISSED the planned last day of the old subscription passed before anything could be bought. Look whether it has renewed, then plan again: `carryover resolve LINE plan-again`, plan and approve.
        missed 2026-12-13 Birch Lane: WINDOW_MISSED the planned last day of the old subscription passed before anything could be bought
    "#]].assert_eq(&(lines(&shown) + &actions(&shown) + &misses(&shown)));
}

#[test]
fn what_is_bought_late_has_made_its_date_all_the_same() {
    let story = Story::bought("today 2026-12-12\nline SPB 25 seats until 2026-12-13 open");
    let recorded = Prospect::recorded(&story.migration(), &story.scene.policy, story.now).expect("all is planned");
    let shown = Forecast::of([recorded], [], &story.scene.policy, story.now);
    assert!(shown.lines[0].bought && shown.lines[0].findings.iter().any(|finding| finding.code() == "LEAD_TOO_SHORT"));
    assert_eq!(misses(&shown), "");
}

#[test]
fn what_came_to_block_a_plan_after_it_was_made_unmakes_it() {
    let mut story = Story::planned("line SPB 25 seats until 2026-12-13 open");
    story.change("offer SPB unsold");
    story.plan(2);
    let recorded = Prospect::recorded(&story.migration(), &story.scene.policy, story.now).expect("all is planned");
    let shown = Forecast::of([recorded], [], &story.scene.policy, story.now);
    expect![[r#"
        Birch Lane: 25 SPB BLOCKED; the old one until 2026-12-13 [OFFER_NOT_IN_COUNTRY]
    "#]]
    .assert_eq(&lines(&shown));
}

#[test]
fn the_end_that_only_the_tenant_tells_counts_for_what_is_blocked() {
    check(
        "offer E3 unsold
         == Ash
         line E3 10 seats until unknown open
         tenant holds E3 10 seats until 2026-12-14",
        &[lines],
        expect![[r#"
            Ash: 10 E3 BLOCKED BUY_AT_END; the old one until 2026-12-14 [OFFER_END_OF_SALE]
        "#]],
    );
}

#[test]
fn without_a_look_at_the_tenant_the_file_says_how_many_users_change() {
    let story = Story::approved("line SPB 25 seats until 2026-12-13 open wants E3 assigned 9");
    let recorded = Prospect::recorded(&story.migration(), &story.scene.policy, story.now).expect("all is planned");
    assert_eq!(Forecast::of([recorded], [], &story.scene.policy, story.now).calls.swaps, 9);
}

/// What the forecast by the log alone asks.
fn asked(story: &Story) -> String {
    let recorded = Prospect::recorded(&story.migration(), &story.scene.policy, story.now).expect("all is planned");
    actions(&Forecast::of([recorded], [], &story.scene.policy, story.now))
}

#[test]
fn what_waits_today_is_told_with_what_is_foreseen_and_nothing_twice() {
    let mut story = Story::approved(
        "relationship none\nagreement unreadable\ntenant unseen\nline SPB 25 seats until 2026-12-13 direct_mosa renews",
    );
    let link = "https://admin.example/invite".to_owned();
    story.step("the link was read", Input::Observation(Observation::Invitation { link }));
    story.command("paused", Command::Pause { by: "ana".to_owned() });
    expect![[r#"
        2026-12-09T00:00:00Z Birch Lane (customer), the customer's administrator: NO_RELATIONSHIP the customer has not accepted a reseller relationship with us. Send the invitation link to a global or billing administrator of the customer; work goes on by itself after acceptance.
        2026-12-09T00:00:00Z Birch Lane (customer), our own people: RESUME let this halted customer go on: `carryover resume`
        2026-12-13T00:00:00Z Birch Lane, the customer's billing administrator: STOP_RENEWAL stop the renewal of SPB, once its replacement stands
    "#]].assert_eq(&asked(&story));
    story.command("resumed", Command::Resume { by: "ana".to_owned() });
    expect![[r#"
        2026-12-09T00:00:00Z Birch Lane (customer), our own people: SEND_INVITATION send the customer the invitation
        2026-12-13T00:00:00Z Birch Lane, the customer's billing administrator: STOP_RENEWAL stop the renewal of SPB, once its replacement stands
    "#]].assert_eq(&asked(&story));
    story.at("2026-12-13");
    expect![[r#"
        2026-12-09T00:00:00Z Birch Lane (customer), our own people: SEND_INVITATION send the customer the invitation
        2026-12-13T00:00:00Z Birch Lane, the customer's billing administrator: KEEP_ALIVE ask the customer's billing administrator to leave the renewal on for SPB, in the Microsoft 365 admin centre under Billing, Your products: its replacement does not stand yet
        2026-12-14T00:00:00Z Birch Lane, our own people: CUSTOMER_LATE the customer has not let us sell in time. Call the customer: it must accept the invitation and the agreement before the old subscription ends.
    "#]].assert_eq(&asked(&story));
    story.at("2026-12-14");
    expect![[r#"
        2026-12-09T00:00:00Z Birch Lane (customer), our own people: SEND_INVITATION send the customer the invitation
        2026-12-14T00:00:00Z Birch Lane, the customer's billing administrator: KEEP_ALIVE ask the customer's billing administrator whether SPB, whose planned last day has passed, has renewed or run out, in the Microsoft 365 admin centre under Billing, Your products: nobody has seen that here. Where it has run out, it is reactivated as the last resort, for its replacement does not stand yet: a new paid term begins, which can be cancelled within seven days. We cannot look ourselves before the customer's administrator lets us into the tenant
        2026-12-14T00:00:00Z Birch Lane, our own people: WINDOW_MISSED the planned last day of the old subscription passed before anything could be bought. Ask its owner whether it has renewed, then plan again: `carryover resolve LINE plan-again`, plan and approve. We may not look ourselves before the customer's administrator lets us into the tenant.
    "#]].assert_eq(&asked(&story));
}

#[test]
fn once_a_renewal_is_said_to_be_stopped_the_forecast_asks_for_it_no_more_where_others_cover_too() {
    let mut story = Story::imported(
        "today 2026-12-01\nline SPB 25 seats until 2026-12-13 direct_mca renews\ntenant holds SPB 25 seats until 2026-12-13
         tenant holds SPB 25 seats named x-9 until 2027-12-31\nin use SPB 20",
    );
    story.plan(1);
    assert!(asked(&story).contains("STOP_RENEWAL"), "{}", asked(&story));
    story.resolve(1, Answer::RenewalStopped);
    assert_eq!(asked(&story), "");
    story.plan(2);
    assert_eq!(asked(&story), "");
}
