//! What documents leave open, read one way and the other, as a client sees it over HTTP.

use carryover_emulator::{Auth, Options, Program, Rules, SeedRelationship};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::lifecycle::{bought, change};
use crate::world::{STANDARD, World, customer, read, seed, send, with};

/// The usual world with one reading set, whose first customer has accepted.
async fn under(name: &str, value: &str) -> World {
    with(|_, rules| *rules = set(rules, name, value)).await.accepted_quietly()
}

fn set(rules: &Rules, name: &str, value: &str) -> Rules {
    rules.with(name, value).expect("a reading and a value of it")
}

/// The same, where all three customers have accepted.
async fn under_with_three(name: &str, value: &str) -> World {
    with(|seed, rules| {
        let accepted_at = seed.start;
        for customer in &mut seed.customers {
            customer.relationship = Some(SeedRelationship { accepted_at, agreement_signed: true });
        }
        *rules = set(rules, name, value);
    })
    .await
}

/// The same, where another partner sold a subscription of the first customer in `program`.
async fn under_beside(program: Program, name: &str, value: &str) -> World {
    let world = with(|seed, rules| {
        let line = &mut seed.customers[0].subscriptions[0];
        line.program = program;
        line.owner_tenant = Some(OTHER.parse().expect("a GUID"));
        *rules = set(rules, name, value);
    });
    world.await.accepted_quietly()
}

const OTHER: &str = "aaaaaaaa-0000-4000-8000-00000000000f";

#[tokio::test]
async fn a_total_counts_the_page_or_all_of_the_list() {
    for (value, total) in [("page", 1), ("all", 3)] {
        let world = under_with_three("total_count", value).await;
        assert_eq!(world.get("/v1/customers?size=1").await.1["totalCount"], total, "{value}");
    }
}

#[tokio::test]
async fn links_name_the_version_or_leave_it_out() {
    for (value, begins) in [("false", "/customers?"), ("true", "/v1/customers?")] {
        let world = under_with_three("links_with_version", value).await;
        let (_, page) = world.get("/v1/customers?size=1").await;
        let next = page["links"]["next"]["uri"].as_str().expect("a link");
        assert!(next.starts_with(begins), "{value}: {next}");
    }
}

#[tokio::test]
async fn partner_center_may_write_ids_in_another_case_than_graph() {
    for upper in [false, true] {
        let world = under("upper_case_ids", &upper.to_string()).await;
        let (_, held) = world.get(&bought(&world).await).await;
        let id = held["id"].as_str().expect("an id");
        assert_eq!(id != id.to_lowercase(), upper, "{id}");
        let (_, orders) = world.get(&format!("{}/orders", customer(&world))).await;
        assert_eq!(orders["items"][0]["lineItems"][0]["subscriptionId"], held["id"], "everywhere the same way");
        let (status, again) = world.get(&format!("{}/subscriptions/{id}", customer(&world))).await;
        assert_eq!((status, &again["id"]), (StatusCode::OK, &held["id"]), "either is understood");
        let (_, shown) = world.get("/v1.0/directory/subscriptions").await;
        let in_graph = |one: &Value| one["commerceSubscriptionId"] == id.to_lowercase();
        assert!(shown["value"].as_array().expect("subscriptions").iter().any(in_graph), "{shown}");
    }
}

#[tokio::test]
async fn graph_may_know_a_subscription_by_another_id() {
    for (value, same) in [("same", true), ("own", false)] {
        let world = under("graph_commerce_id", value).await;
        let (_, held) = world.get(&bought(&world).await).await;
        let (_, shown) = world.get("/v1.0/directory/subscriptions").await;
        let ids: Vec<&Value> =
            shown["value"].as_array().expect("a list").iter().map(|one| &one["commerceSubscriptionId"]).collect();
        assert_eq!(ids.contains(&&held["id"]), same, "{value}");
        let by_key =
            format!("/v1.0/directory/subscriptions(commerceSubscriptionId='{}')", ids[0].as_str().expect("an id"));
        assert_eq!(world.get(&by_key).await.0, StatusCode::OK, "by its own word");
        let (_, pools) = world.get("/v1.0/subscribedSkus").await;
        assert!(pools["value"][0]["subscriptionIds"].as_array().expect("ids").contains(ids[0]), "{pools}");
    }
}

