//! What reads show of a customer as an organisation, and of what is left to sell: for whoever asks the ledger without HTTP.
//!
//! Shows what the HTTP side shows and no more.

use super::{Ledger, Refusal};
use crate::ids::TenantId;
use crate::seed::Segment;

/// A customer that accepted us, as an organisation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountView {
    /// Two letters: the country of its address.
    pub country: Option<String>,
    /// The segments that it is qualified for; everybody is commercial.
    pub segments: Vec<Segment>,
    /// The service's word for why it may not be sold to; none while it may.
    pub hold: Option<&'static str>,
}

impl Ledger {
    /// A customer as an organisation. Refused where it has not accepted us.
    pub fn account_view(&self, tenant: TenantId) -> Result<AccountView, Refusal> {
        let account = &self.reseller(tenant)?.account;
        let mut segments = vec![Segment::Education, Segment::Government, Segment::Nonprofit];
        segments.retain(|segment| account.qualifies(*segment, self.now));
        Ok(AccountView {
            country: account.profile.address.get("country").cloned(),
            segments,
            hold: account.validation.word().filter(|word| *word != "Allowed"),
        })
    }

    /// Whether `item`, as `product:sku`, has run out; none where it is not known.
    #[must_use]
    pub fn has_run_out(&self, item: &str) -> Option<bool> {
        let (product, sku) = item.split_once(':')?;
        self.catalogue.find(product, sku).map(crate::catalogue::Offer::has_run_out)
    }
}
