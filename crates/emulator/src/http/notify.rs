//! Sends notifications to the partner's webhook, signed with the emulator's own test certificate (fact sheet 20.2, 20.3).
//!
//! Sends to loopback addresses and nowhere else.

use std::net::SocketAddr;
use std::time::Duration;

use axum::http::Uri;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpStream, lookup_host};
use tokio::time::{sleep, timeout};

use super::{Emulator, keys};
use crate::ledger::webhooks::{Notification, Registration};

/// How long a receiver may take to answer.
const PATIENCE: Duration = Duration::from_secs(10);
/// How often it is looked for something to send.
const PAUSE: Duration = Duration::from_millis(50);

/// Sends what is due, for ever. `base` is where the emulator itself is found.
pub(super) async fn run(emulator: Emulator, base: String) {
    loop {
        let due = emulator.notifications_due();
        for (notification, registration) in due {
            let status = timeout(PATIENCE, send(&notification, &registration, &base)).await.ok().flatten();
            emulator.with_ledger(|ledger| ledger.notified(notification.number, status));
        }
        sleep(PAUSE).await;
    }
}

/// The status that the receiver answered; `None` where it did not, or is not on this machine.
async fn send(notification: &Notification, registration: &Registration, base: &str) -> Option<u16> {
    let uri: Uri = registration.url.parse().ok()?;
    let (host, port) = (uri.host()?, uri.port_u16().unwrap_or(80));
    let address: SocketAddr =
        lookup_host((host.trim_matches(['[', ']']), port)).await.ok()?.find(|address| address.ip().is_loopback())?;
    if uri.scheme_str() != Some("http") {
        return None;
    }
    let body = json!({
        "EventName": notification.event,
        "ResourceUri": format!("{base}{}", notification.path),
        "ResourceName": notification.resource,
        "AuditUri": serde_json::Value::Null,
        "ResourceChangeUtcDate": notification.changed.strftime("%Y-%m-%dT%H:%M:%S.%7f+00:00").to_string(),
    })
    .to_string();
    let signature = STANDARD.encode(keys::sign(body.as_bytes())?);
    let header = if registration.own_header { "x-ms-signature" } else { "Authorization" };
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    let request = format!(
        "POST {path} HTTP/1.1\r\nHost: {host}:{port}\r\nConnection: close\r\nContent-Type: application/json; charset=utf-8\r\n\
         {header}: Signature {signature}\r\nX-MS-Certificate-Url: {base}/emulator/certificates/notifications.cer\r\n\
         X-MS-Signature-Algorithm: rsa-sha256\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let mut stream = TcpStream::connect(address).await.ok()?;
    stream.write_all(request.as_bytes()).await.ok()?;
    // The status line is all that counts.
    let mut answer = Vec::new();
    let mut piece = [0; 256];
    while !answer.contains(&b'\n') && answer.len() < 4096 {
        let read = stream.read(&mut piece).await.ok().filter(|read| *read > 0)?;
        answer.extend_from_slice(&piece[..read]);
    }
    String::from_utf8_lossy(&answer).split(' ').nth(1)?.get(..3)?.parse().ok()
}
