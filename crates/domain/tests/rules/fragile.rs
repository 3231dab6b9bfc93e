//! What is taken away soon after a licence is gone (rule R108).

use crate::fixture::{Scene, line_id, says, sku};
use carryover_domain::assess::Outlook;
use carryover_domain::plan::{LinePlan, Reassign, Verdict, verdicts};
use carryover_domain::time::{days_between, gap_days, utc_day};
use expect_test::{Expect, expect};
use jiff::civil::Date;
use proptest::prelude::*;

const CLOUD_PC: &str = "3efff3fe-528a-4fc5-b1ba-845802cc764f";

/// A scene in which VISIO is of Cloud PCs.
fn of_cloud_pcs(scene: &str) -> Scene {
    let mut scene = Scene::of(scene);
    let tenancy = scene.facts.tenancy.as_mut().expect("a tenant that is read");
    tenancy.value.pools.entry(sku("VISIO")).or_default().plans.insert(CLOUD_PC.parse().expect("a plan"));
    scene
}

/// What is planned for each line, what is said about fragile products then, and until which day it may wait by itself.
fn planned(scene: &Scene) -> Vec<(LinePlan, Vec<String>, Date)> {
    let migration = scene.migration();
    let outlook = Outlook::of(&migration, &scene.facts, &scene.policy, scene.now);
    let verdicts = verdicts(&outlook);
    let line = |n: usize| match &verdicts[&line_id(n)] {
        Verdict::Planned { plan, findings } => {
            let said = findings.iter().filter(|found| found.code() == "FRAGILE_PRODUCT").map(says).collect();
            let own = outlook.timing(&migration.lines[&line_id(n)].source).expect("an end").day;
            ((**plan).clone(), said, own)
        }
        other => panic!("line {n}: {other:?}"),
    };
    (1..=scene.lines.len()).map(line).collect()
}

/// When each line is bought, and what is said about fragile products then.
fn check(scene: &str, expected: Expect) {
    let told = |(n, (plan, said, _)): (usize, (LinePlan, Vec<String>, Date))| {
        let said: String = said.iter().map(|said| format!("; {said}")).collect();
        format!("{n}: {}, {} days twice{said}\n", plan.day, plan.overlap_days)
    };
    expected.assert_eq(&(1..).zip(planned(&of_cloud_pcs(scene))).map(told).collect::<String>());
}

/// What is said about fragile products of the first line before any plan is made.
fn said(scene: &str) -> Vec<String> {
    let found = of_cloud_pcs(scene).findings(1);
    found.iter().filter(|found| found.code() == "FRAGILE_PRODUCT").map(says).collect()
}

/// Cloud PCs, and users of Business Basic who change to another licence.
fn beside_a_change(until: &str) -> String {
    format!(
        "line VISIO 5 seats until 2026-12-13 open\nin use VISIO 5
         line SMB_BASIC 9 seats until {until} open wants BASIC\nin use SMB_BASIC 9"
    )
}

