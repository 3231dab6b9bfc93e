//! Signing in: once for many, early enough, never in a loop, and never in the open.

use crate::support::*;
use async_trait::async_trait;
use carryover_partner_center::{ClientCertificate, Credential, FileVault, FixedVault, TokenVault, VaultError};
use carryover_ports::{Commerce, Directory, Webhooks};
use expect_test::expect;
use jiff::SignedDuration;
use secrecy::{ExposeSecret, SecretString};
use std::sync::{Arc, Mutex};

const LINK: &str = "###\nGET /pc/webhooks/v1/registration/events";
const FINE: &str = "HTTP/1.1 200 OK\n\n[\"test-created\"]\n\n";
const SIGN_IN: &str = "###\nPOST /login/{P1}/oauth2/token";

fn links(count: usize) -> String {
    format!("{LINK}\n\n{FINE}").repeat(count)
}

#[tokio::test]
async fn a_call_brings_the_token_that_the_authority_gave() {
    let scene = Scene::of("sign_in.http");
    let names = scene.adapter.event_names().await.unwrap().value;
    assert!(names.contains("test-created"));
    scene.finish();
}

#[tokio::test]
async fn many_calls_at_once_sign_in_once() {
    let scene = Scene::said(&links(3));
    let adapter = &scene.adapter;
    let (one, two, three) = tokio::join!(adapter.event_names(), adapter.event_names(), adapter.event_names());
    assert!(one.is_ok() && two.is_ok() && three.is_ok());
    assert_eq!(scene.count("/login/"), 1);
    scene.finish();
}

#[tokio::test]
async fn a_token_is_renewed_five_minutes_before_it_expires() {
    // A token as a text, valid for an hour.
    let grant = "HTTP/1.1 200 OK\n\n{\"token_type\":\"Bearer\",\"expires_in\":\"3600\",\"access_token\":\"one\"}\n\n";
    let wanted = "> resource=https%3A%2F%2Fapi.partnercenter.microsoft.com\n> grant_type=refresh_token\n> refresh_token=refresh-token-never-shown";
    let text = format!("{SIGN_IN}\n{wanted}\n\n{grant}{}", links(3));
    let scene = Scene::said(&text);
    scene.adapter.event_names().await.unwrap();
    scene.clock.advance(SignedDuration::from_secs(3299));
    scene.adapter.event_names().await.unwrap();
    assert_eq!(scene.count("/login/"), 1);
    scene.clock.advance(SignedDuration::from_secs(1));
    scene.adapter.event_names().await.unwrap();
    assert_eq!(scene.count("/login/"), 2);
    scene.finish();
}

#[tokio::test]
async fn each_kind_of_call_brings_its_own_token() {
    let batch = recorded("tenancy.http");
    let asked = batch.split("\n\n").next().unwrap().split_once("$batch\n").unwrap().1;
    let empty =
        r#"{"responses":[{"id":"0","status":200,"body":{"value":[]}},{"id":"1","status":200,"body":{"value":[]}}]}"#;
    let grant = |token: &str| format!("HTTP/1.1 200 OK\n\n{{\"expires_in\":3599,\"access_token\":\"{token}\"}}\n\n");
    let text = format!(
        "{SIGN_IN}\n> grant_type=client_credentials\n\n{}\
         ###\nPOST /login/{{C1}}/oauth2/token\n> grant_type=refresh_token\n> resource=https%3A%2F%2Fgraph.microsoft.com\n\n{}\
         ###\nGET /pc/v1/customers/{{C1}}\n> authorization: Bearer application\n\nHTTP/1.1 404 Not Found\n\n{{\"code\":1000}}\n\n\
         ###\nPOST /graph/v1.0/$batch\n> authorization: Bearer tenant\n{asked}\n\nHTTP/1.1 200 OK\n\n{empty}",
        grant("application"),
        grant("tenant"),
    );
    let scene = Scene::said(&text);
    scene.adapter.standing(customer()).await.unwrap();
    scene.adapter.tenancy(customer()).await.unwrap();
    scene.finish();
}

