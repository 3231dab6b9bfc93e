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
use jiff::Timestamp;
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use url::Url;
use uuid::Uuid;

/// Partner ids that are asked about again along with others: no most is documented.
const TOGETHER: usize = 20;

#[async_trait]
impl Resellers for PartnerCenter {
    async fn tied(&self, as_what: Tie) -> Read<Vec<TiedPartner>> {
        self.observed(self.read_all_tied(as_what)).await
    }

    async fn resellers_of(&self, customer: TenantId) -> Read<Vec<TiedPartner>> {
        let read = self.read_resellers_of(customer);
        self.resold.get(customer, || self.client.now(), read).await.map_err(Failure::unavailable)
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
        self.observed(self.partner_agreement(partner)).await
    }

    async fn on_record(&self, ids: &BTreeSet<String>) -> Read<BTreeMap<String, Option<Refusal>>> {
        let now = self.client.now();
        let kept = |id: &&String| self.vouched.get(id, now).is_some();
        let (known, asked): (Vec<&String>, Vec<&String>) = ids.iter().partition(kept);
        let known = known.into_iter().map(|id| (id.clone(), None));
        self.observed(async {
            // The service refuses a question about nobody.
            let found = if asked.is_empty() { BTreeMap::new() } else { self.vouch_anew(asked, now).await? };
            Ok(known.chain(found.into_iter().filter(|(id, _)| ids.contains(id))).collect())
        })
        .await
    }
}

impl PartnerCenter {
    /// Every partner that is tied to us.
    pub(crate) async fn read_all_tied(&self, as_what: Tie) -> Result<Vec<TiedPartner>, Failure> {
        let kind = match as_what {
            Tie::Resellers => "IsIndirectCloudSolutionProviderOf",
            Tie::Providers => "IsIndirectResellerOf",
        };
        let url = route::with(self.client.at(&["relationships"]), &[("relationship_type", kind)]);
        self.read_tied(Operation::Relationships, url).await
    }

    pub(crate) async fn read_resellers_of(&self, customer: TenantId) -> Result<Vec<TiedPartner>, Failure> {
        let url = self.client.of_customer(customer, &["relationships"]);
        self.read_tied(Operation::CustomerRelationships, url).await
    }

    /// Whether `partner` has signed the Microsoft Partner Agreement.
    pub(crate) async fn partner_agreement(&self, partner: TenantId) -> Result<bool, Failure> {
        let operation = Operation::PartnerAgreement;
        let url = self.client.at(&["compliance", "csp", "agreementstatus"]);
        let url = route::with(url, &[("tenantId", &partner.to_string())]);
        let found: PartnerAgreement = read(operation, self.client.get(operation, Pass::User, url).await?)?;
        found.is_agreement_signed.ok_or_else(|| Failure::garbled(operation, "it does not say so"))
    }

    /// Asks whether purchases may name `ids`, and in the same call about others of whom that was true and has to be asked again:
    /// their customers' days are mostly these. Remembers who may be named.
    async fn vouch_anew(
        &self,
        ids: Vec<&String>,
        now: Timestamp,
    ) -> Result<BTreeMap<String, Option<Refusal>>, Failure> {
        let lapsed = self.vouched.lapsed(now, TOGETHER);
        let found = self.vouch(&ids.into_iter().chain(&lapsed).collect()).await;
        // Of whom nothing good was said, nor anything because of whoever was asked about along with it, is asked about no more.
        let good = |id: &String| matches!(&found, Ok(found) if matches!(found.get(id), Some(None)));
        lapsed.iter().filter(|id| !good(id)).for_each(|id| self.vouched.forget(id));
        let found = found?;
        for (id, _) in found.iter().filter(|(_, verdict)| verdict.is_none()) {
            self.vouched.put(id.clone(), (), now);
        }
        Ok(found)
    }

    /// Asks whether purchases may name `ids`, of which there is at least one.
    pub(crate) async fn vouch(&self, ids: &BTreeSet<&String>) -> Result<BTreeMap<String, Option<Refusal>>, Failure> {
        let operation = Operation::ValidateReseller;
        let url = self.client.at(&["partners", "validateresellers"]);
        let asked = Some(json!({ "partnerIds": ids }));
        let call = Call::write(operation, Pass::Application, url, Uuid::new_v4(), asked);
        let found: OnRecord = read(operation, self.client.send(&call).await?)?;
        Ok(found.validation_results.into_iter().filter_map(Validated::verdict).collect())
    }

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
