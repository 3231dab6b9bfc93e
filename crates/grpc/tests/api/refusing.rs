//! What the transport refuses has a reason as well; what is too much, broken or never said costs nothing.

use crate::scene::{PARTNER, Scene, Server, reason};
use carryover_api::v1;
use carryover_ports::Index;
use http::uri::PathAndQuery;
use prost::Message;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tonic::client::Grpc;
use tonic::codec::{Codec, CompressionEncoding, DecodeBuf, Decoder, EncodeBuf, Encoder};
use tonic::transport::Channel;
use tonic::{Code, Request, Status};

/// Bytes as they are.
#[derive(Default)]
struct Raw;

impl Codec for Raw {
    type Encode = Vec<u8>;
    type Decode = Vec<u8>;
    type Encoder = Self;
    type Decoder = Self;
    fn encoder(&mut self) -> Self {
        Self
    }
    fn decoder(&mut self) -> Self {
        Self
    }
}

impl Encoder for Raw {
    type Item = Vec<u8>;
    type Error = Status;
    fn encode(&mut self, item: Vec<u8>, into: &mut EncodeBuf<'_>) -> Result<(), Status> {
        bytes::BufMut::put_slice(into, &item);
        Ok(())
    }
}

impl Decoder for Raw {
    type Item = Vec<u8>;
    type Error = Status;
    fn decode(&mut self, from: &mut DecodeBuf<'_>) -> Result<Option<Vec<u8>>, Status> {
        let mut bytes = vec![0; bytes::Buf::remaining(from)];
        bytes::Buf::copy_to_slice(from, &mut bytes);
        Ok(Some(bytes))
    }
}

/// Calls `method` with `bytes` for a message.
async fn raw(server: &Server, method: &str, bytes: Vec<u8>) -> Result<Vec<u8>, Status> {
    let mut client: Grpc<Channel> = Grpc::new(server.channel().await);
    client.ready().await.expect("a connection");
    let path = PathAndQuery::try_from(format!("/carryover.migration.v1.{method}")).expect("a path");
    client.unary(Request::new(bytes), path, Raw).await.map(tonic::Response::into_inner)
}

#[tokio::test]
async fn every_refusal_of_the_transport_has_one_reason() {
    let scene = Scene::new();
    let server = scene.server().await;
    let refused = async |method: &str, bytes: Vec<u8>| reason(&raw(&server, method, bytes).await.expect_err("refused"));
    let unknown = (Code::Unimplemented, "METHOD_UNKNOWN".to_owned());
    assert_eq!(refused("MigrationService/BuyEverything", vec![]).await, unknown);
    assert_eq!(refused("Nothing/Nothing", vec![]).await, unknown);
    let unreadable = (Code::InvalidArgument, "MESSAGE_UNREADABLE".to_owned());
    // A text that is not UTF-8, a length beyond the end, a field number of zero, a group that does not end.
    for bytes in [vec![0x0a, 2, 0xff, 0xfe], vec![0x0a, 200, b'x'], vec![0x00, 0x00], vec![0x0b], vec![0xff; 64]] {
        assert_eq!(refused("MigrationService/GetMigration", bytes.clone()).await, unreadable, "{bytes:?}");
    }
    let mut large = vec![0x0a, 0x80, 0x80, 0x80, 0x02];
    large.extend(vec![b'x'; 4 << 20]);
    let too_large = (Code::ResourceExhausted, "MESSAGE_TOO_LARGE".to_owned());
    assert_eq!(refused("MigrationService/GetMigration", large).await, too_large);
    // What it does not know of a message it passes over, as protocol buffers want it.
    let known = raw(&server, "MigrationService/ListMigrations", {
        let mut bytes = vec![0x0a, u8::try_from(PARTNER.len() + 12).expect("short")];
        bytes.extend(format!("{PARTNER}/customers/-").bytes());
        bytes.extend([0xfa, 0x3f, 1, b'x']);
        bytes
    });
    assert_eq!(known.await.expect("answered"), Vec::<u8>::new());
}

/// Requests as clients send them, to be broken.
fn requests() -> Vec<(&'static str, Vec<u8>)> {
    let parent = format!("{PARTNER}/customers/-");
    let name = format!("{PARTNER}/customers/00000000-0000-0000-0000-0000000000c1/migrations/x");
    let text = || "text".to_owned();
    let update = v1::UpdateMigrationRequest {
        migration: Some(v1::Migration { name: name.clone(), labels: [(text(), text())].into(), ..Default::default() }),
        update_mask: Some(prost_types::FieldMask { paths: vec!["labels".to_owned()] }),
        request_id: crate::scene::request_id(1),
    };
    let list =
        v1::ListMigrationsRequest { parent, page_size: 7, page_token: text(), filter: "state = DRAFT".to_owned() };
    let answer = v1::ResolveActionItemRequest { name: name.clone(), answer: 1, etag: text(), request_id: text() };
    let approval = v1::ApprovePlanRequest { name: name.clone(), etag: text(), request_id: text(), hold: true };
    let forecast = v1::ForecastPortfolioRequest { name, migrations: vec![text()], look: true, view: 2 };
    vec![
        ("MigrationService/UpdateMigration", update.encode_to_vec()),
        ("MigrationService/ListMigrations", list.encode_to_vec()),
        ("MigrationService/ResolveActionItem", answer.encode_to_vec()),
        ("MigrationService/ApprovePlan", approval.encode_to_vec()),
        ("PortfolioService/ForecastPortfolio", forecast.encode_to_vec()),
    ]
}

