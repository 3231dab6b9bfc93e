//! Every open reading and every rule of conduct by name, so that a flag or a test can set one alone.
//!
//! A table and how to set a row of it; the emulator's README shows the same one, and a test compares them.

use serde_json::Value;
use thiserror::Error;

use super::rules::Rules;

/// One thing that can be set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Switch {
    /// Its name.
    pub name: &'static str,
    /// What it can be, in words.
    pub values: &'static str,
    /// The section of the fact sheet that leaves it open or says it twice.
    pub section: &'static str,
}

const fn switch(name: &'static str, values: &'static str, section: &'static str) -> Switch {
    Switch { name, values, section }
}

const MINUTES: &str = "{\"min\": N, \"max\": N} minutes";

/// Everything that can be set: first the conduct, then the readings.
#[rustfmt::skip]
pub static SWITCHES: [Switch; 71] = [
    switch("second_checkout", "refuse, replay, accept_twice", "8.2, 25"),
    switch("cart_life_minutes", "minutes", "13.1, 25"),
    switch("orderable_after_minutes", "minutes", "9.5, 26"),
    switch("gdap_with_acceptance", "true, false", "9.5"),
    switch("order_seen", MINUTES, "14"),
    switch("active", MINUTES, "14"),
    switch("seats_seen", MINUTES, "14"),
    switch("migration", MINUTES, "17"),
    switch("notified", MINUTES, "20.4"),
    switch("vetting_hours", "hours", "9.7"),
    switch("renewal_hours", "hours, 24 at most", "15.5"),
    switch("request_ids_kept_hours", "hours", "8.1, 26"),
    switch("seek_end", "no_token, fault2000", "5.1"),
    switch("vetting_date", "create, created", "9.7, 25"),
    switch("qualifications_together", "education_with_soe, any", "9.7"),
    switch("codes_as_text", "true, false", "6.1, 25"),
    switch("line_codes", "number, pascal, snake", "6.3"),
    switch("cart_put_status", "200, 201", "13.1, 25"),
    switch("not_ready_status", "400, 409", "25"),
    switch("pending_code", "800082, 800014, 900278", "6.3, 15.3"),
    switch("usage_location_code", "a code", "6.3, 26"),
    switch("relationship_in_use", "[status, code]", "9.6, 26"),
    switch("action_words", "pascal, snake", "15.6, 26"),
    switch("short_addon_schedules", "true, false", "17, 25"),
    switch("transfer_accept_word", "accept, in_progress, any", "18.1, 26"),
    switch("schedule_words", "of_migrations, of_transfers", "17, 26"),
    switch("failed_event", "migration_failed, new_commerce_migration_failed, absent", "17"),
    switch("unknown_country_status", "400, 404", "9.9"),
    switch("owner_types", "words, always_user, absent", "21.2, 26"),
    switch("direct_owner", "as_null, absent", "21.2"),
    switch("request_ids", "once, doubled", "3.2"),
    switch("request_address", "ip_address, source_ip_address", "2.8"),
    switch("request_id_reuse", "first_answer, refuse", "8.1, 26"),
    switch("window_hours", "hours", "15.4, 25"),
    switch("early_end", "at_once, expired_first", "15.7, 25"),
    switch("suspended_end", "disabled, expired", "15.7, 25"),
    switch("cart_lines_max", "null, a number", "13.3, 26"),
    switch("schedules_in_sandbox", "true, false", "17, 25"),
    switch("provider_without_reseller", "refuse, accept", "10"),
    switch("legacy_upgrades", "true, false", "12.7, 15.9"),
    switch("changes_accepted_later", "true, false", "15.3"),
    switch("extended_service", "null, {\"bought_from\": TIME, \"ends_from\": TIME}", "15.6"),
    switch("sandbox", "true, false", "22"),
    switch("mfa_enforced_from", "null, an instant", "2.8"),
    switch("sign_in", "open, needs_mfa, conditional_access", "2.4"),
    switch("bom_share", "0, or one in so many", "3.3"),
    switch("total_count", "page, all", "4.1"),
    switch("links_with_version", "true, false", "4.1"),
    switch("upper_case_ids", "true, false", "3.3, 15.2"),
    switch("graph_commerce_id", "same, own", "15.2"),
    switch("newer_faults", "whole, message, description", "6.1"),
    switch("wrong_token_kind", "newer, older, bare", "2.1"),
    switch("stranger", "refused, not_found", "9.2"),
    switch("invitation_form", "invitation, billing_accounts, with_dap, without_dap", "9.5"),
    switch("consent_conflict", "older, newer, empty", "2.6"),
    switch("attributes_as_text", "true, false", "12.3"),
    switch("contract_type", "subscription, productKey, product_key", "25"),
    switch("cancelled_line", "cancelled, unfulfilled", "14"),
    switch("seats_down_code", "900257, 800090", "15.3"),
    switch("if_match_wanted", "true, false", "8.3"),
    switch("migration_term", "year, kept", "17"),
    switch("failed_transfer", "failed, partially_complete", "18.1"),
    switch("transfer_window_restarts", "true, false", "18.1"),
    switch("offer_words", "as_listed, participles", "18.2"),
    switch("shortfall", "tolerated, at_once", "15.7"),
    switch("not_assigned_text", "a_corresponding, the_corresponding, not_assigned", "8.2"),
    switch("no_licence_error", "as_null, word", "21.4"),
    switch("graph_throttle", "too_many_requests, activity_limit_reached", "21.7"),
    switch("graph_limit", "ten_seconds, one_second", "21.7, 25"),
    switch("budget_of", "partner, customer", "7"),
    switch("budgets", "true, false", "7, 21.7"),
];

