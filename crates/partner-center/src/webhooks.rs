//! The port [`Webhooks`]: the partner's registration for events (fact sheet 20.1).

use crate::PartnerCenter;
use crate::classify::{Meaning, Operation};
use crate::client::Call;
use crate::failure::Failure;
use crate::identity::Pass;
use crate::route;
use crate::wire::read;
use crate::wire::webhook::{self, Registered, Sent, Validation};
use async_trait::async_trait;
use carryover_domain::ids::RequestId;
use carryover_ports::{Observed, Outcome, Read, Registration, TestEvent, Webhooks};
use reqwest::Method;
use std::collections::BTreeSet;
use url::Url;

#[async_trait]
impl Webhooks for PartnerCenter {
    async fn registration(&self) -> Read<Option<Registration>> {
        let at = self.client.now();
        self.read_registration().await.map(|value| Observed { value, at }).map_err(Failure::unavailable)
    }

    async fn event_names(&self) -> Read<BTreeSet<String>> {
        let at = self.client.now();
        self.webhook_events().await.map(|value| Observed { value, at }).map_err(Failure::unavailable)
    }

    async fn register(&self, key: RequestId, want: &Registration) -> Outcome<()> {
        // A second registration is refused with 409, so what is there is replaced.
        let method = match self.read_registration().await {
            Ok(None) => Method::POST,
            Ok(Some(there)) if there == *want => return Outcome::Done(()),
            Ok(Some(_)) => Method::PUT,
            Err(failure) => return failure.outcome(),
        };
        let operation = Operation::RegisterWebhook;
        let body = Some(webhook::registration(want));
        let call = Call::write(operation, Pass::User, self.registrations(&[]), key.as_uuid(), body).by(method);
        self.client.send(&call).await.map_or_else(Failure::outcome, |_| Outcome::Done(()))
    }

    async fn send_test_event(&self, key: RequestId) -> Outcome<String> {
        let operation = Operation::TestWebhook;
        let url = self.registrations(&["validationEvents"]);
        let call = Call::write(operation, Pass::User, url, key.as_uuid(), None);
        let sent = self.client.send(&call).await.and_then(|body| {
            let sent: Sent = read(operation, body)?;
            sent.correlation_id.ok_or_else(|| Failure::garbled(operation, "there is no correlationId in it"))
        });
        sent.map_or_else(Failure::outcome, Outcome::Done)
    }

    async fn test_event(&self, correlation: &str) -> Read<Option<TestEvent>> {
        let at = self.client.now();
        let operation = Operation::WebhookTest;
        let url = self.registrations(&["validationEvents", correlation]);
        let found = match self.client.get(operation, Pass::User, url).await {
            Ok(body) => read(operation, body).map(Validation::test_event),
            Err(failure) if failure.meaning == Meaning::NotFound => Ok(None),
            Err(failure) => Err(failure),
        };
        found.map(|value| Observed { value, at }).map_err(Failure::unavailable)
    }
}

impl PartnerCenter {
    pub(crate) async fn webhook_events(&self) -> Result<BTreeSet<String>, Failure> {
        let operation = Operation::WebhookEvents;
        let body = self.client.get(operation, Pass::User, self.registrations(&["events"])).await?;
        webhook::names(&body).ok_or_else(|| Failure::garbled(operation, "it is no list of names"))
    }

    fn registrations(&self, segments: &[&str]) -> Url {
        route::at(&self.client.at_root(&["webhooks", "v1", "registration"]), segments)
    }

    async fn read_registration(&self) -> Result<Option<Registration>, Failure> {
        let operation = Operation::WebhookRegistration;
        match self.client.get(operation, Pass::User, self.registrations(&[])).await {
            Ok(body) if body.is_null() => Ok(None),
            Ok(body) => {
                let found: Registered = read(operation, body)?;
                found.registration().map_err(|what| Failure::garbled(operation, what))
            }
            Err(failure) if failure.meaning == Meaning::NotFound => Ok(None),
            Err(failure) => Err(failure),
        }
    }
}
