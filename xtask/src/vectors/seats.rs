//! Kinds about seats, trials, cancelling and markets (section L.6): `pool_after_end`, `seat_buffer`, `seat_cap`,
//! `tenant_subscription_limit`, `trial_source`, `direct_cancel_steps`, `market`. Turns fields into calls of the domain and
//! answers into fields.

use super::given::Given;
use carryover_domain::policy::Sizing;
use carryover_domain::region::markets;
use carryover_domain::rules::seats::{
    TrialSource, cancels_online, direct_cancel_steps, order, pool_after, seat_cap, subscription_limit, trial_source,
};
use carryover_domain::value::{Country, Seats};
use serde_json::{Value, json};

/// The answer to a case of one of these kinds; none for other kinds.
pub(super) fn answer(kind: &str, given: &Given<'_>) -> Option<anyhow::Result<Value>> {
    Some(match kind {
        "pool_after_end" => pool(given),
        "seat_buffer" => buffer(given),
        "seat_cap" => cap(given),
        "tenant_subscription_limit" => limit(given),
        "trial_source" => trial(given),
        "direct_cancel_steps" => cancelling(given),
        "market" => market(given),
        _ => return None,
    })
}

fn pool(given: &Given<'_>) -> anyhow::Result<Value> {
    let found = pool_after(given.count("consumed")?, given.count("other_enabled")?, given.count("dest_seats")?);
    Ok(json!({
        "pool_after": found.pool,
        "shortfall": found.shortfall,
        "min_dest_seats": found.need,
        "ok": found.ok(),
    }))
}

fn buffer(given: &Given<'_>) -> anyhow::Result<Value> {
    let sizing = given.word("mode", |word| match word {
        "like_for_like" => Some(Sizing::LikeForLike),
        "right_size" => Some(Sizing::RightSize),
        _ => None,
    })?;
    let (source_seats, consumed) = (given.count("source_seats")?, given.count("consumed")?);
    let found = order(source_seats, consumed, given.count("buffer_pct")?, sizing);
    let flags: Vec<&str> = found.flags.iter().map(|flag| flag.word()).collect();
    Ok(json!({ "seats": found.seats, "flags": flags }))
}

fn cap(given: &Given<'_>) -> anyhow::Result<Value> {
    let existing = given.count("existing_same_sku_all_channels")?;
    let found = seat_cap(given.count("cap")?, existing, given.count("request")?);
    Ok(json!({
        "remaining": found.remaining,
        "ok": found.ok,
        "buy_now": found.buy_now,
        "left_over": found.left_over,
    }))
}

fn limit(given: &Given<'_>) -> anyhow::Result<Value> {
    let found = subscription_limit(given.count("limit")?, given.count("existing")?, given.count("to_add")?);
    Ok(json!({ "total_during_overlap": found.total, "ok": found.ok, "max_parallel": found.max_parallel }))
}

fn trial(given: &Given<'_>) -> anyhow::Result<Value> {
    let (billing, consumed) = (given.renewal("recurring_billing")?, given.count("consumed")?);
    let found = trial_source(given.day("end_inclusive")?, billing, consumed)?;
    Ok(json!({
        "convertible_to_csp": TrialSource::CONVERTIBLE_TO_CSP,
        "same_sku_required_for_no_reassign": TrialSource::SAME_SKU_REQUIRED,
        "min_dest_seats": found.min_dest_seats,
        "expired_until_inclusive": found.expired_until.to_string(),
        "action": found.action.word(),
    }))
}

fn cancelling(given: &Given<'_>) -> anyhow::Result<Value> {
    let seats = Seats::try_new(given.count("seats")?)?;
    let steps = direct_cancel_steps(seats);
    let words: Vec<&str> = steps.iter().map(|step| step.word()).collect();
    Ok(json!({ "self_service": cancels_online(seats.get()), "steps": words }))
}

fn market(given: &Given<'_>) -> anyhow::Result<Value> {
    let country = |field| given.parsed::<Country>(field, "a country code such as DE");
    let found = markets(country("partner_country")?, country("customer_country")?);
    Ok(json!({ "partner_region": found.partner, "customer_region": found.customer, "ok": found.ok() }))
}
