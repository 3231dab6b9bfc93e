//! What was read of the catalogue, market by market, for as long as it may be remembered.

use crate::config::Config;
use crate::wire::catalogue::Availability;
use carryover_domain::ids::SkuId;
use carryover_domain::offer::{OfferId, Promotion, Segment};
use carryover_domain::time::{Billing, Term};
use carryover_ports::{Market, Observed};
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Markets remembered at a time, a few hundred kilobytes each. A partner works on that many customers in a day.
const MARKETS_MAX: usize = 200;

/// One non-trial SKU of a product.
#[derive(Debug, Clone)]
pub(crate) struct Item {
    pub(crate) id: OfferId,
    pub(crate) title: String,
    /// The licence it provisions; items without one are of no use here and not kept.
    pub(crate) sku: SkuId,
    pub(crate) seats_min: u32,
    pub(crate) seats_max: u32,
    /// The items of which it needs one.
    pub(crate) needs: BTreeSet<OfferId>,
}

/// Which SKUs of a product are looked for.
#[derive(Debug, Clone)]
pub(crate) enum Sought {
    /// Whichever provision a licence: also one that is new.
    Any,
    /// These alone.
    Named(BTreeSet<OfferId>),
}

/// What one SKU is sold for: to everybody, or where it is made for some alone, to the first of these segments.
#[derive(Debug, Clone)]
pub(crate) struct OnSale {
    /// Whom it is for; none where nobody that is known may have it.
    pub(crate) segment: Option<Segment>,
    pub(crate) terms: BTreeMap<Term, BTreeSet<Billing>>,
    /// What was bought earlier renews, and nothing new can be bought (rule R82).
    pub(crate) end_of_sale: bool,
}

impl OnSale {
    pub(crate) fn of(availabilities: Vec<Availability>) -> Self {
        let listed = !availabilities.is_empty();
        let mut terms: BTreeMap<Term, BTreeSet<Billing>> = BTreeMap::new();
        for words in availabilities.iter().filter_map(Availability::strange_segment) {
            tracing::warn!(words, "on sale for a segment that is not known here");
        }
        let found = of_one_segment(availabilities);
        for words in found.iter().flat_map(Availability::strange) {
            tracing::warn!(words, "on sale on terms that are not known here");
        }
        for (term, billing) in found.iter().flat_map(Availability::on_sale) {
            terms.entry(term).or_default().insert(billing);
        }
        // Of what has no availability nobody says whom it is for.
        let segment = if listed { found.first().and_then(Availability::segment) } else { Some(Segment::Commercial) };
        Self { segment, end_of_sale: terms.is_empty() && found.iter().any(Availability::is_renewable), terms }
    }
}

/// Those of `found` that are for everybody, or else for the first segment that any is for.
pub(crate) fn of_one_segment(mut found: Vec<Availability>) -> Vec<Availability> {
    let first = found.iter().filter_map(Availability::segment).min();
    found.retain(|availability| availability.segment().is_some() && availability.segment() == first);
    found
}

/// The parts of one market that were read, each with the instant of its read, so that a read that was throttled half
/// way goes on where it stopped.
#[derive(Debug, Default)]
struct Shelf {
    products: Option<Observed<Arc<Vec<String>>>>,
    items: BTreeMap<String, Observed<Arc<Vec<Item>>>>,
    on_sale: BTreeMap<OfferId, Observed<Arc<OnSale>>>,
    promotions: Option<Observed<Arc<Vec<Promotion>>>>,
    used: Option<Timestamp>,
}

#[derive(Debug)]
pub(crate) struct Markets {
    age_max: SignedDuration,
    terms_age_max: SignedDuration,
    items_age_max: SignedDuration,
    named_age_max: SignedDuration,
    shelves: Mutex<BTreeMap<Market, Shelf>>,
}

impl Markets {
    pub(crate) fn new(config: &Config) -> Self {
        let Config { catalogue_age_max, terms_age_max, items_age_max, named_items_age_max, .. } = *config;
        Self {
            age_max: catalogue_age_max,
            terms_age_max,
            items_age_max,
            named_age_max: named_items_age_max,
            shelves: Mutex::new(BTreeMap::new()),
        }
    }

