//! Days that have more customers than people can look after (rule R118): who does not fit, and which earlier day has room.

use super::line::{LineForecast, Standing, Who};
use super::misses::Miss;
use crate::policy::Policy;
use crate::rules::schedule::Lead;
use crate::time::{day_before, utc_day};
use jiff::Timestamp;
use jiff::civil::Date;
use std::collections::{BTreeMap, BTreeSet};

/// A customer with purchases on a day, in the order in which they keep their place: what is approved first, then by name.
type Place<'a> = (bool, &'a Who);

/// The customers that do not fit on their day, each with the business day before it that still has room, where there is one.
pub(super) fn overflow(lines: &[LineForecast], policy: &Policy, now: Timestamp) -> Vec<Miss> {
    let Some(most) = policy.customers_per_day_max.and_then(|most| usize::try_from(most).ok()) else {
        return Vec::new();
    };
    let mut places: BTreeMap<(Date, &Who), bool> = BTreeMap::new();
    for line in lines.iter().filter(|line| line.is_open() && !line.bought) {
        if let Some(day) = line.day {
            let is_new = line.standing == Standing::Planned;
            places.entry((day, &line.who)).and_modify(|all| *all &= is_new).or_insert(is_new);
        }
    }
    let mut by_day: BTreeMap<Date, BTreeSet<Place<'_>>> = BTreeMap::new();
    for ((day, who), is_new) in places {
        by_day.entry(day).or_default().insert((is_new, who));
    }
    let load: BTreeMap<Date, usize> = by_day.iter().map(|(day, customers)| (*day, customers.len())).collect();
    spread(by_day, most, policy, utc_day(now))
        .into_iter()
        .map(|(day, who, room)| {
            let customers = load.get(&day).copied().unwrap_or_default();
            let what = match room {
                Some(room) => format!("{room} still has room"),
                None => "no business day before it has room".to_owned(),
            };
            Miss {
                code: "TOO_MANY_CUSTOMERS",
                text: format!(
                    "{customers} customers are to be bought for on {day}, {most} can be looked after; {what}"
                ),
                who: who.clone(),
                line: None,
                day: Some(day),
            }
        })
        .collect()
}

/// From the last day to the first: what is too much moves to the business day before, behind those who are planned there.
fn spread<'a>(
    mut by_day: BTreeMap<Date, BTreeSet<Place<'a>>>,
    most: usize,
    policy: &Policy,
    today: Date,
) -> Vec<(Date, &'a Who, Option<Date>)> {
    let mut moved = Vec::new();
    let mut carried: Vec<(Date, &Who)> = Vec::new();
    let mut next = by_day.keys().next_back().copied();
    while let Some(day) = next {
        let natives = by_day.remove(&day).unwrap_or_default();
        let kept = natives.len().min(most);
        if day >= today && is_business_day(policy, day) {
            let placed = carried.len().min(most - kept);
            moved.extend(carried.drain(..placed).map(|(from, who)| (from, who, Some(day))));
        }
        carried.extend(natives.into_iter().skip(kept).map(|(_, who)| (day, who)));
        let before = day_before(day);
        let waits = !carried.is_empty() && before >= today;
        next = if waits { Some(before) } else { by_day.keys().next_back().copied() };
    }
    moved.extend(carried.into_iter().map(|(from, who)| (from, who, None)));
    moved
}

fn is_business_day(policy: &Policy, day: Date) -> bool {
    Lead { business_days: 1, holidays: &policy.holidays, avoid: policy.avoid }.counts(day)
}
