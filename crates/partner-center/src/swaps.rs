//! Changing users' licences: one in a call of its own, more in batches (fact sheet 21.5, 21.7). Each user has a fate of its own,
//! and none is guessed from another's.

use crate::PartnerCenter;
use crate::classify::{Meaning, Operation};
use crate::client::Call;
use crate::failure::Failure;
use crate::identity::Pass;
use crate::route;
use crate::wire::batch;
use crate::wire::graph::{self, User};
use crate::wire::read;
use carryover_domain::ids::{TenantId, UserId};
use carryover_domain::reply::{Refusal, RefusalKind};
use carryover_ports::{Fault, LicenceChange, Outcome};
use serde_json::Value;
use std::collections::BTreeMap;

/// The answer to a change that was made is its user (fact sheet 21.5); any other says nothing of what became of it.
fn changed(change: &LicenceChange, answer: Value) -> Result<(), Failure> {
    let operation = Operation::AssignLicence;
    match read::<User>(operation, answer)?.id() {
        Some(user) if user == change.user => Ok(()),
        Some(_) => Err(Failure::garbled(operation, "it is about another user")),
        None => Err(Failure::garbled(operation, "it names no user")),
    }
}

/// Requests in one batch at most (fact sheet 21.7).
const BATCH_MAX: usize = 20;

impl PartnerCenter {
    pub(crate) async fn swap_all(
        &self,
        customer: TenantId,
        changes: &[LicenceChange],
    ) -> BTreeMap<UserId, Outcome<()>> {
        let mut fates = BTreeMap::new();
        for together in changes.chunks(BATCH_MAX) {
            let answers = match together {
                [one] => vec![self.assign(customer, one).await],
                many => self.assign_in_a_batch(customer, many).await,
            };
            self.tenancies.forget(&customer);
            for (change, answer) in together.iter().zip(answers) {
                let fate = match answer {
                    Ok(()) => Outcome::Done(()),
                    Err(failure) if failure.meaning == Meaning::NotHeld => self.earlier_swap(customer, change).await,
                    Err(failure) => failure.outcome(),
                };
                fates.insert(change.user, fate);
            }
        }
        fates
    }

    async fn assign(&self, customer: TenantId, change: &LicenceChange) -> Result<(), Failure> {
        let segments = ["users", &change.user.to_string(), "assignLicense"];
        let url = self.client.at_graph(&segments);
        let call = Call::write(
            Operation::AssignLicence,
            Pass::Tenant(customer),
            url,
            change.request.as_uuid(),
            Some(graph::swap(change)),
        );
        changed(change, self.client.send(&call).await?)
    }

    /// One answer for each of `changes`. Where the batch as a whole has none, no change has.
    async fn assign_in_a_batch(&self, customer: TenantId, changes: &[LicenceChange]) -> Vec<Result<(), Failure>> {
        let request = |change: &LicenceChange| {
            let path = format!("/users/{}/assignLicense", change.user);
            (Operation::AssignLicence, batch::Request { path, body: Some((graph::swap(change), change.request)) })
        };
        let requests = changes.iter().map(request).collect();
        let answers = self.client.send_together(Operation::AssignLicences, customer, requests).await;
        changes.iter().zip(answers).map(|(change, answer)| changed(change, answer?)).collect()
    }

    /// The service says that the old licence is not held: either an earlier swap did it, or someone else took it.
    async fn earlier_swap(&self, customer: TenantId, change: &LicenceChange) -> Outcome<()> {
        let operation = Operation::User;
        let url = self.client.at_graph(&["users", &change.user.to_string()]);
        let url = route::with(url, &[("$select", graph::USER_FIELDS)]);
        let found = self
            .client
            .get(operation, Pass::Tenant(customer), url)
            .await
            .and_then(|body| read::<User>(operation, body));
        let refused = |detail: &str| {
            Outcome::Refused(Refusal {
                kind: RefusalKind::LicenceNotAssignable,
                code: "400".to_owned(),
                detail: detail.to_owned(),
            })
        };
        match found {
            Ok(found) => match (change.add.keys().all(|sku| found.holds(*sku)), found.holds(change.remove)) {
                (true, false) => Outcome::Done(()),
                (false, false) => refused("the user holds neither the old licence nor all that takes its place"),
                (_, true) => refused("the old licence is not assigned to the user directly"),
            },
            Err(failure) if failure.meaning == Meaning::NotFound => refused("the user does not exist any more"),
            Err(failure) => Outcome::InDoubt(Fault::new(format!(
                "the old licence is not held, and the user cannot be read: {}",
                failure.sentence()
            ))),
        }
    }
}
