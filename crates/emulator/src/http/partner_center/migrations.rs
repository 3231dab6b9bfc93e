//! New-commerce migrations and their schedules on the wire (fact sheet 17).

use jiff::Timestamp;
use serde_json::{Value, json};
use uuid::Uuid;

use super::super::call::{Call, Reply, field, list, number, text};
use super::put;
use crate::ids::{SubscriptionId, TenantId};
use crate::ledger::calendar;
use crate::ledger::migrations::{Migration, Progress, Schedule, ScheduleState, When};
use crate::ledger::{FailedEvent, Ledger, MigrationRefusal, MigrationWish, Refusal};
use crate::seed::{Billing, Term};

/// Entries on a page, at most.
const PAGE: usize = 300;

pub(super) fn validate(call: &Call, tenant: TenantId, ledger: &Ledger) -> Result<Reply, Refusal> {
    let wish = wish(&call.json()?, tenant, ledger)?;
    eligibility(tenant, &wish, ledger).map(Reply::ok)
}

fn eligibility(tenant: TenantId, wish: &MigrationWish, ledger: &Ledger) -> Result<Value, Refusal> {
    let found = ledger.migration_obstacles(tenant, wish)?;
    let held = ledger.subscription(tenant, wish.source)?;
    let errors: Vec<Value> =
        found.iter().map(|found| json!({ "code": found.reason(), "description": found.to_string() })).collect();
    let addons =
        wish.addons.iter().map(|addon| eligibility(tenant, addon, ledger)).collect::<Result<Vec<Value>, Refusal>>()?;
    let mut body = json!({
        "currentSubscriptionId": wish.source,
        "isEligible": errors.is_empty() && addons.iter().all(|addon| addon["isEligible"] == true),
        "termDuration": wish.term.word(),
        "billingCycle": pascal(wish.billing.unwrap_or(held.billing)),
        "errors": errors,
        "addOnMigrations": addons,
    });
    put(&mut body, "catalogItemId", ledger.catalog_item(held.sku));
    put(&mut body, "customTermEndDate", wish.custom_end.map(|end| end.to_string()));
    Ok(body)
}

pub(super) fn create(call: &Call, tenant: TenantId, ledger: &mut Ledger) -> Result<Reply, Refusal> {
    let id = ledger.migrate(tenant, wish(&call.json()?, tenant, ledger)?)?;
    Ok(Reply::json(201, body(ledger.migration(tenant, id)?)))
}

pub(super) fn one(tenant: TenantId, id: &str, ledger: &Ledger) -> Result<Reply, Refusal> {
    Ok(Reply::ok(body(ledger.migration(tenant, parsed(id)?)?)))
}

pub(super) fn query(call: &Call, ledger: &Ledger) -> Result<Reply, Refusal> {
    let all = ledger.migrations().into_iter().map(|migration| (migration.tenant, &migration.wish, body(migration)));
    page(call, all)
}

pub(super) fn events(call: &Call, tenant: TenantId, ledger: &Ledger) -> Result<Reply, Refusal> {
    ledger.reseller(tenant)?;
    let migration = call.query("migration_id").map(parsed).transpose()?;
    let source = call.query("current_subscription_id").map(parsed).transpose()?;
    if migration.is_none() && source.is_none() {
        return Err(Refusal::InvalidArgument("give migration_id or current_subscription_id".to_owned()));
    }
    let found = ledger.migrations().into_iter().filter(|found| {
        found.tenant == tenant
            && migration.is_none_or(|id| found.id == id)
            && source.is_none_or(|id| found.wish.source.0 == id)
    });
    let events: Vec<Value> = found.flat_map(|found| events_of(found, ledger.rules().readings.failed_event)).collect();
    Ok(Reply::ok(Value::Array(events)))
}

fn events_of(migration: &Migration, failed: FailedEvent) -> Vec<Value> {
    let after = match &migration.state {
        Progress::Processing => Vec::new(),
        Progress::Completed { at, .. } => vec![
            ("NewCommerceSubscriptionCreated", *at),
            ("NewCommerceSubscriptionProvisioned", *at),
            ("MigrationCompleted", *at),
        ],
        Progress::Failed { at } => match failed {
            FailedEvent::MigrationFailed => vec![("MigrationFailed", *at)],
            FailedEvent::NewCommerceMigrationFailed => vec![("NewCommerceMigrationFailed", *at)],
            FailedEvent::Absent => Vec::new(),
        },
    };
    let event = |(name, at): (&str, Timestamp)| {
        json!({
            "id": Uuid::new_v5(&migration.id, name.as_bytes()),
            "newCommerceMigrationId": migration.id,
            "currentSubscriptionId": migration.wish.source,
            "customerTenantId": migration.tenant,
            "createdTime": at.to_string(),
            "eventName": name,
        })
    };
    std::iter::once(("MigrationStarted", migration.started)).chain(after).map(event).collect()
}

