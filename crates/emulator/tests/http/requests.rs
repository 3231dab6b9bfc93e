//! Ids of requests, and the record of what users asked for.

use carryover_emulator::{AddressName, Auth, Options, RequestIds, Rules};
use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::world::{World, seed, with};

/// Both ids that an answer shows, to a request with these.
async fn ids(world: &World, sent: Option<[&str; 2]>) -> [String; 2] {
    let mut request = world.request(Method::GET, "/v1/customers");
    if let Some([id, correlation]) = sent {
        request = request.header("MS-RequestId", id).header("MS-CorrelationId", correlation);
    }
    let answer = request.send().await.expect("an answer");
    ["ms-requestid", "ms-correlationid"].map(|name| answer.headers()[name].to_str().expect("text").to_owned())
}

#[tokio::test]
async fn a_request_without_ids_gets_ids_of_the_services_own_each_time_and_in_each_run() {
    let (first, second) = (World::usual().await, World::usual().await);
    let made = ids(&first, None).await;
    for id in &made {
        assert!(uuid::Uuid::parse_str(id).is_ok(), "{id}");
    }
    assert_ne!(made[0], made[1]);
    assert_eq!(made, ids(&second, None).await, "the same seed, the same ids");
    assert_ne!(made, ids(&first, None).await, "another request has others");
    assert_eq!(ids(&first, Some(["mine", "ours"])).await, ["mine", "ours"]);
}

#[tokio::test]
async fn ids_may_be_shown_twice() {
    let world = with(|_, rules| rules.readings.request_ids = RequestIds::Doubled).await;
    assert_eq!(ids(&world, Some(["mine", "ours"])).await, ["mine,mine", "ours,ours"]);
    let made = ids(&world, None).await;
    let (left, right) = made[0].split_once(',').expect("two of them");
    assert_eq!(left, right);
}

#[tokio::test]
async fn what_users_ask_for_is_listed_and_counted_by_day_and_what_applications_ask_for_is_not() {
    for (passed, reading, name) in
        [(true, AddressName::IpAddress, "ipAddress"), (false, AddressName::SourceIpAddress, "sourceIpAddress")]
    {
        let mut seed = seed();
        seed.partner.programme.mfa = passed;
        let mut rules = Rules::prompt();
        rules.readings.request_address = reading;
        let world = World::start(Options { auth: Auth::Strict, rules, ..Options::frozen() }, seed).await;
        let app = world.partner_token(&[("grant_type", "client_credentials")]).await;
        let refresh = world.seed.partner.refresh_token.clone();
        let user = world.partner_token(&[("grant_type", "refresh_token"), ("refresh_token", &refresh)]).await;
        assert_eq!(world.get_with(&app, "/v1/customers").await.0, StatusCode::OK);
        let asked = world.http.get(world.url("/v1/customers")).bearer_auth(&user).header("MS-RequestId", "mine");
        assert_eq!(asked.send().await.expect("an answer").status(), StatusCode::OK);
        let (_, list) = world.get_with(&user, "/v1/partnerRequests").await;
        let listed = &list["items"][0];
        assert_eq!((&list["totalCount"], &listed["requestId"]), (&json!(1), &json!("mine")), "{list}");
        assert_eq!(
            (&listed["operationName"], &listed["mfaCompliant"], &listed[name]),
            (&json!("GET /v1/customers"), &json!(passed), &json!("127.0.0.1")),
            "{listed}"
        );
        let (status, refused) = world.get_with(&app, "/v1/partnerRequests").await;
        assert_eq!((status.as_u16(), &refused["code"]), (403, &json!(900_329)));

        let path = "/v1/applicationmfaadoptionstatus";
        let (_, days) = world.get_with(&user, &format!("{path}?startDate=2026-03-01&endDate=2026-03-02")).await;
        let day = &days["items"][0];
        assert_eq!(
            (&day["loginDate"], &day["totalRequestCount"], &day["mfaCompliantRequestCount"]),
            (&json!("2026-03-02T00:00:00Z"), &json!(2), &json!(if passed { 2 } else { 0 })),
            "{days}"
        );
        let (_, earlier) = world.get_with(&user, &format!("{path}?startDate=2026-02-01&endDate=2026-03-01")).await;
        assert_eq!(earlier["items"], json!([]));
    }
}
