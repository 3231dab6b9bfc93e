//! The partner's file told again: what is news, what keeps its plan, and which line a corrected row is.

#[allow(dead_code, reason = "each test file uses its part of the scene")]
mod fixture;

use carryover_domain::Stage;
use carryover_domain::migration::decide::import;
use carryover_domain::portfolio::SourceLine;
use carryover_domain::reply::RefusalKind;
use fixture::story::{Story, names, refused};
use fixture::{Scene, line_id, subscription};

/// Tells the migration `told`; whether that was news.
fn tell(story: &mut Story, told: Vec<SourceLine>) -> bool {
    let news = import(Some(&story.migration()), story.scene.customer.clone(), told, None);
    let is_news = news.is_some();
    story.log.extend(news.map(|event| (story.now, event)));
    is_news
}

fn lines(scene: &str) -> Vec<SourceLine> {
    Scene::of(scene).lines
}

#[test]
fn the_same_file_told_again_is_no_news() {
    let mut story = Story::approved("");
    let told = story.scene.lines.clone();
    assert!(!tell(&mut story, told));
}

#[test]
fn a_changed_line_leaves_its_plan_and_an_unchanged_one_keeps_it() {
    let mut story = Story::approved("line SPB 25 seats until 2026-12-13 open\nline E3 9 seats until 2026-12-13 open");
    let told = lines("line SPB 26 seats until 2026-12-13 open\nline E3 9 seats until 2026-12-13 open");
    assert!(tell(&mut story, told));
    assert_eq!((story.line(1).stage, story.line(1).plan), (Stage::Draft, None));
    assert_eq!(story.line(1).source.seats.get(), 26);
    assert!(matches!(story.line(2).stage, Stage::Waiting { .. }));
    story.plan(2);
    story.approve(2);
    assert!(matches!(story.line(1).stage, Stage::Waiting { .. }));
}

#[test]
fn a_line_that_changed_after_its_plan_was_made_is_not_approved_with_it() {
    let mut story = Story::planned("");
    let told = lines("line SPB 26 seats until 2026-12-13 open");
    assert!(tell(&mut story, told));
    story.approve(1);
    assert_eq!((story.line(1).stage, story.line(1).plan), (Stage::Draft, None));
}

#[test]
fn a_changed_line_whose_purchase_has_begun_is_not_touched() {
    for stop in [false, true] {
        let mut story = Story::buying("");
        if stop {
            story.checked_out(1, refused(RefusalKind::AccountOnHold));
        }
        let told = lines("line SPB 26 seats until 2026-12-13 open");
        assert!(!tell(&mut story, told));
    }
}

#[test]
fn a_new_line_joins_a_migration_that_is_under_way() {
    let mut story = Story::buying("line SPB 25 seats until 2026-12-13 open");
    let told = lines("line SPB 25 seats until 2026-12-13 open\nline E3 9 seats until 2026-12-20 open");
    assert!(tell(&mut story, told));
    assert!(matches!(story.line(1).stage, Stage::Buying { .. }));
    assert_eq!(story.line(2).stage, Stage::Draft);
}

#[test]
fn a_line_that_the_file_leaves_out_stays() {
    let mut story = Story::approved("line SPB 25 seats until 2026-12-13 open\nline E3 9 seats until 2026-12-20 open");
    let mut customer = story.scene.customer.clone();
    assert_eq!(import(Some(&story.migration()), customer.clone(), Vec::new(), None), None);
    customer.name = "Birch Lane Ltd".to_owned();
    let news = import(Some(&story.migration()), customer, Vec::new(), None).expect("news");
    story.log.push((story.now, news));
    assert_eq!(story.migration().lines.len(), 2);
    assert_eq!(names(&story.migration().customer.name), "Birch Lane Ltd");
}

#[test]
fn what_no_plan_depends_on_changes_none() {
    let mut story = Story::approved("");
    let mut told = story.scene.lines.clone();
    told[0].contact_email = Some("it@birchlane.example".to_owned());
    told[0].product_name = Some("Microsoft 365 Business Premium".to_owned());
    assert!(tell(&mut story, told));
    assert!(matches!(story.line(1).stage, Stage::Waiting { .. }));
    assert_eq!(story.line(1).source.contact_email.as_deref(), Some("it@birchlane.example"));
}

