//! Finding our purchases among a customer's orders, by mark (fact sheet 14).

use crate::PartnerCenter;
use crate::classify::Operation;
use crate::failure::Failure;
use crate::identity::Pass;
use crate::route;
use crate::wire::order::Order;
use crate::wire::read_all;
use carryover_domain::facts::Purchase;
use carryover_domain::ids::{Mark, TenantId};
use carryover_domain::time::earlier;
use jiff::{SignedDuration, Timestamp};

/// How far the service's clock may be behind ours. Generous, because an order that is left out might be bought again,
/// whereas an older one cannot carry the mark.
const CLOCKS_DIFFER: SignedDuration = SignedDuration::from_hours(24);

impl PartnerCenter {
    /// Order lines that carry `mark`, oldest first; renewals, changes and billing runs left out.
    pub(crate) async fn read_orders(
        &self,
        customer: TenantId,
        mark: &Mark,
        since: Option<Timestamp>,
    ) -> Result<Vec<Purchase>, Failure> {
        let operation = Operation::Orders;
        let url = self.client.of_customer(customer, &["orders"]);
        let url = route::with(url, &[("include_price", "true")]);
        let items = self.client.list(operation, Pass::Application, url).await?;
        let orders: Vec<Order> = read_all(operation, items)?;
        let mut purchases = Vec::new();
        for order in orders.iter().filter(|order| !order.is_by_system()) {
            for line in &order.line_items {
                if line.is_marked(mark) && !line.is_follow_up() {
                    let purchase = order.purchase(line);
                    purchases.push(purchase.map_err(|what| Failure::garbled(operation, what))?);
                }
            }
        }
        if let Some(since) = since {
            let from = earlier(since, CLOCKS_DIFFER);
            purchases.retain(|purchase| purchase.ordered_at >= from);
        }
        purchases.sort_by_key(|purchase| purchase.ordered_at);
        Ok(purchases)
    }
}
