//! What new commerce sells: products, terms, list prices, and availability ids that go stale.
//!
//! Knows nothing about customers. Products come from a table of common offers (product and SKU ids
//! as known hints, rule R140) and from the seed; an availability id is a function of product and time.

mod known;

use std::collections::BTreeMap;

use jiff::Timestamp;
use rust_decimal::Decimal;
use uuid::Uuid;

pub use self::known::known_sku;
use self::known::{KNOWN, NO_CAP, ONE_YEAR_AND_MONTH, RETIRED};
use crate::ids::SkuId;
use crate::plans::{self, Plan};
use crate::prng;
use crate::seed::{Billing, Seed, SeedOffer, Segment, Term};

/// How long an availability id lasts. Real ones change when Microsoft republishes, which nobody can foresee.
const AVAILABILITY_HOURS: i64 = 12;

/// One product on sale.
#[derive(Debug, Clone)]
pub(crate) struct Offer {
    /// Product id, as in `CFQ7TTC0LDPB`.
    pub(crate) product: String,
    /// SKU id inside the product, as in `0001`.
    pub(crate) sku: String,
    pub(crate) title: String,
    /// What Entra calls it; the catalogue's `provisioningId`.
    pub(crate) entra: SkuId,
    pub(crate) max_seats: u32,
    /// Seats per tenant and product over all channels; `None` where no such limit exists.
    pub(crate) tenant_cap: Option<u32>,
    pub(crate) terms: &'static [(Term, Billing)],
    pub(crate) segment: Segment,
    /// Products of which a customer must hold one; none for a product that stands alone.
    pub(crate) addon_of: Vec<SkuId>,
    /// Seats left to sell; `None` where there is no end of them.
    pub(crate) stock: Option<u32>,
    /// Existing subscriptions renew, and nobody can buy a new one.
    pub(crate) end_of_sale: bool,
    /// Whose product it is; `None` for Microsoft's own.
    pub(crate) publisher: Option<String>,
    price_per_year: Decimal,
    /// How often its availability id changed out of turn.
    turns: u64,
}

impl Offer {
    /// Whether nobody can buy any of it for want of stock.
    pub(crate) fn has_run_out(&self) -> bool {
        self.stock == Some(0)
    }

    /// The availability id valid at `now`.
    pub(crate) fn availability(&self, now: Timestamp) -> String {
        const DIGITS: &[u8; 32] = b"0123456789BCDFGHJKLMNPQRSTVWXZ23";
        let name = format!("{}:{}", self.product, self.sku);
        let span = AVAILABILITY_HOURS * 3600;
        // Every product has its own hour of change, so that not all ids change in one moment.
        let offset = i64::try_from(prng::hash(1, name.as_bytes()) % span.unsigned_abs()).unwrap_or(0);
        let slot = (now.as_second() + offset).div_euclid(span);
        let mut bits = prng::hash(slot.unsigned_abs() ^ self.turns.rotate_left(48), name.as_bytes());
        let mut id = String::from("CFQ7TTC0");
        for _ in 0..4 {
            id.push(char::from(DIGITS[(bits % 32) as usize]));
            bits /= 32;
        }
        id
    }

    /// The catalogue item id valid at `now`: the value a cart line must carry.
    pub(crate) fn item(&self, now: Timestamp) -> String {
        format!("{}:{}:{}", self.product, self.sku, self.availability(now))
    }

    /// List price of one seat for one whole term (rules R72, R73).
    pub(crate) fn price_per_term(&self, term: Term, billing: Billing) -> Decimal {
        let year = self.price_per_year;
        let exact = match (term, billing) {
            (Term::P1M, _) => year / Decimal::from(12) * Decimal::new(120, 2),
            (Term::P1Y, Billing::Monthly) => year * Decimal::new(105, 2),
            (Term::P1Y, _) => year,
            (Term::P3Y, _) => year * Decimal::from(3),
        };
        exact.round_dp(2)
    }
}

/// The price list and the products behind it.
#[derive(Debug, Clone)]
pub(crate) struct Catalogue {
    on_sale: BTreeMap<SkuId, Offer>,
    /// Offers for one segment only; they may provision what a commercial offer provisions, too.
    for_segments: Vec<Offer>,
    names: BTreeMap<SkuId, Name>,
}

#[derive(Debug, Clone)]
struct Name {
    part_number: String,
    title: String,
}

