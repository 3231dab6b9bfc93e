//! Reports of one customer, and the figures of all.

use super::line::of_report;
use super::value::{count, instant, long, money};
use crate::name::Names;
use carryover_api::v1;
use carryover_domain::forecast::Amounts;
use carryover_domain::report::{LineReport, Milestone, Report, Standing};
use carryover_engine::Known;
use jiff::Timestamp;
use std::collections::BTreeMap;

/// The report of a customer; with its lines and notes where `full`.
pub(crate) fn report(names: &Names, known: &Known, report: &Report, full: bool) -> v1::Report {
    let Report { migration: _, customer, started, lines, actions, notes } = report;
    let bought = || lines.iter().filter(|line| line.bought_seats.is_some());
    let seat_days = |line: &LineReport| {
        u64::from(line.bought_seats.unwrap_or_default()) * u64::from(line.overlap_days.unwrap_or_default())
    };
    // Added exactly, rounded once for each currency (rule R129).
    let costs: Amounts = bought().filter_map(|line| line.overlap_cost).collect();
    let all = of_report(names, known, report);
    let line = |(line, said): (v1::Line, &LineReport)| {
        let at = |what| said.moments.iter().find(|moment| moment.what == what).map(|moment| instant(moment.at));
        v1::ReportLine {
            line: Some(line),
            approve_time: at(Milestone::Approved),
            buy_time: at(Milestone::Bought),
            usable_time: at(Milestone::Usable),
            release_time: at(Milestone::Released),
            end_time: at(Milestone::Ended),
        }
    };
    v1::Report {
        name: names.report(customer.tenant),
        display_name: customer.name.clone(),
        domain: customer.domain.clone(),
        start_time: started.map(instant),
        line_count: count(lines.len()),
        closed_line_count: count(lines.iter().filter(|line| line.standing == Standing::Closed).count()),
        action_item_count: count(actions.len()),
        overlap_seat_day_count: long(bought().map(seat_days).sum::<u64>()),
        overlap_costs: costs.iter().map(money).collect(),
        notes: if full { notes.iter().map(ToString::to_string).collect() } else { Vec::new() },
        lines: if full { all.into_iter().zip(lines).map(line).collect() } else { Vec::new() },
    }
}

/// The figures of one customer, which are added up to those of all.
#[derive(Debug, Clone)]
pub(crate) struct Tally {
    /// Lines, by where they stand.
    lines: BTreeMap<Standing, usize>,
    actions: usize,
}

impl Tally {
    pub(crate) fn of(report: &Report) -> Self {
        let mut lines = BTreeMap::new();
        for line in &report.lines {
            *lines.entry(line.standing).or_default() += 1;
        }
        Self { lines, actions: report.actions.len() }
    }
}

/// The figures of all customers, and when the next of them is looked at.
pub(crate) fn portfolio<'a>(
    names: &Names,
    tallies: impl Iterator<Item = &'a Tally>,
    next: Option<Timestamp>,
) -> v1::Portfolio {
    let (mut customers, mut actions, mut lines) = (0, 0, BTreeMap::new());
    for tally in tallies {
        customers += 1;
        actions += tally.actions;
        for (standing, count) in &tally.lines {
            *lines.entry(*standing).or_insert(0) += count;
        }
    }
    let stand = |standing| count(lines.get(&standing).copied().unwrap_or_default());
    v1::Portfolio {
        name: names.portfolio(),
        customer_count: count(customers),
        line_count: count(lines.values().sum::<usize>()),
        closed_line_count: stand(Standing::Closed),
        nothing_to_do_line_count: stand(Standing::NothingToDo),
        settled_line_count: stand(Standing::CameOver) + stand(Standing::OldKept),
        under_way_line_count: stand(Standing::UnderWay),
        paused_line_count: stand(Standing::Paused),
        unplanned_line_count: stand(Standing::AwaitsPlan),
        unapproved_line_count: stand(Standing::AwaitsApproval),
        blocked_line_count: stand(Standing::Blocked),
        stopped_line_count: stand(Standing::NeedsAttention),
        action_item_count: count(actions),
        next_check_time: next.map(instant),
    }
}