#[test]
fn whatever_a_plan_depends_on_takes_the_line_out_of_it() {
    for told in [
        "SPB 26 seats until 2026-12-13 direct_mca ends",
        "SPB 25 seats until 2026-12-14 direct_mca ends",
        "SPB 25 seats until 2026-12-13 direct_mca ends",
        "SPB 25 seats until 2026-12-13 direct_mca renews",
        "SPB 25 seats until 2026-12-13 direct_mca ends P1Y",
        "SPB 25 seats until 2026-12-13 direct_mca ends monthly",
        "SPB 25 seats until 2026-12-13 direct_mca ends wants E3",
        "SPB 25 seats until 2026-12-13 direct_mca ends assigned 26",
        "E3 25 seats until 2026-12-13 direct_mca ends",
    ] {
        let mut story = Story::approved("");
        assert!(tell(&mut story, lines(&format!("line {told}"))), "{told}");
        assert_eq!((story.line(1).stage, story.line(1).plan), (Stage::Draft, None), "{told}");
    }
}

#[test]
fn a_row_that_was_given_an_id_is_still_the_line_that_it_was() {
    let mut story = Story::approved("line SPB 25 seats until 2026-12-13 open unnamed");
    let mut told = story.scene.lines.clone();
    told[0].id = line_id(8);
    told[0].subscription = Some(subscription("named-now"));
    assert!(tell(&mut story, told));
    assert_eq!(story.migration().lines.len(), 1);
    assert_eq!(story.line(1).source.subscription, Some(subscription("named-now")));
}

#[test]
fn a_row_with_another_id_of_its_own_is_another_line() {
    let mut story = Story::approved("line SPB 25 seats until 2026-12-13 open");
    let mut told = story.scene.lines.clone();
    told[0].id = line_id(8);
    told[0].subscription = Some(subscription("another"));
    assert!(tell(&mut story, told));
    assert_eq!(story.migration().lines.len(), 2);
}

/// An unnamed line until 13 December is approved; then only `told` is told, under the id of another row.
fn after_telling(told: &str) -> usize {
    let mut story = Story::approved("line SPB 25 seats until 2026-12-13 open unnamed");
    let mut told = lines(told);
    told[0].id = line_id(8);
    assert!(tell(&mut story, told));
    story.migration().lines.len()
}

#[test]
fn a_row_whose_end_was_corrected_is_still_the_line_that_it_was() {
    assert_eq!(after_telling("line SPB 25 seats until 2026-12-16 open unnamed"), 1);
    assert_eq!(after_telling("line SPB 25 seats until 2027-01-13 open unnamed"), 1);
}

#[test]
fn a_row_of_another_size_program_or_far_end_is_another_line() {
    assert_eq!(after_telling("line SPB 25 seats until 2027-01-14 open unnamed"), 2);
    assert_eq!(after_telling("line SPB 26 seats until 2026-12-16 open unnamed"), 2);
    assert_eq!(after_telling("line SPB 25 seats until 2026-12-16 ea unnamed"), 2);
    assert_eq!(after_telling("line E3 25 seats until 2026-12-16 open unnamed"), 2);
}

#[test]
fn of_two_rows_that_could_both_be_the_correction_of_a_line_neither_is() {
    let mut story = Story::approved("line SPB 25 seats until 2026-12-13 open unnamed");
    let row = |until: &str| format!("line SPB 25 seats until {until} open unnamed\n");
    let mut told = lines(&(row("2026-12-16") + &row("2026-12-17")));
    (told[0].id, told[1].id) = (line_id(8), line_id(9));
    assert!(tell(&mut story, told));
    assert_eq!(story.migration().lines.len(), 3);
}

#[test]
fn a_row_whose_end_nobody_knows_is_given_its_id_all_the_same() {
    let mut story = Story::imported("line SPB 25 seats until unknown open unnamed");
    let mut told = story.scene.lines.clone();
    told[0].id = line_id(8);
    told[0].subscription = Some(subscription("named-now"));
    assert!(tell(&mut story, told));
    assert_eq!(story.migration().lines.len(), 1);
}

#[test]
fn a_row_that_was_given_an_id_and_another_end_at_once_is_another_line() {
    for told in ["2026-12-14", "unknown"] {
        let mut story = Story::approved("line SPB 25 seats until 2026-12-13 open unnamed");
        let mut told = lines(&format!("line SPB 25 seats until {told} open"));
        told[0].id = line_id(8);
        assert!(tell(&mut story, told));
        assert_eq!(story.migration().lines.len(), 2);
    }
}
