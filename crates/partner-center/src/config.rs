//! What must be known before the first call. Reads no file and no environment: the binary does.

use carryover_domain::ids::TenantId;
use carryover_domain::value::Country;
use jiff::SignedDuration;
use secrecy::SecretString;
use std::collections::BTreeMap;
use std::time::Duration;
use url::Url;

/// Where the services are, who we are there, and how patient we are.
///
/// Every address may carry a port and a path prefix, so that an emulator can take the place of all three hosts.
#[derive(Debug, Clone)]
pub struct Config {
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
    /// Its secret.
    pub client_secret: SecretString,
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
    /// How long products and terms on sale are remembered. Carts are made upon a fresh availability all the same.
    pub catalogue_age_max: SignedDuration,
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
        let address = |text: &str| Url::parse(text).map_err(|_| SetupError::Address { address: text.to_owned() });
        Ok(Self {
            partner_center: address("https://api.partnercenter.microsoft.com")?,
            login: address("https://login.microsoftonline.com")?,
            graph: address("https://graph.microsoft.com")?,
            partner_center_audience: "https://api.partnercenter.microsoft.com".to_owned(),
            graph_audience: "https://graph.microsoft.com".to_owned(),
            partner_tenant,
            partner_country,
            client_id: client_id.into(),
            client_secret,
            application: "Carryover".to_owned(),
            locale: "en-US".to_owned(),
            connect_timeout: Duration::from_secs(10),
            // Microsoft's own client waits three minutes (fact sheet 6.2); a checkout may take long.
            answer_timeout: Duration::from_secs(180),
            // Un-paged product lists are big (fact sheet 12.1), yet far from this.
            answer_bytes_max: 16 * 1024 * 1024,
            catalogue_age_max: SignedDuration::from_hours(12),
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
    /// A budget cannot be set so.
    #[error("a budget `{name}` of {wish} cannot be kept: the budgets are {}", budgets())]
    Budget {
        /// The name that was given.
        name: String,
        /// How much of it was wanted.
        wish: u32,
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
