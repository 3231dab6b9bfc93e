//! One watch: events after a place, in order, with heartbeats, until either side ends it.

use crate::convert;
use crate::fault::{Fault, Reason};
use crate::feed::Feed;
use crate::name::{Names, Scope};
use crate::rate::Place;
use crate::token::Seal;
use carryover_api::v1::{Heartbeat, WatchMigrationsResponse, watch_migrations_response::Content};
use carryover_ports::Cursor;
use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::Instant;
use tokio_stream::Stream;
use tonic::Status;

/// Messages that wait for a reader; what comes after them stays in the store.
const BUFFER: usize = 16;
/// How long a reader may leave its messages unread.
pub(crate) const STALL: Duration = Duration::from_secs(300);

/// What a watch says.
pub(crate) type Said = Result<WatchMigrationsResponse, Status>;

/// A watch that is under way.
pub(crate) struct Watch {
    pub(crate) feed: Arc<Feed>,
    pub(crate) names: Names,
    pub(crate) seal: Seal,
    /// Whose events are wanted.
    pub(crate) scope: Scope,
    /// The parent as it was given, which tokens are bound to.
    pub(crate) parent: String,
    /// After which event it goes on.
    pub(crate) cursor: Cursor,
    pub(crate) heartbeat: Duration,
    /// Becomes true when the server stops.
    pub(crate) stopping: watch::Receiver<bool>,
    /// Its place among the streams that may be open.
    pub(crate) _place: Place,
}

/// What tokens of a watch are good for.
pub(crate) fn purpose(parent: &str) -> [&str; 2] {
    ["WatchMigrations", parent]
}

/// The messages of a watch, and then why it ended.
pub(crate) struct Saying {
    said: mpsc::Receiver<WatchMigrationsResponse>,
    /// Gone once it was told.
    ended: Option<oneshot::Receiver<Fault>>,
}

impl Stream for Saying {
    type Item = Said;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Said>> {
        if let Some(message) = ready!(self.said.poll_recv(context)) {
            return Poll::Ready(Some(Ok(message)));
        }
        let Some(ended) = &mut self.ended else { return Poll::Ready(None) };
        let why = ready!(Pin::new(ended).poll(context));
        self.ended = None;
        Poll::Ready(why.ok().map(|fault| Err(fault.into())))
    }
}

/// Why a watch is over.
enum Over {
    /// Nobody listens.
    Gone,
    /// The reader has to know.
    Told(Fault),
}

impl Over {
    fn stopping() -> Self {
        let message = "the server stops; go on from the last resume_token at another one, or later";
        Self::Told(Fault::new(Reason::ServerStopping, message))
    }
}

impl From<carryover_ports::StoreError> for Over {
    fn from(error: carryover_ports::StoreError) -> Self {
        Self::Told(error.into())
    }
}

impl Watch {
    /// Begins to watch.
    pub(crate) fn start(self) -> Saying {
        let (out, said) = mpsc::channel(BUFFER);
        let (end, ended) = oneshot::channel();
        tokio::spawn(async move {
            let mut telling = Telling { watch: self, out, spoke: Instant::now() };
            if let Over::Told(fault) = telling.tell().await {
                // A reader that is gone does not hear it.
                let _unheard = end.send(fault);
            }
        });
        Saying { said, ended: Some(ended) }
    }
}

/// A watch with its reader.
struct Telling {
    watch: Watch,
    out: mpsc::Sender<WatchMigrationsResponse>,
    /// When it last said something.
    spoke: Instant,
}

impl Telling {
    async fn tell(&mut self) -> Over {
        match self.go_on().await {
            Ok(never) => match never {},
            Err(over) => over,
        }
    }

    async fn go_on(&mut self) -> Result<Infallible, Over> {
        let (mut news, mut stopping) = (self.watch.feed.news(), self.watch.stopping.clone());
        // Says where the stream begins.
        self.say(Content::Heartbeat(Heartbeat {})).await?;
        loop {
            news.borrow_and_update();
            self.catch_up().await?;
            let out = self.out.clone();
            let silence = self.spoke + self.watch.heartbeat;
            tokio::select! {
                // The feed lives as long as this watch, so there is news or nothing.
                _ = news.changed() => {}
                () = tokio::time::sleep_until(silence) => self.say(Content::Heartbeat(Heartbeat {})).await?,
                () = out.closed() => return Err(Over::Gone),
                () = stopped(&mut stopping) => {}
            }
            if *self.watch.stopping.borrow() {
                self.say(Content::Heartbeat(Heartbeat {})).await?;
                return Err(Over::stopping());
            }
        }
    }

