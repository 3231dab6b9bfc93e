//! Subscriptions over HTTP, from one shape to the next: renewals, transitions, migrations, transfers.

use carryover_emulator::{
    AcceptWord, Billing, ExtendedService, FailedEvent, Options, Program, Readings, Rules, ScheduleWords, Seed,
    SeedPurchase, SeedRelationship, SuspendedEnd, TenantId, Term,
};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::world::{STANDARD, World, read, seed};

async fn with(change: impl FnOnce(&mut Seed, &mut Rules)) -> World {
    let (mut seed, mut rules) = (seed(), Rules::prompt());
    change(&mut seed, &mut rules);
    World::start(Options { rules, ..Options::frozen() }, seed).await.accepted().await
}

/// The source was sold by us, under the old generation, and ends on 20 May.
async fn legacy(change: impl FnOnce(&mut Rules)) -> World {
    with(|seed, rules| {
        let partner = seed.partner.tenant_id;
        let line = &mut seed.customers[0].subscriptions[0];
        line.program = Program::LegacyCsp;
        line.owner_tenant = Some(partner);
        line.end_date = "2026-05-20".parse().expect("a date");
        change(rules);
    })
    .await
}

fn customer(world: &World) -> String {
    format!("/v1/customers/{}", world.tenant())
}

async fn send(world: &World, method: Method, path: &str, body: Value) -> (StatusCode, Value) {
    read(world.request(method, path).json(&body).send().await.expect("an answer")).await
}

/// Buys seven seats, and hands back the path of the subscription.
pub(crate) async fn bought(world: &World) -> String {
    let cart = world.post(&world.carts(), world.cart_body(7).await).await.1;
    let path = format!("{}/{}/checkout", world.carts(), cart["id"].as_str().expect("an id"));
    let order = world.post(&path, Value::Null).await.1;
    let id = order["orders"][0]["lineItems"][0]["subscriptionId"].as_str().expect("an id").to_owned();
    format!("{}/subscriptions/{id}", customer(world))
}

pub(crate) async fn change(world: &World, path: &str, fields: Value) -> (StatusCode, Value) {
    let mut held = world.get(path).await.1;
    for (name, value) in fields.as_object().expect("fields") {
        held[name] = value.clone();
    }
    send(world, Method::PATCH, path, held).await
}

async fn pool(world: &World) -> Value {
    world.get("/v1.0/subscribedSkus").await.1["value"][0]["prepaidUnits"].clone()
}

fn source(world: &World) -> String {
    world.seed.customers[0].subscriptions[0].id.to_string()
}

#[tokio::test]
async fn a_term_ends_as_it_was_chosen() {
    // Ends of terms are in March 2027; seven source seats renew and stay.
    for (choice, enabled, status) in
        [("Cancel", 7, "disabled"), ("RenewToExtendedServiceTerm", 14, "active"), ("", 14, "active")]
    {
        let world = with(|_, _| {}).await;
        let path = bought(&world).await;
        let mut end = json!({ "autoRenewEnabled": false });
        if !choice.is_empty() {
            end["scheduledActions"] = json!([{ "scheduleType": "TermEnd", "actionType": choice }]);
        }
        let (changed, held) = change(&world, &path, end).await;
        assert_eq!(changed, StatusCode::OK, "{held}");
        world.advance_hours(24 * 370).await;
        assert_eq!(pool(&world).await["enabled"], enabled, "{choice}");
        let held = world.get(&path).await.1;
        assert_eq!((&held["status"], held["termDuration"] == "P1M"), (&json!(status), status == "active"), "{choice}");
        assert_eq!(held["offerId"].as_str().expect("an offer").contains(":EST1:"), status == "active");
    }
}

