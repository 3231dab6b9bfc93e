//! Products and the service plans inside them, keyed by GUID; and who is asked first about a product (rules R130, R131).

use super::families;
use super::rows::rows;
use crate::facts::Tenancy;
use crate::ids::{ServicePlanId, SkuId};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

/// Common products with the ids of their plans, as the public table of 2026-06-24 has them (rule R130).
static COMMON: LazyLock<ProductTable> = LazyLock::new(|| common(include_str!("../../data/common-products.csv")));

/// What a licence is called and what is in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Product {
    /// The short name, such as `O365_BUSINESS_PREMIUM`. Not a key: two products can share one (rule R131).
    pub string_id: String,
    /// The name in shops; for people. Two products can share one.
    pub name: String,
    /// The service plans inside.
    pub plans: BTreeSet<ServicePlanId>,
}

/// Products by the GUID of their licence.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ProductTable {
    products: BTreeMap<SkuId, Product>,
    plan_names: BTreeMap<ServicePlanId, String>,
}

/// A short name that does not lead to one product.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoOneProduct {
    /// The table has no product of that name.
    #[error("no product is called `{0}`")]
    Unknown(String),
    /// Several products bear it; their GUIDs tell them apart.
    #[error("`{name}` is the name of {} products; give the GUID of the one that is meant", .among.len())]
    Ambiguous {
        /// The name.
        name: String,
        /// The products that bear it.
        among: Vec<SkuId>,
    },
}

impl ProductTable {
    /// A table without products.
    pub fn new() -> Self {
        Self::default()
    }
    /// The table that is part of the program: some thirty products in common use.
    pub fn common() -> &'static Self {
        &COMMON
    }
    /// Adds one plan of one product. The first names count; a pair that is there already is not added again.
    pub fn add(&mut self, sku: SkuId, string_id: &str, name: &str, plan: ServicePlanId) {
        let new = || Product { string_id: string_id.to_owned(), name: name.to_owned(), plans: BTreeSet::new() };
        self.products.entry(sku).or_insert_with(new).plans.insert(plan);
    }
    /// Names a plan, such as `EXCHANGE_S_STANDARD`. The first name counts.
    pub fn name_plan(&mut self, plan: ServicePlanId, name: &str) {
        self.plan_names.entry(plan).or_insert_with(|| name.to_owned());
    }
    /// The product of that GUID.
    pub fn product(&self, sku: SkuId) -> Option<&Product> {
        self.products.get(&sku)
    }
    /// The product with the short name `string_id`, which is read without regard to case where none has it exactly
    /// (rule R131).
    ///
    /// # Errors
    /// [`NoOneProduct`] when none or several bear it.
    pub fn named(&self, string_id: &str) -> Result<SkuId, NoOneProduct> {
        let all = |same: &dyn Fn(&str) -> bool| -> Vec<SkuId> {
            self.products.iter().filter(|(_, product)| same(&product.string_id)).map(|(sku, _)| *sku).collect()
        };
        let exact = all(&|name| name == string_id);
        let found = if exact.is_empty() { all(&|name| name.eq_ignore_ascii_case(string_id)) } else { exact };
        match found[..] {
            [] => Err(NoOneProduct::Unknown(string_id.to_owned())),
            [sku] => Ok(sku),
            _ => Err(NoOneProduct::Ambiguous { name: string_id.to_owned(), among: found }),
        }
    }
    /// The short name of a plan, where this table or that of the families has one.
    pub fn plan_name(&self, plan: ServicePlanId) -> Option<&str> {
        self.plan_names.get(&plan).map(String::as_str).or_else(|| families::plan_name(plan))
    }
    /// Every product, by GUID.
    pub fn products(&self) -> impl Iterator<Item = (SkuId, &Product)> {
        self.products.iter().map(|(sku, product)| (*sku, product))
    }
    /// How many products it holds.
    pub fn len(&self) -> usize {
        self.products.len()
    }
    /// Whether it holds none.
    pub fn is_empty(&self) -> bool {
        self.products.is_empty()
    }
    /// How many different service plans it holds.
    pub fn plan_count(&self) -> usize {
        self.products.values().flat_map(|product| &product.plans).collect::<BTreeSet<_>>().len()
    }
    /// How many pairs of product and plan it holds: the rows of a file without repeats.
    pub fn row_count(&self) -> usize {
        self.products.values().map(|product| product.plans.len()).sum()
    }
}

fn common(text: &'static str) -> ProductTable {
    let mut table = ProductTable::new();
    for [sku, string_id, name, plans] in rows(text) {
        let Ok(sku) = sku.parse() else { continue };
        for plan in plans.split(' ').filter_map(|plan| plan.parse().ok()) {
            table.add(sku, string_id, name, plan);
        }
    }
    table
}

/// Everything that can be asked about products: the tenant first, then the loaded table, then the built-in one.
#[derive(Debug, Clone, Copy)]
pub struct Products<'a> {
    tenancy: Option<&'a Tenancy>,
    loaded: Option<&'a ProductTable>,
}

impl<'a> Products<'a> {
    /// `tenancy` is what the customer's tenant shows, `loaded` the table that the user has loaded, where there is either.
    pub fn new(tenancy: Option<&'a Tenancy>, loaded: Option<&'a ProductTable>) -> Self {
        Self { tenancy, loaded }
    }
    /// The plans of `sku` by the most trusted source that lists any: the tenant's own reply wins over every table
    /// (rule R131). None when nobody knows it.
    pub fn plans_of(&self, sku: SkuId) -> Option<&'a BTreeSet<ServicePlanId>> {
        let live = self.tenancy.and_then(|tenancy| tenancy.pools.get(&sku)).map(|pool| &pool.plans);
        live.filter(|plans| !plans.is_empty()).or_else(|| self.product(sku).map(|product| &product.plans))
    }
    /// What a table says of `sku`: the loaded one, else the built-in one.
    pub fn product(&self, sku: SkuId) -> Option<&'a Product> {
        self.loaded.and_then(|table| table.product(sku)).or_else(|| ProductTable::common().product(sku))
    }
    /// The name of `sku` in shops; for people.
    pub fn name_of(&self, sku: SkuId) -> Option<&'a str> {
        self.product(sku).map(|product| product.name.as_str())
    }
}
