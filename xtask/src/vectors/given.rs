//! What is given in a case, field by field, as the domain takes it (rule book, section L.1). An error names the field.

use anyhow::{Context, anyhow, bail, ensure};
use carryover_domain::portfolio::Renewal;
use carryover_domain::rules::terms::end_after;
use carryover_domain::time::{End, Term};
use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use rust_decimal::Decimal;
use serde_json::{Map, Number, Value};
use std::str::FromStr;

/// The fields of one case. Fields beside the list of cases hold for every case, unless a case has its own.
pub(super) struct Given<'a> {
    whole: &'a Map<String, Value>,
    case: &'a Value,
}

/// A case without fields.
const NO_FIELDS: &Value = &Value::Null;

impl<'a> Given<'a> {
    /// A vector without a list of cases.
    pub(super) fn flat(whole: &'a Map<String, Value>) -> Self {
        Self { whole, case: NO_FIELDS }
    }

    /// An entry of the list of cases that stands in `whole`.
    pub(super) fn case(whole: &'a Map<String, Value>, case: &'a Value) -> Self {
        Self { whole, case }
    }

    /// The field where it is given, even as `null`.
    pub(super) fn get(&self, field: &str) -> Option<&'a Value> {
        self.case.get(field).or_else(|| self.whole.get(field))
    }

    fn need(&self, field: &str) -> anyhow::Result<&'a Value> {
        self.get(field).with_context(|| format!("{field} is missing"))
    }

    pub(super) fn text(&self, field: &str) -> anyhow::Result<&'a str> {
        text(self.need(field)?, field)
    }

    /// What a text means; `expected` says what it should have been.
    pub(super) fn parsed<T: FromStr>(&self, field: &str, expected: &str) -> anyhow::Result<T> {
        parsed(self.text(field)?, field, expected)
    }

    /// A word of a closed list.
    pub(super) fn word<T>(&self, field: &str, of_word: impl FnOnce(&str) -> Option<T>) -> anyhow::Result<T> {
        let word = self.text(field)?;
        of_word(word).with_context(|| format!("{field} is `{word}`, which is not one of its words"))
    }

    pub(super) fn day(&self, field: &str) -> anyhow::Result<Date> {
        day(self.text(field)?, field)
    }

    /// The end of a source whose last whole day is given.
    pub(super) fn end(&self, field: &str) -> anyhow::Result<End> {
        end_after(self.day(field)?).with_context(|| field.to_owned())
    }

    pub(super) fn term(&self, field: &str) -> anyhow::Result<Term> {
        self.word(field, |word| Term::ALL.into_iter().find(|term| term.word() == word))
    }

    pub(super) fn instant(&self, field: &str) -> anyhow::Result<Timestamp> {
        self.parsed(field, "an instant such as 2026-12-13T10:00:00Z")
    }

    /// The instant that a case gives in `field`, or as its whole entry.
    pub(super) fn instant_or_entry(&self, field: &str) -> anyhow::Result<Timestamp> {
        match self.case {
            Value::String(entry) => parsed(entry, field, "an instant such as 2026-12-13T10:00:00Z"),
            _ => self.instant(field),
        }
    }

    pub(super) fn wall_clock(&self, field: &str) -> anyhow::Result<DateTime> {
        self.parsed(field, "a local time such as 2026-12-14T08:00:00")
    }

    /// A whole number, 0 or more.
    pub(super) fn count(&self, field: &str) -> anyhow::Result<u32> {
        let number = self.decimal(field)?;
        let count = u32::try_from(number).ok().filter(|count| Decimal::from(*count) == number);
        count.with_context(|| format!("{field} is {number}, not a whole number from 0 to {}", u32::MAX))
    }

    /// Any number, exactly as written.
    pub(super) fn decimal(&self, field: &str) -> anyhow::Result<Decimal> {
        let value = self.need(field)?;
        let number = value.as_number().and_then(exact);
        number.with_context(|| format!("{field} is {value}, not a number that can be reckoned with exactly"))
    }

    /// An amount: text with a decimal point and without an exponent, never negative, any number of places.
    pub(super) fn money(&self, field: &str) -> anyhow::Result<Decimal> {
        money(self.need(field)?, field)
    }

    /// An amount, or none where the field is `null`.
    pub(super) fn money_if_known(&self, field: &str) -> anyhow::Result<Option<Decimal>> {
        let value = self.need(field)?;
        if value.is_null() { Ok(None) } else { money(value, field).map(Some) }
    }

    pub(super) fn flag(&self, field: &str) -> anyhow::Result<bool> {
        let value = self.need(field)?;
        value.as_bool().with_context(|| format!("{field} is {value}, not true or false"))
    }

    /// A flag that need not be given; none then.
    pub(super) fn flag_if_given(&self, field: &str) -> anyhow::Result<Option<bool>> {
        self.get(field).map(|_| self.flag(field)).transpose()
    }

    /// Yes, no or unknown: `null` is none.
    pub(super) fn flag_if_known(&self, field: &str) -> anyhow::Result<Option<bool>> {
        match self.need(field)? {
            Value::Null => Ok(None),
            value => value.as_bool().map(Some).with_context(|| format!("{field} is {value}, not true, false or null")),
        }
    }

    pub(super) fn renewal(&self, field: &str) -> anyhow::Result<Renewal> {
        Ok(match self.flag_if_known(field)? {
            Some(true) => Renewal::On,
            Some(false) => Renewal::Off,
            None => Renewal::Unknown,
        })
    }

    pub(super) fn list(&self, field: &str) -> anyhow::Result<&'a [Value]> {
        let value = self.need(field)?;
        value.as_array().map(Vec::as_slice).with_context(|| format!("{field} is {value}, not a list"))
    }

    pub(super) fn days<C: FromIterator<Date>>(&self, field: &str) -> anyhow::Result<C> {
        let entry = |value| day(text(value, field)?, field);
        self.list(field)?.iter().map(entry).collect()
    }
}

fn text<'a>(value: &'a Value, field: &str) -> anyhow::Result<&'a str> {
    value.as_str().with_context(|| format!("{field} is {value}, not a text"))
}

fn parsed<T: FromStr>(text: &str, field: &str, expected: &str) -> anyhow::Result<T> {
    text.parse().map_err(|_| anyhow!("{field} is `{text}`, not {expected}"))
}

fn day(text: &str, field: &str) -> anyhow::Result<Date> {
    let day: Date = parsed(text, field, "a day such as 2026-12-13")?;
    // Nothing but a day is a day: a time of day would be dropped.
    ensure!(day.to_string() == text, "{field} is `{text}`, not a day such as 2026-12-13");
    Ok(day)
}

fn money(value: &Value, field: &str) -> anyhow::Result<Decimal> {
    let text = text(value, field)?;
    if !text.chars().all(|c| c.is_ascii_digit() || c == '.') {
        bail!("{field} is `{text}`, not an amount such as 150.00");
    }
    let exact = Decimal::from_str_exact(text);
    exact.map_err(|_| anyhow!("{field} is `{text}`, not an amount that can be reckoned with exactly, such as 150.00"))
}

/// A JSON number by the digits that it is written with.
pub(super) fn exact(number: &Number) -> Option<Decimal> {
    let text = number.to_string();
    Decimal::from_str_exact(&text).or_else(|_| Decimal::from_scientific(&text)).ok()
}