#[tokio::test]
async fn a_term_outside_the_policy_ends_in_free_grace() {
    let later = "2030-01-01T00:00:00Z".parse().expect("an instant");
    let world = with(|_, rules| {
        let policy = ExtendedService { bought_from: later, ends_from: later };
        rules.readings = Readings { extended_service: Some(policy), ..Readings::usual() };
    })
    .await;
    let path = bought(&world).await;
    assert_eq!(change(&world, &path, json!({ "autoRenewEnabled": false })).await.0, StatusCode::OK);
    world.advance_hours(24 * 370).await;
    assert_eq!(world.get(&path).await.1["status"], "expired");
    assert_eq!(pool(&world).await["warning"], 7);
}

#[tokio::test]
async fn what_is_scheduled_for_the_next_term_happens_unless_the_term_is_changed() {
    for wiped in [false, true] {
        let world = with(|_, _| {}).await;
        let path = bought(&world).await;
        let item = world.item().await;
        let parts: Vec<&str> = item.split(':').collect();
        let product = json!({
            "productId": parts[0], "skuId": parts[1], "availabilityId": parts[2],
            "billingCycle": "Monthly", "termDuration": "P1Y",
        });
        let next = json!({ "product": product, "quantity": 5 });
        let (status, held) = change(&world, &path, json!({ "scheduledNextTermInstructions": next })).await;
        assert_eq!((status, &held["scheduledNextTermInstructions"]["quantity"]), (StatusCode::OK, &json!(5)), "{held}");
        if wiped {
            change(&world, &path, json!({ "quantity": 8 })).await;
        }
        world.advance_hours(24 * 370).await;
        let held = world.get(&path).await.1;
        let (seats, billing) = if wiped { (8, "annual") } else { (5, "monthly") };
        assert_eq!((&held["quantity"], &held["billingCycle"]), (&json!(seats), &json!(billing)));
    }
}

/// Microsoft 365 E3 as a subscription could become it, and the product of it.
async fn another_product(world: &World, path: &str, seats: u32) -> (Value, String) {
    let (_, targets) = world.get(&format!("{path}/transitionEligibilities?eligibilityType=scheduled")).await;
    let target = targets["items"].as_array().expect("targets").iter().find(|item| item["title"] == "Microsoft 365 E3");
    let item = target.expect("an upgrade")["catalogItemId"].as_str().expect("an item").to_owned();
    let parts: Vec<&str> = item.split(':').collect();
    let product = json!({
        "productId": parts[0], "skuId": parts[1], "availabilityId": parts[2],
        "billingCycle": "Annual", "termDuration": "P1Y",
    });
    (json!({ "product": product, "quantity": seats }), parts[0].to_owned())
}

#[tokio::test]
async fn what_is_scheduled_for_a_date_happens_then_unless_a_change_leaves_it_out() {
    for kept in [true, false] {
        let world = with(|_, _| {}).await;
        let path = bought(&world).await;
        let (becomes, product) = another_product(&world, &path, 7).await;
        let at_end = json!({ "scheduleType": "TermEnd", "actionType": "Cancel" });
        let on_date = json!({
            "scheduleType": "CustomDate", "actionType": "Transition",
            "effectiveDate": "2026-06-01T00:00:00Z", "instructions": becomes,
        });
        let both = json!({ "autoRenewEnabled": false, "scheduledActions": [at_end, on_date] });
        let (status, held) = change(&world, &path, both).await;
        let kinds = |held: &Value| {
            let all = held["scheduledActions"].as_array().expect("actions").iter();
            all.map(|action| (action["scheduleType"].clone(), action["actionType"].clone())).collect::<Vec<_>>()
        };
        let named =
            [("TermEnd", "Cancel"), ("CustomDate", "Transition")].map(|(kind, what)| (json!(kind), json!(what)));
        assert_eq!((status, kinds(&held)), (StatusCode::OK, named.to_vec()), "{held}");
        if !kept {
            change(&world, &path, json!({ "scheduledActions": [at_end] })).await;
        }
        world.advance_hours(24 * 100).await;
        assert_eq!(world.get(&path).await.1["status"], if kept { "deleted" } else { "active" });
        let (_, all) = world.get(&format!("{}/subscriptions", customer(&world))).await;
        let offers: Vec<&str> =
            all["items"].as_array().expect("all").iter().filter_map(|held| held["offerId"].as_str()).collect();
        assert_eq!(offers.iter().any(|offer| offer.starts_with(&product)), kept, "{offers:?}");
    }
}

