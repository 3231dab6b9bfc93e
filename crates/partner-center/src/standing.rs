//! Whether we may sell to a customer: relationship (fact sheet 9) and agreement (11).
//!
//! Customers that were invited ask again and again. The list of customers answers for all of them at once, and it is read as
//! soon as reading it takes no more calls than asking one by one. Whoever is to be bought for takes from it that it is ours, where
//! it was read as shortly before as its own answer would count, or is one page and so one call as well; whoever it does not show as
//! ours is asked about by name.

use crate::PartnerCenter;
use crate::classify::{Meaning, Operation};
use crate::config::{Config, SetupError};
use crate::failure::Failure;
use crate::identity::Pass;
use crate::route;
use crate::shared::Kept;
use crate::wire::agreement::{self, Confirmation, Confirmed, DirectAcceptance, Template};
use crate::wire::customer::Customer;
use crate::wire::{read, read_all};
use carryover_domain::facts::{Agreement, Relationship, Standing};
use carryover_domain::ids::TenantId;
use carryover_domain::reply::RefusalKind;
use carryover_ports::Observed;
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Customers on a page: the most that is documented (fact sheet 5.1).
const PAGE: usize = 500;

/// How long the list counts for customers that were invited.
const LIST_AGE_MAX: SignedDuration = SignedDuration::from_mins(5);

/// Who knows of customers' agreements.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Agreements {
    /// The service, which is asked.
    Read,
    /// Nobody who could be asked (fact sheet 11): the partner has said that they are settled, or not.
    Outside { settled: bool },
}

impl Agreements {
    /// Those of the cloud that `config` names.
    pub(crate) fn of(config: &Config) -> Result<Self, SetupError> {
        match (config.cloud.offers().agreements, config.agreements_settled) {
            (true, true) => Err(SetupError::AgreementsAreRead),
            (true, false) => Ok(Self::Read),
            (false, settled) => Ok(Self::Outside { settled }),
        }
    }
}

/// What is remembered of customers.
#[derive(Debug)]
pub(crate) struct Roster {
    list: tokio::sync::Mutex<List>,
    agreed: Kept<TenantId, Confirmed>,
    /// How old a list may be that shows a customer as ours to whoever buys for it.
    buying_age_max: SignedDuration,
}

/// The list of customers, and who asked for it.
#[derive(Debug, Default)]
struct List {
    seen: Option<Arc<Listed>>,
    /// Something has changed since.
    stale: bool,
    /// Pages that it had when it was read last.
    pages: usize,
    /// Since when questions are counted.
    since: Option<Timestamp>,
    /// Questions since then that were asked one by one.
    asked: usize,
}

/// What the list showed.
#[derive(Debug)]
struct Listed {
    /// When the read left.
    at: Timestamp,
    related: BTreeMap<TenantId, Relationship>,
    /// Customers that the list before this one showed as ours: a list that changes while it is read may leave some out (fact
    /// sheet 5.1), so these are asked about.
    missed: BTreeSet<TenantId>,
}

impl Roster {
    /// Nobody is known yet.
    pub(crate) fn new(agreed: Kept<TenantId, Confirmed>, buying_age_max: SignedDuration) -> Self {
        Self { list: tokio::sync::Mutex::default(), agreed, buying_age_max }
    }

    /// The list has to be read again. Who was on it is still known.
    pub(crate) async fn forget_list(&self) {
        let mut list = self.list.lock().await;
        list.stale = true;
    }

    /// The agreement of `customer` has to be read again.
    pub(crate) fn forget_agreement(&self, customer: TenantId) {
        self.agreed.forget(&customer);
    }
}

impl PartnerCenter {
    pub(crate) async fn read_standing(&self, customer: TenantId) -> Result<Observed<Standing>, Failure> {
        let now = self.client.now();
        let (relationship, at) = match self.listed_of_late().await {
            Some(list) if list.related.get(&customer) == Some(&Relationship::Reseller) => {
                (Relationship::Reseller, list.at)
            }
            Some(_) | None => (self.relationship(customer).await?, now),
        };
        let value = self.with_agreement(customer, relationship).await?;
        Ok(Observed { value, at: at.min(now) })
    }

    /// The same for a customer that may not have accepted yet, by way of the list where many ask.
    pub(crate) async fn read_invited(&self, customer: TenantId) -> Result<Observed<Standing>, Failure> {
        let now = self.client.now();
        let (relationship, at) = match self.listed().await? {
            Some(list) if !list.missed.contains(&customer) => {
                (list.related.get(&customer).cloned().unwrap_or(Relationship::None), list.at)
            }
            Some(_) | None => (self.relationship(customer).await?, now),
        };
        let value = self.with_agreement(customer, relationship).await?;
        Ok(Observed { value, at: at.min(now) })
    }

    async fn relationship(&self, customer: TenantId) -> Result<Relationship, Failure> {
        let operation = Operation::Customer;
        let url = self.client.of_customer(customer, &[]);
        match self.client.get(operation, Pass::Application, url).await {
            Ok(body) => read::<Customer>(operation, body).map(Customer::relationship),
            Err(failure) if is_stranger(&failure) => Ok(Relationship::None),
            Err(failure) => Err(failure),
        }
    }

    /// The list of customers as it was a moment ago, or is now where reading it is a single call; none else, nor where it cannot be
    /// read: a customer can be asked about all the same.
    async fn listed_of_late(&self) -> Option<Arc<Listed>> {
        let mut list = self.roster.list.lock().await;
        let at = self.client.now();
        let is_late = |seen: &&Arc<Listed>| at.duration_since(seen.at).abs() <= self.roster.buying_age_max;
        if let Some(seen) = list.seen.as_ref().filter(is_late).filter(|_| !list.stale) {
            return Some(Arc::clone(seen));
        }
        if list.pages == 1 { self.read_list(&mut list, at).await.ok() } else { None }
    }

