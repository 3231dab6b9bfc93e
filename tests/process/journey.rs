//! The way of a portfolio from import to the last closed line, as an operator and the customers' people walk it.

use crate::harness::{Emulator, Workplace, instant, items, number, word};
use crate::portfolio::{self, BLOCKED, BOUGHT, SWAPPED};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Moments of virtual time at which something is due; more would mean that the run does not come to rest.
const MOMENTS_MAX: usize = 1_500;
/// How often a command is given again on a bad line.
const TRIES_MAX: usize = 60;

/// A portfolio on its way.
pub(crate) struct Journey {
    pub(crate) workplace: Workplace,
    pub(crate) emulator: Emulator,
    /// How long nobody looks at least: nothing where all is well, and an hour on a bad line, whose lost calls would
    /// otherwise be tried again every minute.
    rest: SignedDuration,
    sent: BTreeSet<String>,
}

impl Journey {
    /// Import, doctor, assess, plan and approve, as the README has it. `trouble` goes to the emulator.
    pub(crate) fn begin(trouble: &[&str]) -> Self {
        let journey = Self::arrive(&portfolio::csv(), trouble);
        if trouble.is_empty() {
            let checked = journey.workplace.json(&["doctor"], 0);
            assert_eq!(number(&checked["failed"]), 0, "{checked}");
        }
        journey.patiently("assess", "unreadable");
        journey.patiently("plan", "not_planned");
        let approved = journey.workplace.json(&["approve", "--all", "--by", "mia"], 0);
        assert_eq!(items(&approved["approved"]).len(), 7, "{approved}");
        let blocked = number(&journey.workplace.status()["summary"]["blocked"]);
        assert_eq!(blocked, BLOCKED);
        journey
    }

    /// An emulator that knows the customers of `csv`, a configuration, and the portfolio imported.
    pub(crate) fn arrive(csv: &str, trouble: &[&str]) -> Self {
        let workplace = Workplace::new();
        workplace.write("portfolio.csv", csv);
        let emulator = Emulator::strict(&workplace, &workplace.path("portfolio.csv"), trouble);
        emulator.configure(&workplace);
        workplace.run(&["import", "portfolio.csv"]).ends(0);
        let rest = SignedDuration::from_mins(if trouble.is_empty() { 0 } else { 60 });
        Self { workplace, emulator, rest, sent: BTreeSet::new() }
    }

    /// The same, undisturbed, in a world whose seed `change` has changed.
    pub(crate) fn in_another_world(csv: &str, change: impl FnOnce(&mut Value)) -> Self {
        let workplace = Workplace::new();
        workplace.write("portfolio.csv", csv);
        let mut seed = Emulator::strict(&workplace, &workplace.path("portfolio.csv"), &[]).get("/emulator/seed");
        change(&mut seed);
        workplace.write("seed.json", seed.to_string());
        let emulator = Emulator::start(&workplace, &["--seed-file", "seed.json", "--speed", "0", "--auth", "strict"]);
        emulator.configure(&workplace);
        workplace.run(&["import", "portfolio.csv"]).ends(0);
        Self { workplace, emulator, rest: SignedDuration::ZERO, sent: BTreeSet::new() }
    }

    /// Gives a command for all customers, and again for those whom a bad line kept from being read.
    pub(crate) fn patiently(&self, command: &str, left_over: &str) {
        let mut names: Vec<String> = Vec::new();
        for _ in 0..TRIES_MAX {
            let ids = names.iter().map(String::as_str);
            let args: Vec<&str> = [command].into_iter().chain(ids).chain(["--format", "json"]).collect();
            let said = self.workplace.run(&args);
            let done = said.json();
            // With the line down nobody was read; the same are asked again.
            if done["error"].is_null() {
                names = items(&done[left_over]).iter().map(|left| word(&left["domain"]).to_owned()).collect();
            }
            if said.code != Some(1) {
                return;
            }
        }
        panic!("`{command}` did not work in {TRIES_MAX} tries");
    }