#[tokio::test]
async fn a_date_outside_the_term_or_nothing_to_become_is_refused() {
    let world = with(|_, _| {}).await;
    let path = bought(&world).await;
    let (becomes, _) = another_product(&world, &path, 7).await;
    for (date, instructions) in
        [("2026-03-01T00:00:00Z", &becomes), ("2028-01-01T00:00:00Z", &becomes), ("2026-06-01", &Value::Null)]
    {
        let action = json!({ "scheduleType": "CustomDate", "actionType": "Transition",
                             "effectiveDate": date, "instructions": instructions });
        let (status, fault) = change(&world, &path, json!({ "scheduledActions": [action] })).await;
        assert_eq!((status, &fault["code"]), (StatusCode::BAD_REQUEST, &json!(3000)), "{date}");
    }
}

#[tokio::test]
async fn the_next_term_may_be_a_transition_to_another_product() {
    let world = with(|_, _| {}).await;
    let path = bought(&world).await;
    let (becomes, product) = another_product(&world, &path, 4).await;
    let action = json!({ "scheduleType": "TermEnd", "actionType": "Transition", "instructions": becomes });
    let (status, held) = change(&world, &path, json!({ "scheduledActions": [action] })).await;
    assert_eq!((status, &held["scheduledActions"][0]["actionType"]), (StatusCode::OK, &json!("Transition")), "{held}");
    world.advance_hours(24 * 370).await;
    let held = world.get(&path).await.1;
    assert_eq!(
        (&held["quantity"], held["offerId"].as_str().map(|it| it.starts_with(&product))),
        (&json!(4), Some(true))
    );
}

#[tokio::test]
async fn a_change_may_be_accepted_before_it_shows() {
    let world = with(|_, rules| rules.readings.changes_accepted_later = true).await;
    let path = bought(&world).await;
    let mut held = world.get(&path).await.1;
    held["quantity"] = json!(9);
    let answer = world.request(Method::PATCH, &path).json(&held).send().await.expect("an answer");
    assert_eq!(answer.status(), StatusCode::ACCEPTED);
    let place = answer.headers()["location"].to_str().expect("text").to_owned();
    assert!(path.ends_with(&place), "{place}");
    assert_eq!(world.get(&path).await.1["quantity"], 7);
    assert_eq!(change(&world, &path, json!({ "quantity": 10 })).await.1["code"], 800_082);
    world.advance_hours(1).await;
    assert_eq!(world.get(&path).await.1["quantity"], 9);
}

#[tokio::test]
async fn seats_of_what_is_suspended_are_refused_in_the_words_of_its_generation() {
    let world = legacy(|_| {}).await;
    let old = format!("{}/subscriptions/{}", customer(&world), source(&world));
    for (path, code) in [(old, 2001), (bought(&world).await, 800_091)] {
        assert_eq!(change(&world, &path, json!({ "status": "suspended" })).await.0, StatusCode::OK);
        let (status, fault) = change(&world, &path, json!({ "quantity": 6 })).await;
        assert_eq!((status, &fault["code"]), (StatusCode::BAD_REQUEST, &json!(code)), "{path}");
    }
}

#[tokio::test]
async fn a_transition_takes_the_seats_and_the_users_along() {
    let world = with(|_, _| {}).await;
    let path = bought(&world).await;
    let (_, targets) = world.get(&format!("{path}/transitionEligibilities?eligibilityType=immediate")).await;
    let target = targets["items"].as_array().expect("targets").iter().find(|item| item["title"] == "Microsoft 365 E3");
    let target = target.expect("an upgrade")["catalogItemId"].clone();
    let wish = json!({
        "toCatalogItemId": target, "quantity": 7, "transitionType": "transition_with_license_transfer",
    });
    let (status, made) = world.post(&format!("{path}/transitions"), wish).await;
    assert_eq!(status, StatusCode::OK, "{made}");
    assert_eq!(made["Events"][1]["name"], "SeatReassignment");
    assert_eq!(world.get(&path).await.1["status"], "deleted");
    let (_, all) = world.get(&format!("{path}/transitions")).await;
    assert_eq!(all["transition"][0]["operationId"], made["operationId"]);
    let (_, users) = world.get("/v1.0/users?$top=999").await;
    let moved = "05e9a617-0261-4cee-bb44-138d3ef5d965";
    assert_eq!(users["value"][0]["assignedLicenses"][0]["skuId"], moved);
}

