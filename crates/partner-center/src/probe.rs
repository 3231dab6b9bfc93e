//! What works and what does not, one sentence each, for a person who sets things up. Changes nothing.

use crate::PartnerCenter;
use crate::classify::{Meaning, Operation};
use crate::client::Call;
use crate::customers::access_to;
use crate::failure::Failure;
use crate::identity::Pass;
use crate::standing::Agreements;
use crate::wire::admin::AdminRelationship;
use carryover_domain::ids::TenantId;
use carryover_domain::policy::SellsAs;
use carryover_domain::reply::RefusalKind;
use carryover_ports::Tie;
use serde_json::json;
use std::sync::Arc;
use uuid::Uuid;

/// The role without which nothing in a tenant can be read.
const READING: &str = "Directory Readers";

/// The role without which no licence can be changed.
const WRITING: &str = "License Administrator";

/// What of the application alone lacks where Partner Center turns it away.
const APPLICATION: &str = "give the application access to Partner Center's API";

/// What the user lacks where Partner Center turns it away.
const USER: &str = "give the consenting user the Admin agent role";

/// What the service says of a tenant of which it keeps no agreement of a reseller (fact sheet 6.3). An agreement that is missing all the
/// same is told with the first refused purchase (900124).
const NO_RESELLER: &[&str] = &["2203", "2204", "2205", "2206"];

/// What came of reading admin relationships.
type Relationships = Result<Arc<Vec<AdminRelationship>>, Failure>;

/// One thing that was tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// What was tried.
    pub name: &'static str,
    /// What would not work without it.
    pub needed_for: &'static str,
    /// Nothing, or one sentence: what is missing and what to do.
    pub result: Result<(), String>,
}

impl PartnerCenter {
    /// Tries every read once, with `customer`'s tenant where one is given, and as an indirect provider what that needs besides.
    pub async fn probe(&self, customer: Option<TenantId>, sells_as: SellsAs) -> Vec<Check> {
        let mut checks = vec![
            check_sign_in(
                "sign-in, application",
                "customers, catalogue, carts, orders and subscriptions",
                self.client.sign_in(Pass::Application).await,
            ),
            check_sign_in(
                "sign-in, application and user",
                "invitation, agreements and customers' tenants",
                self.client.sign_in(Pass::User).await,
            ),
            check("customers", "knowing whether a customer accepted", APPLICATION, self.customers().await.map(drop)),
            check("relationship link", "inviting customers", USER, self.read_invitation_link(None).await.map(drop)),
            check(
                "catalogue of the partner's country",
                "finding the offer that takes a source's place",
                "check the partner's country and its right to sell there",
                self.catalogue_check().await,
            ),
            self.check_agreements().await,
            check(
                "webhook events",
                "asking for transfers and registering for events",
                "give the consenting user the Admin agent role; the Sales agent role is not enough",
                self.webhook_events().await.map(drop),
            ),
        ];
        checks.extend(self.check_partner_agreement().await);
        let provides = sells_as == SellsAs::IndirectProvider;
        if provides {
            checks.extend(self.check_resellers().await);
        }
        let relationships = match self.has_admin_relationships {
            true => Some(self.admin_relationships().await.map(|read| read.value)),
            false => None,
        };
        if let Some(read) = &relationships {
            checks.push(check(
                "admin relationships",
                "knowing which roles we hold at customers, and until when",
                "consent to DelegatedAdminRelationship.Read.All",
                read.as_ref().map(drop).map_err(Clone::clone),
            ));
        }
        if let Some(customer) = customer {
            if provides {
                checks.push(check(
                    "customer's resellers",
                    "naming the reseller on a purchase",
                    USER,
                    self.read_resellers_of(customer).await.map(drop),
                ));
            }
            checks.extend(self.probe_tenant(customer, relationships).await);
        }
        checks
    }

    async fn check_agreements(&self) -> Check {
        match self.agreements {
            Agreements::Read => check(
                "agreement templates",
                "telling a current acceptance from an old one",
                APPLICATION,
                self.agreement_templates().await.map(drop),
            ),
            Agreements::Outside { settled } => Check {
                name: "customers' agreements",
                needed_for: "every purchase",
                result: settled.then_some(()).ok_or_else(|| {
                    "no call tells of them in this cloud; see that customers have accepted, and then set partner.agreements_settled"
                        .to_owned()
                }),
            },
        }
    }

