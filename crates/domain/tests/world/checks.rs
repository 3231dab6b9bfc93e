//! What must hold, whatever happens: the numbered invariants, by the service's own books.

use super::{Order, World};
use carryover_domain::{Effect, Event, Line, Migration, Stage};

impl World {
    pub(super) fn require(&mut self, holds: bool, what: &str) {
        if !holds {
            self.violations.push(what.to_owned());
        }
    }

    /// I3: what is sent was named by an event before.
    pub(super) fn check_named(&mut self, effect: &Effect) {
        let named = match effect {
            Effect::CreateCart { intent, .. } => self
                .log
                .iter()
                .any(|event| matches!(event, Event::WindowOpened { intent: named, .. } if named == intent)),
            Effect::CheckOut { cart, .. } => {
                self.log.iter().any(|event| matches!(event, Event::CartRecorded { cart: named, .. } if named == cart))
            }
            Effect::SwapLicence { user, .. } => self
                .log
                .iter()
                .any(|event| matches!(event, Event::SwapPlanned { users, .. } if users.contains_key(user))),
            _ => true,
        };
        self.require(named, "I3: a write left before the event that names it");
    }

    /// I5: forward only, save a written-off cart and a person's answer.
    pub(super) fn check_forward(&mut self, before: &Migration, after: &Migration, event: &Event) {
        let allowed = matches!(event, Event::CartWrittenOff { .. } | Event::Resolved { .. });
        let forward = before.lines.iter().all(|(id, line)| after.lines[id].stage.rank() >= line.stage.rank());
        self.require(allowed || forward, "I5: a line went backwards");
    }

    /// Nobody is ever without a licence while the owner has done nothing but what was asked.
    pub(super) fn check_users(&mut self) {
        let tenancy = self.tenancy();
        let closed = self.load();
        for line in closed.lines.values() {
            let both = line.source.companion.is_none()
                || line.swapped.keys().all(|user| self.seconds.contains(user) || !self.users.contains_key(user));
            self.require(both, "a user of a pair was left with half of it");
            let skus = [Some(line.source.sku), line.plan.as_ref().map(|plan| plan.sku)];
            for sku in skus.into_iter().flatten() {
                // A pool that another line still has to carry over may be short through that line's fault.
                let feeds =
                    |other: &&Line| other.source.sku == sku || other.plan.as_ref().is_some_and(|plan| plan.sku == sku);
                let let_go =
                    |other: &Line| matches!(other.stage.underlying(), Stage::WindingDown { .. } | Stage::Closed { .. });
                let ours = closed.lines.values().filter(feeds).all(let_go);
                let pool = tenancy.pool(sku);
                let served = pool.consumed <= pool.enabled;
                self.require(!ours || served, "a user of a wound-down line is without a licence");
            }
        }
    }

    /// I1 and I4, by the service's own books.
    pub(crate) fn check_books(&mut self) {
        let migration = self.load();
        for (id, line) in &migration.lines {
            let orders: Vec<&Order> = self.orders.iter().filter(|order| order.line == *id).collect();
            let (count, seats) = (orders.len(), orders.iter().map(|order| order.seats).max());
            self.require(count <= 1, "I1: bought twice");
            let planned = line.plan.as_ref().map(|plan| plan.seats.get());
            self.require(seats <= planned.or(seats), "I4: more seats than planned");
        }
    }

    /// Every closed line was looked at again as often as it should be (rule R125).
    pub(crate) fn checks_are_over(&self) -> bool {
        self.load().lines.values().all(|line| line.next_check(&self.policy).is_none())
    }

    /// I8: every line is closed or stands before a person.
    pub(crate) fn at_rest(&self) -> bool {
        self.load().lines.values().all(|line| matches!(line.stage, Stage::Closed { .. } | Stage::NeedsAttention { .. }))
    }
}
