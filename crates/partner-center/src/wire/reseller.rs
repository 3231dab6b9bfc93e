//! Partners that are tied to us, and whom a purchase may name (fact sheet 10).

use super::{fault, lenient};
use carryover_domain::ids::TenantId;
use carryover_domain::reply::{Refusal, RefusalKind};
use carryover_ports::TiedPartner;
use serde::Deserialize;
use serde_json::Value;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PartnerRelationship {
    #[serde(default, deserialize_with = "lenient::text")]
    id: Option<String>,
    #[serde(default, deserialize_with = "lenient::text")]
    name: Option<String>,
    #[serde(default, deserialize_with = "lenient::text")]
    state: Option<String>,
    #[serde(default, deserialize_with = "lenient::text")]
    mpn_id: Option<String>,
}

impl PartnerRelationship {
    /// The partner in our words; none where no tenant is named.
    pub(crate) fn tied(self) -> Option<TiedPartner> {
        Some(TiedPartner {
            tenant: self.id?.parse::<TenantId>().ok()?,
            name: self.name.unwrap_or_default(),
            partner_id: self.mpn_id,
            active: self.state.is_some_and(|state| state.eq_ignore_ascii_case("active")),
        })
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PartnerProfile {
    #[serde(default, deserialize_with = "lenient::text")]
    pub(crate) partner_name: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PartnerAgreement {
    #[serde(default, deserialize_with = "lenient::flag")]
    pub(crate) is_agreement_signed: Option<bool>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OnRecord {
    #[serde(default, deserialize_with = "lenient::list")]
    pub(crate) validation_results: Vec<Validated>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Validated {
    #[serde(default, deserialize_with = "lenient::text")]
    partner_id: Option<String>,
    #[serde(default, deserialize_with = "lenient::flag")]
    is_valid_partner_id_on_record: Option<bool>,
    #[serde(default)]
    error_code: Value,
    #[serde(default, deserialize_with = "lenient::text")]
    error_description: Option<String>,
}

impl Validated {
    /// The id, and why it may not be named, if so; none where it says neither.
    pub(crate) fn verdict(self) -> Option<(String, Option<Refusal>)> {
        let refusal = (!self.is_valid_partner_id_on_record?).then(|| Refusal {
            kind: RefusalKind::Other,
            code: fault::code_of(Some(&self.error_code)).unwrap_or_else(|| "none".to_owned()),
            detail: self.error_description.unwrap_or_default(),
        });
        Some((self.partner_id?, refusal))
    }
}
