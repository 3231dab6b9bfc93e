//! The reports as a table for a terminal: one row for each line, grouped by customer. Never wider than 100 columns,
//! never in colour.

use super::text::{WIDTH, fold, fold_short, hung, plain};
use super::{count, word};
use crate::summary::Summary;
use carryover_domain::migration::action::{Action, ActionItem};
use carryover_domain::report::{LineReport, Report, Standing};
use comfy_table::presets::NOTHING;
use comfy_table::{CellAlignment, ColumnConstraint, ContentArrangement, Row, Table, Width};

/// Left of each column of the table.
const GAP: u16 = 2;
/// The most customers of which every line is shown. Beyond it, those that wait for a person come first.
const CUSTOMERS_MAX: usize = 200;
/// How much of what waits for a person is shown of one thing, where it is shortened.
const NOTE_LINES: usize = 2;

/// How much is shown of what waits for a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Notes {
    Shortened,
    InFull,
}

const HEADER: [&str; 8] = ["Product", "Seats", "Outcome", "Old end", "New start", "Days", "Paid twice", "Swapped"];
/// The widest each column may get; what is wider is cut with an ellipsis. The first takes what the others leave, and goes on
/// below where that is too little.
const WIDEST: [usize; 8] = [0, 8, 13, 10, 10, 6, 17, 8];

/// A table of `reports`, in their order, with totals below. Of what waits for a person it has the beginning.
pub(crate) fn table(reports: &[Report]) -> String {
    drawn(reports, Notes::Shortened)
}

/// The same with all of what waits for a person.
pub(crate) fn table_in_full(reports: &[Report]) -> String {
    drawn(reports, Notes::InFull)
}

fn drawn(reports: &[Report], how: Notes) -> String {
    if reports.is_empty() {
        return "There are no customers yet: `carryover import FILE` takes them over.\n".to_owned();
    }
    let shown = shown(reports);
    let mut grid = grid(&shown).into_iter();
    let rule = "─".repeat(usize::from(WIDTH));
    let mut out: Vec<String> = grid.next().unwrap_or_default();
    out.push(rule.clone());
    for report in &shown {
        let lines = if how == Notes::InFull { usize::MAX } else { 1 };
        out.extend(fold_short(&format!("{} · {}", report.customer.name, report.customer.domain), WIDTH, lines));
        out.extend(notes(report.actions.iter().filter(|item| item.line.is_none()), "  ", how));
        for line in &report.lines {
            out.extend(grid.next().into_iter().flatten());
            out.extend(line_notes(report, line, how));
        }
    }
    out.push(rule);
    if shown.len() < reports.len() {
        out.push(format!("{} more customers are in the report: `carryover report`.", reports.len() - shown.len()));
    }
    let shortened = out.iter().any(|line| line.contains('…'));
    out.extend(totals(reports, shortened));
    out.join("\n") + "\n"
}

/// All customers, in their order; of very many only as many as somebody reads, those that wait for a person first.
fn shown(reports: &[Report]) -> Vec<&Report> {
    let mut shown: Vec<&Report> = reports.iter().collect();
    if shown.len() > CUSTOMERS_MAX {
        shown.sort_by_key(|report| report.actions.is_empty());
        shown.truncate(CUSTOMERS_MAX);
    }
    shown
}

