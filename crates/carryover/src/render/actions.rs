//! What waits for a person, as a list, most urgent first. Shows contacts: keep it to people who work on the move.

use super::count;
use super::text::{fold, plain};
use carryover_domain::migration::action::{Action, ActionItem};
use carryover_domain::report::{LineReport, Report};
use carryover_domain::time::{due_day, start_of, utc_day};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

/// Columns of the text.
const WIDTH: u16 = 100;
/// Columns left of the text: the date and its gap.
const MARGIN: u16 = 22;

/// A list of what waits for a person as of `as_of`, by due date; what has none comes last, and what is overdue is marked. An
/// invitation stays in one piece, so that it can be copied, however long it is.
pub(crate) fn actions(reports: &[Report], as_of: Timestamp) -> String {
    let items = waiting(reports);
    if items.is_empty() {
        return "Nothing waits for a person.\n".to_owned();
    }
    let late = items.iter().filter(|item| item.is_overdue(as_of)).count();
    let late = if late == 0 { String::new() } else { format!(", {late} overdue") };
    let mut out = format!("{} for a person{late}.\n", count(items.len(), "thing waits", "things wait"));
    for item in &items {
        out.push('\n');
        let due = item.due().unwrap_or_else(|| "no date".to_owned());
        // The mark stands above the date, so that both fit beside the text.
        let margins = if item.is_overdue(as_of) { vec!["overdue since".to_owned(), due] } else { vec![due] };
        let margins = margins.into_iter().chain(std::iter::repeat(String::new()));
        for (line, margin) in item.lines().into_iter().zip(margins) {
            out.push_str(format!("{margin:<width$}{line}", width = usize::from(MARGIN)).trim_end());
            out.push('\n');
        }
    }
    out.push_str("\nA date means the end of that day, UTC.\n");
    out
}

/// One thing that waits, with whom it is about.
pub(super) struct Waiting<'a> {
    /// The customer.
    pub(super) report: &'a Report,
    /// The line, where it is about one.
    pub(super) line: Option<&'a LineReport>,
    /// What waits.
    pub(super) item: &'a ActionItem,
}

/// Everything that waits in `reports`: by due date, then by customer, then as the report has it.
pub(super) fn waiting(reports: &[Report]) -> Vec<Waiting<'_>> {
    let mut items: Vec<Waiting<'_>> = reports
        .iter()
        .flat_map(|report| report.actions.iter().map(move |item| Waiting { report, line: line_of(report, item), item }))
        .collect();
    items.sort_by(|a, b| a.order().cmp(&b.order()));
    items
}

/// `due` as people read it: a day, meant to its end, or an instant within a day.
pub(super) fn by(due: Timestamp) -> String {
    let within = start_of(utc_day(due)) != due;
    if within {
        due.to_zoned(TimeZone::UTC).strftime("%Y-%m-%d %H:%M UTC").to_string()
    } else {
        due_day(due).to_string()
    }
}

fn line_of<'a>(report: &'a Report, item: &ActionItem) -> Option<&'a LineReport> {
    report.lines.iter().find(|line| Some(line.line) == item.line)
}

impl Waiting<'_> {
    fn order(&self) -> (bool, Option<Timestamp>, &str, &str) {
        let customer = &self.report.customer;
        (self.item.due.is_none(), self.item.due, &customer.name, &customer.domain)
    }

    /// By when: a day, meant to its end, or an instant within a day.
    pub(super) fn due(&self) -> Option<String> {
        self.item.due.map(by)
    }

    /// The last day on which it is not too late.
    pub(super) fn due_day(&self) -> Option<Date> {
        self.item.due.map(due_day)
    }

    /// Whether it should have been done before `as_of`.
    pub(super) fn is_overdue(&self, as_of: Timestamp) -> bool {
        self.item.due.is_some_and(|due| due <= as_of)
    }

    /// What is the matter or what is to be done, in a sentence; an invitation's link is not part of it.
    pub(super) fn what(&self) -> String {
        plain(&self.item.action.what())
    }

    /// What can be done about it, where the sentence alone does not say.
    pub(super) fn remedy(&self) -> Option<String> {
        self.item.action.remedy()
    }

    /// The invitation, where that is what is to be sent.
    pub(super) fn link(&self) -> Option<String> {
        match &self.item.action {
            Action::SendInvitation { link } => Some(plain(link)),
            _ => None,
        }
    }

    fn lines(&self) -> Vec<String> {
        let customer = &self.report.customer;
        let fold = |text: &str| fold(text, WIDTH - MARGIN);
        let mut lines = fold(&format!("{} ({})", customer.name, customer.domain));
        if let Some(line) = self.line {
            lines.extend(fold(&format!("{}, {}", line.product, count(line.seats.get(), "seat", "seats"))));
        }
        lines.extend(fold(&format!("{}: {}", self.item.action.code(), self.what())));
        lines.extend(self.remedy().as_deref().map(fold).unwrap_or_default());
        lines.extend(self.link());
        lines.extend(self.item.contact.iter().flat_map(|contact| fold(&format!("contact: {contact}"))));
        lines.extend(self.line.map(|line| format!("line {}", line.line)));
        lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::made_up::{at, blocked, customer, item, line, today, waits};

    #[test]
    fn nothing_waits() {
        assert_eq!(actions(&[customer("Contoso", vec![line("E3", 5)])], today()), "Nothing waits for a person.\n");
    }

    #[test]
    fn the_most_urgent_comes_first_and_what_has_no_date_last() {
        let undated = blocked(customer("Adatum", vec![line("E3", 5)]));
        let late = waits(customer("Contoso", vec![line("E3", 5)]));
        let link = format!("https://invitations.example/{}", "x".repeat(120));
        let invite = Action::SendInvitation { link: link.clone() };
        let soon = item(customer("Fabrikam", vec![line("E3", 5)]), None, invite, Some("2026-03-20T14:30:00Z"));
        let text = actions(&[undated, late, soon], at("2026-03-20T14:29:59Z"));
        let order: Vec<_> = ["Fabrikam", "Contoso", "Adatum"].iter().map(|name| text.find(name).unwrap()).collect();
        assert!(order.is_sorted(), "{text}");
        assert!(text.contains("2026-03-20 14:30 UTC  Fabrikam (contoso.example)"), "{text}");
        assert!(text.contains("\n2026-03-31            Contoso"), "{text}");
        assert!(text.contains(&link), "{text}");
        assert!(text.lines().all(|line| line.contains(&link) || line.chars().count() <= 100), "{text}");
        assert!(text.contains("no date") && text.contains("treat it as a new sale."), "{text}");
    }

    #[test]
    fn what_should_have_been_done_is_marked_with_since_when() {
        let due = waits(customer("Contoso", vec![line("E3", 5)]));
        let in_time = actions(std::slice::from_ref(&due), at("2026-03-31T23:59:59Z"));
        assert!(in_time.starts_with("1 thing waits for a person.\n") && !in_time.contains("overdue"), "{in_time}");
        let late = actions(&[due], at("2026-04-01T00:00:00Z"));
        assert!(late.starts_with("1 thing waits for a person, 1 overdue.\n"), "{late}");
        assert!(
            late.contains("\noverdue since         Contoso (contoso.example)\n2026-03-31            OBTAIN_AGREEMENT"),
            "{late}"
        );
    }
}
