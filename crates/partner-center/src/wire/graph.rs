//! The customer's tenant (fact sheet 21.2 to 21.5).

use super::lenient;
use crate::config::OwnerUser;
use carryover_domain::aftermath::{Provisioning, Service};
use carryover_domain::facts::{HeldStatus, HeldSubscription, Holder, Pool, Via};
use carryover_domain::ids::{ServicePlanId, SkuId, SubscriptionId, UserId};
use carryover_ports::LicenceChange;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CompanySubscription {
    #[serde(default, deserialize_with = "lenient::text")]
    id: Option<String>,
    #[serde(default, deserialize_with = "lenient::text")]
    commerce_subscription_id: Option<String>,
    #[serde(default, deserialize_with = "lenient::text")]
    sku_id: Option<String>,
    #[serde(default, deserialize_with = "lenient::text")]
    status: Option<String>,
    #[serde(default, deserialize_with = "lenient::count")]
    total_licenses: Option<u32>,
    #[serde(default, deserialize_with = "lenient::instant")]
    created_date_time: Option<Timestamp>,
    #[serde(default, deserialize_with = "lenient::instant")]
    next_lifecycle_date_time: Option<Timestamp>,
    #[serde(default, deserialize_with = "lenient::text")]
    owner_tenant_id: Option<String>,
    #[serde(default, deserialize_with = "lenient::text")]
    owner_type: Option<String>,
    #[serde(default, deserialize_with = "lenient::flag")]
    is_trial: Option<bool>,
}

impl CompanySubscription {
    /// None when it feeds no licence or has no id: nothing can be moved from it.
    ///
    /// # Errors
    /// In words, what is there and cannot be read, or is missing: seats that are not counted would leave cover that is not there.
    pub(crate) fn held(self, owner_user: OwnerUser) -> Result<Option<HeldSubscription>, String> {
        let (Some(id), Some(sku)) = (self.commerce_subscription_id.or(self.id), readable("skuId", self.sku_id)?) else {
            return Ok(None);
        };
        let id = SubscriptionId::try_new(&id).map_err(|_| unreadable("id of a subscription", &id))?;
        let seats = self.total_licenses.ok_or("a subscription without totalLicenses")?;
        Ok(Some(HeldSubscription {
            status: status(self.status.unwrap_or_default()),
            bought_by_user: owner_user == OwnerUser::SelfService
                && lenient::is_word(self.owner_type.as_deref(), "user"),
            created: self.created_date_time,
            next_lifecycle: self.next_lifecycle_date_time,
            owner: readable("ownerTenantId", self.owner_tenant_id)?,
            trial: self.is_trial == Some(true),
            ..HeldSubscription::least(id, sku, seats)
        }))
    }
}

