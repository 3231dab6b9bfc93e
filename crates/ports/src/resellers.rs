//! Selling with others (fact sheet 10): who resells for an indirect provider, and whom a purchase may name. Reads only.

use crate::{Read, Refusal};
use async_trait::async_trait;
use carryover_domain::ids::TenantId;
use std::collections::{BTreeMap, BTreeSet};

/// What the partners that are asked for are to us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tie {
    /// They resell what we provide: we are an indirect provider.
    Resellers,
    /// They provide what we resell: we cannot order ourselves (rule R90).
    Providers,
}

/// A partner that is tied to us, or to one of our customers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TiedPartner {
    /// Its tenant.
    pub tenant: TenantId,
    /// Its name, for people.
    pub name: String,
    /// Its partner id, as a purchase names it; none where the service does not say.
    pub partner_id: Option<String>,
    /// Whether the tie is in force.
    pub active: bool,
}

/// The indirect model. A direct-bill partner has no ties, and names nobody on a purchase.
#[cfg_attr(feature = "mock", mockall::automock)]
#[async_trait]
pub trait Resellers: Send + Sync {
    /// All partners that are tied to us in that way.
    async fn tied(&self, as_what: Tie) -> Read<Vec<TiedPartner>>;

    /// The resellers that `customer` is tied to.
    async fn resellers_of(&self, customer: TenantId) -> Read<Vec<TiedPartner>>;

    /// The name of the partner with the partner id `id`, our own where none is given; none when nobody has it.
    async fn partner_name<'a>(&self, id: Option<&'a str>) -> Read<Option<String>>;

    /// Whether the partner with the tenant `partner` has accepted the Microsoft Partner Agreement, without which nothing is sold
    /// through it (code 900123). A tenant that is no partner is [`Unreadable`](crate::Unavailable::Unreadable).
    async fn has_agreed(&self, partner: TenantId) -> Read<bool>;

    /// Why each of `ids` may not stand on a purchase; none where it may. One that the answer leaves out is not known to.
    /// Whoever asks about nobody is told nothing, and the service is not asked.
    async fn on_record(&self, ids: &BTreeSet<String>) -> Read<BTreeMap<String, Option<Refusal>>>;
}
