//! The way in: connections as they come, so many and no more, each of which has to speak before long.
//!
//! A connection that says nothing costs a place for a few seconds and nothing else.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Sleep, sleep};
use tokio_stream::Stream;
use tonic::transport::server::{Connected, TcpConnectInfo};

/// How long a connection may take over its first bytes.
const SPEAKS_WITHIN: Duration = Duration::from_secs(10);
/// The first bytes: as many as the preface of HTTP/2 has (RFC 9113, section 3.4), fewer than any TLS greeting.
const FIRST: usize = 24;
/// The pause after a connection that could not be taken, so that a process without handles does not spin.
const PAUSE: Duration = Duration::from_millis(50);

/// Connections of `listener`, at most `places` at a time; those beyond are closed at once.
pub(crate) fn connections(listener: TcpListener, places: usize) -> impl Stream<Item = io::Result<Guest>> {
    let places = Arc::new(Semaphore::new(places));
    let (out, connections) = tokio::sync::mpsc::channel(1);
    tokio::spawn(async move {
        loop {
            let accepted = tokio::select! {
                accepted = listener.accept() => accepted,
                () = out.closed() => return,
            };
            let guest = match accepted {
                Ok((stream, _)) => Guest::admit(stream, &places),
                Err(error) => {
                    tracing::warn!(%error, "a connection could not be taken");
                    sleep(PAUSE).await;
                    continue;
                }
            };
            if let Some(guest) = guest
                && out.send(Ok(guest)).await.is_err()
            {
                return;
            }
        }
    });
    tokio_stream::wrappers::ReceiverStream::new(connections)
}

/// A connection that holds a place.
pub(crate) struct Guest {
    stream: TcpStream,
    /// Bytes of the first ones that have not come yet, and until when they have to; none once they have.
    waits: Option<(usize, Pin<Box<Sleep>>)>,
    _place: OwnedSemaphorePermit,
}

impl Guest {
    fn admit(stream: TcpStream, places: &Arc<Semaphore>) -> Option<Self> {
        let place = Arc::clone(places).try_acquire_owned().ok()?;
        // Answers are small and awaited.
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "a connection is gone already");
            return None;
        }
        Some(Self { stream, waits: Some((FIRST, Box::pin(sleep(SPEAKS_WITHIN)))), _place: place })
    }
}

impl Connected for Guest {
    type ConnectInfo = TcpConnectInfo;
    fn connect_info(&self) -> TcpConnectInfo {
        self.stream.connect_info()
    }
}

impl AsyncRead for Guest {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = into.filled().len();
        if let Poll::Ready(read) = Pin::new(&mut self.stream).poll_read(context, into) {
            let came = into.filled().len() - before;
            self.waits = self.waits.take().filter(|(left, _)| *left > came).map(|(left, until)| (left - came, until));
            return Poll::Ready(read);
        }
        let Some((_, until)) = &mut self.waits else { return Poll::Pending };
        ready!(until.as_mut().poll(context));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

impl AsyncWrite for Guest {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }
    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }
    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, slices)
    }
    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}