pub(super) fn schedule(call: &Call, tenant: TenantId, ledger: &mut Ledger) -> Result<Reply, Refusal> {
    let wanted = call.json()?;
    let id = ledger.schedule_migration(tenant, wish(&wanted, tenant, ledger)?, when(&wanted)?)?;
    shown(201, tenant, id, ledger)
}

pub(super) fn change_schedule(call: &Call, tenant: TenantId, id: &str, ledger: &mut Ledger) -> Result<Reply, Refusal> {
    let (id, wanted) = (parsed(id)?, call.json()?);
    ledger.change_schedule(tenant, id, wish(&wanted, tenant, ledger)?, when(&wanted)?)?;
    shown(200, tenant, id, ledger)
}

pub(super) fn cancel_schedule(tenant: TenantId, id: &str, ledger: &mut Ledger) -> Result<Reply, Refusal> {
    let id = parsed(id)?;
    ledger.cancel_schedule(tenant, id)?;
    shown(200, tenant, id, ledger)
}

pub(super) fn one_schedule(tenant: TenantId, id: &str, ledger: &Ledger) -> Result<Reply, Refusal> {
    shown(200, tenant, parsed(id)?, ledger)
}

pub(super) fn schedules(call: &Call, ledger: &Ledger) -> Result<Reply, Refusal> {
    let all = ledger.migration_schedules();
    page(call, all.into_iter().map(|schedule| (schedule.tenant, &schedule.wish, schedule_body(schedule, ledger))))
}

fn shown(status: u16, tenant: TenantId, id: Uuid, ledger: &Ledger) -> Result<Reply, Refusal> {
    Ok(Reply::json(status, schedule_body(ledger.migration_schedule(tenant, id)?, ledger)))
}

/// A bare array, and the token of the next page in a header (fact sheet 4.2, 5.1).
fn page<'a>(call: &Call, all: impl Iterator<Item = (TenantId, &'a MigrationWish, Value)>) -> Result<Reply, Refusal> {
    let tenant = call.query("CustomerTenantId").map(parsed).transpose()?;
    let source = call.query("CurrentSubscriptionId").map(parsed).transpose()?;
    let reference = call.query("ExternalReferenceId");
    let size = match call.query("PageSize").map(str::parse) {
        None => PAGE,
        Some(Ok(size)) if (1..=PAGE).contains(&size) => size,
        Some(_) => return Err(Refusal::InvalidArgument("PageSize".to_owned())),
    };
    let token = call.header("ms-continuationtoken");
    let from = match token.map(|token| token.strip_prefix("EMU").and_then(|from| from.parse().ok())) {
        None => 0,
        Some(Some(from)) => from,
        Some(None) => return Err(Refusal::InvalidArgument("the continuation token is not valid".to_owned())),
    };
    let mut found = all
        .filter(|(of, wish, _)| {
            tenant.is_none_or(|tenant| of.0 == tenant)
                && source.is_none_or(|source| wish.source.0 == source)
                && reference.is_none_or(|reference| wish.reference.as_deref() == Some(reference))
        })
        .map(|(_, _, body)| body)
        .skip(from);
    let items: Vec<Value> = found.by_ref().take(size).collect();
    let reply = Reply::ok(Value::Array(items));
    Ok(if found.next().is_some() { reply.continued(format!("EMU{}", from + size)) } else { reply })
}

fn parsed(text: &str) -> Result<Uuid, Refusal> {
    text.parse().map_err(|_| Refusal::InvalidArgument(format!("{text} is not an id")))
}

/// Reads a request. Words come in any case (fact sheet 3.3).
fn wish(body: &Value, tenant: TenantId, ledger: &Ledger) -> Result<MigrationWish, Refusal> {
    let invalid = |name: &str| Refusal::InvalidProperty(name.to_owned());
    let source: SubscriptionId = text(body, "currentSubscriptionId")
        .and_then(|id| id.parse().ok())
        .ok_or_else(|| invalid("currentSubscriptionId"))?;
    let term = text(body, "termDuration");
    let billing = text(body, "billingCycle");
    // Both names occur (fact sheet 25).
    let addons = ["addOnMigrations", "addOnMigrationSchedules"].iter().flat_map(|name| list(body, name));
    Ok(MigrationWish {
        source,
        term: match term {
            Some(word) => Term::parse(&word).ok_or_else(|| invalid("termDuration"))?,
            None => ledger.migration_term(tenant, source),
        },
        billing: match billing {
            None => None,
            Some(word) => Some(Billing::parse(&word).ok_or_else(|| invalid("billingCycle"))?),
        },
        full_term: field(body, "purchaseFullTerm").and_then(Value::as_bool).unwrap_or(false),
        quantity: number(body, "quantity").filter(|quantity| *quantity > 0),
        custom_end: text(body, "customTermEndDate").map(|end| instant(&end, "customTermEndDate")).transpose()?,
        reference: text(body, "externalReferenceId"),
        addons: addons.map(|addon| wish(addon, tenant, ledger)).collect::<Result<_, _>>()?,
    })
}