/// A fixed sequence of numbers, so that a failure comes again.
fn numbers() -> impl FnMut(usize) -> usize {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    move |below| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state % below as u64).expect("small")
    }
}

#[tokio::test]
async fn broken_requests_are_answered_with_a_reason_and_change_nothing() {
    let scene = Scene::new();
    let server = scene.server().await;
    server.with_customer().await;
    let before = scene.store.newest().await.expect("readable");
    let mut client: Grpc<Channel> = Grpc::new(server.channel().await);
    let mut below = numbers();
    for round in 0..400 {
        for (method, mut bytes) in requests() {
            for _ in 0..=below(4) {
                let at = below(bytes.len());
                match below(4) {
                    0 => bytes[at] ^= 1 << below(8),
                    1 => bytes.truncate(at.max(1)),
                    2 => bytes.insert(at, u8::try_from(below(256)).expect("a byte")),
                    _ => bytes.extend_from_within(at..),
                }
            }
            client.ready().await.expect("a connection");
            let path = PathAndQuery::try_from(format!("/carryover.migration.v1.{method}")).expect("a path");
            if let Err(status) = client.unary(Request::new(bytes), path, Raw).await {
                assert!(!matches!(status.code(), Code::Internal | Code::Unknown), "round {round}: {status:?}");
                reason(&status);
            }
        }
    }
    assert_eq!(scene.store.newest().await.expect("readable"), before);
}

#[tokio::test]
async fn what_is_small_on_the_wire_and_large_in_memory_is_too_large() {
    let scene = Scene::new();
    let server = scene.server().await;
    let mut migrations = server.migrations().await.send_compressed(CompressionEncoding::Gzip);
    let wish = v1::GetMigrationRequest { name: "x".repeat(64 << 20) };
    let refused = migrations.get_migration(wish).await.expect_err("refused");
    let (code, why) = reason(&refused);
    assert!(matches!(code, Code::ResourceExhausted | Code::InvalidArgument), "{why}");
    // Compression itself is spoken, both ways.
    let mut migrations = server.migrations().await.send_compressed(CompressionEncoding::Gzip);
    migrations = migrations.accept_compressed(CompressionEncoding::Gzip);
    server.with_customer().await;
    let wish = v1::ListMigrationsRequest { parent: format!("{PARTNER}/customers/-"), ..Default::default() };
    let said = migrations.list_migrations(wish).await.expect("a page");
    assert_eq!(said.metadata().get("grpc-encoding").map(|said| said.as_bytes()), Some(&b"gzip"[..]));
    assert_eq!(said.into_inner().migrations.len(), 1);
}

#[tokio::test]
async fn calls_and_watches_of_one_caller_are_bounded() {
    let mut scene = Scene::new();
    scene.limits.calls_per_minute = Some(60);
    scene.limits.streams_per_caller = 1;
    let server = scene.server().await;
    let wish = v1::WatchMigrationsRequest { parent: format!("{PARTNER}/customers/-"), ..Default::default() };
    let mut migrations = server.migrations().await;
    let _watch = migrations.watch_migrations(wish.clone()).await.expect("a watch");
    let refused = migrations.watch_migrations(wish).await.expect_err("one is enough");
    assert_eq!(reason(&refused), (Code::ResourceExhausted, "TOO_MANY_STREAMS".to_owned()));
    let list = v1::ListMigrationsRequest { parent: format!("{PARTNER}/customers/-"), ..Default::default() };
    let mut refusal = None;
    for _ in 0..20 {
        refusal = refusal.or(migrations.list_migrations(list.clone()).await.err());
    }
    let refusal = refusal.expect("twenty calls at once are too many");
    assert_eq!(reason(&refusal), (Code::ResourceExhausted, "TOO_MANY_CALLS".to_owned()));
    let details = tonic_types::StatusExt::get_error_details(&refusal);
    assert!(details.retry_info().is_some_and(|info| info.retry_delay.is_some_and(|pause| !pause.is_zero())));
}

#[tokio::test]
async fn whoever_says_nothing_keeps_nobody_out() {
    let mut scene = Scene::new();
    scene.limits.connections = 20;
    let server = scene.server().await;
    let mut silent = Vec::new();
    for _ in 0..19 {
        silent.push(tokio::net::TcpStream::connect(server.address).await.expect("a connection"));
    }
    // One place is left, and it is enough.
    let mut migrations = server.migrations().await;
    let wish = v1::ListMigrationsRequest { parent: format!("{PARTNER}/customers/-"), ..Default::default() };
    migrations.list_migrations(wish.clone()).await.expect("answered");
    // Beyond all places a connection is closed at once, and nobody else is disturbed.
    let mut beyond = tokio::net::TcpStream::connect(server.address).await.expect("a connection");
    assert!(matches!(beyond.read(&mut [0; 1]).await, Ok(0) | Err(_)));
    migrations.list_migrations(wish).await.expect("answered");
    // What is no HTTP/2 is ended.
    let mut nonsense = silent.pop().expect("a connection");
    nonsense.write_all(b"GET / HTTP/1.1\r\nHost: example\r\n\r\n").await.expect("written");
    let mut said = Vec::new();
    let ended = tokio::time::timeout(Duration::from_secs(30), nonsense.read_to_end(&mut said)).await;
    assert!(ended.is_ok(), "the server holds on to a connection that speaks something else");
}
