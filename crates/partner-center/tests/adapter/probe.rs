//! What a person is told when something is missing.

use crate::support::*;
use carryover_domain::policy::SellsAs;
use carryover_partner_center::{Check, Cloud};
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
    let checks = scene.adapter.probe(Some(customer()), SellsAs::DirectBill).await;
    expect![[r#"
        ok      sign-in, application
        ok      sign-in, application and user
        ok      customers
        missing relationship link (for inviting customers): `read invitation link` was answered with 403/900150: Role lacks rights; give the consenting user the Admin agent role
        ok      catalogue of the partner's country
        ok      agreement templates
        ok      webhook events
        ok      our partner agreement
        ok      admin relationships
        ok      sign-in, customer's tenant
        missing roles in the customer's tenant (for seeing what the tenant holds and changing licences in it): no admin relationship gives the role License Administrator; have the customer approve one that does
        ok      roles assigned to our groups
        ok      tenant's subscriptions
        missing tenant's licences (for proving that seats have arrived): `list licence pools` was answered with 503; try again later
        missing tenant's users (for finding who holds which licence): `list users` was answered with 403/Authorization_RequestDenied: Insufficient privileges to complete the operation; consent to User.Read.All
        ok      tenant's groups
        missing changing licences (for moving licences where the new one is another): `assign licence` was answered with 403/Authorization_RequestDenied: Insufficient privileges to complete the operation; have an admin relationship with the role License Administrator"#]].assert_eq(&shown(&checks));
    scene.finish();
}

/// What the check `name` says where `change` is made to the recording in which all but three things are right.
async fn told(name: &str, change: (&str, &str)) -> String {
    let text = recorded("probe.http");
    assert!(text.contains(change.0), "{}", change.0);
    let scene = Scene::said(&text.replacen(change.0, change.1, 1));
    let checks = scene.adapter.probe(Some(customer()), SellsAs::DirectBill).await;
    let check = checks.iter().find(|check| check.name == name).expect(name);
    check.result.as_ref().err().cloned().unwrap_or_else(|| "ok".to_owned())
}

const SIGNED: &str = "{\"isAgreementSigned\":true}";
const ACTIVE: &str = "delegatedAdminRelationships?%24filter=status+eq+%27active%27&%24top=300\n\nHTTP/1.1 200 OK";
const ASSIGNED: &str = "{\"id\":\"a1\",\"status\":\"active\"";

#[tokio::test]
async fn roles_that_cannot_be_read_are_not_known_and_not_right() {
    let refused = ACTIVE.replace("200 OK", "403 Forbidden");
    for name in ["roles in the customer's tenant", "roles assigned to our groups"] {
        expect!["not known: `list admin relationships` was answered with 403"]
            .assert_eq(&told(name, (ACTIVE, &refused)).await);
    }
}

#[tokio::test]
async fn a_role_that_no_group_of_ours_has_is_named_and_not_a_consent() {
    let unassigned = (ASSIGNED, "{\"id\":\"a1\",\"status\":\"deleted\"");
    expect!["no security group of ours has the role Directory Readers; assign it in Partner Center to one that the consenting user is in"]
        .assert_eq(&told("roles assigned to our groups", unassigned).await);
    expect!["`list users` was answered with 403/Authorization_RequestDenied: Insufficient privileges to complete the operation; assign the role Directory Readers to a security group that the consenting user is in"]
        .assert_eq(&told("tenant's users", unassigned).await);
}

#[tokio::test]
async fn a_page_that_is_not_found_lets_nobody_change_licences() {
    let denied = "HTTP/1.1 403 Forbidden\n\n{\"error\":{\"code\":\"Authorization_RequestDenied\",\"message\":\"Insufficient privileges to complete the operation.\"}}";
    let last = |reply: &str| {
        let text = recorded("probe.http");
        text.rsplit_once(denied).map(|(before, after)| format!("{before}{reply}{after}")).unwrap()
    };
    let said = async |reply: &str| {
        let scene = Scene::said(&last(reply));
        let checks = scene.adapter.probe(Some(customer()), SellsAs::DirectBill).await;
        checks.last().unwrap().result.clone()
    };
    let nobody = "HTTP/1.1 404 Not Found\n\n{\"error\":{\"code\":\"Request_ResourceNotFound\",\"message\":\"Resource does not exist.\"}}";
    assert_eq!(said(nobody).await, Ok(()));
    let page = said("HTTP/1.1 404 Not Found\n\n<html>nothing here</html>").await;
    assert!(page.unwrap_err().starts_with("`assign licence` was answered with 404; have an admin relationship"));
}

#[tokio::test]
async fn our_own_partner_agreement_is_asked_for_and_named_where_it_is_missing() {
    expect!["it is not signed; have a global administrator of our own tenant sign the Microsoft Partner Agreement in Partner Center"]
        .assert_eq(&told("our partner agreement", (SIGNED, "{\"isAgreementSigned\":false}")).await);
    let refused = (
        "HTTP/1.1 403 Forbidden\n\n{\"code\":900150,\"description\":\"Role lacks rights.\"}",
        "HTTP/1.1 403 Forbidden\n\n{\"code\":900124,\"description\":\"Not accepted.\"}",
    );
    expect!["`read invitation link` was answered with 403/900124: Not accepted; have a global administrator of our own tenant sign the Microsoft Partner Agreement in Partner Center"]
        .assert_eq(&told("relationship link", refused).await);
}

#[tokio::test]
async fn where_the_service_keeps_no_agreement_of_a_tenant_like_ours_nothing_is_said_about_it() {
    let kept = "HTTP/1.1 200 OK\nContent-Type: application/json\n\n{\"isAgreementSigned\":true}";
    for (code, is_told) in [(2203, false), (2204, false), (2205, false), (2206, false), (2200, true), (900_150, true)] {
        let none = format!("HTTP/1.1 400 Bad Request\n\n{{\"code\":{code},\"description\":\"\"}}");
        let scene = Scene::said(&recorded("probe.http").replace(kept, &none));
        let checks = scene.adapter.probe(Some(customer()), SellsAs::DirectBill).await;
        let told = checks.iter().any(|check| check.name == "our partner agreement" && check.result.is_err());
        assert_eq!(told, is_told, "{code}");
        scene.finish();
    }
}

#[tokio::test]
async fn in_a_cloud_without_them_agreements_and_admin_relationships_are_not_asked_for() {
    let probe = async |cloud, settled| {
        let scene = Scene::with(&recorded("probe.http"), Scene::vault(), |config| {
            (config.cloud, config.agreements_settled) = (cloud, settled);
        });
        let checks = scene.adapter.probe(Some(customer()), SellsAs::DirectBill).await;
        assert_eq!(scene.count("v1/agreements"), 0);
        assert_eq!(scene.count("delegatedAdmin") > 0, cloud == Cloud::UsGovernment);
        let agreements = checks.into_iter().find(|check| check.name == "customers' agreements").unwrap();
        agreements.result.err().unwrap_or_else(|| "ok".to_owned())
    };
    for cloud in [Cloud::UsGovernment, Cloud::China] {
        expect!["no call tells of them in this cloud; see that customers have accepted, and then set partner.agreements_settled"]
            .assert_eq(&probe(cloud, false).await);
        expect!["ok"].assert_eq(&probe(cloud, true).await);
    }
}
