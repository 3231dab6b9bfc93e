//! Who may order, and in whose name (rule R90).

use crate::fixture::story::plan_id;
use crate::fixture::{Scene, line_id, read, says, tenant};
use crate::silent;
use carryover_domain::facts::Resellers;
use carryover_domain::ids::PartnerId;
use carryover_domain::observed::Observed;
use carryover_domain::plan::plan;
use carryover_domain::policy::SellsAs;

fn id(text: &str) -> PartnerId {
    PartnerId::try_new(text).expect("an id")
}

/// A provider's customer that is tied to `tied`.
fn provider(scene: &str, tied: &[&str]) -> Scene {
    let mut scene = Scene::of(scene);
    scene.policy.sells_as = SellsAs::IndirectProvider;
    let tied = tied.iter().map(|text| (id(text), format!("Reseller {text}"))).collect();
    scene.facts.resellers = Some(Observed { value: Resellers { tied, ..Resellers::default() }, at: scene.now });
    scene
}

/// What is said about selling, or the reseller of the plan.
fn told(scene: &Scene) -> String {
    let found = scene.findings(1);
    let about = found.iter().find(|found| found.code().contains("RESELLER"));
    about.map(says).unwrap_or_else(|| {
        let plan = plan(&scene.migration(), &scene.facts, &scene.policy, plan_id(1), scene.now).expect("a plan");
        plan.lines[&line_id(1)].reseller.as_ref().map_or("nobody".to_owned(), ToString::to_string)
    })
}

#[test]
fn who_bills_its_customers_itself_names_nobody() {
    silent("");
    assert_eq!(told(&Scene::of("")), "nobody");
}

#[test]
fn an_indirect_reseller_cannot_order_and_nothing_is_planned() {
    let mut scene = Scene::of("");
    scene.policy.sells_as = SellsAs::IndirectReseller;
    assert_eq!(told(&scene), "blocks INDIRECT_RESELLER: we are an indirect reseller, which cannot order itself");
    plan(&scene.migration(), &scene.facts, &scene.policy, plan_id(1), scene.now).unwrap_err();
}

#[test]
fn a_provider_names_the_only_reseller_that_is_tied_to_the_customer() {
    assert_eq!(told(&provider("", &["11"])), "11");
    assert_eq!(
        told(&provider("", &[])),
        "blocks RESELLER_UNKNOWN: no reseller can be named on the purchase: none is tied to the customer"
    );
    assert_eq!(
        told(&provider("", &["11", "12"])),
        "blocks RESELLER_UNKNOWN: no reseller can be named on the purchase: several are tied to the customer: Reseller 11 (11), Reseller 12 (12)"
    );
}

#[test]
fn the_settings_name_it_where_several_are_tied_or_nobody_can_know_yet() {
    let named = |mut scene: Scene| {
        scene.policy.resellers.insert(tenant(), id("12"));
        scene
    };
    assert_eq!(told(&named(provider("", &["11", "12"]))), "12");
    assert_eq!(told(&named(provider("", &[]))), "12");
    let stranger = || {
        let mut scene = provider("relationship none", &[]);
        scene.facts.resellers = None;
        scene
    };
    assert_eq!(
        told(&stranger()),
        "blocks RESELLER_UNKNOWN: no reseller can be named on the purchase: the customer has not accepted us, so that nobody knows which is tied to it"
    );
    assert_eq!(told(&named(stranger())), "12");
}

#[test]
fn one_that_the_service_does_not_take_is_not_named() {
    let mut scene = provider("", &["11"]);
    scene.facts.resellers.as_mut().expect("read").value.refused.insert(id("11"), "not authorised (900414)".to_owned());
    assert_eq!(
        told(&scene),
        "blocks RESELLER_UNKNOWN: no reseller can be named on the purchase: the service does not take 11: not authorised (900414)"
    );
    // What is refused of another one does not matter.
    scene.policy.resellers.insert(tenant(), id("12"));
    assert_eq!(told(&scene), "12");
}

#[test]
fn what_could_not_be_read_is_not_called_missing() {
    let mut scene = provider("", &[]);
    scene.facts.resellers = None;
    assert_eq!(
        told(&scene),
        "blocks RESELLER_UNKNOWN: no reseller can be named on the purchase: it cannot be read which is tied to the customer"
    );
    scene.policy.resellers.insert(read(&tenant().to_string()), id("12"));
    assert_eq!(told(&scene), "12");
}
