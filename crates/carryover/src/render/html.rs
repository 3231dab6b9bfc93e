//! The reports as one web page that needs nothing else: no network, no script. The template escapes all text.

mod forecast;

use super::actions::{Waiting, waiting};
use super::picture::{Picture, minute};
use super::text::plain;
use super::timeline::{Axis, Month, Percent, Week};
use super::{count, word};
use crate::summary::Summary;
use askama::Template;
use carryover_domain::forecast::Forecast;
use carryover_domain::report::{LineReport, Report, Standing};
use carryover_domain::time::{days_between, utc_day};
use forecast::Chart;
use jiff::Timestamp;
use std::cmp::Reverse;

/// Lines that are drawn and listed at most. Browsers stay quick up to a few thousand; the CSV file has all.
const MOST_LINES: usize = 1500;

/// One more figure for the head of the page, for example from the books of an emulator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Figure {
    /// What it is, in a few words.
    pub(crate) label: String,
    /// The figure.
    pub(crate) value: String,
    /// A remark below it; may be empty.
    pub(crate) hint: String,
}

/// A web page of `reports` as they stood at `as_of`, in one file. Customers are drawn by their next end and listed by
/// name. `figures` are shown below the headline, and a `forecast` before the picture; there may be none.
///
/// # Errors
/// None that is known: writing to memory does not fail.
pub(crate) fn html(
    reports: &[Report],
    summary: &Summary,
    figures: &[Figure],
    forecast: Option<&Forecast>,
    as_of: Timestamp,
    title: &str,
) -> Result<String, askama::Error> {
    Page { forecast: forecast.map(Chart::of), ..Page::of(reports, summary, figures, as_of, title) }.render()
}

#[derive(Template)]
#[template(path = "report.html", whitespace = "minimize")]
struct Page<'a> {
    title: String,
    as_of: String,
    lede: Vec<String>,
    scope: String,
    tiles: Vec<Tile>,
    shares: Vec<Share>,
    figures: &'a [Figure],
    forecast: Option<Chart>,
    now: Now,
    months: Vec<Month>,
    weeks: Vec<Week>,
    weeks_in_rows: bool,
    groups: Vec<Group>,
    lines_left_out: usize,
    items: Vec<Item>,
    items_left_out: usize,
    notes: Vec<(String, String)>,
    rows: Vec<Row<'a>>,
}

struct Tile {
    class: &'static str,
    label: &'static str,
    values: Vec<String>,
    hint: String,
}

/// A part of the lines, as a part of a bar.
struct Share {
    class: &'static str,
    x: Percent,
    width: Percent,
}

struct Now {
    x: Percent,
    label: String,
}

/// One customer's lines, drawn.
struct Group {
    name: String,
    domain: String,
    /// The number of the first thing that waits for a person and concerns the customer as a whole.
    waits: Option<usize>,
    lines: Vec<Drawn>,
}

struct Drawn {
    product: String,
    detail: String,
    standing: Outcome,
    /// The number of what waits for a person.
    waits: Option<usize>,
    picture: Picture,
}

struct Outcome {
    class: &'static str,
    word: &'static str,
}

struct Item {
    due: Option<String>,
    away: String,
    overdue: bool,
    customer: String,
    domain: String,
    line: Option<String>,
    code: &'static str,
    what: String,
    remedy: String,
    link: Option<String>,
    contact: Option<String>,
}

struct Row<'a> {
    customer: String,
    product: String,
    says: String,
    standing: Outcome,
    cost: String,
    swapped: String,
    line: &'a LineReport,
}

impl<'a> Page<'a> {
    fn of(reports: &'a [Report], summary: &Summary, figures: &'a [Figure], as_of: Timestamp, title: &str) -> Self {
        let axis = Axis::of(reports, as_of);
        let waiting = waiting(reports);
        let shown = shown(reports);
        let mut rows: Vec<Row<'_>> =
            shown.iter().flat_map(|report| report.lines.iter().map(|line| row(report, line))).collect();
        rows.sort_by_cached_key(|row| row.customer.to_lowercase());
        let groups = shown.iter().map(|report| group(report, &waiting, &axis, as_of)).collect();
        let notes = reports.iter().flat_map(|report| {
            report.notes.iter().map(|note| (plain(&report.customer.name), plain(&note.to_string())))
        });
        Self {
            title: plain(title),
            as_of: minute(as_of),
            lede: lede(summary),
            scope: scope(reports, summary),
            tiles: tiles(summary),
            shares: shares(summary),
            figures,
            forecast: None,
            now: Now { x: axis.at(as_of), label: utc_day(as_of).to_string() },
            months: axis.months(),
            weeks: axis.weeks(),
            weeks_in_rows: axis.weeks_readable(),
            groups,
            lines_left_out: summary.lines.saturating_sub(rows.len()),
            items_left_out: waiting.len().saturating_sub(MOST_LINES),
            items: waiting.iter().take(MOST_LINES).map(|waiting| item(waiting, as_of)).collect(),
            notes: notes.take(MOST_LINES).collect(),
            rows,
        }
    }
}

