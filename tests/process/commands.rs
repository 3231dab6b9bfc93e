//! The commands of every day: status, show, approve, pause, resume, resolve and report, for people and for programs.

use crate::harness::{Said, Workplace, assert_says, items, number, word};
use crate::journey::Journey;
use crate::portfolio::{csv, tenant};
use serde_json::Value;

const NOBODY: &str = "00000000-0000-4000-8000-000000000000";

/// The whole portfolio, imported and nothing else.
fn imported() -> Workplace {
    let workplace = Workplace::new();
    workplace.write("portfolio.csv", csv());
    workplace.run(&["import", "portfolio.csv"]).ends(0);
    workplace
}

fn line_of(workplace: &Workplace, domain: &str) -> String {
    let shown = workplace.json(&["show", domain], 0);
    word(&items(&shown["customer"]["lines"])[0]["line"]).to_owned()
}

fn events(workplace: &Workplace, domain: &str) -> Vec<String> {
    let shown = workplace.json(&["show", domain], 0);
    items(&shown["events"]).iter().map(|event| word(&event["event"]).to_owned()).collect()
}

#[test]
fn an_empty_database_says_what_comes_first() {
    let workplace = Workplace::new();
    workplace.make_database();
    assert_says(&workplace.run(&["status"]).ends(0).out, &["no customers yet", "carryover import FILE"]);
    let status = workplace.json(&["status"], 0);
    assert_eq!(number(&status["summary"]["customers"]), 0);
    assert!(status["next_wake"].is_null());
}

#[test]
fn status_shows_every_customer_and_line() {
    let workplace = imported();
    let said = workplace.run(&["status"]);
    for name in ["Ash", "Beech", "Cedar", "Dogwood", "Elm", "Fir", "Ginkgo", "Hazel"] {
        assert_says(&said.out, &[name]);
    }
    assert!(said.out.lines().all(|line| line.chars().count() <= 100), "{}", said.out);
    let status = workplace.status();
    assert_eq!(number(&status["summary"]["lines"]), 13);
    for customer in items(&status["customers"]) {
        for name in ["migration", "tenant_id", "domain", "name", "country"] {
            assert!(!word(&customer[name]).is_empty(), "{customer}");
        }
        for line in items(&customer["lines"]) {
            assert_eq!(word(&line["stage"]), "draft", "{line}");
            assert!(number(&line["seats"]) > 0 && !word(&line["says"]).is_empty(), "{line}");
        }
    }
}

#[test]
fn planning_again_what_differs_in_nothing_asks_nobody_to_approve_again() {
    let journey = Journey::begin(&[]);
    let workplace = &journey.workplace;
    let approved = |plans: &Value| items(plans).iter().map(|plan| word(&plan["plan"]).to_owned()).collect::<Vec<_>>();
    let planned = workplace.json(&["plan"], 0);
    assert!(items(&planned["plans"]).iter().all(|plan| plan["approved"] == true), "{planned}");
    assert_eq!(approved(&workplace.json(&["plan"], 0)["plans"]), approved(&planned["plans"]));
    assert_eq!(items(&workplace.json(&["approve", "--all"], 0)["approved"]).len(), 0);
    let said = workplace.run(&["plan", "ash.example"]).ends(0).out;
    assert_says(&said, &["approved before: nothing in it is new", "1 customer planned (1 as approved before), 0 not"]);
    assert_eq!(events(workplace, "ash.example").iter().filter(|event| *event == "plan_proposed").count(), 1);
}

#[test]
fn show_finds_a_customer_by_domain_tenant_and_migration() {
    let workplace = imported();
    let by_domain = workplace.json(&["show", "ASH.example"], 0);
    let migration = word(&by_domain["customer"]["migration"]);
    for id in [tenant(1).as_str(), migration] {
        assert_eq!(workplace.json(&["show", id], 0), by_domain);
    }
    assert_eq!(items(&by_domain["customer"]["lines"]).len(), 2);
    assert_eq!(word(&items(&by_domain["events"])[0]["event"]), "imported");
    let text = workplace.run(&["show", "ash.example"]).ends(0).out;
    assert_says(&text, &["Ash (ash.example), DE", migration, &tenant(1), "Visio Plan 2", "what happened:"]);
    assert_says(&text, &["imported\n        2 lines, by mia\n"]);
}

#[test]
fn show_tells_the_origin_of_what_somebody_has_said_and_of_nothing_else() {
    let shown = imported().json(&["show", "ash.example"], 0);
    for line in items(&shown["provenance"]) {
        let fields = line["fields"].as_object().expect("an object");
        for said in ["program", "sku_id", "seats", "end_date", "price_per_seat"] {
            assert!(word(&fields[said]).starts_with("portfolio.csv:"), "{line}");
        }
        for unsaid in ["target_seats", "target_term", "end_option", "add_on", "base_subscription_id", "term_start"] {
            assert!(!fields.contains_key(unsaid), "{unsaid} in {line}");
        }
    }
}

