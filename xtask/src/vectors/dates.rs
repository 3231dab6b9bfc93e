//! Kinds about days and terms (section L.3): `term_end`, `align_calendar`, `align_subscription`, `align_validate`,
//! `normalise_end`, `timezone`, `provision_day`. Turns fields into calls of the domain and answers into fields.

use super::given::Given;
use super::written::{amount, hours, refused};
use carryover_domain::rules::alignment::{Anchor, Target, to_calendar, to_subscription, validate};
use carryover_domain::rules::local::local_action;
use carryover_domain::rules::schedule::{Avoid, Lead, provision};
use carryover_domain::rules::terms::{EndNotation, end_of_record, term_ends};
use serde_json::{Value, json};

/// The answer to a case of one of these kinds; none for other kinds.
pub(super) fn answer(kind: &str, given: &Given<'_>) -> Option<anyhow::Result<Value>> {
    Some(match kind {
        "term_end" => term_end(given),
        "align_calendar" => align_calendar(given),
        "align_subscription" => align_subscription(given),
        "align_validate" => align_validate(given),
        "normalise_end" => normalise_end(given),
        "timezone" => timezone(given),
        "provision_day" => provision_day(given),
        _ => return None,
    })
}

fn term_end(given: &Given<'_>) -> anyhow::Result<Value> {
    let ends = term_ends(given.day("start")?, given.count("months")?)?;
    Ok(json!({
        "end_a": ends.clamped_first.to_string(),
        "end_b": ends.clamped_last.to_string(),
        "source_safe_end": ends.safe().to_string(),
        "ambiguous": ends.ambiguous(),
    }))
}

fn align_calendar(given: &Given<'_>) -> anyhow::Result<Value> {
    let aligned = to_calendar(given.day("start")?, given.count("months")?)?;
    Ok(json!({
        "end_inclusive": aligned.end.to_string(),
        "days": aligned.days,
        "full_term_days": aligned.full_days,
        "prorated_total": amount(aligned.prorated(given.money("price_per_term")?, given.count("seats")?)?)?,
    }))
}

fn align_subscription(given: &Given<'_>) -> anyhow::Result<Value> {
    let (existing_end, existing_term) = (given.day("existing_end")?, given.term("existing_term")?);
    let aligned = to_subscription(given.day("start")?, given.count("months")?, existing_end, existing_term)?;
    Ok(json!({ "end_inclusive": aligned.end.to_string(), "days": aligned.days }))
}

fn align_validate(given: &Given<'_>) -> anyhow::Result<Value> {
    let said = Target {
        term: given.get("target_term").map(|_| given.term("target_term")).transpose()?,
        same_partner: given.get("target_partner").is_none() || given.word("target_partner", same_partner)?,
        trial: given.flag_if_given("target_is_trial")?.unwrap_or(false),
        active: given.get("target_status").is_none() || given.text("target_status")? == "active",
    };
    let anchor = given.word("target", |word| match word {
        "calendar" => Some(Anchor::Calendar(said)),
        "existing_subscription" => Some(Anchor::Existing(said)),
        "none" => Some(Anchor::Nothing(said)),
        _ => None,
    })?;
    let checked = validate(given.day("start")?, given.term("term")?, given.day("custom_end")?, anchor)?;
    Ok(match checked {
        Ok(()) => json!({ "ok": true }),
        Err(reason) => refused(reason.word(), reason.api_codes()),
    })
}

fn same_partner(word: &str) -> Option<bool> {
    match word {
        "same" => Some(true),
        "other" => Some(false),
        _ => None,
    }
}

fn normalise_end(given: &Given<'_>) -> anyhow::Result<Value> {
    let notation = given.word("kind", |word| match word {
        "NCE_INCLUSIVE" => Some(EndNotation::NceInclusive),
        "LEGACY_EXCLUSIVE" => Some(EndNotation::LegacyExclusive),
        "GRAPH_NEXT_LIFECYCLE" => Some(EndNotation::GraphNextLifecycle),
        _ => None,
    })?;
    let end = end_of_record(notation, given.instant("value")?)?;
    Ok(json!({
        "end_instant": end.instant().to_string(),
        "last_whole_day": end.last_whole_day().to_string(),
        "billing_last_day": end.billing_last_day().to_string(),
    }))
}

fn timezone(given: &Given<'_>) -> anyhow::Result<Value> {
    let last_day = given.day("source_end_inclusive")?;
    let local = local_action(last_day, given.text("zone")?, given.wall_clock("provision_local")?)?;
    Ok(json!({
        "end_instant": local.end.to_string(),
        "end_local": local.end_local,
        "action_utc": local.action.to_string(),
        "gap_hours": hours(local.gap_hours)?,
        "margin_hours": hours(local.margin_hours)?,
    }))
}

fn provision_day(given: &Given<'_>) -> anyhow::Result<Value> {
    let lead = Lead {
        business_days: given.count("lead_business_days")?,
        holidays: &given.days("holidays")?,
        avoid: Avoid::default(),
    };
    let found = provision(given.end("source_end_inclusive")?, &lead, given.day("today")?)?;
    Ok(json!({
        "provision_day": found.on.day.to_string(),
        "late": found.on.late,
        "overlap_days": found.overlap_days,
        "dest_window_end_day": found.window_ends.to_string(),
        "window_covers_end": found.window_covers_end,
    }))
}
