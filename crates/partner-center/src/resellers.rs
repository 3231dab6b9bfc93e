//! The port [`Resellers`]: the indirect model (fact sheet 10).

use crate::PartnerCenter;
use crate::classify::{Meaning, Operation};
use crate::client::Call;
use crate::failure::Failure;
use crate::identity::Pass;
use crate::route;
use crate::wire::reseller::{OnRecord, PartnerAgreement, PartnerProfile, PartnerRelationship, Validated};
use crate::wire::{read, read_all};
use async_trait::async_trait;
use carryover_domain::ids::TenantId;
use carryover_ports::{Observed, Read, Refusal, Resellers, Tie, TiedPartner};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use url::Url;
use uuid::Uuid;

#[async_trait]
impl Resellers for PartnerCenter {
    async fn tied(&self, as_what: Tie) -> Read<Vec<TiedPartner>> {
        let kind = match as_what {
            Tie::Resellers => "IsIndirectCloudSolutionProviderOf",
            Tie::Providers => "IsIndirectResellerOf",
        };
        let url = route::with(self.client.at(&["relationships"]), &[("relationship_type", kind)]);
        self.observed(self.read_tied(Operation::Relationships, url)).await
    }

    async fn resellers_of(&self, customer: TenantId) -> Read<Vec<TiedPartner>> {
        let url = self.client.of_customer(customer, &["relationships"]);
        self.observed(self.read_tied(Operation::CustomerRelationships, url)).await
    }

    async fn partner_name<'a>(&self, id: Option<&'a str>) -> Read<Option<String>> {
        let operation = Operation::PartnerProfile;
        let url = self.client.at(&["profiles", "mpn"]);
        let url = id.map_or(url.clone(), |id| route::with(url, &[("mpnId", id)]));
        self.observed(async {
            match self.client.get(operation, Pass::User, url).await {
                Ok(body) => read::<PartnerProfile>(operation, body).map(|found| found.partner_name),
                Err(failure) if failure.meaning == Meaning::NotFound => Ok(None),
                Err(failure) => Err(failure),
            }
        })
        .await
    }

    async fn has_agreed(&self, partner: TenantId) -> Read<bool> {
        let operation = Operation::PartnerAgreement;
        let url = self.client.at(&["compliance", "csp", "agreementstatus"]);
        let url = route::with(url, &[("tenantId", &partner.to_string())]);
        self.observed(async {
            let found: PartnerAgreement = read(operation, self.client.get(operation, Pass::User, url).await?)?;
            found.is_agreement_signed.ok_or_else(|| Failure::garbled(operation, "it does not say so"))
        })
        .await
    }

    async fn on_record(&self, ids: &BTreeSet<String>) -> Read<BTreeMap<String, Option<Refusal>>> {
        let now = self.client.now();
        let kept = |id: &&String| self.vouched.get(id, now).is_some();
        let (known, asked): (Vec<&String>, Vec<&String>) = ids.iter().partition(kept);
        let known = known.into_iter().map(|id| (id.clone(), None));
        // The service refuses a question about nobody.
        if asked.is_empty() {
            return self.observed(async { Ok(known.collect()) }).await;
        }
        let operation = Operation::ValidateReseller;
        let url = self.client.at(&["partners", "validateresellers"]);
        let asked = Some(json!({ "partnerIds": asked }));
        let call = Call::write(operation, Pass::User, url, Uuid::new_v4(), asked);
        self.observed(async {
            let found: OnRecord = read(operation, self.client.send(&call).await?)?;
            let found: BTreeMap<_, _> = found.validation_results.into_iter().filter_map(Validated::verdict).collect();
            for (id, _) in found.iter().filter(|(_, verdict)| verdict.is_none()) {
                self.vouched.put(id.clone(), (), now);
            }
            Ok(known.chain(found).collect())
        })
        .await
    }
}

impl PartnerCenter {
    async fn read_tied(&self, operation: Operation, url: Url) -> Result<Vec<TiedPartner>, Failure> {
        let found: Vec<PartnerRelationship> = read_all(operation, self.client.list(operation, Pass::User, url).await?)?;
        Ok(found.into_iter().filter_map(PartnerRelationship::tied).collect())
    }

    /// What `reading` brings, as seen at the instant at which it leaves.
    pub(crate) async fn observed<T>(&self, reading: impl Future<Output = Result<T, Failure>>) -> Read<T> {
        let at = self.client.now();
        reading.await.map(|value| Observed { value, at }).map_err(Failure::unavailable)
    }
}
