//! Where the bars and marks of one line are on the shared axis. Places only: the template says what they look like.

use super::text::plain;
use super::timeline::{Axis, Percent};
use super::{count, happened};
use carryover_domain::migration::fate::Fate;
use carryover_domain::report::{LineReport, Milestone, Standing};
use carryover_domain::time::{End, day_after, gap_days, start_of};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

/// Percent of the axis that the number of days needs left of a bar.
const LABEL_ROOM: f64 = 8.0;
/// Percent of the axis up to which more than a date has room right of an end; beyond, it stands in the old bar.
const BESIDE_MAX: f64 = 70.0;

/// One line as drawn.
#[derive(Debug)]
pub(super) struct Picture {
    /// The whole in words, for those who do not see it, and on hovering.
    pub(super) says: String,
    /// Old coverage: from the left edge to here; absent where it ended before the axis begins, or where there is none.
    pub(super) old: Option<Percent>,
    /// New coverage, to the end of its first term.
    pub(super) new: Option<Bar>,
    /// New coverage after that, if it renews.
    pub(super) renewed: Option<Bar>,
    /// New coverage as planned.
    pub(super) planned: Option<Bar>,
    /// Paid twice.
    pub(super) twice: Option<Bar>,
    /// Days that neither serves whole, up to the day of the report where nothing was bought.
    pub(super) gap: Option<Bar>,
    /// From the end that was told up to the day of the report, where nobody has seen whether the old cover went on.
    pub(super) unseen: Option<Bar>,
    /// The end of the old coverage, in its lane; absent where there is none.
    pub(super) end: Option<Label>,
    /// Days paid twice, in the lane of the new coverage.
    pub(super) days: Option<Label>,
    /// What happened.
    pub(super) marks: Vec<Mark>,
}

/// A stretch of time.
#[derive(Debug, PartialEq)]
pub(super) struct Bar {
    /// Where it begins.
    pub(super) x: Percent,
    /// How long it is.
    pub(super) width: Percent,
    /// Whether it goes on beyond the axis.
    pub(super) goes_on: bool,
}

/// A short text.
#[derive(Debug, PartialEq)]
pub(super) struct Label {
    /// Where it stands.
    pub(super) x: Percent,
    /// How: the style class.
    pub(super) class: &'static str,
    /// What it says.
    pub(super) text: String,
}

/// A point in time.
#[derive(Debug)]
pub(super) struct Mark {
    /// Where it is.
    pub(super) x: Percent,
    /// What it was: the name of its shape.
    pub(super) what: &'static str,
    /// When that was.
    pub(super) when: String,
}

impl Picture {
    /// `line` on `axis`, as of `as_of`.
    pub(super) fn of(line: &LineReport, axis: &Axis, as_of: Timestamp) -> Self {
        let bought = line.new_start.map(start_of);
        let term_ends = line.new_end.map_or(Timestamp::MAX, after);
        let new = bought.and_then(|start| bar(axis, start, term_ends));
        let renewed = bought.and_then(|_| bar(axis, term_ends, Timestamp::MAX));
        let marks = marks(line, axis);
        if line.beside.is_some() {
            let (old, planned, twice, gap, unseen, end, days) = (None, None, None, None, None, None, None);
            return Self { says: says(line, 0), old, new, renewed, planned, twice, gap, unseen, end, days, marks };
        }
        let ends = old_end(line);
        let meant = planned_start(line);
        let planned = meant.map(|start| start.max(as_of)).filter(|start| *start < ends);
        let overlap = line.overlap_days.unwrap_or_default();
        let paid_twice = bought.filter(|start| overlap > 0 && *start < ends);
        let gap = line.new_start.map_or(0, |start| gap_days(End::at(ends), start));
        let days = days_label(line, axis, paid_twice, planned.filter(|start| meant == Some(*start)));
        let fate = line.fate.filter(|_| bought.is_none() && is_moved(line.standing));
        let bare = fate == Some(Fate::Over);
        let unseen = fate == Some(Fate::Unseen);
        let beside = if gap > 0 {
            format!(" · {} without cover", in_days(gap))
        } else if let Some(fate) = fate {
            format!(" · {}", since(fate))
        } else if paid_twice.is_some() && days.is_none() {
            format!(" · {} twice", in_days(overlap))
        } else {
            String::new()
        };
        Self {
            says: says(line, gap),
            old: Some(axis.at(ends)).filter(|end| end.0 > 0.0),
            new,
            renewed,
            planned: planned.and_then(|start| bar(axis, start, Timestamp::MAX)),
            twice: paid_twice.and_then(|start| bar(axis, start, ends)),
            gap: bought.filter(|_| gap > 0).or(bare.then_some(as_of)).and_then(|until| bar(axis, ends, until)),
            unseen: Some(as_of).filter(|_| unseen).and_then(|until| bar(axis, ends, until)),
            end: Some(end_label(line, axis, gap > 0 || bare, &beside)),
            days,
            marks,
        }
    }
}

