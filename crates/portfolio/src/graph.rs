//! Answers of Microsoft Graph as saved by GET: `/directory/subscriptions` and `/subscribedSkus` of one tenant.
//!
//! Unknown fields and words are let pass; what money depends on is checked as strictly as a cell. Graph tells neither
//! price nor term nor renewal (rule R2), and its date means the end of what is paid only while the status is *Enabled*
//! (rule R3).

use crate::cell;
use crate::fact::{Fact, Place, SkuFact};
use crate::given::Given;
use crate::kind::{SourceKind, unknown};
use crate::problem::Problem;
use crate::split::MAX_CELL_BYTES;
use carryover_domain::ids::TenantId;
use carryover_domain::portfolio::Renewal;
use carryover_domain::program::SourceProgram;
use carryover_domain::time::End;
use jiff::Timestamp;
use serde_json::{Map, Value};
use std::collections::BTreeSet;
use std::sync::Arc;

/// The longest answer that is read: some thousand subscriptions with all their services.
pub const MAX_JSON_BYTES: usize = 32 * 1024 * 1024;

type Entry = Map<String, Value>;

/// An answer that can be read.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) kind: SourceKind,
    pub(crate) entries: Vec<Value>,
    /// There are further pages, which are not in this file.
    pub(crate) goes_on: bool,
}

impl Answer {
    /// Takes `bytes` apart; an `Err` is the line and the reason for which they are not read.
    pub(crate) fn of(bytes: &[u8]) -> Result<Self, (u64, String)> {
        let value: Value = serde_json::from_slice(bytes).map_err(|error| {
            let place = format!("line {}, column {}", error.line(), error.column());
            let what = if error.is_eof() { "the JSON is cut off" } else { "the JSON is broken" };
            (error.line() as u64, format!("{what} at {place}: save the whole answer of the GET again, as it came"))
        })?;
        let (entries, context, goes_on) = match value {
            Value::Array(entries) => (entries, String::new(), false),
            Value::Object(mut object) => {
                if let Some(error) = object.get("error") {
                    let code = error.get("code").and_then(Value::as_str).unwrap_or("without a code");
                    let code = crate::problem::shown(code.as_bytes());
                    return Err((
                        1,
                        format!("this is an error of Graph ({code}) and no list: ask again and save the answer"),
                    ));
                }
                let context = object.get("@odata.context").and_then(Value::as_str).unwrap_or_default().to_owned();
                let goes_on = object.contains_key("@odata.nextLink");
                let Some(Value::Array(entries)) = object.remove("value") else { return Err((1, unknown())) };
                (entries, context, goes_on)
            }
            _ => return Err((1, unknown())),
        };
        let kind = Self::kind(&context, entries.first()).ok_or_else(|| (1, unknown()))?;
        Ok(Self { kind, entries, goes_on })
    }

    fn kind(context: &str, first: Option<&Value>) -> Option<SourceKind> {
        let kinds = [SourceKind::GraphSubscriptions, SourceKind::GraphSkus];
        let context = context.to_ascii_lowercase();
        let named = [context.contains("directory/subscriptions"), context.contains("subscribedskus")];
        let told = |kind: &SourceKind| {
            kind.telling().iter().all(|field| first.is_some_and(|entry| entry.get(field).is_some()))
        };
        let named = kinds.into_iter().zip(named).find(|(_, named)| *named).map(|(kind, _)| kind);
        named.or_else(|| kinds.into_iter().find(told))
    }
}

/// One entry, with everything that is wrong with it.
struct Fields<'a> {
    entry: &'a Entry,
    place: &'a Place,
    problems: Vec<Problem>,
}

impl Fields<'_> {
    /// The text of a field; a number or a word is text, too. Empty where it is missing or null.
    fn text(&self, name: &str) -> String {
        match self.entry.get(name) {
            None | Some(Value::Null) => String::new(),
            Some(Value::String(text)) => text.trim().to_owned(),
            Some(other) => other.to_string(),
        }
    }

    fn need<T>(&mut self, name: &'static str, parse: impl FnOnce(&str) -> Result<T, cell::Expected>) -> Option<T> {
        let text = self.text(name);
        parse(&text).map_err(|expected| self.problems.push(self.place.problem(Some(name), &text, expected))).ok()
    }

    fn may<T>(
        &mut self,
        name: &'static str,
        parse: impl FnOnce(&str) -> Result<T, cell::Expected>,
    ) -> Option<Option<T>> {
        if self.text(name).is_empty() { Some(None) } else { self.need(name, parse).map(Some) }
    }

    fn words(&self, name: &str) -> Option<String> {
        let text = self.text(name).replace(char::is_control, " ");
        // Text for people as long as no cell can be is left out, not shortened: nothing depends on it.
        (1..=MAX_CELL_BYTES).contains(&text.len()).then_some(text)
    }
}

