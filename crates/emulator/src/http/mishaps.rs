//! What a fault makes of a request and of its answer.
//!
//! Knows what each fault does; never when it strikes.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::auth::{self, Auth};
use super::call::{Body, Call, Reply};
use super::faults::{Fault, Strike};
use super::{Site, graph, partner_center};
use crate::ids::TenantId;
use crate::ledger::mishaps::Mishap;
use crate::ledger::tenant::Tenant;
use crate::ledger::webhooks::Fate;
use crate::ledger::{ChangeRefusal, Ledger, Refusal};

/// What leaves for the caller.
#[derive(Debug)]
pub(super) enum Sent {
    Reply(Reply),
    /// Nothing: the connection is closed.
    Silence,
}

/// The answer to a request that is not processed because of `strike`; `None` where it is processed.
pub(super) fn instead(site: Site, strike: Strike, ledger: &Ledger) -> Option<Sent> {
    let reply = match strike.fault {
        Fault::LostBefore => return Some(Sent::Silence),
        Fault::Unavailable => Reply::empty(503),
        Fault::Throttled | Fault::ThrottledSilently => {
            let reply = match site {
                Site::Graph => graph::throttled(strike.amount, ledger),
                _ => partner_center::throttled(strike.amount),
            };
            Reply { retry_after: reply.retry_after.filter(|_| strike.fault == Fault::Throttled), ..reply }
        }
        Fault::ServerError => server_error(site),
        Fault::GatewayPage => page(502, "502 Bad Gateway"),
        Fault::GatewayForbidden => page(403, "403 Forbidden"),
        Fault::GatewayNotFound => page(404, "404 Not Found"),
        Fault::TokenExpired => match site {
            Site::Graph => graph::expired(),
            _ => partner_center::expired(ledger),
        },
        Fault::SignInRefused => auth::expired(ledger.now()),
        Fault::CartBusy => partner_center::faults::of(&Refusal::CartBusy, &[], ledger),
        Fault::OperationPending => partner_center::faults::of(&ChangeRefusal::OperationPending.into(), &[], ledger),
        _ => return None,
    };
    Some(Sent::Reply(reply))
}

/// What becomes of the answer to a request that was processed.
pub(super) fn afterwards(site: Site, strike: Strike, reply: Reply) -> Sent {
    Sent::Reply(match strike.fault {
        Fault::LostAfter => return Sent::Silence,
        Fault::ServerErrorAfter => server_error(site),
        Fault::GatewayTimeout => page(504, "504 Gateway Time-out"),
        Fault::HtmlInstead => page(200, "Please wait"),
        Fault::Truncated => truncated(reply),
        _ => reply,
    })
}

/// What becomes of something that the webhook is to be told.
pub(super) fn of_notice(strike: Strike) -> Fate {
    match strike.fault {
        Fault::WebhookLost => Fate::Lost,
        Fault::WebhookTwice => Fate::Twice,
        Fault::WebhookOutOfOrder => Fate::Later(strike.amount),
        Fault::WebhookLate => Fate::Later(strike.amount.saturating_mul(60)),
        _ => Fate::Sent,
    }
}

/// How long the answer is held back, in real time.
pub(super) fn delay(strike: Strike) -> Duration {
    match strike.fault {
        Fault::Delayed => Duration::from_secs(u64::from(strike.amount)),
        _ => Duration::ZERO,
    }
}

fn server_error(site: Site) -> Reply {
    match site {
        Site::Graph => graph::server_error(),
        _ => partner_center::server_error(),
    }
}

fn page(status: u16, title: &str) -> Reply {
    Reply::text(status, "text/html", format!("<html><body><h1>{title}</h1></body></html>"))
}

fn truncated(reply: Reply) -> Reply {
    match reply.body {
        Body::Json(value) => {
            let text = value.to_string();
            let half: String = text.chars().take(text.chars().count() / 2).collect();
            Reply { body: Body::Text("application/json; charset=utf-8", half), ..reply }
        }
        body => Reply { body, ..reply },
    }
}

/// What customers looked like before the latest writes, for reads that lag.
#[derive(Debug, Default)]
pub(super) struct Past(BTreeMap<TenantId, VecDeque<(Timestamp, Tenant)>>);

impl Past {
    /// Takes a likeness before a write, as long as reads may lag by `longest` minutes.
    pub(super) fn remember(&mut self, tenant: TenantId, longest: Option<u32>, ledger: &Ledger) {
        let Some(longest) = longest else {
            self.0.clear();
            return;
        };
        let Some(likeness) = ledger.likeness(tenant) else { return };
        let kept = self.0.entry(tenant).or_default();
        let oldest = before(ledger.now(), longest);
        while kept.front().is_some_and(|(at, _)| *at < oldest) {
            kept.pop_front();
        }
        kept.push_back((ledger.now(), likeness));
    }

    /// The customer as it was `minutes` ago, where it was written to since.
    fn then(&self, tenant: TenantId, minutes: u32, now: Timestamp) -> Option<Tenant> {
        let since = before(now, minutes);
        self.0.get(&tenant)?.iter().find(|(at, _)| *at > since).map(|(_, then)| then.clone())
    }
}

/// Processes a request while `strike` is at work inside the service.
pub(super) fn process(
    strike: Option<Strike>,
    tenant: Option<TenantId>,
    past: &Past,
    call: &Call,
    ledger: &mut Ledger,
    answer: impl FnOnce(&mut Ledger) -> Reply,
) -> Reply {
    let Some(strike) = strike else { return answer(ledger) };
    let mut mishap = Mishap::default();
    match strike.fault {
        Fault::CartVanishes => {
            let cart = call.segments.get(4).and_then(|id| id.parse().ok());
            if let (Some(tenant), Some(cart)) = (tenant, cart) {
                ledger.lose_cart(tenant, cart);
            }
        }
        Fault::CatalogueRotates => ledger.rotate_catalogue(),
        Fault::PartialCheckout => mishap.last_group_fails = true,
        Fault::ProvisioningStuck => mishap.stuck_hours = strike.amount,
        Fault::ProvisioningFailed => mishap.failed_hours = strike.amount,
        Fault::OrderInProgress => {
            let reply = answer(ledger);
            // What was refused has no order in progress.
            let bought =
                matches!(&reply.body, Body::Json(body) if body["orders"].as_array().is_some_and(|all| !all.is_empty()));
            return if bought { partner_center::faults::of(&Refusal::OrderInProgress, &[], ledger) } else { reply };
        }
        Fault::ReadsLag => {
            if let Some(then) = tenant.and_then(|tenant| past.then(tenant, strike.amount, ledger.now())) {
                return ledger.looking_back(then, answer);
            }
        }
        _ => {}
    }
    ledger.during(mishap, answer)
}

/// The customer that a request is about.
pub(super) fn customer(site: Site, call: &Call, ledger: &Ledger, auth: Auth) -> Option<TenantId> {
    match site {
        Site::PartnerCenter => match call.route(1).as_slice() {
            [customers, id, ..] if customers == "customers" => id.parse().ok(),
            _ => None,
        },
        Site::Graph => auth::graph(call, ledger, auth).ok(),
        Site::SignIn | Site::Control | Site::Nowhere => None,
    }
}

fn before(now: Timestamp, minutes: u32) -> Timestamp {
    now.checked_sub(SignedDuration::from_mins(i64::from(minutes))).unwrap_or(Timestamp::MIN)
}
