//! What one customer's move is planned by otherwise than the policy says. Only planning has such wishes: what a promise rests
//! upon, how often is looked, what budgets there are and what is sold at which price is the partner's, for all customers alike.

use super::{Alignment, NewPlans, Policy, Sizing};
use crate::time::Billing;
use std::fmt;

/// One customer's own wishes; what is none is as in the policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct OwnPolicy {
    /// Of [`Policy::lead_business_days`].
    pub lead_business_days: Option<LeadDays>,
    /// Of [`Policy::overlap_days_max`].
    pub overlap_days_max: Option<OverlapDays>,
    /// Of [`Policy::sizing`].
    pub sizing: Option<Sizing>,
    /// Of [`Policy::seat_buffer_pct`].
    pub seat_buffer_pct: Option<BufferPct>,
    /// Of [`Policy::billing`].
    pub billing: Option<Billing>,
    /// Of [`Policy::alignment`].
    pub alignment: Option<Alignment>,
    /// Of [`Policy::new_plans`].
    pub new_plans: Option<NewPlans>,
}

/// Business days between purchase and end for one customer: never none (rule R111), at most those of a year.
pub type LeadDays = Within<1, 250>;
/// Days of double payment that want no approval for one customer, at most a year.
pub type OverlapDays = Within<0, 366>;
/// Whole per cent of further seats for one customer, at most as many again.
pub type BufferPct = Within<0, 100>;

/// A whole number from `MIN` to `MAX`, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Within<const MIN: u32, const MAX: u32>(u32);

/// A number that is outside of its range.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{number} is not from {min} to {max}")]
pub struct OutOfRange {
    number: u32,
    min: u32,
    max: u32,
}

impl<const MIN: u32, const MAX: u32> Within<MIN, MAX> {
    /// `number`, where it is in the range.
    ///
    /// # Errors
    /// [`OutOfRange`], which says the range.
    pub fn try_new(number: u32) -> Result<Self, OutOfRange> {
        let out = OutOfRange { number, min: MIN, max: MAX };
        (MIN..=MAX).contains(&number).then_some(Self(number)).ok_or(out)
    }
    /// The number.
    #[must_use]
    pub fn get(self) -> u32 {
        self.0
    }
}

impl<const MIN: u32, const MAX: u32> fmt::Display for Within<MIN, MAX> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A wish that is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoWish {
    /// No customer can have a wish of its own of that name.
    #[error("a customer can have its own {} and nothing else, and not `{key}`", OwnPolicy::KEYS.join(", "))]
    Key {
        /// The name that was given.
        key: String,
    },
    /// The value does not fit.
    #[error("{key} is `{value}`, and {expected} is expected")]
    Value {
        /// Of which wish.
        key: &'static str,
        /// What was given.
        value: String,
        /// What would fit.
        expected: &'static str,
    },
}

