//! Our credit, which all customers share (rule R89): which lines their purchases, day by day, leave none for. Points them out;
//! changes no plan.

use super::actions::{ActBy, Actor};
use super::line::{LineForecast, Standing, Who};
use super::misses::Miss;
use crate::finding::{Finding, FindingKind};
use crate::ids::LineId;
use crate::policy::{Credit, Policy};
use crate::time::days_between;
use crate::value::{Currency, Money};
use jiff::civil::Date;
use rust_decimal::Decimal;
use std::collections::{BTreeMap, VecDeque};

/// The order in which purchases take of the credit: by day, what was bought first, then what was approved, then by name.
type Turn<'a> = (Date, bool, bool, &'a Who, LineId);

/// Finds the lines that the credit has nothing left for when their day comes, gives each its finding, and says in `actions` what has to
/// be done about it: once a customer, at its earliest date, also where a line of it waits for credit of its own. What does not fit
/// takes nothing: it is not bought.
pub(super) fn find_beyond(lines: &mut [LineForecast], actions: &mut Vec<ActBy>, policy: &Policy) -> Vec<Miss> {
    let Some(credit) = &policy.credit else { return Vec::new() };
    let mut missed = Vec::new();
    let mut settle: BTreeMap<Who, ActBy> = BTreeMap::new();
    for (at, finding) in beyond(lines, credit) {
        let Some(line) = lines.get_mut(at) else { continue };
        let act = act(line, &finding);
        missed.push(Miss {
            code: act.code,
            text: act.text.clone(),
            who: act.who.clone(),
            line: Some(line.line),
            day: line.day,
        });
        let first = settle.entry(line.who.clone()).or_insert_with(|| act.clone());
        if act.order() < first.order() {
            *first = act;
        }
        line.findings.push(finding);
        line.findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity()));
    }
    let asked = |act: &&mut ActBy| act.line.is_none() && act.code == FindingKind::CreditExceeded.code();
    for act in actions.iter_mut().filter(asked) {
        if let Some(other) = settle.remove(&act.who).filter(|other| other.order() < act.order()) {
            *act = other;
        }
    }
    actions.extend(settle.into_values());
    missed
}

/// Places in `lines`, each with its finding.
fn beyond(lines: &[LineForecast], credit: &Credit) -> Vec<(usize, Finding)> {
    let mut turns: Vec<(Turn<'_>, usize, Money)> = lines
        .iter()
        .enumerate()
        .filter_map(|(at, line)| Some((turn(line, credit)?, at, line.first_invoice?)))
        .collect();
    turns.sort_unstable_by_key(|(turn, ..)| *turn);
    let mut taken: BTreeMap<Currency, Unpaid> = BTreeMap::new();
    let mut found = Vec::new();
    for ((day, ..), at, Money { amount, currency }) in turns {
        let Some(available) = credit.available.get(&currency).copied() else { continue };
        let unpaid = taken.entry(currency).or_default();
        unpaid.pay_what_is_due(credit, day);
        let needed = unpaid.sum.saturating_add(amount);
        let bought = lines.get(at).is_some_and(|line| line.bought);
        if needed > available && !bought {
            let money = |amount| Money { amount, currency };
            found.push((at, Finding::CreditExceeded { needed: money(needed), available: money(available) }));
        } else {
            unpaid.add(day, amount);
        }
    }
    found
}

/// What was bought in one currency and still counts, earliest first.
#[derive(Default)]
struct Unpaid {
    bought: VecDeque<(Date, Decimal)>,
    sum: Decimal,
}

impl Unpaid {
    fn pay_what_is_due(&mut self, credit: &Credit, day: Date) {
        while let Some((bought, amount)) = self.bought.front().copied()
            && !credit.counts(bought, day)
        {
            self.bought.pop_front();
            self.sum = self.sum.saturating_sub(amount);
        }
    }

    fn add(&mut self, day: Date, amount: Decimal) {
        self.bought.push_back((day, amount));
        self.sum = self.sum.saturating_add(amount);
    }
}

/// When `line` takes of the credit; none where it does not: it was bought before somebody looked, is not bought, or waits for credit
/// of its own.
fn turn<'a>(line: &'a LineForecast, credit: &Credit) -> Option<Turn<'a>> {
    let day = line.day?;
    let waits = || line.findings.iter().any(|finding| finding.kind() == FindingKind::CreditExceeded);
    let takes = if line.bought { day >= credit.seen } else { line.is_open() && !waits() };
    takes.then_some((day, !line.bought, line.standing == Standing::Planned, &line.who, line.line))
}

impl Credit {
    /// Whether what was bought on `day` still counts on a `later` one.
    fn counts(&self, day: Date, later: Date) -> bool {
        self.paid_after_days.is_none_or(|days| days_between(day, later) < i64::from(days))
    }
}

fn act(line: &LineForecast, finding: &Finding) -> ActBy {
    ActBy {
        code: finding.code(),
        text: finding.to_string(),
        remedy: Some(finding.remedy()),
        actor: Actor::Us,
        due: line.opens,
        who: line.who.clone(),
        line: None,
    }
}
