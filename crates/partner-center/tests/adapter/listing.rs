//! Lists over several pages: read to their end, and never taken for shorter than they are.

use crate::support::*;
use carryover_domain::ids::SubscriptionId;
use carryover_partner_center::Config;
use carryover_ports::{Commerce, Conversions, Directory, Licences};
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

/// As many pages as there are, each with somebody new behind whom there is another page.
fn endless(pages: usize, page: impl Fn(usize) -> String) -> String {
    (0..pages).map(page).collect()
}

fn small(config: &mut Config) {
    config.list_bytes_max = 1_000;
}

fn somebody(number: usize) -> String {
    format!(r#"{{"id":"eeeeeeee-0000-4000-8000-{number:012}","assignedLicenses":[]}}"#)
}

#[tokio::test]
async fn a_list_that_always_has_another_page_is_read_no_further_than_there_is_room() {
    let page = |number: usize| {
        let next = format!(r#""links":{{"next":{{"uri":"/{USERS}?page={}"}}}}"#, number + 1);
        let asked = if number == 0 { "size=500".to_owned() } else { format!("page={number}") };
        format!("###\nGET /pc/v1/{USERS}?{asked}\n\nHTTP/1.1 200 OK\n\n{{\"items\":[{}],{next}}}\n\n", somebody(number))
    };
    let scene = Scene::with(&endless(40, page), Scene::vault(), small);
    let users = scene.adapter.users(customer()).await;
    expect!["unreadable: `list customer's users`: the answer cannot be understood: the list is too large"]
        .assert_eq(&why(&users.unwrap_err()));
    assert!((3..10).contains(&scene.count("/users?")), "{} pages", scene.count("/users?"));
}

#[tokio::test]
async fn a_list_of_graph_that_always_has_another_page_is_read_no_further_than_there_is_room() {
    let of_sku = format!(
        "%24select=id%2CusageLocation%2CassignedLicenses%2ClicenseAssignmentStates&%24filter=assignedLicenses%2Fany%28x%3Ax%2FskuId+eq+{K1}%29&%24count=true&%24top=999"
    );
    let page = |number: usize| {
        let next = format!("http://{{HOST}}/graph/v1.0/users?page={}", number + 1);
        let asked = if number == 0 { of_sku.clone() } else { format!("page={number}") };
        let body = format!(r#"{{"value":[{}],"@odata.nextLink":"{next}"}}"#, somebody(number));
        format!("###\nGET /graph/v1.0/users?{asked}\n\nHTTP/1.1 200 OK\n\n{body}\n\n")
    };
    let scene = Scene::with(&endless(40, page), Scene::vault(), small);
    let holders = scene.adapter.holders(customer(), sku(K1)).await;
    expect!["unreadable: `list users`: the answer cannot be understood: the list is too large"]
        .assert_eq(&why(&holders.unwrap_err()));
    assert!((3..10).contains(&scene.count("/users?")), "{} pages", scene.count("/users?"));
}

#[tokio::test]
async fn a_group_that_two_pages_show_is_one_also_where_the_first_came_in_a_batch() {
    let text = recorded("services.http");
    let (before, rest) = text.rsplit_once("{\"value\":[{").unwrap();
    let scene =
        Scene::said(&format!("{before}{{\"value\":[{{\"id\":\"99990000-0000-4000-8000-000000000001\"}},{{{rest}"));
    let services = scene.adapter.services(customer(), sku(K1)).await.unwrap().value;
    assert_eq!(services.groups_with_errors, Some(2));
    scene.finish();
}
