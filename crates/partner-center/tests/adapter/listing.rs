//! Lists over several pages: read to their end, and never taken for shorter than they are.

use crate::support::*;
use carryover_domain::ids::SubscriptionId;
use carryover_ports::{Commerce, Conversions, Licences};
use expect_test::expect;
use std::fmt::Write as _;

/// Pages of a list at `path`, each behind the token of the one before; `None` is a token that is refused.
fn seek(path: &str, pages: &[Option<&str>]) -> String {
    let mut text = String::new();
    for (number, items) in pages.iter().enumerate() {
        let asked = match number {
            0 => format!("GET /pc/v1/{path}?size=500"),
            _ => format!("GET /pc/v1/{path}?size=500&seekOperation=Next\n> ms-continuationtoken: T{number}"),
        };
        let reply = match items {
            Some(items) => {
                let next = if number + 1 < pages.len() {
                    format!(",\"continuationToken\":\"T{}\"", number + 1)
                } else {
                    String::new()
                };
                format!("HTTP/1.1 200 OK\n\n{{\"items\":[{items}]{next}}}")
            }
            None => {
                "HTTP/1.1 400 Bad Request\n\n{\"code\":2000,\"description\":\"Invalid continuation token.\"}".to_owned()
            }
        };
        write!(text, "###\n{asked}\n\n{reply}\n\n").unwrap();
    }
    text
}

const OTHER: &str = r#"{"id":"{C2}","relationshipToPartner":"reseller"}"#;
const ACCEPTED: &str = r#"{"id":"{C1}","relationshipToPartner":"reseller"}"#;
const SIGNED: &str = "###\nGET /pc/v1/customers/{C1}/directSignedMicrosoftCustomerAgreementStatus\n\nHTTP/1.1 200 OK\n\n{\"isSigned\":true}";

#[tokio::test]
async fn a_customer_who_has_accepted_is_found_although_the_token_of_its_page_went_stale() {
    let stale = seek("customers", &[Some(OTHER), None]);
    let whole = seek("customers", &[Some(OTHER), Some(ACCEPTED)]);
    let scene = Scene::said(&format!("{stale}{whole}{SIGNED}"));
    let standing = scene.adapter.standing_of_invited(customer()).await.unwrap().value;
    assert!(standing.may_sell(), "{standing:?}");
    scene.finish();
}

async fn users(text: &str) -> String {
    let scene = Scene::said(text);
    let users = scene.adapter.users(customer()).await;
    scene.finish();
    users.map_or_else(|unavailable| why(&unavailable), |seen| format!("{} users", seen.value.len()))
}

const ANA: &str = r#"{"id":"{U1}"}"#;
const BEN: &str = r#"{"id":"{U2}"}"#;
const CARL: &str = r#"{"id":"{U3}"}"#;
const USERS: &str = "customers/{C1}/users";

#[tokio::test]
async fn a_list_that_breaks_off_at_the_same_place_again_is_over() {
    let ends = seek(USERS, &[Some(ANA), Some(BEN), None]);
    expect!["2 users"].assert_eq(&users(&format!("{ends}{ends}")).await);
}

#[tokio::test]
async fn a_list_that_breaks_off_elsewhere_or_with_less_is_not_known() {
    let (sooner, later) = (seek(USERS, &[Some(ANA), None]), seek(USERS, &[Some(ANA), Some(BEN), None]));
    let less = seek(USERS, &[Some(ANA), Some(""), None]);
    let unknown = expect![
        "unreadable: `list customer's users`: the answer cannot be understood: it breaks off, and each time elsewhere"
    ];
    for text in [format!("{sooner}{later}"), format!("{later}{sooner}"), format!("{later}{less}")] {
        unknown.assert_eq(&users(&text).await);
    }
}

#[tokio::test]
async fn somebody_whom_two_pages_show_is_one() {
    let shifted = seek(USERS, &[Some(ANA), Some(&format!(r#"{{"id":"{}"}},{BEN}"#, U1.to_uppercase())), Some(CARL)]);
    expect!["3 users"].assert_eq(&users(&shifted).await);
}

#[tokio::test]
async fn migrations_beyond_a_page_are_read_by_the_token_in_the_head_of_the_answer() {
    let path = "GET /pc/v1/migrations/newcommerce?CurrentSubscriptionId={S1}&PageSize=300";
    let of =
        |id: &str, status: &str| format!(r#"{{"id":"{id}","currentSubscriptionId":"{{S1}}","status":"{status}"}}"#);
    let text = format!(
        "###\n{path}\n\nHTTP/1.1 200 OK\nMS-ContinuationToken: T1\n\n[{},{}]\n\n\
         ###\n{path}\n> ms-continuationtoken: T1\n\nHTTP/1.1 200 OK\nMS-ContinuationToken: T2\n\n[{},{}]\n\n\
         ###\n{path}\n> ms-continuationtoken: T2\n\nHTTP/1.1 200 OK\n\n[{}]\n\n",
        of("m1", "Failed"),
        of("m2", "Processing"),
        // It has ended while the pages were read.
        of("M2", "Completed"),
        of("m3", "Failed"),
        of("m4", "Processing"),
    );
    let scene = Scene::said(&text);
    let found = scene.adapter.conversions(&SubscriptionId::try_new(S1).unwrap()).await.unwrap().value;
    let told: Vec<String> = found.iter().map(|it| format!("{} {:?}", it.id.to_lowercase(), it.status)).collect();
    expect!["m1 Failed, m2 Completed, m3 Failed, m4 Processing"].assert_eq(&told.join(", "));
    scene.finish();
}