fn status(word: String) -> HeldStatus {
    match word.to_ascii_lowercase().as_str() {
        "enabled" => HeldStatus::Enabled,
        "warning" => HeldStatus::Warning,
        "suspended" => HeldStatus::Suspended,
        "deleted" => HeldStatus::Deleted,
        "lockedout" => HeldStatus::LockedOut,
        _ => HeldStatus::Other(word),
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SubscribedSku {
    #[serde(default, deserialize_with = "lenient::text")]
    applies_to: Option<String>,
    #[serde(default, deserialize_with = "lenient::text")]
    sku_id: Option<String>,
    #[serde(default, deserialize_with = "lenient::count")]
    consumed_units: Option<u32>,
    #[serde(default)]
    prepaid_units: Option<PrepaidUnits>,
    #[serde(default, deserialize_with = "lenient::list")]
    service_plans: Vec<ServicePlan>,
}

#[derive(Debug, Default, Deserialize)]
struct PrepaidUnits {
    #[serde(default, deserialize_with = "lenient::count")]
    enabled: Option<u32>,
    #[serde(default, deserialize_with = "lenient::count")]
    warning: Option<u32>,
    #[serde(default, deserialize_with = "lenient::count")]
    suspended: Option<u32>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ServicePlan {
    #[serde(default, deserialize_with = "lenient::text")]
    service_plan_id: Option<String>,
}

impl SubscribedSku {
    /// The SKU and what there is of it. Units that are not told of count as none there, never as none in use.
    ///
    /// # Errors
    /// In words, what is missing or cannot be read.
    pub(crate) fn pool(self) -> Result<(SkuId, Pool), String> {
        let sku = readable("skuId", self.sku_id)?.ok_or("a licence pool without a skuId")?;
        let company_wide = lenient::is_word(self.applies_to.as_deref(), "company");
        let units = self.prepaid_units.unwrap_or_default();
        let plans = self.service_plans.into_iter().map(|plan| readable("servicePlanId", plan.service_plan_id));
        let pool = Pool {
            enabled: units.enabled.unwrap_or(0),
            warning: units.warning.unwrap_or(0),
            suspended: units.suspended.unwrap_or(0),
            consumed: in_use(sku, self.consumed_units, company_wide)?,
            plans: plans.filter_map(Result::transpose).collect::<Result<_, _>>()?,
            company_wide,
        };
        Ok((sku, pool))
    }
}

/// How many units of `sku` are in use. What the whole company has is assigned to nobody and may not be counted; of anything else a
/// count that is missing is not none: any ending would look safe (fact sheet 21.3, 24).
///
/// # Errors
/// In words, that it is missing.
pub(super) fn in_use(sku: SkuId, consumed: Option<u32>, company_wide: bool) -> Result<u32, String> {
    consumed
        .or(company_wide.then_some(0))
        .ok_or_else(|| format!("the licence pool of {sku} does not say how many are in use"))
}

/// What is asked of a user: ids and licences, no names.
pub(crate) const USER_FIELDS: &str = "id,usageLocation,assignedLicenses,licenseAssignmentStates";

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct User {
    #[serde(default, deserialize_with = "lenient::text")]
    id: Option<String>,
    #[serde(default, deserialize_with = "lenient::text")]
    usage_location: Option<String>,
    #[serde(default, deserialize_with = "lenient::list")]
    assigned_licenses: Vec<AssignedLicense>,
    #[serde(default, deserialize_with = "lenient::list")]
    license_assignment_states: Vec<AssignmentState>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct AssignedLicense {
    #[serde(default, deserialize_with = "lenient::text")]
    sku_id: Option<String>,
    #[serde(default, deserialize_with = "lenient::list")]
    disabled_plans: Vec<String>,
}

impl AssignedLicense {
    /// The SKU and which of its plans are off; a plan that is not understood would be switched on with the next licence.
    fn held(&self) -> Result<(SkuId, BTreeSet<ServicePlanId>), String> {
        let sku = readable("skuId", self.sku_id.clone())?.ok_or("a licence of a user without a skuId")?;
        let plan = |plan: &String| plan.parse().map_err(|_| unreadable("disabled plan", plan));
        Ok((sku, self.disabled_plans.iter().map(plan).collect::<Result<_, _>>()?))
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct AssignmentState {
    #[serde(default, deserialize_with = "lenient::text")]
    sku_id: Option<String>,
    /// The group; none for a direct assignment.
    #[serde(default, deserialize_with = "lenient::text")]
    assigned_by_group: Option<String>,
}

impl User {
    /// Whose it is; none where that cannot be read.
    pub(crate) fn id(&self) -> Option<UserId> {
        parsed(self.id.clone())
    }

    pub(crate) fn holds(&self, sku: SkuId) -> bool {
        self.assigned_licenses.iter().any(|licence| is(licence.sku_id.as_deref(), sku))
    }

    /// The user as a holder of `sku`; none when it is not held.
    ///
    /// # Errors
    /// In words, when the id or a licence cannot be read: no holder and no plan may be overlooked.
    pub(crate) fn holder(&self, sku: SkuId) -> Result<Option<Holder>, String> {
        let licences = self.assigned_licenses.iter().map(AssignedLicense::held);
        let mut others: BTreeMap<SkuId, BTreeSet<ServicePlanId>> = licences.collect::<Result<_, _>>()?;
        let Some(disabled_plans) = others.remove(&sku) else {
            return Ok(None);
        };
        let of_sku = || self.license_assignment_states.iter().filter(|state| is(state.sku_id.as_deref(), sku));
        let by_group = of_sku().any(|state| state.assigned_by_group.is_some());
        let direct = of_sku().any(|state| state.assigned_by_group.is_none());
        Ok(Some(Holder {
            user: self.id().ok_or("a user without a readable id")?,
            via: match (direct, by_group) {
                (true, true) => Via::Both,
                (false, true) => Via::Group,
                (_, false) => Via::Direct,
            },
            disabled_plans,
            has_usage_location: self.usage_location.is_some(),
            others,
        }))
    }
}

/// What is asked of a user of whom only the services are looked at.
pub(crate) const SERVICE_FIELDS: &str = "id,provisionedPlans";

/// The services of a user ("provisionedPlan resource type", Microsoft Graph v1.0).
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct UserServices {
    #[serde(default, deserialize_with = "lenient::text")]
    id: Option<String>,
    #[serde(default, deserialize_with = "lenient::list")]
    provisioned_plans: Vec<ProvisionedPlan>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ProvisionedPlan {
    #[serde(default, deserialize_with = "lenient::text")]
    capability_status: Option<String>,
    #[serde(default, deserialize_with = "lenient::text")]
    provisioning_status: Option<String>,
    #[serde(default, deserialize_with = "lenient::text")]
    service: Option<String>,
}

impl UserServices {
    /// With whose they are; none where that cannot be read.
    pub(crate) fn of_user(mut self) -> Option<(UserId, Vec<Service>)> {
        Some((parsed(self.id.take())?, self.services()))
    }

    pub(crate) fn services(self) -> Vec<Service> {
        let service = |plan: ProvisionedPlan| Service {
            name: plan.service.unwrap_or_default(),
            capability: status(plan.capability_status.unwrap_or_default()),
            provisioning: provisioning(plan.provisioning_status.unwrap_or_default()),
        };
        self.provisioned_plans.into_iter().map(service).collect()
    }
}

fn provisioning(word: String) -> Provisioning {
    match word.to_ascii_lowercase().as_str() {
        "success" => Provisioning::Success,
        "disabled" => Provisioning::Disabled,
        "pendingactivation" => Provisioning::PendingActivation,
        "pendinginput" | "pendingprovisioning" => Provisioning::Pending,
        "error" => Provisioning::Error,
        _ => Provisioning::Other(word),
    }
}

/// The body that gives licences and takes another one, both lists always there (fact sheet 21.5).
pub(crate) fn swap(change: &LicenceChange) -> Value {
    let given = change.add.iter().map(|(sku, disabled)| {
        let disabled: Vec<String> = disabled.iter().map(ToString::to_string).collect();
        json!({ "skuId": sku.to_string(), "disabledPlans": disabled })
    });
    json!({
        "addLicenses": given.collect::<Vec<Value>>(),
        "removeLicenses": [change.remove.to_string()],
    })
}

fn is(text: Option<&str>, sku: SkuId) -> bool {
    text.and_then(|text| text.parse::<SkuId>().ok()) == Some(sku)
}

fn parsed<T: FromStr>(text: Option<String>) -> Option<T> {
    text?.parse().ok()
}

/// What stands under `field`, if anything.
///
/// # Errors
/// In words, when something stands there that cannot be read.
pub(super) fn readable<T: FromStr>(field: &str, text: Option<String>) -> Result<Option<T>, String> {
    text.map(|text| text.trim().parse().map_err(|_| unreadable(field, &text))).transpose()
}

fn unreadable(field: &str, text: &str) -> String {
    format!("the {field} `{text}` cannot be read")
}
