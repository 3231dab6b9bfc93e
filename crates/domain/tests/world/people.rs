//! What people do: what they are asked to, and hire.

use super::{World, old_sku};
use carryover_domain::ids::UserId;
use carryover_domain::migration::action::{Action, Ask, action_items};
use carryover_domain::{Line, Stage};

impl World {
    pub(super) fn hire(&mut self) {
        let sku = old_sku(0);
        let pool = self.tenancy().pool(sku).clone();
        // Who is given the old product after it was let go is the customer's own doing.
        let let_go = |line: &Line| {
            line.source.sku == sku
                && matches!(line.stage.underlying(), Stage::WindingDown { .. } | Stage::Closed { .. })
        };
        if self.load().lines.values().any(let_go) {
            return;
        }
        // Only onto a seat that is free for good: hiring onto seats that are about to end is the customer's own doing.
        let lasting: u32 = self.sources.values().filter(|source| source.sku == sku).map(|source| source.seats).sum();
        if pool.consumed < pool.enabled && pool.consumed < lasting {
            let user = UserId::new(self.uuid());
            self.users.insert(user, sku);
        }
    }

    /// People do what they are asked to, and only that.
    pub(super) fn people_act(&mut self) {
        for item in action_items(&self.load(), &self.policy, self.now) {
            match item.action {
                Action::SendInvitation { .. } | Action::ObtainAgreement => self.accepted = true,
                Action::StopRenewal { ask: Ask { subscription: Some(id), .. }, .. } => {
                    let sku = self.sources[&id].sku;
                    let (seats, pool) = (self.sources[&id].seats, self.tenancy().pool(sku).clone());
                    let line = item.line.expect("a renewal belongs to a line");
                    let bought = self.orders.iter().any(|order| order.line == line);
                    self.require(bought, "I2: asked to stop a source that nothing replaces");
                    let second = self.load().paired(&self.load().lines[&line]).map(|second| second.source.id);
                    let stands = second.is_none_or(|second| self.orders.iter().any(|order| order.line == second));
                    self.require(stands, "I2: asked to stop a source of which one successor is not bought");
                    // What has renewed by now ends a year later: a stop takes nothing before then, and whoever is short until
                    // then is seen by the looks on the way. Of what is over already it takes nothing at all.
                    let planned = self.load().lines[&line].plan.as_ref().map(|plan| plan.ends.instant());
                    let ends = self.sources[&id].end;
                    let goes = ends > self.now && planned.is_some_and(|planned| ends <= planned);
                    self.require(
                        !goes || pool.enabled - seats >= pool.consumed,
                        "I2: asked to stop a source that is still needed",
                    );
                    if let Some(source) = self.sources.get_mut(&id) {
                        source.renews = false;
                    }
                }
                _ => {}
            }
        }
    }
}
