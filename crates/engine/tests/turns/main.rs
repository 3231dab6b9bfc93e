//! Turns of the engine: what is committed before it is sent, what a broken store or a dead worker costs, and silence.

mod changing;
mod ending;
mod providing;
mod shop;
mod stopping;
mod store;

use carryover_domain::facts::Partner;
use carryover_domain::handover::ConversionStatus;
use carryover_domain::ids::{MigrationId, SubscriptionId, TenantId};
use carryover_domain::migration::action::{Action, action_items};
use carryover_domain::policy::{OwnPolicy, Policy};
use carryover_domain::portfolio::{Customer, SourceLine};
use carryover_domain::program::SourceProgram;
use carryover_domain::time::Billing;
use carryover_domain::{Answer, Stage};
use carryover_engine::{Changes, Desk, Driver, Engine, Halt, Known, Outside};
use carryover_ports::{
    Clock, Fault, MockCatalogue, MockCommerce, MockCustomers, MockDirectory, Observed, Resellers, Store, Unavailable,
};
use carryover_testkit::{CountingIds, ManualClock, MemoryStore};
use jiff::{SignedDuration, Timestamp};
use shop::Shop;
use std::sync::Arc;
use store::{Break, Breaking};
use uuid::Uuid;

/// A desk, an outside world and the time, around one customer with one line.
struct Scene {
    clock: ManualClock,
    memory: MemoryStore,
    shop: Arc<Shop>,
    policy: Policy,
    resellers: Option<Arc<dyn Resellers>>,
}

fn partner() -> Partner {
    Partner { tenant: TenantId::new(Uuid::from_u128(0xA1)), country: "DE".parse().expect("a country") }
}

fn findings(known: &Known) -> Vec<String> {
    known.migration.lines.values().flat_map(|line| &line.findings).map(ToString::to_string).collect()
}

impl Scene {
    fn new() -> Self {
        let now: Timestamp = "2026-11-02T08:00:00Z".parse().expect("an instant");
        Self {
            clock: ManualClock::starting_at(now),
            memory: MemoryStore::new(),
            shop: Arc::new(Shop::new(now)),
            policy: Policy::rule_book(),
            resellers: None,
        }
    }

    /// A new process: the same database and world, another engine. Its commits break as told.
    fn engine(&self, process: u64, breaks: Break) -> Engine {
        self.engine_over(Arc::new(Breaking::new(self.memory.clone(), breaks)), process)
    }

    fn engine_over(&self, store: Arc<dyn Store>, process: u64) -> Engine {
        let ids = Arc::new(CountingIds::of_series(process));
        let desk = Desk::new(store, Arc::new(self.clock.clone()), ids, self.policy.clone());
        let (commerce, catalogue, directory) = (self.shop.clone(), self.shop.clone(), self.shop.clone());
        let customers = self.shop.clone();
        let resellers = self.resellers.clone();
        let outside =
            Outside { partner: partner(), commerce, catalogue, customers, directory, resellers, products: None };
        Engine::new(desk, outside)
    }

    fn driver(&self, engine: &Engine) -> Driver {
        Driver::new(engine.clone(), Arc::new(self.memory.clone()), 1)
    }

    async fn approved(&self) -> MigrationId {
        let (customer, line) = shop::portfolio();
        self.approved_with(customer, line).await
    }

    async fn approved_with(&self, customer: Customer, line: SourceLine) -> MigrationId {
        let engine = self.engine(1, Break::Never);
        engine.import(&customer, &[line], "mia").await.expect("imported");
        let id = MigrationId::of(customer.tenant);
        engine.assess(id, "mia").await.expect("assessed");
        engine.plan(id, "ana").await.expect("planned");
        engine.approve(id, "ana").await.expect("approved");
        id
    }

    async fn known(&self, id: MigrationId) -> Known {
        self.engine(0, Break::Never).load(id).await.expect("readable").expect("it exists")
    }

    fn advance(&self, by: SignedDuration) {
        self.shop.set_time(self.clock.advance(by));
    }

