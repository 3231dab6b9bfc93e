//! Seats: limits of the product and of the tenant, licences in use, and orders that look made already.

use crate::fixture::Scene;
use crate::{check, codes, silent};
use carryover_domain::finding::Finding;
use expect_test::expect;

#[test]
fn seats_at_the_least_of_the_product_pass_and_one_fewer_blocks() {
    silent("offer SPB min 25");
    check(
        "offer SPB min 26",
        expect![[r#"
            blocks SEATS_BELOW_MIN: 25 seats would be bought, fewer than the product's minimum of 26
        "#]],
    );
}

#[test]
fn seats_at_the_most_of_the_product_pass_and_one_more_blocks() {
    silent("offer SPB max 25");
    check(
        "offer SPB max 24",
        expect![[r#"
            blocks SEATS_ABOVE_MAX: 25 seats would be bought, more than the product's maximum of 24
        "#]],
    );
}

#[test]
fn a_business_product_of_150_seats_fits_beside_its_successor() {
    silent("line SPB 150 seats until 2026-12-13 open\noffer SPB max 300");
}

#[test]
fn a_business_product_of_151_seats_does_not_fit_beside_its_successor() {
    check(
        "line SPB 151 seats until 2026-12-13 open\noffer SPB max 300",
        expect![[r#"
            blocks SEAT_CAP_300: the tenant has 151 seats of this licence, and 151 more would exceed the cap of 300
        "#]],
    );
}

#[test]
fn the_cap_counts_the_seats_of_every_channel() {
    check(
        "line SPB 100 seats until 2026-12-13 open\noffer SPB max 300\nin use SPB 201
         tenant holds SPB 100 seats until 2026-12-13\ntenant holds SPB 101 seats until 2027-12-13 named direct-9",
        expect![[r#"
            blocks SEAT_CAP_300: the tenant has 201 seats of this licence, and 100 more would exceed the cap of 300
        "#]],
    );
}

#[test]
fn what_needs_no_purchase_is_not_measured_by_what_limits_purchases() {
    let beyond = "offer SPB max 300 limit 1\ncredit 0.00 EUR\nprofile no city\nrelationship none\ncustomer US";
    let covered = "line SPB 100 seats until 2026-12-13 open\nin use SPB 101
                   tenant holds SPB 100 seats until 2026-12-13\ntenant holds SPB 201 seats until 2027-12-13 named direct-9";
    let ours = "line SPB 200 seats until 2026-12-13 open\ntenant holds SPB 200 seats until 2026-12-13 ours";
    let free = "line NOVELTY 200 seats until unknown open called FLOW_FREE";
    for (line, code) in [(covered, "ALREADY_COVERED"), (ours, "SOURCE_IS_OURS"), (free, "FREE_SKU")] {
        assert_eq!(codes(&format!("{line}\n{beyond}")), [code]);
    }
}

#[test]
fn what_needs_no_purchase_is_still_to_be_what_the_file_says() {
    let about = |tenant: &str| codes(&format!("line VISIO 9 seats until 2026-12-13 open called FLOW_FREE\n{tenant}"));
    assert_eq!(about("tenant holds VISIO 9 seats until 2026-12-13"), ["FREE_SKU"]);
    assert_eq!(about("tenant holds SPB 9 seats until 2026-12-13"), ["STATE_CHANGED", "FREE_SKU"]);
}

#[test]
fn of_what_others_cover_it_is_still_told_when_and_how_it_ends() {
    let covered = "tenant holds SPB 25 seats until 2026-12-20\ntenant holds SPB 25 seats until 2027-12-13 named direct-9\nin use SPB 25";
    let line = |words: &str| codes(&format!("line SPB 25 seats until 2026-12-13 direct_mosa {words}\n{covered}"));
    assert_eq!(line("unclear"), ["END_DATE_CONFLICT", "RENEWAL_STATE_UNKNOWN", "ALREADY_COVERED"]);
    assert_eq!(line("ends option cancel_at_end"), ["END_DATE_CONFLICT", "ALREADY_COVERED"]);
}

#[test]
fn the_cap_is_known_of_a_product_whatever_the_catalogue_says_of_one_subscription() {
    assert_eq!(codes("line SPB 151 seats until 2026-12-13 open\noffer SPB max 1000"), ["SEAT_CAP_300"]);
    silent("line SPB 150 seats until 2026-12-13 open\noffer SPB max 1000");
    assert_eq!(codes("line VISIO 151 seats until 2026-12-13 open\noffer VISIO max 300").first(), Some(&"SEAT_CAP_300"));
}

#[test]
fn what_has_ended_long_before_a_wave_leaves_its_room_to_it() {
    // In December 200 stand and 100 are bought; in June the first hundred old ones are gone.
    let lines = |n: u32| format!("line SPB {n} seats until 2026-12-13 open\nline SPB {n} seats until 2027-06-13 open");
    silent(&lines(100));
    check(
        &lines(101),
        expect![[r#"
            line 1 blocks SEAT_CAP_300: the tenant has 202 seats of this licence, and 101 more would exceed the cap of 300
            line 2 blocks SEAT_CAP_300: the tenant has 202 seats of this licence, and 101 more would exceed the cap of 300
        "#]],
    );
    // A wave that begins within three days of the end still meets it.
    let second = |until: &str| {
        let scene = format!("line SPB 100 seats until 2026-12-13 open\nline SPB 100 seats until {until} open");
        Scene::of(&scene).findings(2).iter().map(Finding::code).collect::<Vec<_>>()
    };
    assert_eq!(second("2026-12-20"), ["SEAT_CAP_300"], "bought on the 16th");
    assert_eq!(second("2026-12-21"), Vec::<&str>::new(), "bought on the 17th");
}

#[test]
fn the_limit_of_subscriptions_is_looked_at_wave_by_wave_and_counts_what_is_bought() {
    let tenant = |others: u32| {
        format!(
            "tenant holds SPB 25 seats until 2026-12-13\ntenant holds SPB 9 seats until 2027-06-13\ntenant holds {others} others"
        )
    };
    let waves = "line SPB 25 seats until 2026-12-13 open\nline SPB 9 seats until 2027-06-13 open";
    silent(&format!("{waves}\n{}", tenant(297)));
    check(
        &format!("{waves}\n{}", tenant(298)),
        expect![[r#"
            line 1 blocks TENANT_SUBSCRIPTION_LIMIT: the tenant holds 300 subscriptions, to which 1 would be added; it may hold 300
            line 2 blocks TENANT_SUBSCRIPTION_LIMIT: the tenant holds 300 subscriptions, to which 1 would be added; it may hold 300
        "#]],
    );
    let free = "line SPB 25 seats until 2026-12-13 open\nline SPB 9 seats until 2026-12-13 open called FLOW_FREE";
    assert_eq!(codes(&format!("{free}\n{}\nin use SPB 34", tenant(297))), Vec::<&str>::new());
}

#[test]
fn the_cap_is_known_from_the_file_before_the_tenant_can_be_seen() {
    check(
        "line SPB 151 seats until 2026-12-13 open\noffer SPB max 300\ntenant unseen",
        expect![[r#"
            blocks SEAT_CAP_300: the tenant has 151 seats of this licence, and 151 more would exceed the cap of 300
            waits NO_GDAP: we may sell to the customer but not look into its tenant
        "#]],
    );
}

#[test]
fn the_cap_of_another_licence_does_not_count_the_old_seats() {
    check(
        "line E3 200 seats until 2026-12-13 open wants SPB\noffer SPB max 300",
        expect![[r#"
            waits CAPABILITY_LOSS: users would get a lower tier of EXCHANGE, SHAREPOINT
            warns DIFFERENT_SKU: Office 365 E3 (E3) is replaced by Microsoft 365 Business Premium (SPB)
        "#]],
    );
    check(
        "line E3 200 seats until 2026-12-13 open wants SPB\noffer SPB max 300\ntenant unseen",
        expect![[r#"
            waits NO_GDAP: we may sell to the customer but not look into its tenant
            waits CAPABILITY_LOSS: users would get a lower tier of EXCHANGE, SHAREPOINT
            warns DIFFERENT_SKU: Office 365 E3 (E3) is replaced by Microsoft 365 Business Premium (SPB)
        "#]],
    );
}

#[test]
fn a_product_without_the_cap_may_stand_twice() {
    silent("line E3 900 seats until 2026-12-13 open\noffer E3 max 1000");
}

#[test]
fn all_paid_seats_in_use_is_fine_and_one_more_is_too_many() {
    silent("in use SPB 25");
    check(
        "in use SPB 26",
        expect![[r#"
        warns OVERASSIGNED_SOURCE: 26 licences are in use and only 25 are paid
    "#]],
    );
}

#[test]
fn seats_in_grace_do_not_count_as_paid() {
    check(
        "tenant holds SPB 25 seats until 2026-12-13\ntenant holds SPB 5 seats named late-1 grace\nin use SPB 26",
        expect![[r#"
            warns OVERASSIGNED_SOURCE: 26 licences are in use and only 25 are paid
        "#]],
    );
}

#[test]
fn seats_raised_to_what_is_in_use_meet_the_limits_of_the_product() {
    check(
        "in use SPB 26\noffer SPB max 25",
        expect![[r#"
            blocks SEATS_ABOVE_MAX: 26 seats would be bought, more than the product's maximum of 25
            warns OVERASSIGNED_SOURCE: 26 licences are in use and only 25 are paid
        "#]],
    );
}

#[test]
fn less_of_what_serves_the_whole_tenant_blocks_though_nobody_is_assigned() {
    let wants = |seats: u32| {
        let line = format!("line VISIO 25 seats until 2026-12-13 open targets {seats}");
        codes(&format!("{line}\ntenant holds VISIO 25 seats until 2026-12-13\nin use VISIO 0\ntenant serves VISIO"))
    };
    assert!(wants(24).contains(&"SEATS_BELOW_CONSUMPTION"));
    assert!(!wants(25).contains(&"SEATS_BELOW_CONSUMPTION"));
}

#[test]
fn what_a_later_line_is_to_have_more_is_not_counted_on_by_the_one_that_buys_the_shortfall_before_it() {
    let wants = |seats: u32, end: &str| {
        let first =
            format!("line SPB 130 seats until 2026-12-13 open targets {seats}\nline SPB 1 seats until {end} open");
        let later = "line SPB 1 seats until 2026-12-20 open targets 2";
        let holds = "tenant holds SPB 130 seats until 2026-12-13\ntenant holds SPB 1 seats named old-2\n\
                     tenant holds SPB 1 seats until 2026-12-20 named old-3";
        codes(&format!("{first}\n{later}\n{holds}\nin use SPB 132"))
    };
    for (seats, end) in [(1, "2026-12-12"), (2, "2026-12-12"), (100, "2026-12-12"), (1, "unknown"), (2, "unknown")] {
        assert!(!wants(seats, end).contains(&"SEATS_BELOW_CONSUMPTION"), "{seats}, {end}");
    }
}

#[test]
fn a_tenant_may_hold_300_subscriptions_and_not_one_more() {
    silent("tenant holds SPB 25 seats until 2026-12-13\ntenant holds 298 others");
    check(
        "tenant holds SPB 25 seats until 2026-12-13\ntenant holds 299 others",
        expect![[r#"
        blocks TENANT_SUBSCRIPTION_LIMIT: the tenant holds 300 subscriptions, to which 1 would be added; it may hold 300
    "#]],
    );
}

#[test]
fn what_is_bought_already_is_not_counted_twice_against_the_tenant() {
    check(
        "line SPB 25 seats until 2026-12-13 open
         line E3 9 seats until 2026-12-13 open bought new-2
         tenant holds SPB 25 seats until 2026-12-13
         tenant holds E3 9 seats until 2026-12-13 named old-2
         tenant holds E3 9 seats until 2027-12-08 named new-2 ours
         tenant holds 296 others",
        expect![[r#"
            line 1 nothing in the way
            line 2 nothing in the way
        "#]],
    );
}

#[test]
fn an_order_of_ours_that_nothing_explains_is_pointed_out_where_it_may_be_one_of_this_move() {
    for other in [
        "25 seats until 2027-10-31 named new-9 ours made 2024-11-01",
        "7 seats named new-9 ours made 2026-10-30T08:00:01Z",
        "7 seats named new-9 ours",
    ] {
        let scene = Scene::of(&format!("tenant holds SPB 25 seats until 2026-12-13\ntenant holds SPB {other}"));
        let found: Vec<&str> = scene.findings(1).iter().map(Finding::code).collect();
        assert_eq!(found, ["DUPLICATE_DESTINATION"], "{other}");
    }
    check(
        "tenant holds SPB 25 seats until 2026-12-13\ntenant holds SPB 7 seats until 2027-10-31 named new-9 ours",
        expect![[r#"
            waits DUPLICATE_DESTINATION: subscription new-9 with 7 seats of this licence is ours and active already
        "#]],
    );
}

#[test]
fn what_we_sold_long_ago_in_another_size_is_no_order_of_this_move_and_covers_users() {
    let beside = |words: &str, in_use: u32| {
        codes(&format!(
            "tenant holds SPB 25 seats until 2026-12-13\ntenant holds SPB 30 seats until 2027-12-31 named new-9 ours {words}
             in use SPB {in_use}"
        ))
    };
    let old = "made 2026-10-30T08:00:00Z";
    assert_eq!(beside(old, 55), Vec::<&str>::new());
    assert_eq!(beside(old, 30), ["ALREADY_COVERED"]);
    assert_eq!(beside("", 30), ["DUPLICATE_DESTINATION"], "nobody knows when it was made");
}

#[test]
fn a_subscription_that_is_not_ours_or_not_active_or_of_another_licence_is_no_order_of_ours() {
    for other in [
        "SPB 25 seats until 2027-10-31 named new-9",
        "SPB 25 seats until 2027-10-31 named new-9 ours grace",
        "E3 25 seats until 2027-10-31 named new-9 ours",
    ] {
        let scene = format!("tenant holds SPB 25 seats until 2026-12-13\ntenant holds {other}\nin use SPB 50");
        let found = Scene::of(&scene).findings(1);
        assert!(found.iter().all(|one| one.code() != "DUPLICATE_DESTINATION"), "{other}: {found:?}");
    }
}

#[test]
fn what_we_sold_ourselves_and_now_replace_is_no_order_already_made() {
    check(
        "tenant holds SPB 25 seats until 2026-12-13 ours",
        expect![[r#"
        note SOURCE_IS_OURS: subscription old-1 is ours in new commerce already
    "#]],
    );
    check(
        "line SPB 25 seats until 2026-12-13 legacy_csp_ours unnamed\ntenant holds SPB 25 seats named x-1 ours",
        expect![[r#"
            warns CANCEL_AT_END_SET_EARLY: the old subscription is set to stop at its end, and its replacement does not stand yet
            note MIGRATION_POSSIBLE: our own team in Partner Center can migrate the legacy subscription to new commerce
            note NO_GRACE: no free grace follows the end of the old subscription on 2026-12-13 (legacy_csp_ours)
        "#]],
    );
    check(
        "line SPB 5 seats until 2026-12-13 legacy_csp_ours\nline SPB 7 seats until 2026-12-13 legacy_csp_ours
         tenant holds SPB 5 seats until 2026-12-13 ours\ntenant holds SPB 7 seats until 2026-12-13 ours",
        expect![[r#"
            line 1 warns CANCEL_AT_END_SET_EARLY: the old subscription is set to stop at its end, and its replacement does not stand yet
            line 1 note MIGRATION_POSSIBLE: our own team in Partner Center can migrate the legacy subscription to new commerce
            line 1 note NO_GRACE: no free grace follows the end of the old subscription on 2026-12-13 (legacy_csp_ours)
            line 2 warns CANCEL_AT_END_SET_EARLY: the old subscription is set to stop at its end, and its replacement does not stand yet
            line 2 note MIGRATION_POSSIBLE: our own team in Partner Center can migrate the legacy subscription to new commerce
            line 2 note NO_GRACE: no free grace follows the end of the old subscription on 2026-12-13 (legacy_csp_ours)
        "#]],
    );
}

#[test]
fn a_new_subscription_that_another_line_bought_is_explained() {
    check(
        "line SPB 25 seats until 2026-12-13 open
         line SPB 25 seats until 2026-11-04 open bought new-9
         tenant holds SPB 25 seats until 2026-12-13
         tenant holds SPB 25 seats until 2026-11-04 named old-2
         tenant holds SPB 25 seats until 2027-10-31 named new-9 ours made 2026-11-01",
        expect![[r#"
            line 1 nothing in the way
            line 2 nothing in the way
        "#]],
    );
}

#[test]
fn each_line_that_is_being_bought_explains_one_new_subscription() {
    let scene = "line SPB 25 seats until 2026-12-13 open
                 line SPB 25 seats until 2026-11-04 open underway
                 tenant holds SPB 25 seats until 2026-12-13
                 tenant holds SPB 25 seats until 2026-11-04 named old-2
                 tenant holds SPB 25 seats until 2027-10-31 named new-8 ours made 2026-11-01";
    check(
        scene,
        expect![[r#"
        line 1 nothing in the way
        line 2 nothing in the way
    "#]],
    );
    let two = format!("{scene}\ntenant holds SPB 25 seats until 2027-10-31 named new-9 ours made 2026-11-01");
    check(
        &two,
        expect![[r#"
            line 1 waits DUPLICATE_DESTINATION: subscription new-9 with 25 seats of this licence is ours and active already
            line 2 waits DUPLICATE_DESTINATION: subscription new-9 with 25 seats of this licence is ours and active already
        "#]],
    );
}

#[test]
fn another_subscription_covers_users_only_if_it_lives_long_enough_after_the_end() {
    // The source ends with the 13th of December; cover counts from thirty days after that.
    let scene = |until| {
        format!(
            "offer SPB max 25\nin use SPB 35\ntenant holds SPB 25 seats until 2026-12-13
             tenant holds SPB 10 seats until {until} named direct-9"
        )
    };
    silent(&scene("2027-01-13"));
    check(
        &scene("2027-01-12"),
        expect![[r#"
            blocks SEATS_ABOVE_MAX: 35 seats would be bought, more than the product's maximum of 25
            warns COVER_ENDS_SOON: subscription direct-9 covers these users as well and ends on 2027-01-12
        "#]],
    );
}

#[test]
fn what_covers_is_found_among_the_subscriptions_of_other_products() {
    check(
        "tenant holds SPB 25 seats until 2026-12-13\ntenant holds SPB 40 seats until 2027-12-13 named direct-9
         tenant holds 2 others\ntenant holds E3 7 seats until 2027-12-13 named direct-7\nin use SPB 25",
        expect![[r#"
            note ALREADY_COVERED: 25 licences are in use and 40 stay without this subscription
        "#]],
    );
}

#[test]
fn what_is_over_already_frees_no_place_by_its_end_for_a_later_wave() {
    let lines = "line SPB 25 seats until 2026-10-31 open\nline SPB 9 seats until 2027-06-13 open";
    let held = |old: &str, others: u32| {
        format!(
            "{lines}\ntenant holds SPB 25 seats {old}\ntenant holds SPB 9 seats until 2027-06-13\ntenant holds {others} others"
        )
    };
    let is_full = |scene: &str| {
        let second = Scene::of(scene).findings(2);
        second.iter().any(|found| found.code() == "TENANT_SUBSCRIPTION_LIMIT")
    };
    // 299 stand and one is bought at once: in June there is no place where the one in grace is still listed.
    assert!(is_full(&held("grace", 297)));
    assert!(!is_full(&held("grace", 296)));
    assert!(!is_full(&held("until 2026-12-13", 297)), "what serves until then is gone by June");
}