#[tokio::test]
async fn a_migration_replaces_the_old_subscription_without_a_gap() {
    let world = legacy(|rules| rules.migration = Rules::usual().migration).await;
    let base = format!("{}/migrations/newcommerce", customer(&world));
    let wish = json!({ "currentSubscriptionId": source(&world), "termDuration": "p1y", "purchaseFullTerm": true,
                       "externalReferenceId": "batch-1" });
    let (_, eligible) = world.post(&format!("{base}/validate"), wish.clone()).await;
    assert_eq!((&eligible["isEligible"], &eligible["errors"]), (&json!(true), &json!([])), "{eligible}");
    let (status, started) = world.post(&base, wish.clone()).await;
    assert_eq!((status, &started["status"]), (StatusCode::CREATED, &json!("Processing")), "{started}");
    let (status, twice) = world.post(&base, wish.clone()).await;
    assert_eq!((status.as_u16(), &twice["code"], &twice["isRetryable"]), (400, &json!(900_216), &json!(false)));

    world.advance_hours(1).await;
    let path = format!("{base}/{}", started["id"].as_str().expect("an id"));
    let (_, done) = world.get(&path).await;
    assert_eq!((&done["status"], &done["subscriptionEndDate"]), (&json!("Completed"), &json!("2027-03-04T00:00:00Z")));
    let bought = done["newCommerceSubscriptionId"].as_str().expect("an id");
    let (_, held) = world.get(&format!("{}/subscriptions/{bought}", customer(&world))).await;
    assert_eq!((&held["migratedFromSubscriptionId"], &held["status"]), (&json!(source(&world)), &json!("active")));
    assert_eq!(pool(&world).await["enabled"], 7);
    let (_, books) = world.get("/emulator/books").await;
    assert_eq!((&books["gap_seat_hours"], &books["duplicate_purchases"]), (&json!(0), &json!(0)));

    let (_, found) = world.get("/v1/migrations/newcommerce?ExternalReferenceId=batch-1").await;
    assert_eq!(found[0]["id"], started["id"], "a bare array");
    let (_, events) = world.get(&format!("{base}/events?current_subscription_id={}", source(&world))).await;
    let names: Vec<&str> =
        events.as_array().expect("events").iter().filter_map(|it| it["eventName"].as_str()).collect();
    assert_eq!(names.first().zip(names.last()), Some((&"MigrationStarted", &"MigrationCompleted")));
}

#[tokio::test]
async fn a_migration_that_cannot_be_is_an_answer_and_an_attempt_a_refusal() {
    let world = legacy(|_| {}).await;
    let base = format!("{}/migrations/newcommerce", customer(&world));
    let wish = json!({ "currentSubscriptionId": source(&world), "termDuration": "P3Y", "billingCycle": "Monthly" });
    let (status, answer) = world.post(&format!("{base}/validate"), wish.clone()).await;
    assert_eq!((status, &answer["errors"][0]["code"]), (StatusCode::OK, &json!(6)));
    let (status, refused) = world.post(&base, wish).await;
    assert_eq!((status.as_u16(), &refused["code"]), (400, &json!(900_222)));
    let (status, unknown) = world.get(&format!("{base}/{}", source(&world))).await;
    assert_eq!((status.as_u16(), &unknown["code"]), (400, &json!(900_224)));
}

