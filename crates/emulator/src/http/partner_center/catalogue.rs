//! Products, SKUs and availabilities, for a market or for a customer (fact sheet 12).

use jiff::Timestamp;
use serde_json::{Value, json};

use super::super::call::{Call, Reply};
use super::{collection, link};
use crate::catalogue::Offer;
use crate::ledger::tenant::Tenant;
use crate::ledger::{CatalogueKind, Ledger, Refusal};
use crate::regions;
use crate::seed::{Billing, Segment, Term};

/// The market of a call that names no customer.
pub(super) fn country(call: &Call) -> Result<String, Refusal> {
    call.query("country")
        .filter(|country| regions::region(country).is_some())
        .map(str::to_uppercase)
        .ok_or_else(|| Refusal::InvalidArgument("country".to_owned()))
}

/// Answers everything below `products`: of a market, or of a customer.
pub(super) fn read(
    call: &Call,
    route: &[&str],
    ledger: &Ledger,
    country: &str,
    customer: Option<&Tenant>,
) -> Result<Reply, Refusal> {
    let base = customer.map_or_else(String::new, |customer| format!("/customers/{}", customer.id));
    let segment = match call.query("targetSegment") {
        None => None,
        Some(word) => Some(Segment::parse(word).ok_or_else(|| Refusal::InvalidArgument("targetSegment".to_owned()))?),
    };
    let ended = call.query("IncludeLifeCycleState").is_some_and(|word| word.eq_ignore_ascii_case("true"));
    let view = View { ledger, country, base: &base, now: ledger.now(), customer, segment, ended };
    match route {
        [] => {
            let wanted = call.query("targetView").unwrap_or("");
            if wanted.is_empty() {
                return Err(Refusal::InvalidArgument("targetView".to_owned()));
            }
            // Only licence-based offers are kept; other views are empty, not wrong.
            Ok(view.products(wanted.eq_ignore_ascii_case("OnlineServices")))
        }
        [product] => view.product(product).map(Reply::ok),
        [product, "skus"] => view.skus(product),
        [product, "skus", sku] => view.offer(product, sku).map(|offer| Reply::ok(view.sku(offer))),
        [product, "skus", sku, "availabilities"] => view.availabilities(product, sku),
        [product, "skus", sku, "availabilities", id] => view.availability_by_id(product, sku, id),
        _ => Err(Refusal::NotEmulated),
    }
}

struct View<'a> {
    ledger: &'a Ledger,
    country: &'a str,
    base: &'a str,
    now: Timestamp,
    customer: Option<&'a Tenant>,
    segment: Option<Segment>,
    /// Whether listings show what is not sold any more.
    ended: bool,
}