    /// Lets processes work until the line is closed. `breaks` says how the commits of each process go.
    async fn to_the_end(&self, id: MigrationId, breaks: impl Fn(u64) -> Break) -> Known {
        for round in 0..400 {
            let engine = self.engine(10 + round, breaks(round));
            // A process that ends early is what this is about.
            let _ended = self.driver(&engine).until_idle(&|_| {}).await;
            self.memory_is_free();
            let known = self.known(id).await;
            for item in action_items(&known.migration, engine.policy(), self.clock.now()) {
                if matches!(item.action, Action::StopRenewal { .. }) {
                    self.shop.stop_renewal();
                }
            }
            if known.migration.lines.values().all(|line| matches!(line.stage, Stage::Closed { .. })) {
                return known;
            }
            self.advance(SignedDuration::from_mins(if round < 300 { 45 } else { 600 }));
        }
        panic!("not closed: {:?}", self.known(id).await.migration.lines);
    }

    /// The leases of a process that died lapse.
    fn memory_is_free(&self) {
        self.advance(SignedDuration::from_mins(91));
    }
}

#[tokio::test]
async fn a_line_is_bought_once_and_closed() {
    let scene = Scene::new();
    let id = scene.approved().await;
    scene.to_the_end(id, |_| Break::Never).await;
    assert_eq!(scene.shop.orders(), 1);
}

/// Nothing is written for a turn but its commits, and when it is over others can have its customer.
#[tokio::test]
async fn a_turn_gives_its_lease_back_with_its_last_commit() {
    let scene = Scene::new();
    let id = scene.approved().await;
    let engine = scene.engine(2, Break::AllButCommits);
    let drained = scene.driver(&engine).until_idle(&|_| {}).await.expect("nothing else has to be written");
    assert_eq!(drained.turns, 1);
    engine.nudge(scene.known(id).await.migration.customer.tenant).await.expect("told");
    let leases = scene.memory.lease_due(engine.now(), SignedDuration::from_mins(10), 1).await.expect("readable");
    assert_eq!(leases.first().map(|lease| (lease.migration, lease.token)), Some((id, 2)));
}

/// A process that slept between its lease and its turn sends nothing any more, and forgets nothing either.
#[tokio::test]
async fn what_is_owed_under_a_lease_that_has_lapsed_stays_due() {
    let scene = Scene::new();
    scene.approved().await;
    let lease = async || {
        let now = carryover_ports::Clock::now(&scene.clock);
        scene.memory.lease_due(now, SignedDuration::from_mins(10), 1).await.expect("readable").pop()
    };
    let slept_upon = lease().await.expect("it is due");
    scene.advance(SignedDuration::from_hours(23));
    let turn = scene.engine(2, Break::Never).turn(&slept_upon).await.expect("the store works");
    assert_eq!(turn.effects, 0);
    let again = lease().await.expect("it is due still");
    let turn = scene.engine(2, Break::Never).turn(&again).await.expect("the store works");
    assert!(turn.effects > 0);
}

/// Every commit of the whole job fails once, unwritten or unconfirmed: at each point the process dies and another one
/// takes over.
#[tokio::test]
async fn whichever_commit_breaks_the_line_is_bought_once() {
    for nth in 0..12 {
        for breaks in [Break::BeforeWriting(nth), Break::AfterWriting(nth)] {
            let scene = Scene::new();
            let id = scene.approved().await;
            let known = scene.to_the_end(id, |round| if round % 2 == 0 { breaks } else { Break::Never }).await;
            assert_eq!(scene.shop.orders(), 1, "{breaks:?}");
            assert_eq!(known.migration.misfits, 0, "{breaks:?}");
        }
    }
}

/// The same with every process breaking at its first commits: only what was committed counts.
#[tokio::test]
async fn nothing_is_bought_while_nothing_can_be_written() {
    let scene = Scene::new();
    let id = scene.approved().await;
    scene.advance(SignedDuration::from_hours(24 * 20));
    for process in 0..20 {
        let engine = scene.engine(10 + process, Break::BeforeWriting(0));
        let halted = scene.driver(&engine).until_idle(&|_| {}).await;
        assert!(matches!(halted, Err(Halt::Commit(_))), "{halted:?}");
        scene.memory_is_free();
    }
    assert_eq!((scene.shop.carts(), scene.shop.orders()), (0, 0));
    assert!(scene.known(id).await.migration.lines.values().all(|line| line.purchases.is_empty()));
}