impl OwnPolicy {
    /// The wishes that there can be, by their names in the settings.
    pub const KEYS: [&'static str; 7] =
        ["lead_business_days", "overlap_days_max", "sizing", "seat_buffer_pct", "billing", "align", "new_plans"];

    /// The wishes that there are, each with its value, in the words of the settings.
    #[must_use]
    pub fn said(&self) -> Vec<(&'static str, String)> {
        let Self { lead_business_days, overlap_days_max, sizing, seat_buffer_pct, billing, alignment, new_plans } =
            self;
        let [lead, overlap, size, buffer, bill, align, plans] = Self::KEYS;
        [
            (lead, lead_business_days.map(|days| days.to_string())),
            (overlap, overlap_days_max.map(|days| days.to_string())),
            (size, sizing.map(|sizing| sizing.word().to_owned())),
            (buffer, seat_buffer_pct.map(|pct| pct.to_string())),
            (bill, billing.map(|billing| billing.word().to_owned())),
            (align, alignment.map(|alignment| alignment.word().to_owned())),
            (plans, new_plans.map(|plans| plans.word().to_owned())),
        ]
        .into_iter()
        .filter_map(|(key, value)| Some((key, value?)))
        .collect()
    }

    /// These wishes with that of the name `key` at `value`, both in the words of the settings; without it where that is none.
    ///
    /// # Errors
    /// [`NoWish`], which says what would do.
    pub fn with(mut self, key: &str, value: Option<&str>) -> Result<Self, NoWish> {
        let [lead, overlap, size, buffer, bill, align, plans] = Self::KEYS;
        match key {
            _ if key == lead => {
                self.lead_business_days = read(lead, value, "a whole number from 1 to 250", number)?;
            }
            _ if key == overlap => {
                self.overlap_days_max = read(overlap, value, "a whole number from 0 to 366", number)?;
            }
            _ if key == size => self.sizing = read(size, value, Sizing::WORDS, Sizing::of_word)?,
            _ if key == buffer => {
                self.seat_buffer_pct = read(buffer, value, "a whole number from 0 to 100", number)?;
            }
            _ if key == bill => {
                self.billing = read(bill, value, "monthly, annual or triennial", Billing::of_word)?;
            }
            _ if key == align => self.alignment = read(align, value, Alignment::WORDS, Alignment::of_word)?,
            _ if key == plans => self.new_plans = read(plans, value, NewPlans::WORDS, NewPlans::of_word)?,
            _ => return Err(NoWish::Key { key: key.to_owned() }),
        }
        Ok(self)
    }
}

fn read<T>(
    key: &'static str,
    value: Option<&str>,
    expected: &'static str,
    of: impl Fn(&str) -> Option<T>,
) -> Result<Option<T>, NoWish> {
    let wrong = |value: &str| NoWish::Value { key, value: value.to_owned(), expected };
    value.map(|value| of(value).ok_or_else(|| wrong(value))).transpose()
}

fn number<const MIN: u32, const MAX: u32>(text: &str) -> Option<Within<MIN, MAX>> {
    Within::try_new(text.parse().ok()?).ok()
}

/// How one customer's move is planned: the policy, and its own wishes over it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wanted {
    /// As [`Policy::lead_business_days`].
    pub lead_business_days: u32,
    /// As [`Policy::overlap_days_max`].
    pub overlap_days_max: u32,
    /// As [`Policy::sizing`].
    pub sizing: Sizing,
    /// As [`Policy::seat_buffer_pct`].
    pub seat_buffer_pct: u32,
    /// As [`Policy::billing`].
    pub billing: Billing,
    /// As [`Policy::alignment`].
    pub alignment: Alignment,
    /// As [`Policy::new_plans`].
    pub new_plans: NewPlans,
}