impl Catalogue {
    /// The common offers, what the seed adds, and an invented entry for every other product that the
    /// seed's subscriptions name and that nothing says is not sold.
    pub(crate) fn new(seed: &Seed) -> Catalogue {
        let mut catalogue = Catalogue { on_sale: BTreeMap::new(), for_segments: Vec::new(), names: BTreeMap::new() };
        for known in KNOWN {
            catalogue.name(known.entra(), known.part_number, known.title);
            catalogue.on_sale.insert(known.entra(), known.offer());
        }
        for &(part_number, entra, title) in RETIRED {
            catalogue.name(SkuId(Uuid::from_u128(entra)), part_number, title);
        }
        for offer in &seed.catalogue {
            catalogue.name(offer.sku_id, &offer.sku_part_number, &offer.title);
            if offer.sold && offer.segment != Segment::Commercial {
                let product = invented_product(offer.sku_id, offer.segment.word().as_bytes());
                catalogue.for_segments.push(invented(offer, product));
            } else if offer.sold {
                catalogue.put(offer);
            } else {
                catalogue.on_sale.remove(&offer.sku_id);
            }
        }
        for held in seed.customers.iter().flat_map(|customer| &customer.subscriptions) {
            if !catalogue.names.contains_key(&held.sku_id) {
                catalogue.name(held.sku_id, &held.sku_part_number, &held.product_name);
                catalogue.put(&SeedOffer {
                    sku_id: held.sku_id,
                    sku_part_number: held.sku_part_number.clone(),
                    title: held.product_name.clone(),
                    sold: true,
                    end_of_sale: false,
                    max_seats: None,
                    price_per_year: held.price_per_seat,
                    segment: Segment::Commercial,
                    addon_of: Vec::new(),
                    stock: None,
                    publisher: None,
                });
            }
        }
        catalogue
    }

    /// Changes every availability id.
    pub(crate) fn rotate(&mut self) {
        for offer in self.on_sale.values_mut().chain(&mut self.for_segments) {
            offer.turns += 1;
        }
    }

    /// Makes everything dearer by `percent`; a price belongs to an availability, so that changes too.
    pub(crate) fn raise_prices(&mut self, percent: u32) {
        let factor = Decimal::ONE + Decimal::new(i64::from(percent), 2);
        for offer in self.on_sale.values_mut().chain(&mut self.for_segments) {
            offer.price_per_year *= factor;
            offer.turns += 1;
        }
    }

    /// The commercial offer for `sku`, if it is on sale.
    pub(crate) fn offer(&self, sku: SkuId) -> Option<&Offer> {
        self.on_sale.get(&sku)
    }

    /// Everything on sale: by Entra id, then what is for one segment only.
    pub(crate) fn offers(&self) -> impl Iterator<Item = &Offer> {
        self.on_sale.values().chain(&self.for_segments)
    }

    /// The offer that `item` names and whether its availability is the one of `now`.
    pub(crate) fn item(&self, item: &str, now: Timestamp) -> Option<(&Offer, bool)> {
        let mut parts = item.split(':');
        let (product, sku, availability) = (parts.next()?, parts.next()?, parts.next()?);
        let offer = self.find(product, sku)?;
        let fresh = offer.availability(now).eq_ignore_ascii_case(availability);
        Some((offer, fresh && parts.next().is_none()))
    }

    /// The offer with these catalogue ids.
    pub(crate) fn find(&self, product: &str, sku: &str) -> Option<&Offer> {
        self.product(product).find(|offer| offer.sku.eq_ignore_ascii_case(sku))
    }