#[tokio::test]
async fn a_rejected_token_is_replaced_once() {
    let rejected = "HTTP/1.1 401 Unauthorized\n\n{\"code\":400,\"description\":\"access denied\"}\n\n";
    let scene = Scene::said(&format!("{LINK}\n\n{rejected}{LINK}\n\n{FINE}"));
    scene.adapter.event_names().await.unwrap();
    assert_eq!(scene.count("/login/"), 2);
    scene.finish();

    let scene = Scene::said(&format!("{LINK}\n\n{rejected}{LINK}\n\n{rejected}"));
    let unavailable = scene.adapter.event_names().await.unwrap_err();
    expect!["sign-in refused: `list webhook events` was answered with 401/400: access denied"]
        .assert_eq(&why(&unavailable));
    scene.finish();
}

#[tokio::test]
async fn a_token_without_multi_factor_is_not_replaced() {
    let rejected = "HTTP/1.1 401 Unauthorized\n\n{\"code\":900421,\"message\":\"no MFA claim\"}\n\n";
    let scene = Scene::said(&format!("{LINK}\n\n{rejected}"));
    let unavailable = scene.adapter.event_names().await.unwrap_err();
    expect!["sign-in refused: `list webhook events` was answered with 401/900421: no MFA claim; a partner user with multi-factor sign-in must consent again"]
        .assert_eq(&why(&unavailable));
    assert_eq!(scene.count("/login/"), 1);
    scene.finish();
}

fn denied(error: &str) -> String {
    denied_with(error, &[70008])
}

fn denied_with(error: &str, numbers: &[u32]) -> String {
    let described = "AADSTS70008: the token refresh-token-never-shown has expired";
    format!(
        "HTTP/1.1 400 Bad Request\n\n{{\"error\":\"{error}\",\"error_description\":\"{described}\",\"error_codes\":{numbers:?}}}\n\n"
    )
}

#[tokio::test]
async fn a_refused_sign_in_is_one_clear_sentence_and_not_tried_again_at_once() {
    let scene = Scene::said(&format!("{SIGN_IN}\n\n{}{}", denied("invalid_grant"), links(1)));
    for _ in 0..3 {
        let unavailable = scene.adapter.event_names().await.unwrap_err();
        expect!["sign-in refused: `sign in` was answered with 400: sign-in was refused (invalid_grant): the stored consent no longer holds; a partner user with multi-factor sign-in must consent again"]
            .assert_eq(&why(&unavailable));
    }
    assert_eq!(scene.count("/login/"), 1);
    // A minute later somebody may have consented.
    scene.clock.advance(SignedDuration::from_secs(60));
    scene.adapter.event_names().await.unwrap();
    scene.finish();
}

#[tokio::test]
async fn a_write_without_sign_in_is_not_sent() {
    let scene = Scene::said(&format!("{SIGN_IN}\n\n{}", denied("invalid_client")));
    let outcome = scene.adapter.check_out(key(), customer(), &cart(), &mark()).await;
    expect!["not sent: `sign in` was answered with 400: sign-in was refused (invalid_client): the application's secret is wrong or over; give a valid one"]
        .assert_eq(&told(&outcome));
    scene.finish();

    let scene = Scene::said(&format!("{SIGN_IN}\n\nHANG UP\n\n"));
    let outcome = scene.adapter.check_out(key(), customer(), &cart(), &mark()).await;
    expect!["not sent: `sign in`: the connection broke before the answer (connection closed before message completed)"]
        .assert_eq(&told(&outcome));
    scene.finish();
}

#[tokio::test]
async fn a_tenant_without_consent_is_that_customers_matter() {
    let text = format!("###\nPOST /login/{{C1}}/oauth2/token\n\n{}", denied_with("interaction_required", &[7]));
    let scene = Scene::said(&text);
    let unavailable = scene.adapter.tenancy(customer()).await.unwrap_err();
    expect!["forbidden: `sign in` was answered with 400: sign-in at tenant cccccccc-0000-4000-8000-0000000000c1 was refused (interaction_required): the application's consent or our admin relationship there is missing, or the stored consent no longer holds"]
        .assert_eq(&why(&unavailable));
    scene.finish();
}

/// What is said of a sign-in for our own tenant, and for a customer's, that is refused with `numbers`.
async fn instructions(error: &str, numbers: &[u32]) -> [String; 2] {
    let refused = denied_with(error, numbers);
    let scene = Scene::said(&format!("{SIGN_IN}\n\n{refused}###\nPOST /login/{{C1}}/oauth2/token\n\n{refused}"));
    let own = why(&scene.adapter.event_names().await.unwrap_err());
    let tenant = why(&scene.adapter.tenancy(customer()).await.unwrap_err());
    scene.finish();
    [own, tenant].map(|told| told.split_once("): ").unwrap().1.to_owned())
}