/// The rows of the table, the header first, each one line of text and what is left of its product below.
fn grid(reports: &[&Report]) -> Vec<Vec<String>> {
    let rows: Vec<[String; 8]> = reports.iter().flat_map(|report| &report.lines).map(cells).collect();
    let mut table = Table::new();
    table.load_style(NOTHING).set_content_arrangement(ContentArrangement::Dynamic).set_width(WIDTH);
    table.set_truncation_indicator("…").set_header(one_line(HEADER.map(str::to_owned)));
    let mut left = WIDTH;
    let mut widths = [0_u16; 8];
    for column in 1..HEADER.len() {
        let widest = rows.iter().map(|row| row[column].len()).max().unwrap_or_default();
        let content = widest.max(HEADER[column].len()).min(WIDEST[column]);
        widths[column] = u16::try_from(content).unwrap_or(WIDTH) + GAP;
        left = left.saturating_sub(widths[column]);
    }
    widths[0] = left;
    // The header has nothing left.
    let mut rest: Vec<Vec<String>> = vec![Vec::new()];
    for mut row in rows {
        let mut product = fold(&row[0], left.saturating_sub(GAP)).into_iter();
        row[0] = product.next().unwrap_or_default();
        rest.push(product.map(|more| format!("{}{more}", " ".repeat(usize::from(GAP)))).collect());
        table.add_row(one_line(row));
    }
    for (index, column) in table.column_iter_mut().enumerate() {
        let numbers = matches!(index, 1 | 5..=7);
        // Numbers stand to the right of a gap; products under the name of their customer.
        column.set_padding((GAP, 0));
        column.set_constraint(ColumnConstraint::Absolute(Width::Fixed(widths[index])));
        column.set_cell_alignment(if numbers { CellAlignment::Right } else { CellAlignment::Left });
    }
    let rows = table.lines().map(|line| line.trim_end().to_owned());
    rows.zip(rest).map(|(row, rest)| std::iter::once(row).chain(rest).collect()).collect()
}

fn one_line(cells: [String; 8]) -> Row {
    let mut row = Row::from(cells);
    row.max_height(1);
    row
}

fn cells(line: &LineReport) -> [String; 8] {
    let none = || "-".to_owned();
    let planned = if line.new_start.is_none() { "~" } else { "" };
    [
        plain(&line.product),
        line.seats.to_string(),
        word(line.standing).to_owned(),
        line.old_end.map_or_else(none, |day| day.to_string()),
        line.new_start.map_or_else(none, |day| day.to_string()),
        line.overlap_days.map_or_else(none, |days| format!("{planned}{days}")),
        line.overlap_cost.map_or_else(none, |cost| format!("{planned}{cost}")),
        if line.swaps { line.swapped.to_string() } else { none() },
    ]
}

fn line_notes(report: &Report, line: &LineReport, how: Notes) -> Vec<String> {
    let items: Vec<&ActionItem> = report.actions.iter().filter(|item| item.line == Some(line.line)).collect();
    let stuck = matches!(line.standing, Standing::Blocked | Standing::NeedsAttention);
    if items.is_empty() && stuck { note(&line.says, "    ", how) } else { notes(items, "    ", how) }
}

fn notes<'a>(items: impl IntoIterator<Item = &'a ActionItem>, indent: &str, how: Notes) -> Vec<String> {
    let text = |item: &ActionItem| match &item.action {
        // Half a link helps nobody; the list of actions has the whole.
        invite @ Action::SendInvitation { .. } => invite.what(),
        action => action.to_string(),
    };
    items.into_iter().flat_map(|item| note(&text(item), indent, how)).collect()
}

fn note(text: &str, indent: &str, how: Notes) -> Vec<String> {
    let lead = format!("{indent}→ ");
    if how == Notes::InFull {
        return hung(&lead, text);
    }
    let columns = u16::try_from(lead.chars().count()).unwrap_or_default();
    let lines = fold_short(text, WIDTH - columns, NOTE_LINES);
    let rest = " ".repeat(usize::from(columns));
    lines.iter().enumerate().map(|(n, line)| format!("{}{line}", if n == 0 { &lead } else { &rest })).collect()
}

