//! The reports in figures. Counts and adds; renders nothing.

use carryover_domain::report::{LineReport, Report, Standing};
use carryover_domain::value::{Currency, Money};
use serde::Serialize;
use std::collections::BTreeMap;

/// What became of a portfolio, in figures.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Summary {
    /// Customers.
    pub(crate) customers: usize,
    /// Lines of all customers. The next nine counts add up to it.
    pub(crate) lines: usize,
    /// Lines whose new subscription stands and whose old one is over.
    pub(crate) closed: usize,
    /// Lines that need no move.
    pub(crate) nothing_to_do: usize,
    /// Lines that ended without a purchase that stands: they came over in another way, or the old subscription was kept.
    pub(crate) settled: usize,
    /// Lines that go on by themselves.
    pub(crate) under_way: usize,
    /// Lines on their way that a person has halted.
    pub(crate) paused: usize,
    /// Lines that are not planned yet.
    pub(crate) awaits_plan: usize,
    /// Lines whose plan is not approved yet.
    pub(crate) awaits_approval: usize,
    /// Lines that cannot be planned before a person has acted.
    pub(crate) blocked: usize,
    /// Lines that stopped.
    pub(crate) needs_attention: usize,
    /// Things that wait for a person, of lines and of customers.
    pub(crate) action_items: usize,
    /// Seats times days that are paid twice. Bought lines only.
    pub(crate) overlap_seat_days: u64,
    /// What these cost, by currency, in minor units of it. Bought lines with a known price only.
    pub(crate) overlap_cost: BTreeMap<String, String>,
    /// Whether the costs of the lines, each rounded by itself, add up to something else than these.
    #[serde(skip)]
    pub(crate) rows_differ: bool,
    /// Users whose licence was swapped.
    pub(crate) licences_swapped: usize,
}

impl Summary {
    /// The figures of `reports`.
    pub(crate) fn of(reports: &[Report]) -> Self {
        let lines = || reports.iter().flat_map(|report| &report.lines);
        let count = |standing| lines().filter(|line| line.standing == standing).count();
        Self {
            customers: reports.len(),
            lines: lines().count(),
            closed: count(Standing::Closed),
            nothing_to_do: count(Standing::NothingToDo),
            settled: count(Standing::CameOver) + count(Standing::OldKept),
            under_way: count(Standing::UnderWay),
            paused: count(Standing::Paused),
            awaits_plan: count(Standing::AwaitsPlan),
            awaits_approval: count(Standing::AwaitsApproval),
            blocked: count(Standing::Blocked),
            needs_attention: count(Standing::NeedsAttention),
            action_items: reports.iter().map(|report| report.actions.len()).sum(),
            overlap_seat_days: lines().map(seat_days).fold(0, u64::saturating_add),
            overlap_cost: overlap_cost(lines(), |cost| cost),
            rows_differ: overlap_cost(lines(), Money::rounded) != overlap_cost(lines(), |cost| cost),
            licences_swapped: lines().map(|line| line.swapped).sum(),
        }
    }

    /// How many of `calls` each moved line took, with one decimal, rounded up; none where no line was moved.
    pub(crate) fn calls_each_moved(&self, calls: u64) -> Option<String> {
        let moved = u64::try_from(self.closed).ok().filter(|moved| *moved > 0)?;
        let tenths = calls.saturating_mul(10).div_ceil(moved);
        Some(format!("{}.{}", tenths / 10, tenths % 10))
    }

    /// The same in words; none where there were no calls.
    pub(crate) fn calls_each(&self, calls: u64) -> Option<String> {
        let calls = Some(calls).filter(|calls| *calls > 0)?;
        self.calls_each_moved(calls).map(|each| format!("{each} calls for each moved line"))
    }

    /// Lines that only a person can move: plans to make and to approve, and lines that stopped.
    pub(crate) fn waiting(&self) -> usize {
        self.awaits_plan + self.awaits_approval + self.needs_attention
    }
}

/// Users of a second licence count with what it stands beside.
fn seat_days(line: &LineReport) -> u64 {
    let seats = line.bought_seats.filter(|_| line.beside.is_none()).unwrap_or_default();
    u64::from(seats) * u64::from(line.overlap_days.unwrap_or_default())
}

