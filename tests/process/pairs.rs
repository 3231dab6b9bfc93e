//! A suite with Teams that goes to Cloud Solution Provider as a suite without Teams and Teams beside it: the real path.

use crate::harness::{assert_says, instant, items, number, word};
use crate::journey::Journey;
use crate::portfolio::{self, E3, Row};

const E3_ALONE: &str = "46c3a859-c90d-40b3-9551-6178a48d5c18";
const VISIO: &str = "c5928f49-12ba-48f7-ada3-0d743a3601d5";
const TEAMS: &str = "7e31c0d9-9551-471d-836f-32ee72be4a01";

/// Two customers of volume agreements, one of them with what it stays with beside; each line has seats of its own.
fn csv() -> String {
    const END: &str = "2026-11-29";
    let row = |customer, name, program, seats, used| Row {
        customer,
        name,
        country: "DE",
        program,
        sku: E3,
        product: "Office 365 E3",
        seats,
        used,
        end: END,
        renews: "no",
        target: E3_ALONE,
    };
    let rows = [row(1, "Ash", "ea", 41, 38), row(2, "Beech", "mpsa", 7, 7)];
    let mut lines: Vec<String> = portfolio::csv_of(&rows).lines().map(|line| format!("{line},{TEAMS}")).collect();
    lines[0] = format!("{},companion_sku", portfolio::HEADER);
    lines.join("\n") + "\n"
}

#[test]
fn who_holds_a_suite_with_teams_ends_with_both_licences_each_bought_once_and_nobody_without() {
    let mut journey = Journey::arrive(&csv(), &[]);
    let matched = journey.workplace.json(&["match", "ash.example"], 0);
    let [line] = items(&matched["customers"][0]["lines"]) else { panic!("one old subscription: {matched}") };
    let pair = items(&line["matches"]).iter().find(|one| one["sku_id"] == E3_ALONE).expect("it is for sale");
    assert_eq!(pair["companions"], serde_json::json!([TEAMS]), "what to write into companion_sku");

    let assessed = journey.workplace.run(&["assess"]).ends(0).out;
    assert_says(&assessed, &["Microsoft Teams Enterprise, 41 seats, bought beside what replaces Office 365 E3"]);
    // Code 3: the plans wait for a yes.
    let planned = journey.workplace.json(&["plan"], 3);
    assert_eq!(items(&planned["plans"]).len(), 2, "{planned}");
    for customer in items(&planned["plans"]) {
        let lines = items(&customer["lines"]);
        assert_eq!(lines.len(), 2, "{customer}");
        for same in ["seats", "day", "term", "billing"] {
            assert!(!lines[0][same].is_null(), "{customer}");
            assert_eq!(lines[0][same], lines[1][same], "{customer}");
        }
    }
    let shown = journey.workplace.run(&["plan"]).ends(3).out;
    let words = shown.split_whitespace().collect::<Vec<_>>().join(" ");
    assert_says(&words, &["bought beside what replaces Office 365 E3; users get it with the change;"]);
    journey.workplace.json(&["approve", "--all", "--by", "mia"], 0);
    let again = journey.workplace.json(&["plan"], 0);
    let standings = &again["forecast"]["totals"]["standings"];
    assert_eq!((number(&standings["under_way"]["lines"]), number(&standings["planned"]["lines"])), (4, 0), "{again}");
    let acts = items(&again["forecast"]["actions"]);
    assert!(acts.iter().all(|act| act["code"] != "APPROVE_PLAN"), "nobody has anything new to approve: {again}");
    journey.finish(Journey::work);

    let books = journey.emulator.books();
    assert_eq!((number(&books["purchases"]), number(&books["duplicate_purchases"])), (4, 0), "{books}");
    assert_eq!(number(&books["asked_to_end_before_cover"]), 0, "{books}");
    assert_eq!(number(&books["licences_swapped"]), 38 + 7, "{books}");
    // By the emulator's books a user who holds only one of the two is not served.
    assert_eq!(number(&books["gap_seat_hours"]), 0, "{books}");
    for line in items(&books["customers"]).iter().flat_map(|customer| items(&customer["lines"])) {
        for stands in ["replaced_by", "accompanied_by"] {
            assert_eq!(line[stands]["seats"], line["seats"], "{line}");
            assert!(instant(&line[stands]["arrived_at"]) < instant(&line["ended_at"]), "{line}");
        }
    }
    let status = journey.workplace.status();
    let lines: Vec<_> = items(&status["customers"]).iter().flat_map(|customer| items(&customer["lines"])).collect();
    assert!(lines.len() == 4 && lines.iter().all(|line| word(&line["stage"]) == "closed"), "{status}");
    let second: Vec<_> = lines.iter().filter(|line| !line["beside"].is_null()).collect();
    assert!(second.len() == 2 && second.iter().all(|line| line["old_end"].is_null()), "{status}");
    assert_eq!(items(&status["actions"]).len(), 0, "{status}");

    // What was told comes back as it was told.
    journey.workplace.run(&["export", "--kind", "portfolio", "--out", "again.csv"]).ends(0);
    assert_eq!(journey.workplace.text("again.csv").matches(TEAMS).count(), 2);
    let again = journey.workplace.json(&["import", "again.csv"], 0);
    assert_eq!((number(&again["lines_added"]), number(&again["lines_kept"])), (0, 2), "{again}");
    // Another second licence is told too late by now, and whoever tells it has to know.
    let other = journey.workplace.text("again.csv").replace(TEAMS, VISIO);
    journey.workplace.write("other.csv", &other);
    let late = journey.workplace.json(&["import", "other.csv"], 0);
    let (notes, before) = (items(&late["notes"]), items(&again["notes"]));
    assert_eq!((number(&late["lines_kept"]), notes.len()), (2, before.len() + 2), "{late}");
    assert_says(word(&notes[0]), &["companion_sku asks for ", VISIO, TEAMS, "stays", "by hand"]);
}

