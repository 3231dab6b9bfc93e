//! The port [`Customers`]: profile, qualifications, validation status (fact sheet 9), and admin relationships (21.6).

use crate::PartnerCenter;
use crate::classify::{Meaning, Operation};
use crate::failure::Failure;
use crate::identity::Pass;
use crate::route;
use crate::wire::admin::{self, AccessAssignment, AdminRelationship};
use crate::wire::profile::{self, AccountStatus, CountryRules, Profiled, Qualification};
use crate::wire::{read, read_all};
use async_trait::async_trait;
use carryover_domain::facts::{Access, Profile};
use carryover_domain::handover::{Converted, Transfer};
use carryover_domain::ids::{SubscriptionId, TenantId};
use carryover_domain::value::Country;
use carryover_ports::{Conversions, Customers, Fault, Observed, Read, Unavailable};
use jiff::SignedDuration;
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::sync::Mutex;

/// How long admin relationships are remembered: one list serves all customers, and a new one is waited for by people.
const RELATIONSHIPS_AGE_MAX: SignedDuration = SignedDuration::from_mins(10);

/// What all customers share. Whoever holds a lock reads, the others wait for the result.
pub(crate) struct Shared {
    /// Rules of addresses; they change with the service, not by the day.
    countries: Mutex<BTreeMap<Country, CountryRules>>,
    pub(crate) relationships: crate::shared::Shared<(), Arc<Vec<AdminRelationship>>>,
}

impl Default for Shared {
    fn default() -> Self {
        Self { countries: Mutex::default(), relationships: crate::shared::Shared::new(RELATIONSHIPS_AGE_MAX) }
    }
}

#[async_trait]
impl Customers for PartnerCenter {
    async fn profile(&self, customer: TenantId) -> Read<Profile> {
        let at = self.client.now();
        self.read_profile(customer).await.map(|value| Observed { value, at }).map_err(Failure::unavailable)
    }

    async fn access(&self, customer: TenantId) -> Read<Access> {
        if !self.has_admin_relationships {
            let fault = Fault::new("admin relationships cannot be read in this cloud");
            return Err(Unavailable::Forbidden(fault));
        }
        let relationships = self.admin_relationships().await.map_err(Failure::unavailable)?;
        Ok(Observed { value: access_to(customer, &relationships.value), at: relationships.at })
    }

    async fn handovers(&self, customer: TenantId) -> Read<Vec<Transfer>> {
        let read = self.handovers.get(customer, || self.client.now(), self.read_transfers(customer));
        read.await.map_err(Failure::unavailable)
    }

    async fn migrations(&self, from: &SubscriptionId) -> Read<Vec<Converted>> {
        self.conversions(from).await
    }
}

impl PartnerCenter {
    async fn read_profile(&self, customer: TenantId) -> Result<Profile, Failure> {
        let operation = Operation::Customer;
        let url = self.client.of_customer(customer, &[]);
        // As the user: part of the profile shows only to whom the customer gave rights.
        let found: Profiled = read(operation, self.client.get(operation, Pass::User, url).await?)?;
        let rules = match found.country() {
            Some(country) => self.country_rules(country).await?,
            None => CountryRules::default(),
        };
        Ok(Profile {
            country: found.country(),
            registration_id: found.registration_id(),
            address_lacks: found.address_lacks(&rules),
            contact_lacks: found.contact_lacks(),
            segments: profile::segments(&self.qualifications(customer).await?),
            on_hold: self.account_hold(customer).await?,
            ..Profile::default()
        })
    }

    /// What addresses of `country` must hold; nothing where the service has no rules for it.
    async fn country_rules(&self, country: Country) -> Result<CountryRules, Failure> {
        let mut known = self.shared.countries.lock().await;
        if let Some(rules) = known.get(&country) {
            return Ok(rules.clone());
        }
        let operation = Operation::CountryRules;
        let url = self.client.at(&["countryvalidationrules", country.as_str()]);
        let rules: CountryRules = match self.client.get(operation, Pass::Application, url).await {
            Ok(body) => read(operation, body)?,
            Err(failure) if failure.meaning == Meaning::NotFound => CountryRules::default(),
            Err(failure) => return Err(failure),
        };
        known.insert(country, rules.clone());
        Ok(rules)
    }

    async fn qualifications(&self, customer: TenantId) -> Result<Vec<Qualification>, Failure> {
        let operation = Operation::Qualifications;
        let url = self.client.of_customer(customer, &["qualifications"]);
        match self.client.list(operation, Pass::Application, url).await {
            Ok(items) => read_all(operation, items),
            Err(failure) if failure.meaning == Meaning::NotFound => Ok(Vec::new()),
            Err(failure) => Err(failure),
        }
    }

    /// Why the account may not be sold to; no stored status is none (fact sheet 9.8).
    async fn account_hold(&self, customer: TenantId) -> Result<Option<String>, Failure> {
        let operation = Operation::AccountValidation;
        let url = route::with(self.client.of_customer(customer, &["validationStatus"]), &[("type", "account")]);
        match self.client.get(operation, Pass::Application, url).await {
            Ok(body) => {
                let status: AccountStatus = read(operation, body)?;
                status.hold().map_err(|what| Failure::garbled(operation, what))
            }
            Err(failure) if failure.meaning == Meaning::NotFound => Ok(None),
            Err(failure) => Err(failure),
        }
    }

    /// Roles that the work needs and that no security group of ours has in the tenant of `customer`, whatever its relationships say.
    pub(crate) async fn unassigned_roles(
        &self,
        customer: TenantId,
        relationships: &[AdminRelationship],
    ) -> Result<Vec<&'static str>, Failure> {
        let operation = Operation::AccessAssignments;
        let mut assignments = Vec::new();
        for held in relationships.iter().filter(|it| it.tenant() == Some(customer)) {
            let Some(id) = &held.id else { continue };
            let segments = ["tenantRelationships", "delegatedAdminRelationships", id.as_str(), "accessAssignments"];
            let found = self.client.list_graph(operation, Pass::Own, self.client.at_graph(&segments)).await?;
            assignments.extend(read_all::<AccessAssignment>(operation, found)?);
        }
        Ok(admin::unassigned(&assignments))
    }

    /// All relationships that give access now.
    pub(crate) async fn admin_relationships(&self) -> Result<Observed<Arc<Vec<AdminRelationship>>>, Failure> {
        self.shared.relationships.get((), || self.client.now(), self.read_admin_relationships()).await
    }

    /// Those about to end still give access.
    async fn read_admin_relationships(&self) -> Result<Arc<Vec<AdminRelationship>>, Failure> {
        let operation = Operation::AdminRelationships;
        let mut held = Vec::new();
        for status in ["active", "expiring"] {
            let url = self.client.at_graph(&["tenantRelationships", "delegatedAdminRelationships"]);
            let url = route::with(url, &[("$filter", &format!("status eq '{status}'")), ("$top", "300")]);
            held.extend(self.client.list_graph(operation, Pass::Own, url).await?);
        }
        read_all(operation, held).map(Arc::new)
    }
}

/// What `relationships` allow in the tenant of `customer`.
pub(crate) fn access_to(customer: TenantId, relationships: &[AdminRelationship]) -> Access {
    let held: Vec<_> = relationships.iter().filter(|it| it.tenant() == Some(customer)).collect();
    admin::access(&held)
}