fn when(body: &Value) -> Result<When, Refusal> {
    if field(body, "migrateOnRenewal").and_then(Value::as_bool) == Some(true) {
        return Ok(When::Renewal);
    }
    let date = text(body, "targetDate").ok_or_else(|| Refusal::InvalidProperty("targetDate".to_owned()))?;
    Ok(When::At(instant(&date, "targetDate")?))
}

/// An instant, or a date and time without offset, which is meant in UTC.
fn instant(text: &str, name: &str) -> Result<Timestamp, Refusal> {
    text.parse()
        .or_else(|_| format!("{text}Z").parse())
        .ok()
        .or_else(|| Some(calendar::midnight(text.parse().ok()?)))
        .ok_or_else(|| Refusal::InvalidProperty(name.to_owned()))
}

fn body(migration: &Migration) -> Value {
    let status = migration.state.word();
    let done = match &migration.state {
        Progress::Processing => None,
        Progress::Completed { at, .. } | Progress::Failed { at } => Some(at),
    };
    let last = calendar::day(migration.ends).saturating_sub(jiff::Span::new().days(1));
    let mut body = json!({
        "id": migration.id,
        "startedTime": migration.started.to_string(),
        "currentSubscriptionId": migration.wish.source,
        "status": status,
        "customerTenantId": migration.tenant,
        "catalogItemId": migration.item,
        "subscriptionEndDate": format!("{last}T00:00:00Z"),
        "quantity": migration.quantity,
        "termDuration": migration.wish.term.word(),
        "billingCycle": pascal(migration.billing),
        "purchaseFullTerm": migration.wish.full_term,
    });
    put(&mut body, "completedTime", done.map(|at| at.to_string()));
    put(&mut body, "externalReferenceId", migration.wish.reference.clone());
    put(&mut body, "customTermEndDate", migration.wish.custom_end.map(|end| end.to_string()));
    if let Progress::Completed { order, bought, .. } = &migration.state {
        body["newCommerceOrderId"] = order.0.clone().into();
        body["newCommerceSubscriptionId"] = bought.to_string().into();
    }
    let addons = &migration.wish.addons;
    if !addons.is_empty() {
        let item = |addon: &MigrationWish| json!({ "currentSubscriptionId": addon.source, "status": status });
        body["addOnMigrations"] = addons.iter().map(item).collect();
    }
    body
}

fn schedule_body(schedule: &Schedule, ledger: &Ledger) -> Value {
    let wish = &schedule.wish;
    let mut body = json!({
        "id": schedule.id,
        "currentSubscriptionId": wish.source,
        "customerTenantId": schedule.tenant,
        "termDuration": wish.term.word(),
        "purchaseFullTerm": wish.full_term,
        "migrateOnRenewal": schedule.when == When::Renewal,
        "createdTime": schedule.created.to_string(),
        "lastModifiedTime": schedule.modified.to_string(),
        "microsoftLed": false,
    });
    put(&mut body, "billingCycle", wish.billing.map(|billing| pascal(billing).to_owned()));
    put(&mut body, "externalReferenceId", wish.reference.clone());
    put(&mut body, "customTermEndDate", wish.custom_end.map(|end| end.to_string()));
    if let When::At(at) = schedule.when {
        body["targetDate"] = at.to_string().into();
    }
    if let Some(quantity) = wish.quantity {
        body["quantity"] = quantity.into();
    }
    if !wish.addons.is_empty() {
        let short = ledger.rules().readings.short_addon_schedules;
        let name = if short { "addOnMigrations" } else { "addOnMigrationSchedules" };
        body[name] = wish.addons.iter().map(|addon| json!({ "currentSubscriptionId": addon.source })).collect();
    }
    body["status"] = ledger.schedule_word(schedule).into();
    match &schedule.state {
        ScheduleState::Ran(id) => body["newCommerceMigrationId"] = id.to_string().into(),
        ScheduleState::Failed(refusal) => {
            let (_, code) = Refusal::from(*refusal).status_and_code();
            body["errorCode"] = code.into();
            body["errorDescription"] = MigrationRefusal::to_string(refusal).into();
        }
        ScheduleState::Created | ScheduleState::Cancelled => {}
    }
    body
}

fn pascal(billing: Billing) -> &'static str {
    match billing {
        Billing::Monthly => "Monthly",
        Billing::Annual => "Annual",
        Billing::Triennial => "Triennial",
    }
}
