//! A line that ends otherwise than planned: its new subscription is cancelled in Partner Center, and a person says what is to become of it.

use crate::harness::{assert_says, items, number, word};
use crate::journey::Journey;
use crate::portfolio::subscription;
use serde_json::Value;

/// A line whose owner is asked to stop the old subscription, with its customer, as `status` shows both. Users who have changed
/// licence would need the old one again first.
fn let_go(journey: &Journey) -> Option<(Value, Value)> {
    let status = journey.workplace.status();
    let asked = |line: &Value| {
        let old = subscription(u32::try_from(number(&line["seats"])).expect("a few"));
        let about = |action: &Value| action["code"] == "STOP_RENEWAL" && action["subscription_id"] == old.as_str();
        items(&status["actions"]).iter().any(about)
    };
    let lines = items(&status["customers"])
        .iter()
        .flat_map(|customer| items(&customer["lines"]).iter().map(move |line| (customer, line)));
    let mut fitting = lines.filter(|(_, line)| line["licences_swapped"] == 0 && asked(line));
    fitting.next().map(|(customer, line)| (customer.clone(), line.clone()))
}

/// Somebody of ours cancels what was bought for `line` of `customer`, within its seven days.
fn cancel(journey: &Journey, customer: &Value, line: &Value) {
    let (emulator, workplace) = (&journey.emulator, &journey.workplace);
    let token = &emulator.sign_in(workplace);
    let of_customer = format!("/v1/customers/{}/subscriptions", word(&customer["tenant_id"]));
    let (status, body) = emulator.fetch(&of_customer, Some(token));
    assert_eq!(status, 200, "{body}");
    let sold: Value = serde_json::from_str(&body).expect("an object");
    let bought = |one: &&Value| one["status"] == "active" && one["quantity"] == line["bought_seats"];
    let mut wish = items(&sold["items"]).iter().rfind(bought).expect("what was bought").clone();
    wish["status"] = "deleted".into();
    let (status, body) = emulator.patch(&format!("{of_customer}/{}", word(&wish["id"])), token, &wish);
    assert_eq!(status, 200, "{body}");
}

#[test]
fn what_was_cancelled_after_it_had_arrived_is_seen_and_ends_with_the_old_one_kept_by_a_persons_word() {
    let mut journey = Journey::begin(&[]);
    let mut kept: Option<(String, String)> = None;
    journey.finish(|journey| {
        let done = journey.work();
        let Some((customer, line)) = let_go(journey).filter(|_| kept.is_none()) else { return done };
        let (workplace, domain, line_id) = (&journey.workplace, word(&customer["domain"]), word(&line["line"]));
        let early = workplace.run(&["resolve", line_id, "old-kept"]).refuses(2);
        assert_says(&early, &["it is bought", "seen to be cancelled", "carryover assess"]);
        cancel(journey, &customer, &line);
        workplace.run(&["assess", domain]);
        let status = workplace.status();
        let waits = |code: &str| {
            items(&status["actions"]).iter().any(|action| action["code"] == code && action["domain"] == domain)
        };
        assert!(waits("PURCHASE_CANCELLED"), "{status}");
        let sentence = workplace.run(&["resolve", line_id, "go-on"]).refuses(2);
        assert_says(&sentence, &["answer plan-again to buy anew, or old-kept"]);
        assert_eq!(word(&workplace.json(&["resolve", line_id, "old-kept", "--by", "mia"], 0)["stage"]), "old_kept");
        kept = Some((domain.to_owned(), line_id.to_owned()));
        journey.work()
    });
    let workplace = &journey.workplace;
    let (domain, line_id) = kept.expect("a line was let go");
    let shown = workplace.json(&["show", &domain], 0);
    let mut lines = items(&shown["customer"]["lines"]).iter();
    let line = lines.find(|line| line["line"] == line_id.as_str()).expect("the line");
    assert_eq!(word(&line["stage"]), "old_kept");
    assert_says(word(&line["says"]), &["the old subscription is kept", "says mia"]);
    assert_eq!(number(&workplace.status()["summary"]["settled"]), 1);
    assert_says(&workplace.run(&["status"]).out, &["1 ended otherwise", "old kept"]);
    assert_says(&workplace.run(&["explain", "PURCHASE_CANCELLED"]).ends(0).out, &["old-kept"]);
    let books = journey.emulator.books();
    assert_eq!(number(&books["duplicate_purchases"]), 0, "{books}");
    // Only the blocked line's users go without.
    let lines = items(&books["customers"]).iter().flat_map(|customer| items(&customer["lines"]));
    for line in lines.filter(|line| line["subscription"] != subscription(13).as_str()) {
        assert_eq!(number(&line["gap_seat_hours"]), 0, "users went without: {line}");
    }
}
