//! The port [`Catalogue`]: what is for sale in a market (fact sheet 12).
//!
//! Products and SKUs cost one call each, so they are remembered; a cart never relies on what was remembered.

use crate::PartnerCenter;
use crate::classify::{Meaning, Operation};
use crate::client::Client;
use crate::failure::Failure;
use crate::identity::Pass;
use crate::market::{Item, Markets, OnSale, Sought, of_one_segment};
use crate::route;
use crate::wire::catalogue::{Availability, Product, Sku};
use crate::wire::promotion::ProductPromotion;
use crate::wire::read_all;
use async_trait::async_trait;
use carryover_domain::facts::Hope;
use carryover_domain::ids::{SkuId, TenantId};
use carryover_domain::offer::{Offer, OfferId, Promotion, Segment};
use carryover_domain::value::Country;
use carryover_ports::{Catalogue, Market, Observed, Read};
use jiff::Timestamp;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use tokio::task::JoinSet;
use url::Url;

/// Calls at a time: what Microsoft's own bulk tool uses (fact sheet 7).
const PARALLEL: usize = 5;

/// Also what is not sold any more (fact sheet 12.1).
const EVERY_STATE: (&str, &str) = ("IncludeLifeCycleState", "true");

#[async_trait]
impl Catalogue for PartnerCenter {
    async fn offers(&self, market: Market, skus: &BTreeSet<SkuId>, items: &BTreeSet<OfferId>) -> Read<Vec<Offer>> {
        self.read_offers(market, skus, items).await.map_err(Failure::unavailable)
    }

    async fn promotions_for(&self, customer: TenantId, hopes: &[Hope]) -> Read<Vec<BTreeSet<String>>> {
        let Observed { value, at } = self.given(customer, hopes).await.map_err(Failure::unavailable)?;
        Ok(Observed { value: value.1.clone(), at })
    }
}

impl PartnerCenter {
    async fn read_offers(
        &self,
        market: Market,
        skus: &BTreeSet<SkuId>,
        items: &BTreeSet<OfferId>,
    ) -> Result<Observed<Vec<Offer>>, Failure> {
        let shop = Shop { client: self.client.clone(), markets: Arc::clone(&self.markets), market };
        let mut at = self.client.now();
        // Whoever wants an item by name gets it even if the list of products forgot it.
        let mut sought = by_product(items);
        if !skus.is_empty() {
            let products = shop.products().await?;
            at = at.min(products.at);
            // Any of their SKUs may provision one of the licences.
            let all = products.value.iter().cloned().chain(sought.into_keys());
            sought = all.map(|product| (product, Sought::Any)).collect();
        }

        let (mut wanted, mut licences) = (BTreeMap::new(), BTreeMap::new());
        for (read, elsewhere) in shop.all_items(&sought).await? {
            // Which licence an item provisions does not age; what it is sold for does, and is read below.
            let hits = read.value.iter().filter(|item| skus.contains(&item.sku) || items.contains(&item.id));
            wanted.extend(hits.map(|item| (item.id.clone(), (item.clone(), elsewhere))));
            licences.extend(read.value.iter().map(|item| (item.id.clone(), item.sku)));
        }
        // The bases of add-ons, of which only the items are named. Remembered like all others.
        let mut bases = by_product(wanted.values().flat_map(|(item, _)| &item.needs));
        bases.retain(|product, _| !sought.contains_key(product));
        for (read, _) in shop.all_items(&bases).await? {
            licences.extend(read.value.iter().map(|item| (item.id.clone(), item.sku)));
        }

        let reads = wanted.into_values().map(|(item, elsewhere)| {
            let shop = shop.clone();
            async move { shop.on_sale(&item.id).await.map(|read| (item, elsewhere, read)) }
        });
        let mut offers = Vec::new();
        for (item, elsewhere, read) in a_few_at_a_time(reads).await? {
            at = at.min(read.at);
            let OnSale { segment, terms, end_of_sale } = &*read.value;
            // What another country has and nobody sells here is no offer.
            let known_here = !elsewhere || !terms.is_empty() || *end_of_sale;
            if let Some(segment) = segment.filter(|_| known_here) {
                offers.push(Offer {
                    title: item.title,
                    seats_min: item.seats_min,
                    seats_max: item.seats_max,
                    terms: terms.clone(),
                    segment,
                    end_of_sale: *end_of_sale,
                    needs: item.needs.iter().filter_map(|base| licences.get(base).copied()).collect(),
                    // Prices come from another service (fact sheet 12.4).
                    ..Offer::least(item.id, item.sku)
                });
            }
        }
        offers.sort_by(|one, other| one.id.cmp(&other.id));
        if offers.iter().any(|offer| !offer.terms.is_empty()) {
            let promotions = shop.promotions().await?.value;
            for offer in &mut offers {
                let of_it = promotions.iter().filter(|promotion| promotion.offer == offer.id);
                offer.promotions = of_it.cloned().collect();
            }
        }
        Ok(Observed { value: offers, at })
    }