    /// All offers of one product.
    pub(crate) fn product<'a>(&'a self, product: &str) -> impl Iterator<Item = &'a Offer> {
        self.offers().filter(move |offer| offer.product.eq_ignore_ascii_case(product))
    }

    /// Takes seats out of the stock, where there is one.
    pub(crate) fn sell(&mut self, item: &str, seats: u32) {
        let mut parts = item.split(':');
        let (Some(product), Some(sku)) = (parts.next(), parts.next()) else { return };
        let same =
            |offer: &&mut Offer| offer.product.eq_ignore_ascii_case(product) && offer.sku.eq_ignore_ascii_case(sku);
        if let Some(offer) = self.on_sale.values_mut().chain(&mut self.for_segments).find(same) {
            offer.stock = offer.stock.map(|left| left.saturating_sub(seats));
        }
    }

    /// Every product that has a name, sold or not: Entra id, part number and title, by id.
    pub(crate) fn named(&self) -> impl Iterator<Item = (SkuId, &str, &str)> {
        self.names.iter().map(|(sku, name)| (*sku, name.part_number.as_str(), name.title.as_str()))
    }

    /// Entra's part number of `sku`.
    pub(crate) fn part_number(&self, sku: SkuId) -> &str {
        self.names.get(&sku).map_or("", |name| &name.part_number)
    }

    /// The display name of `sku`.
    pub(crate) fn title(&self, sku: SkuId) -> &str {
        self.names.get(&sku).map_or("", |name| &name.title)
    }

    /// The service plans of `sku`.
    pub(crate) fn plans(&self, sku: SkuId) -> Vec<Plan> {
        plans::of(sku, self.part_number(sku))
    }

    /// The limit of seats per tenant, over all channels.
    pub(crate) fn tenant_cap(&self, sku: SkuId) -> Option<u32> {
        self.offer(sku).and_then(|offer| offer.tenant_cap)
    }

    fn name(&mut self, sku: SkuId, part_number: &str, title: &str) {
        self.names.insert(sku, Name { part_number: part_number.to_owned(), title: title.to_owned() });
    }

    fn put(&mut self, seed: &SeedOffer) {
        let offer = match self.on_sale.remove(&seed.sku_id) {
            Some(known) => Offer {
                title: seed.title.clone(),
                price_per_year: seed.price_per_year.unwrap_or(known.price_per_year),
                max_seats: seed.max_seats.unwrap_or(known.max_seats),
                tenant_cap: seed.max_seats.or(known.tenant_cap),
                addon_of: seed.addon_of.clone(),
                stock: seed.stock,
                end_of_sale: seed.end_of_sale,
                publisher: seed.publisher.clone(),
                ..known
            },
            None => invented(seed, invented_product(seed.sku_id, b"")),
        };
        self.on_sale.insert(seed.sku_id, offer);
    }
}

/// An offer that the built-in table does not have.
fn invented(seed: &SeedOffer, product: String) -> Offer {
    Offer {
        product,
        sku: "0001".to_owned(),
        title: seed.title.clone(),
        entra: seed.sku_id,
        max_seats: seed.max_seats.unwrap_or(NO_CAP),
        tenant_cap: seed.max_seats,
        terms: ONE_YEAR_AND_MONTH,
        segment: seed.segment,
        addon_of: seed.addon_of.clone(),
        stock: seed.stock,
        end_of_sale: seed.end_of_sale,
        publisher: seed.publisher.clone(),
        price_per_year: seed.price_per_year.unwrap_or(Decimal::from(120)),
        turns: 0,
    }
}

fn invented_product(sku: SkuId, variant: &[u8]) -> String {
    let bits = prng::hash(2, &[sku.0.as_bytes(), variant].concat());
    // "EMU" takes the place of Microsoft's own prefix, so that nobody takes the id for a real one.
    format!("EMU{:09X}", bits % 0x10_0000_0000)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn catalogue() -> Catalogue {
        let start = "2026-03-02T08:00:00Z".parse().unwrap();
        Catalogue::new(&Seed::generate(12, 1, start))
    }

    fn standard() -> SkuId {
        "f245ecc8-75af-4f8e-b61f-27d8114de5f3".parse().unwrap()
    }

    #[test]
    fn an_availability_is_stable_for_hours_and_then_stale() {
        let catalogue = catalogue();
        let offer = catalogue.offer(standard()).unwrap();
        let now: Timestamp = "2026-03-02T08:00:00Z".parse().unwrap();
        let item = offer.item(now);
        assert!(catalogue.item(&item, now).unwrap().1);
        let later = now + jiff::SignedDuration::from_hours(24);
        assert!(!catalogue.item(&item, later).unwrap().1);
    }

    #[test]
    fn a_retired_product_is_named_but_not_sold() {
        let catalogue = catalogue();
        let old: SkuId = "ac5cef5d-921b-4f97-9ef3-c99076e5470f".parse().unwrap();
        assert!(catalogue.offer(old).is_none());
        assert_eq!(catalogue.part_number(old), "SMB_BUSINESS_PREMIUM");
    }

    #[test]
    fn a_year_billed_monthly_costs_five_per_cent_more() {
        let catalogue = catalogue();
        let offer = catalogue.offer(standard()).unwrap();
        let price = |term, billing| offer.price_per_term(term, billing).to_string();
        assert_eq!(price(Term::P1Y, Billing::Annual), "150.00");
        assert_eq!(price(Term::P1Y, Billing::Monthly), "157.50");
        assert_eq!(price(Term::P1M, Billing::Monthly), "15.00");
    }
}
