//! When the outside world turns the program away: one sentence, nothing lost, and work goes on when it is put right.

use crate::harness::{Workplace, assert_says, items, number};
use crate::journey::Journey;
use crate::portfolio::csv;
use serde_json::Value;
use std::net::TcpListener;

/// A loopback address on which nobody listens.
fn nobody_there() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("its address");
    drop(listener);
    format!("http://{address}")
}

/// What must be the same before and after a command that did not work. Only the next look may have moved.
fn known(workplace: &Workplace) -> Value {
    let mut status = workplace.status();
    status.as_object_mut().expect("an object").remove("next_wake");
    status
}

/// Asserts that work stops with a sentence that holds `parts`, that nothing is lost, and that it goes on after `repair`.
#[track_caller]
fn check_run(journey: &Journey, parts: &[&str], repair: impl FnOnce(&Workplace)) {
    let workplace = &journey.workplace;
    let before = known(workplace);
    let sentence = workplace.run(&["run", "--until-idle"]).refuses(1);
    assert_says(&sentence, parts);
    assert_says(&sentence, &["nothing is lost"]);
    assert_eq!(known(workplace), before);
    repair(workplace);
    // A customer that was tried in vain is due again a minute later.
    let soon = journey.emulator.now().checked_add(jiff::SignedDuration::from_mins(2)).expect("an instant");
    journey.emulator.advance_to(&soon.to_string());
    let done = journey.work();
    assert_eq!(
        items(&done["actions"]).iter().filter(|action| action["code"] == "SEND_INVITATION").count(),
        7,
        "{done}"
    );
}

#[test]
fn a_wrong_secret_stops_the_work_until_it_is_right() {
    let journey = Journey::begin(&[]);
    let right = journey.workplace.bytes("secret.txt");
    journey.workplace.write("secret.txt", "wrong");
    check_run(
        &journey,
        &["sign-in was refused", "the application's secret is wrong or over; give a valid one"],
        |place| {
            place.write("secret.txt", right);
        },
    );
}

#[test]
fn an_expired_refresh_token_stops_the_work_until_somebody_consents_again() {
    let journey = Journey::begin(&[]);
    let right = journey.workplace.bytes("token.txt");
    journey.workplace.write("token.txt", "0.long-over");
    check_run(
        &journey,
        &["sign-in was refused", "the stored consent no longer holds", "must consent again"],
        |place| {
            assert_eq!(place.text("token.txt"), "0.long-over", "a refused token is not replaced");
            place.write("token.txt", right);
        },
    );
}

#[test]
fn an_empty_refresh_token_is_told_from_a_refused_one() {
    let journey = Journey::begin(&[]);
    let right = journey.workplace.bytes("token.txt");
    journey.workplace.write("token.txt", "\n");
    check_run(&journey, &["the refresh token could not be read", "token.txt", "empty"], |place| {
        place.write("token.txt", right)
    });
}

#[test]
fn a_host_that_is_not_there_is_tried_again_by_the_next_run() {
    let journey = Journey::begin(&[]);
    let right = journey.workplace.text("carryover.toml");
    let (there, nobody) = (format!("partner_center = \"{}\"", journey.emulator.base), nobody_there());
    let wrong = right.replace(&there, &format!("partner_center = \"{nobody}\""));
    assert_ne!(wrong, right);
    journey.workplace.write("carryover.toml", wrong);
    check_run(&journey, &["no connection"], |place| place.write("carryover.toml", right));
}

#[test]
fn commands_that_read_are_turned_away_in_a_sentence() {
    let journey = Journey::arrive(&csv(), &[]);
    let workplace = &journey.workplace;
    let (right, nobody) = (workplace.text("carryover.toml"), nobody_there());
    let before = workplace.status();

    workplace.write("secret.txt", "wrong");
    for command in ["assess", "plan"] {
        assert_says(&workplace.run(&[command]).refuses(1), &["sign-in was refused", "secret is wrong or over"]);
    }
    let checked = workplace.json(&["doctor"], 1);
    let checks = items(&checked["checks"]);
    assert!(checks.iter().all(|check| check["ok"] == false), "{checked}");
    assert_eq!(number(&checked["failed"]), checks.len() as u64);
    let text = workplace.run(&["doctor"]).ends(1).out;
    assert_says(&text, &["FAILED  sign-in, application", "give a valid one", "needed for"]);

    let base = &journey.emulator.base;
    for name in ["partner_center", "login", "graph"] {
        let there = format!("{name} = \"{base}\"");
        let config = workplace.text("carryover.toml").replace(&there, &format!("{name} = \"{nobody}\""));
        workplace.write("carryover.toml", config);
    }
    for command in ["assess", "plan"] {
        assert_says(&workplace.run(&[command]).refuses(1), &["no connection", "nothing is lost"]);
    }
    assert_says(&workplace.run(&["doctor"]).ends(1).out, &["check the address and the network"]);
    workplace.write("carryover.toml", right);
    assert_eq!(workplace.status(), before);
}

#[test]
fn one_lost_answer_keeps_no_other_customer_from_being_read() {
    // A line on which about one request in seven is lost.
    let journey = Journey::arrive(&csv(), &["--faults", "rough", "--seed", "9"]);
    let mut read_beside_a_loss = false;
    for _ in 0..40 {
        let done = journey.workplace.run(&["assess", "--format", "json"]).json();
        let count = |name: &str| done[name].as_array().map_or(0, Vec::len);
        if done["error"].is_null() {
            assert_eq!(count("customers") + count("unreadable"), 8, "{done}");
        }
        read_beside_a_loss |= count("customers") > 0 && count("unreadable") > 0;
    }
    assert!(read_beside_a_loss);
}

#[test]
fn a_clock_that_is_not_there_is_named() {
    let journey = Journey::arrive(&csv(), &[]);
    let config = journey.workplace.text("carryover.toml");
    let nobody = nobody_there();
    let there = format!("clock_url = \"{}", journey.emulator.base);
    journey.workplace.write("carryover.toml", config.replace(&there, &format!("clock_url = \"{nobody}")));
    let sentence = journey.workplace.run(&["status"]).refuses(1);
    assert_says(&sentence, &["the clock at", &nobody]);
}
