//! Tests of a server that is gone without a word: a way to it that carries no answers any more, and ends no connection.

use crate::connect::Limits;
use crate::{Address, PostgresStore};
use carryover_domain::Event;
use carryover_domain::ids::MigrationId;
use carryover_ports::{
    Admission, BudgetKey, Budgets, Commit, CommitError, Draw, Index, Store, StoreError, Under, Version,
};
use carryover_testkit::postgres;
use jiff::{SignedDuration, Timestamp};
use std::future::pending;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::time::Instant;
use uuid::Uuid;

const ADA: MigrationId = MigrationId::new(Uuid::from_u128(1));
const LIMITS: Limits = Limits {
    attempt: Duration::from_millis(300),
    answer: Duration::from_millis(400),
    patience: Duration::from_millis(900),
    pause: Duration::from_millis(10),
};
/// All of them together, and as much again for a machine that is busy.
const IN_TIME: Duration = Duration::from_secs(5);

/// A way to the server on `port`. Answers with the port that it begins at, and with what silences it.
async fn way_to(port: u16) -> (u16, watch::Sender<bool>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let begins = listener.local_addr().expect("a port").port();
    let (silence, is_silent) = watch::channel(false);
    tokio::spawn(async move {
        while let Ok((here, _)) = listener.accept().await {
            let there = TcpStream::connect(("127.0.0.1", port)).await.expect("the server listens");
            let ((from_here, to_here), (from_there, to_there)) = (here.into_split(), there.into_split());
            tokio::spawn(carry(from_here, to_there, None));
            tokio::spawn(carry(from_there, to_here, Some(is_silent.clone())));
        }
    });
    (begins, silence)
}

async fn carry(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, silent: Option<watch::Receiver<bool>>) {
    let mut bytes = vec![0; 4_096];
    while let Ok(read @ 1..) = from.read(&mut bytes).await {
        if silent.as_ref().is_some_and(|silent| *silent.borrow()) {
            return pending().await;
        }
        if to.write_all(&bytes[..read]).await.is_err() {
            return;
        }
    }
}

/// A store behind such a way.
async fn behind() -> Option<(PostgresStore, watch::Sender<bool>, Address)> {
    let cluster = postgres::shared()?;
    let (port, silence) = way_to(cluster.port()).await;
    let address = cluster.database().replace(&format!(":{}/", cluster.port()), &format!(":{port}/"));
    let address = Address::parse(&address).expect("an address");
    let store = PostgresStore::open_within(&address, LIMITS).await.expect("a database");
    Some((store, silence, address))
}

async fn pause(store: &PostgresStore, expected: u64) -> Result<Version, CommitError> {
    let commit = Commit {
        migration: ADA,
        expected: Version(expected),
        events: &[Event::Paused { by: "ada".to_owned() }],
        at: Timestamp::UNIX_EPOCH,
        wake: Some(Timestamp::UNIX_EPOCH),
        under: Under::NoLease,
        request: None,
    };
    store.commit(commit).await
}

#[tokio::test]
async fn a_commit_that_is_never_answered_is_in_doubt_and_all_goes_on_when_the_server_is_heard_again() {
    let Some((store, silence, _)) = behind().await else { return };
    pause(&store, 0).await.expect("written");
    silence.send_replace(true);
    let before = Instant::now();
    let answer = pause(&store, 1).await;
    assert!(matches!(answer, Err(CommitError::Unconfirmed { migration: ADA, .. })), "{answer:?}");
    assert!(before.elapsed() < IN_TIME, "{:?}", before.elapsed());
    silence.send_replace(false);
    // It was done, which whoever looks sees: upon a new connection.
    assert_eq!(store.load(ADA).await.expect("readable").expect("it exists").version, Version(2));
    assert_eq!(pause(&store, 2).await.expect("written"), Version(3));
}

#[tokio::test]
async fn whatever_is_asked_of_a_silent_server_comes_to_an_end() {
    let Some((store, silence, address)) = behind().await else { return };
    pause(&store, 0).await.expect("written");
    let budgets = store.budgets();
    silence.send_replace(true);
    let before = Instant::now();
    let read = store.load(ADA).await;
    assert!(matches!(read, Err(StoreError::Unreadable { .. })), "{read:?}");
    let leased = store.lease_due(Timestamp::UNIX_EPOCH, SignedDuration::from_mins(1), 1).await;
    assert!(matches!(leased, Err(StoreError::Unwritable { .. })), "{leased:?}");
    assert!(store.next_wake().await.is_err());
    let key =
        BudgetKey { name: "accounts", partner: carryover_domain::ids::TenantId::new(Uuid::nil()), customer: None };
    let draw = Draw { key, allowed: 9, per: SignedDuration::from_mins(1), cost: 1 };
    let answer = budgets.take(&[draw], SignedDuration::ZERO).await;
    assert!(matches!(answer, Admission::Later { .. }), "nobody calls without a budget: {answer:?}");
    let opened = PostgresStore::open_within(&address, LIMITS).await.expect_err("it says nothing").to_string();
    assert!(opened.contains("cannot be reached"), "{opened}");
    assert!(before.elapsed() < 4 * IN_TIME, "{:?}", before.elapsed());
}
