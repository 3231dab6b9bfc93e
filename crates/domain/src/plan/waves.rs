//! Which purchases of a tenant happen on one day, and in which order (rules R108, R118). Only ever moves a day earlier: the day that
//! a line comes with is the last one that is safe. Looks at days alone; knows no line.

use crate::ids::LineId;
use crate::time::days_between;
use jiff::ToSpan;
use jiff::civil::Date;
use std::collections::{BTreeMap, BTreeSet};

/// Two purchases of a tenant lie in one wave when fewer days than this are between them: 72 hours (rule R118).
const WAVE_DAYS: i64 = 3;
/// So many days earlier at most is a line bought to keep clear of others. Beyond that it is paid twice for too long, and people are told
/// instead.
const EARLIER_DAYS_MAX: i64 = 28;

/// What there is to know of a tenant's purchases beside their days.
#[derive(Debug)]
pub(crate) struct Purchases<'a> {
    /// Lines of which both are bought on one day.
    pub(crate) together: &'a [[LineId; 2]],
    /// Days on which something was bought, or is.
    pub(crate) bought: &'a BTreeSet<Date>,
    /// The first day on which anything can be bought.
    pub(crate) today: Date,
    /// Lines whose users change licence from the day on.
    pub(crate) swapping: &'a BTreeSet<LineId>,
    /// Lines that are to be clear of that, because their product takes something away soon after its licence is gone (rule R108).
    pub(crate) fragile: &'a BTreeSet<LineId>,
}

/// The day of the wave that each line falls into: the earlier one of two that belong together, and of all that the day of the first one
/// less than 72 hours before. Whatever falls so shortly after a day on which something was bought follows at once, today at the
/// earliest. Where that puts a fragile product beside a change of licences, it goes in a wave of its own before it, on a day that
/// `counts`; with one that has to be bought on the same day as a change, or while there is no such day, it stays.
pub(crate) fn waves(
    mut days: BTreeMap<LineId, Date>,
    of: &Purchases<'_>,
    counts: impl Fn(Date) -> bool,
) -> BTreeMap<LineId, Date> {
    let later = |days: &BTreeMap<LineId, Date>| {
        of.together.iter().find_map(|[one, other]| {
            let (first, second) = (*days.get(one)?, *days.get(other)?);
            let late = if first < second { *other } else { *one };
            (first != second).then_some((late, first.min(second)))
        })
    };
    while let Some((late, day)) = later(&days) {
        days.insert(late, day);
    }
    let mut kept = BTreeSet::new();
    loop {
        match clear_of_changes(&days, of, &kept, &counts) {
            Ok(days) => return days,
            // It cannot go before, and the others are looked at with it where it is.
            Err(stuck) => kept.insert(stuck),
        };
    }
}

/// The waves, with all fragile lines but those that are `kept` where they are before any change of licences.
///
/// # Errors
/// A line for which there is no day.
fn clear_of_changes(
    days: &BTreeMap<LineId, Date>,
    of: &Purchases<'_>,
    kept: &BTreeSet<LineId>,
    counts: &impl Fn(Date) -> bool,
) -> Result<BTreeMap<LineId, Date>, LineId> {
    let mut alone: BTreeMap<LineId, BTreeSet<LineId>> = BTreeMap::new();
    // Without those that go before, the others may be bought later, near to further ones.
    let (mut waves, changes) = loop {
        let taken = |id: &LineId| alone.values().any(|group| group.contains(id));
        let left = days.iter().filter(|(id, _)| !taken(id)).map(|(id, day)| (*id, *day));
        let waves = within_72_hours(left, of);
        let changes: BTreeSet<Date> = of.swapping.iter().filter_map(|id| waves.get(id).copied()).collect();
        let beside = |day: Date| changes.iter().any(|change| is_near(*change, day));
        let next = of.fragile.iter().filter(|id| waves.get(id).is_some_and(|day| beside(*day))).filter_map(|id| {
            let group = bought_with(*id, of.together);
            (group.is_disjoint(of.swapping) && group.is_disjoint(kept)).then_some((*id, group))
        });
        let before = alone.len();
        alone.extend(next);
        if alone.len() == before {
            break (waves, changes);
        }
    };
    if alone.is_empty() {
        return Ok(waves);
    }
    let mut placed: BTreeMap<LineId, Date> = BTreeMap::new();
    for (id, group) in &alone {
        let Some(own) = days.get(id) else { return Err(*id) };
        let fits = |day: &Date| {
            let clear = of.bought.iter().chain(&changes).all(|other| !is_near(*other, *day));
            clear
                && counts(*day)
                && waves.values().chain(placed.values()).all(|other| other == day || !is_near(*other, *day))
        };
        let earlier = (0..=EARLIER_DAYS_MAX).map(|n| own.saturating_sub(n.days()));
        let day = earlier.take_while(|day| *day >= of.today).find(fits).ok_or(*id)?;
        placed.extend(group.iter().filter(|id| days.contains_key(id)).map(|id| (*id, day)));
    }
    waves.extend(placed);
    Ok(waves)
}

/// The day of the first line less than 72 hours before each, or of what was bought.
fn within_72_hours(days: impl Iterator<Item = (LineId, Date)>, of: &Purchases<'_>) -> BTreeMap<LineId, Date> {
    let to_buy = days.map(|(id, day)| (day, Some(id)));
    let mut in_order: Vec<(Date, Option<LineId>)> = of.bought.iter().map(|day| (*day, None)).chain(to_buy).collect();
    in_order.sort_unstable();
    let mut wave: Option<Date> = None;
    let day_of = |(day, id): (Date, Option<LineId>)| {
        let joins = wave.filter(|first| id.is_some() && days_between(*first, day) < WAVE_DAYS);
        let first = joins.map_or(day, |first| first.max(of.today));
        wave = Some(first);
        Some((id?, first))
    };
    in_order.into_iter().filter_map(day_of).collect()
}

/// Whether purchases on the two days are in one wave.
pub(crate) fn is_near(one: Date, other: Date) -> bool {
    days_between(one, other).abs() < WAVE_DAYS
}

/// The line and all that have to be bought on the same day.
fn bought_with(line: LineId, together: &[[LineId; 2]]) -> BTreeSet<LineId> {
    let mut group = BTreeSet::from([line]);
    while let Some([one, other]) = together.iter().find(|[one, other]| group.contains(one) != group.contains(other)) {
        group.extend([*one, *other]);
    }
    group
}