fn totals(reports: &[Report], shortened: bool) -> Vec<String> {
    let Summary {
        customers,
        lines,
        closed,
        nothing_to_do,
        settled,
        under_way,
        paused,
        awaits_plan,
        awaits_approval,
        blocked,
        needs_attention,
        action_items,
        overlap_seat_days,
        overlap_cost,
        rows_differ,
        licences_swapped,
    } = Summary::of(reports);
    let seat_days = |days| count(days, "seat-day", "seat-days");
    let cost: Vec<String> = overlap_cost.iter().map(|(currency, amount)| format!("{amount} {currency}")).collect();
    let twice = match overlap_seat_days {
        0 if cost.is_empty() => "nothing".to_owned(),
        days if cost.is_empty() => {
            format!("{} of what is bought, days to come included, no known price", seat_days(days))
        }
        days => format!("{} of what is bought, days to come included, {}", seat_days(days), cost.join(", ")),
    };
    let worth_a_look: usize = reports.iter().map(|report| report.notes.len()).sum();
    let rest = [
        (nothing_to_do, "with nothing to do"),
        (settled, "ended otherwise"),
        (paused, "paused"),
        (awaits_plan, "to plan"),
        (awaits_approval, "to approve"),
        (blocked, "blocked"),
        (needs_attention, "stopped"),
    ];
    let mut parts = vec![format!("{closed} closed"), format!("{under_way} under way")];
    parts.extend(rest.iter().filter(|(count, _)| *count > 0).map(|(count, word)| format!("{count} {word}")));
    let mut sentences = vec![
        format!(
            "{} of {}: {}.",
            count(lines, "line", "lines"),
            count(customers, "customer", "customers"),
            parts.join(", ")
        ),
        format!(
            "Paid twice: {twice}. Licences swapped: {licences_swapped}. \
             Waits for a person: {action_items}."
        ),
    ];
    let planned = reports
        .iter()
        .flat_map(|report| &report.lines)
        .any(|line| line.new_start.is_none() && (line.overlap_days.is_some() || line.overlap_cost.is_some()));
    if planned {
        sentences.push("~ is planned, not bought yet, and not in the totals.".to_owned());
    }
    if rows_differ {
        sentences.push(
            "Amounts are added exactly and rounded once, so rows may add up to some cents more or less.".to_owned(),
        );
    }
    if worth_a_look > 0 {
        sentences
            .push(format!("{} worth a look: see `carryover report`.", count(worth_a_look, "note is", "notes are")));
    }
    if shortened {
        sentences.push("… is shortened: `carryover show DOMAIN` has the whole.".to_owned());
    }
    sentences.iter().flat_map(|sentence| fold(sentence, WIDTH)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::made_up::{blocked, bought, customer, line, money, standing, waits};

    /// Columns that a terminal gives the characters used below; what is joined to another takes no room of its own.
    fn columns(text: &str) -> usize {
        let wide = |c: char| matches!(c, '\u{2e80}'..='\u{a4cf}' | '\u{ac00}'..='\u{d7a3}' | '\u{1f300}'..='\u{1faff}');
        let none = |c: char| matches!(c, '\u{300}'..='\u{36f}' | '\u{200d}');
        let joined =
            text.chars().zip(std::iter::once(' ').chain(text.chars())).filter(|(_, before)| *before != '\u{200d}');
        joined.map(|(c, _)| if none(c) { 0 } else { 1 + usize::from(wide(c)) }).sum()
    }

    fn check(name: &str, product: &str) -> String {
        let mut done = bought(line(product, u32::MAX), "2026-03-30", "2026-03-30T09:00:00Z");
        done.overlap_cost = Some(money("79228162514264337593543950335", "EUR"));
        let first = waits(blocked(customer(name, vec![line(product, 5), done])));
        let reports = [first, customer("Contoso", vec![line("E3", 7)])];
        let text = table(&reports);
        for line in text.lines().chain(table_in_full(&reports).lines()) {
            assert!(columns(line) <= 100, "{} columns: {line}\n{text}", columns(line));
            assert!(!line.contains(char::is_control), "{line:?}");
        }
        text
    }

    #[test]
    fn no_customers_is_a_sentence() {
        let text = table(&[]);
        assert!(text.contains("no customers") && text.lines().count() == 1, "{text}");
    }

    #[test]
    fn nothing_breaks_the_width() {
        check("Contoso", "Microsoft 365 E3");
        check(&"N".repeat(80), &"P".repeat(80));
        check(&"long name ".repeat(8), &"long product ".repeat(7));
        check(&"株式会社".repeat(20), &"微软产品".repeat(20));
        check(&"株".repeat(81), &format!("x{}", "日本".repeat(40)));
        check(&"e\u{301}".repeat(80), &"a\u{308}\u{323}".repeat(80));
        check(&"👩\u{200d}💻".repeat(60), &"🧑".repeat(60));
        check("\u{1b}[31mred\r\nand\tblue", "\u{7}bell\u{202e}");
        check("", "");
    }

    #[test]
    fn a_row_has_the_figures_and_what_is_left_stands_below() {
        let mut done = bought(line("Microsoft 365 Business Premium", 25), "2026-03-30", "2026-03-30T09:00:00Z");
        done.overlap_cost = Some(money("12.345", "EUR"));
        let mut swaps = line("Office 365 E1", 4);
        swaps.swaps = true;
        let text = table(&[waits(customer("Contoso", vec![done])), blocked(customer("Fabrikam", vec![swaps]))]);
        let has = |part: &str| assert!(text.contains(part), "{part}\n{text}");
        has(
            "Contoso · contoso.example\n  → have the customer accept the Microsoft Customer Agreement\n  Microsoft 365",
        );
        has("  12.35 EUR        -");
        has("    → the old subscription is deleted. Nothing can be carried over; treat it as a new sale.");
        has("2 lines of 2 customers: 0 closed, 1 under way, 1 blocked.");
        has("Paid twice: 50 seat-days of what is bought, days to come included, 12.35 EUR. Licences");
    }

    #[test]
    fn a_product_is_shown_whole_and_so_is_every_outcome() {
        let long =
            "Microsoft 365 Apps for enterprise with a name that goes on beyond its column and is read to its end";
        let text = table(&[customer("Contoso", vec![standing(line(long, 5), Standing::NothingToDo)])]);
        let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(words.contains("nothing to do") && words.contains("is read to its end"), "{text}");
        assert!(!text.contains('…'), "{text}");
    }

    #[test]
    fn in_full_nothing_that_waits_is_cut() {
        let says = "a sentence that goes on and on ".repeat(12) + "ultimately";
        let mut stopped = standing(line("E3", 5), Standing::NeedsAttention);
        stopped.says = says;
        let reports = [customer("Contoso", vec![stopped])];
        assert!(table(&reports).contains('…'));
        let text = table_in_full(&reports);
        assert!(text.contains("ultimately") && !text.contains('…'), "{text}");
    }

    #[test]
    fn where_rounded_rows_do_not_add_up_to_the_total_it_is_said() {
        let of = |amount: &str| {
            let mut done = bought(line(amount, 1), "2026-03-30", "2026-03-30T09:00:00Z");
            done.overlap_cost = Some(money(amount, "EUR"));
            done
        };
        let says = "rounded once";
        let text = table(&[customer("Contoso", vec![of("1.005"), of("1.005")])]);
        assert!(text.contains("1.01 EUR") && text.contains("included, 2.01 EUR") && text.contains(says), "{text}");
        assert!(!table(&[customer("Contoso", vec![of("1.01"), of("1.01")])]).contains(says));
    }

    #[test]
    fn planned_figures_are_marked() {
        let text = table(&[customer("Contoso", vec![line("E3", 5)])]);
        assert!(text.contains("~2") && text.contains("~ is planned"), "{text}");
        assert!(text.contains("Paid twice: nothing. Licences"), "{text}");
    }

    #[test]
    fn of_very_many_customers_those_that_wait_come_first_and_all_are_counted() {
        let mut many: Vec<_> = (0..300).map(|n| customer(&format!("Customer {n}"), vec![line("E3", 7)])).collect();
        many.push(waits(customer("Last of all", vec![line("E3", 7)])));
        let text = table(&many);
        assert!(text.contains("Last of all"), "{text}");
        assert!(text.contains("101 more customers are in the report"), "{text}");
        assert!(text.contains("301 lines of 301 customers"), "{text}");
    }
}