/// Whether a line that stands so is to get new cover: of all others somebody else sees to that, or nobody needs it.
fn is_moved(standing: Standing) -> bool {
    !matches!(standing, Standing::NothingToDo | Standing::CameOver | Standing::OldKept)
}

/// What is known since the end of a line of which nothing was bought.
fn since(fate: Fate) -> &'static str {
    match fate {
        Fate::Over => "nothing bought since",
        Fate::GoesOn => "goes on, nothing bought",
        Fate::Unseen => "not seen since",
    }
}

/// What happened, where the axis shows it.
fn marks(line: &LineReport, axis: &Axis) -> Vec<Mark> {
    let shown = line.moments.iter().filter(|moment| moment.what != Milestone::Approved && axis.shows(moment.at));
    shown.map(|moment| Mark { x: axis.at(moment.at), what: happened(moment.what), when: minute(moment.at) }).collect()
}

/// The first day of the new coverage, as far as the planned overlap tells it.
fn planned_start(line: &LineReport) -> Option<Timestamp> {
    let days = line.overlap_days.filter(|days| *days > 0)?;
    let undone = line.new_start.is_none()
        && !matches!(line.standing, Standing::Blocked | Standing::Closed | Standing::CameOver | Standing::OldKept);
    let last = day_after(End::at(line.old_end_instant?).billing_last_day());
    undone.then(|| start_of(last.saturating_sub(i64::from(days).days())))
}

/// The end of the old coverage; while nobody knows it, it goes on.
fn old_end(line: &LineReport) -> Timestamp {
    line.old_end_instant.unwrap_or(Timestamp::MAX)
}

fn old_coverage(line: &LineReport) -> String {
    line.old_end.map_or("old coverage without a known end".to_owned(), |day| format!("old coverage until {day}"))
}

fn bar(axis: &Axis, from: Timestamp, to: Timestamp) -> Option<Bar> {
    let (x, end) = (axis.at(from), axis.at(to));
    (end > x).then(|| Bar { x, width: Percent(end.0 - x.0), goes_on: !axis.shows(to) })
}

/// Right of the old bar, of the mark that it ended and of a gap, where nothing else is.
fn end_label(line: &LineReport, axis: &Axis, gap: bool, beside: &str) -> Label {
    let Some(end) = line.old_end else {
        return Label { x: axis.at(Timestamp::MAX), class: "in", text: "end unknown →".to_owned() };
    };
    let ends = old_end(line);
    let x = axis.at(ends);
    if x.0 >= 100.0 {
        return Label { x, class: "in", text: format!("until {end} →") };
    }
    if x.0 <= 0.0 {
        return Label { x, class: "t", text: format!("← {end}{beside}") };
    }
    let seen = line.moments.iter().filter(|moment| moment.what == Milestone::Ended).map(|moment| moment.at).max();
    // A gap that is still open has room inside; a closed one has it behind.
    let over = line.new_start.filter(|_| gap).map_or(ends, start_of);
    let x = axis.at(over.max(seen.unwrap_or(ends)));
    if gap && x.0 > BESIDE_MAX {
        return Label { x: axis.at(ends), class: "in", text: format!("{end}{beside}") };
    }
    Label { x, class: if gap { "t bad" } else { "t" }, text: format!("{end}{beside}") }
}

