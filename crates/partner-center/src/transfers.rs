//! The port [`Transfers`]: new-commerce subscriptions that another partner hands over to us (fact sheet 18.1).

use crate::PartnerCenter;
use crate::classify::{Meaning, Operation};
use crate::client::Call;
use crate::failure::Failure;
use crate::identity::Pass;
use crate::wire::handover::{self, TransferEntity};
use crate::wire::{read, read_all};
use async_trait::async_trait;
use carryover_domain::handover::{Transfer, TransferRequest, TransferStatus};
use carryover_domain::ids::{RequestId, TenantId};
use carryover_ports::{Observed, Outcome, Read, Transfers};
use reqwest::Method;
use serde_json::{Value, json};

#[async_trait]
impl Transfers for PartnerCenter {
    async fn ask_for_transfer(&self, key: RequestId, customer: TenantId, want: &TransferRequest) -> Outcome<Transfer> {
        let operation = Operation::CreateTransfer;
        let url = self.client.of_customer(customer, &["transfers"]);
        let call = Call::write(operation, Pass::Application, url, key.as_uuid(), Some(handover::transfer(want)));
        let made = self.client.send(&call).await.and_then(|body| told(operation, body));
        self.handovers.forget(&customer);
        made.map_or_else(Failure::outcome, Outcome::Done)
    }

    async fn transfers(&self, customer: TenantId) -> Read<Vec<Transfer>> {
        let at = self.client.now();
        self.read_transfers(customer).await.map(|value| Observed { value, at }).map_err(Failure::unavailable)
    }

    async fn transfer(&self, customer: TenantId, id: &str) -> Read<Option<Transfer>> {
        let at = self.client.now();
        let operation = Operation::Transfer;
        let url = self.client.of_customer(customer, &["transfers", id]);
        let found = match self.client.get(operation, Pass::Application, url).await {
            Ok(body) => told(operation, body).map(Some),
            Err(failure) if failure.meaning == Meaning::NotFound => Ok(None),
            Err(failure) => Err(failure),
        };
        found.map(|value| Observed { value, at }).map_err(Failure::unavailable)
    }

    async fn withdraw_transfer(&self, key: RequestId, customer: TenantId, id: &str) -> Outcome<Transfer> {
        let operation = Operation::ChangeTransfer;
        let url = self.client.of_customer(customer, &["transfers", id]);
        let body = json!({ "id": id, "status": "Cancel" });
        let call = Call::write(operation, Pass::Application, url, key.as_uuid(), Some(body)).by(Method::PATCH);
        let made = match self.client.send(&call).await.and_then(|body| told(operation, body)) {
            // What an earlier request withdrew cannot be withdrawn.
            Err(failure) if matches!(failure.meaning, Meaning::Refused(_)) => {
                self.withdrawn(customer, id).await.ok_or(failure)
            }
            made => made,
        };
        self.handovers.forget(&customer);
        made.map_or_else(Failure::outcome, Outcome::Done)
    }
}

impl PartnerCenter {
    /// The transfer `id`, where it shows that it is withdrawn.
    async fn withdrawn(&self, customer: TenantId, id: &str) -> Option<Transfer> {
        let operation = Operation::Transfer;
        let url = self.client.of_customer(customer, &["transfers", id]);
        let found = self.client.get(operation, Pass::Application, url).await.and_then(|body| told(operation, body));
        found.ok().filter(|transfer| transfer.status == TransferStatus::Cancelled)
    }

    pub(crate) async fn read_transfers(&self, customer: TenantId) -> Result<Vec<Transfer>, Failure> {
        let operation = Operation::Transfers;
        let url = self.client.of_customer(customer, &["transfers"]);
        let items = self.client.list(operation, Pass::Application, url).await?;
        let found: Vec<TransferEntity> = read_all(operation, items)?;
        let transfers: Result<_, _> = found.into_iter().map(TransferEntity::transfer).collect();
        transfers.map_err(|what| Failure::garbled(operation, what))
    }
}

fn told(operation: Operation, body: Value) -> Result<Transfer, Failure> {
    read::<TransferEntity>(operation, body)?.transfer().map_err(|what| Failure::garbled(operation, what))
}
