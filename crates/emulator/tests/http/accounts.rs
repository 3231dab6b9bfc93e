//! Customers' accounts over HTTP: listings, profiles, vetting, agreements, resellers, rights.

use carryover_emulator::{
    Auth, LineCodes, Model, Options, OwnerTypes, Qualification, Readings, RequestIdReuse, Right, Rules, Seed,
    SeedOffer, SeedQualification, SeedReseller, SeekEnd, Segment, Validation, Vetting,
};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::world::{World, customer, read, seed, send, with};

const PROVIDED: &str = "05e9a617-0261-4cee-bb44-138d3ef5d965";

#[tokio::test]
async fn a_page_can_be_left_in_both_directions() {
    let start = "2026-03-02T08:00:00Z".parse().expect("an instant");
    let world = World::start(Options::frozen(), Seed::small(start)).await;
    let (_, first) = world.get("/v1/customers?size=1").await;
    let turn = async |operation: &str, page: &Value| {
        let token = page["continuationToken"].as_str().expect("a token");
        let path = format!("/v1/customers?size=1&seekOperation={operation}");
        let request = world.request(Method::GET, &path).header("MS-ContinuationToken", token);
        read(request.send().await.expect("an answer")).await.1
    };
    let second = turn("Next", &first).await;
    assert_ne!(second["items"][0]["id"], first["items"][0]["id"]);
    assert_eq!(turn("Previous", &second).await["items"], first["items"]);
    let (_, last) = world.get("/v1/customers?size=1&seekOperation=Last").await;
    assert_eq!(last["continuationToken"], Value::Null);
}

#[tokio::test]
async fn a_listing_may_end_with_a_refused_token() {
    let world = with(|seed, rules| {
        *seed = Seed::small(seed.start);
        rules.readings.seek_end = SeekEnd::Fault2000;
    })
    .await;
    let (_, whole) = world.get("/v1/customers").await;
    assert_eq!(whole["totalCount"], 3);
    let token = whole["continuationToken"].as_str().expect("a token after the last page");
    let request = world.request(Method::GET, "/v1/customers?seekOperation=Next").header("MS-ContinuationToken", token);
    let (status, fault) = read(request.send().await.expect("an answer")).await;
    assert_eq!((status.as_u16(), &fault["code"]), (400, &json!(2000)));
}

#[tokio::test]
async fn a_billing_profile_is_replaced_as_it_was_read() {
    let world = World::usual().await.accepted().await;
    let path = format!("{}/profiles/billing", customer(&world));
    let (_, mut profile) = world.get(&path).await;
    profile["firstName"] = json!("Ana");
    let (status, changed) = send(&world, Method::PUT, &path, profile.clone()).await;
    assert_eq!((status, &changed["firstName"]), (StatusCode::OK, &json!("Ana")));
    let (status, stale) = send(&world, Method::PUT, &path, profile).await;
    assert_eq!((status.as_u16(), &stale["code"]), (400, &json!(2055)));
}

#[tokio::test]
async fn a_relationship_ends_only_when_nothing_is_left_of_it() {
    let world = World::usual().await.accepted().await;
    let cart = world.post(&world.carts(), world.cart_body(3).await).await.1;
    let path = format!("{}/{}/checkout", world.carts(), cart["id"].as_str().expect("an id"));
    let bought = world.post(&path, Value::Null).await.1;
    let end = json!({ "relationshipToPartner": "none", "attributes": { "objectType": "Customer" } });
    let (status, fault) = send(&world, Method::PATCH, &customer(&world), end.clone()).await;
    assert_eq!((status.as_u16(), &fault["code"]), (400, &json!(2000)));

    let id = bought["orders"][0]["lineItems"][0]["subscriptionId"].as_str().expect("an id");
    let path = format!("{}/subscriptions/{id}", customer(&world));
    let mut held = world.get(&path).await.1;
    held["status"] = json!("deleted");
    assert_eq!(send(&world, Method::PATCH, &path, held).await.0, StatusCode::OK);
    let (status, echo) = send(&world, Method::PATCH, &customer(&world), end).await;
    assert_eq!((status, &echo["RelationshipToPartner"]), (StatusCode::OK, &json!("none")));
    let (status, fault) = world.get(&customer(&world)).await;
    assert_eq!((status.as_u16(), &fault["code"]), (403, &json!(20002)));
}

