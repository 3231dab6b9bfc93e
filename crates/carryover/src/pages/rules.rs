//! Which pages name a rule of the rule book. What the rule says stands there, not here.

use super::all;
use std::collections::BTreeSet;

/// How many rules are named in place of one that no page names.
const NEAR: usize = 3;

/// The number of a rule as people write it, such as `R91`, `r91` or `rule R91`; none where it is no rule.
pub(crate) fn number(wanted: &str) -> Option<u32> {
    let wanted = wanted.trim().to_ascii_uppercase();
    let wanted = wanted.strip_prefix("RULE").unwrap_or(&wanted);
    rule(wanted.trim_start_matches([' ', '-', '_']))
}

/// The codes of all pages that name `rule`, in the order of the folders.
pub(crate) fn naming(rule: u32) -> Vec<&'static str> {
    all().filter(|page| named(page.text).contains(&rule)).map(|page| page.code).collect()
}

/// The rules next to `rule` that pages name, the nearest first.
pub(crate) fn near(rule: u32) -> Vec<u32> {
    let named: BTreeSet<u32> = all().flat_map(|page| named(page.text)).collect();
    let mut near: Vec<u32> = named.into_iter().collect();
    near.sort_by_key(|other| (other.abs_diff(rule), *other));
    near.truncate(NEAR);
    near
}

/// The rules that `text` names, alone or from one to another.
fn named(text: &str) -> BTreeSet<u32> {
    let words: Vec<&str> =
        text.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let alone = words.iter().filter_map(|word| rule(word));
    let spans = words.windows(3).filter_map(|span| match span {
        [first, "to", last] => Some(rule(first)?..=rule(last)?),
        _ => None,
    });
    alone.chain(spans.flatten()).collect()
}

/// `R91` as 91.
fn rule(word: &str) -> Option<u32> {
    let digits = word.strip_prefix('R').filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()))?;
    digits.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::{named, naming, near, number};

    #[test]
    fn a_rule_is_known_as_people_write_it() {
        for written in ["R91", "r91", " R91 ", "rule R91", "Rule-r91"] {
            assert_eq!(number(written), Some(91), "{written}");
        }
        for other in ["91", "R", "RESUME", "R9a", "REFUSED", "R-91", "R99999999999"] {
            assert_eq!(number(other), None, "{other}");
        }
    }

    #[test]
    fn rules_are_named_alone_and_from_one_to_another() {
        let text = "Source: rules R2, R42 to R44 and R125 of the rule book (R64); \"R365 to\" 5, read 2026-11.";
        assert_eq!(named(text).into_iter().collect::<Vec<_>>(), [2, 42, 43, 44, 64, 125, 365]);
    }

    #[test]
    fn a_rule_leads_to_the_pages_that_name_it() {
        assert!(naming(91).contains(&"DIFFERENT_SKU"), "{:?}", naming(91));
        assert!(naming(43).contains(&"NOT_CHECKED"), "within a span: {:?}", naming(43));
        assert_eq!(naming(999), Vec::<&str>::new());
        assert_eq!(near(999).first(), Some(&142));
    }
}
