//! Delegated administration in Graph, as the partner's tenant sees it (fact sheet 21.6).

use serde_json::{Value, json};

use super::call::{Call, Reply, field, list, text};
use super::graph::error;
use crate::ledger::admins::{AdminRelationship, AdminWish};
use crate::ledger::{AdminRefusal, Ledger};
use crate::seed::Right;

/// Relationships on a page at most.
const PAGE: usize = 300;
const BASE: &str = "tenantRelationships/delegatedAdminRelationships";

/// Answers what is asked about the partner's own tenant; `None` where it is something else.
pub(super) fn answer(call: &Call, route: &[&str], ledger: &mut Ledger) -> Option<Reply> {
    let ["tenantrelationships", "delegatedadminrelationships", rest @ ..] = route else { return None };
    let needed: &[Right] = match call.method {
        "GET" => &[Right::RelationshipRead, Right::RelationshipWrite],
        _ => &[Right::RelationshipWrite],
    };
    if !ledger.may(needed) {
        return Some(error(403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation."));
    }
    let reply = match (call.method, rest) {
        ("GET", []) => Ok(page(call, ledger)),
        ("POST", []) => create(call, ledger),
        ("GET", [id]) => ledger.admin_relationship(id).map(|it| Reply::ok(body(&it))),
        ("DELETE", [id]) => ledger.forget_admin(id, call.header("if-match")).map(|()| Reply::empty(204)),
        ("POST", [id, "requests"]) => request(call, id, ledger),
        ("GET", [id, "accessassignments"]) => ledger.admin_relationship(id).map(|it| {
            let items: Vec<Value> = it.assignments.iter().map(assignment).collect();
            Reply::ok(json!({ "@odata.context": BASE, "value": items }))
        }),
        ("POST", [id, "accessassignments"]) => assign(call, id, ledger),
        _ => return None,
    };
    Some(reply.unwrap_or_else(|refusal| refused(&refusal)))
}

fn page(call: &Call, ledger: &Ledger) -> Reply {
    let top = match call.query("$top").map(str::parse::<usize>) {
        None => PAGE,
        Some(Ok(top)) if (1..=PAGE).contains(&top) => top,
        Some(_) => return error(400, "Request_BadRequest", "Invalid page size specified."),
    };
    let status = match call.query("$filter").map(status_of_filter) {
        Some(None) => return error(400, "Request_UnsupportedQuery", "The filter is not supported."),
        Some(Some(status)) => Some(status),
        None => None,
    };
    let after = call.query("$skiptoken").unwrap_or_default();
    let mut left = ledger
        .admin_relationships()
        .into_iter()
        .filter(|it| it.id.to_string().as_str() > after)
        .filter(|it| status.as_ref().is_none_or(|status| status.eq_ignore_ascii_case(it.status.word())))
        .peekable();
    let shown: Vec<AdminRelationship> = left.by_ref().take(top).collect();
    let mut reply = json!({ "@odata.context": BASE, "value": shown.iter().map(body).collect::<Vec<_>>() });
    if let (Some(_), Some(last)) = (left.peek(), shown.last()) {
        let host = call.header("host").unwrap_or("localhost");
        let asked = call.asked_without(&["$skiptoken"]);
        let joint = if asked.is_empty() { "" } else { "&" };
        reply["@odata.nextLink"] = format!("http://{host}/v1.0/{BASE}?{asked}{joint}$skiptoken={}", last.id).into();
    }
    Reply::ok(reply)
}

/// Reads the one filter there is: `status eq 'active'`.
fn status_of_filter(filter: &str) -> Option<String> {
    let (path, value) = filter.trim().split_once(" eq ")?;
    path.trim().eq_ignore_ascii_case("status").then(|| value.trim().trim_matches('\'').to_owned())
}

fn create(call: &Call, ledger: &mut Ledger) -> Result<Reply, AdminRefusal> {
    let wanted = call.json().map_err(|_| AdminRefusal::Invalid("the body"))?;
    let customer = field(&wanted, "customer").and_then(|customer| text(customer, "tenantId"));
    let customer = customer.map(|id| id.parse().map_err(|_| AdminRefusal::Invalid("customer"))).transpose()?;
    let id = ledger.ask_for_admin(AdminWish {
        name: text(&wanted, "displayName").unwrap_or_default(),
        duration: text(&wanted, "duration").unwrap_or_default(),
        extends_by: text(&wanted, "autoExtendDuration").unwrap_or_else(|| "PT0S".to_owned()),
        customer,
        roles: roles(&wanted),
    })?;
    Ok(Reply::json(201, body(&ledger.admin_relationship(&id.to_string())?)))
}

fn roles(of: &Value) -> Vec<String> {
    let details = field(of, "accessDetails").cloned().unwrap_or_default();
    list(&details, "unifiedRoles").iter().filter_map(|role| text(role, "roleDefinitionId")).collect()
}

fn request(call: &Call, id: &str, ledger: &mut Ledger) -> Result<Reply, AdminRefusal> {
    let wanted = call.json().map_err(|_| AdminRefusal::Invalid("the body"))?;
    let action = text(&wanted, "action").unwrap_or_default();
    match action.as_str() {
        "lockForApproval" => ledger.lock_admin(id)?,
        "terminate" => ledger.terminate_admin(id)?,
        _ => return Err(AdminRefusal::Invalid("action")),
    }
    let known = ledger.admin_relationship(id)?;
    Ok(Reply::json(
        201,
        json!({
            "id": uuid::Uuid::new_v5(&known.id, action.as_bytes()),
            "action": action,
            "status": "succeeded",
            "createdDateTime": known.modified.to_string(),
            "lastModifiedDateTime": known.modified.to_string(),
        }),
    ))
}

fn assign(call: &Call, id: &str, ledger: &mut Ledger) -> Result<Reply, AdminRefusal> {
    let wanted = call.json().map_err(|_| AdminRefusal::Invalid("the body"))?;
    let group = field(&wanted, "accessContainer").and_then(|container| text(container, "accessContainerId"));
    let made = ledger.assign_admin(id, group.unwrap_or_default(), roles(&wanted))?;
    let known = ledger.admin_relationship(id)?;
    let found = known.assignments.iter().find(|(known, ..)| *known == made);
    found.map(|it| Reply::json(201, assignment(it))).ok_or(AdminRefusal::Unknown(made.to_string()))
}

fn assignment((id, group, roles): &(uuid::Uuid, String, Vec<String>)) -> Value {
    json!({
        "id": id,
        "status": "active",
        "accessContainer": { "accessContainerId": group, "accessContainerType": "securityGroup" },
        "accessDetails": { "unifiedRoles": unified(roles) },
    })
}

fn unified(roles: &[String]) -> Vec<Value> {
    roles.iter().map(|role| json!({ "roleDefinitionId": role })).collect()
}

fn body(it: &AdminRelationship) -> Value {
    json!({
        "@odata.etag": it.etag(),
        "id": it.id,
        "displayName": it.name,
        "duration": it.duration,
        "autoExtendDuration": it.extends_by,
        "customer": it.customer.map(|tenant| json!({ "tenantId": tenant, "displayName": tenant })),
        "accessDetails": { "unifiedRoles": unified(&it.roles) },
        "status": it.status.word(),
        "createdDateTime": it.created.to_string(),
        "lastModifiedDateTime": it.modified.to_string(),
        "activatedDateTime": it.activated.map(|at| at.to_string()),
        "endDateTime": it.ends.map(|at| at.to_string()),
    })
}

fn refused(refusal: &AdminRefusal) -> Reply {
    let (status, code) = match refusal {
        AdminRefusal::Unknown(_) => (404, "Request_ResourceNotFound"),
        AdminRefusal::Stale => (412, "PreconditionFailed"),
        AdminRefusal::NameTaken | AdminRefusal::State(_) => (409, "Conflict"),
        AdminRefusal::Invalid(_) => (400, "Request_BadRequest"),
    };
    error(status, code, &refusal.to_string())
}
