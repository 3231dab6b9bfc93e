//! What people get wrong at first: a mistyped name, a forgotten file, an address that is somebody else's. Each is answered with one
//! sentence that says what to do, and makes nothing.

use crate::harness::{Workplace, assert_says, items, word};
use crate::journey::Journey;
use crate::portfolio::csv;
use serde_json::Value;

#[test]
fn a_mistyped_database_is_not_made_by_whoever_only_reads_or_works() {
    let journey = Journey::arrive(&csv(), &[]);
    let before = journey.workplace.names();
    for args in [
        ["status"].as_slice(),
        &["show", "ash.example"],
        &["assess"],
        &["match"],
        &["plan"],
        &["approve", "--all"],
        &["pause", "--all"],
        &["resume", "--all"],
        &["resolve", "00000000-0000-4000-8000-000000000000", "go-on"],
        &["report"],
        &["export", "ash.example"],
        &["verify"],
        &["backup", "backup.db"],
        &["run", "--until-idle"],
    ] {
        let sentence = journey.workplace.run(&[args, &["--database", "carryofer.db"]].concat()).refuses(2);
        assert_says(&sentence, &["there is no database carryofer.db", "carryover import FILE", "--database"]);
        assert_eq!(journey.workplace.names(), before, "{args:?}");
    }
}

#[test]
fn doctor_is_asked_before_there_is_a_database_and_makes_none() {
    let journey = Journey::arrive(&csv(), &[]);
    let args = ["doctor", "--database", "later.db"];
    assert_says(&journey.workplace.run(&args).ends(0).out, &["database later.db is not there yet", "carryover import"]);
    assert_eq!(journey.workplace.json(&args, 0)["database_exists"], Value::from(false));
    assert!(!journey.workplace.path("later.db").exists());
    assert_eq!(journey.workplace.json(&["doctor"], 0)["database_exists"], Value::from(true));
}

#[test]
fn doctor_names_the_cause_where_the_refresh_token_is_missing_and_no_right() {
    let journey = Journey::arrive(&csv(), &[]);
    std::fs::remove_file(journey.workplace.path("token.txt")).expect("it is gone");
    let checked = journey.workplace.json(&["doctor"], 1);
    let failed: Vec<(&str, &str)> = items(&checked["checks"])
        .iter()
        .filter(|check| check["ok"] == false)
        .map(|check| (word(&check["name"]), word(&check["problem"])))
        .collect();
    let [(first, cause), rest @ ..] = failed.as_slice() else { panic!("{checked}") };
    assert_eq!(*first, "sign-in, application and user");
    assert_says(cause, &["the refresh token could not be read", "token.txt", "put the refresh token there"]);
    assert!(rest.len() > 2, "{failed:?}");
    for (name, problem) in rest {
        assert_eq!(*problem, "not asked, because signing in for it did not work", "{name}");
    }
    assert!(failed.iter().all(|(_, problem)| !problem.contains("role")), "{failed:?}");
}

#[test]
fn doctor_knows_a_customer_by_its_domain() {
    let journey = Journey::arrive(&csv(), &[]);
    let by_domain = journey.workplace.json(&["doctor", "--customer", "ASH.example"], 1);
    let names: Vec<&str> = items(&by_domain["checks"]).iter().map(|check| word(&check["name"])).collect();
    assert!(names.contains(&"sign-in, customer's tenant"), "{names:?}");
    let sentence = journey.workplace.run(&["doctor", "--customer", "nobody.example"]).refuses(2);
    assert_says(&sentence, &["nobody.example", "tenant id", "carryover status"]);
}

#[test]
fn a_setting_that_is_missing_is_shown_by_an_example() {
    let workplace = Workplace::new();
    workplace.write("carryover.toml", "[partner]\ntenant_id = \"x\"\ncountry = \"DE\"\n");
    let sentence = workplace.run(&["doctor"]).refuses(2);
    assert_says(&sentence, &["carryover.toml", "partner.client_id is missing", "client_id = \"00000000-0000-"]);
    workplace.write("carryover.toml", "[server]\ntokens = [{ name = \"ana\", roles = [\"viewer\"] }]\n");
    let sentence = workplace.run(&["serve"]).refuses(2);
    assert_says(&sentence, &["server.tokens[0].sha256 is missing", "64 hexadecimal digits"]);
}

#[test]
fn a_backup_into_a_folder_that_is_not_there_names_the_folder() {
    let workplace = Workplace::new();
    workplace.write("portfolio.csv", csv());
    workplace.run(&["import", "portfolio.csv"]).ends(0);
    let sentence = workplace.run(&["backup", "no/such/backup.db"]).refuses(2);
    assert_says(&sentence, &["the folder no/such does not exist", "make it"]);
}

#[test]
fn export_without_a_wish_says_what_can_be_wished() {
    let workplace = Workplace::new();
    workplace.write("portfolio.csv", csv());
    workplace.run(&["import", "portfolio.csv"]).ends(0);
    let sentence = workplace.run(&["export"]).refuses(2);
    assert_says(&sentence, &["carryover export ID", "carryover export --kind portfolio --out FILE"]);
    let usage = workplace.run(&["export", "--kind", "portfolio"]).ends(2).err;
    assert_says(&usage, &["--out", "Usage: carryover export ID"]);
}

#[test]
fn an_address_that_is_no_server_of_ours_is_told_from_one_that_is_not_there() {
    let journey = Journey::arrive(&csv(), &[]);
    let sentence = Workplace::new().run(&["status", "--server", &journey.emulator.base]).refuses(1);
    assert_says(&sentence, &[&journey.emulator.base, "does not answer as `carryover serve` does", "address"]);
}

#[test]
fn explain_works_also_where_all_else_goes_through_a_server() {
    let workplace = Workplace::new();
    let mut command = workplace.command(&["explain", "SEAT_CAP_300"]);
    let output = command.env("CARRYOVER_SERVER", "http://127.0.0.1:1").output().expect("it starts");
    assert!(output.status.success(), "{output:?}");
}