/// The customers to be shown, by their next end. Where there are too many lines, customers with open lines go first.
fn shown(reports: &[Report]) -> Vec<&Report> {
    let next_end = |report: &Report| {
        let end = report.lines.iter().filter_map(|line| line.old_end_instant).min();
        (end.is_none(), end, report.customer.name.to_lowercase(), report.customer.tenant)
    };
    let open = |report: &Report| report.lines.iter().any(|line| !is_over(line.standing));
    let mut shown: Vec<&Report> = reports.iter().filter(|report| !report.lines.is_empty()).collect();
    shown.sort_by_cached_key(|report| (Reverse(open(report)), next_end(report)));
    let mut lines = 0_usize;
    shown.retain(|report| {
        lines = lines.saturating_add(report.lines.len());
        lines <= MOST_LINES
    });
    shown.sort_by_cached_key(|report| next_end(report));
    shown
}

fn group(report: &Report, waiting: &[Waiting<'_>], axis: &Axis, as_of: Timestamp) -> Group {
    let number = |line: Option<&LineReport>| {
        let concerns = |waits: &Waiting<'_>| {
            waits.report.migration == report.migration && waits.item.line == line.map(|line| line.line)
        };
        waiting.iter().take(MOST_LINES).position(concerns).map(|index| index + 1)
    };
    let drawn = |line: &LineReport| {
        let waits = number(Some(line));
        let why = waits.and_then(|number| waiting.get(number - 1)).map(Waiting::what);
        let seats = count(line.seats.get(), "seat", "seats");
        let detail = match (line.standing, why) {
            (Standing::Closed, _) => seats,
            (_, Some(why)) => format!("{seats} · {why}"),
            (_, None) => format!("{seats} · {}", plain(&line.says)),
        };
        let picture = Picture::of(line, axis, as_of);
        Drawn { product: plain(&line.product), detail, standing: outcome(line.standing), waits, picture }
    };
    let customer = &report.customer;
    Group {
        name: plain(&customer.name),
        domain: plain(&customer.domain),
        waits: number(None),
        lines: report.lines.iter().map(drawn).collect(),
    }
}

/// Whether nothing follows any more of a line that was to be moved.
fn is_over(standing: Standing) -> bool {
    matches!(standing, Standing::Closed | Standing::CameOver | Standing::OldKept)
}

fn outcome(standing: Standing) -> Outcome {
    let class = match standing {
        Standing::Closed => "c",
        Standing::NothingToDo | Standing::CameOver | Standing::OldKept => "z",
        Standing::UnderWay | Standing::Paused => "u",
        Standing::AwaitsPlan | Standing::AwaitsApproval => "a",
        Standing::Blocked => "b",
        Standing::NeedsAttention => "s",
    };
    Outcome { class, word: word(standing) }
}

fn item(waits: &Waiting<'_>, as_of: Timestamp) -> Item {
    let away = waits.due_day().map(|day| days_between(utc_day(as_of), day));
    let overdue = waits.is_overdue(as_of);
    Item {
        due: waits.due(),
        away: match away {
            None => String::new(),
            Some(_) if overdue => "overdue".to_owned(),
            Some(0) => "today".to_owned(),
            Some(days) => format!("in {}", count(days, "day", "days")),
        },
        overdue,
        customer: plain(&waits.report.customer.name),
        domain: plain(&waits.report.customer.domain),
        line: waits.line.map(|line| plain(&line.product)),
        code: waits.item.action.code(),
        what: waits.what(),
        remedy: waits.remedy().unwrap_or_default(),
        link: waits.link(),
        contact: waits.item.contact.as_deref().map(plain),
    }
}

fn row<'a>(report: &Report, line: &'a LineReport) -> Row<'a> {
    Row {
        customer: plain(&report.customer.name),
        product: plain(&line.product),
        says: plain(&line.says),
        standing: outcome(line.standing),
        cost: line.overlap_cost.map(|cost| grouped(&cost.to_string())).unwrap_or_default(),
        swapped: if line.swaps { line.swapped.to_string() } else { String::new() },
        line,
    }
}

