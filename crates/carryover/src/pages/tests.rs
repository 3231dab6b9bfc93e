//! The pages are complete, and say of each finding what the rules say.

use super::{ACTIONS, CAUSES, FINDINGS, Page, all, close_to, distance, find, index};
use carryover_domain::finding::{Action, Finding, FindingKind, Phase, Severity};
use carryover_domain::program::Owner;
use std::collections::BTreeSet;
use std::path::Path;

/// What a page says in its line that begins with `name`.
fn line<'a>(page: &'a Page, name: &str) -> &'a str {
    let found = page.text.lines().find_map(|line| line.strip_prefix(name));
    found.unwrap_or_else(|| panic!("{} has no line `{name}`", page.code))
}

/// How much `kind` weighs, in the words of the pages. Nothing is planned or approved any more after the end.
fn weight(kind: FindingKind) -> &'static str {
    match kind.severity() {
        Severity::Note if kind.checked() == [Phase::End] => "I (shown after the end",
        Severity::Warns if kind.checked() == [Phase::End] => "W (needs a look by a person",
        severity => words(severity),
    }
}

/// A severity in the words of the pages.
fn words(severity: Severity) -> &'static str {
    match severity {
        Severity::Note => "I (shown in the plan",
        Severity::Warns => "W (needs a named person's approval",
        Severity::Blocks(Action::Plan) => "B (blocks planning",
        Severity::Blocks(Action::Buy) => "B (blocks the purchase",
        Severity::Blocks(Action::Close) => "B (blocks closing the line",
        Severity::Blocks(Action::Transfer) => "B (blocks the transfer",
        Severity::Blocks(Action::Swap) => "B (blocks the change of licence",
    }
}

#[test]
fn no_page_is_left_out() {
    for (folder, built_in) in [("findings", FINDINGS), ("errors", CAUSES), ("actions", ACTIONS)] {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs").join(folder);
        let files = std::fs::read_dir(&folder).expect("the folder is there");
        let names: BTreeSet<String> = files
            .map(|file| file.expect("a file").file_name().into_string().expect("a plain name"))
            .filter(|name| name != "README.md")
            .collect();
        let ours: BTreeSet<String> = built_in.iter().map(|page| format!("{}.md", page.code)).collect();
        assert_eq!(ours, names, "{}", folder.display());
        assert!(built_in.is_sorted_by_key(|page| page.code), "{}", folder.display());
    }
}

#[test]
fn findings_and_their_pages_are_the_same() {
    let kinds: BTreeSet<&str> = FindingKind::ALL.iter().map(|kind| kind.code()).collect();
    let pages: BTreeSet<&str> = FINDINGS.iter().map(|page| page.code).collect();
    assert_eq!(kinds, pages);
}

#[test]
fn each_page_says_how_much_its_finding_weighs_and_when_it_is_checked() {
    for page in FINDINGS {
        let kind = FindingKind::of_code(page.code).expect("a finding");
        let severity = line(page, "Severity: ");
        assert!(severity.starts_with(weight(kind)), "{}: {severity}", page.code);
        assert!(severity.starts_with(kind.severity().letter()), "{}: {severity}", page.code);
        let phases: Vec<&str> = kind.checked().iter().map(|phase| phase.word()).collect();
        assert_eq!(line(page, "Checked: "), phases.join(", "), "{}", page.code);
    }
}

#[test]
fn the_pages_of_findings_that_grow_heavier_say_so_and_no_others_do() {
    let due = jiff::civil::date(2026, 12, 31);
    let heavier = [
        Finding::RenewalStateUnknown { past_cutoff: true },
        Finding::ForeignSourceNoAction { owner: Owner::Customer, due, past_cutoff: true },
        Finding::GdapRoleMissing { role: String::new(), swaps: true },
        Finding::GdapExpiring { last_day: due, swaps: true },
    ];
    for page in FINDINGS {
        let said = line(page, "Severity: ");
        let grown = heavier.iter().find(|finding| finding.code() == page.code).map(Finding::severity);
        let second = said.split_once("; ").map(|(_, second)| second);
        match grown {
            Some(grown) => {
                let second = second.unwrap_or_else(|| panic!("{}: {said}", page.code));
                assert!(
                    second.starts_with(words(grown))
                        && (second.contains("once the cutoff has passed")
                            || second.contains("where users change licence")),
                    "{said}"
                );
            }
            None => assert_eq!(second, None, "{}", page.code),
        }
    }
}

#[test]
fn each_page_says_why_what_to_do_and_where_it_is_from() {
    for page in all() {
        for part in ["**Why it matters.** ", "**What to do.** "] {
            assert!(page.text.contains(part), "{} lacks {part}", page.code);
        }
        assert!(page.text.lines().count() <= 20, "{} is too long", page.code);
        let source = line(page, "Source: ");
        let dated = source.ends_with(", read 2026-11.");
        let ours = source.contains(" of the rule book") || source.contains("the contract of the API");
        assert!(dated || ours, "{}: {source}", page.code);
    }
}

#[test]
fn every_code_stands_once_in_the_index_with_its_sentence() {
    let sections = index();
    let mut listed: Vec<&str> = sections.iter().flat_map(|section| &section.rows).map(|(code, _)| *code).collect();
    assert!(sections.iter().flat_map(|section| &section.rows).all(|(_, sentence)| sentence.ends_with('.')));
    listed.sort_unstable();
    let mut codes: Vec<&str> = all().map(|page| page.code).collect();
    codes.sort_unstable();
    assert_eq!(listed, codes);
}

#[test]
fn a_code_is_found_as_people_write_it() {
    for written in ["SEAT_CAP_300", "seat-cap-300", " Seat cap 300 "] {
        assert_eq!(find(written).map(|page| page.code), Some("SEAT_CAP_300"), "{written}");
    }
    assert_eq!(find("stop renewal").map(|page| page.code), Some("STOP_RENEWAL"));
    assert_eq!(find("SEAT_CAP"), None);
}

#[test]
fn a_slip_leads_to_the_codes_that_may_be_meant() {
    assert_eq!(close_to("GAPP").first(), Some(&"GAP"));
    assert_eq!(close_to("seat-cap"), ["SEAT_CAP_300"]);
    assert_eq!(close_to("RENEWAL_STATE_UNKNWON"), ["RENEWAL_STATE_UNKNOWN"]);
    assert_eq!(close_to("nothing like any of them at all"), [""; 0]);
    assert_eq!(close_to(""), [""; 0]);
    assert!(close_to("SEATS").len() == 3);
}

#[test]
fn letters_put_in_taken_out_and_changed_count_one_each() {
    for (a, b, expected) in
        [("", "", 0), ("GAP", "", 3), ("", "GAP", 3), ("GAP", "GAPS", 1), ("GAP", "CAP", 1), ("KITTEN", "SITTING", 3)]
    {
        assert_eq!(distance(a, b), expected, "{a} {b}");
    }
}
