//! Filters of lists: `field = value` terms joined by `AND`, a small part of AIP-160. Decides nothing about what they mean.

use crate::fault::{Fault, Reason};

/// The longest filter that is read, in bytes.
const MOST: usize = 1_000;

/// The terms of `filter`; each of `fields` at most once.
pub(crate) fn terms<'a>(filter: &'a str, fields: &[&str]) -> Result<Vec<(&'a str, &'a str)>, Fault> {
    let wrong = || {
        let terms: Vec<String> = fields.iter().map(|field| format!("{field} = VALUE")).collect();
        let expected = format!(
            "terms {}, joined by AND; a value with other than letters, digits, _ . - in quotes",
            terms.join(", ")
        );
        Fault::new(Reason::FilterInvalid, format!("the filter cannot be used: {expected}")).at("filter", &expected)
    };
    let mut found: Vec<(&str, &str)> = Vec::new();
    if filter.len() > MOST {
        return Err(wrong());
    }
    let mut rest = filter.trim();
    while !rest.is_empty() {
        let (field, after) = rest.split_once('=').ok_or_else(wrong)?;
        let field = field.trim();
        if !fields.contains(&field) || found.iter().any(|(other, _)| *other == field) {
            return Err(wrong());
        }
        let after = after.trim_start();
        let (value, after) = match after.strip_prefix('"') {
            Some(quoted) => quoted.split_once('"').ok_or_else(wrong)?,
            None => after.split_at(after.find(char::is_whitespace).unwrap_or(after.len())),
        };
        let plain = |c: char| c.is_ascii_alphanumeric() || "_.-/@".contains(c);
        if value.is_empty() || !value.chars().all(plain) {
            return Err(wrong());
        }
        found.push((field, value));
        rest = after.trim_start();
        if !rest.is_empty() {
            rest = rest
                .strip_prefix("AND")
                .filter(|rest| rest.starts_with(char::is_whitespace))
                .ok_or_else(wrong)?
                .trim_start();
            if rest.is_empty() {
                return Err(wrong());
            }
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::terms;

    #[test]
    fn terms_are_read() {
        let read = |filter| terms(filter, &["state", "domain"]).ok();
        assert_eq!(read(""), Some(vec![]));
        assert_eq!(read(" state=PAUSED "), Some(vec![("state", "PAUSED")]));
        assert_eq!(
            read("domain = \"a.example\" AND state = DRAFT"),
            Some(vec![("domain", "a.example"), ("state", "DRAFT")])
        );
    }

    #[test]
    fn anything_else_is_refused() {
        for bad in [
            "state",
            "=",
            "state=",
            "other = X",
            "state = A OR state = B",
            "state = A AND",
            "state = A AND state = B",
            "state = \"A",
            "state = \"A\"B",
            "state = 'A'",
            "state = \u{202e}A",
        ] {
            assert!(terms(bad, &["state", "domain"]).is_err(), "{bad}");
        }
        assert!(terms(&"state = A AND ".repeat(1000), &["state"]).is_err());
    }
}
