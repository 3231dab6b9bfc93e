//! Selling through resellers: a purchase names the one that is tied to the customer (rule R90).

use crate::Scene;
use crate::shop::portfolio;
use crate::store::Break;
use carryover_domain::ids::TenantId;
use carryover_domain::ids::{MigrationId, PartnerId};
use carryover_domain::policy::{Policy, SellsAs};
use carryover_engine::CommandError;
use carryover_ports::{MockResellers, Observed, Refusal, RefusalKind, TiedPartner};
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::sync::Arc;
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
    let mut resellers = MockResellers::new();
    let seen = move |value| Ok(Observed { value, at: Timestamp::UNIX_EPOCH });
    resellers
        .expect_resellers_of()
        .returning(move |_| Ok(Observed { value: partners.clone(), at: Timestamp::UNIX_EPOCH }));
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