/// Left of the new bar, where nothing else is; absent where there is no room.
fn days_label(line: &LineReport, axis: &Axis, bought: Option<Timestamp>, planned: Option<Timestamp>) -> Option<Label> {
    let (start, class) = bought.map(|start| (start, "tw")).or(planned.map(|start| (start, "tp")))?;
    let x = Some(axis.at(start)).filter(|x| x.0 > LABEL_ROOM && x.0 < 100.0)?;
    Some(Label { x, class, text: in_days(line.overlap_days?) })
}

fn says(line: &LineReport, gap: u32) -> String {
    let second = line.beside.is_some();
    let cover = if second { "beside the new licence".to_owned() } else { old_coverage(line) };
    let mut parts = vec![plain(&line.product), cover];
    let overlap = line.overlap_days.filter(|days| *days > 0 && !second);
    let cost = line.overlap_cost.map(|cost| format!(", {cost}")).unwrap_or_default();
    match (line.new_start, overlap) {
        (Some(start), Some(twice)) => parts.push(format!("new from {start}, {} paid twice{cost}", in_days(twice))),
        (Some(start), None) => parts.push(format!("new from {start}")),
        (None, Some(twice)) => parts.push(format!("not bought; {} planned to be paid twice{cost}", in_days(twice))),
        (None, None) => parts.push("not bought".to_owned()),
    }
    parts.extend(
        line.fate.filter(|_| line.new_start.is_none() && is_moved(line.standing)).map(|fate| since(fate).to_owned()),
    );
    if gap > 0 {
        parts.push(format!("{} without cover", in_days(gap)));
    }
    let moments = line.moments.iter().map(|moment| format!("{} {}", happened(moment.what), minute(moment.at)));
    parts.into_iter().chain(moments).collect::<Vec<_>>().join("; ")
}

fn in_days(number: u32) -> String {
    count(number, "day", "days")
}

fn after(day: Date) -> Timestamp {
    start_of(day_after(day))
}