    /// The list of customers; none as long as single questions are fewer than its pages.
    async fn listed(&self) -> Result<Option<Arc<Listed>>, Failure> {
        let mut list = self.roster.list.lock().await;
        let at = self.client.now();
        let recent = |since: Timestamp| at.duration_since(since).abs() <= LIST_AGE_MAX;
        if let Some(seen) = list.seen.as_ref().filter(|seen| recent(seen.at) && !list.stale) {
            return Ok(Some(Arc::clone(seen)));
        }
        if !list.since.is_some_and(recent) {
            (list.since, list.asked) = (Some(at), 0);
        }
        list.asked += 1;
        if list.asked < list.pages {
            return Ok(None);
        }
        self.read_list(&mut list, at).await.map(Some)
    }

    /// Reads the list of customers, and remembers it as it is `at` this moment.
    async fn read_list(&self, list: &mut List, at: Timestamp) -> Result<Arc<Listed>, Failure> {
        let found = self.customers().await?;
        list.pages = found.len().div_ceil(PAGE);
        let related = found.into_iter().filter_map(|customer| Some((customer.tenant()?, customer.relationship())));
        let related: BTreeMap<_, _> = related.collect();
        let before = list.seen.iter().flat_map(|seen| &seen.related);
        let ours = before.filter(|(_, relationship)| **relationship == Relationship::Reseller).map(|(id, _)| *id);
        let missed = ours.filter(|id| !related.contains_key(id)).collect();
        let seen = Arc::new(Listed { at, related, missed });
        (list.seen, list.stale) = (Some(Arc::clone(&seen)), false);
        Ok(seen)
    }

    /// All customers over all pages. A list that changes meanwhile may repeat some (fact sheet 5.1).
    pub(crate) async fn customers(&self) -> Result<Vec<Customer>, Failure> {
        let operation = Operation::Customers;
        let url = route::with(self.client.at(&["customers"]), &[("size", &PAGE.to_string())]);
        read_all(operation, self.client.list(operation, Pass::Application, url).await?)
    }

    async fn with_agreement(&self, customer: TenantId, relationship: Relationship) -> Result<Standing, Failure> {
        let (agreement, agreed) = match (&relationship, self.agreements) {
            (Relationship::Reseller, Agreements::Outside { settled: true }) => (Agreement::SettledOutside, None),
            (Relationship::Reseller, Agreements::Outside { settled: false }) => (Agreement::Missing, None),
            (Relationship::Reseller, Agreements::Read) => match self.known_acceptance(customer).await {
                Ok(Some(Confirmed { agreed })) => (Agreement::Accepted, agreed),
                Ok(None) => (Agreement::Missing, None),
                // The relationship is not known everywhere yet (fact sheet 9.5).
                Err(failure) if is_stranger(&failure) => (Agreement::Unreadable, None),
                Err(failure) => return Err(failure),
            },
            (Relationship::None | Relationship::Other(_), _) => (Agreement::Unreadable, None),
        };
        Ok(Standing { relationship, agreement, agreed })
    }

    async fn known_acceptance(&self, customer: TenantId) -> Result<Option<Confirmed>, Failure> {
        let at = self.client.now();
        if let Some(known) = self.roster.agreed.get(&customer, at) {
            return Ok(Some(known.value));
        }
        let found = self.acceptance(customer).await?;
        if let Some(agreed) = found {
            self.roster.agreed.put(customer, agreed, at);
        }
        Ok(found)
    }

    /// Signed by the customer, or the current agreement confirmed by us (fact sheet 11). What the customer has signed itself
    /// has no day that could be outdated.
    async fn acceptance(&self, customer: TenantId) -> Result<Option<Confirmed>, Failure> {
        let direct = Operation::SignedAgreement;
        let segments = ["directSignedMicrosoftCustomerAgreementStatus"];
        let url = self.client.of_customer(customer, &segments);
        let signed = match self.client.get(direct, Pass::User, url).await {
            Ok(body) => read::<DirectAcceptance>(direct, body)?.is_signed,
            Err(failure) if failure.meaning == Meaning::NotFound => None,
            Err(failure) => return Err(failure),
        };
        if signed == Some(true) {
            return Ok(Some(Confirmed { agreed: None }));
        }
        let confirmations = self.confirmations(customer).await?;
        if confirmations.is_empty() {
            return Ok(None);
        }
        let templates =
            self.templates.get((), || self.client.now(), async { self.agreement_templates().await.map(Arc::new) });
        Ok(agreement::confirmed(&templates.await?.value, &confirmations))
    }

    async fn confirmations(&self, customer: TenantId) -> Result<Vec<Confirmation>, Failure> {
        let url = self.client.of_customer(customer, &["agreements"]);
        let url = route::with(url, &[("agreementType", agreement::TYPE)]);
        match self.client.list(Operation::Agreements, Pass::User, url).await {
            Ok(items) => read_all(Operation::Agreements, items),
            Err(failure) if failure.meaning == Meaning::NotFound => Ok(Vec::new()),
            Err(failure) => Err(failure),
        }
    }

    pub(crate) async fn agreement_templates(&self) -> Result<Vec<Template>, Failure> {
        let operation = Operation::AgreementTemplates;
        let url = route::with(self.client.at(&["agreements"]), &[("agreementType", agreement::TYPE)]);
        let items = self.client.list(operation, Pass::Application, url).await?;
        read_all(operation, items)
    }
}

/// Whether the service does not know the customer as ours (fact sheet 9.2).
fn is_stranger(failure: &Failure) -> bool {
    matches!(failure.meaning, Meaning::NotFound | Meaning::Refused(RefusalKind::NoRelationship))
}