fn with<T>(entry: &Value, place: &Place, read: impl FnOnce(&mut Fields<'_>) -> Option<T>) -> Result<T, Vec<Problem>> {
    let Some(entry) = entry.as_object() else {
        return Err(vec![place.problem(
            None,
            "",
            "an entry of the list is no object; save the answer of the GET again",
        )]);
    };
    let mut fields = Fields { entry, place, problems: Vec::new() };
    match read(&mut fields) {
        Some(read) if fields.problems.is_empty() => Ok(read),
        _ => Err(fields.problems),
    }
}

/// What one entry of `/directory/subscriptions` says of a subscription of `tenant`.
pub(crate) fn subscription(
    tenant: TenantId,
    given: &Given,
    place: &Place,
    entry: &Value,
) -> Result<Fact, Vec<Problem>> {
    with(entry, place, |fields| {
        let subscription = fields.may("commerceSubscriptionId", cell::subscription);
        let sku = fields.need("skuId", cell::sku);
        let seats = fields.need("totalLicenses", cell::seats);
        let ends = fields.may("nextLifecycleDateTime", instant);
        let owner = fields.may("ownerTenantId", cell::tenant);
        let status = fields.text("status");
        let (programs, told_by) = programs(fields, owner?, given);
        // In grace the date is the end of the grace, and later the deletion; an end long past tells nothing.
        let end = ends?.filter(|_| status.eq_ignore_ascii_case("Enabled")).map(End::at);
        let over = ["Suspended", "Deleted", "LockedOut"].iter().any(|word| status.eq_ignore_ascii_case(word));
        Some(Fact {
            place: place.clone(),
            kind: SourceKind::GraphSubscriptions,
            tenant,
            subscription: subscription?,
            sku: Some(sku?),
            sku_part_number: fields.words("skuPartNumber"),
            product_name: None,
            seats: seats?,
            assigned_seats: None,
            end,
            programs,
            told_by,
            auto_renew: Renewal::Unknown,
            base: None,
            term: None,
            billing: None,
            target_seats: None,
            target_term: None,
            over: over.then(|| format!("its status is {status}")),
            kept: Vec::new(),
            raw: None,
        })
    })
}

/// The programs that a subscription can be of (rule R5), and what tells so.
fn programs(
    fields: &Fields<'_>,
    owner: Option<TenantId>,
    given: &Given,
) -> (BTreeSet<SourceProgram>, (&'static str, String)) {
    use SourceProgram as P;
    let is = |name: &str, word: &str| fields.text(name).eq_ignore_ascii_case(word);
    let by = |name: &'static str| (name, fields.text(name));
    if is("isTrial", "true") {
        return (BTreeSet::from([P::Trial]), by("isTrial"));
    }
    match (owner, given.partner) {
        (Some(owner), Some(us)) if owner == us => (BTreeSet::from([P::LegacyCspOurs]), by("ownerTenantId")),
        (Some(_), Some(_)) => (BTreeSet::from([P::NceOtherPartner]), by("ownerTenantId")),
        (Some(_), None) => (BTreeSet::from([P::LegacyCspOurs, P::LegacyCsp, P::NceOtherPartner]), by("ownerTenantId")),
        (None, _) if is("ownerType", "User") => (BTreeSet::from([P::SelfService]), by("ownerType")),
        (None, _) => {
            let all = [P::DirectMosa, P::DirectMca, P::Open, P::Ea, P::Mpsa, P::Advisor, P::NonprofitGrant];
            (BTreeSet::from(all), by("ownerTenantId"))
        }
    }
}

/// What one entry of `/subscribedSkus` says. It names its tenant, which has to be the `given` one.
pub(crate) fn sku(given: &Given, place: &Place, entry: &Value) -> Result<SkuFact, Vec<Problem>> {
    with(entry, place, |fields| {
        let account = fields.may("accountId", cell::tenant)?;
        let tenant = match (account, given.tenant) {
            (Some(account), Some(tenant)) if account != tenant => {
                let expected = format!("--tenant is {tenant}; give the files of one tenant with its id");
                fields.problems.push(place.problem(Some("accountId"), &account.to_string(), expected));
                return None;
            }
            (account, tenant) => account.or(tenant)?,
        };
        let sku = fields.need("skuId", cell::sku);
        let consumed = fields.need("consumedUnits", cell::assigned);
        Some(SkuFact {
            place: place.clone(),
            tenant,
            sku: sku?,
            sku_part_number: fields.words("skuPartNumber"),
            consumed: consumed?,
            subscriptions: fields.entry.get("subscriptionIds").and_then(Value::as_array).map_or(1, Vec::len),
        })
    })
}

/// The `index`-th entry of the list in `file`.
pub(crate) fn place(file: &Arc<str>, index: usize) -> Place {
    Place { file: Arc::clone(file), line: index as u64 + 1 }
}

fn instant(text: &str) -> Result<Timestamp, cell::Expected> {
    text.parse().map_err(|_| "an instant is expected, such as 2026-12-31T00:00:00Z".into())
}
