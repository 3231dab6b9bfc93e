//! The page as text: that it is whole, that nothing gets into it unescaped, and how large it grows.

use super::*;
use crate::render::made_up::{blocked, bought, customer, ending, item, line, money, standing, today, waits};
use carryover_domain::migration::action::Action;

fn page(reports: &[Report]) -> String {
    html(reports, &Summary::of(reports), &[], None, today(), "Moves of spring").unwrap()
}

#[track_caller]
fn has(page: &str, part: &str) {
    assert!(page.contains(part), "{part}");
}

#[test]
fn the_page_needs_nothing_else() {
    let page = page(&[waits(customer("Contoso", vec![line("E3", 5)]))]);
    has(
        &page,
        r#"<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">"#,
    );
    for foreign in ["<script", "http://", "https://", "@import", "<link", " src=", " onload="] {
        assert!(!page.contains(foreign), "{foreign}");
    }
}

#[test]
fn text_from_outside_is_escaped_everywhere() {
    let attack = r#""'><script>alert(1)</script>&"#;
    let mut stuck = line(attack, 5);
    stuck.says = attack.to_owned();
    let mut report = customer(attack, vec![stuck]);
    report.customer.domain = attack.to_owned();
    let mut report = item(report, None, Action::SendInvitation { link: attack.to_owned() }, None);
    report.actions[0].contact = Some(attack.to_owned());
    let reports = [report];
    let figures = [Figure { label: attack.to_owned(), value: attack.to_owned(), hint: attack.to_owned() }];
    let page = html(&reports, &Summary::of(&reports), &figures, None, today(), attack).unwrap();
    assert!(!page.contains("<script") && !page.contains("\"'>") && !page.contains("</script"));
    let times = page.matches("&#34;&#39;&#62;&#60;script&#62;alert(1)&#60;/script&#62;&#38;").count();
    assert!(times >= 15, "{times}");
}

#[test]
fn every_line_has_its_share_of_the_strip_in_the_colour_of_its_outcome() {
    let all = [Standing::Closed, Standing::NothingToDo, Standing::UnderWay, Standing::Paused, Standing::Blocked];
    let lines = all.iter().map(|which| standing(line("E3", 5), *which)).collect();
    let reports = [customer("Contoso", lines)];
    let strip = shares(&Summary::of(&reports));
    let seen: Vec<(&str, f64)> = strip.iter().map(|share| (share.class, share.width.0)).collect();
    assert_eq!(seen, [("c", 20.0), ("z", 20.0), ("u", 40.0), ("b", 20.0)]);
    for (which, share) in all.iter().zip(["c", "z", "u", "u", "b"]) {
        assert_eq!(outcome(*which).class, share, "{which:?}");
    }
}

#[test]
fn what_waits_now_is_told_from_the_lines_that_wait() {
    let report = waits(waits(customer("Contoso", vec![standing(line("E3", 5), Standing::AwaitsApproval)])));
    let page = page(&[report]);
    has(&page, "2 things wait for a person.");
    has(&page, "Lines waiting</dt><dd class=\"v\">1</dd>");
}

#[test]
fn an_empty_portfolio_is_a_page_too() {
    let page = page(&[]);
    has(&page, "There are no lines yet.");
    assert!(!page.contains("<table"));
}

#[test]
fn a_customer_that_never_accepted_is_overdue() {
    let late = standing(line("E3", 5), Standing::NeedsAttention);
    let page = page(&[waits(customer("Contoso", vec![late]))]);
    has(&page, "overdue");
    has(&page, "have the customer accept the Microsoft Customer Agreement");
    has(&page, "0 of 1 line closed, 0 under way.");
    has(&page, "1 thing waits for a person.");
}

#[test]
fn the_picture_has_bars_marks_and_days() {
    let mut done = bought(line("E3", 5), "2026-03-30", "2026-03-30T09:00:00Z");
    done.overlap_cost = Some(money("12345.678", "EUR"));
    (done.swaps, done.swapped) = (true, 4);
    let page = page(&[customer("Contoso", vec![done])]);
    has(&page, ">2 days</text>");
    has(&page, "<title>bought 2026-03-30 09:00 UTC</title>");
    has(&page, "12\u{202f}345.68\u{a0}EUR");
    has(&page, "<td class=\"num\">4</td></tr>");
}

#[test]
fn customers_are_drawn_by_their_end_and_listed_by_name() {
    let late = customer("Adatum", vec![ending(line("E3", 5), "2026-05-31")]);
    let page = page(&[late, customer("Contoso", vec![line("E5", 5)])]);
    let places = |name: &str| -> Vec<usize> { page.match_indices(name).map(|(place, _)| place).collect() };
    let (adatum, contoso) = (places("Adatum"), places("Contoso"));
    assert!(contoso.first() < adatum.first() && adatum.last() < contoso.last());
}

#[test]
fn the_same_reports_make_the_same_page() {
    let reports = [blocked(customer("Contoso", vec![line("E3", 5)])), waits(customer("Adatum", vec![line("E5", 5)]))];
    assert_eq!(page(&reports), page(&reports));
}

#[test]
fn five_hundred_lines_stay_below_two_megabytes() {
    let many = |n: usize| {
        let product = |m: u32| format!("Microsoft 365 Business Premium for department {m}");
        let done = |m: u32| {
            let mut done = bought(line(&product(m), 5 + m), "2026-03-30", "2026-03-30T09:00:00Z");
            done.moments = ["usable", "released", "ended"].iter().map(|_| done.moments[0]).collect();
            done.overlap_cost = Some(money("12.34", "EUR"));
            done
        };
        let lines = (0..5).map(done).collect();
        waits(blocked(customer(&format!("A customer with a name of some length, number {n}"), lines)))
    };
    let reports: Vec<Report> = (0..100).map(many).collect();
    let page = page(&reports);
    assert!(page.len() < 2_000_000, "{} bytes", page.len());
}

#[test]
fn beyond_the_limit_open_lines_are_kept() {
    let closed = |n: usize| customer(&format!("done {n}"), vec![standing(line("E3", 5), Standing::Closed)]);
    let mut reports: Vec<Report> = (0..MOST_LINES).map(closed).collect();
    reports.push(customer("still open", vec![ending(line("E3", 5), "2026-06-30")]));
    let page = page(&reports);
    has(&page, "still open");
    has(&page, "1 line more");
}

#[test]
fn digits_are_grouped_in_threes() {
    assert_eq!(grouped("1234"), "1234");
    assert_eq!(grouped("1234567.12 EUR"), "1\u{202f}234\u{202f}567.12\u{a0}EUR");
}