#[test]
fn cloud_pcs_are_bought_in_a_wave_before_that_in_which_users_change_licence() {
    check(
        &beside_a_change("2026-12-13"),
        expect![[r#"
        1: 2026-12-04, 10 days twice
        2: 2026-12-09, 5 days twice
    "#]],
    );
    // Two days after, which would be one wave; and three, which is none.
    check(
        &beside_a_change("2026-12-15"),
        expect![[r#"
        1: 2026-12-08, 6 days twice
        2: 2026-12-11, 5 days twice
    "#]],
    );
    check(
        &beside_a_change("2026-12-16"),
        expect![[r#"
        1: 2026-12-09, 5 days twice
        2: 2026-12-14, 3 days twice
    "#]],
    );
    assert_eq!(said(&beside_a_change("2026-12-13")), [""; 0]);
}

#[test]
fn where_there_is_no_day_before_the_change_a_person_is_told() {
    check(
        &format!("{}\ntoday 2026-12-08", beside_a_change("2026-12-13")),
        expect![[r#"
        1: 2026-12-09, 5 days twice; warns FRAGILE_PRODUCT: Cloud PCs go soon after the old licence has gone, and users of another line change licence at the same time
        2: 2026-12-09, 5 days twice
    "#]],
    );
    check(
        &format!("{}\ntoday 2026-12-04", beside_a_change("2026-12-13")),
        expect![[r#"
        1: 2026-12-04, 10 days twice
        2: 2026-12-09, 5 days twice
    "#]],
    );
    let told = "warns FRAGILE_PRODUCT: Cloud PCs go soon after the old licence has gone, and users of another line change licence at the same time";
    assert_eq!(said(&format!("{}\ntoday 2026-12-08", beside_a_change("2026-12-13"))), [told]);
}

#[test]
fn they_keep_clear_of_every_change_and_share_a_wave_with_what_changes_nothing() {
    let three = format!("{}\nline STANDARD 3 seats until 2026-12-08 open wants SPB", beside_a_change("2026-12-13"));
    check(
        &three,
        expect![[r#"
        1: 2026-12-01, 13 days twice
        2: 2026-12-09, 5 days twice
        3: 2026-12-04, 5 days twice
    "#]],
    );
    let quiet = format!("{}\nline STANDARD 3 seats until 2026-12-08 open", beside_a_change("2026-12-13"));
    check(
        &quiet,
        expect![[r#"
        1: 2026-12-04, 10 days twice
        2: 2026-12-09, 5 days twice
        3: 2026-12-04, 5 days twice
    "#]],
    );
}

#[test]
fn what_meets_a_change_only_once_another_has_gone_before_it_goes_before_it_too() {
    // With line 1 the change is bought on the 8th, and line 3 on the 11th keeps clear of it. Once line 1 goes before it, it is
    // bought on the 9th, two days before line 3.
    check(
        "line VISIO 5 seats until 2026-12-10 open\nin use VISIO 8
         line SMB_BASIC 9 seats until 2026-12-13 open wants BASIC\nin use SMB_BASIC 9
         line VISIO 3 seats until 2026-12-15 open",
        expect![[r#"
            1: 2026-12-04, 7 days twice
            2: 2026-12-09, 5 days twice
            3: 2026-12-04, 12 days twice
        "#]],
    );
}

#[test]
fn one_that_cannot_go_before_its_change_keeps_no_other_from_going_before_its_own() {
    check(
        "today 2026-12-08
         line VISIO 5 seats until 2026-12-13 open\nin use VISIO 8
         line SMB_BASIC 9 seats until 2026-12-13 open wants BASIC\nin use SMB_BASIC 9
         line VISIO 3 seats until 2026-12-24 open
         line SMB_STANDARD 7 seats until 2026-12-25 open wants STANDARD\nin use SMB_STANDARD 7",
        expect![[r#"
            1: 2026-12-09, 5 days twice; warns FRAGILE_PRODUCT: Cloud PCs go soon after the old licence has gone, and users of another line change licence at the same time
            2: 2026-12-09, 5 days twice
            3: 2026-12-18, 7 days twice
            4: 2026-12-23, 3 days twice
        "#]],
    );
}

#[test]
fn an_add_on_that_is_fragile_stays_with_a_base_that_changes_and_takes_with_it_one_that_does_not() {
    let add_on = |base: &str| {
        format!(
            "line SMB_BASIC 9 seats until 2026-12-13 open {base}\nin use SMB_BASIC 9
             line VISIO 5 seats until 2026-12-13 open needs old-1\nin use VISIO 5
             line STANDARD 3 seats until 2026-12-13 open wants SPB"
        )
    };
    check(
        &add_on("wants BASIC"),
        expect![[r#"
        1: 2026-12-09, 5 days twice
        2: 2026-12-09, 5 days twice; warns FRAGILE_PRODUCT: Cloud PCs go soon after the old licence has gone, and users of another line change licence at the same time
        3: 2026-12-09, 5 days twice
    "#]],
    );
    check(
        &add_on(""),
        expect![[r#"
        1: 2026-12-04, 10 days twice
        2: 2026-12-04, 10 days twice
        3: 2026-12-09, 5 days twice
    "#]],
    );
}

#[test]
fn cloud_pcs_have_three_days_to_spare_however_short_the_lead_is() {
    let line = "lead 1\nline VISIO 5 seats until 2026-12-10 open\nin use VISIO 5";
    check(
        line,
        expect![[r#"
        1: 2026-12-08, 3 days twice
    "#]],
    );
    check(
        &line.replace("VISIO", "SPB"),
        expect![[r#"
        1: 2026-12-10, 1 days twice
    "#]],
    );
    check(
        &format!("{line}\ntoday 2026-12-09"),
        expect![[r#"
        1: 2026-12-09, 2 days twice; warns FRAGILE_PRODUCT: Cloud PCs go soon after the old licence has gone, and old and new stand beside each other for 2 days only
    "#]],
    );
}

#[test]
fn cloud_pcs_move_within_their_own_licence() {
    let line = "line VISIO 5 seats until 2026-12-13 open\nin use VISIO 5";
    assert_eq!(said(line), [""; 0]);
    assert_eq!(
        said(&line.replace("open", "open wants E3")),
        [
            "warns FRAGILE_PRODUCT: Cloud PCs go soon after the old licence has gone, and another licence takes its place"
        ]
    );
    assert_eq!(
        said(&format!("{line}\ntoday 2026-12-12")),
        [
            "warns FRAGILE_PRODUCT: Cloud PCs go soon after the old licence has gone, and old and new stand beside each other for 2 days only"
        ]
    );
}

#[test]
fn every_row_of_the_list_is_read() {
    let list = include_str!("../../data/fragile-plans.csv");
    for row in list.lines().skip(1) {
        let [plan, _name, what] = row.split(',').collect::<Vec<_>>()[..] else { panic!("{row}") };
        let plans = [plan.parse().expect("a plan")].into();
        assert_eq!(carryover_domain::product::fragile::fragile(&plans), Some(what), "{row}");
    }
}

/// Up to two lines of Cloud PCs among some that change licence and some that do not, whose ends lie close together.
fn lines() -> impl Strategy<Value = String> {
    let what = prop_oneof![
        3 => Just("VISIO 5 seats until DAY open"),
        2 => Just("SMB_BASIC 9 seats until DAY open wants BASIC"),
        1 => Just("SMB_STANDARD 7 seats until DAY open wants STANDARD"),
        1 => Just("E3 4 seats until DAY open"),
    ];
    let line =
        (what, 10_u32..25).prop_map(|(what, day)| format!("line {}\n", what.replace("DAY", &format!("2026-12-{day}"))));
    let today = 1_u32..12;
    (proptest::collection::vec(line, 1..6), today)
        .prop_map(|(lines, day)| lines.concat() + &format!("today 2026-12-{day:02}\nin use VISIO 5"))
}

proptest! {
    #[test]
    fn they_are_bought_clear_of_changes_in_time_and_in_waves_of_their_own_or_a_person_is_told(scene in lines()) {
        let scene = of_cloud_pcs(&scene);
        let (planned, today) = (planned(&scene), utc_day(scene.now));
        let changes = planned.iter().filter(|(plan, ..)| plan.reassign == Reassign::SwapEachUser).count();
        // Each change keeps five days from being the day, and so many lie between two weekends.
        let room = 7 * i64::try_from(changes + 1).expect("a few");
        for (plan, said, own) in &planned {
            prop_assert!(plan.day <= *own && plan.day >= today && gap_days(plan.ends, plan.day) == 0, "{plan:?}");
            let near = |other: &LinePlan| days_between(plan.day, other.day).abs() < 3;
            for (other, ..) in &planned {
                prop_assert!(!near(other) || other.day == plan.day, "one tenant's waves are three days apart");
            }
            if plan.sku == sku("VISIO") {
                let beside = planned.iter().any(|(other, ..)| other.reassign == Reassign::SwapEachUser && near(other));
                prop_assert_eq!(said.iter().any(|said| said.contains("at the same time")), beside);
                prop_assert!(!beside || days_between(today, *own) < room, "there is a day before {own}");
            }
        }
    }

    #[test]
    fn without_them_nothing_is_put_in_order(scene in lines()) {
        let days = |scene: &Scene| planned(scene).into_iter().map(|(plan, ..)| plan.day).collect::<Vec<_>>();
        let ordinary = scene.replace("line VISIO", "line E3");
        prop_assert_eq!(days(&of_cloud_pcs(&ordinary)), days(&Scene::of(&ordinary)));
        let still = scene.replace(" wants BASIC", "").replace(" wants STANDARD", "");
        prop_assert_eq!(days(&of_cloud_pcs(&still)), days(&Scene::of(&still)));
    }
}