/// The headline: how far it is, and whether people are waited for.
fn lede(summary: &Summary) -> Vec<String> {
    let Summary { lines, closed, nothing_to_do, settled, under_way, action_items, .. } = *summary;
    let far = match lines {
        0 => "There are no lines yet.".to_owned(),
        _ if closed + nothing_to_do + settled == lines => {
            format!("All {} closed.", count(lines, "line is", "lines are"))
        }
        _ => format!("{closed} of {} closed, {under_way} under way.", count(lines, "line", "lines")),
    };
    let people = match action_items {
        0 => "Nothing waits for a person.".to_owned(),
        number => format!("{} for a person.", count(number, "thing waits", "things wait")),
    };
    vec![far, people]
}

fn scope(reports: &[Report], summary: &Summary) -> String {
    let customers = count(summary.customers, "customer", "customers");
    let ends = || reports.iter().flat_map(|report| &report.lines).filter_map(|line| line.old_end);
    match (ends().min(), ends().max()) {
        (Some(first), Some(last)) if first < last => {
            format!("{customers}; their old subscriptions end between {first} and {last}.")
        }
        (Some(only), _) => format!("{customers}; old subscriptions end on {only}."),
        (None, _) => format!("{customers}."),
    }
}

fn tiles(summary: &Summary) -> Vec<Tile> {
    let tile = |class, label, number: usize, hint: String| Tile {
        class,
        label,
        values: vec![grouped(&number.to_string())],
        hint,
    };
    let costs = summary.overlap_cost.iter().map(|(currency, amount)| grouped(&format!("{amount} {currency}")));
    let Summary { awaits_plan, awaits_approval, needs_attention, nothing_to_do, settled, paused, .. } = *summary;
    let waiting =
        format!("for a person: {awaits_plan} to plan, {awaits_approval} to approve, {needs_attention} stopped");
    let beside = |hint: &str, number: usize, what: &str| match number {
        0 => hint.to_owned(),
        number => format!("{hint}; {number} {what}"),
    };
    vec![
        tile(
            "c",
            "Lines closed",
            summary.closed,
            beside(&beside("new stands, old is over", nothing_to_do, "with nothing to do"), settled, "ended otherwise"),
        ),
        tile("u", "Lines under way", summary.under_way, beside("go on by themselves", paused, "paused")),
        tile("s", "Lines waiting", summary.waiting(), waiting),
        tile("b", "Lines blocked", summary.blocked, "cannot be planned yet".to_owned()),
        Tile {
            class: "x",
            label: "Paid twice",
            values: if summary.overlap_cost.is_empty() { vec!["–".to_owned()] } else { costs.collect() },
            hint: format!(
                "for {} seat-days of what is bought, days to come included{}",
                grouped(&summary.overlap_seat_days.to_string()),
                if summary.rows_differ { "; added exactly and rounded once, unlike the rows" } else { "" }
            ),
        },
        tile("w", "Licences swapped", summary.licences_swapped, "users with another licence".to_owned()),
    ]
}

/// A share for each outcome, in the colour that its lines have below; together they are all lines.
fn shares(summary: &Summary) -> Vec<Share> {
    let whole = summary.lines.max(1) as f64;
    let parts = [
        ("c", summary.closed),
        ("z", summary.nothing_to_do + summary.settled),
        ("u", summary.under_way + summary.paused),
        ("s", summary.waiting()),
        ("b", summary.blocked),
    ];
    let mut x = 0.0;
    let mut share = |(class, lines): (&'static str, usize)| {
        let width = 100.0 * lines as f64 / whole;
        let part = Share { class, x: Percent(x), width: Percent(width) };
        x += width;
        part
    };
    parts.into_iter().filter(|(_, lines)| *lines > 0).map(&mut share).collect()
}

/// `text` with the digits before the decimal point in threes, a narrow space between; up to four stay together.
fn grouped(text: &str) -> String {
    let whole = text.chars().take_while(char::is_ascii_digit).count();
    let space = |index: usize| whole > 4 && index > 0 && index < whole && (whole - index).is_multiple_of(3);
    text.chars()
        .enumerate()
        .flat_map(|(index, c)| space(index).then_some('\u{202f}').into_iter().chain([c]))
        .map(|c| if c == ' ' { '\u{a0}' } else { c })
        .collect()
}

#[cfg(test)]
mod tests;
