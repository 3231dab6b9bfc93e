//! What is posted to a webhook (fact sheet 20.2). Any spelling of the names, and addresses of any host: only ids are read.

use crate::notices::Notice;
use carryover_domain::ids::TenantId;
use serde_json::Value;
use url::Url;

/// The notice in `body`; none when it is none.
pub(crate) fn of(body: &[u8]) -> Option<Notice> {
    let Value::Object(body) = super::lenient::json(body).ok()? else { return None };
    let field = |name: &str| {
        let (_, value) = body.iter().find(|(key, _)| key.eq_ignore_ascii_case(name))?;
        value.as_str().map(str::to_owned)
    };
    let resource = field("ResourceUri").unwrap_or_default();
    Some(Notice {
        event: field("EventName").filter(|event| !event.is_empty())?,
        customer: customer(&resource),
        changed: field("ResourceChangeUtcDate").unwrap_or_default(),
        resource,
    })
}

/// The id behind `customers` in the path.
fn customer(resource: &str) -> Option<TenantId> {
    let url = Url::parse(resource).ok()?;
    let mut segments = url.path_segments()?;
    segments.find(|segment| segment.eq_ignore_ascii_case("customers"))?;
    segments.next()?.parse().ok()
}
