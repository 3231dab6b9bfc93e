//! Who may order, and in whose name (rule R90).

use super::Outlook;
use crate::facts::Relationship;
use crate::finding::Finding;
use crate::ids::PartnerId;
use crate::policy::SellsAs;

impl Outlook<'_> {
    /// The reseller that a purchase names: the one of the settings, else the only one that is tied to the customer. None where
    /// we bill the customer ourselves.
    ///
    /// # Errors
    /// What stands in the way: we cannot order, or nobody can be named.
    pub(crate) fn on_record(&self) -> Result<Option<PartnerId>, Finding> {
        let unknown = |what: String| Err(Finding::ResellerUnknown { what });
        match self.policy.sells_as {
            SellsAs::DirectBill => return Ok(None),
            SellsAs::IndirectReseller => return Err(Finding::IndirectReseller),
            SellsAs::IndirectProvider => {}
        }
        let seen = self.facts.resellers.as_ref().map(|seen| &seen.value);
        let named = self.policy.resellers.get(&self.migration.customer.tenant);
        let mut tied = seen.iter().flat_map(|seen| seen.tied.keys());
        let chosen = match (named, tied.next(), tied.next()) {
            (Some(named), ..) => named,
            (None, Some(only), None) => only,
            (None, Some(_), Some(_)) => {
                let all = seen.iter().flat_map(|seen| &seen.tied).map(|(id, name)| format!("{name} ({id})"));
                return unknown(format!("several are tied to the customer: {}", all.collect::<Vec<_>>().join(", ")));
            }
            (None, None, _) if seen.is_some() => return unknown("none is tied to the customer".to_owned()),
            (None, None, _) if self.facts.standing.value.relationship != Relationship::Reseller => {
                return unknown(
                    "the customer has not accepted us, so that nobody knows which is tied to it".to_owned(),
                );
            }
            (None, None, _) => return unknown("it cannot be read which is tied to the customer".to_owned()),
        };
        match seen.and_then(|seen| seen.refused.get(chosen)) {
            Some(why) => unknown(format!("the service does not take {chosen}: {why}")),
            None => Ok(Some(chosen.clone())),
        }
    }
}
