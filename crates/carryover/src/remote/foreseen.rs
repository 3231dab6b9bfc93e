//! A customer's part of a forecast, out of the log that a survey has left and what its answer tells beside. Reckons nothing.

use super::instant;
use carryover_api::v1;
use carryover_domain::forecast::{PoolAt, PoolForecast, Prospect, Seen, Who};
use carryover_domain::ids::LineId;
use carryover_domain::migration::state::Migration;
use carryover_domain::policy::Policy;
use carryover_domain::route::Course;
use carryover_domain::time::End;
use jiff::Timestamp;
use std::collections::BTreeMap;

/// The part of `migration`; none where `forecast` cannot be read.
pub(super) fn prospect(
    migration: &Migration,
    policy: &Policy,
    now: Timestamp,
    forecast: &v1::Forecast,
) -> Option<Prospect> {
    let lines = forecast.lines.iter().map(seen).collect::<Option<BTreeMap<LineId, Seen>>>()?;
    let who = Who::of(&migration.customer);
    let pools = forecast.pools.iter().map(|of| pool(&who, of)).collect::<Option<Vec<_>>>()?;
    Prospect::seen(migration, policy, now, &lines, pools)
}

fn seen(line: &v1::ForecastLine) -> Option<(LineId, Seen)> {
    let seen = Seen {
        saved: line.saved_seat_count.map(u32::try_from).transpose().ok()?,
        users: Some(u32::try_from(line.swap_user_count).ok()?),
        course: Course::of_word(&line.route),
        ends: line.old_end_time.as_ref().and_then(instant).map(End::at),
    };
    Some((line.line.rsplit('/').next()?.parse().ok()?, seen))
}

fn pool(who: &Who, of: &v1::ForecastPool) -> Option<PoolForecast> {
    let at = |of: &v1::ForecastPoolInstant| {
        Some(PoolAt {
            at: instant(of.time.as_ref()?)?,
            held: u64::try_from(of.held_count).ok()?,
            needed: u64::try_from(of.needed_count).ok()?,
        })
    };
    let instants = of.instants.iter().map(at).collect::<Option<Vec<_>>>()?;
    Some(PoolForecast { who: who.clone(), sku: of.sku_id.parse().ok()?, instants })
}
