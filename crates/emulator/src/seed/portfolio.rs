//! The partner's portfolio file: what the partner knows about its customers, as CSV (RFC 4180).
//!
//! Leaves out what a partner cannot know, such as how fast people act.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::{Seed, SeedCustomer};
use crate::ids::SkuId;

const HEADER: &str = "tenant_id,domain,customer_name,country,program,subscription_id,sku_id,\
    sku_part_number,product_name,seats,assigned_seats,end_date,auto_renew,term,billing,\
    price_per_seat,currency,target_sku,companion_sku,contact_email";

impl Seed {
    /// One row for every subscription that is to move, under a header row. Lines end in CR LF.
    #[must_use]
    pub fn portfolio_csv(&self) -> String {
        let mut csv = String::from(HEADER);
        csv.push_str("\r\n");
        for customer in &self.customers {
            rows(customer, &mut csv);
        }
        csv
    }
}

fn rows(customer: &SeedCustomer, csv: &mut String) {
    let mut unplaced = holders(customer);
    for line in &customer.subscriptions {
        // Users hold a product, not a subscription: two lines of one product share the holders in order.
        let left = unplaced.entry(line.sku_id).or_default();
        let assigned = (*left).min(line.seats);
        *left -= assigned;

        let renews = match (line.renewal_known, line.auto_renew) {
            (false, _) => "unknown",
            (true, true) => "yes",
            (true, false) => "no",
        };
        let fields = [
            customer.tenant_id.to_string(),
            customer.domain.clone(),
            customer.name.clone(),
            customer.country.clone(),
            line.program.word().to_owned(),
            line.id.to_string(),
            line.sku_id.to_string(),
            line.sku_part_number.clone(),
            line.product_name.clone(),
            line.seats.to_string(),
            assigned.to_string(),
            line.end_date.to_string(),
            renews.to_owned(),
            line.term.word().to_owned(),
            line.billing.word().to_owned(),
            line.price_per_seat.map(|price| price.to_string()).unwrap_or_default(),
            line.currency.clone().unwrap_or_default(),
            line.target_sku.map(|sku| sku.to_string()).unwrap_or_default(),
            line.companion_sku.map(|sku| sku.to_string()).unwrap_or_default(),
            customer.contact_email.clone(),
        ];
        let row: Vec<Cow<'_, str>> = fields.iter().map(|field| quoted(field)).collect();
        csv.push_str(&row.join(","));
        csv.push_str("\r\n");
    }
}

/// How many users hold each product.
fn holders(customer: &SeedCustomer) -> BTreeMap<SkuId, u32> {
    let mut holders = BTreeMap::new();
    for user in &customer.users {
        let mut skus: Vec<SkuId> = user.licences.iter().map(|licence| licence.sku_id).collect();
        skus.sort_unstable();
        skus.dedup();
        for sku in skus {
            *holders.entry(sku).or_default() += 1;
        }
    }
    holders
}

fn quoted(field: &str) -> Cow<'_, str> {
    if field.contains(['"', ',', '\r', '\n']) {
        Cow::Owned(format!("\"{}\"", field.replace('"', "\"\"")))
    } else {
        Cow::Borrowed(field)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_a_comma_and_quotes_stays_one_field() {
        assert_eq!(quoted(r#"Nuts, Bolts & "Sons""#), r#""Nuts, Bolts & ""Sons""""#);
        assert_eq!(quoted("Nuts & Bolts"), "Nuts & Bolts");
    }

    #[test]
    fn every_line_is_a_row_of_twenty_fields() {
        let seed = Seed::generate(30, 5, "2026-03-02T08:00:00Z".parse().unwrap());
        let lines: usize = seed.customers.iter().map(|customer| customer.subscriptions.len()).sum();
        let csv = seed.portfolio_csv();
        assert_eq!(csv.lines().count(), lines + 1);
        assert_eq!(csv.lines().next().unwrap().split(',').count(), 20);
    }
}
