//! Carts and checkouts: nothing bought twice, nothing doubtful called settled.

use crate::support::*;
use carryover_domain::facts::CartRequest;
use carryover_domain::ids::SubscriptionId;
use carryover_domain::offer::Segment;
use carryover_ports::{Commerce, Outcome};
use expect_test::{Expect, expect};
use std::net::TcpListener;

async fn cart_made(file: &str, expected: Expect) -> Scene {
    let scene = Scene::of(file);
    let outcome = scene.adapter.create_cart(key(), customer(), &want()).await;
    expected.assert_eq(&match &outcome {
        Outcome::Done(cart) => format!(
            "cart {} of {} x {} {:?} {:?} until {:?}",
            cart.id, cart.seats, cart.offer, cart.term, cart.billing, cart.expires
        ),
        other => told(other),
    });
    scene
}

async fn checked_out(file: &str, expected: Expect) {
    let scene = Scene::of(file);
    let outcome = scene.adapter.check_out(key(), customer(), &cart(), &mark()).await;
    expected.assert_eq(&match &outcome {
        Outcome::Done(bought) => format!(
            "order {} of {} x {} as {:?} on {} at {:?}",
            bought.order,
            bought.seats,
            bought.offer,
            bought.subscription.as_ref().map(ToString::to_string),
            bought.ordered_at,
            bought.price_per_seat.map(|price| price.to_string()),
        ),
        other => told(other),
    });
    assert_eq!(scene.count("/checkout"), 1, "a checkout is never repeated");
    scene.finish();
}

#[tokio::test]
async fn a_cart_is_made_upon_the_availability_of_the_moment() {
    let made = expect![
        "cart 77777777-0000-4000-8000-000000000077 of 25 x CFQ7TTC0ZZ01:0001 Some(Year) Some(Monthly) until Some(2026-05-04T09:15:01Z)"
    ];
    cart_made("cart.http", made).await.finish();
}

#[tokio::test]
async fn a_chosen_end_is_asked_for_and_read_back_by_its_day() {
    let want = CartRequest { term_end: Some("2027-03-31".parse().unwrap()), ..want() };
    let scene = Scene::of("cart_chosen_end.http");
    let Outcome::Done(cart) = scene.adapter.create_cart(key(), customer(), &want).await else { panic!("no cart") };
    assert_eq!(cart.term_end, want.term_end);
    scene.finish();
}

#[tokio::test]
async fn an_add_on_names_the_base_that_we_have_sold() {
    let parent = SubscriptionId::try_new("55555555-0000-4000-8000-000000000501").unwrap();
    let scene = Scene::of("cart_add_on.http");
    let made = scene.adapter.create_cart(key(), customer(), &CartRequest { parent: Some(parent), ..want() }).await;
    assert!(matches!(made, Outcome::Done(_)), "{made:?}");
    scene.finish();
}

#[tokio::test]
async fn a_cart_for_a_segment_is_made_upon_an_availability_of_that_segment() {
    let scene = Scene::of("cart_nonprofit.http");
    let want = CartRequest { segment: Segment::Nonprofit, ..want() };
    let Outcome::Done(cart) = scene.adapter.create_cart(key(), customer(), &want).await else { panic!("no cart") };
    assert_eq!(cart.seats, 25);
    scene.finish();
}

#[tokio::test]
async fn a_stale_availability_is_read_again_and_the_cart_built_once_more() {
    let made = expect![
        "cart 77777777-0000-4000-8000-000000000077 of 25 x CFQ7TTC0ZZ01:0001 Some(Year) Some(Monthly) until None"
    ];
    let scene = cart_made("cart_stale_once.http", made).await;
    let carts: Vec<String> = scene.requests().into_iter().filter(|request| request.starts_with("POST /pc/")).collect();
    assert!(carts[0].contains(KEY), "the first try goes under the caller's key");
    assert!(!carts[1].contains(KEY), "after an answer the key is another");
    scene.finish();
}

#[tokio::test]
async fn an_availability_that_stays_stale_is_not_for_sale() {
    let refused = expect!["refused, OfferUnavailable: no longer valid (code 201/10001)"];
    cart_made("cart_stale_twice.http", refused).await.finish();
}

#[tokio::test]
async fn terms_that_nobody_sells_make_no_cart() {
    let refused = expect![
        "refused, OfferUnavailable: CFQ7TTC0ZZ01:0001 is not on sale to this customer for P1Y with monthly billing (code none)"
    ];
    cart_made("cart_not_on_sale.http", refused).await.finish();
}

