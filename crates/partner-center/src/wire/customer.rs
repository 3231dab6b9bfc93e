//! Customers and the invitation (fact sheet 9).

use super::lenient;
use carryover_domain::facts::Relationship;
use carryover_domain::ids::TenantId;
use serde::Deserialize;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Customer {
    #[serde(default, deserialize_with = "lenient::text")]
    pub(crate) id: Option<String>,
    #[serde(default, deserialize_with = "lenient::text")]
    relationship_to_partner: Option<String>,
}

impl Customer {
    /// Whose it is; none where the service names no tenant.
    pub(crate) fn tenant(&self) -> Option<TenantId> {
        self.id.as_deref()?.parse().ok()
    }

    /// The word, or none where the service left it out.
    pub(crate) fn relationship(self) -> Relationship {
        let word = self.relationship_to_partner.unwrap_or_default();
        if word.eq_ignore_ascii_case("reseller") {
            Relationship::Reseller
        } else if word.eq_ignore_ascii_case("none") {
            Relationship::None
        } else {
            Relationship::Other(word)
        }
    }
}

#[derive(Debug, Deserialize)]
pub(crate) struct Invitation {
    #[serde(default, deserialize_with = "lenient::text")]
    pub(crate) url: Option<String>,
}