#[test]
fn whoever_is_unknown_is_bad_input() {
    let workplace = imported();
    let before = workplace.status();
    for args in [
        ["show", "nobody.example"].as_slice(),
        &["show", NOBODY],
        &["approve", "nobody.example"],
        &["pause", NOBODY],
        &["resume", "nobody.example"],
        &["resolve", NOBODY, "go-on"],
        &["resolve", "no-line", "go-on"],
    ] {
        let sentence = workplace.run(args).refuses(2);
        assert_says(&sentence, &[args[1], "carryover"]);
        let told = workplace.json(args, 2);
        assert_eq!(word(&told["error"]), sentence, "machines are told the same");
    }
    assert_eq!(workplace.status(), before);
}

#[test]
fn what_was_not_said_is_asked_for() {
    let workplace = imported();
    for args in [["approve"].as_slice(), &["pause"], &["resume"], &["import"], &["show"], &["fly"], &[]] {
        let said: Said = workplace.run(args).ends(2);
        assert_says(&said.err, &["Usage: carryover"]);
    }
    let said = workplace.run(&["--version"]).ends(0);
    assert_says(&said.out, &["carryover 0."]);
    let help = workplace.run(&["--help"]).ends(0).out;
    assert_says(&help, &["Exit codes: 0 done, 1 failed, 2 bad input, 3 waiting for a person"]);
}

#[test]
fn pause_and_resume_are_recorded_once_and_by_name() {
    let workplace = imported();
    let paused = |domain: &str| {
        let status = workplace.status();
        let customer = items(&status["customers"]).iter().find(|customer| customer["domain"] == domain).cloned();
        customer.expect("the customer")["paused"].clone()
    };
    let done = workplace.json(&["pause", "ash.example", "fir.example", "--by", "noor"], 0);
    assert_eq!(done["paused"], serde_json::json!(["ash.example", "fir.example"]));
    assert_says(&workplace.run(&["pause", "ash.example"]).ends(0).out, &["1 customer paused by", "(1 paused already)"]);
    assert_eq!([paused("ash.example"), paused("elm.example")], [true, false].map(Value::from));
    assert_eq!(events(&workplace, "ash.example"), ["imported", "paused"], "the second changed nothing");
    assert_says(&workplace.run(&["resume", "--all"]).ends(0).out, &["resumed", "mia", "not paused before)"]);
    assert_eq!(paused("ash.example"), false);
    assert_eq!(events(&workplace, "elm.example"), ["imported"]);
}

#[test]
fn nothing_is_approved_that_was_not_planned() {
    let workplace = imported();
    assert_says(&workplace.run(&["approve", "ash.example"]).refuses(2), &["ash.example has no plan", "carryover plan"]);
    let done = workplace.json(&["approve", "--all"], 0);
    assert_eq!((items(&done["approved"]).len(), items(&done["without_plan"]).len()), (0, 8));
}

#[test]
fn an_answer_that_does_not_fit_is_refused() {
    let workplace = imported();
    let line = line_of(&workplace, "ash.example");
    for (answer, instead) in [
        ("go-on", "`carryover plan`"),
        ("plan-again", "`carryover plan`"),
        ("renewal-stopped", "nothing may be stopped before"),
        ("old-kept", "nothing is bought for it"),
    ] {
        let sentence = workplace.run(&["resolve", &line, answer]).refuses(2);
        assert_says(
            &sentence,
            &[&line, &format!("cannot be answered with {answer} now"), "it has no plan yet", instead],
        );
    }
    assert_eq!(events(&workplace, "ash.example"), ["imported"]);
}

#[test]
fn a_plan_is_shown_approved_once_and_nothing_moves_while_paused() {
    let journey = Journey::arrive(&csv(), &[]);
    let workplace = &journey.workplace;
    let planned = workplace.json(&["plan", "beech.example"], 3);
    let line = &items(&items(&planned["plans"])[0]["lines"])[0];
    assert_eq!((number(&line["seats"]), &line["swaps_licences"]), (16, &Value::from(true)), "{line}");
    for name in ["route", "offer", "sku_id", "term", "billing", "day", "opens", "old_end"] {
        assert!(!word(&line[name]).is_empty(), "{line}");
    }
    let codes = || -> Vec<String> {
        let status = workplace.json(&["status"], 3);
        let of_beech = items(&status["actions"]).iter().filter(|action| action["domain"] == "beech.example");
        of_beech.map(|action| word(&action["code"]).to_owned()).collect()
    };
    assert_eq!(codes(), ["APPROVE_PLAN"]);
    let status = workplace.run(&["status"]).ends(3).out;
    assert!(status.contains(" UTC\n") && status.contains("~ is planned"), "planned days are shown at once: {status}");
    let shown = workplace.run(&["show", "beech.example"]).ends(0).out;
    assert_says(
        &shown,
        &["plan_proposed\n        plan ", "        DIFFERENT_SKU: Microsoft 365 Business Basic (3b555118"],
    );
    let all = [&status, &shown, &workplace.run(&["assess"]).out, &workplace.run(&["plan", "beech.example"]).out];
    for text in all {
        assert!(text.lines().all(|line| line.chars().count() <= 100), "{text}");
    }
    assert_says(&workplace.run(&["approve", "cedar.example"]).ends(2).err, &["has no plan"]);
    let approved = workplace.json(&["approve", "beech.example", "--by", "noor"], 0);
    assert_eq!(word(&approved["by"]), "noor");
    assert_eq!(items(&workplace.json(&["approve", "beech.example"], 0)["approved"]).len(), 0, "once is enough");

    workplace.run(&["pause", "beech.example"]).ends(0);
    let before = journey.emulator.calls();
    workplace.run(&["run", "--until-idle"]);
    assert_eq!(journey.emulator.calls(), before, "nothing was sent");
    workplace.run(&["resume", "beech.example"]).ends(0);
    assert_says(&workplace.run(&["run", "--until-idle"]).ends(3).out, &["SEND_INVITATION"]);
    assert_eq!(codes(), ["SEND_INVITATION"]);
}