#[tokio::test]
async fn who_owns_what_nobody_sold_is_null_or_not_told_at_all() {
    for (value, told) in [("as_null", true), ("absent", false)] {
        let world = under("direct_owner", value).await;
        bought(&world).await;
        let (_, shown) = world.get("/v1.0/directory/subscriptions").await;
        let all = shown["value"].as_array().expect("subscriptions");
        let source = json!(world.seed.customers[0].subscriptions[0].id);
        for one in all {
            let fields = one.as_object().expect("a subscription");
            let is_direct = one["commerceSubscriptionId"] == source;
            assert_eq!(fields.contains_key("ownerTenantId"), told || !is_direct, "{value}: {one}");
            assert_eq!(one["ownerTenantId"].is_null(), is_direct, "{value}: {one}");
        }
    }
}

#[tokio::test]
async fn a_school_can_belong_to_the_state_and_to_nothing_else_unless_any_go_together() {
    for (value, third) in [("education_with_soe", 400), ("any", 201)] {
        let world = under("qualifications_together", value).await;
        let (_, codes) = world.get("/v1/customers/all/validations").await;
        let school = json!({ "qualification": "Education", "educationSegment": "K12", "website": "school.example" });
        let owned = json!({ "qualification": "StateOwnedEntity" });
        let government =
            json!({ "qualification": "GovernmentCommunityCloud", "validationCode": codes[0]["validationId"] });
        let path = format!("{}/qualifications", customer(&world));
        for (wish, status) in [(school, 201), (owned, 201), (government, third)] {
            let (answered, told) = world.post(&path, wish).await;
            assert_eq!(answered.as_u16(), status, "{value}: {told}");
        }
    }
}

#[tokio::test]
async fn newer_faults_may_lack_what_older_ones_have() {
    for (value, has) in
        [("whole", [true, true, true]), ("message", [true, false, false]), ("description", [false, true, false])]
    {
        let world = under("newer_faults", value).await;
        let path = format!("{}/transfers/00000000-0000-4000-8000-000000000000", customer(&world));
        let (status, fault) = world.get(&path).await;
        assert_eq!((status, &fault["code"]), (StatusCode::NOT_FOUND, &json!(900_100)));
        assert_eq!(
            ["message", "description", "errorName"].map(|name| fault[name].is_string()),
            has,
            "{value}: {fault}"
        );
    }
}

#[tokio::test]
async fn an_application_alone_is_turned_away_in_one_of_three_ways() {
    for (value, status, code) in
        [("newer", 403, json!(900_329)), ("older", 403, json!(2032)), ("bare", 401, Value::Null)]
    {
        let rules = set(&Rules::prompt(), "wrong_token_kind", value);
        let world = World::start(Options { auth: Auth::Strict, rules, ..Options::frozen() }, seed()).await;
        let token = world.partner_token(&[("grant_type", "client_credentials")]).await;
        let (answered, fault) = world.get_with(&token, "/v1/customers/relationshiprequests").await;
        assert_eq!((answered.as_u16(), &fault["code"]), (status, &code), "{value}");
    }
}

#[tokio::test]
async fn a_stranger_is_refused_or_not_found() {
    for (value, status, code) in [("refused", 403, 20002), ("not_found", 404, 1000)] {
        let world = with(|_, rules| *rules = set(rules, "stranger", value)).await;
        let (answered, fault) = world.get(&customer(&world)).await;
        assert_eq!((answered.as_u16(), &fault["code"]), (status, &json!(code)), "{value}");
        let (answered, _) = world.get(&format!("{}/subscriptions", customer(&world))).await;
        assert_eq!(answered, StatusCode::FORBIDDEN, "of its purchases nothing else is said");
    }
}