#[tokio::test]
async fn a_paused_customer_is_left_alone() {
    let scene = Scene::new();
    let id = scene.approved().await;
    scene.engine(2, Break::Never).pause(id, "ana").await.expect("paused");
    scene.advance(SignedDuration::from_hours(24 * 30));
    // Witnesses without expectations: any call fails the test.
    let ids = Arc::new(CountingIds::of_series(3));
    let desk = Desk::new(Arc::new(scene.memory.clone()), Arc::new(scene.clock.clone()), ids, Policy::rule_book());
    let engine = Engine::new(
        desk,
        Outside {
            partner: partner(),
            commerce: Arc::new(MockCommerce::new()),
            catalogue: Arc::new(MockCatalogue::new()),
            customers: Arc::new(MockCustomers::new()),
            directory: Arc::new(MockDirectory::new()),
            resellers: None,
            products: None,
        },
    );
    let done = scene.driver(&engine).until_idle(&|_| {}).await.expect("nothing stops it");
    assert_eq!(done.effects, 0);
}

#[tokio::test]
async fn what_was_found_in_the_profile_keeps_a_line_from_being_bought_until_it_is_gone() {
    let scene = Scene::new();
    scene.shop.look_into_the_account(true);
    let id = scene.approved().await;
    let found = findings(&scene.known(id).await);
    assert!(found.contains(&"Microsoft has put the account on hold (UnderReview)".to_owned()), "{found:?}");
    // Up to the day before the old end.
    for process in 0..9 {
        scene.driver(&scene.engine(10 + process, Break::Never)).until_idle(&|_| {}).await.expect("nothing stops it");
        scene.advance(SignedDuration::from_hours(24));
    }
    assert_eq!(scene.shop.carts(), 0);
    scene.shop.look_into_the_account(false);
    scene.to_the_end(id, |_| Break::Never).await;
    assert_eq!(scene.shop.orders(), 1);
}

#[tokio::test]
async fn a_promotion_that_the_customer_does_not_get_on_the_day_is_not_bought_upon() {
    let scene = Scene::new();
    scene.shop.promote(true);
    let id = scene.approved().await;
    let counted_on = |known: &Known| known.migration.lines.values().next()?.plan.as_ref()?.promotion.clone();
    assert_eq!(counted_on(&scene.known(id).await).as_deref(), Some("spring"));
    scene.shop.promote(false);
    for process in 0..9 {
        scene.driver(&scene.engine(10 + process, Break::Never)).until_idle(&|_| {}).await.expect("nothing stops it");
        scene.advance(SignedDuration::from_hours(24));
    }
    assert_eq!(scene.shop.carts(), 0);
    let known = scene.known(id).await;
    let stage = &known.migration.lines.values().next().expect("a line").stage;
    let why = format!("{stage:?}");
    assert!(why.contains("PromoNotEligible"), "{why}");
    // Planned again, it does not count on it any more.
    let engine = scene.engine(30, Break::Never);
    let facts = engine.what_if(id, "mia").await.expect("planned").plan;
    assert!(facts.is_none_or(|plan| plan.lines.values().all(|line| line.promotion.is_none())));
}

#[tokio::test]
async fn promotions_are_asked_for_by_what_was_approved_whatever_the_customer_wishes_since() {
    let scene = Scene::new();
    scene.shop.promote(true);
    let (customer, line) = shop::portfolio();
    let id = scene.approved_with(customer, SourceLine { billing: None, ..line }).await;
    // By the month there is no such promotion, which would leave nothing to ask.
    let own = OwnPolicy { billing: Some(Billing::Monthly), ..OwnPolicy::default() };
    let changes = Changes { own: Some(own), ..Changes::default() };
    scene.engine(2, Break::Never).update(id, changes, "mia").await.expect("wished");
    scene.shop.promote(false);
    for process in 0..9 {
        scene.driver(&scene.engine(10 + process, Break::Never)).until_idle(&|_| {}).await.expect("nothing stops it");
        scene.advance(SignedDuration::from_hours(24));
    }
    assert_eq!(scene.shop.carts(), 0);
    let why = format!("{:?}", scene.known(id).await.migration.lines.values().next().expect("a line").stage);
    assert!(why.contains("PromoNotEligible"), "{why}");
}

#[tokio::test]
async fn what_another_partner_has_handed_over_is_not_bought_again() {
    let scene = Scene::new();
    let (customer, line) = shop::portfolio();
    let line = SourceLine { program: SourceProgram::NceOtherPartner, ..line };
    let id = scene.approved_with(customer, line).await;
    scene.shop.hand_over();
    for process in 0..9 {
        scene.driver(&scene.engine(10 + process, Break::Never)).until_idle(&|_| {}).await.expect("nothing stops it");
        scene.advance(SignedDuration::from_hours(24));
    }
    assert_eq!(scene.shop.carts(), 0);
    let known = scene.known(id).await;
    let stage = format!("{:?}", known.migration.lines.values().next().expect("a line").stage);
    assert!(stage.contains("SourceIsOurs"), "{stage}");
    let asked = action_items(&known.migration, &Policy::rule_book(), scene.clock.advance(SignedDuration::ZERO));
    assert!(asked.iter().all(|item| !item.action.to_string().contains("the partner that sold it")), "{asked:?}");
}