#[tokio::test]
async fn a_new_tenant_is_ours_and_only_the_sandbox_deletes_it() {
    let body = json!({
        "companyProfile": { "domain": "elmgrove.onmicrosoft.com" },
        "billingProfile": {
            "firstName": "Ana", "lastName": "Roe", "email": "ana@elmgrove.example", "culture": "en-US",
            "language": "en", "companyName": "Elm Grove", "defaultAddress": { "country": "DE", "city": "Hof" },
        },
    });
    for (sandbox, status) in [(false, 400), (true, 204)] {
        let world = with(|_, rules| rules.readings.sandbox = sandbox).await;
        let free = world.request(Method::HEAD, "/v1/domains/elmgrove.onmicrosoft.com").send().await.expect("an answer");
        assert_eq!(free.status(), StatusCode::NOT_FOUND);
        let (created, made) = world.post("/v1/customers", body.clone()).await;
        assert_eq!((created, &made["relationshipToPartner"]), (StatusCode::CREATED, &json!("reseller")), "{made}");
        assert_eq!(world.post("/v1/customers", body.clone()).await.0, StatusCode::BAD_REQUEST, "taken");
        let path = format!("/v1/customers/{}", made["id"].as_str().expect("an id"));
        let (deleted, _) = read(world.request(Method::DELETE, &path).send().await.expect("an answer")).await;
        assert_eq!(deleted.as_u16(), status);
    }
}

#[tokio::test]
async fn an_account_under_review_cannot_buy_and_one_without_status_can() {
    for (validation, shown, bought) in
        [(Validation::UnderReview, 200, 403), (Validation::NotAllowed, 200, 403), (Validation::Absent, 404, 201)]
    {
        let world = with(|seed, _| seed.customers[0].account.validation = validation).await.accepted().await;
        let (status, fault) = world.get(&format!("{}/validationStatus?type=account", customer(&world))).await;
        assert_eq!(status.as_u16(), shown);
        if shown == 404 {
            assert_eq!(fault["code"], 600_074);
        }
        assert_eq!(world.post(&world.carts(), world.cart_body(3).await).await.0.as_u16(), bought, "{validation:?}");
    }
}

#[tokio::test]
async fn a_segment_opens_once_its_qualification_is_approved() {
    let world = with(|seed, rules| {
        rules.vetting_hours = 48;
        seed.catalogue.push(SeedOffer {
            sku_id: PROVIDED.parse().expect("a GUID"),
            sku_part_number: "SPE_E3".to_owned(),
            title: "Microsoft 365 E3 for schools".to_owned(),
            sold: true,
            end_of_sale: false,
            max_seats: None,
            price_per_year: None,
            segment: Segment::Education,
            addon_of: Vec::new(),
            stock: None,
            publisher: None,
        });
    })
    .await
    .accepted()
    .await;
    let path = format!("{}/products?targetView=OnlineServices&targetSegment=education", customer(&world));
    assert_eq!(world.get(&path).await.1["totalCount"], 0);

    let qualifications = format!("{}/qualifications", customer(&world));
    let wish = json!({ "qualification": "Education", "educationSegment": "K12", "website": "school.example" });
    let (status, asked) = world.post(&qualifications, wish).await;
    assert_eq!((status, &asked["vettingStatus"]), (StatusCode::CREATED, &json!("InReview")));
    assert_eq!(world.get(&path).await.1["totalCount"], 0);
    world.advance_hours(48).await;
    let (_, held) = world.get(&qualifications).await;
    assert_eq!(held[0]["vettingStatus"], "Approved", "a bare array");
    assert_eq!(world.get(&path).await.1["totalCount"], 1);
}