#[tokio::test]
async fn an_invitation_is_accepted_whatever_its_link_looks_like() {
    for (value, ends) in [
        ("invitation", "&msppId=0#/partners/invitation"),
        ("billing_accounts", "&msppId=0#/BillingAccounts/partner-invitation"),
        ("with_dap", "&DAP=true#/BillingAccounts/partner-invitation"),
        ("without_dap", "&DAP=false#/BillingAccounts/partner-invitation"),
    ] {
        let world = with(|_, rules| *rules = set(rules, "invitation_form", value)).await.accepted().await;
        let (_, link) = world.get("/v1/customers/relationshiprequests").await;
        assert!(link["url"].as_str().expect("a link").ends_with(ends), "{link}");
        assert_eq!(world.get(&customer(&world)).await.1["relationshipToPartner"], "reseller", "{value}");
    }
}

#[tokio::test]
async fn a_consent_that_exists_is_a_conflict_in_one_of_three_shapes() {
    for (value, has) in [("older", ["source", "description"]), ("newer", ["errorName", "message"])] {
        let (status, fault) = consented_twice(value).await;
        assert_eq!((status, has.map(|name| fault[name].is_string())), (StatusCode::CONFLICT, [true; 2]), "{fault}");
    }
    assert_eq!(consented_twice("empty").await, (StatusCode::CONFLICT, Value::String(String::new())));
}

async fn consented_twice(value: &str) -> (StatusCode, Value) {
    let world = under("consent_conflict", value).await;
    let path = format!("{}/applicationconsents", customer(&world));
    let consent = json!({
        "applicationId": "app",
        "displayName": "Migrator",
        "applicationGrants": [{ "enterpriseApplicationId": "00000003-0000-0000-c000-000000000000", "scope": "User.Read" }],
    });
    assert_eq!(world.post(&path, consent.clone()).await.0, StatusCode::CREATED);
    world.post(&path, consent).await
}

#[tokio::test]
async fn attributes_of_a_sku_are_json_or_text() {
    for (value, addon, bases) in [("false", json!(false), json!([])), ("true", json!("false"), json!("[]"))] {
        let world = under("attributes_as_text", value).await;
        let item = world.item().await;
        let product = item.split(':').next().expect("a product");
        let (_, skus) = world.get(&format!("/v1/products/{product}/skus?country=DE")).await;
        let attributes = &skus["items"][0]["dynamicAttributes"];
        assert_eq!((&attributes["isAddon"], &attributes["prerequisiteSkus"]), (&addon, &bases), "{value}");
        assert_eq!(attributes["provisioningId"], STANDARD, "text either way");
    }
}

#[tokio::test]
async fn a_contract_has_a_type_in_any_of_the_words() {
    for value in ["subscription", "productKey", "product_key"] {
        let world = under("contract_type", value).await;
        assert_eq!(world.get(&bought(&world).await).await.1["contractType"], value);
    }
}

#[tokio::test]
async fn lines_of_an_order_that_was_taken_back_are_cancelled_or_unfulfilled() {
    for value in ["cancelled", "unfulfilled"] {
        let world = with(|_, rules| {
            *rules = set(&set(rules, "cancelled_line", value), "sandbox", "true");
        });
        let world = world.await.accepted_quietly();
        bought(&world).await;
        let orders = format!("{}/orders", customer(&world));
        let id = world.get(&orders).await.1["items"][0]["id"].as_str().expect("an id").to_owned();
        let body = json!({ "id": id, "status": "cancelled" });
        assert_eq!(send(&world, Method::PATCH, &format!("{orders}/{id}"), body).await.0, StatusCode::OK);
        let (_, lines) = world.get(&format!("{orders}/{id}/provisioningstatus")).await;
        assert_eq!(lines["items"][0]["status"], value);
    }
}

