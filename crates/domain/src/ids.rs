//! Identifiers, one type per thing, so that two of them can never be mixed up.
//!
//! Makes no random id: ids are parsed, handed in, or derived from other ids.

use std::fmt;
use uuid::Uuid;

/// Text that was meant to be an id and is not.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not {expected}")]
pub struct InvalidId {
    /// What was given.
    pub text: String,
    /// What would have been right, for example "a GUID such as …".
    pub expected: &'static str,
}

macro_rules! guid_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash)]
        pub struct $name(Uuid);

        impl Ord for $name {
            /// The order of its text, and of its bytes: compared as one number, for whatever is looked up is looked up by ids.
            fn cmp(&self, other: &Self) -> std::cmp::Ordering {
                self.0.as_u128().cmp(&other.0.as_u128())
            }
        }

        impl PartialOrd for $name {
            fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
                Some(self.cmp(other))
            }
        }

        impl $name {
            /// Wraps a GUID that is known to be of this kind.
            pub const fn new(value: Uuid) -> Self {
                Self(value)
            }
            /// The GUID itself.
            pub const fn as_uuid(&self) -> Uuid {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.0)
            }
        }

        impl std::str::FromStr for $name {
            type Err = InvalidId;
            /// Takes any spelling of a GUID: services answer in upper, lower and mixed case (fact sheet 3.3).
            fn from_str(text: &str) -> Result<Self, InvalidId> {
                Uuid::try_parse(text.trim()).map(Self).map_err(|_| InvalidId {
                    text: text.to_owned(),
                    expected: "a GUID such as 3b555118-da6a-4418-894f-7df1e2096870",
                })
            }
        }
    };
}

guid_id! {
    /// A customer's Entra tenant, which is also its Partner Center customer id.
    TenantId
}
guid_id! {
    /// One customer tenant's move into CSP.
    MigrationId
}
guid_id! {
    /// One source subscription in a migration.
    LineId
}
guid_id! {
    /// One immutable plan of a migration.
    PlanId
}
guid_id! {
    /// One act that must happen once.
    IntentId
}
guid_id! {
    /// A person's account in a customer tenant. Never a name.
    UserId
}
guid_id! {
    /// An Entra licence SKU (`skuId` in Microsoft Graph, `provisioningId` in the CSP catalogue; rule R91).
    SkuId
}
guid_id! {
    /// A service plan inside a licence SKU.
    ServicePlanId
}
guid_id! {
    /// What one write is known by: the `MS-RequestId` of Partner Center, the same after no answer and a new one after any (fact sheet
    /// 8.1), and the `client-request-id` of Graph, where it is for tracing alone (fact sheet 21.1).
    RequestId
}

/// Namespace of the ids that are derived from other ids.
const DERIVED: Uuid = Uuid::from_u128(0x6361_7272_796f_7665_7200_0000_0000_0001);

impl MigrationId {
    /// The migration of `tenant`: importing the same customer twice meets the same migration.
    pub fn of(tenant: TenantId) -> Self {
        Self(Uuid::new_v5(&DERIVED, tenant.0.as_bytes()))
    }
}

impl LineId {
    /// The line of `tenant` that `key` tells apart from its other lines.
    pub fn of(tenant: TenantId, key: &str) -> Self {
        Self(Uuid::new_v5(&tenant.0, key.as_bytes()))
    }

    /// The line of the second licence that is bought beside what takes the place of `line`.
    pub(crate) fn beside(line: Self) -> Self {
        Self(Uuid::new_v5(&line.0, b"companion"))
    }
}

impl RequestId {
    /// The request id of the `attempt`-th answered try of the act `name` under `intent`.
    pub fn of(intent: IntentId, name: &str, attempt: u32) -> Self {
        Self(Uuid::new_v5(&intent.0, format!("{name}/{attempt}").as_bytes()))
    }

    /// The request id of the change of `user`'s licence for `line`, however often it is sent.
    pub fn of_change(line: LineId, user: UserId) -> Self {
        Self(Uuid::new_v5(&line.0, format!("change/{user}").as_bytes()))
    }

    /// The correlation id that goes with it: one for each operation, however often it is sent (fact sheet 3.1), so that whoever
    /// asks the service's support about an event can name it.
    pub fn correlation(self) -> Uuid {
        Uuid::new_v5(&self.0, b"correlation")
    }
}

macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(String);

        impl $name {
            /// Trims `text` and lowers its case, because services do not keep case stable (fact sheet 3.3).
            ///
            /// # Errors
            /// [`InvalidId`] when nothing is left.
            pub fn try_new(text: &str) -> Result<Self, InvalidId> {
                let text = text.trim();
                if text.is_empty() {
                    return Err(InvalidId { text: String::new(), expected: "an id; it is empty" });
                }
                Ok(Self(text.to_ascii_lowercase()))
            }
            /// The id as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

text_id! {
    /// A subscription, as the commerce system names it (`commerceSubscriptionId` in Graph).
    SubscriptionId
}
text_id! {
    /// A Partner Center cart: a token that can be checked out once.
    CartId
}
text_id! {
    /// A Partner Center order.
    OrderId
}
text_id! {
    /// A partner's location account, as purchases name it: the former MPN id (fact sheet 10).
    PartnerId
}

impl SubscriptionId {
    /// The id that somebody has written into a file: a GUID in braces or without hyphens is the one that services write.
    ///
    /// ```
    /// let written = carryover_domain::ids::SubscriptionId::written("{5F2D1C7E-8F1B-4A53-9C0E-7D1A2B3C4D5E}");
    /// assert_eq!(written.unwrap().as_str(), "5f2d1c7e-8f1b-4a53-9c0e-7d1a2b3c4d5e");
    /// ```
    ///
    /// # Errors
    /// [`InvalidId`] when nothing is written.
    pub fn written(text: &str) -> Result<Self, InvalidId> {
        Uuid::try_parse(text.trim()).map_or_else(|_| Self::try_new(text), |guid| Ok(Self(guid.to_string())))
    }
}

/// Our own mark on a purchase: sent as the line's friendly name, found again on orders and subscriptions.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mark(String);

impl Mark {
    /// The mark of `intent`; no two intents share one.
    pub fn of(intent: IntentId) -> Self {
        Self(format!("carryover-{}", intent.0.simple()))
    }
    /// The mark as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
    /// Whether `name`, read back from the service, is this mark.
    pub fn is(&self, name: &str) -> bool {
        name.trim().eq_ignore_ascii_case(&self.0)
    }
}

impl fmt::Display for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
