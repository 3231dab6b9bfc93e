//! Another licence: a few users change before many (rule R109).

use crate::store::Break;
use crate::{Scene, shop};
use carryover_domain::{Answer, Cause, Stage};
use carryover_ports::{Fault, Unavailable};
use jiff::SignedDuration;

/// A customer whose seven users are to have another licence; approved.
async fn changing(scene: &Scene) -> carryover_domain::ids::MigrationId {
    let (customer, line) = shop::portfolio();
    scene.approved_with(customer, scene.shop.sell_another(line)).await
}

#[tokio::test]
async fn everybody_has_the_other_licence_before_the_old_subscription_is_let_go() {
    let scene = Scene::new();
    let id = changing(&scene).await;
    scene.to_the_end(id, |_| Break::Never).await;
    assert_eq!((scene.shop.orders(), scene.shop.changed()), (1, 7));
}

#[tokio::test]
async fn a_pilot_whose_services_fail_stops_the_rest_until_a_person_lets_it_go_on() {
    let scene = Scene::new();
    let id = changing(&scene).await;
    scene.shop.fail_whoever_changes(true);
    // To the day of the purchase, and through a day of work after it.
    for process in 0..60 {
        scene.driver(&scene.engine(10 + process, Break::Never)).until_idle(&|_| {}).await.expect("nothing stops it");
        scene.advance(SignedDuration::from_hours(4));
    }
    let line = scene.known(id).await.migration.lines.into_values().next().expect("one line");
    assert!(
        matches!(&line.stage, Stage::NeedsAttention { cause: Cause::SwapStopped { failed }, .. } if failed.len() == 5)
    );
    assert_eq!((scene.shop.changed(), line.swapped.len()), (5, 5), "the pilot alone");
    scene.shop.fail_whoever_changes(false);
    scene.engine(2, Break::Never).resolve(id, line.source.id, Answer::GoOn, "ana").await.expect("an answer that fits");
    scene.to_the_end(id, |_| Break::Never).await;
    assert_eq!(scene.shop.changed(), 7);
}

#[tokio::test]
async fn a_pilot_of_which_answers_cannot_be_understood_is_left_to_a_person_and_then_goes_on() {
    let scene = Scene::new();
    let id = changing(&scene).await;
    scene.shop.hide_services(Some(Unavailable::Unreadable(Fault::new("an answer of another shape"))));
    // To the day of the purchase, and through a day of work after it.
    for process in 0..60 {
        scene.driver(&scene.engine(10 + process, Break::Never)).until_idle(&|_| {}).await.expect("nothing stops it");
        scene.advance(SignedDuration::from_hours(4));
    }
    let line = scene.known(id).await.migration.lines.into_values().next().expect("one line");
    let Stage::NeedsAttention { cause: Cause::SwapStopped { failed }, .. } = &line.stage else {
        panic!("a person is asked, instead {:?}", line.stage)
    };
    assert!(failed.len() == 5 && failed.values().all(|why| why.starts_with("NOT_CHECKED")), "{failed:?}");
    scene.engine(2, Break::Never).resolve(id, line.source.id, Answer::GoOn, "ana").await.expect("an answer that fits");
    scene.to_the_end(id, |_| Break::Never).await;
    assert_eq!(scene.shop.changed(), 7);
}
