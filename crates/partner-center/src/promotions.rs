//! Which promotions a customer gets for what it wants to buy (fact sheet 12.6). Applies none: those that are told apply themselves.

use crate::PartnerCenter;
use crate::classify::Operation;
use crate::client::Call;
use crate::failure::Failure;
use crate::identity::Pass;
use crate::wire::page::Page;
use crate::wire::promotion::{Answer, question};
use crate::wire::read_all;
use carryover_domain::facts::Hope;
use carryover_domain::ids::TenantId;
use carryover_ports::Observed;
use serde_json::json;
use std::collections::BTreeSet;
use std::sync::Arc;
use uuid::Uuid;

/// What was asked, and what is given to each by the ids of promotions.
pub(crate) type Given = Arc<(Vec<Hope>, Vec<BTreeSet<String>>)>;

impl PartnerCenter {
    /// What `customer` gets for each of `hopes`. Lines that are bought on one day share a question for a moment.
    pub(crate) async fn given(&self, customer: TenantId, hopes: &[Hope]) -> Result<Observed<Given>, Failure> {
        let ask = self.ask_for_promotions(customer, hopes);
        let seen = self.given.get(customer, || self.client.now(), ask).await?;
        if seen.value.0 == hopes {
            return Ok(seen);
        }
        // Somebody else's question, whose answer counts for others; so may be the next one that is shared.
        let at = self.client.now();
        let value = self.ask_for_promotions(customer, hopes).await?;
        self.given.put(customer, Observed { value: Arc::clone(&value), at });
        Ok(Observed { value, at })
    }

    async fn ask_for_promotions(&self, customer: TenantId, hopes: &[Hope]) -> Result<Given, Failure> {
        let mut items = Vec::new();
        for (nth, Hope { offer, segment, term, billing, .. }) in hopes.iter().enumerate() {
            let item = self.fresh_item(customer, offer, *segment, (*term, *billing)).await?;
            items.extend(item.ok().map(|item| question(nth, &item, &hopes[nth])));
        }
        let mut given = vec![BTreeSet::new(); hopes.len()];
        if items.is_empty() {
            // What is not on sale to the customer gets no promotion.
            return Ok(Arc::new((hopes.to_vec(), given)));
        }
        let operation = Operation::PromotionEligibility;
        let url = self.client.of_customer(customer, &["promotionEligibilities"]);
        let call = Call::write(operation, Pass::Application, url, Uuid::new_v4(), Some(json!({ "items": items })));
        let page = Page::of_partner_center(self.client.send(&call).await?);
        let page = page.ok_or_else(|| Failure::garbled(operation, "it is no list"))?;
        for answer in read_all::<Answer>(operation, page.items)? {
            let nth = answer.id.and_then(|id| usize::try_from(id).ok());
            if let Some(of_it) = nth.and_then(|nth| given.get_mut(nth)) {
                *of_it = answer.given();
            }
        }
        Ok(Arc::new((hopes.to_vec(), given)))
    }
}