#[tokio::test]
async fn a_schedule_runs_on_its_day_unless_it_is_called_off() {
    let world = legacy(|_| {}).await;
    let base = format!("{}/migrations/newcommerce/schedules", customer(&world));
    let wish = |date: &str| json!({ "currentSubscriptionId": source(&world), "targetDate": date, "quantity": 6 });
    let (status, first) = world.post(&base, wish("2026-04-01")).await;
    assert_eq!((status, &first["status"]), (StatusCode::CREATED, &json!("Created")), "{first}");
    let path = format!("{base}/{}", first["id"].as_str().expect("an id"));
    assert_eq!(world.post(&format!("{path}/cancel"), json!({})).await.1["status"], "Cancelled");
    let (status, over) = send(&world, Method::PUT, &path, wish("2026-04-02")).await;
    assert_eq!(status, StatusCode::BAD_REQUEST, "{over}");

    let (_, second) = world.post(&base, wish("2026-04-01T00:00:00")).await;
    let path = format!("{base}/{}", second["id"].as_str().expect("an id"));
    assert_eq!(send(&world, Method::PUT, &path, wish("2026-04-10")).await.0, StatusCode::OK);
    world.advance_hours(24 * 30).await;
    assert_eq!(world.get(&path).await.1["status"], "Created", "moved to the tenth");
    world.advance_hours(24 * 10).await;
    let (_, ran) = world.get(&path).await;
    assert_eq!(ran["status"], "Completed");
    assert!(ran["newCommerceMigrationId"].is_string());
    assert_eq!(pool(&world).await["enabled"], 6);

    let path = "/v1/migrations/newcommerce/schedules?PageSize=1";
    let page = world.request(Method::GET, path).send().await.expect("an answer");
    let token = page.headers()["ms-continuationtoken"].to_str().expect("text").to_owned();
    let request = world.request(Method::GET, path).header("MS-ContinuationToken", token);
    let next = request.send().await.expect("an answer");
    assert!(!next.headers().contains_key("ms-continuationtoken"));
    let mut ids = [read(page).await.1[0]["id"].to_string(), read(next).await.1[0]["id"].to_string()];
    let mut made = [first["id"].to_string(), second["id"].to_string()];
    ids.sort();
    made.sort();
    assert_eq!(ids, made);
}

#[tokio::test]
async fn a_schedule_on_renewal_runs_before_the_old_one_renews() {
    let world = legacy(|_| {}).await;
    let base = format!("{}/migrations/newcommerce/schedules", customer(&world));
    let wish = json!({ "currentSubscriptionId": source(&world), "migrateOnRenewal": true });
    assert_eq!(world.post(&base, wish).await.0, StatusCode::CREATED);
    world.advance_hours(24 * 90).await;
    let (_, found) =
        world.get(&format!("/v1/migrations/newcommerce/schedules?CustomerTenantId={}", world.tenant())).await;
    assert_eq!(found[0]["status"], "Completed", "{found}");
    let (_, books) = world.get("/emulator/books").await;
    let all = books["customers"].as_array().expect("customers");
    let moved = all.iter().find(|customer| customer["tenant"] == json!(world.tenant())).expect("the customer");
    assert_eq!((&moved["lines"][0]["renewed"], &moved["gap_seat_hours"]), (&json!(false), &json!(0)));
}

