//! Waking and stopping: news are heard at once, and an order to stop is obeyed within 10 s whatever the outside world does.
//! Time is tokio's, which jumps to the next moment at which anything happens.

use crate::store::{Break, NeverSays, SlowToLease};
use crate::{Scene, shop};
use carryover_domain::ids::{MigrationId, TenantId};
use carryover_domain::portfolio::Customer;
use carryover_engine::{Driver, Nudge};
use carryover_ports::{Index, Store};
use jiff::SignedDuration;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::oneshot;
use tokio::time::Instant;
use uuid::Uuid;

/// A driver that works until the answer is sent to.
fn at_work(driver: Driver) -> (oneshot::Sender<()>, tokio::task::JoinHandle<bool>) {
    let (stop, stopped) = oneshot::channel();
    let work = tokio::spawn(async move {
        let shutdown = async {
            let _sent_or_gone = stopped.await;
        };
        driver.run(shutdown, &|_| {}).await.is_ok()
    });
    (stop, work)
}

#[tokio::test(start_paused = true)]
async fn work_that_another_process_brings_is_taken_up_at_once() {
    let scene = Scene::new();
    let engine = scene.engine(7, Break::Never);
    let (stop, work) = at_work(scene.driver(&engine));
    // Long enough for it to look, find nothing and rest.
    tokio::time::sleep(Duration::from_millis(700)).await;
    let before = Instant::now();
    let id = scene.approved().await;
    let reported = scene.memory.newest().await.expect("readable");
    assert!(scene.memory.changed(reported, Duration::from_secs(60)).await.expect("readable"), "it works");
    assert!(before.elapsed() < Duration::from_secs(1), "it was not told, and looked after {:?}", before.elapsed());
    stop.send(()).expect("it works");
    assert!(work.await.expect("it ends"));
    assert!(scene.known(id).await.version.0 > 4);
}

#[tokio::test(start_paused = true)]
async fn turns_that_end_together_make_room_for_as_many_at_once() {
    let scene = Scene::new();
    for n in 0..24 {
        let (customer, line) = shop::portfolio();
        let tenant = TenantId::new(Uuid::from_u128(0xB0 + n));
        scene.approved_with(Customer { tenant, ..customer }, line).await;
    }
    let engine = scene.engine_over(Arc::new(SlowToLease(scene.memory.clone())), 7);
    let before = Instant::now();
    let driver = Driver::new(engine, Arc::new(scene.memory.clone()), 4);
    let drained = driver.until_idle(&|_| {}).await.expect("nothing is in the way");
    assert_eq!(drained.turns, 24);
    // Eight leases, four times four, and two looks that find nothing: while the last ones are at work, and after them.
    assert_eq!(before.elapsed().as_secs(), 7);
}

#[tokio::test(start_paused = true)]
async fn what_was_leased_ahead_of_long_turns_is_left_to_others() {
    let scene = Scene::new();
    for n in 0..8 {
        let (customer, line) = shop::portfolio();
        let tenant = TenantId::new(Uuid::from_u128(0xB0 + n));
        scene.approved_with(Customer { tenant, ..customer }, line).await;
    }
    let engine = scene.engine(7, Break::Never);
    scene.shop.never_answer_again();
    let (stop, work) = at_work(Driver::new(engine, Arc::new(scene.memory.clone()), 3));
    let due = async || {
        let (now, hour) = (carryover_ports::Clock::now(&scene.clock), SignedDuration::from_hours(1));
        let leases = scene.memory.lease_due(now, hour, 9).await.expect("readable");
        for lease in &leases {
            scene.memory.release(lease).await.expect("given back");
        }
        leases.len()
    };
    tokio::time::sleep(Duration::from_secs(4)).await;
    assert_eq!(due().await, 2, "three turns are under way, and three leases taken ahead");
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!(due().await, 5, "others may have what has not begun");
    stop.send(()).expect("it works");
    assert!(work.await.expect("it ends"));
}

