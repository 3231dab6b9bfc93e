//! Users and licences in Partner Center's own words (fact sheet 16).

use super::graph::{in_use, readable};
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
    /// The SKU and what there is of it; as of Graph's.
    ///
    /// # Errors
    /// In words, what is missing or cannot be read.
    pub(crate) fn pool(self) -> Result<(SkuId, Pool), String> {
        let named = self.product_sku.ok_or("a licence pool without a productSku")?;
        let company_wide = lenient::is_word(named.target_type.as_deref(), "tenant");
        let sku = named.sku()?;
        let plans = self.service_plans.into_iter().map(|plan| readable("id of a service plan", plan.id));
        let pool = Pool {
            enabled: self.active_units.unwrap_or(0),
            warning: self.warning_units.unwrap_or(0),
            suspended: self.suspended_units.unwrap_or(0),
            consumed: in_use(sku, self.consumed_units, company_wide)?,
            plans: plans.filter_map(Result::transpose).collect::<Result<_, _>>()?,
            company_wide,
        };
        Ok((sku, pool))
    }
}

impl ProductSku {
    fn sku(self) -> Result<SkuId, String> {
        Ok(readable("id of a productSku", self.id)?.ok_or("a productSku without an id")?)
    }
}

impl Named {
    /// The user's id.
    ///
    /// # Errors
    /// In words, when it is missing or cannot be read: no user may be overlooked.
    pub(crate) fn user(self) -> Result<UserId, String> {
        Ok(readable("id of a user", self.id)?.ok_or("a user without an id")?)
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct UserLicence {
    #[serde(default)]
    product_sku: Option<ProductSku>,
}

impl UserLicence {
    /// Of which SKU it is.
    ///
    /// # Errors
    /// In words, when that is missing or cannot be read.
    pub(crate) fn sku(self) -> Result<SkuId, String> {
        self.product_sku.ok_or("a licence without a productSku")?.sku()
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