#[tokio::test]
async fn another_partner_hands_its_subscriptions_over() {
    let other: TenantId = "aaaaaaaa-0000-4000-8000-00000000000f".parse().expect("a GUID");
    let world = with(|seed, _| {
        let line = &mut seed.customers[0].subscriptions[0];
        line.program = Program::NceOtherPartner;
        line.owner_tenant = Some(other);
        line.end_date = "2026-09-20".parse().expect("a date");
    })
    .await;
    let base = format!("{}/transfers", customer(&world));
    let wish = json!({
        "sourcePartnerTenantId": other, "sourcePartnerName": "Other", "customerEmailId": "office@x.example",
        "targetProductTypes": ["OnlineServicesNCE"], "transferType": 3,
    });
    let (status, asked) = world.post(&base, wish.clone()).await;
    assert_eq!((status, &asked["status"]), (StatusCode::CREATED, &json!("Pending")), "{asked}");
    assert_eq!(world.post(&base, wish.clone()).await.1["code"], 900_101, "one at a time");
    let path = format!("{base}/{}", asked["id"].as_str().expect("an id"));
    let (_, withdrawn) = send(&world, Method::PATCH, &path, json!({ "id": asked["id"], "status": "Cancel" })).await;
    assert_eq!(withdrawn["status"], "Cancelled");

    let (_, asked) = world.post(&base, wish).await;
    let id = asked["id"].as_str().expect("an id");
    let (status, _) = world.post(&format!("/emulator/transfers/{id}/release"), json!({})).await;
    assert_eq!(status, StatusCode::OK);
    let (_, all) = world.get(&base).await;
    assert_eq!(all.as_array().map(Vec::len), Some(2), "a bare array");
    let done = world.get(&format!("{base}/{id}")).await.1;
    assert_eq!(
        (&done["status"], &done["lineItems"][0]["subscriptionId"]),
        (&json!("Complete"), &json!(source(&world)))
    );
    let (_, ours) = world.get(&format!("{}/subscriptions", customer(&world))).await;
    assert_eq!(ours["items"][0]["commitmentEndDate"], "2026-09-20T00:00:00Z", "the term goes on");
    assert_ne!(ours["items"][0]["id"], json!(source(&world)), "under a new id");
    assert_eq!(pool(&world).await["enabled"], 7);
}

#[tokio::test]
async fn a_term_that_ends_suspended_serves_nobody_whatever_it_is_called() {
    for (reading, first) in [(SuspendedEnd::Disabled, "disabled"), (SuspendedEnd::Expired, "expired")] {
        let world = with(|_, rules| rules.readings.suspended_end = reading).await;
        let path = bought(&world).await;
        assert_eq!(change(&world, &path, json!({ "status": "suspended" })).await.1["status"], "suspended");
        // The term ends with 4 March 2027.
        for (days, status) in [(360, "suspended"), (10, first), (29, "disabled"), (80, "disabled"), (10, "deleted")] {
            world.advance_hours(24 * days).await;
            let (_, held) = world.get(&path).await;
            assert_eq!(held["status"], status, "{days} days later, {reading:?}");
            // The seven seats of the source renew and stay.
            assert_eq!(pool(&world).await["enabled"], 7);
            assert_eq!(pool(&world).await["warning"], 0, "no grace");
        }
    }
}

#[tokio::test]
async fn a_suspended_subscription_of_the_old_generation_is_gone_with_its_term() {
    let world = legacy(|_| {}).await;
    let path = format!("{}/subscriptions/{}", customer(&world), source(&world));
    assert_eq!(change(&world, &path, json!({ "status": "suspended" })).await.1["status"], "suspended");
    assert_eq!(
        change(&world, &path, json!({ "status": "active" })).await.1["status"],
        "active",
        "before that it comes back"
    );
    assert_eq!(change(&world, &path, json!({ "status": "suspended" })).await.1["status"], "suspended");
    world.advance_hours(24 * 80).await;
    assert_eq!(world.get(&path).await.1["status"], "deleted", "its term ended on 20 May, before 90 days were over");
}

#[tokio::test]
async fn a_migration_whose_source_goes_meanwhile_fails_and_tells_it_as_it_is_read() {
    for (reading, last) in [
        (FailedEvent::MigrationFailed, "MigrationFailed"),
        (FailedEvent::NewCommerceMigrationFailed, "NewCommerceMigrationFailed"),
        (FailedEvent::Absent, "MigrationStarted"),
    ] {
        let world = legacy(|rules| {
            rules.migration = Rules::usual().migration;
            rules.readings.failed_event = reading;
        })
        .await;
        let base = format!("{}/migrations/newcommerce", customer(&world));
        let (_, started) = world.post(&base, json!({ "currentSubscriptionId": source(&world) })).await;
        let path = format!("{}/subscriptions/{}", customer(&world), source(&world));
        assert_eq!(change(&world, &path, json!({ "status": "suspended" })).await.0, StatusCode::OK);
        world.advance_hours(1).await;
        let id = started["id"].as_str().expect("an id");
        assert_eq!(world.get(&format!("{base}/{id}")).await.1["status"], "Failed");
        let (_, events) = world.get(&format!("{base}/events?migration_id={id}")).await;
        assert_eq!(events.as_array().and_then(|events| events.last()).expect("events")["eventName"], last);
    }
}

