//! The end of the old subscription, where services of users cannot be read: what the tenant holds is decided upon all the same.

use crate::Scene;
use crate::store::Break;
use carryover_domain::ids::MigrationId;
use carryover_domain::{Cause, Line, Stage};
use carryover_engine::Known;
use carryover_ports::{Fault, Unavailable};
use jiff::SignedDuration;

fn garbled() -> Unavailable {
    Unavailable::Unreadable(Fault::new("an answer of another shape"))
}

/// Lets processes work for `days`, three times a day; answers how many reads brought nothing.
async fn work(scene: &Scene, days: u64) -> usize {
    let mut problems = 0;
    for process in 0..days * 3 {
        let engine = scene.engine(10 + process, Break::Never);
        problems += scene.driver(&engine).until_idle(&|_| {}).await.expect("nothing stops it").problems.len();
        scene.advance(SignedDuration::from_hours(8));
    }
    problems
}

async fn stage(scene: &Scene, id: MigrationId) -> Stage {
    scene.known(id).await.migration.lines.into_values().next().expect("one line").stage
}

/// What a person is to look at after the end.
fn left_to_a_person(known: &Known) -> Vec<String> {
    known.migration.lines.values().flat_map(Line::to_look_at).map(ToString::to_string).collect()
}

fn says_renewed(stage: &Stage) -> bool {
    matches!(stage, Stage::NeedsAttention { cause: Cause::SourceRenewed { .. }, .. })
}

/// Seven days is how long what has renewed can be cancelled.
#[tokio::test]
async fn that_the_old_subscription_renewed_is_told_although_the_answer_about_services_cannot_be_understood() {
    let scene = Scene::new();
    scene.shop.hide_services(Some(garbled()));
    let id = scene.approved().await;
    // Nobody stops the renewal of 13 November; to one day behind it.
    let problems = work(&scene, 12).await;
    let stage = stage(&scene, id).await;
    assert!(says_renewed(&stage), "{stage:?}");
    assert_eq!(problems, 0);
}

#[tokio::test]
async fn a_line_closes_and_is_looked_after_although_answers_about_services_cannot_be_understood() {
    let scene = Scene::new();
    scene.shop.hide_services(Some(garbled()));
    let id = scene.approved().await;
    let known = scene.to_the_end(id, |_| Break::Never).await;
    let found = left_to_a_person(&known);
    assert!(found.iter().any(|found| found.contains("whether services work for users")), "{found:?}");
    scene.shop.renew_after_all();
    work(&scene, 5).await;
    let stage = stage(&scene, id).await;
    assert!(says_renewed(&stage), "{stage:?}");
}

#[tokio::test]
async fn services_that_cannot_be_read_for_the_moment_are_waited_for() {
    let retry_after = SignedDuration::from_secs(7);
    for why in [Unavailable::Unreachable(Fault::new("no line")), Unavailable::Throttled { retry_after }] {
        let scene = Scene::new();
        scene.shop.stop_renewal();
        scene.shop.hide_services(Some(why.clone()));
        let id = scene.approved().await;
        assert!(work(&scene, 12).await > 0, "{why}");
        let waits = stage(&scene, id).await;
        assert!(matches!(waits, Stage::WindingDown { .. }), "{why}: {waits:?}");
        scene.shop.hide_services(None);
        let found = left_to_a_person(&scene.to_the_end(id, |_| Break::Never).await);
        assert!(found.iter().all(|found| !found.contains("services")), "{why}: {found:?}");
    }
}
