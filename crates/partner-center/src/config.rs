//! What must be known before the first call. Reads no file and no environment: the binary does.

use crate::assertion::ClientCertificate;
use carryover_domain::ids::TenantId;
use carryover_domain::value::Country;
use jiff::SignedDuration;
use secrecy::SecretString;
use std::collections::BTreeMap;
use std::time::Duration;
use url::Url;

/// What an application proves itself with.
#[derive(Debug, Clone)]
pub enum Credential {
    /// A secret that the authority made.
    Secret(SecretString),
    /// A certificate that is registered there.
    Certificate(ClientCertificate),
}

impl Credential {
    /// What people call it.
    pub(crate) fn word(&self) -> &'static str {
        match self {
            Self::Secret(_) => "secret",
            Self::Certificate(_) => "certificate",
        }
    }
}

/// Which of Microsoft's clouds (fact sheet 1). Accounts, customers and tokens of one are not valid in another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cloud {
    /// The commercial one.
    Global,
    /// US Government: the tenant tells it from the commercial one at Partner Center.
    UsGovernment,
    /// Run by 21Vianet in China.
    China,
}

/// Where a cloud is, and what it can be asked.
pub(crate) struct Offered {
    partner_center: &'static str,
    login: &'static str,
    graph: &'static str,
    /// Where customers accept invitations (fact sheet 9.5; the second is the newer name); empty where no document says so.
    pub(crate) admin_portals: &'static [&'static str],
    /// Whether customers' agreements can be read (fact sheet 1, 11).
    pub(crate) agreements: bool,
    /// Whether delegated administration can be read (fact sheet 1, 21.6).
    pub(crate) admin_relationships: bool,
}

impl Cloud {
    /// What it offers (fact sheet 1).
    pub(crate) const fn offers(self) -> Offered {
        let global = Offered {
            partner_center: "https://api.partnercenter.microsoft.com",
            login: "https://login.microsoftonline.com",
            graph: "https://graph.microsoft.com",
            admin_portals: &["admin.microsoft.com", "admin.cloud.microsoft"],
            agreements: true,
            admin_relationships: true,
        };
        match self {
            Self::Global => global,
            Self::UsGovernment => Offered {
                login: "https://login.microsoftonline.us",
                graph: "https://graph.microsoft.us",
                admin_portals: &[],
                agreements: false,
                ..global
            },
            Self::China => Offered {
                partner_center: "https://partner.partnercenterapi.microsoftonline.cn",
                login: "https://login.partner.microsoftonline.cn",
                graph: "https://microsoftgraph.chinacloudapi.cn",
                admin_portals: &[],
                agreements: false,
                admin_relationships: false,
            },
        }
    }
}

/// What it means that the owner of a tenant's subscription is of the type `User`. The values of that field are not verified, and
/// the one documented sample of a direct subscription has this one (fact sheet 21.2, 26).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OwnerUser {
    /// A user bought it in self-service (rule R18).
    #[default]
    SelfService,
    /// Nothing: who bought it is what we are told.
    Nothing,
}

