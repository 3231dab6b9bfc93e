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
    /// Order lines that carry `mark`, oldest first; renewals, changes and billing runs left out. Cancelled ones alone are a failure:
    /// nothing stands of them, and nothing else is to be bought in their place without a person.
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
        let of_people = orders.iter().filter(|order| !order.is_by_system());
        let lines = of_people.flat_map(|order| order.line_items.iter().map(move |line| (order, line)));
        let ours: Vec<_> = lines.filter(|(_, line)| line.is_marked(mark) && !line.is_follow_up()).collect();
        let stands = ours.iter().any(|(order, _)| !order.is_cancelled());
        let ours = ours.into_iter().filter(|(order, _)| !(stands && order.is_cancelled()));
        let purchases: Result<Vec<_>, _> = ours.map(|(order, line)| order.purchase(line)).collect();
        let mut purchases = purchases.map_err(|what| Failure::garbled(operation, what))?;
        if let Some(since) = since {
            let from = earlier(since, CLOCKS_DIFFER);
            purchases.retain(|purchase| purchase.ordered_at >= from);
        }
        purchases.sort_by_key(|purchase| purchase.ordered_at);
        Ok(purchases)
    }
}
