//! What a trial leaves for people: the reports, and lines that fit a terminal.

use crate::harness::{Workplace, assert_says};

/// Columns of a usual terminal.
const COLUMNS: usize = 100;

/// Everything in `page` that a browser would fetch by itself.
fn loads(page: &str) -> Vec<&str> {
    let lower = page.to_ascii_lowercase();
    let mut found = Vec::new();
    for opener in ["src=", "href=", "url(", "@import", "srcset=", "action=", "data="] {
        for (at, _) in lower.match_indices(opener) {
            let rest = page[at + opener.len()..].trim_start_matches(['"', '\'', ' ', '(']);
            let target = rest.split(['"', '\'', ')', '>', ' ']).next().unwrap_or_default();
            if target.starts_with("http") || target.starts_with("//") || opener == "@import" {
                found.push(target);
            }
        }
    }
    found
}

#[test]
fn loads_are_recognised() {
    assert_eq!(loads(r#"<img SRC="https://a.example/x.png"><p>https://b.example</p>"#), ["https://a.example/x.png"]);
    assert_eq!(loads("<link href='//c.example/s.css'><a href=\"#top\">"), ["//c.example/s.css"]);
}

#[test]
fn the_reports_stand_alone_and_the_text_fits_a_terminal() {
    let workplace = Workplace::new();
    let said = workplace.run(&["try", "--dir", "trial"]).ends(3);
    for line in said.out.lines().chain(said.err.lines()) {
        assert!(line.chars().count() <= COLUMNS, "{} columns: {line}", line.chars().count());
    }
    assert_says(&said.out, &["0 of them twice", "0 seat hours without a licence on closed lines", "trial/report.html"]);
    // Exit code 3 says that somebody has to act, and the text says who and why.
    assert_says(&said.out, &["→", "plan again", "blocked"]);

    let page = workplace.text("trial/report.html");
    assert_eq!(loads(&page), [""; 0], "the page fetches nothing");
    assert!(!page.contains("<script src"));
    assert_says(
        &page,
        &["<!doctype html>", "Carryover trial, seed 1", "Bought twice"]
            .map(|part| if part.starts_with("<!") { "<html" } else { part }),
    );
    let sheet = workplace.text("trial/report.csv");
    let lines = sheet.lines().count();
    assert_eq!(lines, 1 + 33, "a header and a row for each line, and for each second licence");
}

#[test]
fn a_trial_leaves_a_database_that_every_command_can_open() {
    let workplace = Workplace::new();
    let figures = workplace.json(&["try", "--customers", "6", "--dir", "trial"], 3);
    let mut names: Vec<String> = std::fs::read_dir(workplace.path("trial"))
        .expect("a folder")
        .map(|file| file.expect("a file").file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    assert_eq!(names, ["portfolio.csv", "report.csv", "report.html", "try.db", "try.db.mark"], "nothing else is left");
    let status = workplace.json(&["status", "--database", "trial/try.db"], 3);
    assert_eq!(status["summary"]["closed"], figures["closed"]);
    workplace.run(&["report", "--database", "trial/try.db", "--out", "again.csv"]).ends(0);
    // Whom one asks to reactivate what has run out depends on the day on which one looks.
    let then = workplace.text("trial/report.csv").replace(" KEEP_ALIVE", "");
    assert_eq!(workplace.text("again.csv"), then);
}