/// Where the services are, who we are there, and how patient we are.
///
/// Every address may carry a port and a path prefix, so that an emulator can take the place of all three hosts.
#[derive(Debug, Clone)]
pub struct Config {
    /// Which cloud answers there, and so what it can be asked.
    pub cloud: Cloud,
    /// Where [`Cloud`] tells nothing of customers' agreements: whether a person has said that they are settled. Nothing is bought
    /// there before.
    pub agreements_settled: bool,
    /// Partner Center, without `/v1`.
    pub partner_center: Url,
    /// The sign-in authority, without a tenant.
    pub login: Url,
    /// Microsoft Graph, without `/v1.0`.
    pub graph: Url,
    /// The audience of Partner Center tokens (fact sheet 2.2). Stays Microsoft's when the host is an emulator.
    pub partner_center_audience: String,
    /// The audience of Graph tokens.
    pub graph_audience: String,
    /// The partner's own tenant.
    pub partner_tenant: TenantId,
    /// The partner's own country; the catalogue probe asks for it.
    pub partner_country: Country,
    /// The application that signs in.
    pub client_id: String,
    /// What it proves itself with.
    pub credential: Credential,
    /// The caller's name in Partner Center's telemetry: visible ASCII.
    pub application: String,
    /// The language of titles and refusals, such as `en-US`. Nothing is decided upon them.
    pub locale: String,
    /// How long a connection may take to come about. Nothing was sent by then.
    pub connect_timeout: Duration,
    /// How long a call may take in all. A write without an answer by then is in doubt.
    pub answer_timeout: Duration,
    /// How large an answer may be, decompressed.
    pub answer_bytes_max: usize,
    /// Largest list that is put together, by the bytes of all its pages.
    pub list_bytes_max: usize,
    /// How long the products of a country are remembered.
    pub catalogue_age_max: SignedDuration,
    /// How long it is remembered what an offer is sold for. Carts are made upon a fresh availability all the same.
    pub terms_age_max: SignedDuration,
    /// How long it is remembered which licence each SKU of a product provisions. That never changes; only a SKU that is new in
    /// a product is found so much later, whereas a new product is found as soon as products are read again.
    pub items_age_max: SignedDuration,
    /// The same for SKUs that are asked for by name and known, as those of an approved plan are: what is new in their product is
    /// not looked for. A cart is made upon a fresh availability all the same.
    pub named_items_age_max: SignedDuration,
    /// How long an agreement that was seen is remembered. A newer one may ask to be confirmed meanwhile; then the service
    /// refuses the purchase, and that ends it at once.
    pub agreement_age_max: SignedDuration,
    /// How long what a tenant holds, and whether we may sell to it, is remembered, for lines that ask together. A write of ours
    /// in a tenant ends the former at once.
    pub tenancy_age_max: SignedDuration,
    /// How long it is remembered that Partner Center has provisioned a subscription, while its tenant does not show it yet.
    pub delivery_age_max: SignedDuration,
    /// What a subscription of a tenant says by an owner of the type `User`.
    pub owner_user: OwnerUser,
    /// Budgets of [`crate::pacing::BUDGETS`] that are to be kept smaller, by name: at least 1, at most what is allowed.
    pub budgets_lowered: BTreeMap<String, u32>,
    /// How long a call waits here for its place; where it would be longer, it is put off without being sent.
    pub budget_wait_max: SignedDuration,
    /// Whether bodies go to the log, without what could name a person or be a secret.
    pub log_bodies: bool,
}

impl Config {
    /// The global commercial cloud (fact sheet 1), with limits that suit it; change what differs.
    ///
    /// # Errors
    /// [`SetupError::Address`] never in practice: the three addresses are constants.
    pub fn commercial(
        partner_tenant: TenantId,
        partner_country: Country,
        client_id: impl Into<String>,
        client_secret: SecretString,
    ) -> Result<Self, SetupError> {
        Self::of_cloud(Cloud::Global, partner_tenant, partner_country, client_id, Credential::Secret(client_secret))
    }

    /// The same for any cloud and credential.
    ///
    /// # Errors
    /// [`SetupError::Address`] never in practice: the addresses are constants.
    pub fn of_cloud(
        cloud: Cloud,
        partner_tenant: TenantId,
        partner_country: Country,
        client_id: impl Into<String>,
        credential: Credential,
    ) -> Result<Self, SetupError> {
        let Offered { partner_center, login, graph, .. } = cloud.offers();
        let address = |text: &str| Url::parse(text).map_err(|_| SetupError::Address { address: text.to_owned() });
        Ok(Self {
            cloud,
            agreements_settled: false,
            partner_center: address(partner_center)?,
            login: address(login)?,
            graph: address(graph)?,
            partner_center_audience: partner_center.to_owned(),
            graph_audience: graph.to_owned(),
            partner_tenant,
            partner_country,
            client_id: client_id.into(),
            credential,
            application: "Carryover".to_owned(),
            locale: "en-US".to_owned(),
            connect_timeout: Duration::from_secs(10),
            // Microsoft's own client waits three minutes (fact sheet 6.2); a checkout may take long.
            answer_timeout: Duration::from_secs(180),
            // Un-paged product lists are big (fact sheet 12.1), yet far from this.
            answer_bytes_max: 16 * 1024 * 1024,
            // Some 200,000 customers, or users with their licences.
            list_bytes_max: 256 * 1024 * 1024,
            catalogue_age_max: SignedDuration::from_hours(12),
            terms_age_max: SignedDuration::from_hours(30 * 24),
            items_age_max: SignedDuration::from_hours(30 * 24),
            named_items_age_max: SignedDuration::from_hours(90 * 24),
            agreement_age_max: SignedDuration::from_hours(90 * 24),
            tenancy_age_max: SignedDuration::from_secs(60),
            delivery_age_max: SignedDuration::from_hours(24),
            owner_user: OwnerUser::default(),
            budgets_lowered: BTreeMap::new(),
            // Longer than the queue of some hundred workers.
            budget_wait_max: SignedDuration::from_secs(30),
            log_bodies: false,
        })
    }

