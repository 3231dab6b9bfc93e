//! Notices: who signed them, and what they tell. The authority and the key are the emulator's, known to everybody.

use crate::support::*;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use carryover_domain::ids::TenantId;
use carryover_partner_center::{Notice, NoticeRefusal, Notices, Trust};
use carryover_ports::{Clock, Customers, Directory, Unavailable};
use expect_test::expect;
use jiff::SignedDuration;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use ring::rand::SystemRandom;
use ring::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use std::collections::BTreeSet;
use std::net::TcpListener;
use std::sync::Arc;

const BODY: &str = r#"{"EventName":"reseller-relationship-accepted-by-customer","ResourceUri":"https://elsewhere.example/v1/customers/cccccccc-0000-4000-8000-0000000000c1","ResourceName":"Customer","AuditUri":null,"ResourceChangeUtcDate":"2026-05-03T18:22:01.1234567+00:00"}"#;

fn data(name: &str) -> Vec<u8> {
    let path = format!("{}/../emulator/data/{name}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read(&path).expect(&path)
}

fn pem(name: &str) -> String {
    format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", STANDARD.encode(data(name)))
}

fn signature(body: &str) -> String {
    let key = RsaKeyPair::from_pkcs8(&data("notifications-key.der")).unwrap();
    let mut signature = vec![0; key.public().modulus_len()];
    key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), body.as_bytes(), &mut signature).unwrap();
    format!("Signature {}", STANDARD.encode(signature))
}

/// A receiver, and a server that has the certificate once.
struct Post {
    scene: Scene,
    notices: Notices,
}

impl Post {
    fn new() -> Self {
        Self::trusting(&data("root.der"))
    }

    fn trusting(roots: &[u8]) -> Self {
        let text =
            format!("###\nGET /certificates/notifications.cer\n\nHTTP/1.1 200 OK\n\n{}", pem("notifications.der"));
        let scene = Scene::said(&text);
        let mut trust = Trust::of_certificates(roots).unwrap();
        trust.hosts = BTreeSet::from(["127.0.0.1".to_owned()]);
        let clock = Arc::clone(&scene.clock) as Arc<dyn Clock>;
        Self { notices: Notices::try_new(trust, clock).unwrap(), scene }
    }

    fn headers(&self, body: &str) -> HeaderMap {
        let url = format!("http://{}/certificates/notifications.cer", self.scene.host());
        let of = [
            ("authorization", signature(body)),
            ("x-ms-certificate-url", url),
            ("x-ms-signature-algorithm", "rsa-sha256".to_owned()),
        ];
        of.into_iter()
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::try_from(value).unwrap()))
            .collect()
    }

    async fn told(&self, headers: &HeaderMap, body: &str) -> String {
        match self.notices.read(headers, body.as_bytes()).await {
            Ok(notice) => format!("{} of {:?} at {}", notice.event, notice.customer, notice.changed),
            Err(refusal) => refusal.to_string(),
        }
    }
}

#[tokio::test]
async fn a_signed_notice_is_believed_whichever_header_the_signature_is_in_and_the_certificate_is_fetched_once() {
    let post = Post::new();
    let first = post.headers(BODY);
    let mut other = first.clone();
    let signed = other.remove("authorization").unwrap();
    other.insert("x-ms-signature", signed);
    for headers in [first, other] {
        expect!["reseller-relationship-accepted-by-customer of Some(TenantId(cccccccc-0000-4000-8000-0000000000c1)) at 2026-05-03T18:22:01.1234567+00:00"]
            .assert_eq(&post.told(&headers, BODY).await);
    }
    post.scene.finish();
}

