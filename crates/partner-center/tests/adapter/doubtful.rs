//! Answers that look like facts and are none: nothing may be bought, ended or told to anybody upon them.

use crate::support::*;
use carryover_domain::facts::Hope;
use carryover_domain::ids::SubscriptionId;
use carryover_domain::offer::Segment;
use carryover_domain::sold::{EndOfTerm, SoldChange};
use carryover_domain::time::{Billing, Term};
use carryover_domain::value::Seats;
use carryover_partner_center::OwnerUser;
use carryover_ports::{Catalogue, Commerce, Customers, Directory, Licences, Subscriptions, Webhooks};
use expect_test::{Expect, expect};

const PROXY: &str = "HTTP/1.1 404 Not Found\ncontent-type: text/html\n\n<html>no such host</html>";
const CLOSED: &str = "HTTP/1.1 403 Forbidden\ncontent-type: text/html\n\n<html>blocked by policy</html>";
const SUBSCRIPTION: &str = "GET /pc/v1/customers/{C1}/subscriptions/{S1}";

fn subscription() -> SubscriptionId {
    SubscriptionId::try_new(S1).unwrap()
}

/// The exchanges, each a request and its reply.
fn said(exchanges: &[(&str, &str)]) -> Scene {
    let text: Vec<String> = exchanges.iter().map(|(asked, reply)| format!("###\n{asked}\n\n{reply}\n")).collect();
    Scene::said(&text.join("\n"))
}

#[tokio::test]
async fn a_page_of_a_proxy_does_not_say_that_a_customer_is_not_ours() {
    let scene = said(&[("GET /pc/v1/customers/{C1}", PROXY)]);
    let standing = scene.adapter.standing(customer()).await;
    expect!["unreadable: `read customer` was answered with 404"].assert_eq(&why(&standing.unwrap_err()));
    scene.finish();
}

#[tokio::test]
async fn a_page_of_a_proxy_does_not_say_that_nobody_has_accepted_the_agreement() {
    let signed = "GET /pc/v1/customers/{C1}/directSignedMicrosoftCustomerAgreementStatus";
    let ours = r#"{"id":"{C1}","relationshipToPartner":"reseller"}"#;
    let ours = format!("HTTP/1.1 200 OK\n\n{ours}");
    let scene = said(&[("GET /pc/v1/customers/{C1}", &ours), (signed, PROXY)]);
    let standing = scene.adapter.standing(customer()).await;
    expect!["unreadable: `read direct acceptance` was answered with 404"].assert_eq(&why(&standing.unwrap_err()));
    scene.finish();
}

#[tokio::test]
async fn a_page_of_a_proxy_does_not_say_that_we_may_not_look() {
    let scene = said(&[("GET /pc/v1/customers/{C1}", CLOSED)]);
    let standing = scene.adapter.standing(customer()).await;
    expect!["unreadable: `read customer` was answered with 403"].assert_eq(&why(&standing.unwrap_err()));
    scene.finish();
}

#[tokio::test]
async fn a_subscription_that_a_proxy_calls_absent_is_neither_gone_nor_refused_to_be_changed() {
    let scene = said(&[(SUBSCRIPTION, PROXY), (SUBSCRIPTION, PROXY)]);
    let sold = scene.adapter.sold(customer(), &subscription()).await;
    expect!["unreadable: `read subscription` was answered with 404"].assert_eq(&why(&sold.unwrap_err()));
    let changed = scene.adapter.change(key(), customer(), &subscription(), &SoldChange::Cancel).await;
    expect!["not sent: `read subscription` was answered with 404"].assert_eq(&told(&changed));
    scene.finish();
}

#[tokio::test]
async fn what_was_bought_a_moment_ago_is_changed_later() {
    let absent = "HTTP/1.1 404 Not Found\n\n{\"code\":20003,\"description\":\"Subscription not found.\"}";
    let scene = said(&[(SUBSCRIPTION, absent)]);
    let changed = scene.adapter.change(key(), customer(), &subscription(), &SoldChange::Cancel).await;
    expect!["not sent: `read subscription` was answered with 404/20003: Subscription not found."]
        .assert_eq(&told(&changed));
    scene.finish();
}

