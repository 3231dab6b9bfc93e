//! What one customer is planned by otherwise than the policy says, both ways.

use super::value::count;
use crate::fault::Fault;
use carryover_api::v1;
use carryover_domain::policy::{Alignment, NewPlans, OwnPolicy, Sizing, Within};
use carryover_domain::time::Billing;
use v1::customer_policy as said;

/// What there is of `own`, as a message; none where that says nothing.
#[must_use]
pub fn customer_policy(own: &OwnPolicy) -> Option<v1::CustomerPolicy> {
    let OwnPolicy { lead_business_days, overlap_days_max, sizing, seat_buffer_pct, billing, alignment, new_plans } =
        *own;
    let unset = *own == OwnPolicy::default();
    (!unset).then(|| v1::CustomerPolicy {
        lead_business_day_count: lead_business_days.map(|days| count(days.get())),
        max_overlap_day_count: overlap_days_max.map(|days| count(days.get())),
        sizing: sizing
            .map_or(said::Sizing::Unspecified, |sizing| match sizing {
                Sizing::LikeForLike => said::Sizing::LikeForLike,
                Sizing::RightSize => said::Sizing::RightSize,
            })
            .into(),
        seat_buffer_percent: seat_buffer_pct.map(|pct| count(pct.get())),
        billing: billing
            .map_or(said::Billing::Unspecified, |billing| match billing {
                Billing::Monthly => said::Billing::Monthly,
                Billing::Annual => said::Billing::Annual,
                Billing::Triennial => said::Billing::Triennial,
            })
            .into(),
        alignment: alignment
            .map_or(said::Alignment::Unspecified, |alignment| match alignment {
                Alignment::None => said::Alignment::AlignNone,
                Alignment::First => said::Alignment::AlignFirst,
                Alignment::Oldest => said::Alignment::AlignOldest,
                Alignment::MonthEnd => said::Alignment::AlignMonthEnd,
            })
            .into(),
        new_plans: new_plans
            .map_or(said::NewPlans::Unspecified, |plans| match plans {
                NewPlans::On => said::NewPlans::On,
                NewPlans::Off => said::NewPlans::Off,
            })
            .into(),
    })
}

/// What `policy` says, which stands in the field `path` of a request.
pub(crate) fn own_policy(path: &str, policy: &v1::CustomerPolicy) -> Result<OwnPolicy, Fault> {
    let v1::CustomerPolicy {
        lead_business_day_count,
        max_overlap_day_count,
        sizing,
        seat_buffer_percent,
        billing,
        alignment,
        new_plans,
    } = policy;
    let unknown = |field: &str| Fault::field(&format!("{path}.{field}"), "a value that this server knows");
    Ok(OwnPolicy {
        lead_business_days: number(path, "lead_business_day_count", *lead_business_day_count)?,
        overlap_days_max: number(path, "max_overlap_day_count", *max_overlap_day_count)?,
        sizing: match said::Sizing::try_from(*sizing).map_err(|_| unknown("sizing"))? {
            said::Sizing::Unspecified => None,
            said::Sizing::LikeForLike => Some(Sizing::LikeForLike),
            said::Sizing::RightSize => Some(Sizing::RightSize),
        },
        seat_buffer_pct: number(path, "seat_buffer_percent", *seat_buffer_percent)?,
        billing: match said::Billing::try_from(*billing).map_err(|_| unknown("billing"))? {
            said::Billing::Unspecified => None,
            said::Billing::Monthly => Some(Billing::Monthly),
            said::Billing::Annual => Some(Billing::Annual),
            said::Billing::Triennial => Some(Billing::Triennial),
        },
        alignment: match said::Alignment::try_from(*alignment).map_err(|_| unknown("alignment"))? {
            said::Alignment::Unspecified => None,
            said::Alignment::AlignNone => Some(Alignment::None),
            said::Alignment::AlignFirst => Some(Alignment::First),
            said::Alignment::AlignOldest => Some(Alignment::Oldest),
            said::Alignment::AlignMonthEnd => Some(Alignment::MonthEnd),
        },
        new_plans: match said::NewPlans::try_from(*new_plans).map_err(|_| unknown("new_plans"))? {
            said::NewPlans::Unspecified => None,
            said::NewPlans::On => Some(NewPlans::On),
            said::NewPlans::Off => Some(NewPlans::Off),
        },
    })
}

fn number<const MIN: u32, const MAX: u32>(
    path: &str,
    field: &str,
    said: Option<i32>,
) -> Result<Option<Within<MIN, MAX>>, Fault> {
    let wrong = || Fault::field(&format!("{path}.{field}"), &format!("a whole number from {MIN} to {MAX}"));
    let read = |number: i32| Within::try_new(u32::try_from(number).ok()?).ok();
    said.map(|number| read(number).ok_or_else(wrong)).transpose()
}

#[cfg(test)]
mod tests {
    use super::{customer_policy, own_policy};
    use carryover_testkit::strategies;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_said_of_a_policy_is_read_as_it_was(own in strategies::own_policy()) {
            let said = customer_policy(&own).unwrap_or_default();
            prop_assert_eq!(own_policy("policy", &said).expect("it is read"), own);
        }
    }
}
