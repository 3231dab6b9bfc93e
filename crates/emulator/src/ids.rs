//! Identifiers, one type each, so that a user can never be looked up as a subscription.
//!
//! Every one is a GUID; parsing ignores case, printing is lower case.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
        )]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<$name, uuid::Error> {
                Uuid::parse_str(text).map($name)
            }
        }
    };
}

id! {
    /// A tenant: the partner's, a customer's, or another partner's.
    TenantId
}
id! {
    /// Entra's id of a product (`skuId`); users are assigned to it, subscriptions feed its pool.
    SkuId
}
id! {
    /// A subscription in the commerce system, whatever channel sold it.
    SubscriptionId
}
id! {
    /// A user of a customer's tenant.
    UserId
}
id! {
    /// A shopping cart.
    CartId
}
id! {
    /// A service plan: one capability inside a product.
    PlanId
}
id! {
    /// A security group that hands licences to its members.
    GroupId
}

/// An order: twelve hexadecimal digits in new commerce (fact sheet 14).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct OrderId(pub String);

impl fmt::Display for OrderId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
