//! Watches: every event, in order, once by its token, whatever happens to the server and however slow the reader.

use crate::scene::{PARTNER, Scene, Server, reason};
use carryover_api::v1;
use carryover_domain::ids::MigrationId;
use tonic::{Code, Status, Streaming};
use v1::watch_migrations_response::Content;

type Watching = Streaming<v1::WatchMigrationsResponse>;

fn wish(token: &str) -> v1::WatchMigrationsRequest {
    let parent = format!("{PARTNER}/customers/-");
    v1::WatchMigrationsRequest { parent, resume_token: token.to_owned(), ..Default::default() }
}

async fn watch(server: &Server, wish: v1::WatchMigrationsRequest) -> Watching {
    server.migrations().await.watch_migrations(wish).await.expect("a watch").into_inner()
}

/// What a reader has taken.
#[derive(Default)]
struct Seen {
    numbers: Vec<i64>,
    token: String,
}

impl Seen {
    /// Reads until `count` events were seen in all, or the stream ends.
    async fn until(&mut self, watching: &mut Watching, count: usize) -> Result<(), Status> {
        while self.numbers.len() < count {
            let Some(message) = watching.message().await? else { panic!("it ends without a word") };
            self.token = message.resume_token;
            if let Some(Content::Event(event)) = message.content {
                self.numbers.push(event.number);
            }
        }
        Ok(())
    }
}

/// Pauses and resumes the shop's customer so often that it has `count` events in all.
async fn make_events(server: &Server, from: usize, count: usize) {
    let id = MigrationId::of(crate::shop::portfolio().0.tenant);
    for number in from..count {
        let done =
            if number % 2 == 1 { server.desk.pause(id, "ana").await } else { server.desk.resume(id, "ana").await };
        done.expect("done");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_watches_see_every_event_once_across_a_restart() {
    const EVENTS: usize = 301;
    let scene = Scene::new();
    let server = scene.server().await;
    server.with_customer().await;
    let mut readers = Vec::new();
    let (told, _) = tokio::sync::broadcast::channel::<std::net::SocketAddr>(4);
    for _ in 0..100 {
        let mut watching = watch(&server, v1::WatchMigrationsRequest { replay: true, ..wish("") }).await;
        let mut next = told.subscribe();
        readers.push(tokio::spawn(async move {
            let mut seen = Seen::default();
            let stopped = seen.until(&mut watching, EVENTS).await.expect_err("the server stops before the end");
            assert_eq!(reason(&stopped), (Code::Unavailable, "SERVER_STOPPING".to_owned()));
            let address = next.recv().await.expect("another server");
            let mut client = v1::migration_service_client::MigrationServiceClient::new(
                tonic::transport::Endpoint::from_shared(format!("http://{address}"))
                    .expect("an address")
                    .connect()
                    .await
                    .expect("a connection"),
            );
            let mut watching = client.watch_migrations(wish(&seen.token)).await.expect("a watch").into_inner();
            seen.until(&mut watching, EVENTS).await.expect("all of them");
            seen.numbers
        }));
    }
    make_events(&server, 1, 150).await;
    server.stop().await;
    let server = scene.server().await;
    told.send(server.address).expect("readers");
    make_events(&server, 150, EVENTS).await;
    let expected: Vec<i64> = (1..=EVENTS as i64).collect();
    for reader in readers {
        assert_eq!(reader.await.expect("it reads"), expected);
    }
}

#[tokio::test]
async fn a_reader_that_does_not_read_loses_nothing() {
    const EVENTS: usize = 4_500;
    let scene = Scene::new();
    let server = scene.server().await;
    server.with_customer().await;
    let mut slow = watch(&server, v1::WatchMigrationsRequest { replay: true, ..wish("") }).await;
    let mut quick = watch(&server, wish("")).await;
    // More than is held in memory.
    let mut seen = Seen::default();
    for upto in [2_000, EVENTS] {
        make_events(&server, seen.numbers.len() + 1, upto).await;
        seen.until(&mut quick, upto - 1).await.expect("all of them");
    }
    let mut late = Seen::default();
    late.until(&mut slow, EVENTS).await.expect("all of them");
    assert_eq!(late.numbers, (1..=EVENTS as i64).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_watch_begins_with_what_comes_next_and_says_so() {
    let scene = Scene::new();
    let server = scene.server().await;
    let name = server.with_customer().await;
    let parent = name.split("/migrations").next().expect("a customer").to_owned();
    let wish = v1::WatchMigrationsRequest { parent, ..wish("") };
    let mut watching = watch(&server, wish.clone()).await;
    let first = watching.message().await.expect("a message").expect("it goes on");
    assert!(matches!(first.content, Some(Content::Heartbeat(_))) && !first.resume_token.is_empty());
    make_events(&server, 1, 2).await;
    let next = watching.message().await.expect("a message").expect("it goes on");
    let Some(Content::Event(event)) = next.content else { panic!("no event") };
    assert_eq!((event.number, event.kind.as_str(), event.actor.as_str()), (2, "paused", "ana"));
    assert_eq!(event.name, format!("{name}/events/2"));

    // The token is good for this parent only.
    let elsewhere = v1::WatchMigrationsRequest {
        parent: format!("{PARTNER}/customers/-"),
        resume_token: next.resume_token,
        ..wish
    };
    let refused = server.migrations().await.watch_migrations(elsewhere).await.expect_err("refused");
    assert_eq!(reason(&refused), (Code::InvalidArgument, "RESUME_TOKEN_INVALID".to_owned()));
}

#[tokio::test]
async fn silence_is_broken_by_heartbeats() {
    let scene = Scene::new();
    let server = scene.server().await;
    let heartbeat_interval = Some(prost_types::Duration { seconds: 1, nanos: 0 });
    let mut watching = watch(&server, v1::WatchMigrationsRequest { heartbeat_interval, ..wish("") }).await;
    let first = watching.message().await.expect("a message").expect("it goes on");
    assert!(matches!(first.content, Some(Content::Heartbeat(_))));
    // From here on time passes as soon as nothing else is to be done.
    tokio::time::pause();
    let began = tokio::time::Instant::now();
    for _ in 0..2 {
        let message = watching.message().await.expect("a message").expect("it goes on");
        assert!(matches!(message.content, Some(Content::Heartbeat(_))));
    }
    assert!(began.elapsed() >= std::time::Duration::from_secs(1));
}

#[tokio::test]
async fn no_more_watches_are_opened_than_the_server_can_bear() {
    let mut scene = Scene::new();
    scene.limits.streams = 2;
    let server = scene.server().await;
    let first = watch(&server, wish("")).await;
    let _second = watch(&server, wish("")).await;
    let refused = server.migrations().await.watch_migrations(wish("")).await.expect_err("refused");
    assert_eq!(reason(&refused), (Code::ResourceExhausted, "TOO_MANY_STREAMS".to_owned()));
    // The place of one that has ended is free again.
    drop(first);
    while server.migrations().await.watch_migrations(wish("")).await.is_err() {
        tokio::task::yield_now().await;
    }
}
