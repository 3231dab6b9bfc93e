//! Several requests to Graph in one (fact sheet 21.7). Each is throttled on its own, so each refusal inside is told to the
//! budgets and counted as if it had come alone.

use super::{Call, Client};
use crate::classify::{Meaning, Operation};
use crate::failure::Failure;
use crate::identity::Pass;
use crate::wire::batch::{Request, answers, of};
use carryover_domain::ids::TenantId;
use serde_json::Value;
use url::Url;
use uuid::Uuid;

impl Client {
    /// Sends `requests` in the tenant of `customer` as one batch, which is `batch` itself; brings an answer of its own for each.
    /// Where the batch as such has none, they have none.
    pub(crate) async fn send_together(
        &self,
        batch: Operation,
        customer: TenantId,
        requests: Vec<(Operation, Request)>,
    ) -> Vec<Result<Value, Failure>> {
        let (operations, requests): (Vec<Operation>, Vec<Request>) = requests.into_iter().unzip();
        let (url, body) = (self.at_graph(&["$batch"]), Some(of(requests.into_iter())));
        let call = Call::write(batch, Pass::Tenant(customer), url, Uuid::new_v4(), body);
        let answers = match self.send(&call).await {
            Ok(body) => answers(&operations, &body),
            Err(failure) => return vec![Err(failure); operations.len()],
        };
        for (operation, answer) in operations.into_iter().zip(&answers) {
            let Err(failure) = answer else { continue };
            if failure.meaning == Meaning::Throttled {
                self.meter().was_throttled(batch);
            }
            if failure.asks_to_stay_away() {
                self.inner.pacer.refused_inside(operation, customer, failure.pause()).await;
            }
        }
        answers
    }

    /// Several reads of a tenant in one request, each with an answer of its own.
    pub(crate) async fn get_together(
        &self,
        batch: Operation,
        customer: TenantId,
        reads: &[(Operation, Url)],
    ) -> Vec<Result<Value, Failure>> {
        let base = self.at_graph(&[]);
        let request = |(operation, url): &(Operation, Url)| {
            let path = url.path().strip_prefix(base.path()).unwrap_or_default();
            let path = url.query().map_or_else(|| path.to_owned(), |query| format!("{path}?{query}"));
            (*operation, Request { path, body: None })
        };
        self.send_together(batch, customer, reads.iter().map(request).collect()).await
    }
}
