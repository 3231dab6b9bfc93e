//! Kinds about money (section L.5): `overlap_cost`, `est_cost`, `early_cancel`, `price_forms`, `compare_routes`,
//! `price_rise`, `fail_safe_cost`. Turns fields into calls of the domain and answers into fields.

use super::given::Given;
use super::written::amount;
use carryover_domain::program::SourceProgram;
use carryover_domain::rules::money::{
    BuyingDay, ExtendedBase, bought_on, compare_routes, early_end, extended_term, late_cost, overlap_cost, price_forms,
};
use carryover_domain::rules::terms::{days_counting_both, last_day};
use carryover_domain::time::{gap_days, overlap_days};
use serde_json::{Value, json};

/// The answer to a case of one of these kinds; none for other kinds.
pub(super) fn answer(kind: &str, given: &Given<'_>) -> Option<anyhow::Result<Value>> {
    Some(match kind {
        "overlap_cost" => overlap(given),
        "est_cost" => extended(given),
        "early_cancel" => early_cancel(given),
        "price_forms" => forms(given),
        "compare_routes" => routes(given),
        "price_rise" => price_rise(given),
        "fail_safe_cost" => late(given),
        _ => return None,
    })
}

fn overlap(given: &Given<'_>) -> anyhow::Result<Value> {
    let (source, start) = (given.end("source_end_inclusive")?, given.day("dest_start")?);
    let end = last_day(start, given.term("dest_term")?.months().unsigned_abs())?;
    let (days, term_days) = (overlap_days(source, start), days_counting_both(start, end));
    let price = given.money("dest_price_per_term")?;
    Ok(json!({
        "overlap_days": days,
        "gap_days": gap_days(source, start),
        "dest_end_inclusive": end.to_string(),
        "dest_term_days": term_days,
        "overlap_cost": amount(overlap_cost(price, given.count("seats")?, days, term_days.try_into()?)?)?,
    }))
}

fn extended(given: &Given<'_>) -> anyhow::Result<Value> {
    let base = match given.money_if_known("monthly_plan_price")? {
        Some(price) => ExtendedBase::Monthly(price),
        None => ExtendedBase::Annual(given.money("annual_price")?),
    };
    let found = extended_term(base, given.count("seats")?, given.count("days_used")?, given.count("month_days")?)?;
    Ok(json!({ "rate_per_seat_month": found.rate.to_string(), "cost": amount(found.cost)? }))
}

fn early_cancel(given: &Given<'_>) -> anyhow::Result<Value> {
    let found = early_end(
        given.word("program", program)?,
        given.flag("in_window")?,
        given.money("price_per_term")?,
        given.count("seats")?,
        given.count("remaining_days")?,
        given.count("term_days")?,
    )?;
    Ok(json!({
        "remaining_value": amount(found.remaining)?,
        "refund": amount(found.refund)?,
        "lost_value": amount(found.lost)?,
    }))
}

/// The programs as the rule book groups them for money that comes back (section L.7).
fn program(word: &str) -> Option<SourceProgram> {
    match word {
        "DIRECT_MOSA" => Some(SourceProgram::DirectMosa),
        "DIRECT_MCA" => Some(SourceProgram::DirectMca),
        "CSP_NCE" => Some(SourceProgram::NceOtherPartner),
        "OPEN_PREPAID" => Some(SourceProgram::Open),
        "EA" => Some(SourceProgram::Ea),
        "CSP_LEGACY" => Some(SourceProgram::LegacyCsp),
        "TRIAL" => Some(SourceProgram::Trial),
        _ => None,
    }
}

fn forms(given: &Given<'_>) -> anyhow::Result<Value> {
    let found = price_forms(given.money("annual_price")?)?;
    Ok(json!({
        "annual_upfront_year": amount(found.annual_upfront_year)?,
        "annual_upfront_month_equiv": amount(found.annual_upfront_month)?,
        "annual_billed_monthly_month": amount(found.annual_billed_monthly_month)?,
        "annual_billed_monthly_year": amount(found.annual_billed_monthly_year)?,
        "monthly_term_month": amount(found.monthly_term_month)?,
        "est_with_monthly_plan_month": amount(found.extended_with_monthly_plan_month)?,
        "est_without_monthly_plan_month": amount(found.extended_without_monthly_plan_month)?,
    }))
}

fn routes(given: &Given<'_>) -> anyhow::Result<Value> {
    let days = given.count("overlap_days_if_bought_again")?;
    let found = compare_routes(given.money("price_per_term")?, given.count("seats")?, days, given.count("term_days")?)?;
    Ok(json!({
        "transfer_overlap_cost": amount(found.transfer_overlap_cost)?,
        "repurchase_overlap_cost": amount(found.repurchase_overlap_cost)?,
        "choose": found.choice(),
    }))
}

fn price_rise(given: &Given<'_>) -> anyhow::Result<Value> {
    let (seats, source_end) = (given.count("seats")?, given.day("source_end_inclusive")?);
    let early = bought_on(given.day("early_day")?, given.money("old_price")?, seats, source_end)?;
    let late = bought_on(given.day("late_day")?, given.money("new_price")?, seats, source_end)?;
    Ok(json!({
        "early_overlap_days": early.overlap_days,
        "early_overlap_cost": amount(early.overlap_cost)?,
        "early_cost_per_useful_day": amount(early.per_useful_day.per_day())?,
        "late_overlap_days": late.overlap_days,
        "late_overlap_cost": amount(late.overlap_cost)?,
        "late_cost_per_useful_day": amount(late.per_useful_day.per_day())?,
        "choose": BuyingDay::cheaper(&early, &late).word(),
    }))
}

fn late(given: &Given<'_>) -> anyhow::Result<Value> {
    let found = late_cost(
        given.money("price_per_term")?,
        given.money("monthly_plan_price")?,
        given.count("seats")?,
        given.count("days_needed")?,
        given.count("month_days")?,
        given.count("term_days")?,
    )?;
    Ok(json!({
        "renew_then_cancel": amount(found.renew_then_cancel)?,
        "est": amount(found.extended)?,
        "cheaper": found.cheaper.word(),
        "cliff": found.cliff,
    }))
}
