//! Performs effects through the ports. Each arm is one call; the answer is handed to the domain as it is.

use crate::Engine;
use crate::facts::where_known;
use carryover_domain::aftermath::{Service, Services};
use carryover_domain::facts::CartRequest;
use carryover_domain::ids::{LineId, UserId};
use carryover_domain::plan::LinePlan;
use carryover_domain::{Effect, Input, Line, Migration, Observation, Reply, ServicesSeen};
use carryover_ports::{Fault, LicenceChange, Observed, Outcome, Read, Unavailable};
use std::collections::BTreeMap;

impl Engine {
    /// What the world says to `effects`: one of them, or changes of one line's users, which go out together.
    ///
    /// # Errors
    /// [`Unavailable`] when a read brought nothing. Writes never fail: their fate is an [`Outcome`].
    pub(crate) async fn perform_together(
        &self,
        migration: &Migration,
        effects: &[Effect],
    ) -> Result<Vec<Input>, Unavailable> {
        match effects {
            [] => Ok(Vec::new()),
            [Effect::SwapLicence { .. }, ..] => Ok(self.swap(migration, effects).await),
            [effect, ..] => Ok(vec![self.perform(migration, effect).await?]),
        }
    }

    /// What the world says to `effect`.
    ///
    /// # Errors
    /// [`Unavailable`] when a read brought nothing. Writes never fail: their fate is an [`Outcome`].
    async fn perform(&self, migration: &Migration, effect: &Effect) -> Result<Input, Unavailable> {
        let tenant = migration.customer.tenant;
        let commerce = &self.outside.commerce;
        let directory = &self.outside.directory;
        let seen = match effect {
            Effect::ReadInvitation { reseller } => {
                Observation::Invitation { link: commerce.invitation_link(reseller.as_ref()).await?.value }
            }
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
            Effect::ReadServices { line, users } => {
                Observation::Services { line: *line, seen: services_seen(directory.services_of(tenant, users).await)? }
            }
            Effect::ReadSource { line, users_of } => {
                let tenancy = directory.tenancy(tenant).await?;
                let services = match users_of {
                    Some(sku) => Some(services_where_known(directory.services(tenant, *sku).await)?),
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
                let LinePlan { offer, segment, seats, term, billing, reseller, .. } = plan.clone();
                let (term_end, parent) = (line.term_end, migration.parent(line).cloned());
                let want = CartRequest { offer, segment, seats, term, billing, term_end, reseller, parent, mark };
                Reply::Cart(self.outside.commerce.create_cart(key, tenant, &want).await)
            }
            (Effect::CheckOut { cart, .. }, Some(key), Some(mark)) => {
                Reply::CheckOut(self.outside.commerce.check_out(key, tenant, cart, &mark).await)
            }
            _ => Reply::Swap(unsent()),
        }
    }

    async fn swap(&self, migration: &Migration, effects: &[Effect]) -> Vec<Input> {
        let changes: Vec<LicenceChange> = effects.iter().filter_map(|effect| change(migration, effect)).collect();
        let mut fates = self.outside.directory.swap(migration.customer.tenant, &changes).await;
        let fate = |effect: &Effect| match change(migration, effect) {
            Some(LicenceChange { user, .. }) => fates.remove(&user).unwrap_or_else(|| {
                Outcome::InDoubt(Fault::new("nothing was said of one user among those whose licences were changed"))
            }),
            None => unsent(),
        };
        let mut settled: Vec<_> = effects.iter().map(fate).zip(effects).collect();
        // Those who were changed first: what befell others may stop the line, and they count all the same.
        settled.sort_by_key(|(outcome, _)| !matches!(outcome, Outcome::Done(())));
        let input = |(outcome, to): (_, &Effect)| Input::Reply { to: to.clone(), reply: Reply::Swap(outcome) };
        settled.into_iter().map(input).collect()
    }
}

/// The change that `effect` asks for; none where it is not waited for.
fn change(migration: &Migration, effect: &Effect) -> Option<LicenceChange> {
    let Effect::SwapLicence { line, user } = effect else { return None };
    let (change, request) = (migration.lines.get(line)?.change_of(*user)?, effect.request_id()?);
    Some(LicenceChange { request, user: *user, add: change.add, remove: change.remove })
}

fn planned(migration: &Migration, line: LineId) -> Option<(&Line, &LinePlan)> {
    let line = migration.lines.get(&line)?;
    Some((line, line.plan.as_ref()?))
}

/// How services work; nothing of it where the answer cannot be understood, for what the tenant holds must not wait for it: what has
/// renewed can be cancelled for seven days alone (rule R64).
fn services_where_known(read: Read<Services>) -> Result<Services, Unavailable> {
    Ok(where_known(read)?.map_or(Services { sample: None, groups_with_errors: None }, |seen| seen.value))
}

/// What a look at users' services brought. An answer that cannot be understood is one, too: how often it is asked for again is decided
/// upon what is known of the line.
fn services_seen(read: Read<Option<BTreeMap<UserId, Vec<Service>>>>) -> Result<ServicesSeen, Unavailable> {
    match read {
        Ok(Observed { value: Some(seen), .. }) => Ok(ServicesSeen::Of(seen)),
        Ok(Observed { value: None, .. }) | Err(Unavailable::Forbidden(_)) => Ok(ServicesSeen::Hidden),
        Err(Unavailable::Unreadable(fault)) => {
            tracing::warn!(%fault, "how services work cannot be understood");
            Ok(ServicesSeen::Garbled)
        }
        Err(why) => Err(why),
    }
}

/// The effect does not belong to the migration: nothing was sent.
fn unsent<T>() -> Outcome<T> {
    Outcome::NotSent(Fault::new("the migration has no such line"))
}

fn unknown() -> Unavailable {
    Unavailable::Unreadable(Fault::new("the migration has no such line"))
}