impl View<'_> {
    /// Whether a listing shows `offer`: the wanted segment, else all but nonprofit; and of a customer only what
    /// it qualifies for (fact sheet 12.1). What is not sold any more shows to whoever asks for its life-cycle state.
    fn lists(&self, offer: &Offer) -> bool {
        let wanted = match self.segment {
            Some(segment) => offer.segment == segment,
            None => offer.segment != Segment::Nonprofit,
        };
        wanted
            && (self.ended || !offer.end_of_sale)
            && self.customer.is_none_or(|customer| customer.account.qualifies(offer.segment, self.now))
    }

    fn products(&self, sold: bool) -> Reply {
        let mut seen: Vec<&str> = Vec::new();
        let mut items = Vec::new();
        for offer in self.ledger.catalogue.offers().filter(|offer| sold && self.lists(offer)) {
            if !seen.contains(&offer.product.as_str()) {
                seen.push(&offer.product);
                items.push(self.product_of(offer));
            }
        }
        Reply::ok(collection(items, &format!("{}/products?targetView=OnlineServices", self.base)))
    }

    fn product(&self, id: &str) -> Result<Value, Refusal> {
        self.ledger
            .catalogue
            .product(id)
            .next()
            .map(|offer| self.product_of(offer))
            .ok_or_else(|| unknown(CatalogueKind::Product, id))
    }

    fn product_of(&self, offer: &Offer) -> Value {
        let uri = format!("{}/products/{}", self.base, offer.product);
        json!({
            "id": offer.product,
            "title": offer.title,
            "description": offer.title,
            "productType": { "id": "OnlineServicesNCE", "displayName": "OnlineServicesNCE" },
            "isMicrosoftProduct": offer.publisher.is_none(),
            "publisherName": offer.publisher.as_deref().unwrap_or("Microsoft Corporation"),
            "links": { "skus": link(&format!("{uri}/skus")), "self": link(&uri) },
            "attributes": { "objectType": "Product" },
        })
    }

    fn skus(&self, product: &str) -> Result<Reply, Refusal> {
        self.product(product)?;
        let skus = self.ledger.catalogue.product(product).filter(|offer| self.lists(offer));
        let items = skus.map(|offer| self.sku(offer)).collect();
        Ok(Reply::ok(collection(items, &format!("{}/products/{product}/skus", self.base))))
    }

    fn offer(&self, product: &str, sku: &str) -> Result<&Offer, Refusal> {
        self.product(product)?;
        self.ledger.catalogue.find(product, sku).ok_or_else(|| unknown(CatalogueKind::Sku, sku))
    }

    fn sku(&self, offer: &Offer) -> Value {
        let uri = format!("{}/products/{}/skus/{}", self.base, offer.product, offer.sku);
        let mut cycles: Vec<&str> = offer.terms.iter().map(|(_, cycle)| cycle.word()).collect();
        cycles.sort_unstable();
        cycles.dedup();
        let mut prerequisites = vec!["MicrosoftCustomerAgreement"];
        prerequisites.extend(offer.stock.map(|_| "InventoryCheck"));
        let mut attributes = json!({
            "isMicrosoftProduct": offer.publisher.is_none(),
            "hasConstraints": false,
            "isAddon": !offer.addon_of.is_empty(),
            "prerequisiteSkus": self.bases(offer),
            "provisioningId": offer.entra,
        });
        if self.ledger.rules().readings.attributes_as_text
            && let Some(attributes) = attributes.as_object_mut()
        {
            attributes
                .values_mut()
                .filter(|value| !value.is_string())
                .for_each(|value| *value = value.to_string().into());
        }
        json!({
            "id": offer.sku,
            "productId": offer.product,
            "title": offer.title,
            "description": offer.title,
            "minimumQuantity": 1,
            "maximumQuantity": offer.max_seats,
            "isTrial": false,
            "supportedBillingCycles": cycles,
            "purchasePrerequisites": prerequisites,
            "inventoryVariables": [],
            "provisioningVariables": [],
            "actions": ["Refund"],
            "attestationProperties": { "enforceAttestation": false },
            "dynamicAttributes": attributes,
            "links": {
                "availabilities": link(&format!("{uri}/availabilities")),
                "self": link(&uri),
            },
            "attributes": { "objectType": "Sku" },
        })
    }

    /// What a customer must hold one of to buy an add-on, as `product:sku`.
    fn bases(&self, offer: &Offer) -> Vec<String> {
        let bases = offer.addon_of.iter().filter_map(|base| self.ledger.catalogue.offer(*base));
        bases.map(|base| format!("{}:{}", base.product, base.sku)).collect()
    }

    fn availabilities(&self, product: &str, sku: &str) -> Result<Reply, Refusal> {
        let offer = self.offer(product, sku)?;
        let items = if self.lists(offer) { vec![self.availability(offer)] } else { Vec::new() };
        let uri = format!("{}/products/{product}/skus/{sku}/availabilities", self.base);
        Ok(Reply::ok(collection(items, &uri)))
    }

    fn availability_by_id(&self, product: &str, sku: &str, id: &str) -> Result<Reply, Refusal> {
        let offer = self.offer(product, sku)?;
        if !offer.availability(self.now).eq_ignore_ascii_case(id) {
            return Err(unknown(CatalogueKind::Availability, id));
        }
        Ok(Reply::ok(self.availability(offer)))
    }

    fn availability(&self, offer: &Offer) -> Value {
        let id = offer.availability(self.now);
        let currency = regions::currency(self.country);
        let window = length(self.ledger.rules().readings.window_hours);
        let terms: Vec<Value> = offer
            .terms
            .iter()
            .map(|(term, billing)| {
                json!({
                    "id": term_id(*term, *billing),
                    "duration": term.word(),
                    "description": format!("{} commitment, {} billing", long(*term), billing.word()),
                    "billingCycle": billing.word(),
                    "cancellationPolicies": [{ "refundOptions": [
                        { "sequenceId": 0, "type": "Full", "expiresAfter": "P1D" },
                        { "sequenceId": 1, "type": "Partial", "expiresAfter": window },
                    ]}],
                })
            })
            .collect();
        let uri = format!(
            "{}/products/{}/skus/{}/availabilities/{id}?country={}",
            self.base, offer.product, offer.sku, self.country
        );
        json!({
            "id": id,
            "productId": offer.product,
            "skuId": offer.sku,
            "catalogItemId": offer.item(self.now),
            "defaultCurrency": { "code": currency, "symbol": regions::symbol(currency) },
            "segment": offer.segment.word(),
            "country": self.country,
            "isPurchasable": !offer.end_of_sale,
            "isRenewable": true,
            "terms": terms,
            "renewalInstructions": [{
                "applicableTermIds": offer.terms.iter().map(|(term, billing)| term_id(*term, *billing)).collect::<Vec<_>>(),
                "renewalOptions": [{ "renewToId": format!("{}:{}", offer.product, offer.sku), "isAutoRenewable": true }],
            }],
            "includedQuantityOptions": [{ "minQuantity": 1, "maxQuantity": offer.max_seats }],
            "product": {},
            "sku": {},
            "links": { "self": link(&uri) },
            "attributes": { "objectType": "Availability" },
        })
    }
}

fn term_id(term: Term, billing: Billing) -> String {
    format!("{}-{}", term.word(), billing.word())
}

/// A length of time as catalogues write it: in days, where it is so many.
fn length(hours: u32) -> String {
    if hours.is_multiple_of(24) { format!("P{}D", hours / 24) } else { format!("PT{hours}H") }
}

fn long(term: Term) -> &'static str {
    match term {
        Term::P1M => "One-month",
        Term::P1Y => "One-year",
        Term::P3Y => "Three-year",
    }
}

fn unknown(kind: CatalogueKind, id: &str) -> Refusal {
    Refusal::NotInCatalogue { kind, id: id.to_owned() }
}
