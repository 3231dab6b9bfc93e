//! Users and licences in Partner Center's own words (fact sheet 16).

use super::lenient;
use carryover_domain::facts::Pool;
use carryover_domain::ids::{SkuId, UserId};
use carryover_ports::LicenceChange;
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CustomerSku {
    #[serde(default, deserialize_with = "lenient::count")]
    active_units: Option<u32>,
    #[serde(default, deserialize_with = "lenient::count")]
    warning_units: Option<u32>,
    #[serde(default, deserialize_with = "lenient::count")]
    suspended_units: Option<u32>,
    #[serde(default, deserialize_with = "lenient::count")]
    consumed_units: Option<u32>,
    #[serde(default)]
    product_sku: Option<ProductSku>,
    #[serde(default, deserialize_with = "lenient::list")]
    service_plans: Vec<Named>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ProductSku {
    #[serde(default, deserialize_with = "lenient::text")]
    id: Option<String>,
    #[serde(default, deserialize_with = "lenient::text")]
    target_type: Option<String>,
}

/// A thing of which only the id is read.
#[derive(Debug, Deserialize)]
pub(crate) struct Named {
    #[serde(default, deserialize_with = "lenient::text")]
    id: Option<String>,
}

impl CustomerSku {
    /// None when it names no SKU.
    pub(crate) fn pool(self) -> Option<(SkuId, Pool)> {
        let sku = self.product_sku?;
        let pool = Pool {
            enabled: self.active_units.unwrap_or(0),
            warning: self.warning_units.unwrap_or(0),
            suspended: self.suspended_units.unwrap_or(0),
            consumed: self.consumed_units.unwrap_or(0),
            plans: self.service_plans.into_iter().filter_map(|plan| plan.id?.parse().ok()).collect(),
            company_wide: sku.target_type.is_some_and(|kind| kind.eq_ignore_ascii_case("tenant")),
        };
        Some((sku.id?.parse().ok()?, pool))
    }
}

impl Named {
    /// The user's id; none where it cannot be read.
    pub(crate) fn user(self) -> Option<UserId> {
        self.id?.parse().ok()
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct UserLicence {
    #[serde(default)]
    product_sku: Option<ProductSku>,
}

impl UserLicence {
    /// None when it names no SKU.
    pub(crate) fn sku(self) -> Option<SkuId> {
        self.product_sku?.id?.parse().ok()
    }
}

/// The body that gives licences and takes another one.
pub(crate) fn update(change: &LicenceChange) -> Value {
    let given = change.add.iter().map(|(sku, disabled)| {
        let excluded: Vec<String> = disabled.iter().map(ToString::to_string).collect();
        json!({ "skuId": sku.to_string(), "excludedPlans": excluded })
    });
    json!({
        "licensesToAssign": given.collect::<Vec<Value>>(),
        "licensesToRemove": [change.remove.to_string()],
    })
}
