//! What the books of the emulated Microsoft prove about a run, next to the product's own histories and to the same world undisturbed.

use anyhow::Context;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Living purchases that no line accounts for by its history: beyond one for each line, or under a mark that no history has. `lines`
/// has the line of each mark.
pub(super) fn not_accounted_for(purchases: &[Value], lines: &BTreeMap<String, String>) -> u64 {
    let living = purchases.iter().filter(|purchase| purchase["ended_at"].is_null());
    let mut taken: BTreeSet<&String> = BTreeSet::new();
    let accounted = |purchase: &Value| {
        let mark = purchase["friendly_name"].as_str().unwrap_or_default();
        lines.get(mark).is_some_and(|line| taken.insert(line))
    };
    living.map(accounted).filter(|accounted| !accounted).count() as u64
}

/// The line of each mark that a customer's exported `history` tells of.
pub(super) fn marks(history: &[Value]) -> impl Iterator<Item = (String, String)> {
    history.iter().filter_map(|event| {
        let mark = ["sent", "tried"].iter().find_map(|name| event[name]["mark"].as_str())?;
        Some((mark.to_owned(), event["line"].as_str()?.to_owned()))
    })
}

/// The old subscriptions that a purchase has taken the place of, and each second one beside it, by the books.
pub(super) fn replaced(books: &Value) -> BTreeSet<String> {
    let whole = |line: &&Value| {
        !line["replaced_by"].is_null() && (line["companion_sku"].is_null() || !line["accompanied_by"].is_null())
    };
    lines(books).filter(whole).map(name).collect()
}

/// Hours without a licence, by the books: of old subscriptions that are replaced, or are where nothing is disturbed (`in_peace`), and of
/// all others.
pub(super) fn gaps(books: &Value, in_peace: &BTreeSet<String>) -> anyhow::Result<(u64, u64)> {
    let (mut counted, mut others) = (0, 0);
    for line in lines(books) {
        let hours = line["gap_seat_hours"].as_u64().with_context(|| format!("no gap_seat_hours in {line}"))?;
        let counts = !line["replaced_by"].is_null() || in_peace.contains(&name(line));
        *(if counts { &mut counted } else { &mut others }) += hours;
    }
    Ok((counted, others))
}

fn lines(books: &Value) -> impl Iterator<Item = &Value> {
    let customers = books["customers"].as_array().into_iter().flatten();
    customers.filter_map(|customer| customer["lines"].as_array()).flatten()
}

fn name(line: &Value) -> String {
    line["subscription"].to_string()
}

#[cfg(test)]
mod tests {
    use super::{gaps, marks, not_accounted_for, replaced};
    use serde_json::{Value, json};
    use std::collections::{BTreeMap, BTreeSet};

    fn purchase(mark: &str, ended_at: Value) -> Value {
        json!({ "friendly_name": mark, "ended_at": ended_at })
    }

    fn lines() -> BTreeMap<String, String> {
        let history = [
            json!({ "line": "a", "sent": { "mark": "m1" }, "tried": null }),
            json!({ "line": "a", "sent": null, "tried": { "mark": "m2" } }),
            json!({ "line": "b", "sent": { "mark": "m3" }, "tried": null }),
            json!({ "line": null, "sent": null, "tried": null }),
        ];
        marks(&history).collect()
    }

    #[test]
    fn each_line_accounts_for_one_living_purchase() {
        let again =
            [purchase("m1", json!("2026-11-03T00:00:00Z")), purchase("m2", Value::Null), purchase("m3", Value::Null)];
        assert_eq!(not_accounted_for(&again, &lines()), 0);
    }

    #[test]
    fn a_line_that_was_bought_twice_is_noticed_though_another_one_was_not_bought() {
        assert_eq!(not_accounted_for(&[purchase("m1", Value::Null), purchase("m2", Value::Null)], &lines()), 1);
    }

    #[test]
    fn a_purchase_that_no_history_tells_of_is_noticed() {
        assert_eq!(not_accounted_for(&[purchase("m9", Value::Null), json!({ "ended_at": null })], &lines()), 2);
    }

    #[test]
    fn users_of_a_line_that_only_kills_kept_from_being_replaced_count() {
        let line = |id: &str, replaced_by: Value, hours: u64| json!({ "subscription": id, "replaced_by": replaced_by, "companion_sku": null, "gap_seat_hours": hours });
        let book = |lines: [Value; 3]| json!({ "customers": [{ "lines": lines }] });
        let done = || json!({ "order": "o" });
        let peace = replaced(&book([line("1", done(), 0), line("2", done(), 0), line("3", Value::Null, 7)]));
        assert_eq!(peace.len(), 2);
        let killed = book([line("1", done(), 0), line("2", Value::Null, 5), line("3", Value::Null, 7)]);
        assert_eq!(gaps(&killed, &peace).expect("figures"), (5, 7));
        assert_eq!(gaps(&killed, &BTreeSet::new()).expect("figures"), (0, 12));
    }
}
