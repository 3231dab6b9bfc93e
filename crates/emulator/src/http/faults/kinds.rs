//! Every fault there is, by name: what it does, which requests it can befall, and what can be set about it.
//!
//! A table and nothing else; the emulator's README shows the same one, and a test compares them.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// One way in which a request or the service behind it misbehaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Fault {
    /// Never processed; the connection is closed.
    LostBefore,
    /// Processed; the connection is closed instead of an answer.
    LostAfter,
    /// Processed; the answer comes late.
    Delayed,
    /// Turned away with 429 and a `Retry-After`, in the shape of the service (fact sheet 6.1, C and F).
    Throttled,
    /// Turned away with 429 and no `Retry-After`.
    ThrottledSilently,
    /// Never processed; 503 without a body.
    Unavailable,
    /// Never processed; 500 in the service's shape.
    ServerError,
    /// Processed; 500 in the service's shape all the same.
    ServerErrorAfter,
    /// Never processed; a gateway's 502 page.
    GatewayPage,
    /// Never processed; a gateway's 403 page, which says nothing about the service.
    GatewayForbidden,
    /// Never processed; a gateway's 404 page, which says nothing about the service.
    GatewayNotFound,
    /// Processed; a gateway's 504 page.
    GatewayTimeout,
    /// Processed; 200 with a page of HTML instead of the answer.
    HtmlInstead,
    /// Processed; the JSON of the answer breaks off in the middle.
    Truncated,
    /// Never processed; 401 as if the token had become too old.
    TokenExpired,
    /// Sign-in refuses the refresh token as too old.
    SignInRefused,
    /// The cart is gone, ordered or not; what was ordered stays ordered.
    CartVanishes,
    /// Every availability id changes; those that were read before are stale.
    CatalogueRotates,
    /// The last group of the cart is not ordered, all others are.
    PartialCheckout,
    /// What the checkout orders stays pending for hours.
    ProvisioningStuck,
    /// Never processed; the cart is called busy with another request.
    CartBusy,
    /// Processed; all that is told is that an order is in progress.
    OrderInProgress,
    /// What the checkout orders is called failed for hours, and comes then.
    ProvisioningFailed,
    /// Never processed; another operation on the subscription is called pending.
    OperationPending,
    /// A read shows the customer as it was before the latest writes.
    ReadsLag,
    /// The webhook is never told.
    WebhookLost,
    /// The webhook is told twice.
    WebhookTwice,
    /// The webhook is told after what happened later.
    WebhookOutOfOrder,
    /// The webhook is told as late as it may be.
    WebhookLate,
}

/// Which requests a fault can befall.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reach {
    /// Partner Center and Graph; sign-in where a rule's path says so.
    Any,
    SignIn,
    Reads,
    /// A path below a cart.
    Carts,
    /// Making a cart, and checking one out.
    CartsAndCheckouts,
    Checkouts,
    /// Changing a subscription.
    Changes,
    /// What the partner's webhook is told; paths are those of what changed.
    Notices,
}

/// The method under which a notice of the webhook is taken for a request.
pub(super) const NOTICE: &str = "NOTICE";

/// What the number of a fault counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    /// Of real time.
    Seconds,
    /// Of virtual time.
    Minutes,
    /// Of virtual time.
    Hours,
}

/// A row of the table.
#[derive(Debug)]
pub(super) struct Kind {
    pub(super) fault: Fault,
    pub(super) name: &'static str,
    pub(super) reach: Reach,
    /// What can be set, and what it is otherwise.
    pub(super) amount: Option<(Unit, u32)>,
    pub(super) what: &'static str,
}

const fn kind(fault: Fault, name: &'static str, reach: Reach, amount: Option<(Unit, u32)>, what: &'static str) -> Kind {
    Kind { fault, name, reach, amount, what }
}

