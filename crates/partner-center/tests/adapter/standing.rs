//! May we sell, how do we ask, has it arrived.

use crate::support::*;
use carryover_domain::facts::Agreement;
use carryover_domain::ids::{PartnerId, SubscriptionId};
use carryover_partner_center::{Cloud, PartnerCenter, Unpaced};
use carryover_ports::{Clock, Commerce, Outcome};
use expect_test::{Expect, expect};
use jiff::SignedDuration;
use std::sync::Arc;

async fn check(file: &str, expected: Expect) {
    let scene = Scene::of(file);
    let standing = scene.adapter.standing(customer()).await;
    expected.assert_eq(&match standing {
        Ok(seen) => {
            let agreed = seen.value.agreed.map(|day| format!(" on {day}")).unwrap_or_default();
            format!("{:?}, {:?}{agreed}", seen.value.relationship, seen.value.agreement)
        }
        Err(unavailable) => why(&unavailable),
    });
    scene.finish();
}

#[tokio::test]
async fn a_customer_nobody_knows_has_no_relationship() {
    check("customer_unknown.http", expect!["None, Unreadable"]).await;
    check("customer_20002.http", expect!["None, Unreadable"]).await;
}

#[tokio::test]
async fn an_advised_customer_cannot_be_sold_to() {
    check("customer_advisor.http", expect![[r#"Other("advisor"), Unreadable"#]]).await;
}

#[tokio::test]
async fn the_customer_signed_the_agreement_itself() {
    check("agreement_signed.http", expect!["Reseller, Accepted"]).await;
}

#[tokio::test]
async fn the_partner_confirmed_the_current_agreement() {
    check("agreement_confirmed.http", expect!["Reseller, Accepted on 2026-05-02"]).await;
}

/// The templates are no customer's, and the application may read them (fact sheet 11): confirmations are the user's to see.
#[tokio::test]
async fn templates_of_the_agreement_are_read_by_the_application_and_confirmations_by_the_user() {
    let scene = Scene::of("agreement_confirmed.http");
    scene.adapter.standing(customer()).await.unwrap();
    let requests = scene.requests();
    let token = |line: &str| {
        let request = requests.iter().find(|request| request.starts_with(line)).unwrap();
        request.lines().find_map(|line| line.strip_prefix("authorization: ")).unwrap().to_owned()
    };
    let [application, user] = ["GET /pc/v1/customers/{C1} ", "GET /pc/v1/customers/{C1}/agreements?"]
        .map(|line| token(&line.replace("{C1}", C1)));
    assert_ne!(application, user);
    assert_eq!(token("GET /pc/v1/agreements?"), application);
    scene.finish();
}

#[tokio::test]
async fn a_superseded_agreement_does_not_count() {
    check("agreement_superseded.http", expect!["Reseller, Missing"]).await;
}

#[tokio::test]
async fn nobody_accepted_any_agreement() {
    check("agreement_missing.http", expect!["Reseller, Missing"]).await;
}

#[tokio::test]
async fn where_no_call_tells_of_agreements_a_customer_is_sold_to_once_they_are_said_to_be_settled() {
    let ours = "###\nGET /pc/v1/customers/{C1}\n\nHTTP/1.1 200 OK\n\n{\"id\":\"{C1}\",\"relationshipToPartner\":\"reseller\"}\n\n";
    for cloud in [Cloud::UsGovernment, Cloud::China] {
        let scene = |settled, text: &str| {
            Scene::with(text, Scene::vault(), |config| (config.cloud, config.agreements_settled) = (cloud, settled))
        };
        let open = scene(false, ours);
        let standing = open.adapter.standing(customer()).await.unwrap().value;
        assert_eq!((standing.agreement, standing.may_sell()), (Agreement::Missing, false));
        open.finish();

        let settled = scene(true, &format!("{ours}{}", recorded("cart.http")));
        let standing = settled.adapter.standing(customer()).await.unwrap().value;
        assert_eq!((standing.agreement, standing.may_sell()), (Agreement::SettledOutside, true));
        let cart = settled.adapter.create_cart(key(), customer(), &want()).await;
        assert!(matches!(cart, Outcome::Done(_)), "{cart:?}");
        settled.finish();
    }
}

#[test]
fn where_agreements_are_read_nobody_can_say_that_they_are_settled() {
    let mut config = config(([127, 0, 0, 1], 9).into());
    config.agreements_settled = true;
    let budgets = Arc::new(Unpaced);
    let clock = Arc::new(Noon);
    let refused = PartnerCenter::try_new(config, Scene::vault(), clock, budgets).unwrap_err();
    expect!["customers' agreements are read in the global cloud, so that they are settled cannot be said by a setting"]
        .assert_eq(&refused.to_string());
}

#[tokio::test]
async fn the_invitation_link_is_passed_on_as_it_is_and_asked_for_once() {
    let scene = Scene::of("invitation.http");
    for _ in 0..2 {
        let link = scene.adapter.invitation_link(None).await.unwrap().value;
        assert!(link.starts_with("https://admin.microsoft.com/Adminportal/Home?invType="));
    }
    scene.finish();
}

#[tokio::test]
async fn a_link_that_leads_elsewhere_is_sent_to_no_customer() {
    for link in [
        "https://admin.example/Adminportal",
        "http://admin.microsoft.com/x",
        "https://admin.microsoft.com.evil.example/x",
        "x",
    ] {
        let text =
            format!("###\nGET /pc/v1/customers/relationshiprequests\n\nHTTP/1.1 200 OK\n\n{{\"url\":\"{link}\"}}");
        let scene = Scene::said(&text);
        let refused = scene.adapter.invitation_link(None).await.unwrap_err();
        expect!["unreadable: `read invitation link`: the answer cannot be understood: its link does not lead to the admin portal"]
            .assert_eq(&why(&refused));
        scene.finish();
    }
}

#[tokio::test]
async fn a_providers_invitation_ties_the_customer_to_the_reseller_of_its_purchases() {
    let tied = "###\nGET /pc/v1/relationships?relationship_type=IsIndirectCloudSolutionProviderOf\n\nHTTP/1.1 200 OK\n\n{\"items\":[\
        {\"id\":\"{C2}\",\"name\":\"Reseller\",\"mpnId\":\"4711\",\"state\":\"Active\"},{\"id\":\"{C3}\",\"name\":\"Other\",\"mpnId\":\"4712\",\"state\":\"Active\"}]}\n\n";
    let link =
        "https://admin.microsoft.com/Adminportal/Home?partnerId={P1}&indirectResellerId={C2}#/partners/invitation";
    let asked = "###\nGET /pc/v1/customers/relationshiprequests?indirectResellerId={C2}";
    let scene = Scene::said(&format!("{tied}{asked}\n\nHTTP/1.1 200 OK\n\n{{\"url\":\"{link}\"}}"));
    let reseller = PartnerId::try_new("4711").unwrap();
    for _ in 0..2 {
        let given = scene.adapter.invitation_link(Some(&reseller)).await.unwrap().value;
        assert!(given.contains(&format!("indirectResellerId={C2}")), "{given}");
    }
    let stranger = PartnerId::try_new("4713").unwrap();
    expect!["unreadable: `list relationships`: no reseller with the partner id 4713 is tied to us"]
        .assert_eq(&why(&scene.adapter.invitation_link(Some(&stranger)).await.unwrap_err()));
    scene.finish();
}

async fn invited(scene: &Scene, tenant: &str) -> String {
    let standing = scene.adapter.standing_of_invited(tenant.parse().unwrap()).await.unwrap().value;
    format!("{:?}, {:?}", standing.relationship, standing.agreement)
}

#[tokio::test]
async fn one_list_answers_for_all_customers_that_were_invited() {
    let scene = Scene::of("customers.http");
    let mut told = vec![invited(&scene, C1).await, invited(&scene, C2).await, invited(&scene, C3).await];
    scene.clock.advance(SignedDuration::from_mins(6));
    // The second list has left the first customer out, which is asked about before it is believed; nobody knows the third.
    told.extend([invited(&scene, C1).await, invited(&scene, C2).await, invited(&scene, C3).await]);
    expect![[r#"
        Reseller, Accepted
        None, Unreadable
        None, Unreadable
        Reseller, Accepted
        Reseller, Missing
        None, Unreadable"#]]
    .assert_eq(&told.join("\n"));
    assert_eq!(scene.count("customers?"), 3, "two pages, then one");
    scene.finish();
}

/// A list of one page that shows `ours` as ours, `times` over, and that each of them has signed.
fn listed(ours: &[&str], times: usize) -> String {
    let item = |id: &&str| format!("{{\"id\":\"{id}\",\"relationshipToPartner\":\"reseller\"}}");
    let items: Vec<String> = ours.iter().map(item).collect();
    let list =
        format!("###\nGET /pc/v1/customers?size=500\n\nHTTP/1.1 200 OK\n\n{{\"items\":[{}]}}\n\n", items.join(","));
    let signed = |id: &&str| {
        let of = format!("/pc/v1/customers/{id}/directSignedMicrosoftCustomerAgreementStatus");
        format!("###\nGET {of}\n\nHTTP/1.1 200 OK\n\n{{\"isSigned\":true}}\n\n")
    };
    list.repeat(times) + &ours.iter().map(signed).collect::<String>()
}

/// What asking about `customer` by name brings.
fn named(customer: &str, relationship: &str) -> String {
    let body = format!("{{\"id\":\"{customer}\",\"relationshipToPartner\":\"{relationship}\"}}");
    format!("###\nGET /pc/v1/customers/{customer}\n\nHTTP/1.1 200 OK\n\n{body}\n\n")
}

#[tokio::test]
async fn a_list_of_one_page_shows_all_whose_day_it_is_as_ours_for_a_minute_and_others_are_asked_about_by_name() {
    let scene = Scene::said(&(listed(&[C1, C2], 2) + &named(C3, "none")));
    invited(&scene, C1).await;
    for (seconds, seen) in [(0, 0), (60, 0), (61, 61), (90, 61)] {
        let moment = noon() + SignedDuration::from_secs(seconds);
        scene.clock.advance(moment.duration_since(scene.clock.now()));
        let mut at = Vec::new();
        for tenant in [C1, C2] {
            let standing = scene.adapter.standing(tenant.parse().unwrap()).await.unwrap();
            assert!(standing.value.may_sell());
            at.push(standing.at);
        }
        assert_eq!(at, [noon() + SignedDuration::from_secs(seen); 2], "as old as the list, and it says so");
    }
    assert!(!scene.adapter.standing(C3.parse().unwrap()).await.unwrap().value.may_sell());
    scene.finish();
}

#[tokio::test]
async fn whoever_buys_asks_about_its_customer_by_name_where_the_list_is_long_or_cannot_be_read() {
    let many: Vec<String> = (0..=500).map(|nth| format!("cccccccc-0000-4000-8000-00000000{nth:04x}")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    let list = listed(&many, 1);
    let list = list.split_inclusive("\n\n").take(3).collect::<String>();
    let scene = Scene::said(&(list + &recorded("agreement_signed.http")));
    invited(&scene, P1).await;
    scene.clock.advance(SignedDuration::from_secs(61));
    assert!(scene.adapter.standing(customer()).await.unwrap().value.may_sell());
    scene.finish();

    let down =
        "###\nGET /pc/v1/customers?size=500\n\nHTTP/1.1 403 Forbidden\n\n{\"code\":1,\"description\":\"no\"}\n\n";
    let scene = Scene::said(&(listed(&[C1], 1) + down + &named(C1, "reseller")));
    invited(&scene, C1).await;
    scene.clock.advance(SignedDuration::from_secs(61));
    assert!(scene.adapter.standing(customer()).await.unwrap().value.may_sell());
    scene.finish();
}

#[tokio::test]
async fn an_agreement_that_was_seen_is_not_asked_for_again_and_the_relationship_is() {
    let text = recorded("agreement_signed.http");
    let scene = Scene::said(&format!("{text}\n{text}"));
    for _ in 0..2 {
        assert!(scene.adapter.standing(customer()).await.unwrap().value.may_sell());
        scene.clock.advance(SignedDuration::from_mins(2));
    }
    assert_eq!(scene.count("directSigned"), 1);
    assert_eq!(scene.count("/customers/"), 3);
}

#[tokio::test]
async fn what_partner_center_has_provisioned_is_not_asked_for_again_while_the_tenant_is_looked_at() {
    let scene = Scene::of("delivery_done.http");
    let id = SubscriptionId::try_new(S1).unwrap();
    let first = scene.adapter.delivery(customer(), &id).await.unwrap();
    scene.clock.advance(SignedDuration::from_mins(90));
    assert_eq!(scene.adapter.delivery(customer(), &id).await.unwrap(), first);
    scene.finish();
}

async fn delivery(file: &str, expected: Expect) {
    let scene = Scene::of(file);
    let id = SubscriptionId::try_new(S1).unwrap();
    let seen = scene.adapter.delivery(customer(), &id).await.unwrap();
    assert_eq!(seen.at, noon());
    expected.assert_eq(&match seen.value {
        None => "not there yet".to_owned(),
        Some(it) => {
            format!("active {}, provisioned {}, {} seats from {:?}", it.active, it.provisioned, it.seats, it.starts)
        }
    });
    scene.finish();
}

#[tokio::test]
async fn a_delivery_shows_once_it_is_provisioned_and_takes_one_call_until_then() {
    delivery("delivery_pending.http", expect!["not there yet"]).await;
    delivery("delivery_unknown.http", expect!["not there yet"]).await;
    let done = expect!["active true, provisioned true, 25 seats from Some(2026-05-04T09:00:12Z)"];
    delivery("delivery_done.http", done).await;
}

#[tokio::test]
async fn what_we_have_sold_is_told_apart_new_from_legacy_and_from_azure() {
    let scene = Scene::of("own_subscriptions.http");
    let own = scene.adapter.own_subscriptions(customer()).await.unwrap().value;
    // Who asks again within a minute gets the same.
    assert_eq!(scene.adapter.own_subscriptions(customer()).await.unwrap().value, own);
    let told: Vec<String> = own
        .iter()
        .map(|own| {
            let last_day = own.last_day.map(|day| day.to_string());
            let kind = (own.legacy, own.trial);
            format!("{} {:?}, legacy and trial {kind:?}, {:?} until {last_day:?}", own.id, own.status, own.term)
        })
        .collect();
    expect![[r#"
        55555555-0000-4000-8000-000000000501 Active, legacy and trial (false, false), Some(Year) until Some("2027-05-03")
        55555555-0000-4000-8000-000000000502 Pending, legacy and trial (false, true), Some(Month) until Some("2026-06-03")
        55555555-0000-4000-8000-000000000503 Other, legacy and trial (false, false), None until None
        55555555-0000-4000-8000-000000000504 Active, legacy and trial (true, false), Some(Year) until Some("2027-05-03")"#]]
    .assert_eq(&told.join("\n"));
    scene.finish();
}
