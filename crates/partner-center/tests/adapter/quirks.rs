//! What services do besides answering: odd bodies, broken ways, slow-downs, endless lists.

use crate::support::*;
use carryover_ports::{Commerce, Unavailable};
use expect_test::expect;

const LINK: &str = "GET /pc/v1/customers/relationshiprequests";
const BROKEN: &str = "HTTP/1.1 502 Bad Gateway\ncontent-type: text/html\n\n<html>bad gateway</html>";

async fn link(scene: &Scene) -> Result<String, Unavailable> {
    scene.adapter.invitation_link(None).await.map(|seen| seen.value)
}

fn said(replies: &[&str]) -> Scene {
    let text: Vec<String> = replies.iter().map(|reply| format!("###\n{LINK}\n\n{reply}\n")).collect();
    Scene::said(&text.join("\n"))
}

const FINE: &str = "HTTP/1.1 200 OK\n\n\u{feff}{\"Url\":\"https://admin.microsoft.com/x\"}";

#[tokio::test]
async fn a_read_survives_two_broken_ways() {
    for broken in ["HANG UP", "CUT\nHTTP/1.1 200 OK\n\n{\"url\":\"https://admin.microsoft.com/x\"}"] {
        let scene = said(&[broken, broken, FINE]);
        assert_eq!(link(&scene).await.unwrap(), "https://admin.microsoft.com/x");
        scene.finish();
    }
}

#[tokio::test]
async fn a_read_gives_up_after_three() {
    let scene = said(&["HANG UP", "HANG UP", "HANG UP"]);
    expect!["unreachable: `read invitation link`: the connection broke before the answer (connection closed before message completed)"]
        .assert_eq(&why(&link(&scene).await.unwrap_err()));
    scene.finish();
}

/// An immediate repeat is one more call for a service that has too many.
#[tokio::test]
async fn a_service_that_is_down_is_not_asked_again_at_once() {
    let scene = said(&[BROKEN]);
    expect!["unreachable: `read invitation link` was answered with 502"]
        .assert_eq(&why(&link(&scene).await.unwrap_err()));
    scene.finish();
}

#[tokio::test]
async fn a_read_that_is_asked_to_wait_does_not_come_back_by_itself() {
    let cases = [
        ("HTTP/1.1 429 Too Many Requests\nRetry-After: 0.75\n\n{}", "0s 750ms"),
        ("HTTP/1.1 429 Too Many Requests\nRetry-After: 5,5\n\n{}", "5s"),
        ("HTTP/1.1 429 Too Many Requests\nRetry-After: soon\n\n", "60s"),
        ("HTTP/1.1 503 Service Unavailable\nRetry-After: 30\n\n", "30s"),
    ];
    for (reply, pause) in cases {
        let scene = said(&[reply]);
        let unavailable = link(&scene).await.unwrap_err();
        let expected = match pause {
            "0s 750ms" => jiff::SignedDuration::from_millis(750),
            whole => jiff::SignedDuration::from_secs(whole.trim_end_matches('s').parse().unwrap()),
        };
        assert_eq!(unavailable, Unavailable::Throttled { retry_after: expected });
        scene.finish();
    }
}

#[tokio::test]
async fn an_answer_larger_than_allowed_is_not_read() {
    let text = format!("###\n{LINK}\n\nHTTP/1.1 200 OK\n\n{{\"url\":\"{}\"}}", "x".repeat(2000));
    let vault = carryover_partner_center::FixedVault::new(REFRESH_TOKEN.to_owned().into());
    let scene = Scene::with(&text, std::sync::Arc::new(vault), |config| {
        config.answer_bytes_max = 1000;
    });
    expect!["unreadable: `read invitation link` was answered with 200: the body of the answer was not complete, not JSON or too large"]
        .assert_eq(&why(&link(&scene).await.unwrap_err()));
    scene.finish();
}

#[tokio::test]
async fn a_read_without_the_right_is_forbidden() {
    let scene = said(&["HTTP/1.1 403 Forbidden\n\n{\"code\":900329,\"message\":\"App only.\",\"isRetryable\":false}"]);
    expect!["forbidden: `read invitation link` was answered with 403/900329: App only; this needs the consent of a partner user; set partner.refresh_token_file"]
        .assert_eq(&why(&link(&scene).await.unwrap_err()));
    scene.finish();
}

const ORDERS: &str = "GET /pc/v1/customers/{C1}/orders?include_price=true";

async fn orders(text: &str) -> Result<usize, String> {
    let scene = Scene::said(text);
    let orders = scene.adapter.orders_marked(customer(), &mark(), noon()).await;
    scene.finish();
    orders.map(|seen| seen.value.len()).map_err(|error| why(&error))
}

#[tokio::test]
async fn a_list_is_an_envelope_with_or_without_items_or_a_bare_array() {
    for body in ["{\"totalCount\":0}", "{\"totalCount\":0,\"items\":null}", "[]", "{\"Items\":[]}"] {
        let text = format!("###\n{ORDERS}\n\nHTTP/1.1 200 OK\n\n{body}");
        assert_eq!(orders(&text).await, Ok(0));
    }
}

/// An empty answer would be read as "no order", and something might be bought twice.
#[tokio::test]
async fn what_is_no_list_is_not_an_empty_one() {
    for body in ["", "{}", "null", "\"none\"", "{\"items\":7}"] {
        let text = format!("###\n{ORDERS}\n\nHTTP/1.1 200 OK\n\n{body}");
        let why = orders(&text).await.unwrap_err();
        assert_eq!(why, "unreadable: `list orders`: the answer cannot be understood: it is not a list");
    }
}

#[tokio::test]
async fn a_list_of_orders_is_followed_and_never_cut_short() {
    let first = format!(
        "###\n{ORDERS}\n\nHTTP/1.1 200 OK\n\n{{\"items\":[],\"links\":{{\"next\":{{\"uri\":\"/customers/{{C1}}/orders?page=2\",\"method\":\"GET\",\"headers\":[{{\"key\":\"ms-continuationtoken\",\"value\":\"AAAB\"}}]}}}}}}\n\n"
    );
    let second = "###\nGET /pc/v1/customers/{C1}/orders?page=2\n> ms-continuationtoken: AAAB\n\n";
    let fine = format!("{first}{second}HTTP/1.1 200 OK\n\n{{\"items\":[]}}");
    assert_eq!(orders(&fine).await, Ok(0));
    let refused = format!("{first}{second}HTTP/1.1 400 Bad Request\n\n{{\"code\":2000,\"description\":\"bad token\"}}");
    assert_eq!(orders(&refused).await.unwrap_err(), "unreadable: `list orders` was answered with 400/2000: bad token");
    let circle = format!(
        "{first}{second}HTTP/1.1 200 OK\n\n{{\"items\":[],\"continuationToken\":\"AAAB\",\"links\":{{\"next\":{{\"uri\":\"/customers/{{C1}}/orders?page=2\"}}}}}}"
    );
    assert_eq!(
        orders(&circle).await.unwrap_err(),
        "unreadable: `list orders`: the answer cannot be understood: its pages lead in a circle"
    );
    let abroad = format!(
        "###\n{ORDERS}\n\nHTTP/1.1 200 OK\n\n{{\"items\":[],\"links\":{{\"next\":{{\"uri\":\"https://elsewhere.example/v1/orders\"}}}}}}"
    );
    assert_eq!(
        orders(&abroad).await.unwrap_err(),
        "unreadable: `list orders`: the answer cannot be understood: it continues at another host, elsewhere.example"
    );
}
