//! TLS, certificates of clients, tokens of an identity provider, and pages in a browser.

use crate::scene::{PARTNER, Scene, Server, reason};
use carryover_api::v1;
use carryover_grpc::{Caller, ClientCertificate, Credentials, Gate, Role, Tls};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use ring::digest::{SHA256, digest};
use std::sync::Arc;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tonic::Code;
use tonic::transport::{Certificate, Channel, ClientTlsConfig, Endpoint, Identity};
use v1::migration_service_client::MigrationServiceClient;

type Authority = CertifiedIssuer<'static, KeyPair>;

fn authority(name: &str) -> Authority {
    let mut params = CertificateParams::new(Vec::new()).expect("parameters");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.distinguished_name.push(DnType::CommonName, name);
    CertifiedIssuer::self_signed(params, KeyPair::generate().expect("a key")).expect("an authority")
}

/// A certificate for `name`, and its key.
fn certificate(authority: &Authority, name: &str) -> (rcgen::Certificate, KeyPair) {
    let key = KeyPair::generate().expect("a key");
    let params = CertificateParams::new(vec![name.to_owned()]).expect("parameters");
    (params.signed_by(&key, authority).expect("a certificate"), key)
}

fn install() {
    // The first test that comes here does it for all.
    let _done_before = rustls::crypto::ring::default_provider().install_default();
}

fn over_tls(authority: &Authority, client_ca: Option<&Authority>) -> Scene {
    install();
    let (certificate, key) = certificate(authority, "localhost");
    let (certificate, key) = (certificate.pem(), key.serialize_pem());
    let client_ca = client_ca.map(|ca| ca.pem().into_bytes());
    let tls = move || Tls {
        certificate: certificate.clone().into_bytes(),
        key: key.clone().into_bytes().into(),
        client_ca: client_ca.clone(),
    };
    Scene { tls: Some(Arc::new(tls)), ..Scene::new() }
}

async fn connect(server: &Server, trust: &Authority, identity: Option<Identity>) -> Result<Channel, String> {
    let mut tls = ClientTlsConfig::new().ca_certificate(Certificate::from_pem(trust.pem())).domain_name("localhost");
    if let Some(identity) = identity {
        tls = tls.identity(identity);
    }
    let endpoint = Endpoint::from_shared(format!("https://{}", server.address)).expect("an address");
    endpoint.tls_config(tls).expect("TLS").connect().await.map_err(|error| error.to_string())
}

async fn lists(channel: Channel) -> Result<(), tonic::Status> {
    let wish = v1::ListMigrationsRequest { parent: format!("{PARTNER}/customers/-"), ..Default::default() };
    MigrationServiceClient::new(channel).list_migrations(wish).await.map(|_| ())
}

#[tokio::test]
async fn the_server_proves_itself_and_speaks_to_nobody_in_plaintext() {
    let (ours, other) = (authority("ours"), authority("other"));
    let scene = over_tls(&ours, None);
    let server = scene.server().await;
    lists(connect(&server, &ours, None).await.expect("trusted")).await.expect("answered");
    assert!(connect(&server, &other, None).await.is_err());
    let mut plain = tokio::net::TcpStream::connect(server.address).await.expect("a connection");
    plain.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").await.expect("written");
    let mut said = Vec::new();
    let _ended = plain.read_to_end(&mut said).await;
    assert!(!said.windows(3).any(|bytes| bytes == [0, 0, 4]), "HTTP/2 settings in plaintext: {said:?}");
}

#[tokio::test]
async fn a_client_is_known_by_its_certificate_and_a_stranger_is_not_let_in() {
    let (ours, clients, other) = (authority("ours"), authority("clients"), authority("other"));
    let (ana, key) = certificate(&clients, "ana");
    let (unknown, unknown_key) = certificate(&clients, "unknown");
    let (forged, forged_key) = certificate(&other, "ana");
    let sha256 = digest(&SHA256, ana.der()).as_ref().try_into().expect("32 bytes");
    let caller = Arc::new(Caller { name: "ana".to_owned(), roles: [Role::Viewer].into() });
    let certificates = vec![ClientCertificate { sha256, caller }];
    let gate = Gate::Guarded(Credentials { certificates, ..Credentials::default() });
    let scene = Scene { gate, ..over_tls(&ours, Some(&clients)) };
    let server = scene.server().await;
    let identity = |certificate: &rcgen::Certificate, key: &KeyPair| {
        Some(Identity::from_pem(certificate.pem(), key.serialize_pem()))
    };
    lists(connect(&server, &ours, identity(&ana, &key)).await.expect("known")).await.expect("answered");
    let vouched = connect(&server, &ours, identity(&unknown, &unknown_key)).await.expect("vouched for");
    assert_eq!(reason(&lists(vouched).await.expect_err("nobody")), (Code::Unauthenticated, "TOKEN_MISSING".to_owned()));
    // TLS 1.3 tells of it with the first answer.
    for identity in [None, identity(&forged, &forged_key)] {
        let refused = match connect(&server, &ours, identity).await {
            Ok(channel) => lists(channel).await.is_err(),
            Err(_) => true,
        };
        assert!(refused, "a stranger was let in");
    }
}

/// What a browser's page sends over HTTP/1.1, and what comes back.
async fn page(server: &Server, head: &str, body: &[u8]) -> String {
    let mut stream = tokio::net::TcpStream::connect(server.address).await.expect("a connection");
    let path = "/carryover.migration.v1.MigrationService/ListMigrations";
    let (method, rest) = head.split_once(' ').unwrap_or((head, ""));
    let text = format!(
        "{method} {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-length: {}\r\n{rest}\r\n",
        body.len()
    );
    stream.write_all(&[text.as_bytes(), body].concat()).await.expect("written");
    let mut said = Vec::new();
    // A server that speaks no HTTP/1.1 cuts the connection.
    let _cut = stream.read_to_end(&mut said).await;
    String::from_utf8_lossy(&said).to_lowercase()
}

#[tokio::test]
async fn pages_of_named_origins_may_call_and_no_others() {
    let scene = Scene { web: Some(vec!["https://console.example".to_owned()]), ..Scene::new() };
    let server = scene.server().await;
    let parent = format!("{PARTNER}/customers/-");
    let mut body = vec![0, 0, 0, 0, u8::try_from(parent.len() + 2).expect("short"), 0x0a];
    body.push(u8::try_from(parent.len()).expect("short"));
    body.extend(parent.bytes());
    let head = |origin: &str| {
        format!("POST origin: {origin}\r\ncontent-type: application/grpc-web+proto\r\nx-grpc-web: 1\r\n")
    };
    let said = page(&server, &head("https://console.example"), &body).await;
    assert!(said.starts_with("http/1.1 200"), "{said}");
    assert!(said.contains("access-control-allow-origin: https://console.example"), "{said}");
    assert!(said.contains("grpc-status:0") && said.contains("grpc-status-details-bin"), "{said}");
    let said = page(&server, &head("https://elsewhere.example"), &body).await;
    assert!(!said.contains("access-control-allow-origin"), "{said}");
    let ask = "OPTIONS origin: https://console.example\r\naccess-control-request-method: POST\r\n\
               access-control-request-headers: authorization,x-grpc-web\r\n";
    let said = page(&server, ask, b"").await;
    assert!(said.contains("access-control-allow-headers") && said.contains("authorization"), "{said}");

    // Who did not ask for it does not speak it.
    let server = Scene::new().server().await;
    let said = page(&server, &head("https://console.example"), &body).await;
    assert!(!said.contains("grpc-status:0"), "{said}");
}