    /// The availabilities of `id` for `segment` as the customer has them at this moment, without a wish for one those for the
    /// first that any is for; none when its market does not know the item.
    pub(crate) async fn read_availabilities(
        &self,
        customer: TenantId,
        id: &OfferId,
        segment: Option<Segment>,
    ) -> Result<Vec<Availability>, Failure> {
        let by_name = segment.filter(|segment| *segment != Segment::Commercial);
        let mut found = availabilities(&self.client, Market::Customer(customer), id, by_name).await?;
        found.retain(|availability| segment.is_none() || availability.segment() == segment);
        Ok(of_one_segment(found))
    }

    /// How many licence-based products a country's catalogue has.
    pub(crate) async fn count_products(&self, country: Country) -> Result<usize, Failure> {
        let shop =
            Shop { client: self.client.clone(), markets: Arc::clone(&self.markets), market: Market::Country(country) };
        shop.products().await.map(|products| products.value.len())
    }
}

/// One market, read through what is remembered.
#[derive(Clone)]
struct Shop {
    client: Client,
    markets: Arc<Markets>,
    market: Market,
}

impl Shop {
    async fn products(&self) -> Result<Observed<Arc<Vec<String>>>, Failure> {
        let now = self.client.now();
        if let Some(known) = self.markets.products(self.market, now) {
            return Ok(known);
        }
        let url = address(&self.client, self.market, &[]);
        let url = route::with(url, &[("targetView", "OnlineServices"), EVERY_STATE]);
        let found: Vec<Product> = list(&self.client, Operation::Products, url).await?;
        let ids: BTreeSet<String> = found
            .into_iter()
            .filter(Product::is_licence_based)
            .filter_map(|product| product.id)
            .map(|id| id.to_ascii_uppercase())
            .collect();
        let read = observed(ids.into_iter().collect(), now);
        self.markets.keep_products(self.market, read.clone());
        Ok(read)
    }

    /// The items of all products of `sought`, each with whether they were read in another country.
    async fn all_items(
        &self,
        sought: &BTreeMap<String, Sought>,
    ) -> Result<Vec<(Observed<Arc<Vec<Item>>>, bool)>, Failure> {
        let read = |(product, sought): (&String, &Sought)| {
            let (shop, product, sought) = (self.clone(), product.clone(), sought.clone());
            async move { shop.items(product, &sought).await }
        };
        a_few_at_a_time(sought.iter().map(read)).await
    }

    /// The promotions that run in the country and apply themselves: one list for all customers. A customer's own market has
    /// no list, and only commercial ones are documented.
    async fn promotions(&self) -> Result<Observed<Arc<Vec<Promotion>>>, Failure> {
        let now = self.client.now();
        let Market::Country(country) = self.market else { return Ok(observed(Vec::new(), now)) };
        if let Some(known) = self.markets.promotions(self.market, now) {
            return Ok(known);
        }
        let url = route::with(
            self.client.at(&["productpromotions"]),
            &[("country", country.as_str()), ("segment", "commercial")],
        );
        let found: Vec<ProductPromotion> = list(&self.client, Operation::Promotions, url).await?;
        let read = observed(found.iter().flat_map(ProductPromotion::promotions).collect(), now);
        self.markets.keep_promotions(self.market, read.clone());
        Ok(read)
    }

    /// The items of `product`, and whether they were read in another country.
    async fn items(&self, product: String, sought: &Sought) -> Result<(Observed<Arc<Vec<Item>>>, bool), Failure> {
        let now = self.client.now();
        if let Some(known) = self.markets.items(self.market, &product, sought, now) {
            return Ok(known);
        }
        let url = route::with(address(&self.client, self.market, &[&product, "skus"]), &[EVERY_STATE]);
        let found: Vec<Sku> = list(&self.client, Operation::Skus, url).await?;
        let items = found.into_iter().filter(|sku| !sku.is_trial()).filter_map(|sku| item(&product, sku)).collect();
        let read = observed(items, now);
        self.markets.keep_items(self.market, product, read.clone());
        Ok((read, false))
    }

