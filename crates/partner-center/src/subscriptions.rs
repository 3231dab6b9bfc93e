//! The port [`Subscriptions`]: what we have sold, and changing it (fact sheet 15).
//!
//! Never changes from memory: reads, changes one thing, sends the whole back, and believes only what is then shown.

use crate::PartnerCenter;
use crate::classify::{Meaning, Operation};
use crate::client::Call;
use crate::failure::Failure;
use crate::identity::Pass;
use crate::wire::read;
use crate::wire::sold::{self, SoldSubscription};
use async_trait::async_trait;
use carryover_domain::ids::{RequestId, SubscriptionId, TenantId};
use carryover_domain::reply::{Refusal, RefusalKind};
use carryover_domain::sold::{NextTerm, Sold, SoldChange};
use carryover_ports::{Fault, Observed, Outcome, Read, Subscriptions};
use reqwest::Method;
use serde_json::Value;
use url::Url;
use uuid::Uuid;

#[async_trait]
impl Subscriptions for PartnerCenter {
    async fn sold(&self, customer: TenantId, id: &SubscriptionId) -> Read<Option<Sold>> {
        let at = self.client.now();
        let found = match self.whole(self.client.of_customer(customer, &["subscriptions", id.as_str()])).await {
            Ok((_, sold)) => Ok(Some(sold)),
            Err(failure) if failure.meaning == Meaning::NotFound => Ok(None),
            Err(failure) => Err(failure),
        };
        found.map(|value| Observed { value, at }).map_err(Failure::unavailable)
    }

    async fn change(
        &self,
        key: RequestId,
        customer: TenantId,
        id: &SubscriptionId,
        change: &SoldChange,
    ) -> Outcome<Sold> {
        match self.try_change(key.as_uuid(), customer, id, change).await {
            Err(Change::Failed(failure)) if failure.meaning == Meaning::Outdated => {
                // Somebody changed it between the read and the write. That try was answered, so the second one goes under
                // an id of its own, the same whenever this call is repeated.
                let again = Uuid::new_v5(&key.as_uuid(), b"read again");
                settled(self.try_change(again, customer, id, change).await)
            }
            result => settled(result),
        }
    }
}

/// Why a change does not show.
enum Change {
    /// What the next term is to be is not on sale, or something that somebody has scheduled stands against it.
    Refused(Refusal),
    /// It was taken, and what was read after it does not show it.
    Unseen,
    Failed(Failure),
}

impl From<Failure> for Change {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

fn settled(result: Result<Sold, Change>) -> Outcome<Sold> {
    match result {
        Ok(sold) => Outcome::Done(sold),
        Err(Change::Refused(refusal)) => Outcome::Refused(refusal),
        Err(Change::Unseen) => Outcome::InDoubt(Fault::new("the change was taken and does not show yet")),
        Err(Change::Failed(failure)) => failure.outcome(),
    }
}

/// A refusal of our own: nothing was sent.
fn refusal(kind: RefusalKind, detail: String) -> Refusal {
    Refusal { kind, code: "none".to_owned(), detail }
}

impl PartnerCenter {
    async fn try_change(
        &self,
        request_id: Uuid,
        customer: TenantId,
        id: &SubscriptionId,
        change: &SoldChange,
    ) -> Result<Sold, Change> {
        let url = self.client.of_customer(customer, &["subscriptions", id.as_str()]);
        let (body, before) = self.whole(url.clone()).await?;
        if sold::shows(&before, change) {
            return Ok(before);
        }
        let availability = match change {
            // The service takes either scheduled actions or a next term, and drops the other (fact sheet 15.6).
            SoldChange::NextTerm(_) if !sold::appointments(&body).is_empty() => {
                let detail = "an action is scheduled for another day than the end, and the service keeps no next term beside one; take it back first";
                return Err(Change::Refused(refusal(RefusalKind::Other, detail.to_owned())));
            }
            SoldChange::NextTerm(next) => Some(self.availability_of(customer, next).await?),
            _ => None,
        };
        let tag = sold::tag(&body);
        let body = sold::changed(body, &before, change, availability.as_deref());
        let operation = Operation::ChangeSubscription;
        let call = Call::write(operation, Pass::Application, url.clone(), request_id, Some(body));
        let answer = self.client.send(&call.by(Method::PATCH).of_version(tag)).await;
        self.owned.forget(&customer);
        self.delivered.forget(&(customer, id.clone()));
        let answer = answer?;
        // Often the changed subscription; 202 has no body (fact sheet 15.3).
        let told = read::<SoldSubscription>(operation, answer).ok().and_then(|it| it.sold().ok());
        if let Some(after) = told.filter(|after| sold::shows(after, change)) {
            return Ok(after);
        }
        match self.whole(url).await {
            Ok((_, after)) if sold::shows(&after, change) => Ok(after),
            // The write is over; that the look after it failed makes its fate unseen, not another one.
            _ => Err(Change::Unseen),
        }
    }

    async fn whole(&self, url: Url) -> Result<(Value, Sold), Failure> {
        let operation = Operation::Subscription;
        let body = self.client.get(operation, Pass::Application, url).await?;
        let found: SoldSubscription = read(operation, body.clone())?;
        let sold = found.sold().map_err(|what| Failure::garbled(operation, what))?;
        Ok((body, sold))
    }

    /// The availability under which the next term is on sale to the customer at this moment.
    async fn availability_of(&self, customer: TenantId, next: &NextTerm) -> Result<String, Change> {
        let on_sale = self.read_availabilities(customer, &next.offer, None).await?;
        on_sale
            .into_iter()
            .filter(|found| found.on_sale().any(|terms| terms == (next.term, next.billing)))
            .find_map(|found| found.catalog_item_id?.split(':').nth(2).map(str::to_owned))
            .ok_or_else(|| {
                let NextTerm { offer, term, billing, .. } = next;
                let detail = format!("{offer} is not on sale to this customer for {term} with {billing} billing");
                Change::Refused(refusal(RefusalKind::OfferUnavailable, detail))
            })
    }
}
