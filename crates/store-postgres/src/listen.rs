//! Listens to what other processes commit, for as long as somebody waits for it. Only tells that there may be news: whoever is
//! told looks for them, and whoever is not told looks from time to time.

use crate::connect::Address;
use std::future::poll_fn;
use std::pin::pin;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::watch;
use tokio_postgres::{AsyncMessage, Client, Connection, NoTls, Socket};
use tokio_postgres_rustls::MakeRustlsConnect;

/// The pause before a lost connection is made again. Until then there is only looking.
const PAUSE: Duration = Duration::from_secs(1);

/// Keeps a connection that listens, until nobody holds the other end of `news`.
pub(crate) async fn listen(address: Address, tls: Option<MakeRustlsConnect>, news: watch::Sender<()>) {
    let listening = async {
        loop {
            let ended = match &tls {
                Some(tls) => match address.connect(tls.clone()).await {
                    Ok((client, connection)) => follow(client, connection, &news).await,
                    Err(error) => Err(error),
                },
                None => match address.connect(NoTls).await {
                    Ok((client, connection)) => follow(client, connection, &news).await,
                    Err(error) => Err(error),
                },
            };
            if let Err(error) = ended {
                tracing::warn!(%error, "the database is not listened to; news are looked for until it is again");
            }
            tokio::time::sleep(PAUSE).await;
        }
    };
    tokio::select! {
        () = listening => {}
        () = news.closed() => {}
    }
}

async fn follow<S>(
    client: Client,
    mut connection: Connection<Socket, S>,
    news: &watch::Sender<()>,
) -> Result<(), tokio_postgres::Error>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let mut begin = pin!(client.batch_execute("LISTEN carryover"));
    let mut has_begun = false;
    loop {
        // The connection does its work while it is asked for messages, so both are asked in turn.
        let message = poll_fn(|context| {
            if !has_begun && let std::task::Poll::Ready(answer) = begin.as_mut().poll(context) {
                has_begun = true;
                if let Err(error) = answer {
                    return std::task::Poll::Ready(Some(Err(error)));
                }
                // What came before the ear was there is news too.
                news.send_replace(());
            }
            connection.poll_message(context)
        })
        .await;
        match message {
            None => return Ok(()),
            Some(Err(error)) => return Err(error),
            Some(Ok(AsyncMessage::Notification(_))) => {
                news.send_replace(());
            }
            Some(Ok(_)) => {}
        }
    }
}