#[tokio::test]
async fn seats_that_come_back_too_late_are_refused_by_one_of_the_codes() {
    for (window, code, answered) in [("168", "900257", 900_257), ("168", "800090", 800_090), ("72", "900257", 900_214)]
    {
        let world = with(|_, rules| {
            *rules = set(&set(rules, "seats_down_code", code), "window_hours", window);
        });
        let world = world.await.accepted_quietly();
        let path = bought(&world).await;
        world.advance_hours(24 * 8).await;
        let (status, fault) = change(&world, &path, json!({ "quantity": 6 })).await;
        assert_eq!((status, &fault["code"]), (StatusCode::BAD_REQUEST, &json!(answered)), "{window} {code}");
    }
}

#[tokio::test]
async fn a_subscription_at_the_end_of_its_term_is_left_alone_while_it_is_renewed_or_expires() {
    // Bought on 5 March 2026 for a year; it is an hour after its end.
    for (hours, renews, refused) in
        [("0", true, None), ("6", true, Some(900_280)), ("6", false, Some(900_277)), ("0", false, Some(800_091))]
    {
        let world = under("renewal_hours", hours).await;
        let path = bought(&world).await;
        if !renews {
            let end = json!([{ "scheduleType": "TermEnd", "actionType": "Cancel" }]);
            let end = json!({ "autoRenewEnabled": false, "scheduledActions": end });
            assert_eq!(change(&world, &path, end).await.0, StatusCode::OK);
        }
        world.advance_hours(24 * 365 - 8 + 1).await;
        let (status, told) = change(&world, &path, json!({ "autoRenewEnabled": true, "friendlyName": "New" })).await;
        let code = told["code"].as_u64();
        assert_eq!((status.is_success(), code), (refused.is_none(), refused), "{hours} {renews}: {told}");
    }
}

#[tokio::test]
async fn while_a_change_does_not_show_the_next_one_is_refused_by_one_of_the_codes() {
    for (code, status) in [(800_082, 400), (800_014, 409), (900_278, 409)] {
        let world = with(|_, rules| {
            *rules = set(&set(rules, "pending_code", &code.to_string()), "changes_accepted_later", "true");
        });
        let world = world.await.accepted_quietly();
        let path = bought(&world).await;
        assert_eq!(change(&world, &path, json!({ "quantity": 8 })).await.0, StatusCode::ACCEPTED);
        let (answered, fault) = change(&world, &path, json!({ "quantity": 9 })).await;
        assert_eq!((answered.as_u16(), &fault["code"]), (status, &json!(code)));
    }
}

#[tokio::test]
async fn a_change_may_need_the_etag_in_its_header() {
    for (wanted, without) in [("false", StatusCode::OK), ("true", StatusCode::PRECONDITION_FAILED)] {
        let world = under("if_match_wanted", wanted).await;
        let path = bought(&world).await;
        assert_eq!(change(&world, &path, json!({ "quantity": 8 })).await.0, without);
        let mut held = world.get(&path).await.1;
        let etag = held["attributes"]["etag"].as_str().expect("an etag").to_owned();
        held["quantity"] = json!(9);
        let request = world.request(Method::PATCH, &path).header("If-Match", etag).json(&held);
        let (status, changed) = read(request.send().await.expect("an answer")).await;
        assert_eq!((status, &changed["quantity"]), (StatusCode::OK, &json!(9)), "{wanted}");
    }
}

#[tokio::test]
async fn a_migration_that_names_no_term_takes_a_year_or_keeps_its_own() {
    for (value, term) in [("year", "P1Y"), ("kept", "P1M")] {
        let world = with(|seed, rules| {
            let partner = seed.partner.tenant_id;
            let line = &mut seed.customers[0].subscriptions[0];
            (line.program, line.owner_tenant) = (Program::LegacyCsp, Some(partner));
            line.term = carryover_emulator::Term::P1M;
            line.billing = carryover_emulator::Billing::Monthly;
            *rules = set(rules, "migration_term", value);
        });
        let world = world.await.accepted_quietly();
        let source = world.seed.customers[0].subscriptions[0].id;
        let path = format!("{}/migrations/newcommerce/validate", customer(&world));
        let (_, found) = world.post(&path, json!({ "currentSubscriptionId": source })).await;
        assert_eq!(found["termDuration"], term, "{value}: {found}");
    }
}