    /// None where the service does not answer for a tenant like ours: the call is documented for resellers (fact sheet 10), and nobody
    /// says that it knows who bills customers itself.
    async fn check_partner_agreement(&self) -> Option<Check> {
        let unsigned = "it is not signed; have a global administrator of our own tenant sign the Microsoft Partner Agreement in Partner Center";
        let read = self.partner_agreement(self.partner).await;
        let check = |read| check("our partner agreement", "every purchase", USER, read);
        match read {
            Ok(false) => Some(Check { result: Err(unsigned.to_owned()), ..check(Ok(())) }),
            Err(failure) if failure.code.as_deref().is_some_and(|code| NO_RESELLER.contains(&code)) => None,
            read => Some(check(read.map(drop))),
        }
    }

    /// Who is tied to us as a reseller, and whether purchases may name the first of them: both are asked before a provider buys.
    async fn check_resellers(&self) -> [Check; 2] {
        let tied = self.read_all_tied(Tie::Resellers).await;
        let on_purchases = |read| check("resellers on purchases", "buying through a reseller", APPLICATION, read);
        let vouched = match &tied {
            Ok(tied) => match tied.iter().find_map(|it| it.partner_id.as_ref()) {
                Some(id) => on_purchases(self.vouch(&[id].into()).await.map(drop)),
                // Nobody can be asked about.
                None => on_purchases(Ok(())),
            },
            Err(_) => {
                let result = Err("not asked, because the resellers cannot be read".to_owned());
                Check { result, ..on_purchases(Ok(())) }
            }
        };
        [check("resellers", "knowing whom we provide for", USER, tied.map(drop)), vouched]
    }

    async fn probe_tenant(&self, customer: TenantId, relationships: Option<Relationships>) -> Vec<Check> {
        let mut checks = vec![check_sign_in(
            "sign-in, customer's tenant",
            "everything in the tenant",
            self.client.sign_in(Pass::Tenant(customer)).await,
        )];
        let missing = match relationships {
            Some(read) => {
                let (missing, told) = self.check_roles(customer, read).await;
                checks.extend(told);
                missing
            }
            None => Missing::default(),
        };
        checks.extend([
            check(
                "tenant's subscriptions",
                "seeing what the customer holds, whoever sold it",
                &missing.advice(READING, "consent to Organization.Read.All"),
                self.first_subscriptions(customer).await,
            ),
            check(
                "tenant's licences",
                "proving that seats have arrived",
                &missing.advice(READING, "consent to Organization.Read.All"),
                self.first_pools(customer).await,
            ),
            check(
                "tenant's users",
                "finding who holds which licence",
                &missing.advice(READING, "consent to User.Read.All"),
                self.first_user(customer).await,
            ),
            check(
                "tenant's groups",
                "seeing after the end whether groups could give their members licences",
                &missing.advice(READING, "consent to GroupMember.Read.All"),
                self.first_groups(customer).await,
            ),
            check(
                "changing licences",
                "moving licences where the new one is another",
                &missing.advice(WRITING, "consent to LicenseAssignment.ReadWrite.All"),
                self.could_assign(customer).await,
            ),
        ]);
        checks
    }

    /// Whether relationships give the roles, and whether a group of ours has them: without either a tenant is as closed as
    /// without consent, and only this tells which it is.
    async fn check_roles(&self, customer: TenantId, relationships: Relationships) -> (Missing, [Check; 2]) {
        let given = relationships.as_ref().map(|read| access_to(customer, read).lacks).map_err(Clone::clone);
        let assigned = match &relationships {
            Ok(read) => self.unassigned_roles(customer, read).await,
            Err(failure) => Err(failure.clone()),
        };
        let missing = Missing {
            given: given.as_ref().cloned().unwrap_or_default(),
            assigned: assigned.iter().flatten().map(|role| (*role).to_owned()).collect(),
        };
        let told = |roles: &[String], read: Option<&Failure>, what: &str, remedy: &str| match (roles, read) {
            (_, Some(failure)) => Err(format!("not known: {}", failure.sentence())),
            ([], None) => Ok(()),
            (roles, None) => Err(format!("{what} the role {}; {remedy}", roles.join(" or the role "))),
        };
        let checks = [
            Check {
                name: "roles in the customer's tenant",
                needed_for: "seeing what the tenant holds and changing licences in it",
                result: told(
                    &missing.given,
                    given.as_ref().err(),
                    "no admin relationship gives",
                    "have the customer approve one that does",
                ),
            },
            Check {
                name: "roles assigned to our groups",
                needed_for: "using the roles of admin relationships",
                result: told(
                    &missing.only_unassigned(),
                    assigned.as_ref().err(),
                    "no security group of ours has",
                    "assign it in Partner Center to one that the consenting user is in",
                ),
            },
        ];
        (missing, checks)
    }