/// A reading that cannot be set. Nothing was changed.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SwitchError {
    /// There is none of that name.
    #[error("there is no reading {0:?}; there are {list}", list = names())]
    Unknown(String),
    /// It cannot be that.
    #[error("{name} cannot be {value:?}; it can be {values}")]
    Value {
        /// The reading.
        name: &'static str,
        /// What it was to be.
        value: String,
        /// What it can be.
        values: &'static str,
    },
}

fn names() -> String {
    SWITCHES.iter().map(|switch| switch.name).collect::<Vec<_>>().join(", ")
}

impl Rules {
    /// The same rules with one of [`SWITCHES`] set. `value` is JSON, or a word without its quotes.
    ///
    /// # Errors
    /// [`SwitchError`] where there is no such name, or it cannot be that.
    pub fn with(&self, name: &str, value: &str) -> Result<Rules, SwitchError> {
        let known = SWITCHES.iter().find(|switch| switch.name == name);
        let switch = known.ok_or_else(|| SwitchError::Unknown(name.to_owned()))?;
        let wanted: Value = serde_json::from_str(value).unwrap_or_else(|_| value.into());
        let refused = || SwitchError::Value { name: switch.name, value: value.to_owned(), values: switch.values };
        let mut written = serde_json::to_value(self).map_err(|_| refused())?;
        let place = if written.get(name).is_some() { written.get_mut(name) } else { written["readings"].get_mut(name) };
        *place.ok_or_else(refused)? = wanted;
        serde_json::from_value(written).map_err(|_| refused())
    }

    /// What a switch is at present, as JSON.
    #[must_use]
    pub fn reading(&self, switch: &Switch) -> Value {
        let written = serde_json::to_value(self).unwrap_or_default();
        written.get(switch.name).or_else(|| written["readings"].get(switch.name)).cloned().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_and_reading_has_its_row() {
        let written = serde_json::to_value(Rules::usual()).unwrap();
        let of = |object: &Value| object.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
        let mut all = of(&written);
        all.retain(|name| name != "readings");
        all.extend(of(&written["readings"]));
        let mut known: Vec<String> = SWITCHES.iter().map(|switch| switch.name.to_owned()).collect();
        all.sort();
        known.sort();
        assert_eq!(known, all);
    }

    #[test]
    fn the_readme_shows_every_row_with_what_it_is_usually() {
        let readme = include_str!("../../README.md");
        for switch in &SWITCHES {
            let usual =
                Rules::usual().reading(switch).to_string().replace('"', "").replace(',', ", ").replace(":", ": ");
            let usual = if switch.name == "extended_service" { "as published".to_owned() } else { usual };
            let row = format!("| `{}` | {} | {usual} | {} |", switch.name, switch.values, switch.section);
            assert!(readme.contains(&row), "the table of readings lacks\n{row}");
        }
    }

    #[test]
    fn one_is_set_alone_and_a_wrong_one_is_refused_with_what_there_is() {
        let rules = Rules::usual();
        let set = rules.with("line_codes", "pascal").unwrap().with("cart_life_minutes", "15").unwrap();
        assert_eq!((set.readings.line_codes, set.cart_life_minutes), (super::super::LineCodes::Pascal, 15));
        assert_eq!(set.with("line_codes", "number").unwrap().with("cart_life_minutes", "10080").unwrap(), rules);
        let none = rules.with("extended_service", "null").unwrap();
        assert_eq!(none.readings.extended_service, None);
        let says = |name: &str, value: &str| rules.with(name, value).unwrap_err().to_string();
        assert_eq!(says("line_codes", "loud"), "line_codes cannot be \"loud\"; it can be number, pascal, snake");
        assert!(says("nothing", "1").contains("there are second_checkout, cart_life_minutes"));
    }
}
