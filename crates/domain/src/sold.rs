//! Subscriptions that we have sold, as Partner Center shows them, and the changes it takes (fact sheet 15). Values only.

use crate::ids::{OrderId, SubscriptionId};
use crate::offer::OfferId;
use crate::time::{Billing, Term};
use crate::value::Seats;
use jiff::Timestamp;
use jiff::civil::Date;

/// One subscription that we have sold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sold {
    /// The subscription.
    pub id: SubscriptionId,
    /// What it is of.
    pub product: SoldProduct,
    /// Its name, which carries our mark where we bought it.
    pub name: Option<String>,
    /// Licences.
    pub seats: u32,
    /// Where it is in its life.
    pub status: SoldStatus,
    /// Its committed term.
    pub term: Option<Term>,
    /// How often it is invoiced.
    pub billing: Option<Billing>,
    /// The start of its current term.
    pub starts: Option<Timestamp>,
    /// The last day of its current term; none without an end.
    pub last_day: Option<Date>,
    /// What follows the end, as far as the service says it.
    pub at_end: Option<EndOfTerm>,
    /// What the next term is to be; none where it is to be as this one.
    pub next_term: Option<NextTerm>,
    /// Until when it can be cancelled for money; none when it cannot.
    pub cancellable_until: Option<Timestamp>,
    /// Seats that can still be given back, with the instant until when.
    pub removable: Vec<(u32, Timestamp)>,
    /// The order that made it.
    pub order: Option<OrderId>,
    /// The subscription that it is an add-on of.
    pub base: Option<SubscriptionId>,
    /// The legacy subscription that was migrated into it.
    pub migrated_from: Option<SubscriptionId>,
    /// Whether it is a trial.
    pub trial: bool,
}

/// Which generation of the catalogue a subscription is of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SoldProduct {
    /// New commerce.
    NewCommerce(OfferId),
    /// The old catalogue, by the offer's id.
    Legacy(String),
}

/// Where a sold subscription is in its life (fact sheet 15.7).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SoldStatus {
    /// Serving.
    Active,
    /// Not there yet.
    Pending,
    /// Halted by us: nobody is served, and it is invoiced.
    Suspended,
    /// Over, in grace.
    Expired,
    /// Over, data kept.
    Disabled,
    /// Gone.
    Deleted,
    /// A word not known yet, kept for people.
    Other(String),
}

/// What follows the end of a term (fact sheet 15.6).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EndOfTerm {
    /// Another term.
    Renew,
    /// Nothing: users lose access at the end.
    Cancel,
    /// It goes on by the month, dearer, until somebody cancels.
    Extend,
}

/// What the next term is to be (fact sheet 15.5).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NextTerm {
    /// The catalogue item.
    pub offer: OfferId,
    /// Its term.
    pub term: Term,
    /// How often it is invoiced.
    pub billing: Billing,
    /// Licences.
    pub seats: Seats,
}

/// One change of a sold subscription. Every value is absolute, so that a repeat changes nothing more (fact sheet 8.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SoldChange {
    /// So many licences from now on. More are invoiced at once; fewer only within the window of the seats.
    Seats(Seats),
    /// What follows the end.
    AtEnd(EndOfTerm),
    /// What the next term is to be. The subscription renews then.
    NextTerm(NextTerm),
    /// The next term is to be as this one.
    SameAgain,
    /// It ends now, within its window, and money comes back.
    Cancel,
}