    /// Whether all three hosts are this machine: then no proxy is asked.
    pub(crate) fn is_local(&self) -> bool {
        [&self.partner_center, &self.login, &self.graph].into_iter().all(|address| match address.host() {
            Some(url::Host::Ipv4(ip)) => ip.is_loopback(),
            Some(url::Host::Ipv6(ip)) => ip.is_loopback(),
            Some(url::Host::Domain(name)) => name == "localhost",
            None => false,
        })
    }
}

/// Why the adapter cannot be set up. A person must change the settings.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// An address is not one.
    #[error("`{address}` is not an http or https address")]
    Address {
        /// What was given.
        address: String,
    },
    /// A setting cannot be sent as a header.
    #[error("{setting} may hold visible ASCII characters only")]
    Header {
        /// Which one.
        setting: &'static str,
    },
    /// Agreements are read in this cloud, so nobody can say that they are settled.
    #[error("customers' agreements are read in the global cloud, so that they are settled cannot be said by a setting")]
    AgreementsAreRead,
    /// A budget cannot be set so.
    #[error("a budget `{name}` of {wish} cannot be kept: the budgets are {}", budgets())]
    Budget {
        /// The name that was given.
        name: String,
        /// How much of it was wanted.
        wish: u32,
    },
    /// The certificate to sign in with cannot be used.
    #[error("the certificate to sign in with cannot be used: {why}")]
    Certificate {
        /// What is wrong with it.
        why: &'static str,
    },
    /// The HTTP client could not be made.
    #[error("the HTTP client could not be set up")]
    Http {
        /// Why.
        #[source]
        source: reqwest::Error,
    },
}

/// The budgets that there are, each with the most that it can be set to.
fn budgets() -> String {
    let most = |budget: crate::Budget| format!("{} (1 to {} in {} s)", budget.name, budget.allowed, budget.secs);
    crate::pacing::BUDGETS.map(most).join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_cloud_has_its_own_addresses_and_its_tokens_are_asked_for_there() {
        let of = |cloud| {
            let partner = "aaaaaaaa-0000-4000-8000-000000000001".parse().unwrap();
            let credential = Credential::Secret("secret".into());
            let config = Config::of_cloud(cloud, partner, "DE".parse().unwrap(), "app", credential).unwrap();
            assert_eq!(config.graph.as_str().trim_end_matches('/'), config.graph_audience);
            assert_eq!(config.partner_center.as_str().trim_end_matches('/'), config.partner_center_audience);
            [config.partner_center, config.login, config.graph].map(|address| address.host_str().unwrap().to_owned())
        };
        assert_eq!(
            of(Cloud::Global),
            ["api.partnercenter.microsoft.com", "login.microsoftonline.com", "graph.microsoft.com"]
        );
        assert_eq!(
            of(Cloud::UsGovernment),
            ["api.partnercenter.microsoft.com", "login.microsoftonline.us", "graph.microsoft.us"]
        );
        assert_eq!(
            of(Cloud::China),
            [
                "partner.partnercenterapi.microsoftonline.cn",
                "login.partner.microsoftonline.cn",
                "microsoftgraph.chinacloudapi.cn"
            ]
        );
    }
}
