//! The customer as an organisation, and our rights in its tenant.

use crate::support::*;
use carryover_domain::ids::TenantId;
use carryover_ports::Customers;
use expect_test::{Expect, expect};

async fn profile(file: &str, expected: Expect) {
    let scene = Scene::of(file);
    let seen = scene.adapter.profile(customer()).await;
    expected.assert_eq(&match seen {
        Ok(seen) => format!("{:#?}", seen.value),
        Err(unavailable) => why(&unavailable),
    });
    scene.finish();
}

#[tokio::test]
async fn a_complete_profile_lacks_nothing_and_names_approved_segments() {
    profile(
        "profile.http",
        expect![[r#"
            Profile {
                country: Some(
                    US,
                ),
                registration_id: Some(
                    "912345678",
                ),
                address_lacks: [],
                contact_lacks: [],
                segments: {
                    Education,
                },
                kind: Customer,
                on_hold: None,
            }"#]],
    )
    .await;
}

#[tokio::test]
async fn what_is_missing_is_named_and_what_does_not_show_is_not() {
    profile(
        "profile_bare.http",
        expect![[r#"
            Profile {
                country: Some(
                    US,
                ),
                registration_id: None,
                address_lacks: [
                    "the city",
                    "the state",
                ],
                contact_lacks: [
                    "the last name",
                    "the e-mail address",
                ],
                segments: {},
                kind: Customer,
                on_hold: Some(
                    "UnderReview",
                ),
            }"#]],
    )
    .await;
}

#[tokio::test]
async fn absence_is_an_answer_where_the_service_keeps_nothing() {
    profile(
        "profile_nothing.http",
        expect![[r#"
            Profile {
                country: Some(
                    XK,
                ),
                registration_id: Some(
                    "",
                ),
                address_lacks: [],
                contact_lacks: [],
                segments: {},
                kind: Customer,
                on_hold: None,
            }"#]],
    )
    .await;
}

#[tokio::test]
async fn a_stranger_has_no_profile() {
    profile(
        "profile_stranger.http",
        expect!["forbidden: `read customer` was answered with 403/20002: No relationship between caller and account."],
    )
    .await;
}

#[tokio::test]
async fn rights_come_from_all_relationships_with_the_customer_and_are_read_once_for_all() {
    let scene = Scene::of("access.http");
    let mut told = Vec::new();
    for n in 1..=4 {
        let tenant: TenantId = format!("cccccccc-0000-4000-8000-0000000000c{n}").parse().unwrap();
        let access = scene.adapter.access(tenant).await.unwrap().value;
        told.push(format!("lacks {:?}, ends {:?}", access.lacks, access.ends.map(|end| end.to_string())));
    }
    expect![[r#"
        lacks [], ends Some("2026-09-01T00:00:00Z")
        lacks ["License Administrator"], ends None
        lacks [], ends None
        lacks ["License Administrator", "Directory Readers"], ends None"#]]
    .assert_eq(&told.join("\n"));
    scene.finish();
}

#[tokio::test]
async fn rights_that_may_not_be_read_are_forbidden_knowledge() {
    let scene = Scene::of("access_refused.http");
    let refused = scene.adapter.access(customer()).await.unwrap_err();
    expect!["forbidden: `list admin relationships` was answered with 403/Authorization_RequestDenied: Insufficient privileges to complete the operation."].assert_eq(&why(&refused));
    scene.finish();
}

/// Not the customer's matter: nothing that needs the user goes on.
#[tokio::test]
async fn a_sign_in_refused_at_our_own_tenant_stops_everything() {
    let scene = Scene::of("access_signed_out.http");
    let refused = scene.adapter.access(customer()).await.unwrap_err();
    expect!["sign-in refused: `sign in` was answered with 400: sign-in was refused (invalid_grant): the stored consent no longer holds; a partner user with multi-factor sign-in must consent again"].assert_eq(&why(&refused));
    scene.finish();
}