impl Wanted {
    /// All of it, each by its name, in the words of the settings.
    #[must_use]
    pub fn said(&self) -> [(&'static str, String); 7] {
        let Self { lead_business_days, overlap_days_max, sizing, seat_buffer_pct, billing, alignment, new_plans } =
            self;
        let [lead, overlap, size, buffer, bill, align, plans] = OwnPolicy::KEYS;
        [
            (lead, lead_business_days.to_string()),
            (overlap, overlap_days_max.to_string()),
            (size, sizing.word().to_owned()),
            (buffer, seat_buffer_pct.to_string()),
            (bill, billing.word().to_owned()),
            (align, alignment.word().to_owned()),
            (plans, new_plans.word().to_owned()),
        ]
    }
}

impl Policy {
    /// How a customer is planned who has the wishes `own`.
    #[must_use]
    pub fn wanted(&self, own: &OwnPolicy) -> Wanted {
        let OwnPolicy { lead_business_days, overlap_days_max, sizing, seat_buffer_pct, billing, alignment, new_plans } =
            *own;
        Wanted {
            lead_business_days: lead_business_days.map_or(self.lead_business_days, Within::get),
            overlap_days_max: overlap_days_max.map_or(self.overlap_days_max, Within::get),
            sizing: sizing.unwrap_or(self.sizing),
            seat_buffer_pct: seat_buffer_pct.map_or(self.seat_buffer_pct, Within::get),
            billing: billing.unwrap_or(self.billing),
            alignment: alignment.unwrap_or(self.alignment),
            new_plans: new_plans.unwrap_or(self.new_plans),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{BufferPct, LeadDays, NoWish, OverlapDays, OwnPolicy};
    use crate::policy::{Alignment, NewPlans, Policy, Sizing};
    use crate::time::Billing;

    fn all() -> OwnPolicy {
        OwnPolicy {
            lead_business_days: LeadDays::try_new(7).ok(),
            overlap_days_max: OverlapDays::try_new(0).ok(),
            sizing: Some(Sizing::RightSize),
            seat_buffer_pct: BufferPct::try_new(10).ok(),
            billing: Some(Billing::Monthly),
            alignment: Some(Alignment::MonthEnd),
            new_plans: Some(NewPlans::Off),
        }
    }

    #[test]
    fn whoever_wishes_nothing_is_planned_by_the_policy_and_each_wish_goes_before_it() {
        let policy = Policy::rule_book();
        let plain = policy.wanted(&OwnPolicy::default());
        assert_eq!((plain.lead_business_days, plain.overlap_days_max, plain.seat_buffer_pct), (3, 14, 0));
        assert_eq!((plain.sizing, plain.billing), (policy.sizing, policy.billing));
        assert_eq!((plain.alignment, plain.new_plans), (policy.alignment, policy.new_plans));
        let own = policy.wanted(&all());
        assert_eq!((own.lead_business_days, own.overlap_days_max, own.seat_buffer_pct), (7, 0, 10));
        assert_eq!((own.sizing, own.billing), (Sizing::RightSize, Billing::Monthly));
        assert_eq!((own.alignment, own.new_plans), (Alignment::MonthEnd, NewPlans::Off));
        assert_eq!(own.said().to_vec(), all().said());
    }

    #[test]
    fn every_wish_can_be_said_in_words_and_taken_back() {
        let said = all().said();
        assert_eq!(said.iter().map(|(key, _)| *key).collect::<Vec<_>>(), OwnPolicy::KEYS);
        let again = said.iter().try_fold(OwnPolicy::default(), |own, (key, value)| own.with(key, Some(value)));
        assert_eq!(again, Ok(all()));
        let none = OwnPolicy::KEYS.into_iter().try_fold(all(), |own, key| own.with(key, None));
        assert_eq!(none, Ok(OwnPolicy::default()));
    }

    #[test]
    fn what_a_promise_rests_upon_is_no_wish_of_a_customer() {
        for key in
            ["facts_age_minutes", "settle", "margin_hours_min", "renew_cutoff_hours", "post_check_hours", "credit", ""]
        {
            let refused = OwnPolicy::default().with(key, Some("1")).expect_err("no wish");
            assert_eq!(refused, NoWish::Key { key: key.to_owned() });
        }
        let said = OwnPolicy::default().with("settle", None).expect_err("no wish").to_string();
        assert!(said.starts_with("a customer can have its own lead_business_days, "), "{said}");
    }

    #[test]
    fn a_value_that_does_not_fit_is_refused_with_what_would() {
        let pairs = [
            ("lead_business_days", "0"),
            ("lead_business_days", "251"),
            ("overlap_days_max", "367"),
            ("seat_buffer_pct", "101"),
            ("seat_buffer_pct", "-1"),
            ("sizing", "small"),
            ("billing", ""),
            ("align", "Month_End"),
            ("new_plans", "yes"),
        ];
        for (key, value) in pairs {
            let refused = OwnPolicy::default().with(key, Some(value));
            assert!(matches!(refused, Err(NoWish::Value { .. })), "{key}={value}: {refused:?}");
        }
        let said = OwnPolicy::default().with("lead_business_days", Some("0")).expect_err("too few").to_string();
        assert_eq!(said, "lead_business_days is `0`, and a whole number from 1 to 250 is expected");
    }
}