#[tokio::test]
async fn a_subscription_that_others_keep_changing_is_left_alone_for_a_while() {
    let held = r#"{"id":"{S1}","offerId":"CFQ7TTC0ZZ01:0001","quantity":25,"status":"active"}"#;
    let held = format!("HTTP/1.1 200 OK\n\n{held}");
    let ended = r#"PATCH /pc/v1/customers/{C1}/subscriptions/{S1}
{"id":"{S1}","offerId":"CFQ7TTC0ZZ01:0001","quantity":25,"status":"deleted"}"#;
    let outdated = "HTTP/1.1 412 Precondition Failed\n\n";
    let scene = said(&[(SUBSCRIPTION, &held), (ended, outdated), (SUBSCRIPTION, &held), (ended, outdated)]);
    let changed = scene.adapter.change(key(), customer(), &subscription(), &SoldChange::Cancel).await;
    expect!["throttled for 1m"].assert_eq(&told(&changed));
    scene.finish();
}

#[tokio::test]
async fn an_end_that_was_chosen_is_known_in_any_spelling() {
    let held = |word: &str| {
        let actions = format!(r#"[{{"scheduleType":"term_end","actionType":"{word}"}}]"#);
        format!(
            "HTTP/1.1 200 OK\n\n{{\"id\":\"{{S1}}\",\"offerId\":\"CFQ7TTC0ZZ01:0001\",\"quantity\":25,\"status\":\"active\",\"autoRenewEnabled\":false,\"scheduledActions\":{actions}}}"
        )
    };
    for (word, expected) in [
        ("cancel", EndOfTerm::Cancel),
        ("renew_to_new_term", EndOfTerm::Renew),
        ("renew_to_extended_service_term", EndOfTerm::Extend),
    ] {
        let scene = said(&[(SUBSCRIPTION, &held(word))]);
        let sold = scene.adapter.sold(customer(), &subscription()).await.unwrap().value.unwrap();
        assert_eq!(sold.at_end, Some(expected), "{word}");
        scene.finish();
    }
}

#[tokio::test]
async fn a_next_term_in_words_not_known_is_not_none() {
    let held = |cycle: &str| {
        let product =
            format!(r#"{{"productId":"CFQ7TTC0ZZ01","skuId":"0001","billingCycle":{cycle},"termDuration":"P1Y"}}"#);
        format!(
            "HTTP/1.1 200 OK\n\n{{\"id\":\"{{S1}}\",\"offerId\":\"CFQ7TTC0ZZ01:0001\",\"quantity\":25,\"status\":\"active\",\"billingCycle\":1,\"scheduledNextTermInstructions\":{{\"product\":{product},\"quantity\":20}}}}"
        )
    };
    let scene = said(&[(SUBSCRIPTION, &held("2"))]);
    let sold = scene.adapter.sold(customer(), &subscription()).await.unwrap().value.unwrap();
    assert_eq!((sold.billing, sold.next_term.unwrap().billing), (Some(Billing::Monthly), Billing::Annual));
    scene.finish();
    let scene = said(&[(SUBSCRIPTION, &held("6"))]);
    let changed = scene.adapter.change(key(), customer(), &subscription(), &SoldChange::SameAgain).await;
    expect!["not sent: `read subscription`: the answer cannot be understood: the next term is 20 × CFQ7TTC0ZZ01:0001 for P1Y with biennial billing"].assert_eq(&told(&changed));
    scene.finish();
}

#[tokio::test]
async fn a_subscription_that_comes_as_a_list_of_values_is_not_understood() {
    let list = r#"["{S1}","CFQ7TTC0ZZ01:0001","x",25,"active"]"#;
    let scene = said(&[(SUBSCRIPTION, &format!("HTTP/1.1 200 OK\n\n{list}"))]);
    let more = SoldChange::Seats(Seats::try_new(30).unwrap());
    let changed = scene.adapter.change(key(), customer(), &subscription(), &more).await;
    expect!["not sent: `read subscription`: the answer cannot be understood: it is no object"]
        .assert_eq(&told(&changed));
    scene.finish();
}

const AVAILABILITIES: &str =
    "GET /pc/v1/customers/{C1}/products/CFQ7TTC0ZZ01/skus/0001/availabilities?IncludeLifeCycleState=true";
const CART_ASKED: &str = r#"POST /pc/v1/customers/{C1}/carts
{"lineItems":[{"id":0,"catalogItemId":"CFQ7TTC0ZZ01:0001:CFQ7TTC0QQ01","friendlyName":"{MARK}","quantity":25,"termDuration":"P1Y","billingCycle":"monthly"}]}"#;

fn on_sale(cycle: &str) -> String {
    format!(
        r#"HTTP/1.1 200 OK

{{"items":[{{"catalogItemId":"CFQ7TTC0ZZ01:0001:CFQ7TTC0QQ01","segment":"commercial","isPurchasable":true,"terms":[{{"duration":"P1Y","billingCycle":{cycle}}}]}}]}}"#
    )
}

fn in_cart(cycle: &str) -> String {
    format!(
        r#"HTTP/1.1 201 Created

{{"id":"{{CART}}","lineItems":[{{"id":0,"catalogItemId":"CFQ7TTC0ZZ01:0001:CFQ7TTC0QQ01","quantity":25,"termDuration":"P1Y","billingCycle":{cycle}}}]}}"#
    )
}

#[tokio::test]
async fn what_is_billed_by_a_number_is_sold_and_bought_like_by_its_word() {
    let scene = said(&[(AVAILABILITIES, &on_sale("1")), (CART_ASKED, &in_cart("1"))]);
    let carryover_ports::Outcome::Done(cart) = scene.adapter.create_cart(key(), customer(), &want()).await else {
        panic!("no cart")
    };
    assert_eq!((cart.term, cart.billing), (Some(Term::Year), Some(Billing::Monthly)));
    scene.finish();
}

#[tokio::test]
async fn words_not_known_for_how_it_is_billed_are_told_where_something_is_bought() {
    let scene = said(&[(AVAILABILITIES, &on_sale("\"fortnightly\""))]);
    let made = scene.adapter.create_cart(key(), customer(), &want()).await;
    expect!["refused, OfferUnavailable: CFQ7TTC0ZZ01:0001 is not on sale to this customer for P1Y with monthly billing; it is for P1Y with fortnightly billing, which is not known here (code none)"].assert_eq(&told(&made));
    scene.finish();
    let scene = said(&[(AVAILABILITIES, &on_sale("\"monthly\"")), (CART_ASKED, &in_cart("4"))]);
    let made = scene.adapter.create_cart(key(), customer(), &want()).await;
    expect!["refused, Other: the cart is for P1Y with one_time billing (code 201)"].assert_eq(&told(&made));
    scene.finish();
}

const CHECKOUT: &str = "POST /pc/v1/customers/{C1}/carts/{CART}/checkout";

async fn checked_out(body: &str, expected: Expect) {
    let scene = said(&[(CHECKOUT, &format!("HTTP/1.1 201 Created\n\n{body}"))]);
    let bought = scene.adapter.check_out(key(), customer(), &cart(), &mark()).await;
    expected.assert_eq(&told(&bought));
    scene.finish();
}

#[tokio::test]
async fn an_order_group_that_failed_for_what_is_no_refusal_may_have_left_an_order() {
    let failed = |code: u32| {
        format!(r#"{{"orders":[],"orderErrors":[{{"orderGroupId":"0","code":{code},"description":"failed"}}]}}"#)
    };
    checked_out(&failed(800_005), expect!["in doubt: `check out` was answered with 201/800005: failed"]).await;
    checked_out(&failed(987_654), expect!["in doubt: `check out` was answered with 201/987654: failed"]).await;
}

#[tokio::test]
async fn a_lone_order_that_carries_the_mark_of_another_is_not_ours() {
    let order = |name: &str| {
        format!(
            r#"{{"orders":[{{"id":"0a1b2c3d4e5f","creationDate":"2026-05-04T09:00:12Z","lineItems":[{{"offerId":"CFQ7TTC0ZZ01:0001:CFQ7TTC0QQ01","quantity":25{name}}}]}}]}}"#
        )
    };
    checked_out(
        &order(r#","friendlyName":"somebody else's""#),
        expect![
            "in doubt: `check out`: the answer cannot be understood: it shows neither our order nor why there is none"
        ],
    )
    .await;
    let scene = said(&[(CHECKOUT, &format!("HTTP/1.1 201 Created\n\n{}", order("")))]);
    let bought = scene.adapter.check_out(key(), customer(), &cart(), &mark()).await;
    assert!(matches!(bought, carryover_ports::Outcome::Done(_)), "{bought:?}");
    scene.finish();
}

const ASSIGN: &str = r#"POST /graph/v1.0/users/{U1}/assignLicense
{"addLicenses":[{"skuId":"{K2}","disabledPlans":[]}],"removeLicenses":["{K1}"]}"#;

#[tokio::test]
async fn a_user_has_changed_only_where_the_answer_is_that_user() {
    let cases = [
        (
            r#"{"error":{"code":"Request_BadRequest","message":"No."}}"#,
            expect!["in doubt: `assign licence` was answered with 200/Request_BadRequest: No."],
        ),
        (
            r#"{"statusCode":429,"message":"Rate limit is exceeded."}"#,
            expect!["in doubt: `assign licence` was answered with 200/429: Rate limit is exceeded."],
        ),
        (
            r#"{"errorName":"TokenInvalid","isRetryable":false}"#,
            expect!["in doubt: `assign licence` was answered with 200/unnamed: TokenInvalid"],
        ),
        ("{}", expect!["in doubt: `assign licence`: the answer cannot be understood: it names no user"]),
        (
            r#"{"id":"{U2}"}"#,
            expect!["in doubt: `assign licence`: the answer cannot be understood: it is about another user"],
        ),
        ("", expect!["in doubt: `assign licence`: the answer cannot be understood: it is no object"]),
    ];
    for (body, expected) in cases {
        let scene = said(&[(ASSIGN, &format!("HTTP/1.1 200 OK\n\n{body}"))]);
        let fates = scene.adapter.swap(customer(), &[change(U1, &[])]).await;
        expected.assert_eq(&told(&fates[&user()]));
        scene.finish();
    }
}

#[tokio::test]
async fn an_error_inside_a_success_is_not_a_licence_changed_nor_a_registration_made() {
    let update = r#"POST /pc/v1/customers/{C1}/users/{U1}/licenseupdates
{"licensesToAssign":[{"skuId":"{K2}","excludedPlans":[]}],"licensesToRemove":["{K1}"]}"#;
    let refused = "HTTP/1.1 200 OK\n\n{\"statusCode\":429,\"message\":\"Rate limit is exceeded.\"}";
    let scene = said(&[(update, refused)]);
    let changed = scene.adapter.change_licences(customer(), &change(U1, &[])).await;
    expect!["in doubt: `update licences` was answered with 200/429: Rate limit is exceeded."]
        .assert_eq(&told(&changed));
    scene.finish();
    let none = "HTTP/1.1 404 Not Found\n\n{\"code\":1000,\"description\":\"Not found.\"}";
    let make = r#"POST /pc/webhooks/v1/registration
{"webhookUrl":"https://hooks.partner.example/pc","webhookEvents":[],"signatureTokenToMsSignatureHeader":false}"#;
    let failed = "HTTP/1.1 200 OK\n\n{\"errorMessageExtended\":\"InternalErrorCode=900308\",\"isRetryable\":false}";
    let scene = said(&[("GET /pc/webhooks/v1/registration", none), (make, failed)]);
    let want = carryover_ports::Registration {
        url: "https://hooks.partner.example/pc".parse().unwrap(),
        events: std::collections::BTreeSet::new(),
    };
    let made = scene.adapter.register(key(), &want).await;
    expect!["in doubt: `register webhook` was answered with 200/900308; give the consenting user the Admin agent role"]
        .assert_eq(&told(&made));
    scene.finish();
}

const TENANCY: &str = r#"POST /graph/v1.0/$batch
{"requests":[
 {"id":"0","method":"GET","url":"/directory/subscriptions","headers":{"ConsistencyLevel":"eventual"}},
 {"id":"1","method":"GET","url":"/subscribedSkus","headers":{"ConsistencyLevel":"eventual"}}]}"#;

#[tokio::test]
async fn what_a_tenant_does_not_tell_or_tells_unreadably_proves_no_cover() {
    let subscription =
        |more: &str| format!(r#"{{"id":"a","skuId":"{{K1}}","status":"Enabled","totalLicenses":25{more}}}"#);
    let pool = |more: &str| format!(r#"{{"skuId":"{{K1}}","prepaidUnits":{{"enabled":25}}{more}}}"#);
    let (fine, used) = (subscription(""), pool(r#","consumedUnits":20"#));
    let cases = [
        (
            fine.clone(),
            pool(""),
            expect![
                "unreadable: `list licence pools`: the answer cannot be understood: the licence pool of bbbbbbbb-0000-4000-8000-0000000000b1 does not say how many are in use"
            ],
        ),
        (
            fine.clone(),
            r#"{"skuId":"one","consumedUnits":1}"#.to_owned(),
            expect![
                "unreadable: `list licence pools`: the answer cannot be understood: the skuId `one` cannot be read"
            ],
        ),
        (
            fine,
            r#"{"consumedUnits":1}"#.to_owned(),
            expect![
                "unreadable: `list licence pools`: the answer cannot be understood: a licence pool without a skuId"
            ],
        ),
        (
            subscription(r#","ownerTenantId":"partner""#),
            used.clone(),
            expect![
                "unreadable: `list tenant subscriptions`: the answer cannot be understood: the ownerTenantId `partner` cannot be read"
            ],
        ),
        (
            r#"{"id":"a","skuId":"one","totalLicenses":25}"#.to_owned(),
            used.clone(),
            expect![
                "unreadable: `list tenant subscriptions`: the answer cannot be understood: the skuId `one` cannot be read"
            ],
        ),
        (
            r#"{"id":"a","skuId":"{K1}"}"#.to_owned(),
            used,
            expect![
                "unreadable: `list tenant subscriptions`: the answer cannot be understood: a subscription without totalLicenses"
            ],
        ),
    ];
    for (subscription, pool, expected) in cases {
        let answers = format!(
            r#"{{"responses":[{{"id":"0","status":200,"body":{{"value":[{subscription}]}}}},{{"id":"1","status":200,"body":{{"value":[{pool}]}}}}]}}"#
        );
        let scene = said(&[(TENANCY, &format!("HTTP/1.1 200 OK\n\n{answers}"))]);
        expected.assert_eq(&why(&scene.adapter.tenancy(customer()).await.unwrap_err()));
        scene.finish();
    }
}

#[tokio::test]
async fn pools_by_way_of_partner_center_that_do_not_tell_what_is_in_use_prove_no_cover() {
    let asked = "GET /pc/v1/customers/{C1}/subscribedskus";
    let pool = r#"{"items":[{"activeUnits":25,"productSku":{"id":"{K1}","targetType":"User"}}]}"#;
    let scene = said(&[(asked, &format!("HTTP/1.1 200 OK\n\n{pool}"))]);
    let pools = scene.adapter.pools(customer()).await;
    expect!["unreadable: `list customer's SKUs`: the answer cannot be understood: the licence pool of bbbbbbbb-0000-4000-8000-0000000000b1 does not say how many are in use"].assert_eq(&why(&pools.unwrap_err()));
    scene.finish();
}

#[tokio::test]
async fn a_plan_that_cannot_be_read_is_not_switched_on_with_the_next_licence() {
    let asked = "GET /graph/v1.0/users?%24select=id%2CusageLocation%2CassignedLicenses%2ClicenseAssignmentStates&%24filter=assignedLicenses%2Fany%28x%3Ax%2FskuId+eq+{K1}%29&%24count=true&%24top=999";
    let users =
        r#"{"value":[{"id":"{U1}","assignedLicenses":[{"skuId":"{K1}","disabledPlans":["EXCHANGE_S_STANDARD"]}]}]}"#;
    let scene = said(&[(asked, &format!("HTTP/1.1 200 OK\n\n{users}"))]);
    let holders = scene.adapter.holders(customer(), sku(K1)).await;
    expect!["unreadable: `list users`: the answer cannot be understood: the disabled plan `EXCHANGE_S_STANDARD` cannot be read"].assert_eq(&why(&holders.unwrap_err()));
    scene.finish();
}

#[tokio::test]
async fn an_account_whose_state_is_not_told_is_not_free_to_be_sold_to() {
    for body in ["{}", "[]"] {
        let profile = recorded("profile.http");
        let (before, state) = profile.rsplit_once("\n\n").unwrap();
        assert!(state.contains("Allowed"), "{state}");
        let scene = Scene::said(&format!("{before}\n\n{body}\n"));
        let profile = scene.adapter.profile(customer()).await;
        assert!(why(&profile.unwrap_err()).starts_with("unreadable: `read account validation`"), "{body}");
        scene.finish();
    }
}

const PROVISIONING: &str = "GET /pc/v1/customers/{C1}/subscriptions/{S1}/provisioningstatus";

#[tokio::test]
async fn what_was_delivered_is_looked_at_again_after_a_notice_and_after_a_change_of_ours() {
    let provisioned = "HTTP/1.1 200 OK\n\n{\"status\":\"success\"}";
    let held = |status: &str| {
        format!(
            "HTTP/1.1 200 OK\n\n{{\"id\":\"{{S1}}\",\"offerId\":\"CFQ7TTC0ZZ01:0001\",\"quantity\":25,\"status\":\"{status}\"}}"
        )
    };
    let (active, ended) = (held("active"), held("deleted"));
    let ends = r#"PATCH /pc/v1/customers/{C1}/subscriptions/{S1}
{"id":"{S1}","offerId":"CFQ7TTC0ZZ01:0001","quantity":25,"status":"deleted"}"#;
    let scene = said(&[
        (PROVISIONING, provisioned),
        (SUBSCRIPTION, &active),
        (PROVISIONING, provisioned),
        (SUBSCRIPTION, &active),
        (SUBSCRIPTION, &active),
        (ends, &ended),
        (PROVISIONING, provisioned),
        (SUBSCRIPTION, &ended),
    ]);
    let id = subscription();
    let active = async || scene.adapter.delivery(customer(), &id).await.unwrap().value.unwrap().active;
    assert!(active().await);
    assert!(active().await, "it is remembered");
    let notice = carryover_partner_center::Notice {
        event: "subscription-updated".to_owned(),
        customer: Some(customer()),
        changed: String::new(),
        resource: String::new(),
    };
    scene.adapter.heard(&notice).await;
    assert!(active().await, "and looked at again");
    scene.adapter.change(key(), customer(), &id, &SoldChange::Cancel).await;
    assert!(!active().await, "what we have ended is not there any more");
    scene.finish();
}

#[tokio::test]
async fn nobody_gets_the_promotions_that_another_asked_about_at_the_same_time() {
    let hope = |seats: u32| Hope {
        offer: ITEM.parse().unwrap(),
        segment: Segment::Commercial,
        seats,
        term: Term::Year,
        billing: Billing::Monthly,
    };
    let asked = |seats: u32| {
        format!(
            r#"POST /pc/v1/customers/{{C1}}/promotionEligibilities
{{"items":[{{"id":0,"catalogItemId":"CFQ7TTC0ZZ01:0001:CFQ7TTC0QQ01","quantity":{seats},"billingCycle":"monthly","termDuration":"P1Y"}}]}}"#
        )
    };
    let given = |id: &str| {
        format!(
            "HTTP/1.1 200 OK\n\n{{\"items\":[{{\"id\":0,\"eligibilities\":[{{\"promotionId\":\"{id}\",\"isEligible\":true}}]}}]}}"
        )
    };
    let (item, few, many, most) = (on_sale("\"monthly\""), asked(1), asked(2), asked(3));
    let scene = said(&[
        (AVAILABILITIES, &item),
        (&few, &given("few")),
        (AVAILABILITIES, &item),
        (&many, &given("many")),
        (AVAILABILITIES, &item),
        (&most, &given("most")),
    ]);
    let ask = async |seats: u32| scene.adapter.promotions_for(customer(), &[hope(seats)]).await.unwrap().value;
    let (one, two, three) = tokio::join!(ask(1), ask(2), ask(3));
    let told = [one, two, three].map(|given| given[0].iter().cloned().collect::<String>());
    assert_eq!(told, ["few", "many", "most"]);
    scene.finish();
}

const ORDERS: &str = "GET /pc/v1/customers/{C1}/orders?include_price=true";

fn order(id: &str, status: &str) -> String {
    format!(
        r#"{{"id":"{id}","creationDate":"2026-05-04T12:00:12Z","status":"{status}","lineItems":[{{"offerId":"CFQ7TTC0ZZ01:0001:CFQ7TTC0QQ01","friendlyName":"{{MARK}}","quantity":25}}]}}"#
    )
}

/// Nothing stands of it, so that it is no purchase; and whoever called it off may not want another, so that there is not none.
#[tokio::test]
async fn an_order_of_ours_that_is_cancelled_is_neither_a_purchase_nor_none() {
    let cancelled = order("0a1b2c3d4e50", "cancelled");
    let scene = said(&[(ORDERS, &format!("HTTP/1.1 200 OK\n\n{{\"items\":[{cancelled}]}}"))]);
    let orders = scene.adapter.orders_marked(customer(), &mark(), noon()).await;
    expect!["unreadable: `list orders`: the answer cannot be understood: the order 0a1b2c3d4e50, which carries our mark, is cancelled"].assert_eq(&why(&orders.unwrap_err()));
    scene.finish();
    let stands = order("0a1b2c3d4e51", "completed");
    let scene = said(&[(ORDERS, &format!("HTTP/1.1 200 OK\n\n{{\"items\":[{cancelled},{stands}]}}"))]);
    let orders = scene.adapter.orders_marked(customer(), &mark(), noon()).await.unwrap().value;
    assert_eq!(orders.iter().map(|it| it.order.to_string()).collect::<Vec<_>>(), ["0a1b2c3d4e51"]);
    scene.finish();
    checked_out(
        &format!(r#"{{"orders":[{cancelled}]}}"#),
        expect!["in doubt: `check out`: the answer cannot be understood: the order 0a1b2c3d4e50, which carries our mark, is cancelled"],
    )
    .await;
}

#[tokio::test]
async fn that_a_user_owns_a_subscription_means_what_the_settings_say() {
    for (means, bought_by_user) in [(OwnerUser::SelfService, true), (OwnerUser::Nothing, false)] {
        let scene = Scene::with(&recorded("tenancy.http"), Scene::vault(), |config| config.owner_user = means);
        let tenancy = scene.adapter.tenancy(customer()).await.unwrap().value;
        let by_user: Vec<bool> = tenancy.subscriptions.iter().map(|held| held.bought_by_user).collect();
        assert_eq!(by_user, [bought_by_user, false], "{means:?}");
        scene.finish();
    }
}
