//! What works and what does not, one sentence each, for a person who sets things up. Changes nothing.

use crate::PartnerCenter;
use crate::classify::{Meaning, Operation};
use crate::client::Call;
use crate::failure::Failure;
use crate::identity::Pass;
use carryover_domain::ids::TenantId;
use carryover_domain::reply::RefusalKind;
use serde_json::json;
use uuid::Uuid;

/// The role without which nothing in a tenant can be read.
const READING: &str = "Directory Readers";

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
    /// Tries every read once, with `customer`'s tenant where one is given.
    pub async fn probe(&self, customer: Option<TenantId>) -> Vec<Check> {
        let mut checks = vec![
            check_sign_in(
                "sign-in, application",
                "customers, catalogue, carts, orders and subscriptions",
                "register the application at the partner tenant and give its id and secret",
                self.client.sign_in(Pass::Application).await,
            ),
            check_sign_in(
                "sign-in, application and user",
                "invitation, agreements and customers' tenants",
                "have a partner user with the Admin agent role consent again, with multi-factor sign-in",
                self.client.sign_in(Pass::User).await,
            ),
            check(
                "customers",
                "knowing whether a customer accepted",
                "give the application access to Partner Center's API",
                self.customers().await.map(drop),
            ),
            check(
                "relationship link",
                "inviting customers",
                "give the consenting user the Admin agent role",
                self.read_invitation_link().await.map(drop),
            ),
            check(
                "catalogue of the partner's country",
                "finding the offer that takes a source's place",
                "check the partner's country and its right to sell there",
                self.catalogue_check().await,
            ),
            check(
                "agreement templates",
                "telling a current acceptance from an old one",
                "give the consenting user the Admin agent role",
                self.agreement_templates().await.map(drop),
            ),
            check(
                "webhook events",
                "asking for transfers and registering for events",
                "give the consenting user the Admin agent role; the Sales agent role is not enough",
                self.webhook_events().await.map(drop),
            ),
            check(
                "admin relationships",
                "knowing which roles we hold at customers, and until when",
                "consent to DelegatedAdminRelationship.Read.All",
                self.admin_relationships().await.map(drop),
            ),
        ];
        if let Some(customer) = customer {
            checks.extend(self.probe_tenant(customer).await);
        }
        checks
    }

    async fn probe_tenant(&self, customer: TenantId) -> Vec<Check> {
        let lacks = match self.admin_access(customer).await {
            Ok(access) => access.lacks,
            Err(_) => Vec::new(),
        };
        // A role that is missing closes the tenant as a consent does; the relationship tells which it is.
        let reads_nothing = lacks.iter().any(|role| role == READING);
        let advice = |consent: &'static str| match reads_nothing {
            true => "have an admin relationship with the role Directory Readers or more",
            false => consent,
        };
        vec![
            check_sign_in(
                "sign-in, customer's tenant",
                "everything in the tenant",
                "have the customer approve an admin relationship and consent to the application there",
                self.client.sign_in(Pass::Tenant(customer)).await,
            ),
            Check {
                name: "roles in the customer's tenant",
                needed_for: "seeing what the tenant holds and changing licences in it",
                result: match lacks.as_slice() {
                    [] => Ok(()),
                    lacks => Err(format!(
                        "no admin relationship gives the role {}; have the customer approve one that does",
                        lacks.join(" or the role ")
                    )),
                },
            },
            check(
                "tenant's subscriptions",
                "seeing what the customer holds, whoever sold it",
                advice("consent to Organization.Read.All"),
                self.first_subscriptions(customer).await,
            ),
            check(
                "tenant's licences",
                "proving that seats have arrived",
                advice("consent to Organization.Read.All"),
                self.first_pools(customer).await,
            ),
            check(
                "tenant's users",
                "finding who holds which licence",
                advice("consent to User.Read.All"),
                self.first_user(customer).await,
            ),
            check(
                "tenant's groups",
                "seeing after the end whether groups could give their members licences",
                advice("consent to GroupMember.Read.All"),
                self.first_groups(customer).await,
            ),
            check(
                "changing licences",
                "moving licences where the new one is another",
                match lacks.is_empty() {
                    true => "consent to LicenseAssignment.ReadWrite.All",
                    false => "have an admin relationship with the role License Administrator",
                },
                self.could_assign(customer).await,
            ),
        ]
    }

    /// Whether licences could be changed: adds and removes nothing, of an account that nobody has. That it is not found is what
    /// somebody is told who is let in.
    async fn could_assign(&self, customer: TenantId) -> Result<(), Failure> {
        let url = self.client.at_graph(&["users", &Uuid::nil().to_string(), "assignLicense"]);
        let nothing = json!({ "addLicenses": [], "removeLicenses": [] });
        let call = Call::write(Operation::AssignLicence, Pass::Tenant(customer), url, Uuid::new_v4(), Some(nothing));
        match self.client.send(&call).await {
            Err(failure) if failure.status != Some(404) => Err(failure),
            Ok(_) | Err(_) => Ok(()),
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

/// What came of a read. Where signing in for it went wrong, that is the cause, and no right is named for what was never asked.
fn check(name: &'static str, needed_for: &'static str, advice: &str, result: Result<(), Failure>) -> Check {
    check_after(name, needed_for, advice, result, |failure| failure.operation == Operation::SignIn)
}

/// What came of signing in itself.
fn check_sign_in(name: &'static str, needed_for: &'static str, advice: &str, result: Result<(), Failure>) -> Check {
    check_after(name, needed_for, advice, result, |_| false)
}

fn check_after(
    name: &'static str,
    needed_for: &'static str,
    advice: &str,
    result: Result<(), Failure>,
    is_never_asked: impl Fn(&Failure) -> bool,
) -> Check {
    Check {
        name,
        needed_for,
        result: result.map_err(|failure| {
            let advice = match failure.meaning {
                // The way there, not a right, is what is missing.
                Meaning::NotSent | Meaning::Passing | Meaning::Silent if failure.status.is_none() => {
                    "check the address and the network"
                }
                Meaning::Throttled | Meaning::Passing | Meaning::Silent => "try again later",
                _ if is_never_asked(&failure) => return "not asked, because signing in for it did not work".to_owned(),
                // These sentences name the remedy themselves.
                Meaning::SignInRefused if failure.operation == Operation::SignIn => return failure.sentence(),
                _ => advice,
            };
            let sentence = failure.sentence();
            if failure.instruction().is_some() {
                return sentence;
            }
            format!("{}; {advice}", sentence.trim_end_matches('.'))
        }),
    }
}
