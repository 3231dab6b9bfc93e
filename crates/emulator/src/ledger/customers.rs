//! What may be done with a customer's account itself: vetting, qualifications, profile, and its end.
//!
//! Buying is elsewhere; here stands only whether an account may buy at all.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use thiserror::Error;

use super::tenant::{Standing, Tenant};
use super::{Ledger, LetterKind, Refusal, Together, calendar, setup};
use crate::ids::TenantId;
use crate::seed::{Qualification, SeedCustomer, Segment, Validation, Vetting};

/// What a tenant's account has besides what it bought.
#[derive(Debug, Clone)]
pub(crate) struct Account {
    pub(crate) validation: Validation,
    pub(crate) qualifications: Vec<Qualified>,
    /// The indirect reseller it belongs to.
    pub(crate) reseller: Option<TenantId>,
    pub(crate) custom_domains: Vec<String>,
    /// Applications of the partner with a consent in the tenant.
    pub(crate) consents: BTreeSet<String>,
    pub(crate) profile: Profile,
}

/// A qualification and its vetting.
#[derive(Debug, Clone)]
pub(crate) struct Qualified {
    pub(crate) qualification: Qualification,
    pub(crate) asked_at: Timestamp,
    outcome: Outcome,
}

#[derive(Debug, Clone, Copy)]
enum Outcome {
    ApprovedAt(Timestamp),
    Denied,
}

/// The billing profile: fields of text by their names on the wire.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Profile {
    pub(crate) fields: BTreeMap<String, String>,
    pub(crate) address: BTreeMap<String, String>,
    /// Counts changes; the etag follows from it.
    pub(crate) version: u32,
}

/// A refusal that is about the account, with the code of fact sheet 6.3.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum AccountRefusal {
    /// The account is being vetted. Try again in a few days.
    #[error("the customer's account is under review")]
    UnderReview,
    /// The account may not transact.
    #[error("the customer's account is not approved")]
    NotApproved,
    /// The offer is for a segment that the customer is not qualified for.
    #[error("the customer is not qualified for {0}")]
    NotQualified(&'static str),
    /// Live subscriptions keep a relationship from being removed; status and code are a setting.
    #[error("the customer still has subscriptions")]
    InUse(u16, u32),
    /// Only the integration sandbox can do that.
    #[error("the operation is not supported in this environment")]
    SandboxOnly,
    /// A customer with that domain exists.
    #[error("the domain {0} is taken")]
    DomainTaken(String),
    /// Nothing is stored about the account's status; nothing blocks it.
    #[error("no validation status was found")]
    NoValidationStatus,
}

impl AccountRefusal {
    pub(super) fn status_and_code(&self) -> (u16, u32) {
        match self {
            AccountRefusal::UnderReview => (403, 800_073),
            AccountRefusal::NotApproved => (403, 800_075),
            AccountRefusal::NotQualified(_) => (400, 800_086),
            AccountRefusal::InUse(status, code) => (*status, *code),
            AccountRefusal::SandboxOnly => (400, 900_127),
            AccountRefusal::DomainTaken(_) => (400, 3000),
            AccountRefusal::NoValidationStatus => (404, 600_074),
        }
    }
}

impl Qualified {
    pub(crate) fn status(&self, now: Timestamp) -> Vetting {
        match self.outcome {
            Outcome::ApprovedAt(at) if at <= now => Vetting::Approved,
            Outcome::ApprovedAt(_) => Vetting::InReview,
            Outcome::Denied => Vetting::Denied,
        }
    }
}

impl Account {
    pub(super) fn new(customer: &SeedCustomer, start: Timestamp, vetting_hours: u32) -> Account {
        let qualifications = customer
            .account
            .qualifications
            .iter()
            .map(|seed| Qualified {
                qualification: seed.qualification,
                asked_at: start,
                outcome: match seed.status {
                    Vetting::Approved => Outcome::ApprovedAt(Timestamp::MIN),
                    Vetting::InReview => Outcome::ApprovedAt(calendar::hours(start, vetting_hours)),
                    Vetting::Denied => Outcome::Denied,
                },
            })
            .collect();
        Account {
            validation: customer.account.validation,
            qualifications,
            reseller: customer.account.reseller,
            custom_domains: customer.account.custom_domains.clone(),
            consents: BTreeSet::new(),
            profile: Profile::usual(customer),
        }
    }