/// What is paid twice, as each line has it by `of`: added, and rounded once for each currency (rule R129).
fn overlap_cost<'a>(
    lines: impl Iterator<Item = &'a LineReport>,
    of: impl Fn(Money) -> Money,
) -> BTreeMap<String, String> {
    let mut sums: BTreeMap<Currency, Money> = BTreeMap::new();
    for cost in lines.filter(|line| line.bought_seats.is_some()).filter_map(|line| line.overlap_cost).map(of) {
        sums.entry(cost.currency).and_modify(|sum| sum.amount = sum.amount.saturating_add(cost.amount)).or_insert(cost);
    }
    sums.into_iter().map(|(currency, sum)| (currency.to_string(), sum.rounded().amount.to_string())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::made_up::{bought, customer, line, money, standing, waits};

    #[test]
    fn no_customers_is_nothing_of_everything() {
        let summary = Summary::of(&[]);
        assert_eq!((summary.customers, summary.lines, summary.action_items), (0, 0, 0));
        assert!(summary.overlap_cost.is_empty());
    }

    #[test]
    fn standings_add_up_to_the_lines() {
        let all = [
            Standing::Closed,
            Standing::UnderWay,
            Standing::Paused,
            Standing::AwaitsPlan,
            Standing::AwaitsApproval,
            Standing::Blocked,
            Standing::NeedsAttention,
            Standing::NeedsAttention,
            Standing::CameOver,
            Standing::OldKept,
        ];
        let lines = all.iter().enumerate().map(|(n, which)| standing(line(&format!("p{n}"), 3), *which)).collect();
        let summary = Summary::of(&[waits(customer("Contoso", lines))]);
        assert_eq!((summary.closed, summary.under_way, summary.awaits_approval), (1, 1, 1));
        assert_eq!((summary.blocked, summary.needs_attention, summary.settled, summary.lines), (1, 2, 2, 10));
        assert_eq!((summary.waiting(), summary.action_items), (4, 1));
    }

    #[test]
    fn planned_lines_cost_nothing_yet() {
        let planned = line("planned", 100);
        assert!(planned.overlap_days.is_some());
        let mut done = bought(line("bought", 10), "2026-03-30", "2026-03-30T09:00:00Z");
        done.overlap_cost = Some(money("1.5", "EUR"));
        let summary = Summary::of(&[customer("Contoso", vec![planned, done])]);
        assert_eq!(summary.overlap_seat_days, 20);
        assert_eq!(summary.overlap_cost, BTreeMap::from([("EUR".to_owned(), "1.50".to_owned())]));
    }

    #[test]
    fn users_of_a_second_licence_are_counted_with_the_first() {
        let first = bought(line("first", 10), "2026-03-30", "2026-03-30T09:00:00Z");
        let beside = Some(first.line);
        let second = LineReport { beside, ..bought(line("second", 10), "2026-03-30", "2026-03-30T09:00:00Z") };
        assert_eq!(Summary::of(&[customer("Contoso", vec![first, second])]).overlap_seat_days, 20);
    }

    #[test]
    fn money_is_rounded_once_for_each_currency() {
        let of = |amount: &str, currency: &str| {
            let mut done = bought(line(amount, 1), "2026-03-30", "2026-03-30T09:00:00Z");
            done.overlap_cost = Some(money(amount, currency));
            done
        };
        let lines = vec![of("0.004", "EUR"), of("0.004", "EUR"), of("10.4", "JPY"), of("0.0005", "KWD")];
        let summary = Summary::of(&[customer("Contoso", lines)]);
        let texts: Vec<_> = summary.overlap_cost.iter().map(|(of, sum)| format!("{sum} {of}")).collect();
        assert_eq!(texts, ["0.01 EUR", "10 JPY", "0.001 KWD"]);
        assert!(summary.rows_differ, "two lines of nothing make a cent");
    }

    #[test]
    fn rows_that_add_up_are_not_spoken_of() {
        let mut done = bought(line("E3", 1), "2026-03-30", "2026-03-30T09:00:00Z");
        done.overlap_cost = Some(money("12.345", "EUR"));
        assert!(!Summary::of(&[customer("Contoso", vec![done])]).rows_differ);
    }
}
