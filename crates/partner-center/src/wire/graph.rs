//! The customer's tenant (fact sheet 21.2 to 21.5).

use super::lenient;
use carryover_domain::aftermath::{Provisioning, Service};
use carryover_domain::facts::{HeldStatus, HeldSubscription, Holder, Pool, Via};
use carryover_domain::ids::{ServicePlanId, SkuId, SubscriptionId, UserId};
use carryover_ports::LicenceChange;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeSet;
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
    pub(crate) fn held(self) -> Option<HeldSubscription> {
        let id = self.commerce_subscription_id.or(self.id)?;
        let (id, sku) = (SubscriptionId::try_new(&id).ok()?, parsed(self.sku_id)?);
        Some(HeldSubscription {
            status: status(self.status.unwrap_or_default()),
            bought_by_user: self.owner_type.is_some_and(|kind| kind.eq_ignore_ascii_case("user")),
            created: self.created_date_time,
            next_lifecycle: self.next_lifecycle_date_time,
            owner: parsed(self.owner_tenant_id),
            trial: self.is_trial == Some(true),
            ..HeldSubscription::least(id, sku, self.total_licenses.unwrap_or(0))
        })
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
    /// None when it names no SKU.
    pub(crate) fn pool(self) -> Option<(SkuId, Pool)> {
        let units = self.prepaid_units.unwrap_or_default();
        let pool = Pool {
            enabled: units.enabled.unwrap_or(0),
            warning: units.warning.unwrap_or(0),
            suspended: units.suspended.unwrap_or(0),
            consumed: self.consumed_units.unwrap_or(0),
            plans: self.service_plans.into_iter().filter_map(|plan| parsed(plan.service_plan_id)).collect(),
            company_wide: self.applies_to.is_some_and(|to| to.eq_ignore_ascii_case("company")),
        };
        Some((parsed(self.sku_id)?, pool))
    }
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
    fn off(&self) -> BTreeSet<ServicePlanId> {
        self.disabled_plans.iter().filter_map(|plan| plan.parse().ok()).collect()
    }

    /// None when it names no SKU.
    fn held(&self) -> Option<(SkuId, BTreeSet<ServicePlanId>)> {
        Some((parsed(self.sku_id.clone())?, self.off()))
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
    fn licence(&self, sku: SkuId) -> Option<&AssignedLicense> {
        self.assigned_licenses.iter().find(|licence| is(licence.sku_id.as_deref(), sku))
    }

    pub(crate) fn holds(&self, sku: SkuId) -> bool {
        self.licence(sku).is_some()
    }

    /// The user as a holder of `sku`; none when it is not held.
    ///
    /// # Errors
    /// In words, when the id cannot be read: no holder may be overlooked.
    pub(crate) fn holder(&self, sku: SkuId) -> Result<Option<Holder>, String> {
        let Some(licence) = self.licence(sku) else {
            return Ok(None);
        };
        let user: Option<UserId> = parsed(self.id.clone());
        let of_sku = || self.license_assignment_states.iter().filter(|state| is(state.sku_id.as_deref(), sku));
        let by_group = of_sku().any(|state| state.assigned_by_group.is_some());
        let direct = of_sku().any(|state| state.assigned_by_group.is_none());
        Ok(Some(Holder {
            user: user.ok_or("a user without a readable id")?,
            via: match (direct, by_group) {
                (true, true) => Via::Both,
                (false, true) => Via::Group,
                (_, false) => Via::Direct,
            },
            disabled_plans: licence.off(),
            has_usage_location: self.usage_location.is_some(),
            others: self
                .assigned_licenses
                .iter()
                .filter_map(AssignedLicense::held)
                .filter(|(other, _)| *other != sku)
                .collect(),
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
