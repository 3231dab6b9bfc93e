//! Stored form of what one customer is planned by otherwise than the policy says. What is as in the policy is left out.

use super::form::{Stored, mirror};
use super::portfolio::Billing;
use carryover_domain::policy::{self, OutOfRange, Within};
use serde::{Deserialize, Serialize};

mirror! {
    struct OwnPolicy = policy::OwnPolicy {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        lead_business_days: Option<Number<1, 250>>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        overlap_days_max: Option<Number<0, 366>>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        sizing: Option<Sizing>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        seat_buffer_pct: Option<Number<0, 100>>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        billing: Option<Billing>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        alignment: Option<Alignment>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        new_plans: Option<NewPlans>,
    }
}

mirror! {
    enum Sizing = policy::Sizing {
        LikeForLike = "like_for_like",
        RightSize = "right_size",
    }
}

mirror! {
    enum Alignment = policy::Alignment {
        None = "none",
        First = "first",
        Oldest = "oldest",
        MonthEnd = "month_end",
    }
}

mirror! {
    enum NewPlans = policy::NewPlans {
        On = "on",
        Off = "off",
    }
}

/// A whole number in a range, stored as a number.
#[derive(Clone, Serialize, Deserialize)]
#[serde(into = "u32", try_from = "u32")]
pub(super) struct Number<const MIN: u32, const MAX: u32>(Within<MIN, MAX>);

impl<const MIN: u32, const MAX: u32> From<Number<MIN, MAX>> for u32 {
    fn from(Number(number): Number<MIN, MAX>) -> Self {
        number.get()
    }
}

impl<const MIN: u32, const MAX: u32> TryFrom<u32> for Number<MIN, MAX> {
    type Error = OutOfRange;
    fn try_from(number: u32) -> Result<Self, Self::Error> {
        Within::try_new(number).map(Self)
    }
}

impl<const MIN: u32, const MAX: u32> Stored<Within<MIN, MAX>> for Number<MIN, MAX> {
    fn store(value: &Within<MIN, MAX>) -> Self {
        Self(*value)
    }
    fn restore(self) -> Within<MIN, MAX> {
        self.0
    }
}
