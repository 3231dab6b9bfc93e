//! The Microsoft Customer Agreement (fact sheet 11).

use super::lenient;
use carryover_domain::time::utc_day;
use jiff::Timestamp;
use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::Deserialize;

/// The only type that counts; confirmations of its predecessor do not.
pub(crate) const TYPE: &str = "MicrosoftCustomerAgreement";

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DirectAcceptance {
    #[serde(default, deserialize_with = "lenient::flag")]
    pub(crate) is_signed: Option<bool>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Template {
    #[serde(default, deserialize_with = "lenient::text")]
    template_id: Option<String>,
    #[serde(default, deserialize_with = "lenient::text")]
    agreement_type: Option<String>,
    #[serde(default, deserialize_with = "lenient::decimal")]
    version_rank: Option<Decimal>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Confirmation {
    #[serde(default, deserialize_with = "lenient::text")]
    template_id: Option<String>,
    #[serde(default, rename = "type", deserialize_with = "lenient::text")]
    kind: Option<String>,
    #[serde(default, deserialize_with = "lenient::instant")]
    date_agreed: Option<Timestamp>,
}

/// A confirmation that counts, and when it was agreed, where it says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Confirmed {
    /// The day of the newest one.
    pub(crate) agreed: Option<Date>,
}

/// The newest of `confirmations` that is of the newest of `templates`; none where none is.
pub(crate) fn confirmed(templates: &[Template], confirmations: &[Confirmation]) -> Option<Confirmed> {
    let current = templates
        .iter()
        .filter(|template| is_ours(template.agreement_type.as_deref()))
        .max_by_key(|template| template.version_rank)
        .and_then(|template| template.template_id.as_deref());
    let counts = |confirmation: &&Confirmation| {
        is_ours(confirmation.kind.as_deref())
            && match (&confirmation.template_id, current) {
                (Some(confirmed), Some(current)) => confirmed.eq_ignore_ascii_case(current),
                _ => false,
            }
    };
    let newest = confirmations.iter().filter(counts).map(|confirmation| confirmation.date_agreed).max()?;
    Some(Confirmed { agreed: newest.map(utc_day) })
}

fn is_ours(kind: Option<&str>) -> bool {
    lenient::is_word(kind, TYPE)
}