/// Every fault, in the order of [`Fault`].
#[rustfmt::skip]
pub(super) static KINDS: [Kind; 29] = [
    kind(Fault::LostBefore, "lost_before", Reach::Any, None, "not processed; the connection is closed"),
    kind(Fault::LostAfter, "lost_after", Reach::Any, None, "processed; the connection is closed instead of an answer"),
    kind(Fault::Delayed, "delayed", Reach::Any, Some((Unit::Seconds, 5)), "processed at once; the answer comes so many real seconds later"),
    kind(Fault::Throttled, "throttled", Reach::Any, Some((Unit::Seconds, 2)), "not processed; 429 with Retry-After, whole seconds in Partner Center, a fraction in Graph"),
    kind(Fault::ThrottledSilently, "throttled_silently", Reach::Any, None, "not processed; 429 without Retry-After"),
    kind(Fault::Unavailable, "unavailable", Reach::Any, None, "not processed; 503 without a body"),
    kind(Fault::ServerError, "server_error", Reach::Any, None, "not processed; 500 with a body in the service's shape"),
    kind(Fault::ServerErrorAfter, "server_error_after", Reach::Any, None, "processed; 500 all the same"),
    kind(Fault::GatewayPage, "gateway_page", Reach::Any, None, "not processed; 502 with a page of HTML"),
    kind(Fault::GatewayForbidden, "gateway_forbidden", Reach::Any, None, "not processed; 403 with a page of HTML"),
    kind(Fault::GatewayNotFound, "gateway_not_found", Reach::Any, None, "not processed; 404 with a page of HTML"),
    kind(Fault::GatewayTimeout, "gateway_timeout", Reach::Any, None, "processed; 504 with a page of HTML"),
    kind(Fault::HtmlInstead, "html_instead", Reach::Any, None, "processed; 200 with a page of HTML"),
    kind(Fault::Truncated, "truncated", Reach::Any, None, "processed; the JSON breaks off in the middle"),
    kind(Fault::TokenExpired, "token_expired", Reach::Any, None, "not processed; 401 as if the token were too old"),
    kind(Fault::SignInRefused, "sign_in_refused", Reach::SignIn, None, "sign-in answers invalid_grant (AADSTS700082)"),
    kind(Fault::CartVanishes, "cart_vanishes", Reach::Carts, None, "the cart is gone (404, 800008), ordered or not; an order stays"),
    kind(Fault::CatalogueRotates, "catalogue_rotates", Reach::CartsAndCheckouts, None, "all availability ids change just before; those read earlier are stale"),
    kind(Fault::PartialCheckout, "partial_checkout", Reach::Checkouts, None, "the last order group fails (800010), the others are bought"),
    kind(Fault::ProvisioningStuck, "provisioning_stuck", Reach::Checkouts, Some((Unit::Hours, 6)), "what is bought stays pending so many virtual hours longer"),
    kind(Fault::CartBusy, "cart_busy", Reach::Checkouts, None, "not processed; 409 (800064), as if another request were busy with the cart"),
    kind(Fault::OrderInProgress, "order_in_progress", Reach::Checkouts, None, "bought; 409 (800060), and the order shows in the history"),
    kind(Fault::ProvisioningFailed, "provisioning_failed", Reach::Checkouts, Some((Unit::Hours, 6)), "what is bought is called failed for so many virtual hours, and comes then"),
    kind(Fault::OperationPending, "operation_pending", Reach::Changes, None, "not processed; 409 (900278), as if another operation on the subscription were pending"),
    kind(Fault::ReadsLag, "reads_lag", Reach::Reads, Some((Unit::Minutes, 15)), "the read shows the customer without the writes of so many virtual minutes"),
    kind(Fault::WebhookLost, "webhook_lost", Reach::Notices, None, "the webhook is never told"),
    kind(Fault::WebhookTwice, "webhook_twice", Reach::Notices, None, "the webhook is told twice"),
    kind(Fault::WebhookOutOfOrder, "webhook_out_of_order", Reach::Notices, Some((Unit::Minutes, 60)), "the webhook is told so many virtual minutes later, after what happens until then"),
    kind(Fault::WebhookLate, "webhook_late", Reach::Notices, Some((Unit::Hours, 48)), "the webhook is told so many virtual hours later"),
];

impl Fault {
    /// Every fault, in the order of the table.
    pub fn all() -> impl Iterator<Item = Fault> {
        KINDS.iter().map(|kind| kind.fault)
    }

    /// Its name in JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.kind().name
    }

    pub(super) fn kind(self) -> &'static Kind {
        &KINDS[self as usize]
    }
}

/// No fault of that name.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("there is no fault {0:?}; there are {list}", list = names())]
pub struct UnknownFault(String);

fn names() -> String {
    KINDS.iter().map(|kind| kind.name).collect::<Vec<_>>().join(", ")
}

impl FromStr for Fault {
    type Err = UnknownFault;

    fn from_str(name: &str) -> Result<Fault, UnknownFault> {
        KINDS.iter().find(|kind| kind.name == name).map(|kind| kind.fault).ok_or_else(|| UnknownFault(name.to_owned()))
    }
}

impl TryFrom<String> for Fault {
    type Error = UnknownFault;

    fn try_from(name: String) -> Result<Fault, UnknownFault> {
        name.parse()
    }
}

impl From<Fault> for String {
    fn from(fault: Fault) -> String {
        fault.name().to_owned()
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Unit {
    pub(super) fn word(self) -> &'static str {
        match self {
            Unit::Seconds => "seconds",
            Unit::Minutes => "minutes",
            Unit::Hours => "hours",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_stands_in_the_order_of_the_faults() {
        for (at, kind) in KINDS.iter().enumerate() {
            assert_eq!((kind.fault as usize, kind.name.parse()), (at, Ok(kind.fault)));
        }
    }

    #[test]
    fn the_readme_lists_every_fault_in_the_same_words() {
        let readme = include_str!("../../../README.md");
        for kind in &KINDS {
            let amount = kind.amount.map_or_else(String::new, |(unit, usual)| format!("`{}` ({usual})", unit.word()));
            let row = format!("| `{}` | {} | {amount} |", kind.name, kind.what);
            assert!(readme.contains(&row), "the table of faults lacks\n{row}");
        }
    }
}
