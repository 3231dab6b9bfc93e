//! `carryover explain`: what a code means, for people and for programs, with nothing set up.

use crate::harness::{Workplace, assert_says, items, word};

#[test]
fn a_code_is_explained_without_settings_and_without_a_database() {
    let workplace = Workplace::new();
    // Settings that no other command could use.
    workplace.write("carryover.toml", "partner = 7");
    let said = workplace.run(&["explain", "SEAT_CAP_300"]).ends(0);
    assert_says(
        &said.out,
        &[
            "SEAT_CAP_300\n\nSeverity: B (blocks planning)\n",
            "Checked: plan, execute\n",
            "Why it matters. ",
            "What to do. ",
        ],
    );
    assert_says(&said.out, &["Source: rules R77, R78;", "read 2026-11."]);
    assert!(!said.out.contains("**") && !said.out.contains('\u{1b}'), "plain where nobody looks: {}", said.out);
    assert!(said.out.lines().all(|line| line.chars().count() <= 100), "{}", said.out);
    assert_eq!(workplace.names(), ["carryover.toml"], "to ask makes no file");
}

#[test]
fn case_and_dashes_do_not_matter() {
    let workplace = Workplace::new();
    let expected = workplace.run(&["explain", "RENEWAL_STATE_UNKNOWN"]).ends(0).out;
    for written in ["renewal_state_unknown", "renewal-state-unknown", "Renewal-State_Unknown"] {
        assert_eq!(workplace.run(&["explain", written]).ends(0).out, expected, "{written}");
    }
}

#[test]
fn programs_get_the_facts_apart() {
    let workplace = Workplace::new();
    let said = workplace.json(&["explain", "est-trap"], 0);
    assert_eq!((word(&said["code"]), word(&said["severity"])), ("EST_TRAP", "W"));
    assert_eq!(items(&said["checked"]), ["plan", "execute"]);
    assert_says(word(&said["text"]), &["# EST_TRAP", "**Why it matters.**"]);
    // What stops a line and is no finding weighs nothing by itself.
    let said = workplace.json(&["explain", "ORDERED_TWICE"], 0);
    assert!(said["severity"].is_null() && items(&said["checked"]).is_empty(), "{said}");
}

#[test]
fn without_a_code_all_are_listed_with_a_sentence() {
    let workplace = Workplace::new();
    let said = workplace.run(&["explain"]).ends(0);
    assert_says(&said.out, &["Seats\n", "SEAT_CAP_300 ", "ORDERED_TWICE ", "next: carryover explain CODE"]);
    assert!(said.out.lines().all(|line| line.chars().count() <= 100), "{}", said.out);
    let said = workplace.json(&["explain"], 0);
    for code in items(&said["codes"]) {
        assert_says(&workplace.run(&["explain", word(&code["code"])]).ends(0).out, &[word(&code["code"])]);
        assert!(word(&code["says"]).ends_with('.'), "{code}");
    }
}

#[test]
fn an_unknown_code_is_refused_with_those_that_may_be_meant() {
    let workplace = Workplace::new();
    let sentence = workplace.run(&["explain", "SEAT_CAP"]).refuses(2);
    assert_says(&sentence, &["no code is called `SEAT_CAP`", "SEAT_CAP_300", "`carryover explain` lists all codes"]);
    let sentence = workplace.run(&["explain", "what is this"]).refuses(2);
    assert!(!sentence.contains("close"), "{sentence}");
}

#[test]
fn a_rule_of_the_rule_book_leads_to_the_codes_that_rest_on_it() {
    let workplace = Workplace::new();
    for written in ["R91", "r91"] {
        let said = workplace.run(&["explain", written]).ends(0);
        assert_says(&said.out, &["R91 is a rule of the rule book", "DIFFERENT_SKU ", "next: carryover explain CODE"]);
        assert!(said.out.lines().all(|line| line.chars().count() <= 100), "{}", said.out);
    }
    let said = workplace.json(&["explain", "R91"], 0);
    assert_eq!(word(&said["rule"]), "R91");
    assert!(said["codes"].as_array().is_some_and(|codes| codes.iter().any(|code| code["code"] == "DIFFERENT_SKU")));
    let sentence = workplace.run(&["explain", "R999"]).refuses(2);
    assert_says(&sentence, &["codes are explained here", "no page names that rule", "R142 (", "lists all codes"]);
}
