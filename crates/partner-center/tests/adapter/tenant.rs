//! What the tenant holds, who holds it, and changing one user's licence.

use crate::support::*;
use carryover_domain::aftermath::{Service, Services};
use carryover_ports::{Directory, Unavailable};
use expect_test::{Expect, expect};
use jiff::SignedDuration;

#[tokio::test]
async fn a_tenancy_shows_every_channel_and_the_pools() {
    let scene = Scene::of("tenancy.http");
    let seen = scene.adapter.tenancy(customer()).await.unwrap().value;
    let lines: Vec<String> = seen
        .subscriptions
        .iter()
        .map(|it| {
            format!(
                "{} {:?} {} until {:?} trial {} owner {:?}",
                it.id, it.status, it.seats, it.next_lifecycle, it.trial, it.owner
            )
        })
        .collect();
    expect![[r#"
        55555555-0000-4000-8000-000000000300 Enabled 25 until Some(2026-06-02T00:00:00Z) trial false owner None
        55555555-0000-4000-8000-000000000501 Other("Hibernating") 5 until None trial true owner Some(TenantId(aaaaaaaa-0000-4000-8000-000000000001))"#]]
    .assert_eq(&lines.join("\n"));
    let pool = seen.pool(sku(K1));
    let units = (pool.enabled, pool.warning, pool.suspended, pool.consumed, pool.plans.len());
    assert_eq!(units, (25, 5, 3, 20, 1));
    assert_eq!((pool.company_wide, seen.pool(sku(K2)).company_wide), (false, true));
    scene.finish();
}

#[tokio::test]
async fn lines_that_look_at_a_tenant_together_share_one_look_and_a_write_of_ours_ends_it() {
    let scene = Scene::of("tenancy.http");
    let (one, two) = tokio::join!(scene.adapter.tenancy(customer()), scene.adapter.tenancy(customer()));
    assert_eq!(one.unwrap(), two.unwrap());
    let looks = scene.count("$batch");
    scene.adapter.tenancy(customer()).await.unwrap();
    assert_eq!(scene.count("$batch"), looks);
    // The script has nothing more to say, which shows what was asked.
    let _ = scene.adapter.swap(customer(), &[change(U1, &[])]).await;
    let _ = scene.adapter.tenancy(customer()).await;
    assert_eq!(scene.count("$batch"), looks + 1);
}

#[tokio::test]
async fn half_a_tenancy_is_no_answer() {
    let scene = Scene::of("tenancy_throttled.http");
    let seen = scene.adapter.tenancy(customer()).await.unwrap_err();
    assert_eq!(seen, Unavailable::Throttled { retry_after: SignedDuration::from_secs(20) });
    scene.finish();
}

#[tokio::test]
async fn holders_are_read_over_all_pages_each_once() {
    let scene = Scene::of("holders.http");
    let holders = scene.adapter.holders(customer(), sku(K1)).await.unwrap();
    let lines: Vec<String> = holders
        .value
        .iter()
        .map(|it| {
            let plans = it.disabled_plans.len();
            let location = it.has_usage_location;
            format!("{} {:?}, {plans} plan off, location {location}", it.user, it.via)
        })
        .collect();
    expect![[r#"
        eeeeeeee-0000-4000-8000-0000000000e1 Direct, 1 plan off, location true
        eeeeeeee-0000-4000-8000-0000000000e2 Both, 1 plan off, location false
        eeeeeeee-0000-4000-8000-0000000000e3 Group, 1 plan off, location true"#]]
    .assert_eq(&lines.join("\n"));
    scene.finish();
}

#[tokio::test]
async fn after_the_end_services_of_a_few_users_and_groups_with_errors_are_read() {
    let scene = Scene::of("services.http");
    let seen = scene.adapter.services(customer(), sku(K1)).await.unwrap().value;
    let user = |services: &Vec<Service>| {
        let words = services.iter().map(|it| format!("{}: {:?}, {:?}", it.name, it.capability, it.provisioning));
        words.collect::<Vec<_>>().join("; ")
    };
    let sample = seen.sample.expect("readable").iter().map(user).collect::<Vec<_>>().join("\n");
    expect![[r#"
        exchange: Enabled, Success; SharePoint: Enabled, Pending; MicrosoftCommunicationsOnline: Deleted, Disabled
        exchange: Warning, Error; SCO: Enabled, PendingActivation; Sway: Enabled, Pending; : Other(""), Other("Baking")
    "#]]
    .assert_eq(&sample);
    assert_eq!(seen.groups_with_errors, Some(2));
    scene.finish();
}

#[tokio::test]
async fn services_of_certain_users_are_asked_for_by_their_ids() {
    let scene = Scene::of("services_of.http");
    let users = [U1, U2].map(|user| user.parse().unwrap()).into();
    let seen = scene.adapter.services_of(customer(), &users).await.unwrap().value.expect("readable");
    let told: Vec<String> = seen.iter().map(|(user, services)| format!("{user}: {}", services[0].name)).collect();
    expect!["eeeeeeee-0000-4000-8000-0000000000e1: exchange"].assert_eq(&told.join("\n"));
    scene.finish();
}

#[tokio::test]
async fn what_may_not_be_read_after_the_end_is_absent_and_what_is_late_is_a_failure() {
    let scene = Scene::of("services_unread.http");
    let seen = scene.adapter.services(customer(), sku(K1)).await.unwrap().value;
    assert_eq!(seen, Services::default());
    scene.finish();
    let scene = Scene::of("services_down.http");
    let failed = scene.adapter.services(customer(), sku(K1)).await.unwrap_err();
    assert!(matches!(failed, Unavailable::Throttled { .. }), "{failed}");
    scene.finish();
}

#[tokio::test]
async fn a_page_at_another_host_is_not_followed() {
    let scene = Scene::of("holders_abroad.http");
    let holders = scene.adapter.holders(customer(), sku(K1)).await;
    expect![
        "unreadable: `list users`: the answer cannot be understood: it continues at another host, elsewhere.example"
    ]
    .assert_eq(&why(&holders.unwrap_err()));
    scene.finish();
}

const ASSIGN: &str = r#"POST /graph/v1.0/users/{U1}/assignLicense
> client-request-id: {U1}
{"addLicenses":[{"skuId":"{K2}","disabledPlans":["f0000000-0000-4000-8000-000000000001"]}],"removeLicenses":["{K1}"]}"#;
const USER: &str =
    "GET /graph/v1.0/users/{U1}?%24select=id%2CusageLocation%2CassignedLicenses%2ClicenseAssignmentStates";

async fn swapped(exchanges: &[(&str, &str)], expected: Expect) {
    let text: Vec<String> = exchanges.iter().map(|(asked, reply)| format!("###\n{asked}\n\n{reply}\n")).collect();
    let scene = Scene::said(&text.join("\n"));
    let plans = ["f0000000-0000-4000-8000-000000000001"];
    let fates = scene.adapter.swap(customer(), &[change(U1, &plans)]).await;
    expected.assert_eq(&told(&fates[&user()]));
    assert_eq!(scene.count("assignLicense"), 1, "a write is never repeated");
    scene.finish();
}

fn bad(words: &str) -> String {
    format!(
        "HTTP/1.1 400 Bad Request\n\n{{\"error\":{{\"code\":\"Request_BadRequest\",\"message\":\"{words}\",\"innerError\":{{}}}}}}"
    )
}

fn holding(skus: &[&str]) -> String {
    let licences: Vec<String> = skus.iter().map(|it| format!(r#"{{"skuId":"{it}"}}"#)).collect();
    format!(
        r#"HTTP/1.1 200 OK

{{"id":"{{U1}}","usageLocation":"DE","assignedLicenses":[{}]}}"#,
        licences.join(",")
    )
}

#[tokio::test]
async fn a_swap_gives_and_takes_in_one_call() {
    let scene = Scene::of("swap.http");
    let fates = scene.adapter.swap(customer(), &[change(U1, &["f0000000-0000-4000-8000-000000000001"])]).await;
    assert_eq!(told(&fates[&user()]), "done: ()");
    scene.finish();
}

#[tokio::test]
async fn a_swap_gives_two_licences_in_one_call_and_half_of_it_is_not_done() {
    let asked = ASSIGN.replace(
        r#"]}],"remove"#,
        r#"]},{"skuId":"bbbbbbbb-0000-4000-8000-0000000000b3","disabledPlans":[]}],"remove"#,
    );
    let held = holding(&["{K2}"]);
    let not_held = bad("User does not have a corresponding license.");
    let text = format!("###\n{asked}\n\n{not_held}\n\n###\n{USER}\n\n{held}\n");
    let scene = Scene::said(&text);
    let mut both = change(U1, &["f0000000-0000-4000-8000-000000000001"]);
    both.add.insert(sku("bbbbbbbb-0000-4000-8000-0000000000b3"), std::collections::BTreeSet::new());
    let fates = scene.adapter.swap(customer(), &[both]).await;
    expect![
        "refused, LicenceNotAssignable: the user holds neither the old licence nor all that takes its place (code 400)"
    ]
    .assert_eq(&told(&fates[&user()]));
    scene.finish();
}

#[tokio::test]
async fn a_swap_that_an_earlier_call_did_is_done() {
    let not_held = bad("User does not have a corresponding license.");
    let cases = [
        (holding(&["{K2}"]), expect!["done: ()"]),
        (
            holding(&[]),
            expect![
                "refused, LicenceNotAssignable: the user holds neither the old licence nor all that takes its place (code 400)"
            ],
        ),
        (
            holding(&["{K1}"]),
            expect!["refused, LicenceNotAssignable: the old licence is not assigned to the user directly (code 400)"],
        ),
        (
            "HTTP/1.1 503 Service Unavailable\nRetry-After: 9\n\n".to_owned(),
            expect![
                "in doubt: the old licence is not held, and the user cannot be read: `read user` was answered with 503"
            ],
        ),
    ];
    for (user, expected) in cases {
        swapped(&[(ASSIGN, &not_held), (USER, &user)], expected).await;
    }
}

#[tokio::test]
async fn a_swap_that_cannot_be_says_what_is_wrong_with_the_user() {
    let cases = [
        (bad("License assignment cannot be done for user with invalid usage location."), expect!["refused, LicenceNotAssignable: License assignment cannot be done for user with invalid usage location. (code 400/Request_BadRequest)"]),
        (bad("Subscription with SKU {K2} does not have any available licenses."), expect!["refused, NoFreeUnits: Subscription with SKU bbbbbbbb-0000-4000-8000-0000000000b2 does not have any available licenses. (code 400/Request_BadRequest)"]),
        (bad("License assignment failed because service plan A depends on B."), expect!["refused, LicenceNotAssignable: License assignment failed because service plan A depends on B. (code 400/Request_BadRequest)"]),
        ("HTTP/1.1 403 Forbidden\n\n{\"error\":{\"code\":\"Authorization_RequestDenied\",\"message\":\"Insufficient privileges.\"}}".to_owned(), expect!["refused, NotPermitted: Insufficient privileges. (code 403/Authorization_RequestDenied)"]),
        ("HTTP/1.1 429 Too Many Requests\nRetry-After: 1.5\n\n{\"error\":{\"code\":\"TooManyRequests\",\"message\":\"\"}}".to_owned(), expect!["throttled for 1s 500ms"]),
        (bad("Another object was changed concurrently."), expect!["in doubt: `assign licence` was answered with 400/Request_BadRequest: Another object was changed concurrently."]),
        ("HANG UP".to_owned(), expect!["in doubt: `assign licence`: the connection broke before the answer (connection closed before message completed)"]),
    ];
    for (reply, expected) in cases {
        swapped(&[(ASSIGN, &reply)], expected).await;
    }
}

async fn swapped_together(exchanges: &str, expected: Expect) {
    let scene = Scene::said(exchanges);
    let changes = [U1, U2, U3].map(|user| change(user, &[]));
    let fates = scene.adapter.swap(customer(), &changes).await;
    let told: Vec<String> = fates.iter().map(|(user, fate)| format!("{user} {}", told(fate))).collect();
    expected.assert_eq(&told.join("\n"));
    assert_eq!(scene.count("$batch"), 1, "a write is never repeated");
    scene.finish();
}

#[tokio::test]
async fn users_who_change_together_have_a_fate_each() {
    let batch = recorded("swaps.http");
    swapped_together(
        &batch,
        expect![[r#"
        eeeeeeee-0000-4000-8000-0000000000e1 done: ()
        eeeeeeee-0000-4000-8000-0000000000e2 done: ()
        eeeeeeee-0000-4000-8000-0000000000e3 throttled for 1s 500ms"#]],
    )
    .await;
}

#[tokio::test]
async fn a_batch_without_an_answer_leaves_every_user_in_doubt_and_one_that_is_refused_does_nothing() {
    let batch = recorded("swaps.http");
    let asked = batch.split("\n\n").next().unwrap();
    let cases = [
        (
            "HANG UP",
            expect![[r#"
            eeeeeeee-0000-4000-8000-0000000000e1 in doubt: `assign licences of a batch`: the connection broke before the answer (connection closed before message completed)
            eeeeeeee-0000-4000-8000-0000000000e2 in doubt: `assign licences of a batch`: the connection broke before the answer (connection closed before message completed)
            eeeeeeee-0000-4000-8000-0000000000e3 in doubt: `assign licences of a batch`: the connection broke before the answer (connection closed before message completed)"#]],
        ),
        (
            "HTTP/1.1 200 OK\n\n{\"responses\":[{\"id\":\"0\",\"status\":200,\"body\":{\"id\":\"{U1}\"}},{\"id\":\"1\",\"status\":200},{\"id\":\"1\",\"status\":429}]}",
            expect![[r#"
            eeeeeeee-0000-4000-8000-0000000000e1 done: ()
            eeeeeeee-0000-4000-8000-0000000000e2 in doubt: `assign licence`: the answer cannot be understood: the batch has more than one answer for it
            eeeeeeee-0000-4000-8000-0000000000e3 in doubt: `assign licence`: the answer cannot be understood: the batch has no answer for it"#]],
        ),
        (
            "HTTP/1.1 429 Too Many Requests\nRetry-After: 7\n\n{\"error\":{\"code\":\"TooManyRequests\",\"message\":\"\"}}",
            expect![[r#"
            eeeeeeee-0000-4000-8000-0000000000e1 throttled for 7s
            eeeeeeee-0000-4000-8000-0000000000e2 throttled for 7s
            eeeeeeee-0000-4000-8000-0000000000e3 throttled for 7s"#]],
        ),
    ];
    for (reply, expected) in cases {
        swapped_together(&format!("{asked}\n\n{reply}\n"), expected).await;
    }
}

#[tokio::test]
async fn more_users_than_fit_into_a_batch_go_out_in_several() {
    let scene = Scene::said("");
    let of = |number: u128| format!("eeeeeeee-0000-4000-8000-{number:012}");
    let changes: Vec<_> = (0..41).map(|number| change(&of(number), &[])).collect();
    // The script answers none of them, which shows what was asked.
    let fates = scene.adapter.swap(customer(), &changes).await;
    assert_eq!((fates.len(), scene.count("$batch"), scene.count("/assignLicense HTTP")), (41, 2, 1));
}
