//! The port [`Conversions`]: legacy subscriptions of ours migrated to new commerce by the service (fact sheet 17).

use crate::PartnerCenter;
use crate::classify::{Meaning, Operation};
use crate::client::Call;
use crate::failure::Failure;
use crate::identity::Pass;
use crate::route;
use crate::wire::handover::{self, MigrationSchedule, NewCommerceMigration, Validation};
use crate::wire::{read, read_all};
use async_trait::async_trait;
use carryover_domain::handover::{Conversion, ConversionDay, Converted, Eligibility, ScheduledConversion};
use carryover_domain::ids::{Mark, RequestId, SubscriptionId, TenantId};
use carryover_ports::{Conversions, Observed, Outcome, Read};
use serde::de::DeserializeOwned;
use serde_json::Value;
use url::Url;
use uuid::Uuid;

/// The largest page there is. One subscription has a few migrations and schedules in its life, never that many.
const PAGE_SIZE: &str = "300";

/// The service's words for a schedule that was called off, in the spellings of its documents (fact sheet 17).
const CALLED_OFF: [&str; 2] = ["Cancelled", "Canceled"];

#[async_trait]
impl Conversions for PartnerCenter {
    async fn eligibility(&self, customer: TenantId, want: &Conversion) -> Read<Eligibility> {
        let at = self.client.now();
        self.validate(customer, want).await.map(|value| Observed { value, at }).map_err(Failure::unavailable)
    }

    async fn convert(&self, key: RequestId, customer: TenantId, want: &Conversion, mark: &Mark) -> Outcome<Converted> {
        let body = handover::conversion(want, "addOnMigrations", Some(mark));
        let url = self.new_commerce(customer, &[]);
        let made = self.written(Operation::CreateMigration, url, key, Some(body)).await;
        made.map_or_else(Failure::outcome, Outcome::Done)
    }

    async fn conversions(&self, from: &SubscriptionId) -> Read<Vec<Converted>> {
        let at = self.client.now();
        let url = self.client.at(&["migrations", "newcommerce"]);
        let found = self.of_subscription(Operation::Migrations, url, from, NewCommerceMigration::converted).await;
        found.map(|value| Observed { value, at }).map_err(Failure::unavailable)
    }

    async fn conversion(&self, customer: TenantId, id: &str) -> Read<Option<Converted>> {
        let at = self.client.now();
        let operation = Operation::Migration;
        let found = match self.client.get(operation, Pass::Application, self.new_commerce(customer, &[id])).await {
            Ok(body) => told(operation, body, NewCommerceMigration::converted).map(Some),
            Err(failure) if failure.meaning == Meaning::NotFound => Ok(None),
            Err(failure) => Err(failure),
        };
        found.map(|value| Observed { value, at }).map_err(Failure::unavailable)
    }

    async fn schedule(
        &self,
        key: RequestId,
        customer: TenantId,
        want: &Conversion,
        day: ConversionDay,
        mark: &Mark,
    ) -> Outcome<ScheduledConversion> {
        let url = self.new_commerce(customer, &["schedules"]);
        let body = handover::schedule(want, day, mark);
        let made = self.written_schedule(Operation::CreateSchedule, url, key, Some(body)).await;
        made.map_or_else(Failure::outcome, Outcome::Done)
    }

    async fn scheduled(&self, from: &SubscriptionId) -> Read<Vec<ScheduledConversion>> {
        let at = self.client.now();
        let url = self.client.at(&["migrations", "newcommerce", "schedules"]);
        let found = self.of_subscription(Operation::Schedules, url, from, MigrationSchedule::scheduled).await;
        found.map(|value| Observed { value, at }).map_err(Failure::unavailable)
    }

    async fn call_off(&self, key: RequestId, customer: TenantId, id: &str) -> Outcome<ScheduledConversion> {
        let url = self.new_commerce(customer, &["schedules", id, "cancel"]);
        let made = match self.written_schedule(Operation::CancelSchedule, url, key, None).await {
            // What an earlier request called off cannot be called off.
            Err(failure) if matches!(failure.meaning, Meaning::Refused(_)) => {
                self.called_off(customer, id).await.ok_or(failure)
            }
            made => made,
        };
        made.map_or_else(Failure::outcome, Outcome::Done)
    }
}

impl PartnerCenter {
    fn new_commerce(&self, customer: TenantId, segments: &[&str]) -> Url {
        route::at(&self.client.of_customer(customer, &["migrations", "newcommerce"]), segments)
    }

    /// The schedule `id`, where it shows that it is called off.
    async fn called_off(&self, customer: TenantId, id: &str) -> Option<ScheduledConversion> {
        let operation = Operation::Schedule;
        let url = self.new_commerce(customer, &["schedules", id]);
        let body = self.client.get(operation, Pass::Application, url).await.ok()?;
        let found = told(operation, body, MigrationSchedule::scheduled).ok()?;
        CALLED_OFF.iter().any(|word| found.status.eq_ignore_ascii_case(word)).then_some(found)
    }

    async fn validate(&self, customer: TenantId, want: &Conversion) -> Result<Eligibility, Failure> {
        let operation = Operation::ValidateMigration;
        let url = self.new_commerce(customer, &["validate"]);
        let body = handover::conversion(want, "addOnMigrations", None);
        let call = Call::write(operation, Pass::Application, url, Uuid::new_v4(), Some(body));
        told(operation, self.client.send(&call).await?, Validation::eligibility)
    }

    async fn written(
        &self,
        operation: Operation,
        url: Url,
        key: RequestId,
        body: Option<Value>,
    ) -> Result<Converted, Failure> {
        let call = Call::write(operation, Pass::Application, url, key.as_uuid(), body);
        told(operation, self.client.send(&call).await?, NewCommerceMigration::converted)
    }

    async fn written_schedule(
        &self,
        operation: Operation,
        url: Url,
        key: RequestId,
        body: Option<Value>,
    ) -> Result<ScheduledConversion, Failure> {
        let call = Call::write(operation, Pass::Application, url, key.as_uuid(), body);
        told(operation, self.client.send(&call).await?, MigrationSchedule::scheduled)
    }

    async fn of_subscription<W: DeserializeOwned, T>(
        &self,
        operation: Operation,
        url: Url,
        from: &SubscriptionId,
        into: fn(W) -> Result<T, String>,
    ) -> Result<Vec<T>, Failure> {
        let url = route::with(url, &[("CurrentSubscriptionId", from.as_str()), ("PageSize", PAGE_SIZE)]);
        let items = self.client.list(operation, Pass::Application, url).await?;
        let found: Vec<W> = read_all(operation, items)?;
        found.into_iter().map(into).collect::<Result<_, _>>().map_err(|what| Failure::garbled(operation, what))
    }
}

/// A body in our words.
fn told<W: DeserializeOwned, T>(
    operation: Operation,
    body: Value,
    into: fn(W) -> Result<T, String>,
) -> Result<T, Failure> {
    into(read(operation, body)?).map_err(|what| Failure::garbled(operation, what))
}