#[tokio::test]
async fn too_many_seats_in_a_line_are_refused() {
    let refused = expect!["refused, SeatsNotAllowed: 300 at most (code 201/MaxAllowedSeatsPerSubscriptionExceeded)"];
    cart_made("cart_seats.http", refused).await.finish();
}

#[tokio::test]
async fn a_catalogue_out_of_reach_leaves_the_cart_unsent() {
    let unsent = expect!["not sent: `list availabilities` was answered with 502"];
    let scene = cart_made("cart_catalogue_down.http", unsent).await;
    assert_eq!(scene.count("POST /pc/"), 0);
    scene.finish();
}

#[tokio::test]
async fn a_cart_without_relationship_is_refused_before_it_is_sent() {
    let refused = expect!["refused, NoRelationship: No relationship between partner and customer. (code 403/20002)"];
    cart_made("cart_no_relationship.http", refused).await.finish();
}

#[tokio::test]
async fn a_checkout_names_the_order_and_the_subscription() {
    checked_out("checkout.http", expect![[r#"order 0a1b2c3d4e5f of 25 x CFQ7TTC0ZZ01:0001 as Some("55555555-0000-4000-8000-000000000501") on 2026-05-04T09:00:12Z at None"#]]).await;
}

#[tokio::test]
async fn a_subscription_that_has_no_name_yet_is_bought_all_the_same() {
    checked_out(
        "checkout_unnamed.http",
        expect!["order 0a1b2c3d4e5f of 25 x CFQ7TTC0ZZ01:0001 as None on 2026-05-04T09:00:12Z at None"],
    )
    .await;
}

#[tokio::test]
async fn an_order_group_that_failed_inside_a_success_is_refused() {
    checked_out("checkout_group_failed.http", expect!["refused, SeatsNotAllowed: too many (code 201/800088)"]).await;
    checked_out(
        "checkout_group_under_way.http",
        expect!["in doubt: `check out` was answered with 201/800064: under way"],
    )
    .await;
}

#[tokio::test]
async fn a_success_that_says_nothing_is_in_doubt() {
    checked_out(
        "checkout_empty.http",
        expect![
            "in doubt: `check out`: the answer cannot be understood: it shows neither our order nor why there is none"
        ],
    )
    .await;
}

#[tokio::test]
async fn a_cart_that_was_checked_out_before_brings_its_order() {
    checked_out("checkout_again.http", expect![[r#"order 0a1b2c3d4e5f of 25 x CFQ7TTC0ZZ01:0001 as Some("55555555-0000-4000-8000-000000000501") on 2026-05-04T09:00:12Z at Some("264.00 EUR")"#]]).await;
}

#[tokio::test]
async fn a_cart_that_was_checked_out_before_is_in_doubt_while_no_order_shows() {
    checked_out(
        "checkout_again_unseen.http",
        expect!["in doubt: the cart was checked out before, and its order does not show yet"],
    )
    .await;
    checked_out("checkout_again_unreadable.http", expect!["in doubt: the cart was checked out before, and its order cannot be read: `list orders` was answered with 429: slow down"]).await;
}

#[tokio::test]
async fn every_unclear_answer_to_a_checkout_is_doubt() {
    let cases = [
        (
            "HANG UP",
            expect![
                "in doubt: `check out`: the connection broke before the answer (connection closed before message completed)"
            ],
        ),
        (
            "CUT\nHTTP/1.1 201 Created\n\n{\"orders\":[],\"orderErrors\":[]}",
            expect![
                "in doubt: `check out` was answered with 201: the body of the answer was not complete, not JSON or too large"
            ],
        ),
        (
            "HTTP/1.1 201 Created\n\n{\"orders\":[{\"id\":",
            expect![
                "in doubt: `check out` was answered with 201: the body of the answer was not complete, not JSON or too large"
            ],
        ),
        (
            "HTTP/1.1 201 Created\n\n{\"code\":800003,\"message\":\"oops\"}",
            expect!["in doubt: `check out` was answered with 201/800003: oops"],
        ),
        (
            "HTTP/1.1 200 OK\n\n<html>welcome</html>",
            expect![
                "in doubt: `check out` was answered with 200: the body of the answer was not complete, not JSON or too large"
            ],
        ),
        (
            "HTTP/1.1 302 Found\nlocation: http://elsewhere.example/\n\n",
            expect!["in doubt: `check out` was answered with 302"],
        ),
        ("HTTP/1.1 400 Bad Request\n\n<html>proxy</html>", expect!["in doubt: `check out` was answered with 400"]),
        ("HTTP/1.1 408 Request Timeout\n\n", expect!["in doubt: `check out` was answered with 408"]),
        (
            "HTTP/1.1 409 Conflict\n\n{\"code\":\"800060\",\"description\":\"in progress\"}",
            expect!["in doubt: `check out` was answered with 409/800060: in progress"],
        ),
        (
            "HTTP/1.1 500 Internal Server Error\n\n{\"code\":800005,\"description\":\"failed\"}",
            expect!["in doubt: `check out` was answered with 500/800005: failed"],
        ),
        (
            "HTTP/1.1 502 Bad Gateway\ncontent-type: text/html\n\n<html>bad gateway</html>",
            expect!["in doubt: `check out` was answered with 502"],
        ),
    ];
    for (reply, expected) in cases {
        checkout_said(reply, expected).await;
    }
}

#[tokio::test]
async fn every_clear_refusal_of_a_checkout_is_one() {
    let cases = [
        (
            "HTTP/1.1 404 Not Found\n\n{\"code\":800008,\"description\":\"Cart not found.\"}",
            expect!["refused, CartGone: Cart not found. (code 404/800008)"],
        ),
        (
            "HTTP/1.1 403 Forbidden\n\n{\"Code\":\"13605\",\"Description\":\"Agreement.\"}",
            expect!["refused, AgreementMissing: Agreement. (code 403/13605)"],
        ),
        (
            "HTTP/1.1 403 Forbidden\n\n{\"code\":800023,\"description\":\"Credit.\"}",
            expect!["refused, AccountOnHold: Credit. (code 403/800023)"],
        ),
        (
            "HTTP/1.1 429 Too Many Requests\nRetry-After: 57\n\n{\"statusCode\":429,\"message\":\"Try again in 57 seconds.\"}",
            expect!["throttled for 57s"],
        ),
        ("HTTP/1.1 429 Too Many Requests\n\n", expect!["throttled for 1m"]),
        (
            "HTTP/1.1 401 Unauthorized\n\n{\"code\":900421,\"message\":\"MFA.\"}",
            expect![
                "not sent: `check out` was answered with 401/900421: MFA; a partner user with multi-factor sign-in must consent again"
            ],
        ),
    ];
    for (reply, expected) in cases {
        checkout_said(reply, expected).await;
    }
}

async fn checkout_said(reply: &str, expected: Expect) {
    let line = "POST /pc/v1/customers/{C1}/carts/{CART}/checkout";
    let scene = Scene::said(&format!("###\n{line}\n> ms-requestid: {{KEY}}\n\n{reply}"));
    let outcome = scene.adapter.check_out(key(), customer(), &cart(), &mark()).await;
    expected.assert_eq(&told(&outcome));
    scene.finish();
}

#[tokio::test]
async fn a_refused_connection_is_not_sent() {
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let scene = Scene::with("", std::sync::Arc::new(vault()), |config| {
        config.partner_center = format!("http://{address}/").parse().unwrap();
    });
    let outcome = scene.adapter.check_out(key(), customer(), &cart(), &mark()).await;
    expect!["not sent: `check out`: no connection (Connection refused (os error 111))"].assert_eq(&told(&outcome));
}

#[tokio::test]
async fn a_silent_server_leaves_a_checkout_in_doubt() {
    // Accepts into its backlog and never answers.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let scene = Scene::with("", std::sync::Arc::new(vault()), |config| {
        config.partner_center = format!("http://{address}/").parse().unwrap();
        config.answer_timeout = std::time::Duration::from_millis(200);
    });
    let outcome = scene.adapter.check_out(key(), customer(), &cart(), &mark()).await;
    expect!["in doubt: `check out`: no answer in time (operation timed out)"].assert_eq(&told(&outcome));
}

#[tokio::test]
async fn our_orders_are_found_by_mark_and_nothing_else_is() {
    let scene = Scene::of("orders.http");
    let since = "2026-05-04T09:00:00Z".parse().unwrap();
    let orders = scene.adapter.orders_marked(customer(), &mark(), since).await;
    let found: Vec<String> = orders.unwrap().value.iter().map(|it| format!("{} x {}", it.order, it.seats)).collect();
    assert_eq!(found, ["0a1b2c3d4e5f x 25"]);
    scene.finish();
}

#[tokio::test]
async fn an_order_of_ours_that_cannot_be_read_is_not_overlooked() {
    let scene = Scene::of("orders_unreadable.http");
    let orders = scene.adapter.orders_marked(customer(), &mark(), noon()).await;
    expect!["unreadable: `list orders`: the answer cannot be understood: an order without a readable creationDate"]
        .assert_eq(&why(&orders.unwrap_err()));
    scene.finish();
}

fn vault() -> carryover_partner_center::FixedVault {
    carryover_partner_center::FixedVault::new(REFRESH_TOKEN.to_owned().into())
}