#[tokio::test]
async fn a_denied_qualification_says_why() {
    let denied = SeedQualification { qualification: Qualification::Education, status: Vetting::Denied };
    let world = with(|seed, _| seed.customers[0].account.qualifications = vec![denied]).await.accepted().await;
    let (_, held) = world.get(&format!("{}/qualifications", customer(&world))).await;
    assert_eq!(held[0]["vettingReason"], "Not a Education customer");
}

#[tokio::test]
async fn agreements_are_confirmed_once_and_never_on_an_old_template() {
    let world = with(|seed, _| seed.customers[0].people.signs_agreement_after_hours = None).await.accepted().await;
    let (_, templates) = world.get("/v1/agreements?agreementType=MicrosoftCustomerAgreement").await;
    let template = |rank: u32| {
        let all = templates["items"].as_array().expect("templates");
        all.iter().find(|template| template["versionRank"] == rank).expect("a template")["templateId"].clone()
    };
    let statement = |template: Value| {
        json!({
            "primaryContact": { "firstName": "Ana", "lastName": "Roe", "email": "ana@x.example" },
            "templateId": template, "dateAgreed": "2026-03-02T00:00:00Z", "type": "MicrosoftCustomerAgreement",
        })
    };
    let path = format!("{}/agreements", customer(&world));
    assert_eq!(world.post(&path, statement(template(0))).await.0, StatusCode::BAD_REQUEST, "superseded");
    assert_eq!(world.post(&world.carts(), world.cart_body(3).await).await.1["code"], 13605);
    assert_eq!(world.post(&path, statement(template(1))).await.0, StatusCode::CREATED);
    assert_eq!(world.post(&path, statement(template(1))).await.1["code"], 600_061);
    let (_, shown) = world.get(&format!("{path}?agreementType=MicrosoftCustomerAgreement")).await;
    assert_eq!(shown["totalCount"], 1);
    assert_eq!(world.post(&world.carts(), world.cart_body(3).await).await.0, StatusCode::CREATED);
}

pub(crate) fn provider(seed: &mut Seed) -> String {
    let tenant = seed.customers[2].tenant_id;
    seed.partner.programme.model = Model::IndirectProvider;
    let reseller = |mpn_id: &str, active| SeedReseller {
        tenant_id: tenant,
        name: format!("Reseller {mpn_id}"),
        mpn_id: mpn_id.to_owned(),
        location: "DE".to_owned(),
        active,
        agreement_signed: active,
    };
    seed.partner.programme.resellers = vec![reseller("12345", true), reseller("23456", false)];
    tenant.to_string()
}

#[tokio::test]
async fn a_provider_finds_its_resellers_and_binds_customers_to_them() {
    let mut reseller = String::new();
    let world = with(|seed, _| reseller = provider(seed)).await;
    let (_, all) = world.get("/v1/relationships?relationship_type=IsIndirectCloudSolutionProviderOf").await;
    assert_eq!((&all["totalCount"], &all["items"][0]["mpnId"]), (&json!(2), &json!("12345")));
    let ids = json!({ "partnerIds": ["12345", "23456", "9"] });
    let (_, valid) = world.post("/v1/partners/validateresellers", ids).await;
    let results = valid["validationResults"].as_array().expect("results");
    let codes: Vec<&Value> = results.iter().map(|result| &result["errorCode"]).collect();
    assert_eq!(codes, [&Value::Null, &json!(900_400), &json!(900_400)]);
    assert_eq!(world.get("/v1/compliance/csp/agreementstatus?mpnId=12345").await.1["isAgreementSigned"], true);
    assert_eq!(world.get("/v1/compliance/csp/agreementstatus?mpnId=9").await.1["code"], 2200);
    assert_eq!(world.get("/v1/profiles/mpn?mpnId=9").await.0, StatusCode::NOT_FOUND);

    let path = format!("/v1/customers/relationshiprequests?indirectResellerId={reseller}");
    let (_, request) = world.get(&path).await;
    let letter = json!({ "kind": "invitation", "tenant": world.tenant(), "link": request["url"] });
    world.post("/emulator/letters", letter).await;
    world.advance_hours(72).await;
    let (_, bound) = world.get(&format!("{}/relationships", customer(&world))).await;
    assert_eq!(bound["items"][0]["id"], json!(reseller));
    let filter = format!(
        "%7B%22Field%22:%22IndirectReseller%22,%22Value%22:%22{reseller}%22,%22Operator%22:%22starts_with%22%7D"
    );
    assert_eq!(world.get(&format!("/v1/customers?filter={filter}")).await.1["totalCount"], 1);
}

