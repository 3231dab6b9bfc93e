//! The forecast for a terminal: a table over time, the money, who must act, what misses its date. Never wider than 80
//! columns; rounds each amount once.

use super::actions::by;
use super::count;
use super::spans::{Span, spans};
use super::text::{fold_short, plain};
use carryover_domain::forecast::{ActBy, Amounts, Count, Forecast, Standing, Sums, Who};
use carryover_domain::value::{Currency, Money};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use rust_decimal::Decimal;

/// Columns of a terminal that everything fits into.
const WIDTH: u16 = 80;
/// Columns left of a text: a date and its gap.
const MARGIN: u16 = 12;
/// How many of a list are shown; the rest is counted.
const MOST: usize = 20;
/// How many lines one of them may take.
const LINES: usize = 2;

/// The forecast in full sentences and one table.
pub(crate) fn forecast(forecast: &Forecast) -> String {
    let mut out = vec!["Forecast".to_owned()];
    out.extend(fold(&scope(forecast)));
    out.push(String::new());
    out.extend(table(forecast));
    out.push(String::new());
    out.extend(money(forecast));
    out.push(String::new());
    out.extend(actions(forecast));
    out.push(String::new());
    out.extend(misses(forecast));
    out.push(String::new());
    out.extend(fold(&finish(forecast)));
    out.extend(unread(forecast));
    out.join("\n") + "\n"
}

fn fold(text: &str) -> Vec<String> {
    super::text::fold(text, WIDTH)
}

/// How much the forecast is about.
pub(super) fn scope(forecast: &Forecast) -> String {
    let totals = &forecast.totals;
    let lines = count(forecast.lines.len(), "line", "lines");
    let customers = count(totals.customers, "customer", "customers");
    let words = [
        (Standing::Planned, "planned"),
        (Standing::UnderWay, "under way"),
        (Standing::Closed, "closed"),
        (Standing::NothingToDo, "with nothing to do"),
        (Standing::Blocked, "blocked"),
        (Standing::Stopped, "stopped"),
    ];
    let parts: Vec<String> = words
        .iter()
        .map(|(standing, word)| (totals.standing(*standing).lines, word))
        .filter(|(lines, _)| *lines > 0)
        .map(|(lines, word)| format!("{lines} {word}"))
        .collect();
    if parts.is_empty() {
        return "There is nothing to forecast.".to_owned();
    }
    format!("{lines} of {customers}: {}.", parts.join(", "))
}

fn table(forecast: &Forecast) -> Vec<String> {
    let (spans, weekly) = spans(forecast);
    if spans.is_empty() {
        return vec!["Nothing happens on any day.".to_owned()];
    }
    let first = if weekly { "Week of" } else { "Day" };
    let mut rows = vec![row([first, "Bought", "Ending", "Twice", "To do", "Cost of paying twice"])];
    rows.push("─".repeat(usize::from(WIDTH)));
    let like = |one: &Span, other: &Span| *one == Span { from: one.from, ..other.clone() };
    rows.extend(spans.chunk_by(|one, other| weekly && like(one, other)).flat_map(|alike| {
        let Some(Span { from, bought, ending, seat_days, cost, to_do }) = alike.first() else { return Vec::new() };
        let number = |number: u64| if number == 0 { String::new() } else { number.to_string() };
        let first = row([
            &from.map_or("earlier".to_owned(), |day| day.to_string()),
            &of(*bought),
            &of(*ending),
            &number(*seat_days),
            &number(u64::try_from(*to_do).unwrap_or(u64::MAX)),
            &short(cost),
        ]);
        let more = alike.len() - 1;
        let rest = (more > 0).then(|| format!("{:<10} and {} like it", "", count(more, "week", "weeks")));
        [first].into_iter().chain(rest).collect()
    }));
    rows.extend(fold("Bought and ending: lines/seats. Twice: seats times days. To do: by people, by the end of it."));
    rows
}