    /// Whether it may buy what is made for `segment`.
    pub(crate) fn qualifies(&self, segment: Segment, now: Timestamp) -> bool {
        segment.needs().is_none_or(|needed| {
            self.qualifications.iter().any(|held| held.qualification == needed && held.status(now) == Vetting::Approved)
        })
    }
}

impl Profile {
    fn usual(customer: &SeedCustomer) -> Profile {
        let text = |pairs: &[(&str, &str)]| {
            pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
        };
        Profile {
            fields: text(&[
                ("firstName", "Kim"),
                ("lastName", "Contact"),
                ("email", &customer.contact_email),
                ("culture", "en-US"),
                ("language", "en"),
                ("companyName", &customer.name),
            ]),
            address: text(&[
                ("country", &customer.country),
                ("city", "Sampletown"),
                ("addressLine1", "1 Sample Street"),
                ("postalCode", "10000"),
                ("firstName", "Kim"),
                ("lastName", "Contact"),
            ]),
            version: 1,
        }
    }

    pub(crate) fn etag(&self) -> String {
        self.version.to_string()
    }
}

/// Whether it goes together with others of this kind (fact sheet 9.7).
fn pairs(qualification: Qualification) -> bool {
    matches!(qualification, Qualification::Education | Qualification::StateOwnedEntity)
}

impl Ledger {
    /// Lets an application of the partner into a customer's tenant; once.
    pub fn consent(&mut self, tenant: TenantId, application: &str) -> Result<(), Refusal> {
        self.reseller(tenant)?;
        let Some(customer) = self.tenants.get_mut(&tenant) else { return Ok(()) };
        if !customer.account.consents.insert(application.to_lowercase()) {
            return Err(Refusal::ConsentExists(application.to_owned()));
        }
        Ok(())
    }

    /// Takes that back.
    pub fn withdraw_consent(&mut self, tenant: TenantId, application: &str) -> Result<(), Refusal> {
        self.reseller(tenant)?;
        let customer = self.tenants.get_mut(&tenant);
        let known = customer.is_some_and(|customer| customer.account.consents.remove(&application.to_lowercase()));
        if known { Ok(()) } else { Err(Refusal::ConsentUnknown(application.to_owned())) }
    }

    /// Whether the account may transact at all.
    pub(super) fn may_transact(&self, customer: &Tenant) -> Result<(), Refusal> {
        match customer.account.validation {
            Validation::Allowed | Validation::Absent => Ok(()),
            Validation::UnderReview | Validation::NotReady | Validation::Unknown => {
                Err(AccountRefusal::UnderReview.into())
            }
            Validation::NotAllowed => Err(AccountRefusal::NotApproved.into()),
        }
    }

    /// Sets whether an account may transact, as Microsoft's own review does.
    pub fn set_validation(&mut self, tenant: TenantId, validation: Validation) -> Result<(), Refusal> {
        self.any_customer(tenant)?.account.validation = validation;
        Ok(())
    }

    /// Asks for a qualification. One that was asked for before stays as it is; where it does not go together with one that the
    /// customer has or waits for, it is refused.
    pub(crate) fn qualify(&mut self, tenant: TenantId, qualification: Qualification) -> Result<(), Refusal> {
        self.reseller(tenant)?;
        let (now, hours) = (self.now, self.rules.vetting_hours);
        let any = self.rules.readings.qualifications_together == Together::Any;
        let account = &mut self.any_customer(tenant)?.account;
        let beside = account.qualifications.iter().filter(|held| held.status(now) != Vetting::Denied);
        let together = |other| other == qualification || pairs(other) && pairs(qualification);
        if !any && !beside.map(|held| held.qualification).all(together) {
            return Err(Refusal::InvalidProperty("qualification".to_owned()));
        }
        if account.qualifications.iter().all(|held| held.qualification != qualification) {
            let outcome = Outcome::ApprovedAt(calendar::hours(now, hours));
            account.qualifications.push(Qualified { qualification, asked_at: now, outcome });
        }
        Ok(())
    }