#[tokio::test]
async fn a_schedule_that_runs_is_called_by_the_words_of_one_resource_or_of_another() {
    for (reading, running, done) in [
        (ScheduleWords::OfMigrations, "Processing", "Completed"),
        (ScheduleWords::OfTransfers, "InProgress", "Complete"),
    ] {
        let world = legacy(|rules| {
            rules.migration = Rules::usual().migration;
            rules.readings.schedule_words = reading;
        })
        .await;
        let base = format!("{}/migrations/newcommerce/schedules", customer(&world));
        let wish = json!({ "currentSubscriptionId": source(&world), "targetDate": "2026-04-01" });
        let (_, made) = world.post(&base, wish).await;
        let path = format!("{base}/{}", made["id"].as_str().expect("an id"));
        let to = |at: &str| json!({ "advance_to": at });
        world.post("/emulator/clock", to("2026-04-01T00:01:00Z")).await;
        assert_eq!(world.get(&path).await.1["status"], running);
        world.post("/emulator/clock", to("2026-04-01T01:00:00Z")).await;
        assert_eq!(world.get(&path).await.1["status"], done);
    }
}

#[tokio::test]
async fn what_was_bought_before_the_run_can_be_given_back_as_long_as_the_window_is_read() {
    for (hours, until) in [(168, "2026-03-08T08:00:00Z"), (72, "2026-03-04T08:00:00Z")] {
        let mut seed = seed();
        let start = seed.start;
        let first = &mut seed.customers[0];
        first.relationship = Some(SeedRelationship {
            accepted_at: "2026-01-01T00:00:00Z".parse().expect("an instant"),
            agreement_signed: true,
        });
        first.purchases = vec![SeedPurchase {
            order_id: serde_json::from_value(json!("0a1b2c3d4e5f")).expect("an id"),
            subscription_id: "55555555-0000-4000-8000-000000000501".parse().expect("a GUID"),
            sku_id: STANDARD.parse().expect("a GUID"),
            seats: 4,
            term: Term::P1Y,
            billing: Billing::Annual,
            ordered_at: "2026-03-01T08:00:00Z".parse().expect("an instant"),
            auto_renew: true,
            friendly_name: None,
        }];
        assert_eq!(start.to_string(), "2026-03-02T08:00:00Z");
        let mut rules = Rules::prompt();
        rules.readings.window_hours = hours;
        let world = World::start(Options { rules, ..Options::frozen() }, seed).await;
        let path = format!("{}/subscriptions/55555555-0000-4000-8000-000000000501", customer(&world));
        assert_eq!(world.get(&path).await.1["cancellationAllowedUntilDate"], until);
    }
}

