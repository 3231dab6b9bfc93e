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
                let message = "the server stops; go on from the last resume_token at another one, or later";
                return Err(Over::Told(Fault::new(Reason::ServerStopping, message)));
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
        match self.out.send_timeout(message, STALL).await {
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