    /// `carryover run --until-idle`, undisturbed, and what it says. Reads that a bad line loses are tried again later.
    pub(crate) fn work(&self) -> Value {
        let said = self.workplace.run(&["run", "--until-idle", "--format", "json"]);
        assert!(matches!(said.code, Some(0 | 1 | 3)), "{said:?}");
        let done = said.json();
        assert!(done["error"].is_null(), "{said:?}");
        assert_eq!(said.code == Some(1), !items(&done["problems"]).is_empty(), "{said:?}");
        done
    }

    /// Lets time run from alarm to alarm, with `work` at each, until every line is closed or waits for a person.
    pub(crate) fn finish(&mut self, mut work: impl FnMut(&Self) -> Value) {
        for _ in 0..MOMENTS_MAX {
            let done = work(self);
            self.pass_on(items(&done["actions"]));
            let summary = &done["summary"];
            if number(&summary["under_way"]) == 0 {
                assert_eq!(number(&summary["awaits_approval"]), 0, "{summary}");
                // Whatever would go wrong after the last end goes wrong within days.
                return self.let_time_pass(Timestamp::MIN, SignedDuration::from_hours(5 * 24));
            }
            let next = instant(&done["next_wake"]);
            self.let_time_pass(next, self.rest);
        }
        panic!("lines are still under way after {MOMENTS_MAX} moments: {}", self.workplace.status());
    }

    /// Moves the clock to `next`, and by `rest` at least.
    fn let_time_pass(&self, next: Timestamp, rest: SignedDuration) {
        let rested = self.emulator.now().checked_add(rest).expect("an instant");
        self.emulator.advance_to(&next.max(rested).to_string());
    }

    /// Writes to the customers what is asked of them, each letter once.
    fn pass_on(&mut self, actions: &[Value]) {
        for action in actions {
            let tenant = &action["tenant_id"];
            let letter = match word(&action["code"]) {
                "SEND_INVITATION" => json!({ "kind": "invitation", "tenant": tenant, "link": action["link"] }),
                "OBTAIN_AGREEMENT" => json!({ "kind": "agreement", "tenant": tenant }),
                "STOP_RENEWAL" => {
                    json!({ "kind": "stop_renewal", "tenant": tenant, "subscription": action["subscription_id"] })
                }
                _ => continue,
            };
            if self.sent.insert(letter.to_string()) {
                let (status, body) = self.emulator.post("/emulator/letters", &letter);
                assert_eq!(status, 202, "{letter}: {body}");
            }
        }
    }

    /// What was promised, by the books of the emulated Microsoft and by what the program says of itself.
    #[track_caller]
    pub(crate) fn assert_promises_kept(&self) {
        let books = self.emulator.books();
        let figure = |name: &str| number(&books[name]);
        assert_eq!(figure("purchases"), BOUGHT, "bought {books}");
        assert_eq!(figure("duplicate_purchases"), 0, "bought twice {books}");
        assert_eq!(figure("asked_to_end_before_cover"), 0, "let go too early {books}");
        assert_eq!(figure("licences_swapped"), SWAPPED, "swapped {books}");
        assert_eq!(figure("renewed_sources"), 0, "renewed {books}");
        assert_eq!(figure("request_ids_misused"), 0, "a request id went out with two bodies {books}");
        let blocked = portfolio::subscription(13);
        for line in items(&books["customers"]).iter().flat_map(|customer| items(&customer["lines"])) {
            let replaced = &line["replaced_by"];
            if line["subscription"] == blocked.as_str() {
                assert!(replaced.is_null(), "{line}");
                continue;
            }
            assert_eq!(number(&line["gap_seat_hours"]), 0, "users went without: {line}");
            assert_eq!(line["seats"], replaced["seats"], "{line}");
            let [arrived, ended] = [&replaced["arrived_at"], &line["ended_at"]].map(instant);
            assert!(arrived < ended, "{line}");
        }
        let summary = &self.workplace.status()["summary"];
        assert_eq!(number(&summary["closed"]), BOUGHT, "{summary}");
        assert_eq!(number(&summary["blocked"]), BLOCKED, "{summary}");
        assert_eq!(number(&summary["licences_swapped"]), SWAPPED, "{summary}");
    }
}