#[tokio::test]
async fn what_another_partner_asks_us_for_is_given_up_by_the_word_as_it_is_read() {
    for (reading, word, other_word) in [
        (AcceptWord::Accept, "Accept", Some("InProgress")),
        (AcceptWord::InProgress, "InProgress", Some("Accept")),
        (AcceptWord::Any, "Yes", None),
    ] {
        let world = with(|_, rules| {
            rules.migration = Rules::usual().migration;
            rules.readings.transfer_accept_word = reading;
        })
        .await;
        let path = bought(&world).await;
        let (_, held) = world.get(&path).await;
        let wants = json!({ "tenant": world.tenant(), "partner": "aaaaaaaa-0000-4000-8000-00000000000f", "wants": "new_commerce" });
        let (status, made) = world.post("/emulator/transfers", wants.clone()).await;
        assert_eq!(status, StatusCode::CREATED, "{made}");
        assert_eq!(world.post("/emulator/transfers", wants).await.0, StatusCode::CONFLICT, "one at a time");
        let transfer = format!("{}/transfers/{}", customer(&world), made["id"].as_str().expect("an id"));
        assert_eq!(world.get(&transfer).await.1["status"], "Pending");
        let gives = |word: &str| json!({ "status": word, "lineItems": [{ "subscriptionId": held["id"] }] });
        let cancel = send(&world, Method::PATCH, &transfer, json!({ "status": "Cancel" })).await.1;
        assert_eq!(cancel["code"], 900_102, "only who asked can withdraw");
        if let Some(other) = other_word {
            assert_eq!(send(&world, Method::PATCH, &transfer, gives(other)).await.1["code"], 3000);
        }
        let nothing = send(&world, Method::PATCH, &transfer, json!({ "status": word })).await.1;
        assert_eq!(nothing["code"], 800_078, "{nothing}");
        let (status, given) = send(&world, Method::PATCH, &transfer, gives(word)).await;
        assert_eq!((status, &given["status"]), (StatusCode::OK, &json!("InProgress")), "{given}");
        assert_eq!(world.get(&path).await.1["status"], "active", "it is on its way");
        world.advance_hours(1).await;
        assert_eq!(world.get(&transfer).await.1["status"], "Complete");
        assert_eq!(world.get(&path).await.1["status"], "deleted");
        assert_eq!(pool(&world).await["enabled"], 14, "users keep what they have");
        assert_eq!(send(&world, Method::PATCH, &transfer, gives(word)).await.1["code"], 900_102);
    }
}

#[tokio::test]
async fn nothing_can_be_given_back_of_what_is_suspended() {
    let world = with(|_, _| {}).await;
    let path = bought(&world).await;
    assert_eq!(world.get(&path).await.1["refundableQuantity"]["totalQuantity"], 7);
    assert_eq!(change(&world, &path, json!({ "status": "suspended" })).await.0, StatusCode::OK);
    assert_eq!(world.get(&path).await.1["refundableQuantity"], Value::Null);
}

#[tokio::test]
async fn the_catalogue_tells_the_window_that_is_in_force() {
    for (hours, told) in [(168, "P7D"), (72, "P3D"), (100, "PT100H")] {
        let world = with(|_, rules| rules.readings.window_hours = hours).await;
        let item = world.item().await;
        let part: Vec<&str> = item.split(':').collect();
        let path = format!("{}/products/{}/skus/{}/availabilities", customer(&world), part[0], part[1]);
        let (_, found) = world.get(&path).await;
        let options = &found["items"][0]["terms"][0]["cancellationPolicies"][0]["refundOptions"];
        assert_eq!(options[1]["expiresAfter"], told);
    }
}

#[tokio::test]
async fn a_transfer_that_nobody_answered_in_time_is_gone_from_the_list_too() {
    let world = with(|_, _| {}).await;
    let transfers = format!("{}/transfers", customer(&world));
    let wish = json!({
        "sourcePartnerTenantId": "aaaaaaaa-0000-4000-8000-00000000000f",
        "sourcePartnerName": "Other",
        "customerEmailId": "a@b.example",
    });
    let id = world.post(&transfers, wish).await.1["id"].as_str().expect("an id").to_owned();
    world.advance_hours(24 * 31).await;
    assert_eq!(world.get(&format!("{transfers}/{id}")).await.0, StatusCode::NOT_FOUND);
    assert_eq!(world.get(&transfers).await.1, json!([]));
}

#[tokio::test]
async fn whoever_is_no_partner_cannot_be_asked_to_hand_over() {
    let world = with(|_, _| {}).await;
    let wish = json!({
        "sourcePartnerTenantId": world.seed.customers[1].tenant_id,
        "sourcePartnerName": "A customer",
        "customerEmailId": "a@b.example",
    });
    let (status, fault) = world.post(&format!("{}/transfers", customer(&world)), wish).await;
    assert_eq!((status, &fault["code"]), (StatusCode::BAD_REQUEST, &json!(900_400)));
}