    async fn catch_up(&mut self) -> Result<(), Over> {
        loop {
            let batch = self.watch.feed.after(self.watch.cursor).await?;
            if batch.is_empty() || *self.watch.stopping.borrow() {
                return Ok(());
            }
            for fed in batch {
                let recorded = &fed.recorded;
                self.watch.cursor = fed.cursor;
                if matches!(self.watch.scope, Scope::One(id) if id != recorded.migration) {
                    continue;
                }
                if let Some(tenant) = self.watch.feed.tenant(recorded.migration).await? {
                    self.say(Content::Event(convert::event(&self.watch.names, tenant, recorded))).await?;
                }
            }
        }
    }

    async fn say(&mut self, content: Content) -> Result<(), Over> {
        let Watch { seal, parent, cursor, .. } = &self.watch;
        let resume_token = seal.token(&purpose(parent), cursor.place());
        let message = WatchMigrationsResponse { resume_token, content: Some(content) };
        let mut stopping = self.watch.stopping.clone();
        let sent = tokio::select! {
            biased;
            sent = self.out.send_timeout(message, STALL) => sent,
            // There is no room, and nobody waits for it now.
            () = stopped(&mut stopping) => return Err(Over::stopping()),
        };
        match sent {
            Ok(()) => {
                self.spoke = Instant::now();
                Ok(())
            }
            Err(mpsc::error::SendTimeoutError::Closed(_)) => Err(Over::Gone),
            Err(mpsc::error::SendTimeoutError::Timeout(_)) => {
                let message = "nothing was read for five minutes; go on from the last resume_token that was taken";
                Err(Over::Told(Fault::new(Reason::ReaderTooSlow, message)))
            }
        }
    }
}

/// Waits until the server stops.
pub(crate) async fn stopped(stopping: &mut watch::Receiver<bool>) {
    // Without a sender the server is gone, which is the same.
    let _seen = stopping.wait_for(|stopping| *stopping).await;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rate::Streams;
    use carryover_domain::policy::Policy;
    use carryover_engine::Desk;
    use carryover_testkit::{CountingIds, ManualClock, MemoryStore};
    use jiff::Timestamp;

    /// A reader that takes nothing, and a server that is to stop: in time that passes as soon as nothing else is to be done.
    #[tokio::test(start_paused = true)]
    async fn a_reader_that_does_not_read_holds_no_end_up() {
        let (store, clock) = (MemoryStore::new(), ManualClock::starting_at(Timestamp::UNIX_EPOCH));
        let ids = Arc::new(CountingIds::of_series(1));
        let desk = Desk::new(Arc::new(store.clone()), Arc::new(clock), ids, Policy::rule_book());
        let (stop, stopping) = watch::channel(false);
        let watch = Watch {
            feed: Feed::start(Arc::new(store), desk).await.expect("a feed"),
            names: Names::new(None),
            seal: Seal::keyed(b"secret"),
            scope: Scope::All,
            parent: "partners/-/customers/-".to_owned(),
            cursor: Cursor::START,
            heartbeat: Duration::from_secs(1),
            stopping,
            _place: Streams::new(1, 1).open("ana").expect("a place"),
        };
        let (out, _unread) = mpsc::channel(BUFFER);
        let mut telling = Telling { watch, out, spoke: Instant::now() };
        let began = Instant::now();
        let stopping = async {
            // By then there is no room any more.
            tokio::time::sleep(Duration::from_secs(2 * BUFFER as u64)).await;
            stop.send_replace(true);
            Instant::now()
        };
        let (over, asked) = tokio::join!(telling.tell(), stopping);
        assert!(matches!(over, Over::Told(fault) if fault.reason == Reason::ServerStopping));
        assert_eq!((began.elapsed(), asked.elapsed()), (Duration::from_secs(2 * BUFFER as u64), Duration::ZERO));
    }
}