    async fn on_sale(&self, id: &OfferId) -> Result<Observed<Arc<OnSale>>, Failure> {
        let now = self.client.now();
        if let Some(known) = self.markets.on_sale(self.market, id, now) {
            return Ok(known);
        }
        let found = availabilities(&self.client, self.market, id, None).await?;
        let read = observed(OnSale::of(found), now);
        self.markets.keep_on_sale(self.market, id.clone(), read.clone());
        Ok(read)
    }
}

/// `items` by their products.
fn by_product<'a>(items: impl IntoIterator<Item = &'a OfferId>) -> BTreeMap<String, Sought> {
    let mut named: BTreeMap<String, BTreeSet<OfferId>> = BTreeMap::new();
    for item in items {
        named.entry(item.product().to_owned()).or_default().insert(item.clone());
    }
    named.into_iter().map(|(product, items)| (product, Sought::Named(items))).collect()
}

fn observed<T>(value: T, at: Timestamp) -> Observed<Arc<T>> {
    Observed { value: Arc::new(value), at }
}

/// None for items without a licence, such as software.
fn item(product: &str, sku: Sku) -> Option<Item> {
    Some(Item {
        id: sku.item(product)?,
        sku: sku.provisions()?,
        seats_min: sku.minimum_quantity.unwrap_or(1),
        seats_max: sku.maximum_quantity.unwrap_or(u32::MAX),
        needs: sku.prerequisites(),
        title: sku.title.unwrap_or_default(),
    })
}

async fn availabilities(
    client: &Client,
    market: Market,
    id: &OfferId,
    of: Option<Segment>,
) -> Result<Vec<Availability>, Failure> {
    let url = address(client, market, &[id.product(), "skus", id.sku(), "availabilities"]);
    let by_name: Vec<_> = of.map(|of| ("targetSegment", of.word())).into_iter().chain([EVERY_STATE]).collect();
    let url = route::with(url, &by_name);
    list(client, Operation::Availabilities, url).await
}

/// A list of the catalogue; what the market does not know is an empty one.
async fn list<T: serde::de::DeserializeOwned>(
    client: &Client,
    operation: Operation,
    url: Url,
) -> Result<Vec<T>, Failure> {
    let items: Vec<Value> = match client.list(operation, Pass::Application, url).await {
        Err(failure) if failure.meaning == Meaning::NotFound => Vec::new(),
        answer => answer?,
    };
    read_all(operation, items)
}

/// A list of the market: of its segment, where it is of one. Without a wish for one all are listed, save nonprofit.
fn address(client: &Client, market: Market, segments: &[&str]) -> Url {
    let of_country = |country: Country, of: &[(&str, &str)]| {
        route::with(route::with(route::at(&client.at(&["products"]), segments), &[("country", country.as_str())]), of)
    };
    match market {
        Market::Country(country) => of_country(country, &[]),
        Market::Nonprofit(country) => of_country(country, &[("targetSegment", Segment::Nonprofit.word())]),
        Market::Customer(customer) => route::at(&client.of_customer(customer, &["products"]), segments),
    }
}

/// Every result, [`PARALLEL`] at a time; the first failure ends it. What was read by then is remembered.
async fn a_few_at_a_time<T, F>(reads: impl Iterator<Item = F>) -> Result<Vec<T>, Failure>
where
    T: Send + 'static,
    F: Future<Output = Result<T, Failure>> + Send + 'static,
{
    let mut results = Vec::new();
    let mut under_way = JoinSet::new();
    for read in reads {
        if under_way.len() >= PARALLEL
            && let Some(done) = under_way.join_next().await
        {
            results.push(joined(done)?);
        }
        under_way.spawn(read);
    }
    while let Some(done) = under_way.join_next().await {
        results.push(joined(done)?);
    }
    Ok(results)
}

fn joined<T>(done: Result<Result<T, Failure>, tokio::task::JoinError>) -> Result<T, Failure> {
    done.unwrap_or_else(|broken| match broken.try_into_panic() {
        Ok(panic) => std::panic::resume_unwind(panic),
        // Only this function's caller drops the set, and then nobody waits here any more.
        Err(_) => Err(Failure::garbled(Operation::Skus, "it was given up")),
    })
}