#[tokio::test(start_paused = true)]
async fn leases_taken_ahead_are_given_back_when_work_is_stopped() {
    let scene = Scene::new();
    for n in 0..8 {
        let (customer, line) = shop::portfolio();
        let tenant = TenantId::new(Uuid::from_u128(0xB0 + n));
        scene.approved_with(Customer { tenant, ..customer }, line).await;
    }
    let engine = scene.engine(7, Break::BeforeWriting(0));
    let now = carryover_ports::Clock::now(&scene.clock);
    let before = Instant::now();
    Driver::new(engine, Arc::new(scene.memory.clone()), 4).until_idle(&|_| {}).await.expect_err("the disk is full");
    assert_eq!(before.elapsed(), Duration::ZERO, "what has not begun keeps nobody waiting");
    let hour = SignedDuration::from_hours(1);
    assert_eq!(scene.memory.lease_due(now, hour, 9).await.expect("readable").len(), 8);
}

#[tokio::test(start_paused = true)]
async fn a_driver_that_is_asleep_stops_at_once() {
    let scene = Scene::new();
    let engine = scene.engine(7, Break::Never);
    let (stop, work) = at_work(scene.driver(&engine));
    tokio::time::sleep(Duration::from_millis(700)).await;
    let before = Instant::now();
    stop.send(()).expect("it works");
    assert!(work.await.expect("it ends"));
    assert!(before.elapsed() < Duration::from_millis(100));
}

#[tokio::test(start_paused = true)]
async fn a_driver_whose_database_does_not_answer_stops_at_once() {
    let scene = Scene::new();
    let engine = scene.engine(7, Break::Never);
    let (stop, mut work) = at_work(Driver::new(engine, Arc::new(NeverSays(scene.memory.clone())), 4));
    tokio::time::sleep(Duration::from_millis(700)).await;
    stop.send(()).expect("it works");
    let ended = tokio::time::timeout(Duration::from_secs(1), &mut work).await;
    assert!(ended.expect("it waits for no answer").expect("it ends"));
}

#[tokio::test(start_paused = true)]
async fn a_call_that_is_never_answered_is_broken_off_within_ten_seconds_and_its_lease_given_back() {
    let scene = Scene::new();
    let id = scene.approved().await;
    let engine = scene.engine(7, Break::Never);
    scene.shop.never_answer_again();
    let (stop, work) = at_work(scene.driver(&engine));
    tokio::time::sleep(Duration::from_millis(700)).await;
    let hour = SignedDuration::from_hours(1);
    let now = carryover_ports::Clock::now(&scene.clock);
    assert_eq!(scene.memory.lease_due(now, hour, 9).await.expect("readable"), [], "it is being worked on");
    let before = Instant::now();
    stop.send(()).expect("it works");
    assert!(work.await.expect("it ends"));
    assert!(before.elapsed() <= Duration::from_secs(10), "it took {:?}", before.elapsed());
    let free = scene.memory.lease_due(now, hour, 9).await.expect("readable");
    assert_eq!(free.iter().map(|lease| lease.migration).collect::<Vec<MigrationId>>(), [id]);
}

/// A turn may have read before the change: what is told meanwhile is to be told again, and then a look is due.
#[tokio::test]
async fn what_is_told_during_a_turn_is_to_be_told_again_and_what_is_told_after_it_is_looked_at() {
    let scene = Scene::new();
    let id = scene.approved().await;
    let engine = scene.engine(7, Break::Never);
    let tenant = scene.known(id).await.migration.customer.tenant;
    assert_eq!(engine.nudge(tenant).await.expect("told"), Nudge::UnderWay, "it was approved and not looked at yet");
    scene.driver(&engine).until_idle(&|_| {}).await.expect("nothing stops it");
    let later = scene.known(id).await.log.wake.expect("it waits");
    assert!(later > engine.now());
    assert_eq!(engine.nudge(tenant).await.expect("told"), Nudge::Due);
    assert_eq!(scene.known(id).await.log.wake, Some(engine.now()));
    assert_eq!(engine.nudge(TenantId::new(Uuid::nil())).await.expect("told"), Nudge::NobodyWaits);
}
