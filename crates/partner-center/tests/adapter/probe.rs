//! What a person is told when something is missing.

use crate::support::*;
use carryover_partner_center::Check;
use expect_test::expect;

fn shown(checks: &[Check]) -> String {
    let lines: Vec<String> = checks
        .iter()
        .map(|check| match &check.result {
            Ok(()) => format!("ok      {}", check.name),
            Err(why) => format!("missing {} (for {}): {why}", check.name, check.needed_for),
        })
        .collect();
    lines.join("\n")
}

#[tokio::test]
async fn a_probe_says_one_sentence_for_each_thing_that_is_missing() {
    let scene = Scene::of("probe.http");
    let checks = scene.adapter.probe(Some(customer())).await;
    expect![[r#"
        ok      sign-in, application
        ok      sign-in, application and user
        ok      customers
        missing relationship link (for inviting customers): `read invitation link` was answered with 403/900150: Role lacks rights; give the consenting user the Admin agent role
        ok      catalogue of the partner's country
        ok      agreement templates
        ok      webhook events
        ok      admin relationships
        ok      sign-in, customer's tenant
        missing roles in the customer's tenant (for seeing what the tenant holds and changing licences in it): no admin relationship gives the role License Administrator; have the customer approve one that does
        ok      tenant's subscriptions
        missing tenant's licences (for proving that seats have arrived): `list licence pools` was answered with 503; try again later
        missing tenant's users (for finding who holds which licence): `list users` was answered with 403/Authorization_RequestDenied: Insufficient privileges to complete the operation; consent to User.Read.All
        ok      tenant's groups
        missing changing licences (for moving licences where the new one is another): `assign licence` was answered with 403/Authorization_RequestDenied: Insufficient privileges to complete the operation; have an admin relationship with the role License Administrator"#]].assert_eq(&shown(&checks));
    scene.finish();
}
