//! Selling: standing, catalogue, carts, orders, our own subscriptions.

use crate::{Outcome, Read};
use async_trait::async_trait;
use carryover_domain::facts::{Cart, CartRequest, Delivery, Hope, OwnSubscription, Purchase, Standing};
use carryover_domain::ids::{CartId, Mark, PartnerId, RequestId, SkuId, SubscriptionId, TenantId};
use carryover_domain::offer::{Offer, OfferId};
use carryover_domain::value::Country;
use jiff::Timestamp;
use std::collections::BTreeSet;

/// Partner Center, as far as selling goes.
#[cfg_attr(feature = "mock", mockall::automock)]
#[async_trait]
pub trait Commerce: Send + Sync {
    /// Whether we may sell to `customer`: relationship and agreement. A customer that Partner Center does not know is
    /// an answer (`Relationship::None`), not a failure. The relationship is read; an agreement that was seen may be
    /// remembered, because nobody takes one back and the service refuses a purchase without it.
    async fn standing(&self, customer: TenantId) -> Read<Standing>;

    /// The same for a customer that was invited and has not accepted, as far as was known: one read may answer for all who
    /// wait, and a customer that it does not show yet has [`Relationship::None`](carryover_domain::facts::Relationship::None).
    async fn standing_of_invited(&self, customer: TenantId) -> Read<Standing>;

    /// The invitation link: the same for every customer, without an expiry, so it may be remembered. A person sends it (fact
    /// sheet 9.5). With a `reseller`, of an indirect provider, whoever accepts it is tied to that reseller as well; one that is not
    /// tied to us itself has no link, which is [`Unreadable`](crate::Unavailable::Unreadable).
    async fn invitation_link<'a>(&self, reseller: Option<&'a PartnerId>) -> Read<String>;

    /// Makes a cart of one line for `want`, whose mark becomes the line's friendly name. No money moves.
    ///
    /// Reads the perishable availability right before. Repeating makes another cart, or the same one where the service
    /// remembers `key`; an unused cart expires without harm. A line error inside a success is [`Outcome::Refused`]; so is
    /// an offer that is not for sale, which may be found out before anything is sent.
    /// Gives up after the client's deadline and then reports [`Outcome::InDoubt`].
    async fn create_cart(&self, key: RequestId, customer: TenantId, want: &CartRequest) -> Outcome<Cart>;

    /// Submits `cart`, which turns it into an order. Money moves here.
    ///
    /// Safe to repeat with the same `cart`: the service accepts a cart once. A repeat after the first succeeded answers
    /// [`Outcome::Done`] with the original purchase, found by `mark`, or [`Outcome::InDoubt`] while reads do not show it
    /// yet; never a second purchase. A cart that is unknown or expired is `Refused(CartGone)`. "In progress, look later"
    /// (800060, 800064), 5xx, 408 and no answer are [`Outcome::InDoubt`]. An order group that failed inside a success is
    /// `Refused`. `key` goes out as the request id: the same value after no answer, a new one after any answer.
    /// Gives up waiting after the client's deadline and then reports `InDoubt`, never `NotSent`; that is for what provably
    /// never left, such as a refused connection.
    async fn check_out(&self, key: RequestId, customer: TenantId, cart: &CartId, mark: &Mark) -> Outcome<Purchase>;

    /// Order lines of `customer` that carry `mark`; renewals and billing runs left out. Orders older than `since` may be
    /// left out, but need not be: clocks differ, and the mark alone tells. May lag by 15 minutes or more (fact sheet 14),
    /// so an empty answer proves nothing by itself.
    async fn orders_marked(&self, customer: TenantId, mark: &Mark, since: Timestamp) -> Read<Vec<Purchase>>;

    /// All that we have sold `customer`, licences only, legacy ones too, in every state.
    async fn own_subscriptions(&self, customer: TenantId) -> Read<Vec<OwnSubscription>>;

    /// Our subscription `id`, once it is provisioned; none while it is not, or the service does not know it yet.
    async fn delivery(&self, customer: TenantId, id: &SubscriptionId) -> Read<Option<Delivery>>;
}

/// Whose catalogue is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Market {
    /// The partner's view of a country: readable without a relationship.
    Country(Country),
    /// What a country has for non-profit organisations, which its own view leaves out (fact sheet 12.1).
    Nonprofit(Country),
    /// The customer's own view: its market and qualifications decide.
    Customer(TenantId),
}

/// What is for sale.
#[cfg_attr(feature = "mock", mockall::automock)]
#[async_trait]
pub trait Catalogue: Send + Sync {
    /// Licence-based, non-trial offers of `market` that provision one of `skus` or are one of `items`.
    /// May be cached for hours, for a cart is made upon a fresh availability anyway; not where prices are told, which are bought
    /// upon only as fresh as everything else (rule R127).
    async fn offers(&self, market: Market, skus: &BTreeSet<SkuId>, items: &BTreeSet<OfferId>) -> Read<Vec<Offer>>;

    /// The promotions that `customer` would get for each of `hopes` now, by their ids. May be remembered for a minute.
    async fn promotions_for(&self, customer: TenantId, hopes: &[Hope]) -> Read<Vec<BTreeSet<String>>>;
}