/// One row of the table: the first and the last column to the left, numbers to the right.
fn row([day, bought, ending, twice, to_do, cost]: [&str; 6]) -> String {
    format!("{day:<10} {bought:>11} {ending:>11} {twice:>9} {to_do:>6}  {cost}").trim_end().to_owned()
}

fn of(Count { lines, seats }: Count) -> String {
    if lines == 0 { String::new() } else { format!("{lines}/{seats}") }
}

/// As many amounts as fit into the last column.
fn short(amounts: &Amounts) -> String {
    let all: Vec<String> = amounts.iter().map(|money| money.to_string()).collect();
    fold_short(&all.join(", "), WIDTH - 53, 1).join("")
}

/// One kind of money: its name and how to find it.
type Kind = (&'static str, fn(&Sums) -> Decimal);

/// The kinds of money of which `forecast` can tell, as people call them. What could be saved only a look at the users tells.
pub(super) fn kinds(forecast: &Forecast) -> impl Iterator<Item = Kind> {
    let kinds: [Kind; 4] = [
        ("first terms", |sums| sums.first_term),
        ("paid twice", |sums| sums.overlap_cost),
        ("given back", |sums| sums.refund),
        ("lost", |sums| sums.lost_value),
    ];
    let saving: Option<Kind> = knows_saving(forecast).then_some(("could be saved", |sums| sums.saving));
    kinds.into_iter().chain(saving)
}

/// Whether somebody has looked at how many licences are in use.
fn knows_saving(forecast: &Forecast) -> bool {
    forecast.lines.iter().any(|line| line.saved_seats.is_some())
}

fn money(forecast: &Forecast) -> Vec<String> {
    let mut out = vec!["Money".to_owned()];
    for (currency, sums) in &forecast.totals.money {
        let parts: Vec<String> = kinds(forecast)
            .map(|(name, of)| (name, of(sums)))
            .filter(|(_, amount)| !amount.is_zero())
            .map(|(name, amount)| format!("{name} {}", Money { amount, currency: *currency }.rounded().amount))
            .collect();
        if !parts.is_empty() {
            out.extend(fold(&format!("{currency}: {}", parts.join(", "))));
        }
    }
    out.extend(remarks(forecast).iter().flat_map(|remark| fold(remark)));
    out
}

pub(super) fn shown(currency: Currency, amount: Decimal) -> String {
    Money { amount, currency }.to_string()
}

/// What one must know to read the sums.
pub(super) fn remarks(forecast: &Forecast) -> Vec<String> {
    let totals = &forecast.totals;
    let mut remarks = Vec::new();
    if totals.replaced.lines == 0 {
        remarks.push("Nothing is bought.".to_owned());
    }
    if totals.without_price > 0 {
        let lines = count(totals.without_price, "line has", "lines have");
        remarks.push(format!(
            "{lines} no known price and {} in no sum.",
            if totals.without_price == 1 { "is" } else { "are" }
        ));
    }
    if totals.by_old_price > 0 {
        let lines = count(totals.by_old_price, "line is", "lines are");
        remarks.push(format!("{lines} reckoned by the price of the old subscription: an estimate."));
    }
    let to_buy = forecast.lines.iter().any(|line| line.new_seats.is_some() && !line.bought);
    if to_buy && !knows_saving(forecast) {
        remarks.push(
            "What could be saved is not known: that takes a look at the licences in use, which `carryover plan` makes where we may read the tenant."
                .to_owned(),
        );
    }
    if totals.saved.lines > 0 {
        let lines = count(totals.saved.lines, "line needs", "lines need");
        remarks.push(format!(
            "{lines} {} fewer than planned. That is a saving to offer, put into target_seats; it is never applied in silence.",
            count(totals.saved.seats, "seat", "seats")
        ));
    }
    remarks
}

fn actions(forecast: &Forecast) -> Vec<String> {
    if forecast.actions.is_empty() {
        return vec!["Nobody has to act.".to_owned()];
    }
    let mut out = vec!["Who must act by when (the end of that day, UTC)".to_owned()];
    for action in forecast.actions.iter().take(MOST) {
        let day = action.due_day().map_or("no date".to_owned(), |day| day.to_string());
        let late = if is_overdue(action, forecast.made_at) { "overdue: " } else { "" };
        out.extend(entry(&day, &format!("{late}{}: {}", plain(&action.who.name), action.actor)));
        out.extend(entry("", &format!("{} ({})", plain(&action.text), action.code)));
    }
    out.extend(left(forecast.actions.len()));
    out
}

/// By when it must be done, as `status` has it, and whether it should have been done by `now`.
pub(super) fn due(action: &ActBy, now: Timestamp) -> String {
    let late = if is_overdue(action, now) { "overdue since " } else { "" };
    action.due.map_or("no date".to_owned(), |due| format!("{late}{}", by(due)))
}

fn is_overdue(action: &ActBy, now: Timestamp) -> bool {
    action.due.is_some_and(|due| due <= now)
}

/// The customer, so that it cannot be mistaken.
pub(super) fn name(who: &Who) -> String {
    plain(&format!("{} ({})", who.name, who.domain))
}

fn misses(forecast: &Forecast) -> Vec<String> {
    if forecast.misses.is_empty() {
        return vec!["Everything can make its date.".to_owned()];
    }
    let mut out = vec!["What cannot make its date".to_owned()];
    for miss in forecast.misses.iter().take(MOST) {
        let day = miss.day.map_or("no date".to_owned(), |day| day.to_string());
        out.extend(entry(&day, &plain(&miss.who.name)));
        out.extend(entry("", &format!("{} ({})", plain(&miss.text), miss.code)));
    }
    out.extend(left(forecast.misses.len()));
    out
}

/// When all can be over, and how many requests that takes.
pub(super) fn finish(forecast: &Forecast) -> String {
    let requests = count(usize::try_from(forecast.calls.total()).unwrap_or(usize::MAX), "request", "requests");
    match forecast.earliest_finish {
        None => match not_over(forecast) {
            0 if forecast.unread.is_empty() => "Nothing is left to be closed.".to_owned(),
            0 => "Nothing of it is left to be closed.".to_owned(),
            lines => {
                let wait = count(lines, "line is not closed and waits", "lines are not closed and wait");
                format!("When all can be over cannot be told: {wait} for people.")
            }
        },
        Some(at) => format!(
            "Earliest finish {} UTC: the last end with its first check, {requests} at least within the documented budgets.",
            at.to_zoned(TimeZone::UTC).strftime("%Y-%m-%d %H:%M")
        ),
    }
}

/// Lines that are to be closed some day.
fn not_over(forecast: &Forecast) -> usize {
    let over = |standing| matches!(standing, Standing::Closed | Standing::NothingToDo);
    forecast.lines.iter().filter(|line| !over(line.standing)).count()
}

fn unread(forecast: &Forecast) -> Vec<String> {
    let mut out = Vec::new();
    if !forecast.unread.is_empty() {
        out.push(String::new());
        out.push("Not in the forecast".to_owned());
    }
    for unread in forecast.unread.iter().take(MOST) {
        out.extend(entry("", &format!("{}: {}", name(&unread.who), plain(&unread.why))));
    }
    out.extend(left(forecast.unread.len()));
    out
}

fn entry(margin: &str, text: &str) -> Vec<String> {
    let lines = fold_short(text, WIDTH - MARGIN, LINES);
    let margins = std::iter::once(margin).chain(std::iter::repeat(""));
    let width = usize::from(MARGIN);
    lines.iter().zip(margins).map(|(line, margin)| format!("{margin:<width$}{line}").trim_end().to_owned()).collect()
}

fn left(all: usize) -> Option<String> {
    let left = all.checked_sub(MOST).filter(|left| *left > 0)?;
    Some(format!("and {left} more: --format json has all of them"))
}

#[cfg(test)]
mod tests;