/// Why a list may be impossible to read without anything being wrong with us.
fn unread() -> [Unavailable; 4] {
    let fault = || Fault::new("no list");
    let retry_after = SignedDuration::from_secs(7);
    [
        Unavailable::Unreachable(fault()),
        Unavailable::Throttled { retry_after },
        Unavailable::Forbidden(fault()),
        Unavailable::Unreadable(fault()),
    ]
}

#[tokio::test]
async fn a_line_is_bought_although_transfers_between_partners_cannot_be_read() {
    for why in unread() {
        let scene = Scene::new();
        let (customer, line) = shop::portfolio();
        let line = SourceLine { program: SourceProgram::NceOtherPartner, ..line };
        scene.shop.hide_transfers(why.clone());
        let id = scene.approved_with(customer, line).await;
        scene.to_the_end(id, |_| Break::Never).await;
        assert_eq!(scene.shop.orders(), 1, "{why}");
    }
}

#[tokio::test]
async fn what_was_handed_over_is_not_bought_again_although_transfers_cannot_be_read() {
    for why in unread() {
        let scene = Scene::new();
        let (customer, line) = shop::portfolio();
        let line = SourceLine { program: SourceProgram::NceOtherPartner, ..line };
        scene.approved_with(customer, line).await;
        scene.shop.hand_over();
        scene.shop.hide_transfers(why.clone());
        for process in 0..9 {
            scene
                .driver(&scene.engine(10 + process, Break::Never))
                .until_idle(&|_| {})
                .await
                .expect("nothing stops it");
            scene.advance(SignedDuration::from_hours(24));
        }
        assert_eq!((scene.shop.carts(), scene.shop.orders()), (0, 0), "{why}");
    }
}

/// A legacy subscription of ours, approved, and what it comes to within nine days when its migration ends so.
async fn while_migrated(status: ConversionStatus) -> (Scene, Known) {
    while_migrated_as(shop::portfolio().1.subscription, status).await
}

/// As [`while_migrated`], where the portfolio names the subscription so, or not at all.
async fn while_migrated_as(subscription: Option<SubscriptionId>, status: ConversionStatus) -> (Scene, Known) {
    let scene = Scene::new();
    let (customer, line) = shop::portfolio();
    let line = SourceLine { program: SourceProgram::LegacyCspOurs, subscription, ..line };
    let id = scene.approved_with(customer, line).await;
    scene.shop.migrate(status);
    for process in 0..9 {
        scene.driver(&scene.engine(10 + process, Break::Never)).until_idle(&|_| {}).await.expect("nothing stops it");
        scene.advance(SignedDuration::from_hours(24));
    }
    let known = scene.known(id).await;
    (scene, known)
}

#[tokio::test]
async fn what_the_service_has_migrated_is_not_bought_again() {
    let (scene, known) = while_migrated(ConversionStatus::Completed).await;
    assert_eq!(scene.shop.carts(), 0);
    let stage = format!("{:?}", known.migration.lines.values().next().expect("a line").stage);
    assert!(stage.contains("SourceIsOurs"), "{stage}");
}

#[tokio::test]
async fn a_migration_that_takes_longer_than_72_hours_is_for_a_person_and_nothing_is_bought_meanwhile() {
    let (scene, known) = while_migrated(ConversionStatus::Processing).await;
    assert_eq!(scene.shop.carts(), 0);
    let stage = format!("{:?}", known.migration.lines.values().next().expect("a line").stage);
    assert!(stage.contains("longer than 72 hours"), "{stage}");
}

#[tokio::test]
async fn what_is_being_migrated_is_not_bought_although_the_portfolio_does_not_name_the_subscription() {
    let (scene, known) = while_migrated_as(None, ConversionStatus::Processing).await;
    assert_eq!(scene.shop.carts(), 0);
    let stage = format!("{:?}", known.migration.lines.values().next().expect("a line").stage);
    assert!(stage.contains("longer than 72 hours"), "{stage}");
}