#[tokio::test]
async fn each_right_that_is_missing_refuses_what_needs_it() {
    let world = World::usual().await.accepted().await;
    let take = async |rights: &[Right]| {
        world.post("/emulator/rights", json!({ "grant": Right::ALL })).await;
        world.post("/emulator/rights", json!({ "take": rights })).await
    };
    let (_, left) = take(&[Right::AdminAgent, Right::SalesAgent]).await;
    assert_eq!(left.as_array().map(Vec::len), Some(Right::ALL.len() - 2));
    let (status, fault) = world.get("/v1/customers").await;
    assert_eq!((status.as_u16(), &fault["code"]), (403, &json!(900_308)));
    take(&[Right::AdminAgent]).await;
    assert_eq!(world.get("/v1/customers").await.0, StatusCode::OK);
    assert_eq!(world.post(&format!("{}/agreements", customer(&world)), json!({})).await.1["code"], 900_308);
    let user = world.seed.customers[0].users[0].id;
    let assign = format!("/v1.0/users/{user}/assignLicense");
    let nothing = json!({ "addLicenses": [], "removeLicenses": [] });
    for (right, path, posts) in [
        (Right::OrganizationRead, "/v1.0/subscribedSkus", false),
        (Right::UserRead, "/v1.0/users", false),
        (Right::GroupRead, "/v1.0/groups?$filter=hasMembersWithLicenseErrors%20eq%20true", false),
        (Right::LicenseAssignment, assign.as_str(), true),
        (Right::LicenseAdministrator, assign.as_str(), true),
        (Right::RoleAssignment, "/v1.0/users", false),
        (Right::TenantConsent, "/v1.0/users", false),
    ] {
        let ask = async || if posts { world.post(path, nothing.clone()).await } else { world.get(path).await };
        take(&[right]).await;
        let (status, fault) = ask().await;
        assert_eq!((status.as_u16(), &fault["error"]["code"]), (403, &json!("Authorization_RequestDenied")));
        take(&[]).await;
        assert_eq!(ask().await.0, StatusCode::OK, "{right:?}");
    }
}

#[tokio::test]
async fn what_is_not_emulated_is_answered_and_counted() {
    let world = World::usual().await.accepted().await;
    let path = format!("{}/usagesummary", customer(&world));
    let (status, fault) = world.get(&path).await;
    assert_eq!((status.as_u16(), &fault["code"]), (404, &json!(1000)));
    world.get("/v1.0/me").await;
    world.get("/nowhere").await;
    let (_, books) = world.get("/emulator/books").await;
    let counted = json!({ "GET /nowhere": 1, "GET /v1.0/me": 1, "GET /v1/customers/{id}/usagesummary": 1 });
    assert_eq!(books["not_emulated"], counted);
}

#[tokio::test]
async fn rules_are_read_from_as_little_as_one_switch() {
    let rules: Rules = serde_json::from_value(json!({ "readings": { "codes_as_text": true } })).expect("rules");
    let readings = Readings { codes_as_text: true, ..Readings::usual() };
    assert_eq!(rules, Rules { readings, ..Rules::usual() });
    let options = Options { rules, auth: Auth::Lenient, ..Options::frozen() };
    let world = World::start(options, seed()).await;
    assert_eq!(world.get("/v1/nothing").await.1["code"], "1000");
}

