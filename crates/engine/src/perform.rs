//! Performs one effect through the ports. Each arm is one call; the answer is handed to the domain as it is.

use crate::Engine;
use carryover_domain::facts::CartRequest;
use carryover_domain::ids::LineId;
use carryover_domain::plan::LinePlan;
use carryover_domain::{Effect, Input, Line, Migration, Observation, Reply};
use carryover_ports::{Fault, Outcome, Unavailable};

impl Engine {
    /// What the world says to `effect`.
    ///
    /// # Errors
    /// [`Unavailable`] when a read brought nothing. Writes never fail: their fate is an [`Outcome`].
    pub(crate) async fn perform(&self, migration: &Migration, effect: &Effect) -> Result<Input, Unavailable> {
        let tenant = migration.customer.tenant;
        let commerce = &self.outside.commerce;
        let directory = &self.outside.directory;
        let seen = match effect {
            Effect::ReadInvitation => Observation::Invitation { link: commerce.invitation_link().await?.value },
            Effect::ReadStanding => Observation::Standing(commerce.standing_of_invited(tenant).await?),
            Effect::ReadFacts { line } => {
                Observation::Facts { line: *line, facts: Box::new(self.look_again(migration).await?) }
            }
            Effect::FindOrders { line, intent, since } => {
                let mark = carryover_domain::ids::Mark::of(*intent);
                let found = commerce.orders_marked(tenant, &mark, *since).await?;
                Observation::Orders { line: *line, intent: *intent, found }
            }
            Effect::ReadDelivery { line, subscription } => {
                let found = match commerce.delivery(tenant, subscription).await?.value {
                    Some(delivery) => Some((delivery, directory.tenancy(tenant).await?)),
                    None => None,
                };
                Observation::Delivery { line: *line, found }
            }
            Effect::ReadHolders { line } => {
                let sku = migration.lines.get(line).map(|line| line.source.sku).ok_or_else(unknown)?;
                let holders = directory.holders(tenant, sku).await?.value;
                Observation::Holders { line: *line, holders, tenancy: directory.tenancy(tenant).await? }
            }
            Effect::ReadSource { line, users_of } => {
                let tenancy = directory.tenancy(tenant).await?;
                let services = match users_of {
                    Some(sku) => Some(directory.services(tenant, *sku).await?.value),
                    None => None,
                };
                Observation::Source { line: *line, tenancy, services }
            }
            Effect::CreateCart { .. } | Effect::CheckOut { .. } | Effect::SwapLicence { .. } => {
                return Ok(Input::Reply { to: effect.clone(), reply: self.write(migration, effect).await });
            }
        };
        Ok(Input::Observation(seen))
    }

    async fn write(&self, migration: &Migration, effect: &Effect) -> Reply {
        let tenant = migration.customer.tenant;
        let key = effect.request_id();
        let mark = effect.mark();
        match (effect, key, mark) {
            (Effect::CreateCart { line, .. }, Some(key), Some(mark)) => {
                let Some((line, plan)) = planned(migration, *line) else { return Reply::Cart(unsent()) };
                let LinePlan { offer, seats, term, billing, .. } = plan.clone();
                let want = CartRequest { offer, seats, term, billing, term_end: line.term_end, mark };
                Reply::Cart(self.outside.commerce.create_cart(key, tenant, &want).await)
            }
            (Effect::CheckOut { cart, .. }, Some(key), Some(mark)) => {
                Reply::CheckOut(self.outside.commerce.check_out(key, tenant, cart, &mark).await)
            }
            (Effect::SwapLicence { line, user }, ..) => {
                let Some(change) = migration.lines.get(line).and_then(|line| line.change_of(*user)) else {
                    return Reply::Swap(unsent());
                };
                let swapped = self.outside.directory.swap(tenant, *user, change.add, change.disabled, change.remove);
                Reply::Swap(swapped.await)
            }
            _ => Reply::Swap(unsent()),
        }
    }
}

fn planned(migration: &Migration, line: LineId) -> Option<(&Line, &LinePlan)> {
    let line = migration.lines.get(&line)?;
    Some((line, line.plan.as_ref()?))
}

/// The effect does not belong to the migration: nothing was sent.
fn unsent<T>() -> Outcome<T> {
    Outcome::NotSent(Fault::new("the migration has no such line"))
}

fn unknown() -> Unavailable {
    Unavailable::Unreadable(Fault::new("the migration has no such line"))
}