#[tokio::test]
async fn what_is_not_signed_as_documented_is_not_believed() {
    let post = Post::new();
    let mut told = Vec::new();
    for header in ["authorization", "x-ms-certificate-url", "x-ms-signature-algorithm"] {
        let mut headers = post.headers(BODY);
        headers.remove(header);
        told.push(post.told(&headers, BODY).await);
    }
    let with = |name: &'static str, value: &str| {
        let mut headers = post.headers(BODY);
        headers.insert(name, HeaderValue::from_str(value).unwrap());
        headers
    };
    told.push(post.told(&with("x-ms-signature-algorithm", "none"), BODY).await);
    told.push(post.told(&with("authorization", "Signature ???"), BODY).await);
    told.push(post.told(&with("authorization", &signature("another body")), BODY).await);
    told.push(post.told(&with("x-ms-certificate-url", "https://169.254.169.254/x"), BODY).await);
    told.push(post.told(&with("x-ms-certificate-url", "file:///etc/passwd"), BODY).await);
    told.push(post.told(&post.headers(BODY), &BODY.replace("c1", "c2")).await);
    expect![[r#"
        the header `Authorization` is missing or cannot be read
        the header `X-MS-Certificate-Url` is missing or cannot be read
        the header `X-MS-Signature-Algorithm` is missing or cannot be read
        it is signed with `none`, and only rsa-sha256 is known
        the header `Authorization` is missing or cannot be read
        its signature is not that of its certificate
        its certificate lies at `169.254.169.254`, which is not one of webhooks.certificate_hosts
        its certificate lies at ``, which is not one of webhooks.certificate_hosts
        its signature is not that of its certificate"#]]
    .assert_eq(&told.join("\n"));
}

#[tokio::test]
async fn a_certificate_that_is_over_or_leads_to_nobody_who_is_trusted_proves_nothing() {
    let post = Post::new();
    post.scene.clock.advance(SignedDuration::from_hours(24 * 365 * 80));
    assert!(matches!(
        post.notices.read(&post.headers(BODY), BODY.as_bytes()).await,
        Err(NoticeRefusal::Untrusted(why)) if why.contains("Expired")
    ));
    // Trusting what it is signed with is not trusting who issued it; here nothing else is known.
    let stranger = Post::trusting(include_bytes!("../keys/client.pem"));
    let refused = stranger.notices.read(&stranger.headers(BODY), BODY.as_bytes()).await;
    assert!(matches!(refused, Err(NoticeRefusal::Untrusted(_))), "{refused:?}");
}

#[tokio::test]
async fn a_certificate_of_the_same_issuer_that_is_made_out_to_another_proves_nothing() {
    let mut post = Post::new();
    let mut trust = Trust::of_certificates(&data("root.der")).unwrap();
    trust.hosts = BTreeSet::from(["127.0.0.1".to_owned()]);
    trust.signers = BTreeSet::from(["another-service.microsoft.com".to_owned()]);
    post.notices = Notices::try_new(trust, Arc::clone(&post.scene.clock) as Arc<dyn Clock>).unwrap();
    expect!["its certificate is not trusted: it is made out to none of webhooks.signer_hosts"]
        .assert_eq(&post.told(&post.headers(BODY), BODY).await);
}

#[tokio::test]
async fn a_signed_notice_that_is_none_or_too_large_is_refused() {
    let post = Post::new();
    for body in ["[]", "{}", "not JSON", "{\"EventName\":\"\"}"] {
        expect!["it is too large, or not a notice"].assert_eq(&post.told(&post.headers(body), body).await);
    }
    let huge = "x".repeat(70_000);
    assert_eq!(post.told(&post.headers(&huge), &huge).await, "it is too large, or not a notice");
    let other = "{\"eventname\":\"invoice-ready\",\"resourceUri\":\"https://x.example/v1/invoices/1\"}";
    expect!["invoice-ready of None at "].assert_eq(&post.told(&post.headers(other), other).await);
}

impl Post {
    /// A post that names a certificate at `path` of the same host, where there is none.
    fn strange(&self, path: &str) -> HeaderMap {
        let mut headers = self.headers(BODY);
        let url = format!("http://{}/{path}", self.scene.host());
        headers.insert("x-ms-certificate-url", HeaderValue::try_from(url).unwrap());
        headers
    }
}

#[tokio::test]
async fn a_certificate_that_could_not_be_fetched_is_not_asked_for_again_at_once() {
    let post = Post::new();
    for _ in 0..3 {
        let told = post.told(&post.strange("none"), BODY).await;
        assert_eq!(told, "its certificate could not be fetched: answered with 404");
    }
    assert_eq!(post.scene.count("/none"), 1);
    post.scene.clock.advance(SignedDuration::from_secs(61));
    post.told(&post.strange("none"), BODY).await;
    assert_eq!(post.scene.count("/none"), 2);
}

#[tokio::test]
async fn strangers_cannot_make_us_fetch_many_nor_forget_whom_we_know() {
    let post = Post::new();
    assert!(post.told(&post.headers(BODY), BODY).await.starts_with("reseller-relationship-accepted"));
    for number in 0..30 {
        post.told(&post.strange(&format!("none/{number}")), BODY).await;
    }
    assert_eq!(post.scene.count("/none/"), 5, "and one place went to the first one, who was a stranger then");
    expect!["its certificate could not be fetched: too many have been asked for within a minute"]
        .assert_eq(&post.told(&post.strange("none/31"), BODY).await);
    assert!(post.told(&post.headers(BODY), BODY).await.starts_with("reseller-relationship-accepted"));
    assert_eq!(post.scene.count("/certificates/"), 1);
    // A day later it is fetched again, whoever else asks for what.
    post.scene.clock.advance(SignedDuration::from_hours(25));
    for number in 0..10 {
        post.told(&post.strange(&format!("later/{number}")), BODY).await;
    }
    post.told(&post.headers(BODY), BODY).await;
    assert_eq!((post.scene.count("/later/"), post.scene.count("/certificates/")), (6, 2));
}

#[tokio::test]
async fn nobody_waits_for_the_certificate_of_a_stranger() {
    let post = Post::new();
    // Takes the connection and never answers.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut strange = post.headers(BODY);
    let url = format!("http://{}/none", silent.local_addr().unwrap());
    strange.insert("x-ms-certificate-url", HeaderValue::try_from(url).unwrap());
    let headers = post.headers(BODY);
    tokio::select! {
        biased;
        told = post.told(&strange, BODY) => panic!("the other one waited until it was {told}"),
        told = post.told(&headers, BODY) => assert!(told.starts_with("reseller-relationship-accepted"), "{told}"),
    }
}

/// What a notice that is believed says.
fn notice(event: &str, of: Option<TenantId>) -> Notice {
    Notice { event: event.to_owned(), customer: of, resource: String::new(), changed: String::new() }
}

/// A list of admin relationships, of those in force and of those about to end.
fn relationships(held: &str) -> String {
    let of = |status: &str, held: &str| {
        let path = "/graph/v1.0/tenantRelationships/delegatedAdminRelationships";
        format!(
            "###\nGET {path}?%24filter=status+eq+%27{status}%27&%24top=300\n\nHTTP/1.1 200 OK\n\n{{\"value\":[{held}]}}\n\n"
        )
    };
    of("active", held) + &of("expiring", "")
}

#[tokio::test]
async fn an_approval_told_just_after_the_list_was_read_is_seen_by_the_next_look_whoever_it_names() {
    let given = r#"{"id":"r1","customer":{"tenantId":"{C1}"},"accessDetails":{"unifiedRoles":[{"roleDefinitionId":"88d8e3e3-8f55-4a1e-953a-9b9898b8876b"}]}}"#;
    for named in [Some(customer()), None] {
        let scene = Scene::said(&(relationships("") + &relationships(given)));
        let lacks = async || scene.adapter.access(customer()).await.unwrap().value.lacks;
        assert_eq!(lacks().await, ["License Administrator", "Directory Readers"]);
        scene.adapter.heard(&notice("subscription-updated", Some(customer()))).await;
        assert_eq!(lacks().await.len(), 2, "which has nothing to do with rights");
        scene.adapter.heard(&notice("granular-admin-relationship-approved", named)).await;
        assert_eq!(lacks().await, ["License Administrator"]);
        scene.finish();
    }
}

#[tokio::test]
async fn a_tenant_that_let_nobody_in_is_asked_again_once_something_has_changed_there() {
    let refused = "HTTP/1.1 400 Bad Request\n\n{\"error\":\"invalid_grant\",\"error_codes\":[50020]}";
    let scene =
        Scene::said(&format!("###\nPOST /login/{{C1}}/oauth2/token\n\n{refused}\n\n{}", recorded("tenancy.http")));
    for _ in 0..2 {
        assert!(matches!(scene.adapter.tenancy(customer()).await, Err(Unavailable::Forbidden(_))));
    }
    assert_eq!(scene.count("/login/"), 1, "a refusal holds for a while");
    scene.adapter.heard(&notice("reseller-relationship-accepted-by-customer", Some(customer()))).await;
    scene.adapter.tenancy(customer()).await.unwrap();
    scene.finish();
}

#[tokio::test]
async fn a_token_is_renewed_for_new_rights_alone() {
    let scene = Scene::of("tenancy.http");
    scene.adapter.tenancy(customer()).await.unwrap();
    for (event, sign_ins) in [("subscription-updated", 1), ("granular-admin-access-assignment-activated", 2)] {
        scene.adapter.heard(&notice(event, Some(customer()))).await;
        // The script has nothing more to say, which shows what was asked.
        let _ = scene.adapter.tenancy(customer()).await;
        assert_eq!(scene.count("/login/"), sign_ins, "{event}");
    }
}