#[test]
fn a_plan_shows_what_users_lose_before_anybody_approves_it() {
    let alone = csv().replace(&format!(",{TEAMS}"), ",");
    let journey = Journey::arrive(&alone, &[]);
    let shown = journey.workplace.run(&["plan"]).ends(3).out;
    let plans = shown.split("\nForecast\n").next().expect("the plans");
    for code in ["CAPABILITY_LOSS: ", "COMPANION_NEEDED: "] {
        assert_eq!(plans.matches(code).count(), 2, "once under each line: {plans}");
    }
    assert!(plans.lines().all(|line| line.chars().count() <= 100), "{plans}");
    let approved = journey.workplace.run(&["approve", "--all", "--by", "mia"]).ends(0).out;
    assert_says(&approved, &["2 plans approved; with that, warnings are accepted of 2 lines"]);
    let again = journey.workplace.run(&["approve", "--all", "--by", "mia"]).ends(0).out;
    assert_says(&again, &[": its plan was approved before\n", "0 plans approved"]);
    let worked = journey.workplace.run(&["run", "--until-idle"]).ends(3).out;
    assert_says(&worked, &["next due: ", ".example, a look whether the customer has accepted"]);
}

#[test]
fn what_cannot_be_planned_says_of_each_line_why() {
    let nowhere = csv().replace(&format!(",{TEAMS}"), ",").replace(E3_ALONE, "CFQ7TTC0ZZZZ:0001");
    let shown = Journey::arrive(&nowhere, &[]).workplace.run(&["plan", "ash.example"]).ends(0).out;
    assert_says(
        &shown,
        &["ash.example: not planned: no line can be planned", "\n  Office 365 E3: OFFER_NOT_IN_COUNTRY: "],
    );
}

#[test]
fn on_a_bad_line_both_licences_are_bought_once_as_well() {
    for seed in ["1", "2"] {
        let mut journey = Journey::arrive(&csv(), &["--faults", "rough", "--seed", seed]);
        journey.patiently("assess", "unreadable");
        journey.patiently("plan", "not_planned");
        journey.workplace.json(&["approve", "--all", "--by", "mia"], 0);
        journey.finish(Journey::work);
        let books = journey.emulator.books();
        assert_eq!((number(&books["purchases"]), number(&books["duplicate_purchases"])), (4, 0), "{books}");
        assert_eq!((number(&books["gap_seat_hours"]), number(&books["asked_to_end_before_cover"])), (0, 0), "{books}");
    }
}
