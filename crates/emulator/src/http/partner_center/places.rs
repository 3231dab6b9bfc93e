//! Links from what was bought to where the catalogue has it (fact sheet 14, 15.2).

use serde_json::Value;

use super::link;
/// Puts the places of a catalogue item in `country` beside the links of `body`: product, SKU and availability in new commerce, the
/// offer before.
pub(super) fn put(body: &mut Value, item: &str, country: &str) {
    let at = |path: String| link(&format!("{path}?country={country}"));
    let mut parts = item.split(':');
    match (parts.next(), parts.next(), parts.next()) {
        (Some(product), Some(sku), Some(availability)) => {
            let product = format!("/products/{product}");
            let sku = format!("{product}/skus/{sku}");
            body["links"]["availability"] = at(format!("{sku}/availabilities/{availability}"));
            body["links"]["sku"] = at(sku);
            body["links"]["product"] = at(product);
        }
        (Some(offer), ..) => body["links"]["offer"] = at(format!("/offers/{offer}")),
        _ => {}
    }
}