    /// Replaces the billing profile that was read as `etag`.
    pub(crate) fn replace_profile(&mut self, tenant: TenantId, etag: &str, profile: Profile) -> Result<(), Refusal> {
        let present = &self.reseller(tenant)?.account.profile;
        if etag != present.etag() {
            return Err(Refusal::StaleEtag);
        }
        let version = present.version + 1;
        let customer = self.any_customer(tenant)?;
        if let Some(country) = profile.address.get("country") {
            customer.country = country.to_uppercase();
        }
        customer.account.profile = Profile { version, ..profile };
        Ok(())
    }

    /// Ends our relationship with a customer that has nothing from us any more.
    pub(crate) fn end_relationship(&mut self, tenant: TenantId) -> Result<(), Refusal> {
        let partner = self.seed.partner.tenant_id;
        let customer = self.reseller(tenant)?;
        let now = self.now;
        let alive = |status| matches!(status, "active" | "pending" | "expired");
        if customer.subscriptions.values().any(|held| held.is_ours(partner) && alive(held.commerce_status(now))) {
            let (status, code) = self.rules.readings.relationship_in_use;
            return Err(AccountRefusal::InUse(status, code).into());
        }
        let customer = self.any_customer(tenant)?;
        customer.standing = Standing::Stranger;
        customer.letters.remove(&(LetterKind::Invitation, None));
        Ok(())
    }

    /// Deletes a customer of the integration sandbox.
    pub(crate) fn delete_customer(&mut self, tenant: TenantId) -> Result<(), Refusal> {
        if !self.rules.readings.sandbox {
            return Err(AccountRefusal::SandboxOnly.into());
        }
        self.end_relationship(tenant)
    }

    /// Makes a new tenant that is ours from the start.
    pub(crate) fn create_customer(&mut self, customer: &SeedCustomer) -> Result<(), Refusal> {
        self.sandbox_takes_customer()?;
        if self.domain_taken(&customer.domain) {
            return Err(AccountRefusal::DomainTaken(customer.domain.clone()).into());
        }
        let tenant = setup::tenant(&self.seed, customer, &self.catalogue, &self.rules)
            .map_err(|error| Refusal::InvalidArgument(error.to_string()))?;
        self.tenants.insert(tenant.id, tenant);
        Ok(())
    }

    /// Whether some tenant has that domain.
    pub(crate) fn domain_taken(&self, domain: &str) -> bool {
        self.tenants.values().any(|tenant| {
            tenant.domain.eq_ignore_ascii_case(domain)
                || tenant.account.custom_domains.iter().any(|other| other.eq_ignore_ascii_case(domain))
        })
    }

    /// Customers in the list: ours, and those that have us as an advisor only.
    pub(crate) fn listed(&self) -> impl DoubleEndedIterator<Item = &Tenant> {
        self.tenants.values().filter(|customer| !matches!(customer.standing, Standing::Stranger))
    }

    /// One of them.
    pub(crate) fn customer(&self, tenant: TenantId) -> Result<&Tenant, Refusal> {
        self.tenants
            .get(&tenant)
            .filter(|customer| !matches!(customer.standing, Standing::Stranger))
            .ok_or(Refusal::NoRelationship(tenant))
    }

    pub(super) fn any_customer(&mut self, tenant: TenantId) -> Result<&mut Tenant, Refusal> {
        self.tenants.get_mut(&tenant).ok_or(Refusal::NoRelationship(tenant))
    }
}
