//! What can take the place of each old subscription, as `carryover match` shows it: reads only.

use crate::harness::{items, word};
use crate::journey::Journey;
use crate::portfolio::csv;

#[test]
fn each_old_subscription_is_shown_with_what_can_take_its_place_and_by_which_rule() {
    let journey = Journey::arrive(&csv(), &[]);
    let before = journey.workplace.json(&["status"], 3);
    let shown = journey.workplace.json(&["match"], 0);
    let lines: Vec<_> = items(&shown["customers"]).iter().flat_map(|customer| items(&customer["lines"])).collect();
    assert_eq!(lines.len(), 13, "{shown}");
    for line in &lines {
        let matches = items(&line["matches"]);
        assert!(!matches.is_empty(), "{line}");
        for one in matches {
            assert!(word(&one["rule"]).starts_with('R'), "{one}");
            if word(&one["relation"]) == "the same licence" {
                assert_eq!(one["sku_id"], line["sku_id"], "{one}");
            }
        }
    }
    let known = |one: &&serde_json::Value| one["difference"].is_object();
    assert!(lines.iter().all(|line| items(&line["matches"]).iter().any(|one| known(&one))), "{shown}");
    assert_eq!(journey.workplace.json(&["status"], 3), before, "looking records nothing");
}
