//! The port [`Stock`]: what is left of items for sale (fact sheet 12.6).

use crate::PartnerCenter;
use crate::classify::Operation;
use crate::client::Call;
use crate::failure::Failure;
use crate::identity::Pass;
use crate::route;
use crate::wire::catalogue::Stocked;
use crate::wire::page::Page;
use crate::wire::read_all;
use async_trait::async_trait;
use carryover_domain::ids::TenantId;
use carryover_domain::offer::OfferId;
use carryover_domain::value::Country;
use carryover_ports::{Read, Stock};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

#[async_trait]
impl Stock for PartnerCenter {
    async fn stock(
        &self,
        country: Country,
        customer: TenantId,
        items: &BTreeSet<OfferId>,
    ) -> Read<BTreeMap<OfferId, Vec<String>>> {
        // The service refuses a question about nothing.
        if items.is_empty() {
            return self.observed(async { Ok(BTreeMap::new()) }).await;
        }
        let operation = Operation::Inventory;
        let url = self.client.at(&["extensions", "product", "checkInventory"]);
        let url = route::with(url, &[("country", country.as_str())]);
        let targets: Vec<Value> =
            items.iter().map(|item| json!({ "ProductId": item.product(), "SkuId": item.sku() })).collect();
        let asked = json!({ "TargetItems": targets, "InventoryContext": { "customerId": customer.to_string() } });
        let call = Call::write(operation, Pass::Application, url, Uuid::new_v4(), Some(asked));
        self.observed(async {
            let page = Page::of_partner_center(self.client.send(&call).await?);
            let items = page.ok_or_else(|| Failure::garbled(operation, "it is not a list"))?.items;
            Ok(read_all::<Stocked>(operation, items)?.into_iter().filter_map(Stocked::restrictions).collect())
        })
        .await
    }
}
