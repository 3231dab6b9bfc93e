//! One old subscription and what became of it.

use super::value::{count, day, instant, money};
use crate::name::Names;
use crate::users::Users;
use carryover_api::v1;
use carryover_domain::finding::{Action, Finding, Severity};
use carryover_domain::migration::state::{Ending, Line, Stage};
use carryover_domain::policy::Policy;
use carryover_domain::report::{LineReport, Report};
use carryover_engine::Known;
use jiff::Timestamp;
use v1::finding::Severity as Weight;
use v1::line::Stage as Said;

/// Every line, in the order of their ids.
pub(crate) fn lines(names: &Names, known: &Known, policy: &Policy, now: Timestamp) -> Vec<v1::Line> {
    let report = known.report(policy, now);
    of_report(names, known, &report)
}

/// The line `id`; none where the migration has no such line.
pub(crate) fn line(
    names: &Names,
    known: &Known,
    id: carryover_domain::ids::LineId,
    policy: &Policy,
    now: Timestamp,
) -> Option<v1::Line> {
    let report = known.report(policy, now);
    let said = report.lines.iter().find(|said| said.line == id)?;
    known.migration.lines.get(&id).map(|line| one(names, &report, &Users::told_of(known), line, said))
}

/// The lines of `report`, in its order.
pub(super) fn of_report(names: &Names, known: &Known, report: &Report) -> Vec<v1::Line> {
    let users = Users::told_of(known);
    let line =
        |said: &LineReport| known.migration.lines.get(&said.line).map(|line| one(names, report, &users, line, said));
    report.lines.iter().filter_map(line).collect()
}

fn one(names: &Names, report: &Report, users: &Users, line: &Line, said: &LineReport) -> v1::Line {
    let LineReport {
        line: id,
        beside,
        subscription,
        product,
        program,
        seats,
        standing: _,
        says,
        old_end,
        old_end_instant,
        fate: _,
        new_start,
        bought_seats,
        new_end,
        swaps: _,
        swapped,
        overlap_days,
        overlap_cost,
        moments: _,
        findings,
    } = said;
    let attention = match &line.stage {
        Stage::NeedsAttention { cause, .. } => cause.code(),
        _ => "",
    };
    v1::Line {
        name: names.line(report.customer.tenant, *id),
        subscription_id: subscription.as_ref().map(ToString::to_string).unwrap_or_default(),
        product: product.clone(),
        sku_id: line.source.sku.to_string(),
        program: program.word().to_owned(),
        seat_count: count(seats.get()),
        stage: stage(&line.stage).into(),
        status_text: users.unnamed(says.clone()),
        attention_code: attention.to_owned(),
        findings: findings.iter().map(finding).collect(),
        old_end_date: old_end.map(day),
        old_end_time: old_end_instant.map(instant),
        new_start_date: new_start.map(day),
        new_end_date: new_end.map(day),
        bought_seat_count: count(bought_seats.unwrap_or_default()),
        new_subscription_id: line.bought().map(ToString::to_string).unwrap_or_default(),
        swapped_user_count: count(*swapped),
        overlap_day_count: overlap_days.map(count),
        overlap_cost: overlap_cost.map(money),
        beside_line: beside.map(|main| names.line(report.customer.tenant, main)).unwrap_or_default(),
    }
}

fn finding(finding: &Finding) -> v1::Finding {
    let weight = match finding.severity() {
        Severity::Note => Weight::Note,
        Severity::Warns => Weight::Warns,
        Severity::Blocks(Action::Swap) => Weight::BlocksSwap,
        Severity::Blocks(Action::Transfer) => Weight::BlocksTransfer,
        Severity::Blocks(Action::Close) => Weight::BlocksClose,
        Severity::Blocks(Action::Buy) => Weight::BlocksPurchase,
        Severity::Blocks(Action::Plan) => Weight::BlocksPlan,
    };
    v1::Finding {
        code: finding.code().to_owned(),
        severity: weight.into(),
        text: finding.to_string(),
        remedy: finding.remedy(),
    }
}

fn stage(stage: &Stage) -> Said {
    match stage {
        Stage::Draft => Said::Draft,
        Stage::Blocked => Said::Blocked,
        Stage::NothingToDo => Said::NothingToDo,
        Stage::Ready => Said::Ready,
        Stage::Waiting { .. } => Said::Waiting,
        Stage::Carting { .. } => Said::Carting,
        Stage::Buying { .. } => Said::Buying,
        Stage::Doubting { .. } => Said::Doubting,
        Stage::Provisioning { .. } => Said::Provisioning,
        Stage::Reassigning { .. } => Said::Reassigning,
        Stage::Covered { .. } => Said::Covered,
        Stage::WindingDown { .. } => Said::WindingDown,
        Stage::Closed { .. } => Said::Closed,
        Stage::Settled { how: Ending::CameOver { .. } } => Said::CameOver,
        Stage::Settled { how: Ending::OldKept { .. } } => Said::OldKept,
        Stage::NeedsAttention { .. } => Said::NeedsAttention,
    }
}