#[test]
fn a_customer_is_planned_by_wishes_of_its_own_until_they_are_taken_back() {
    let journey = Journey::arrive(&csv(), &[]);
    let workplace = &journey.workplace;
    let planned = || {
        let planned = workplace.json(&["plan", "beech.example"], 3);
        let line = &items(&items(&planned["plans"])[0]["lines"])[0];
        (number(&line["seats"]), word(&line["day"]).to_owned())
    };
    let (seats, day) = planned();
    assert_eq!(seats, 16);
    let said = workplace
        .run(&[
            "policy",
            "beech.example",
            "--set",
            "sizing=right_size",
            "--set",
            "lead_business_days=10",
            "--by",
            "noor",
        ])
        .ends(0)
        .out;
    assert_says(
        &said,
        &["sizing               right_size     its own", "overlap_days_max     14             the settings"],
    );
    assert_says(&said, &["plans that were made stand", "carryover plan beech.example"]);
    let (fewer, earlier) = planned();
    assert_eq!(fewer, 15);
    assert!(earlier < day, "{earlier}, not {day}");
    assert_says(
        &workplace.run(&["show", "beech.example"]).ends(0).out,
        &["policy_set\n        lead_business_days=10, sizing=right_size, by noor\n"],
    );
    let own = workplace.json(&["policy", "beech.example", "--clear", "sizing", "--clear", "lead_business_days"], 0);
    assert_eq!(own["policy"]["sizing"], serde_json::json!({ "value": "like_for_like", "own": false }));
    assert_eq!(planned(), (seats, day));
    let before = events(workplace, "beech.example").len();
    assert_eq!(workplace.json(&["policy", "beech.example", "--clear", "sizing"], 0)["changed"], false);
    assert_eq!(events(workplace, "beech.example").len(), before);
}

#[test]
fn what_no_customer_can_have_its_own_way_is_refused_in_a_sentence() {
    let workplace = imported();
    for (set, says) in [
        ("facts_age_minutes=600", "a customer can have its own lead_business_days, "),
        ("lead_business_days=0", "lead_business_days is `0`, and a whole number from 1 to 250 is expected"),
        ("align=end", "align is `end`, and none, first, oldest or month_end is expected"),
    ] {
        assert_says(&workplace.run(&["policy", "ash.example", "--set", set]).refuses(2), &[says]);
    }
    assert_says(&workplace.run(&["policy", "ash.example", "--clear", "route"]).ends(2).err, &["new_plans", "sizing"]);
    assert_says(&workplace.run(&["policy", "ash.example"]).ends(0).out, &["billing that the portfolio file has"]);
    assert_says(&workplace.run(&["policy", "nobody.example"]).refuses(2), &["nobody.example"]);
    assert_says(&workplace.run(&["policy", "ash.example", "--set", "sizing"]).ends(2).err, &["sizing=right_size"]);
    assert_eq!(events(&workplace, "ash.example"), ["imported"]);
}

#[test]
fn the_report_is_a_page_or_a_sheet_as_the_name_says() {
    let workplace = imported();
    let done = workplace.json(&["report"], 0);
    assert_eq!(done["report"], "report.html");
    assert_eq!(number(&done["summary"]["lines"]), 13);
    assert_says(&workplace.text("report.html"), &["<html", "Hazel", "Visio Plan 2"]);
    workplace.run(&["report", "--out", "report.csv"]).ends(0);
    assert_eq!(workplace.text("report.csv").lines().count(), 14);
    let sentence = workplace.run(&["report", "--out", "no/such/report.html"]).refuses(1);
    assert_says(&sentence, &["no/such/report.html cannot be written"]);
}

#[test]
fn nobody_is_made_up_where_the_environment_does_not_say_who_gives_a_command() {
    let workplace = Workplace::new();
    workplace.write("portfolio.csv", csv());
    let mut import = workplace.command(&["import", "portfolio.csv"]);
    Said::of(import.env("USER", "").output().expect("it starts")).ends(0);
    let mut pause = workplace.command(&["pause", "ash.example"]);
    Said::of(pause.env("USER", " ").env("LOGNAME", "ben").output().expect("it starts")).ends(0);
    let shown = workplace.run(&["show", "ash.example"]).ends(0).out;
    assert_says(&shown, &["by somebody unnamed", "by ben"]);
}