/// A moment to the minute, UTC.
pub(crate) fn minute(at: Timestamp) -> String {
    at.to_zoned(TimeZone::UTC).strftime("%Y-%m-%d %H:%M").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::made_up::{at, blocked, bought, customer, ending, line, standing, today};

    fn picture(line: LineReport) -> Picture {
        let reports = [customer("Contoso", vec![line])];
        Picture::of(&reports[0].lines[0], &Axis::of(&reports, today()), today())
    }

    #[test]
    fn a_bought_line_shows_both_and_what_is_paid_twice() {
        let seen = picture(bought(line("E3", 5), "2026-03-30", "2026-03-30T09:00:00Z"));
        let (old, new, twice) = (seen.old.unwrap(), seen.new.unwrap(), seen.twice.unwrap());
        assert_eq!(new.x, twice.x);
        assert!((twice.x.0 + twice.width.0 - old.0).abs() < 0.001, "it ends with the old one");
        assert!(new.goes_on && seen.gap.is_none() && seen.planned.is_none());
        assert_eq!((seen.days.unwrap().text.as_str(), seen.end.unwrap().text.as_str()), ("2 days", "2026-03-31"));
        assert_eq!(
            seen.says,
            "E3; old coverage until 2026-03-31; new from 2026-03-30, 2 days paid twice; bought 2026-03-30 09:00"
        );
    }

    #[test]
    fn days_stand_beside_the_end_where_there_is_no_room_left_of_the_bar() {
        let long_ago = bought(ending(line("E3", 5), "2025-09-20"), "2025-09-10", "2025-09-10T09:00:00Z");
        let mut early = customer("Contoso", vec![long_ago]);
        early.started = None;
        let reports = [early];
        let seen = Picture::of(&reports[0].lines[0], &Axis::of(&reports, today()), today());
        assert!(seen.days.is_none());
        assert_eq!(seen.end.unwrap().text, "2025-09-20 · 11 days twice");
    }

    #[test]
    fn a_gap_is_called_one() {
        let seen = picture(bought(line("E3", 5), "2026-04-03", "2026-04-03T09:00:00Z"));
        assert!(seen.gap.is_some() && seen.twice.is_none());
        assert_eq!(seen.end.unwrap().text, "2026-03-31 · 2 days without cover");
    }

    #[test]
    fn an_end_without_a_purchase_is_open_until_today() {
        let seen = picture(met(line("E3", 5), Fate::Over));
        assert_eq!(seen.end.unwrap().text, "2026-03-31 · nothing bought since");
        assert!(seen.gap.is_some() && seen.unseen.is_none() && seen.new.is_none());
    }

    /// `line`, of whose old subscription that is known since its end.
    fn met(line: LineReport, fate: Fate) -> LineReport {
        LineReport { fate: Some(fate), ..line }
    }

    #[test]
    fn no_end_is_claimed_that_nobody_has_seen() {
        let seen = picture(met(line("E3", 5), Fate::Unseen));
        let end = seen.end.unwrap();
        assert_eq!((end.text.as_str(), end.class), ("2026-03-31 · not seen since", "t"));
        assert!(seen.gap.is_none() && seen.unseen.is_some());
        assert!(seen.says.ends_with("; not seen since"), "{}", seen.says);
        let seen = picture(met(line("E3", 5), Fate::GoesOn));
        assert_eq!(seen.end.unwrap().text, "2026-03-31 · goes on, nothing bought");
        assert!(seen.gap.is_none() && seen.unseen.is_none());
    }

    #[test]
    fn a_line_with_nothing_to_do_lacks_nothing_after_its_end() {
        for which in [Standing::NothingToDo, Standing::CameOver, Standing::OldKept] {
            let seen = picture(standing(met(line("E3", 5), Fate::Over), which));
            let end = seen.end.unwrap();
            assert_eq!((end.text.as_str(), end.class), ("2026-03-31", "t"), "{which:?}");
            assert!(seen.gap.is_none() && seen.unseen.is_none(), "{which:?}");
        }
    }

    #[test]
    fn a_short_term_goes_on_if_it_renews() {
        let mut monthly = bought(line("E3", 5), "2026-03-10", "2026-03-10T09:00:00Z");
        monthly.new_end = Some("2026-04-09".parse().unwrap());
        let seen = picture(monthly);
        let (new, renewed) = (seen.new.unwrap(), seen.renewed.unwrap());
        assert!((new.x.0 + new.width.0 - renewed.x.0).abs() < 0.001 && !new.goes_on);
    }

    #[test]
    fn a_plan_is_drawn_from_its_day_and_never_in_the_past() {
        let later = picture(ending(line("E3", 5), "2026-04-30"));
        let axis = Axis::of(&[customer("Contoso", vec![ending(line("E3", 5), "2026-04-30")])], today());
        assert_eq!(later.planned.unwrap().x, axis.at(at("2026-04-29T00:00:00Z")));
        assert!(picture(line("E3", 5)).planned.is_none(), "the old one is over, nobody has bought");
        let none = blocked(customer("Contoso", vec![ending(line("E3", 5), "2026-04-30")]));
        assert!(picture(none.lines.into_iter().next().unwrap()).planned.is_none());
    }

    #[test]
    fn a_second_licence_has_no_old_cover_and_pays_nothing_twice() {
        let mut second = line("Teams", 5);
        (second.beside, second.old_end, second.old_end_instant) = (Some(line("E3", 5).line), None, None);
        let seen = picture(second.clone());
        assert_eq!(seen.says, "Teams; beside the new licence; not bought");
        assert!(seen.old.is_none() && seen.end.is_none() && seen.new.is_none() && seen.planned.is_none());
        second.new_start = Some("2026-03-30".parse().unwrap());
        let seen = picture(second);
        assert_eq!(seen.says, "Teams; beside the new licence; new from 2026-03-30");
        assert!(seen.new.is_some() && seen.old.is_none() && seen.end.is_none());
        assert!(seen.twice.is_none() && seen.gap.is_none() && seen.days.is_none());
    }

    #[test]
    fn a_trial_pays_nothing_twice() {
        let mut trial = bought(line("E3", 5), "2026-03-20", "2026-03-20T09:00:00Z");
        trial.overlap_days = Some(0);
        let seen = picture(standing(trial, Standing::Closed));
        assert!(seen.twice.is_none() && seen.days.is_none() && seen.gap.is_none());
    }
}