#[tokio::test]
async fn what_keeps_a_user_out_is_one_instruction_by_the_authoritys_number() {
    let again = "the stored consent no longer holds; a partner user with multi-factor sign-in must consent again";
    let told = instructions("interaction_required", &[53003]).await;
    expect![[r#"
        conditional access of our own tenant keeps us out; have its policy let the consenting user and this machine in
        the customer's conditional access keeps us out; have it exclude service-provider users"#]]
    .assert_eq(&told.join("\n"));
    let told = instructions("interaction_required", &[50076]).await;
    assert_eq!(told, ["multi-factor sign-in is asked for; a partner user must consent again and pass it"; 2]);
    assert_eq!(instructions("invalid_grant", &[700_082, 1]).await, [again; 2]);
    let [own, tenant] = instructions("invalid_grant", &[65001]).await;
    assert_eq!(own, again);
    expect!["the application is not consented to there; consent to the application in that tenant"].assert_eq(&tenant);
    let [_, tenant] = instructions("invalid_grant", &[50020]).await;
    expect!["no admin relationship lets us in; have the customer approve an admin relationship"].assert_eq(&tenant);
}

/// Writes down what happens, and can be told to break.
#[derive(Default)]
struct WitnessVault {
    saved: Mutex<Vec<String>>,
    broken: bool,
}

#[async_trait]
impl TokenVault for WitnessVault {
    async fn load(&self) -> Result<SecretString, VaultError> {
        let saved = self.saved.lock().unwrap();
        let token = saved.last().map_or(REFRESH_TOKEN, String::as_str);
        Ok(SecretString::from(token.to_owned()))
    }

    async fn save(&self, token: SecretString) -> Result<(), VaultError> {
        if self.broken {
            return Err(VaultError::Unwritable { detail: "no space left".to_owned() });
        }
        self.saved.lock().unwrap().push(token.expose_secret().to_owned());
        Ok(())
    }
}

const ROTATION: &str =
    "HTTP/1.1 200 OK\n\n{\"expires_in\":3599,\"access_token\":\"a\",\"refresh_token\":\"second\"}\n\n";

#[tokio::test]
async fn a_new_refresh_token_is_kept_and_used_next() {
    let vault = Arc::new(WitnessVault::default());
    let second = "###\nPOST /login/{C1}/oauth2/token\n> refresh_token=second";
    let text = format!("{SIGN_IN}\n\n{ROTATION}{}{second}\n\n{}", links(1), denied("invalid_grant"));
    let scene = Scene::with(&text, Arc::clone(&vault) as Arc<dyn TokenVault>, |_| {});
    scene.adapter.event_names().await.unwrap();
    scene.adapter.tenancy(customer()).await.unwrap_err();
    assert_eq!(*vault.saved.lock().unwrap(), ["second"]);
    scene.finish();
}

#[tokio::test]
async fn a_refresh_token_that_cannot_be_kept_stops_before_it_is_used() {
    let vault = WitnessVault { broken: true, ..WitnessVault::default() };
    let scene = Scene::with(&format!("{SIGN_IN}\n\n{ROTATION}"), Arc::new(vault), |_| {});
    let unavailable = scene.adapter.event_names().await.unwrap_err();
    expect!["sign-in refused: `sign in`: the new refresh token could not be kept: no space left; see that it can be written there: each sign-in brings a new one"]
        .assert_eq(&why(&unavailable));
    assert_eq!(scene.count("/pc/"), 0);
    scene.finish();
}

#[tokio::test]
async fn a_vault_file_is_replaced_whole_and_stays_private() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("refresh-token");
    let vault = FileVault::new(&path);
    let missing = vault.load().await.unwrap_err().to_string();
    assert!(missing.contains("refresh-token"), "{missing}");

    std::fs::write(&path, "first\n").unwrap();
    assert_eq!(vault.load().await.unwrap().expose_secret(), "first");
    vault.save(SecretString::from("second")).await.unwrap();
    assert_eq!(vault.load().await.unwrap().expose_secret(), "second");

    let files: Vec<_> = std::fs::read_dir(folder.path()).unwrap().collect();
    assert_eq!(files.len(), 1, "nothing is left beside it");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}

#[tokio::test]
async fn secrets_show_nowhere() {
    let said = [
        denied("invalid_grant"),
        denied("refresh-token-never-shown"),
        "HTTP/1.1 200 OK\n\n{\"access_token\":{\"x\":\"access-token-never-shown\"}}".to_owned(),
        "HTTP/1.1 500 Oops\n\n{\"message\":\"client-secret-never-shown\"}".to_owned(),
    ];
    for reply in said {
        let scene = Scene::said(&format!("{SIGN_IN}\n\n{reply}"));
        let unavailable = scene.adapter.event_names().await.unwrap_err();
        let shown = format!("{unavailable} {unavailable:?} {:?}", scene.adapter);
        assert!(!shown.contains("never-shown"), "{shown}");
        scene.finish();
    }
    let config = config("127.0.0.1:1".parse().unwrap());
    let vault = FixedVault::new(SecretString::from(REFRESH_TOKEN));
    let shown = format!("{config:?} {vault:?}");
    assert!(!shown.contains("never-shown"), "{shown}");
}

/// Every other scene checks the log for secrets as well when it finishes.
#[tokio::test]
async fn the_most_talkative_log_tells_calls_and_neither_secrets_nor_bodies() {
    let text = format!("{SIGN_IN}\n\n{ROTATION}{}", links(1)).replace("\"a\"", "\"access-token-never-shown\"");
    let scene = Scene::said(&text);
    scene.adapter.event_names().await.unwrap();
    let told = log();
    assert!(told.contains(r#"call{operation="list webhook events" correlation="#), "{told}");
    assert!(told.contains("status=200"), "{told}");
    assert!(!told.contains("admin.microsoft.com/x"), "{told}");
    scene.finish();
}

#[tokio::test]
async fn an_application_with_a_certificate_sends_a_signed_statement_and_no_secret() {
    let wanted = "> client_id=app\n> client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer\n> client_assertion=ey";
    let grant = "HTTP/1.1 200 OK\n\n{\"expires_in\":\"3600\",\"access_token\":\"one\"}\n\n";
    let text = format!("{SIGN_IN}\n{wanted}\n\n{grant}{}", links(1));
    let pem = SecretString::from(include_str!("../keys/client.pem"));
    let certificate = ClientCertificate::of_pem(&pem).unwrap();
    let scene = Scene::with(&text, Scene::vault(), |config| config.credential = Credential::Certificate(certificate));
    scene.adapter.event_names().await.unwrap();
    assert!(!scene.requests().iter().any(|request| request.contains("client_secret")));
    scene.finish();
}

#[tokio::test]
async fn a_certificate_its_key_and_what_it_signs_show_nowhere() {
    let pem = include_str!("../keys/client.pem");
    let certificate = ClientCertificate::of_pem(&SecretString::from(pem)).unwrap();
    let credential = Credential::Certificate(certificate);
    let mut set = config("127.0.0.1:1".parse().unwrap());
    set.credential = credential.clone();
    let mut shown = format!("{set:?} {credential:?}");
    let mut secrets: Vec<String> = pem.lines().filter(|line| line.len() > 40).map(str::to_owned).collect();
    assert!(secrets.len() > 2, "the key and the certificate");
    for reply in [denied("invalid_client"), "HTTP/1.1 500 Oops\n\n{}\n\n".to_owned()] {
        let text = format!("{SIGN_IN}\n\n{reply}");
        let credential = credential.clone();
        let scene =
            Scene::with(&text, Scene::vault(), |config| (config.credential, config.log_bodies) = (credential, true));
        let unavailable = scene.adapter.event_names().await.unwrap_err();
        shown += &format!("{unavailable} {unavailable:?} {:?}", scene.adapter);
        let sent = scene.requests().join("\n");
        let statement = sent.split_once("client_assertion=").unwrap().1.split(['&', '\n']).next().unwrap().to_owned();
        secrets.push(statement);
        scene.finish();
    }
    shown += &log();
    for secret in &secrets {
        assert!(!shown.contains(secret), "{secret}");
    }
}