#[tokio::test]
async fn a_transfer_of_which_nothing_moved_has_failed_or_is_partially_complete() {
    for (value, word) in [("failed", "Failed"), ("partially_complete", "PartiallyComplete")] {
        let world = under("failed_transfer", value).await;
        let (path, id) = asked(&world).await;
        let nothing = json!({ "subscriptions": ["00000000-0000-4000-8000-000000000001"] });
        assert_eq!(world.post(&format!("/emulator/transfers/{id}/release"), nothing).await.0, StatusCode::OK);
        assert_eq!(world.get(&path).await.1["status"], word);
    }
}

#[tokio::test]
async fn what_was_transferred_has_a_new_window_or_none() {
    for restarts in [false, true] {
        let value = restarts.to_string();
        let world = under_beside(Program::NceOtherPartner, "transfer_window_restarts", &value).await;
        let (_, id) = asked(&world).await;
        assert_eq!(world.post(&format!("/emulator/transfers/{id}/release"), Value::Null).await.0, StatusCode::OK);
        let (_, held) = world.get(&format!("{}/subscriptions", customer(&world))).await;
        assert_eq!(held["items"][0]["cancellationAllowedUntilDate"].is_string(), restarts, "{held}");
    }
}

/// Another partner is asked to hand over: the path of the transfer, and its id.
async fn asked(world: &World) -> (String, String) {
    let transfers = format!("{}/transfers", customer(world));
    let wish =
        json!({ "sourcePartnerTenantId": OTHER, "sourcePartnerName": "Other", "customerEmailId": "a@b.example" });
    let (status, made) = world.post(&transfers, wish).await;
    assert_eq!(status, StatusCode::CREATED, "{made}");
    let id = made["id"].as_str().expect("an id").to_owned();
    (format!("{transfers}/{id}"), id)
}

#[tokio::test]
async fn an_offer_that_is_turned_down_is_a_reject_or_rejected() {
    for (value, word) in [("as_listed", "Reject"), ("participles", "Rejected")] {
        let world = under_beside(Program::LegacyCsp, "offer_words", value).await;
        let offer = json!({ "tenant": world.tenant(), "partner": OTHER });
        let id = world.post("/emulator/transfers", offer).await.1["id"].as_str().expect("an id").to_owned();
        let path = format!("{}/transfers/{id}", customer(&world));
        assert_eq!(world.get(&path).await.1["status"], "Active");
        world.post(&format!("{path}/reject"), Value::Null).await;
        assert_eq!(world.get(&path).await.1["status"], word);
    }
}

#[tokio::test]
async fn where_one_of_two_subscriptions_ends_users_work_on_or_the_last_ones_do_not() {
    for (value, out) in [("tolerated", 0), ("at_once", 3)] {
        // Five users hold the licence; seven seats end, and two that were bought beside them stay.
        let world = with(|seed, rules| {
            seed.customers[0].subscriptions[0].auto_renew = false;
            seed.customers[0].subscriptions[0].program = Program::NceOtherPartner;
            seed.customers[0].subscriptions[0].end_date = "2026-04-20".parse().expect("a date");
            *rules = set(rules, "shortfall", value);
        });
        let world = world.await.accepted_quietly();
        let path = bought(&world).await;
        assert_eq!(change(&world, &path, json!({ "quantity": 2 })).await.0, StatusCode::OK);
        world.advance_hours(24 * 60).await;
        let (_, users) = world.get("/v1.0/users?$select=id,provisionedPlans").await;
        let is_out = |user: &&Value| user["provisionedPlans"][0]["capabilityStatus"] == "Suspended";
        assert_eq!(users["value"].as_array().expect("users").iter().filter(is_out).count(), out, "{value}: {users}");
    }
}

