//! Which calls leave a record, and the records on the wire (fact sheet 20.5).

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use uuid::Uuid;

use super::super::call::{Call, Reply};
use super::filter::Filter;
use super::seek;
use crate::ids::TenantId;
use crate::ledger::audit::Record;
use crate::ledger::{Ledger, Refusal, calendar};

/// Records on a page, at most.
const PAGE: usize = 500;

/// Resource and operation of a call that changes something.
pub(super) fn kind(method: &str, route: &[&str]) -> Option<(&'static str, &'static str)> {
    Some(match (method, route) {
        ("POST", ["customers"]) => ("customer", "add_customer"),
        ("PATCH", ["customers", _]) => ("customer", "update_customer"),
        ("DELETE", ["customers", _]) => ("customer", "remove_partner_customer_relationship"),
        ("PUT", ["customers", _, "profiles", "billing"]) => {
            ("customer_billing_profile", "update_customer_billing_profile")
        }
        ("POST", ["customers", _, "qualifications"]) => ("customer", "update_customer_qualification"),
        ("POST", ["customers", _, "agreements"]) => ("agreement", "create_customer_agreement"),
        ("POST", ["customers", _, "carts", _, "checkout"]) | ("POST", ["customers", _, "orders"]) => {
            ("order", "create_order")
        }
        ("PATCH", ["customers", _, "orders", _]) => ("order", "update_order"),
        ("PATCH", ["customers", _, "subscriptions", _]) => ("subscription", "update_subscription"),
        ("POST", ["customers", _, "subscriptions", _, "upgrades" | "transitions"]) => {
            ("subscription", "upgrade_subscription")
        }
        ("POST", ["customers", _, "subscriptions", _, "conversions"]) => ("subscription", "convert_trial_subscription"),
        ("POST", ["customers", _, "migrations", "newcommerce"]) => {
            ("new_commerce_migration", "create_new_commerce_migration")
        }
        ("POST", ["customers", _, "migrations", "newcommerce", "schedules"]) => {
            ("new_commerce_migration_schedule", "schedule_new_commerce_migration")
        }
        ("POST", ["customers", _, "transfers"]) => ("transfer", "create_transfer"),
        ("PATCH" | "DELETE", ["customers", _, "transfers", _])
        | ("POST", ["customers", _, "transfers", _, "accept" | "reject"]) => ("transfer", "update_transfer"),
        ("PATCH", ["customers", _, "users", _]) => ("customer_user", "update_customer_user"),
        ("POST", ["customers", _, "users", _, "licenseupdates"]) => ("license", "update_customer_user_licenses"),
        _ => return None,
    })
}

pub(super) fn list(call: &Call, ledger: &Ledger) -> Result<Reply, Refusal> {
    let day = SignedDuration::from_hours(24);
    let until = date(call, "endDate")?.map_or(ledger.now() + SignedDuration::from_secs(1), |end| end + day);
    let from = date(call, "startDate")?.unwrap_or(ledger.now() - day * 30);
    let filter =
        Filter::of(call, &[("companyname", "substring"), ("customerid", "equals"), ("resourcetype", "equals")])?;
    let matches = |record: &&Record| {
        let Some(Filter { field, value, .. }) = &filter else { return true };
        match field.as_str() {
            "companyname" => record.customer.to_lowercase().contains(value),
            "customerid" => record.tenant.is_some_and(|tenant| tenant.to_string() == *value),
            _ => record.resource.replace('_', "") == value.replace('_', ""),
        }
    };
    let found: Vec<&Record> = ledger.audited(from, until).filter(matches).collect();
    let key = |record: &&Record| Uuid::from_u128(u128::from(record.number));
    let readings = &ledger.rules().readings;
    seek::page(call, &found, key, PAGE, readings, "/auditrecords", |record| body(record, ledger)).map(Reply::ok)
}

pub(super) fn date(call: &Call, name: &str) -> Result<Option<Timestamp>, Refusal> {
    let Some(text) = call.query(name) else { return Ok(None) };
    let bad = || Refusal::InvalidArgument(name.to_owned());
    let day = text.get(..10).unwrap_or(text);
    day.parse().map(|day| Some(calendar::midnight(day))).map_err(|_| bad())
}

fn body(record: &Record, ledger: &Ledger) -> Value {
    let partner = &ledger.seed().partner;
    let nobody = TenantId(Uuid::nil());
    json!({
        "partnerId": partner.tenant_id,
        "customerId": record.tenant.unwrap_or(nobody),
        "customerName": record.customer,
        "userPrincipalName": "agent@partner.onmicrosoft.com",
        "applicationId": partner.client_id,
        "resourceType": record.resource,
        "operationType": record.operation,
        "operationDate": record.at.to_string(),
        "operationStatus": if record.succeeded { "succeeded" } else { "failed" },
        "customizedData": [],
        "attributes": { "objectType": "AuditRecord" },
    })
}