    pub(crate) fn products(&self, market: Market, now: Timestamp) -> Option<Observed<Arc<Vec<String>>>> {
        let shelves = self.shelves();
        fresh(shelves.get(&market)?.products.as_ref()?, now, self.age_max)
    }

    /// The items of `product`, and whether they were read in another country: which licence a SKU provisions is the same
    /// everywhere, whether it is sold is not. A country's view has no items of its non-profit one, nor the other way round. What is
    /// older than may be searched does for items that are named and all among it.
    pub(crate) fn items(
        &self,
        market: Market,
        product: &str,
        sought: &Sought,
        now: Timestamp,
    ) -> Option<(Observed<Arc<Vec<Item>>>, bool)> {
        let shelves = self.shelves();
        let of = |shelf: &Shelf| {
            let known = shelf.items.get(product)?;
            let has = |id: &OfferId| known.value.iter().any(|item| item.id == *id);
            let age_max = match sought {
                Sought::Named(items) if items.iter().all(has) => self.named_age_max,
                Sought::Named(_) | Sought::Any => self.items_age_max,
            };
            fresh(known, now, age_max)
        };
        if let Some(own) = shelves.get(&market).and_then(of) {
            return Some((own, false));
        }
        let alike = |other: &Market| {
            use Market::{Country, Nonprofit};
            matches!((market, other), (Country(_), Country(_)) | (Nonprofit(_), Nonprofit(_)))
        };
        let others = shelves.iter().filter(|(other, _)| alike(other));
        others.map(|(_, shelf)| shelf).find_map(of).map(|items| (items, true))
    }

    pub(crate) fn on_sale(&self, market: Market, id: &OfferId, now: Timestamp) -> Option<Observed<Arc<OnSale>>> {
        let shelves = self.shelves();
        fresh(shelves.get(&market)?.on_sale.get(id)?, now, self.terms_age_max)
    }

    pub(crate) fn promotions(&self, market: Market, now: Timestamp) -> Option<Observed<Arc<Vec<Promotion>>>> {
        let shelves = self.shelves();
        fresh(shelves.get(&market)?.promotions.as_ref()?, now, self.terms_age_max)
    }

    pub(crate) fn keep_promotions(&self, market: Market, read: Observed<Arc<Vec<Promotion>>>) {
        self.shelf(market, read.at, |shelf| shelf.promotions = Some(read));
    }

    pub(crate) fn keep_products(&self, market: Market, read: Observed<Arc<Vec<String>>>) {
        self.shelf(market, read.at, |shelf| shelf.products = Some(read));
    }

    pub(crate) fn keep_items(&self, market: Market, product: String, read: Observed<Arc<Vec<Item>>>) {
        self.shelf(market, read.at, |shelf| {
            shelf.items.insert(product, read);
        });
    }

    pub(crate) fn keep_on_sale(&self, market: Market, id: OfferId, read: Observed<Arc<OnSale>>) {
        self.shelf(market, read.at, |shelf| {
            shelf.on_sale.insert(id, read);
        });
    }

    fn shelf(&self, market: Market, now: Timestamp, change: impl FnOnce(&mut Shelf)) {
        let mut shelves = self.shelves();
        if !shelves.contains_key(&market) && shelves.len() >= MARKETS_MAX {
            let oldest = shelves.iter().min_by_key(|(_, shelf)| shelf.used).map(|(market, _)| *market);
            if let Some(oldest) = oldest {
                shelves.remove(&oldest);
            }
        }
        let shelf = shelves.entry(market).or_default();
        shelf.used = Some(now);
        change(shelf);
    }

    fn shelves(&self) -> MutexGuard<'_, BTreeMap<Market, Shelf>> {
        // A part is put in whole, so a panic elsewhere cannot leave half of one.
        self.shelves.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn fresh<T>(read: &Observed<Arc<T>>, now: Timestamp, age_max: SignedDuration) -> Option<Observed<Arc<T>>> {
    read.is_fresh(now, age_max).then(|| Observed { value: Arc::clone(&read.value), at: read.at })
}
