//! Selling through resellers: a purchase names the one that is tied to the customer (rule R90).

use crate::Scene;
use crate::shop::portfolio;
use crate::store::Break;
use carryover_domain::Stage;
use carryover_domain::ids::TenantId;
use carryover_domain::ids::{MigrationId, PartnerId};
use carryover_domain::policy::{Policy, SellsAs};
use carryover_engine::CommandError;
use carryover_ports::{Fault, MockResellers, Observed, Refusal, RefusalKind, TiedPartner, Unavailable};
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use uuid::Uuid;

fn tied(id: &str, active: bool) -> TiedPartner {
    TiedPartner {
        tenant: TenantId::new(Uuid::from_u128(0xD1)),
        name: format!("Reseller {id}"),
        partner_id: Some(id.to_owned()),
        active,
    }
}

/// A provider's scene, where the customer is tied to `partners` and the service takes all but `refused`.
fn scene(partners: Vec<TiedPartner>, refused: &'static str) -> Scene {
    scene_where(Arc::new(Mutex::new(Ok(partners))), refused)
}

/// As [`scene`], where what is read of those who are tied can change.
fn scene_where(tied: Arc<Mutex<Result<Vec<TiedPartner>, Unavailable>>>, refused: &'static str) -> Scene {
    let mut resellers = MockResellers::new();
    let seen = move |value| Ok(Observed { value, at: Timestamp::UNIX_EPOCH });
    resellers.expect_resellers_of().returning(move |_| {
        let read = tied.lock().expect("nobody panics").clone();
        read.map(|value| Observed { value, at: Timestamp::UNIX_EPOCH })
    });
    resellers.expect_on_record().returning(move |ids| {
        let refusal =
            || Refusal { kind: RefusalKind::Other, code: "900414".to_owned(), detail: "not authorised".to_owned() };
        let verdict = |id: &String| (id.clone(), (id == refused).then(refusal));
        seen(ids.iter().map(verdict).collect::<BTreeMap<_, _>>())
    });
    let policy = Policy { sells_as: SellsAs::IndirectProvider, ..Policy::rule_book() };
    Scene { policy, resellers: Some(Arc::new(resellers)), ..Scene::new() }
}

#[tokio::test]
async fn a_providers_purchase_names_the_one_active_reseller_that_is_tied_to_the_customer() {
    let scene = scene(vec![tied("11", true), tied("12", false)], "");
    let id = scene.approved().await;
    scene.to_the_end(id, |_| Break::Never).await;
    let named = scene.shop.sold_through();
    assert!(!named.is_empty() && named.iter().all(|reseller| *reseller == PartnerId::try_new("11").ok()), "{named:?}");
}

#[tokio::test]
async fn a_partner_that_bills_its_customers_itself_names_nobody() {
    let scene = Scene::new();
    let id = scene.approved().await;
    scene.to_the_end(id, |_| Break::Never).await;
    assert_eq!(scene.shop.sold_through(), [None]);
}

#[tokio::test]
async fn a_reseller_that_the_service_does_not_take_is_told_and_nothing_is_planned() {
    let scene = scene(vec![tied("11", true)], "11");
    let (customer, line) = portfolio();
    let engine = scene.engine(1, Break::Never);
    engine.import(&customer, &[line], "mia").await.expect("imported");
    let id = MigrationId::of(customer.tenant);
    let refused = engine.plan(id, "ana").await;
    assert!(matches!(refused, Err(CommandError::Unplannable(_))), "{refused:?}");
    assert_eq!(
        crate::findings(&scene.known(id).await).first().map(String::as_str),
        Some("no reseller can be named on the purchase: the service does not take 11: not authorised (900414)")
    );
    assert_eq!(scene.shop.sold_through(), []);
}

#[tokio::test]
async fn a_passing_fault_of_the_look_at_resellers_is_waited_for_and_stops_no_line() {
    let passing = [
        Unavailable::Throttled { retry_after: SignedDuration::from_secs(7) },
        Unavailable::Unreachable(Fault::new("no list")),
    ];
    for why in passing {
        let read = Arc::new(Mutex::new(Ok(vec![tied("11", true)])));
        let scene = scene_where(Arc::clone(&read), "");
        let id = scene.approved().await;
        *read.lock().expect("nobody panics") = Err(why.clone());
        for process in 0..9 {
            let engine = scene.engine(10 + process, Break::Never);
            scene.driver(&engine).until_idle(&|_| {}).await.expect("nothing stops it");
            scene.advance(SignedDuration::from_hours(24));
        }
        let line = scene.known(id).await.migration.lines.into_values().next().expect("one line");
        assert!(matches!(line.stage, Stage::Waiting { .. }), "{why}: {:?}", line.stage);
        *read.lock().expect("nobody panics") = Ok(vec![tied("11", true)]);
        scene.driver(&scene.engine(30, Break::Never)).until_idle(&|_| {}).await.expect("nothing stops it");
        assert_eq!(scene.shop.sold_through(), [PartnerId::try_new("11").ok()], "{why}");
    }
}
