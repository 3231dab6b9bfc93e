//! Whether a purchase has arrived: bought is not usable (rule R85).

use super::source::{released, spare};
use super::{going_on, moving};
use crate::facts::{Delivery, HeldStatus, HeldSubscription, Purchase, Tenancy};
use crate::ids::{LineId, SkuId};
use crate::migration::event::Event;
use crate::migration::state::{Migration, Stage};
use crate::plan::Reassign;

/// What Partner Center and the tenant say about our new subscription.
pub(super) fn seen(migration: &Migration, id: LineId, delivery: &Delivery, tenancy: &Tenancy) -> Vec<Event> {
    let Some(line) = moving(migration, id) else {
        return Vec::new();
    };
    let (Stage::Provisioning { bought, .. }, Some(plan)) = (line.stage.underlying(), &line.plan) else {
        return Vec::new();
    };
    if !arrived(bought, plan.sku, migration.shown_new(line, tenancy), delivery, tenancy) {
        return Vec::new();
    }
    let mut events =
        vec![Event::CoverConfirmed { line: id, bought: delivery.subscription.clone(), lasts_until: delivery.last_day }];
    let spared = || migration.second_stands(line) && spare(migration, line, tenancy).is_ok();
    if plan.reassign == Reassign::Nothing && spared() {
        events.push(released(id, line));
    }
    going_on(id, line, events)
}

/// Rules R85 and R92: Partner Center says active and provisioned, the tenant lists the subscription, as `held`, as enabled with
/// its seats, and the pool holds all that enabled subscriptions bring.
fn arrived(
    bought: &Purchase,
    sku: SkuId,
    held: Option<&HeldSubscription>,
    delivery: &Delivery,
    tenancy: &Tenancy,
) -> bool {
    let in_tenant =
        held.is_some_and(|held| held.sku == sku && held.status == HeldStatus::Enabled && held.seats >= bought.seats);
    let brought: u32 = tenancy
        .subscriptions
        .iter()
        .filter(|held| held.sku == sku && held.status == HeldStatus::Enabled)
        .map(|held| held.seats)
        .sum();
    delivery.active && delivery.provisioned && in_tenant && tenancy.pool(sku).enabled >= brought
}