    /// Whether licences could be changed: adds and removes nothing, of an account that nobody has. That it is not found is what
    /// somebody is told who is let in.
    async fn could_assign(&self, customer: TenantId) -> Result<(), Failure> {
        let url = self.client.at_graph(&["users", &Uuid::nil().to_string(), "assignLicense"]);
        let nothing = json!({ "addLicenses": [], "removeLicenses": [] });
        let call = Call::write(Operation::AssignLicence, Pass::Tenant(customer), url, Uuid::new_v4(), Some(nothing));
        match self.client.send(&call).await {
            // Graph's own word for it: a page of a proxy can be a 404 as well.
            Err(failure) if failure.code.as_deref() == Some("Request_ResourceNotFound") => Ok(()),
            answer => answer.map(drop),
        }
    }

    async fn catalogue_check(&self) -> Result<(), Failure> {
        match self.count_products(self.partner_country).await? {
            0 => Err(Failure::new(
                Operation::Products,
                Meaning::Refused(RefusalKind::OfferUnavailable),
                format!("nothing is for sale in {}", self.partner_country),
            )),
            _ => Ok(()),
        }
    }
}

/// Roles in a customer's tenant that the work needs and that are not there.
#[derive(Default)]
struct Missing {
    /// By what no relationship gives.
    given: Vec<String>,
    /// By what no group of ours has.
    assigned: Vec<String>,
}

impl Missing {
    /// What a relationship gives and no group has.
    fn only_unassigned(&self) -> Vec<String> {
        self.assigned.iter().filter(|role| !self.given.contains(role)).cloned().collect()
    }

    /// What to do where something needs `role` and a `consent`: the role first, for without it no consent opens anything.
    fn advice(&self, role: &str, consent: &str) -> String {
        let lacks = |roles: &[String]| roles.iter().any(|it| it == role);
        if lacks(&self.given) {
            format!("have an admin relationship with the role {role}{}", if role == READING { " or more" } else { "" })
        } else if lacks(&self.assigned) {
            format!("assign the role {role} to a security group that the consenting user is in")
        } else {
            consent.to_owned()
        }
    }
}

/// What came of a read. Where signing in for it went wrong, that is the cause, and no right is named for what was never asked.
fn check(name: &'static str, needed_for: &'static str, advice: &str, result: Result<(), Failure>) -> Check {
    let told = |failure: Failure| match failure.operation {
        Operation::SignIn if !is_on_the_way(&failure) => "not asked, because signing in for it did not work".to_owned(),
        // The service's own code may name the remedy.
        _ if failure.instruction().is_some() => failure.sentence(),
        _ => sentence(&failure, advice),
    };
    Check { name, needed_for, result: result.map_err(told) }
}

/// What came of signing in, whose refusals name the remedy themselves.
fn check_sign_in(name: &'static str, needed_for: &'static str, result: Result<(), Failure>) -> Check {
    let told = |failure: Failure| if is_on_the_way(&failure) { sentence(&failure, "") } else { failure.sentence() };
    Check { name, needed_for, result: result.map_err(told) }
}

/// Whether the way there, or the moment, is what is wrong.
fn is_on_the_way(failure: &Failure) -> bool {
    matches!(failure.meaning, Meaning::NotSent | Meaning::Passing | Meaning::Silent | Meaning::Throttled)
}

/// What went wrong, and `advice` unless the way there was at fault.
fn sentence(failure: &Failure, advice: &str) -> String {
    let advice = match failure.meaning {
        Meaning::NotSent | Meaning::Passing | Meaning::Silent if failure.status.is_none() => {
            "check the address and the network"
        }
        _ if is_on_the_way(failure) => "try again later",
        _ => advice,
    };
    format!("{}; {advice}", failure.sentence().trim_end_matches('.'))
}