#[tokio::test]
async fn a_licence_that_is_not_assigned_is_called_so_in_other_words() {
    for (value, says) in [
        ("a_corresponding", "does not have a corresponding license"),
        ("the_corresponding", "does not have the corresponding license"),
        ("not_assigned", "is not assigned to the user"),
    ] {
        let world = under("not_assigned_text", value).await;
        let user = world.seed.customers[0].users[0].id;
        let take = json!({ "addLicenses": [], "removeLicenses": ["cbdc14ab-d96c-4c30-b9f4-6ada7cdc1d46"] });
        let (status, refused) = world.post(&format!("/v1.0/users/{user}/assignLicense"), take).await;
        let text = refused["error"]["message"].as_str().expect("a sentence");
        assert!(status == StatusCode::BAD_REQUEST && text.contains(says), "{value}: {text}");
    }
}

#[tokio::test]
async fn a_licence_without_an_error_says_so_by_null_or_by_a_word() {
    for (value, told) in [("as_null", Value::Null), ("word", json!("None"))] {
        let world = under("no_licence_error", value).await;
        let (_, users) = world.get("/v1.0/users?$select=licenseAssignmentStates").await;
        assert_eq!(users["value"][0]["licenseAssignmentStates"][0]["error"], told);
    }
}

#[tokio::test]
async fn graph_says_in_one_of_two_words_that_it_is_too_much() {
    for (value, code) in [("too_many_requests", "TooManyRequests"), ("activity_limit_reached", "activityLimitReached")]
    {
        let world = under("graph_throttle", value).await;
        world.post("/emulator/faults", json!({ "fault": "throttled", "path": "/v1.0/**" })).await;
        let (status, fault) = world.get("/v1.0/users").await;
        assert_eq!((status, &fault["error"]["code"]), (StatusCode::TOO_MANY_REQUESTS, &json!(code)));
    }
}

#[tokio::test]
async fn an_application_has_so_many_requests_over_all_of_graph_in_a_second_or_in_ten() {
    for (value, status) in [("ten_seconds", 200), ("one_second", 429)] {
        let world = with(|_, rules| *rules = set(&set(rules, "graph_limit", value), "budgets", "true"));
        let world = world.await.accepted_quietly();
        let ask = |id: usize| json!({ "id": id.to_string(), "method": "GET", "url": "/directory/subscriptions" });
        let batch = json!({ "requests": (0..20).map(ask).collect::<Vec<_>>() });
        for _ in 0..100 {
            let (_, answer) = world.post("/v1.0/$batch", batch.clone()).await;
            assert!(
                answer["responses"].as_array().expect("responses").iter().all(|it| it["status"] == 200),
                "{answer}"
            );
        }
        assert_eq!(world.get("/v1.0/directory/subscriptions").await.0.as_u16(), status, "{value}: the 2,001st");
    }
}

#[tokio::test]
async fn the_published_budget_is_that_of_the_partner_or_of_each_customer() {
    for (value, other) in [("partner", 429), ("customer", 200)] {
        let world = with(|seed, rules| {
            let accepted_at = seed.start;
            for customer in &mut seed.customers {
                customer.relationship = Some(SeedRelationship { accepted_at, agreement_signed: true });
            }
            *rules = set(&set(rules, "budget_of", value), "budgets", "true");
        });
        let world = world.await;
        for _ in 0..500 {
            assert_eq!(world.get(&customer(&world)).await.0, StatusCode::OK);
        }
        assert_eq!(world.get(&customer(&world)).await.0, StatusCode::TOO_MANY_REQUESTS);
        let neighbour = format!("/v1/customers/{}", world.seed.customers[1].tenant_id);
        assert_eq!(world.get(&neighbour).await.0.as_u16(), other, "{value}");
    }
}

#[tokio::test]
async fn a_mark_stands_before_as_many_answers_as_was_asked_for() {
    for (share, marked) in [("0", 0), ("1", 8), ("2", 4)] {
        let world = with(|_, rules| *rules = set(rules, "bom_share", share)).await;
        let mut found = 0;
        for _ in 0..8 {
            let answer = world.request(Method::GET, "/v1/customers").send().await.expect("an answer");
            found += usize::from(answer.bytes().await.expect("a body").starts_with(b"\xef\xbb\xbf"));
        }
        assert_eq!(found, marked, "{share}");
    }
}