#[tokio::test]
async fn what_the_service_could_not_migrate_is_bought_as_planned() {
    let (scene, _) = while_migrated(ConversionStatus::Failed).await;
    assert_eq!(scene.shop.carts(), 1);
}

#[tokio::test]
async fn nothing_is_bought_while_it_cannot_be_read_whether_the_service_migrates_it() {
    for why in unread() {
        let scene = Scene::new();
        let (customer, line) = shop::portfolio();
        let line = SourceLine { program: SourceProgram::LegacyCspOurs, ..line };
        let id = scene.approved_with(customer, line).await;
        scene.shop.hide_migrations(Some(why.clone()));
        for process in 0..9 {
            let engine = scene.engine(10 + process, Break::Never);
            scene.driver(&engine).until_idle(&|_| {}).await.expect("nothing stops it");
            scene.advance(SignedDuration::from_hours(24));
        }
        assert_eq!(scene.shop.carts(), 0, "{why}");
        let line = scene.known(id).await.migration.lines.into_values().next().expect("one line");
        assert!(matches!(line.stage, Stage::Waiting { .. }), "{why}: {:?}", line.stage);
        scene.shop.hide_migrations(None);
        scene.driver(&scene.engine(30, Break::Never)).until_idle(&|_| {}).await.expect("nothing stops it");
        assert_eq!(scene.shop.carts(), 1, "{why}");
    }
}

#[tokio::test]
async fn rights_that_end_too_soon_are_said_before_the_plan_is_approved() {
    let scene = Scene::new();
    let (customer, line) = shop::portfolio();
    scene.shop.let_access_end(scene.clock.advance(SignedDuration::ZERO));
    let engine = scene.engine(1, Break::Never);
    engine.import(&customer, &[line], "mia").await.expect("imported");
    let known = engine.assess(MigrationId::of(customer.tenant), "mia").await.expect("assessed");
    let found = findings(&known);
    let said = "delegated administration ends on 2026-11-02, before the work does".to_owned();
    assert!(found.contains(&said), "{found:?}");
}

#[tokio::test]
async fn a_refused_sign_in_stops_all_work_and_loses_nothing() {
    refused_sign_in(Break::Never).await;
}

#[tokio::test]
async fn a_refused_sign_in_is_told_where_leases_cannot_be_given_back_either() {
    refused_sign_in(Break::AllButCommits).await;
}

async fn refused_sign_in(breaks: Break) {
    let scene = Scene::new();
    scene.shop.forget_the_relationship();
    let id = scene.approved().await;
    let before = scene.known(id).await.version;
    let mut commerce = MockCommerce::new();
    commerce
        .expect_standing_of_invited()
        .times(1)
        .returning(|_| Err(Unavailable::SignInRefused(Fault::new("consent again"))));
    commerce
        .expect_invitation_link()
        .returning(|_| Ok(Observed { value: "https://admin.example/invite".to_owned(), at: Timestamp::UNIX_EPOCH }));
    let ids = Arc::new(CountingIds::of_series(4));
    let desk = Desk::new(
        Arc::new(Breaking::new(scene.memory.clone(), breaks)),
        Arc::new(scene.clock.clone()),
        ids,
        Policy::rule_book(),
    );
    let outside = Outside {
        partner: partner(),
        commerce: Arc::new(commerce),
        catalogue: scene.shop.clone(),
        customers: scene.shop.clone(),
        directory: scene.shop.clone(),
        resellers: None,
        products: None,
    };
    let halted = scene.driver(&Engine::new(desk, outside)).until_idle(&|_| {}).await;
    assert!(matches!(halted, Err(Halt::SignInRefused(_))), "{halted:?}");
    assert!(scene.known(id).await.version >= before);
    scene.memory_is_free();
    scene.shop.accept();
    scene.to_the_end(id, |_| Break::Never).await;
    assert_eq!(scene.shop.orders(), 1);
}

#[tokio::test]
async fn an_answer_that_does_not_fit_is_rejected_and_recorded_nowhere() {
    let scene = Scene::new();
    let id = scene.approved().await;
    let before = scene.known(id).await;
    let line = *before.migration.lines.keys().next().expect("one line");
    let rejected = scene.engine(2, Break::Never).resolve(id, line, Answer::RenewalStopped, "ana").await;
    assert!(rejected.is_err());
    assert_eq!(scene.known(id).await.version, before.version);
}
