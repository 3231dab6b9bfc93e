//! Kinds about what happens around and after an end (sections L.3, L.4, L.6): `renewal_cutoff`, `cancel_window`,
//! `nce_end_of_term`, `legacy_migration`, `grace`, `retention`, `fail_safe`. Turns fields into calls of the domain and
//! answers into fields.

use super::given::Given;
use super::written::{amount, hours, refused};
use anyhow::ensure;
use carryover_domain::portfolio::EndOption;
use carryover_domain::rules::ending::{EndOfTerm, after_agreement, after_direct, end_of_term, retention};
use carryover_domain::rules::legacy::legacy_eligibility;
use carryover_domain::rules::renewal::{CUTOFF, at_cutoff, fail_safe};
use carryover_domain::rules::window::window;
use jiff::SignedDuration;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use serde_json::{Value, json};

/// The answer to a case of one of these kinds; none for other kinds.
pub(super) fn answer(kind: &str, given: &Given<'_>) -> Option<anyhow::Result<Value>> {
    Some(match kind {
        "renewal_cutoff" => renewal_cutoff(given),
        "cancel_window" => cancel_window(given),
        "nce_end_of_term" => nce_end_of_term(given),
        "legacy_migration" => legacy_migration(given),
        "grace" => grace(given),
        "retention" => kept(given),
        "fail_safe" => safe_action(given),
        _ => return None,
    })
}

fn renewal_cutoff(given: &Given<'_>) -> anyhow::Result<Value> {
    let end = given.end("source_end_inclusive")?;
    let cutoff = SignedDuration::from_hours(given.count("cutoff_hours")?.into());
    let (left, decision) = at_cutoff(end, given.renewal("auto_renew")?, cutoff, given.instant_or_entry("now")?);
    Ok(json!({
        "end_instant": end.instant().to_string(),
        "hours_left": hours(left)?,
        "decision": decision.word(),
    }))
}

fn cancel_window(given: &Given<'_>) -> anyhow::Result<Value> {
    let found = window(given.instant("window_start")?, given.instant_or_entry("now")?)?;
    let refund = found.refund(given.money("price_per_term")?, given.count("seats")?, given.count("term_days")?)?;
    Ok(json!({
        "safe_window_end": found.safe_end.to_string(),
        "hard_window_end": found.hard_end.to_string(),
        "cancellable": found.cancellable.word(),
        "safe_hours_left": hours(found.safe_hours_left)?,
        "days_used": found.days_used,
        "refund": refund.map(amount).transpose()?,
    }))
}

fn nce_end_of_term(given: &Given<'_>) -> anyhow::Result<Value> {
    let chosen = given.word("end_option", |word| match word {
        "auto_renew_off" => Some(None),
        "cancel_at_end" => Some(Some(EndOption::CancelAtEnd)),
        _ => None,
    })?;
    let found = end_of_term(given.day("last_purchase_or_renewal")?, given.day("end_inclusive")?, chosen)?;
    let mut answer = json!({
        "regime": found.regime().word(),
        "access_ends": found.access_ends().map(|instant| instant.to_string()),
        "users_grace_days": found.users_grace_days(),
        "billed_after_end": found.billed_after_end(),
    });
    // Which other fields there are depends on the regime and the choice (section L.4).
    match found {
        EndOfTerm::Grace { expired_until, disabled_until, deleted_on, access_ends: _ } => {
            answer["expired_until_inclusive"] = expired_until.to_string().into();
            answer["disabled_until_inclusive"] = disabled_until.to_string().into();
            answer["deleted_on"] = deleted_on.to_string().into();
        }
        EndOfTerm::Extended => {
            answer["data_kept_until_inclusive"] = Value::Null;
            answer["recoverable"] = found.recoverable().into();
            answer["becomes"] = found.becomes().into();
        }
        EndOfTerm::Stopped { data_kept_until, access_ends: _ } => {
            answer["data_kept_until_inclusive"] = data_kept_until.to_string().into();
            answer["recoverable"] = found.recoverable().into();
        }
    }
    Ok(answer)
}

fn legacy_migration(given: &Given<'_>) -> anyhow::Result<Value> {
    let (purchased, now) = (given.day("purchased")?, given.instant("now")?);
    let full_term = given.flag("purchase_full_term")?;
    Ok(match legacy_eligibility(purchased, now, given.instant("end_exclusive")?, full_term)? {
        Ok(()) => json!({ "ok": true }),
        Err(reason) => refused(reason.word(), reason.api_codes()),
    })
}

fn grace(given: &Given<'_>) -> anyhow::Result<Value> {
    let last_day = given.day("end_inclusive")?;
    if given.word("program", is_direct)? {
        let found = after_direct(last_day, given.instant("now")?)?;
        return Ok(json!({
            "state": found.state.word(),
            "action": found.state.action(),
            "expired_until_inclusive": found.expired_until.to_string(),
            "access_lost_at": found.access_lost_at.to_string(),
            "disabled_until_inclusive": found.disabled_until.to_string(),
            "hours_to_access_loss": hours(found.hours_to_access_loss)?,
        }));
    }
    let found = after_agreement(last_day)?;
    Ok(json!({
        "grace_until_inclusive": found.grace_until.to_string(),
        "inactive_until_inclusive": found.inactive_until.to_string(),
        "end_instant_for_planning": found.planned_end.instant().to_string(),
    }))
}

/// The two programs of the kind `grace`.
fn is_direct(program: &str) -> Option<bool> {
    match program {
        "DIRECT_MOSA" => Some(true),
        "EA" => Some(false),
        _ => None,
    }
}

fn kept(given: &Given<'_>) -> anyhow::Result<Value> {
    let found = retention(given.day("licence_removed_on")?)?;
    Ok(json!({
        "mailbox_recoverable_until": found.mailbox_recoverable_until.to_string(),
        "onedrive_read_only_on": found.onedrive_read_only_on.to_string(),
        "onedrive_archived_on": found.onedrive_archived_on.to_string(),
        "onedrive_purge_after": found.onedrive_purge_after.to_string(),
    }))
}

fn safe_action(given: &Given<'_>) -> anyhow::Result<Value> {
    let left = duration(given.decimal("hours_to_end")?)?;
    let action = fail_safe(given.flag("dest_verified")?, given.renewal("source_auto_renew")?, left, CUTOFF)?;
    Ok(json!({ "action": action.word() }))
}

/// Hours as a duration. What is less than a nanosecond is dropped, so that less than a day stays less than a day; but not
/// all of it, so that what is left stays left.
fn duration(hours: Decimal) -> anyhow::Result<SignedDuration> {
    let nanoseconds = hours.checked_mul(Decimal::from(3_600_000_000_000_i64)).map(|exact| exact.floor());
    let nanoseconds = nanoseconds.and_then(|whole| whole.to_i64());
    ensure!(nanoseconds.is_some(), "hours_to_end is {hours}, more hours than can be reckoned with");
    let nanoseconds = nanoseconds.unwrap_or_default();
    Ok(SignedDuration::from_nanos(if hours > Decimal::ZERO { nanoseconds.max(1) } else { nanoseconds }))
}