#[tokio::test]
async fn a_budget_that_is_spent_is_free_again_after_its_window() {
    let world = with(|_, rules| rules.readings.budgets = true).await.accepted().await;
    let path = format!("{}/orders", customer(&world));
    for _ in 0..500 {
        assert_eq!(world.get(&path).await.0, StatusCode::OK);
    }
    let answer = world.request(Method::GET, &path).send().await.expect("an answer");
    assert_eq!(answer.headers()["retry-after"], "60");
    let (status, body) = read(answer).await;
    assert_eq!((status.as_u16(), &body["statusCode"]), (429, &json!(429)));
    assert_eq!(world.get(&format!("{}/subscriptions", customer(&world))).await.0, StatusCode::OK, "its own budget");
    world.advance_hours(1).await;
    assert_eq!(world.get(&path).await.0, StatusCode::OK);
}

#[tokio::test]
async fn a_user_without_a_second_factor_is_turned_away_once_that_is_enforced() {
    let mut rules = Rules::prompt();
    rules.readings.mfa_enforced_from = Some("2026-03-02T09:00:00Z".parse().expect("an instant"));
    let mut seed = seed();
    seed.partner.programme.mfa = false;
    let world = World::start(Options { auth: Auth::Strict, rules, ..Options::frozen() }, seed).await;
    let refresh = world.seed.partner.refresh_token.clone();
    let user = world.partner_token(&[("grant_type", "refresh_token"), ("refresh_token", &refresh)]).await;
    assert_eq!(world.get_with(&user, "/v1/customers").await.0, StatusCode::OK);
    world
        .running
        .with_ledger(|ledger| ledger.advance_to("2026-03-02T08:59:00Z".parse().expect("an instant")))
        .expect("later");
    assert_eq!(world.get_with(&user, "/v1/customers").await.0, StatusCode::OK);
    world.advance_hours(1).await;
    let user = world.partner_token(&[("grant_type", "refresh_token"), ("refresh_token", &refresh)]).await;
    let (status, fault) = world.get_with(&user, "/v1/customers").await;
    assert_eq!((status.as_u16(), &fault["code"]), (401, &json!(900_421)));
    let app = world.partner_token(&[("grant_type", "client_credentials")]).await;
    assert_eq!(world.get_with(&app, "/v1/customers").await.0, StatusCode::OK, "applications are not affected");
}

#[tokio::test]
async fn readings_change_what_is_answered() {
    let world = with(|_, rules| {
        rules.readings = Readings {
            line_codes: LineCodes::Snake,
            owner_types: OwnerTypes::AlwaysUser,
            request_id_reuse: RequestIdReuse::Refuse,
            cart_put_status: 201,
            ..Readings::usual()
        };
    })
    .await
    .accepted()
    .await;
    let mut wrong = world.cart_body(3).await;
    wrong["LineItems"][0]["CurrencyCode"] = json!("XXX");
    let (_, cart) = world.post(&world.carts(), wrong).await;
    assert_eq!(cart["lineItems"][0]["error"]["errorCode"], "currency_is_not_supported");
    let path = format!("{}/{}", world.carts(), cart["id"].as_str().expect("an id"));
    assert_eq!(send(&world, Method::PUT, &path, world.cart_body(3).await).await.0, StatusCode::CREATED);
    assert_eq!(world.get("/v1.0/directory/subscriptions").await.1["value"][0]["ownerType"], "User");
    for (seats, status) in [(3, 201), (3, 201), (4, 400)] {
        let request = world.request(Method::POST, &world.carts()).header("MS-RequestId", "one");
        let answer = request.json(&world.cart_body(seats).await).send().await.expect("an answer");
        assert_eq!(answer.status().as_u16(), status);
    }
}

