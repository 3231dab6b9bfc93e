//! Changing what we have sold, coming over without buying again, and being told of changes.

use crate::support::*;
use carryover_domain::handover::{Conversion, ConversionDay, TransferRequest};
use carryover_domain::ids::SubscriptionId;
use carryover_domain::sold::{EndOfTerm, NextTerm, SoldChange};
use carryover_domain::time::{Billing, Term};
use carryover_domain::value::Seats;
use carryover_ports::{Conversions, Outcome, Registration, Subscriptions, Transfers, Webhooks};
use expect_test::{Expect, expect};

fn subscription() -> SubscriptionId {
    SubscriptionId::try_new(S1).unwrap()
}

async fn changed(file: &str, change: SoldChange, expected: Expect) {
    let scene = Scene::of(file);
    let outcome = scene.adapter.change(key(), customer(), &subscription(), &change).await;
    expected.assert_eq(&match outcome {
        Outcome::Done(sold) => format!(
            "{:?}, {} seats, {:?}, until {:?}, then {:?}",
            sold.product, sold.seats, sold.status, sold.last_day, sold.at_end
        ),
        other => told(&other),
    });
    scene.finish();
}

#[tokio::test]
async fn a_subscription_goes_back_whole_with_one_change_and_counts_as_changed_when_it_shows() {
    changed("change_seats.http", SoldChange::Seats(Seats::try_new(30).unwrap()), expect![[r#"NewCommerce(OfferId { product: "CFQ7TTC0ZZ01", sku: "0001" }), 30 seats, Active, until Some(2027-05-03), then Some(Renew)"#]]).await;
}

#[tokio::test]
async fn an_end_is_chosen_by_renewal_and_action_together() {
    changed("change_at_end.http", SoldChange::AtEnd(EndOfTerm::Cancel), expect![[r#"NewCommerce(OfferId { product: "CFQ7TTC0ZZ01", sku: "0001" }), 25 seats, Active, until None, then Some(Cancel)"#]]).await;
}

#[tokio::test]
async fn another_end_leaves_what_somebody_has_scheduled_for_another_day() {
    changed("change_at_end_others.http", SoldChange::AtEnd(EndOfTerm::Cancel), expect![[r#"NewCommerce(OfferId { product: "CFQ7TTC0ZZ01", sku: "0001" }), 25 seats, Active, until None, then Some(Cancel)"#]]).await;
}

#[tokio::test]
async fn a_next_term_is_not_asked_for_beside_what_somebody_has_scheduled_for_another_day() {
    let text = recorded("change_at_end_others.http");
    let (read, _) = text.split_once("\n### what").unwrap();
    let scene = Scene::said(read);
    let next = NextTerm {
        offer: ITEM.parse().unwrap(),
        term: Term::Year,
        billing: Billing::Annual,
        seats: Seats::try_new(20).unwrap(),
    };
    let outcome = scene.adapter.change(key(), customer(), &subscription(), &SoldChange::NextTerm(next)).await;
    expect!["refused, Other: an action is scheduled for another day than the end, and the service keeps no next term beside one; take it back first (code none)"]
        .assert_eq(&told(&outcome));
    scene.finish();
}

#[tokio::test]
async fn a_choice_that_does_not_show_is_in_doubt() {
    changed(
        "change_unseen.http",
        SoldChange::AtEnd(EndOfTerm::Cancel),
        expect!["in doubt: the change was taken and does not show yet"],
    )
    .await;
}

#[tokio::test]
async fn an_outdated_read_is_repeated_once_and_a_closed_window_refuses() {
    changed(
        "change_outdated.http",
        SoldChange::Cancel,
        expect!["refused, Other: Passed the 7-day cancellation window. (code 400/900117)"],
    )
    .await;
}

#[tokio::test]
async fn what_is_so_already_is_not_sent() {
    changed(
        "change_already.http",
        SoldChange::Cancel,
        expect![[
            r#"Legacy("8bdbb60b-e526-43e9-92ef-ab760c8e0b72"), 25 seats, Suspended, until Some(2027-05-02), then None"#
        ]],
    )
    .await;
}

#[tokio::test]
async fn a_legacy_subscription_is_migrated_and_found_again_by_our_mark() {
    let scene = Scene::of("conversions.http");
    let conversion = |from: &str, seats| Conversion {
        from: SubscriptionId::try_new(from).unwrap(),
        term: Term::Year,
        billing: Billing::Monthly,
        full_term: true,
        seats,
        addons: Vec::new(),
    };
    let want = Conversion { addons: vec![conversion("addon", None)], ..conversion(S1, Seats::try_new(25).ok()) };
    let it = &scene.adapter;
    let mut lines = Vec::new();
    lines.push(format!("{:?}", it.eligibility(customer(), &want).await.unwrap().value));
    lines.push(told(&it.convert(key(), customer(), &want, &mark()).await));
    lines.push(format!("{:?}", it.conversions(&subscription()).await.unwrap().value));
    lines.push(format!("{:?}", it.conversion(customer(), "m1").await.unwrap().value.unwrap().status));
    lines.push(told(&it.schedule(key(), customer(), &want, ConversionDay::AtRenewal, &mark()).await));
    lines.push(format!("{:?}", it.scheduled(&subscription()).await.unwrap().value));
    for id in ["s1", "s1", "s0"] {
        lines.push(told(&it.call_off(key(), customer(), id).await));
    }
    expect![[r#"
        Eligibility { subscription: SubscriptionId("55555555-0000-4000-8000-000000000501"), eligible: false, reasons: [("7", "Active for less than a month.")] }
        done: Converted { id: "m1", from: SubscriptionId("55555555-0000-4000-8000-000000000501"), status: Processing, to: None, order: None, offer: Some(OfferId { product: "CFQ7TTC0ZZ01", sku: "0001" }), mark: None, started: Some(2026-05-04T10:00:00Z) }
        [Converted { id: "m1", from: SubscriptionId("55555555-0000-4000-8000-000000000501"), status: Completed, to: Some(SubscriptionId("new-1")), order: Some(OrderId("0a1b2c3d4e5f")), offer: None, mark: Some("carryover-99999999000040008000000000000002"), started: None }]
        Other("Queued")
        done: ScheduledConversion { id: "s1", from: SubscriptionId("55555555-0000-4000-8000-000000000501"), status: "Created", day: Some(AtRenewal), conversion: None, error: None, mark: Some("carryover-99999999000040008000000000000002") }
        [ScheduledConversion { id: "s0", from: SubscriptionId("55555555-0000-4000-8000-000000000501"), status: "Failed", day: Some(On(2026-06-01)), conversion: None, error: Some(("2", "Too close to the end.")), mark: None }, ScheduledConversion { id: "s1", from: SubscriptionId("55555555-0000-4000-8000-000000000501"), status: "Created", day: Some(AtRenewal), conversion: None, error: None, mark: None }]
        done: ScheduledConversion { id: "s1", from: SubscriptionId("55555555-0000-4000-8000-000000000501"), status: "Cancelled", day: None, conversion: None, error: None, mark: None }
        done: ScheduledConversion { id: "s1", from: SubscriptionId("55555555-0000-4000-8000-000000000501"), status: "cancelled", day: None, conversion: None, error: None, mark: None }
        refused, Other: The schedule cannot be changed any more. (code 400/900279)"#]].assert_eq(&lines.join("\n"));
    scene.finish();
}

#[tokio::test]
async fn another_partner_is_asked_to_hand_over() {
    let scene = Scene::of("transfers.http");
    let want = TransferRequest {
        from: "aaaaaaaa-0000-4000-8000-000000000009".parse().unwrap(),
        from_name: "Other".to_owned(),
        customer_email: "ana@birchlane.example".to_owned(),
        customer_name: "Birch Lane".to_owned(),
    };
    let it = &scene.adapter;
    let mut lines = vec![told(&it.ask_for_transfer(key(), customer(), &want).await)];
    let all = it.transfers(customer()).await.unwrap().value;
    lines.extend(all.iter().map(|one| format!("{} {:?} {:?}", one.id, one.status, one.subscriptions)));
    lines.push(format!("{:?}", it.transfer(customer(), "t9").await.unwrap().value));
    for id in ["t1", "t1", "t0"] {
        lines.push(told(&it.withdraw_transfer(key(), customer(), id).await));
    }
    expect![[r#"
        done: Transfer { id: "t1", status: Pending, from: Some(TenantId(aaaaaaaa-0000-4000-8000-000000000009)), to: None, created: Some(2026-05-04T10:00:00Z), expires: Some(2026-06-03T10:00:00Z), subscriptions: [] }
        t0 PartlyComplete [SubscriptionId("sub-1")]
        t1 InProgress []
        None
        done: Transfer { id: "t1", status: Cancelled, from: None, to: None, created: None, expires: None, subscriptions: [] }
        done: Transfer { id: "t1", status: Cancelled, from: None, to: None, created: None, expires: None, subscriptions: [] }
        refused, Other: The transfer cannot be processed in its state. (code 400/900102)"#]].assert_eq(&lines.join("\n"));
    scene.finish();
}

#[tokio::test]
async fn transfers_of_which_one_cannot_be_understood_are_no_list() {
    let scene = Scene::said(
        r#"###
GET /pc/v1/customers/{C1}/transfers

HTTP/1.1 200 OK

[{"id":"t0","status":"Complete","lineItems":[{"subscriptionId":"sub-1"}]},{"id":"t1"}]
"#,
    );
    let read = scene.adapter.transfers(customer()).await;
    expect!["unreadable: `list transfers`: the answer cannot be understood: a transfer without a status"]
        .assert_eq(&why(&read.unwrap_err()));
    scene.finish();
}

#[tokio::test]
async fn transfers_whose_second_page_does_not_come_are_no_list() {
    let scene = Scene::said(
        r#"###
GET /pc/v1/customers/{C1}/transfers

HTTP/1.1 200 OK

{"totalCount":2,"items":[{"id":"t0","status":"Complete"}],"links":{"next":{"uri":"/customers/{C1}/transfers?page=2","method":"GET","headers":[]}}}

###
GET /pc/v1/customers/{C1}/transfers?page=2

HTTP/1.1 429 Too Many Requests
Retry-After: 7

"#,
    );
    let read = scene.adapter.transfers(customer()).await;
    expect!["throttled: the service asks to wait for 7 s"].assert_eq(&why(&read.unwrap_err()));
    scene.finish();
}

#[tokio::test]
async fn a_registration_is_made_or_replaced_and_tried() {
    let scene = Scene::of("webhooks.http");
    let it = &scene.adapter;
    let events = ["subscription-updated".to_owned()].into();
    let want = Registration { url: "https://hooks.partner.example/pc".parse().unwrap(), events };
    let mut lines = vec![format!("{:?}", it.event_names().await.unwrap().value)];
    lines.push(told(&it.register(key(), &want).await));
    lines.push(told(&it.register(key(), &want).await));
    lines.push(told(&it.send_test_event(key()).await));
    lines.push(format!("{:?}", it.test_event("corr-1").await.unwrap().value));
    expect![[r#"
        {"subscription-updated", "test-created"}
        done: ()
        done: ()
        done: "corr-1"
        Some(TestEvent { status: "completed", answers: ["no answer", "200"] })"#]]
    .assert_eq(&lines.join("\n"));
    scene.finish();
}
