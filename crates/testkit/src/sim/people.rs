//! The people: what the operator sends them, whom they hire, and what they do once everybody answers.

use super::now;
use super::scene::Scene;
use super::service::theirs;
use carryover_domain::ids::{MigrationId, TenantId};
use carryover_domain::migration::action::{Action, action_items};
use carryover_domain::{Line, Stage};
use carryover_emulator::{self as ms, Act, Letter};
use carryover_ports::Clock;

impl Scene {
    /// What the operator would send by now, and what the people are told to do at once.
    pub(super) fn letters(&mut self) {
        for (tenant, line, action) in self.items() {
            let mut outside = self.outside();
            let ledger = &mut outside.ledger;
            // A letter that was sent before changes nothing.
            let _repeated = match action {
                Action::SendInvitation { link } => ledger.post_letter(&Letter::Invitation { tenant, link }).is_ok(),
                Action::ObtainAgreement => ledger.post_letter(&Letter::Agreement { tenant }).is_ok(),
                Action::StopRenewal { .. } => match line.as_ref().and_then(source) {
                    Some(subscription) => ledger.post_letter(&Letter::StopRenewal { tenant, subscription }).is_ok(),
                    None => false,
                },
                _ => false,
            };
        }
    }

    /// What waits for people, by customer, with the line that it is about.
    fn items(&self) -> Vec<(ms::TenantId, Option<Line>, Action)> {
        let (now, outside) = (self.clock.now(), self.outside());
        let of = |migration: &carryover_domain::Migration| {
            let tenant = theirs(migration.customer.tenant);
            let items = action_items(migration, &self.policy, now).into_iter();
            items
                .map(|item| (tenant, item.line.and_then(|line| migration.lines.get(&line).cloned()), item.action))
                .collect::<Vec<_>>()
        };
        outside.witness.migrations().flat_map(of).collect()
    }

    /// Only onto a seat that is free for good, and while nobody is deciding: who gives away what is about to end, or what was
    /// just promised to end, takes it from somebody without our doing.
    pub(super) fn hire(&mut self, customer: usize, line: usize) {
        let tenant = self.tenants[customer % self.tenants.len()];
        if self.is_anybody_at_work() {
            return;
        }
        let now = self.clock.now();
        let mut outside = self.outside();
        let Some(migration) = outside.witness.migrations().find(|one| one.customer.tenant == tenant) else { return };
        let Some(sku) = migration.lines.values().nth(line % migration.lines.len()).map(|line| line.source.sku) else {
            return;
        };
        let let_go = |line: &Line| matches!(line.stage.underlying(), Stage::WindingDown { .. } | Stage::Closed { .. });
        let of_it = || migration.lines.values().filter(|line| line.source.sku == sku);
        let lasting: u32 = of_it().map(|line| line.source.seats.get()).sum();
        let used = outside.ledger.view(theirs(tenant)).and_then(|view| view.tenant);
        let used = used.and_then(|tenant| tenant.pools.get(&ms::SkuId(sku.as_uuid())).map(|pool| pool.consumed));
        if of_it().any(let_go) || used.is_none_or(|used| used >= lasting) {
            return;
        }
        let joins = Act::UserJoins {
            tenant: theirs(tenant),
            upn: format!("new{}@hired.example", now.as_second() + self.counts.ops as i64),
            usage_location: Some("DE".to_owned()),
            skus: vec![ms::SkuId(sku.as_uuid())],
        };
        // Where no seat is free, nobody comes.
        let _hired = outside.ledger.act(&joins).is_ok();
        outside.forget_the_past();
    }

    pub(super) fn everybody_answers(&mut self) {
        for (tenant, line, action) in self.items() {
            let id = MigrationId::of(TenantId::new(tenant.0));
            match action {
                Action::SendInvitation { .. } => self.acts(&[Act::Accepts { tenant }, Act::Signs { tenant }]),
                Action::ObtainAgreement => self.acts(&[Act::Signs { tenant }]),
                Action::StopRenewal { .. } => {
                    if let Some(subscription) = line.as_ref().and_then(source) {
                        self.letters();
                        self.acts(&[Act::StopsRenewal { tenant, subscription }]);
                    }
                }
                Action::KeepAlive { .. } => {
                    if let Some(subscription) = line.as_ref().and_then(source) {
                        self.acts(&[Act::StartsRenewal { tenant, subscription }]);
                    }
                }
                Action::Resume => drop(now(self.calm.resume(id, "ana"))),
                Action::MakePlan { .. } => drop(now(self.calm.plan(id, "ana"))),
                Action::ApprovePlan { .. } => drop(now(self.calm.approve(id, "ana"))),
                _ => {}
            }
        }
    }

    fn acts(&self, acts: &[Act]) {
        for act in acts {
            // What cannot be done any more is no news.
            let _done = self.outside().ledger.act(act).is_ok();
        }
    }
}

/// The old subscription, as the ledger names it.
fn source(line: &Line) -> Option<ms::SubscriptionId> {
    line.source.subscription.as_ref().and_then(|id| id.as_str().parse().ok())
}