#[tokio::test]
async fn a_user_without_a_location_gets_one_before_its_first_licence() {
    let world = with(|seed, _| {
        let customer = &mut seed.customers[0];
        customer.users[0].usage_location = None;
        customer.users[0].licences.clear();
    })
    .await
    .accepted()
    .await;
    let user = format!("{}/users/{}", customer(&world), world.seed.customers[0].users[0].id);
    let wish = json!({ "licensesToAssign": [{ "skuId": world.seed.customers[0].subscriptions[0].sku_id }] });
    let updates = format!("{user}/licenseupdates");
    assert_eq!(world.post(&updates, wish.clone()).await.0, StatusCode::BAD_REQUEST);
    assert_eq!(send(&world, Method::PATCH, &user, json!({ "usageLocation": "Nowhere" })).await.1["code"], 3000);
    let (status, placed) = send(&world, Method::PATCH, &user, json!({ "usageLocation": "de" })).await;
    assert_eq!((status, &placed["usageLocation"]), (StatusCode::OK, &json!("DE")));
    assert_eq!(world.post(&updates, wish).await.0, StatusCode::CREATED);
}

#[tokio::test]
async fn licences_are_of_the_group_that_entra_manages() {
    let world = World::usual().await.accepted().await;
    let count = async |groups: &str| {
        world.get(&format!("{}/subscribedskus{groups}", customer(&world))).await.1["totalCount"].as_u64()
    };
    let all = count("").await;
    assert!(all > Some(0));
    assert_eq!(count("?licenseGroupIds=Group1&licenseGroupIds=Group2").await, all);
    assert_eq!(count("?licenseGroupIds=Group2").await, Some(0), "what a store manages");
}

#[tokio::test]
async fn whoever_asks_is_told_whether_the_user_passed_multi_factor_authentication() {
    for passed in [true, false] {
        let world = with(|seed, _| seed.partner.programme.mfa = passed).await;
        let asked = world.request(Method::GET, "/v1/customers").header("ValidateMfa", "true");
        let answer = asked.send().await.expect("an answer");
        assert_eq!(answer.status(), StatusCode::OK, "nothing is blocked by asking");
        assert_eq!(answer.headers()["ismfacompliant"], if passed { "true" } else { "false" });
        let silent = world.request(Method::GET, "/v1/customers").send().await.expect("an answer");
        assert!(!silent.headers().contains_key("ismfacompliant"));
    }
}

#[tokio::test]
async fn an_application_is_let_in_once_and_out_again() {
    let world = World::usual().await;
    let path = format!("{}/applicationconsents", customer(&world));
    let wish = json!({
        "applicationId": "0c0ffee0-0000-4000-8000-000000000001", "displayName": "Migrator",
        "applicationGrants": [{ "enterpriseApplicationId": "00000003-0000-0000-c000-000000000000", "scope": "Organization.Read.All" }],
    });
    assert_eq!(world.post(&path, wish.clone()).await.1["code"], 20002, "before the customer has accepted");
    let world = world.accepted().await;
    assert_eq!(world.post(&path, wish.clone()).await.0, StatusCode::CREATED);
    assert_eq!(world.post(&path, wish.clone()).await.0, StatusCode::CONFLICT);
    let one = format!("{path}/0c0ffee0-0000-4000-8000-000000000001");
    let delete = async || world.request(Method::DELETE, &one).send().await.expect("an answer").status();
    assert_eq!((delete().await, delete().await), (StatusCode::NO_CONTENT, StatusCode::NOT_FOUND));
    assert_eq!(world.post(&path, json!({ "applicationId": "x" })).await.1["code"], 3000, "without grants");
}

#[tokio::test]
async fn rules_of_a_country_that_is_not_known_are_refused_as_they_are_read() {
    for (reading, code) in [(404, 1000), (400, 2000)] {
        let world = with(|_, rules| rules.readings.unknown_country_status = reading).await;
        assert_eq!(world.get("/v1/countryvalidationrules/DE").await.0, StatusCode::OK);
        let (status, refused) = world.get("/v1/countryvalidationrules/QQ").await;
        assert_eq!((status.as_u16(), &refused["code"]), (reading, &json!(code)), "{refused}");
    }
}
