//! Receives what Partner Center posts, and has the customer's migration looked at. A notice decides nothing: a read does.
//! Lost, doubled and late ones are harmless, because everything is looked at in time anyway.

use crate::failure::Failure;
use crate::output;
use crate::wiring::Office;
use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use carryover_domain::ids::RequestId;
use carryover_engine::{Desk, Nudge};
use carryover_partner_center::notices::NOTICE_BYTES_MAX;
use carryover_partner_center::{Notice, NoticeRefusal, Notices, PartnerCenter};
use carryover_ports::{Outcome, Registration, Webhooks};
use std::collections::{BTreeSet, VecDeque};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::net::TcpListener;
use url::Url;
use uuid::Uuid;

/// Events after which something that we wait for may be there (fact sheet 20.4).
const WANTED: [&str; 9] = [
    "test-created",
    "subscription-updated",
    "reseller-relationship-accepted-by-customer",
    "granular-admin-relationship-approved",
    "granular-admin-relationship-activated",
    "granular-admin-relationship-terminated",
    "granular-admin-relationship-expired",
    "dap-admin-relationship-approved",
    "dap-admin-relationship-terminated",
];

/// Notices that are remembered, so that a repeat is told from news.
const REMEMBERED_MAX: usize = 1_000;

/// Who listens for notices.
pub(crate) struct Receiver {
    listener: TcpListener,
    ear: Arc<Ear>,
}

struct Ear {
    desk: Desk,
    adapter: PartnerCenter,
    notices: Notices,
    heard: Mutex<Heard>,
}

/// The last notices.
#[derive(Default)]
struct Heard {
    known: BTreeSet<Notice>,
    order: VecDeque<Notice>,
}

impl Heard {
    /// Whether `notice` is not a repeat.
    fn is_news(&mut self, notice: &Notice) -> bool {
        if !self.known.insert(notice.clone()) {
            return false;
        }
        self.order.push_back(notice.clone());
        if self.order.len() > REMEMBERED_MAX
            && let Some(oldest) = self.order.pop_front()
        {
            self.known.remove(&oldest);
        }
        true
    }

    fn forget(&mut self, notice: &Notice) {
        self.known.remove(notice);
        self.order.retain(|known| known != notice);
    }
}

impl Receiver {
    /// Listens at `address`, and has Partner Center post to the address that the settings name, where they name one.
    pub(crate) async fn open(office: &Office, adapter: &PartnerCenter, address: SocketAddr) -> Result<Self, Failure> {
        let settings = &office.settings.webhooks;
        let notices = Notices::try_new(settings.trust(&office.settings)?, office.clock.clock())
            .map_err(|error| Failure::failed(format!("the HTTP client cannot be set up: {error}")))?;
        let cannot = |error: std::io::Error| Failure::failed(format!("{address} cannot be listened on: {error}"));
        let listener = TcpListener::bind(address).await.map_err(cannot)?;
        let ear = Ear { desk: office.desk.clone(), adapter: adapter.clone(), notices, heard: Mutex::default() };
        let receiver = Self { listener, ear: Arc::new(ear) };
        if let Some(url) = &settings.url {
            register(adapter, url).await?;
        }
        let at = receiver.listener.local_addr().map_err(cannot)?;
        output::aside(&format!("listening for notices of Partner Center on http://{at}"));
        Ok(receiver)
    }

    /// Takes notices until it is dropped.
    pub(crate) async fn serve(self) -> Result<(), Failure> {
        let app =
            Router::new().fallback(post(hear)).layer(DefaultBodyLimit::max(NOTICE_BYTES_MAX)).with_state(self.ear);
        axum::serve(self.listener, app)
            .await
            .map_err(|error| Failure::failed(format!("notices cannot be received any more: {error}")))
    }
}

/// Answers one post. What is not believed is refused; what could not be checked or kept, or comes during a turn, is to be sent
/// again.
async fn hear(State(ear): State<Arc<Ear>>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let notice = match ear.notices.read(&headers, &body).await {
        Ok(notice) => notice,
        Err(NoticeRefusal::Unfetched(_)) => return StatusCode::SERVICE_UNAVAILABLE,
        Err(NoticeRefusal::Unreadable) => return StatusCode::BAD_REQUEST,
        Err(_) => return StatusCode::UNAUTHORIZED,
    };
    let heard = || ear.heard.lock().unwrap_or_else(PoisonError::into_inner);
    if !heard().is_news(&notice) {
        return StatusCode::OK;
    }
    ear.adapter.heard(&notice).await;
    let Some(customer) = notice.customer else { return StatusCode::OK };
    match ear.desk.nudge(customer).await {
        Ok(Nudge::Due | Nudge::NobodyWaits) => StatusCode::OK,
        // The turn under way may have read before the change. The service tries ten times, minutes to hours apart (fact sheet 20.2).
        Ok(Nudge::UnderWay) | Err(_) => {
            heard().forget(&notice);
            StatusCode::SERVICE_UNAVAILABLE
        }
    }
}

/// Registers `url` for those of the wanted events that there are.
async fn register(adapter: &PartnerCenter, url: &Url) -> Result<(), Failure> {
    let names = adapter.event_names().await.map_err(|why| Failure::failed(format!("webhooks: {why}")))?.value;
    let events = names.into_iter().filter(|name| WANTED.contains(&name.as_str())).collect();
    let want = Registration { url: url.clone(), events };
    let refused = |why: String| Failure::failed(format!("{url} cannot be registered for notices: {why}"));
    match adapter.register(RequestId::new(Uuid::now_v7()), &want).await {
        Outcome::Done(()) => Ok(()),
        Outcome::Refused(refusal) => Err(refused(refusal.to_string())),
        Outcome::NotSent(fault) | Outcome::InDoubt(fault) => Err(refused(fault.to_string())),
        Outcome::Throttled { retry_after } => {
            Err(refused(format!("the service asks to wait for {} s", retry_after.as_secs())))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn notice(changed: usize) -> Notice {
        let (event, resource) = ("subscription-updated".to_owned(), String::new());
        Notice { event, customer: None, resource, changed: changed.to_string() }
    }

    #[test]
    fn a_repeat_is_told_from_news_as_long_as_it_is_remembered_and_forgotten_what_could_not_be_kept() {
        let mut heard = Heard::default();
        assert!(heard.is_news(&notice(0)));
        assert!(!heard.is_news(&notice(0)));
        heard.forget(&notice(0));
        assert!(heard.is_news(&notice(0)));
        for number in 1..=REMEMBERED_MAX {
            assert!(heard.is_news(&notice(number)));
        }
        assert!(heard.is_news(&notice(0)), "the oldest one is forgotten");
        assert_eq!(heard.known.len(), REMEMBERED_MAX);
    }
}
