//! Selling with others, licences by way of Partner Center, and stock.

use crate::support::*;
use carryover_domain::facts::CartRequest;
use carryover_domain::ids::PartnerId;
use carryover_ports::{Commerce, Licences, Outcome, Resellers, Stock, Tie};
use expect_test::expect;
use jiff::SignedDuration;

#[tokio::test]
async fn resellers_are_named_with_what_they_may_stand_for() {
    let scene = Scene::of("resellers.http");
    let it = &scene.adapter;
    let mut lines = vec![format!("{:?}", it.tied(Tie::Resellers).await.unwrap().value)];
    lines.push(format!("{:?}", it.tied(Tie::Providers).await.unwrap().value));
    lines.push(format!("{:?}", it.resellers_of(customer()).await.unwrap().value.len()));
    for id in [Some("12345"), Some("999"), None] {
        lines.push(format!("{:?}", it.partner_name(id).await.unwrap().value));
    }
    let reseller = "aaaaaaaa-0000-4000-8000-000000000011".parse().unwrap();
    lines.push(format!("{:?}", it.has_agreed(reseller).await.unwrap().value));
    lines.push(why(&it.has_agreed(customer()).await.unwrap_err()));
    let ids = ["12345", "234567", "345678"].map(str::to_owned).into();
    lines.push(format!("{:?}", it.on_record(&ids).await.unwrap().value));
    // Who may be named is not asked after again; who was refused is.
    let ids = ["12345", "234567"].map(str::to_owned).into();
    lines.push(format!("{:?}", it.on_record(&ids).await.unwrap().value));
    expect![[r#"
        [TiedPartner { tenant: TenantId(aaaaaaaa-0000-4000-8000-000000000011), name: "Maple Resale", partner_id: Some("12345"), active: true }, TiedPartner { tenant: TenantId(aaaaaaaa-0000-4000-8000-000000000012), name: "Old Resale", partner_id: None, active: false }]
        []
        1
        Some("Maple Resale")
        None
        Some("Us")
        true
        unreadable: `read partner agreement` was answered with 400/2205: The tenant is not known.
        {"12345": None, "234567": Some(Refusal { kind: Other, code: "900400", detail: "Not linked to an active reseller." })}
        {"12345": None, "234567": None}"#]].assert_eq(&lines.join("\n"));
    scene.finish();
}

/// A user's sign-in is not needed for it, and so its end does not stop it (fact sheet 10).
#[tokio::test]
async fn whom_purchases_may_name_is_asked_by_the_application_alone() {
    let scene = Scene::said(
        r#"###
POST /login/{P1}/oauth2/token
> grant_type=client_credentials

HTTP/1.1 200 OK

{"expires_in":3599,"access_token":"application"}

###
POST /pc/v1/partners/validateresellers
> authorization: Bearer application
{"partnerIds":["12345"]}

HTTP/1.1 200 OK

{"validationResults":[{"partnerId":"12345","isValidPartnerIdOnRecord":true}]}
"#,
    );
    scene.adapter.on_record(&["12345".to_owned()].into()).await.unwrap();
    scene.finish();
}

#[tokio::test]
async fn lines_that_look_together_share_one_look_at_the_customers_resellers_and_a_purchase_that_is_refused_ends_it() {
    let scene = Scene::said(&(recorded("resellers.http") + "\n" + &recorded("cart_no_relationship.http")));
    let it = &scene.adapter;
    let resellers_of = format!("/customers/{C1}/relationships");
    let (one, two) = tokio::join!(it.resellers_of(customer()), it.resellers_of(customer()));
    assert_eq!(one.unwrap(), two.unwrap());
    scene.clock.advance(SignedDuration::from_secs(60));
    it.resellers_of(customer()).await.unwrap();
    assert_eq!(scene.count(&resellers_of), 1);
    let named = CartRequest { reseller: PartnerId::try_new("12345").ok(), ..want() };
    assert!(matches!(it.create_cart(key(), customer(), &named).await, Outcome::Refused(_)));
    // The script has nothing more to say, which shows what was asked.
    let _ = it.resellers_of(customer()).await;
    assert_eq!(scene.count(&resellers_of), 2);
}

#[tokio::test]
async fn a_look_at_the_customers_resellers_counts_for_a_minute() {
    let scene = Scene::of("resellers.http");
    scene.adapter.resellers_of(customer()).await.unwrap();
    scene.clock.advance(SignedDuration::from_secs(61));
    let _ = scene.adapter.resellers_of(customer()).await;
    assert_eq!(scene.count(&format!("/customers/{C1}/relationships")), 2);
}

#[tokio::test]
async fn resellers_whom_the_service_took_are_asked_about_again_in_one_call_and_not_where_it_takes_them_no_more() {
    let question = |ids: &str, answers: &[(&str, bool)]| {
        let answer = |(id, taken): &(&str, bool)| {
            format!("{{\"partnerId\":\"{id}\",\"isValidPartnerIdOnRecord\":{taken},\"errorCode\":900400}}")
        };
        let answers: Vec<String> = answers.iter().map(answer).collect();
        let answers = answers.join(",");
        format!(
            "###\nPOST /pc/v1/partners/validateresellers\n{{\"partnerIds\":[{ids}]}}\n\nHTTP/1.1 200 OK\n\n{{\"validationResults\":[{answers}]}}\n\n"
        )
    };
    let scene = Scene::said(
        &[
            question("\"11\"", &[("11", true)]),
            question("\"12\"", &[("12", true)]),
            question("\"11\",\"12\"", &[("11", true), ("12", false)]),
            question("\"12\"", &[("12", true)]),
        ]
        .concat(),
    );
    let taken = async |id: &str| {
        let told = scene.adapter.on_record(&[id.to_owned()].into()).await.unwrap().value;
        assert!(told.keys().eq([id]), "whoever was not asked about is not told of: {told:?}");
        told[id].is_none()
    };
    assert!(taken("11").await && taken("12").await);
    scene.clock.advance(SignedDuration::from_hours(13));
    // The other one is asked about along with it, and is not taken any more: that is asked about anew.
    assert!(taken("11").await && taken("12").await);
    scene.finish();
}

#[tokio::test]
async fn licences_are_read_and_changed_by_way_of_partner_center() {
    let scene = Scene::of("licences.http");
    let it = &scene.adapter;
    let mut lines = vec![format!("{:?}", it.pools(customer()).await.unwrap().value)];
    lines.push(format!("{:?}", it.users(customer()).await.unwrap().value));
    for user in [U1, U3] {
        lines.push(format!("{:?}", it.licences_of(customer(), user.parse().unwrap()).await.unwrap().value));
    }
    let plan = "12121212-0000-4000-8000-000000000012";
    for wanted in [change(U1, &[plan]), change(U2, &[])] {
        lines.push(told(&it.change_licences(customer(), &wanted).await));
    }
    expect![[r#"
        {SkuId(bbbbbbbb-0000-4000-8000-0000000000b1): Pool { enabled: 25, warning: 1, suspended: 3, consumed: 24, plans: {ServicePlanId(12121212-0000-4000-8000-000000000012)}, company_wide: false }}
        {UserId(eeeeeeee-0000-4000-8000-0000000000e1), UserId(eeeeeeee-0000-4000-8000-0000000000e2)}
        Some({SkuId(bbbbbbbb-0000-4000-8000-0000000000b1)})
        None
        done: ()
        refused, NoFreeUnits: No licences are left. 2 are consumed of 2 (code 400/60012)"#]].assert_eq(&lines.join("\n"));
    scene.finish();
}

#[tokio::test]
async fn what_is_out_of_stock_says_so_and_what_is_not_known_is_left_out() {
    let scene = Scene::of("stock.http");
    let items = ["CFQ7TTC0ZZ01:0001", "CFQ7TTC0ZZ02:0001", "CFQ7TTC0ZZ03:0001"].map(|item| item.parse().unwrap());
    let seen = scene.adapter.stock("DE".parse().unwrap(), customer(), &items.into()).await.unwrap().value;
    let told: Vec<String> = seen.iter().map(|(item, why)| format!("{item}: {why:?}")).collect();
    expect![[r#"
        CFQ7TTC0ZZ01:0001: []
        CFQ7TTC0ZZ02:0001: ["OutOfStock: No seats are left."]"#]]
    .assert_eq(&told.join("\n"));
    scene.finish();
}
