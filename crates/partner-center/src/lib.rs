//! Partner Center and Microsoft Graph over HTTP, as the ports [`Commerce`](carryover_ports::Commerce),
//! [`Catalogue`](carryover_ports::Catalogue), [`Customers`](carryover_ports::Customers) and
//! [`Directory`](carryover_ports::Directory), and those for what was sold, for coming over without buying again and for
//! events: [`Subscriptions`](carryover_ports::Subscriptions), [`Conversions`](carryover_ports::Conversions),
//! [`Transfers`](carryover_ports::Transfers), [`Webhooks`](carryover_ports::Webhooks); and, for who sells with others or in
//! other clouds, [`Resellers`](carryover_ports::Resellers), [`Licences`](carryover_ports::Licences) and
//! [`Stock`](carryover_ports::Stock).
//!
//! The only place with credentials and vendor JSON. Decides nothing: it says what the services said. Never repeats a
//! write whose fate is unknown, never follows a redirect or a link to another host, and never lets a secret into an
//! error, a log line or a `Debug` text.
//!
//! Reading order: [`config`] (what must be known), [`vault`] and `identity` (who we are), `client` (one call),
//! [`pacing`] (when it may leave), `classify` (what an answer means: one table), then one module per port, and [`probe`] for `doctor`.
//!
//! rustls is compiled without a crypto provider: install one before [`PartnerCenter::try_new`].
//!
//! ```no_run
//! use carryover_partner_center::{Config, FileVault, MemoryBudgets, PartnerCenter};
//! use carryover_ports::{Clock, Commerce};
//! use std::sync::Arc;
//!
//! # async fn example(clock: Arc<dyn Clock>) -> Result<(), Box<dyn std::error::Error>> {
//! let partner = "aaaaaaaa-0000-4000-8000-000000000001".parse()?;
//! let secret = std::env::var("CLIENT_SECRET")?.into();
//! let config = Config::commercial(partner, "DE".parse()?, "cbb5f7a3-0000-4000-8000-000000000001", secret)?;
//! let vault = FileVault::new("/var/lib/carryover/refresh-token");
//! let budgets = MemoryBudgets::new(Arc::clone(&clock));
//! let partner_center = PartnerCenter::try_new(config, Arc::new(vault), clock, Arc::new(budgets))?;
//! let customer = "cccccccc-0000-4000-8000-0000000000c1".parse()?;
//! let standing = partner_center.standing(customer).await?;
//! assert!(standing.value.may_sell());
//! # Ok(())
//! # }
//! ```

mod assertion;
mod cart;
mod catalogue;
mod classify;
mod client;
mod commerce;
pub mod config;
mod conversions;
mod customers;
#[cfg(any(test, feature = "fuzzing"))]
pub mod decoding;
mod directory;
mod failure;
mod identity;
mod licences;
mod market;
pub mod meter;
pub mod notices;
mod operation;
mod orders;
pub mod pacing;
pub mod probe;
mod promotions;
mod redact;
mod resellers;
mod route;
mod shared;
mod standing;
mod stock;
mod subscriptions;
mod swaps;
mod transfers;
mod transport;
pub mod vault;
mod webhooks;
mod wire;

pub use assertion::ClientCertificate;
pub use config::{Cloud, Config, Credential, OwnerUser, SetupError};
pub use meter::{Count, Meter};
pub use notices::{Notice, NoticeRefusal, Notices, Trust};
pub use pacing::{Budget, MemoryBudgets, Unpaced};
pub use probe::Check;
pub use vault::{FileVault, FixedVault, TokenVault, VaultError};

use carryover_domain::facts::{Delivery, OwnSubscription, Standing, Tenancy};
use carryover_domain::handover::Transfer;
use carryover_domain::ids::{SubscriptionId, TenantId};
use carryover_ports::{Budgets, Clock, TiedPartner};
use client::Client;
use market::Markets;
use shared::Shared;
use std::sync::Arc;
use wire::agreement::Template;

/// The adapter. Cheap to clone; clones share connections, tokens, what is remembered and the meter.
#[derive(Clone)]
pub struct PartnerCenter {
    client: Client,
    markets: Arc<Markets>,
    shared: Arc<customers::Shared>,
    tenancies: Arc<Shared<TenantId, Tenancy>>,
    templates: Arc<Shared<(), Arc<Vec<Template>>>>,
    /// By the reseller whom a customer accepts with us.
    invitations: Arc<Shared<Option<TenantId>, String>>,
    tied: Arc<Shared<(), Arc<Vec<TiedPartner>>>>,
    roster: Arc<standing::Roster>,
    standings: Arc<Shared<TenantId, Standing>>,
    given: Arc<Shared<TenantId, promotions::Given>>,
    handovers: Arc<Shared<TenantId, Vec<Transfer>>>,
    owned: Arc<Shared<TenantId, Vec<OwnSubscription>>>,
    delivered: Arc<shared::Kept<(TenantId, SubscriptionId), Delivery>>,
    /// The resellers of each customer.
    resold: Arc<Shared<TenantId, Vec<TiedPartner>>>,
    /// Partner ids that the service takes on purchases; one that it takes no more it refuses with the purchase.
    vouched: Arc<shared::Kept<String, ()>>,
    partner: TenantId,
    partner_country: carryover_domain::value::Country,
    owner_user: OwnerUser,
    /// Who knows of customers' agreements in this cloud.
    agreements: standing::Agreements,
    /// Whether delegated administration can be read in this cloud.
    has_admin_relationships: bool,
    /// Where customers accept invitations; empty where no document says so.
    admin_portals: &'static [&'static str],
}

impl PartnerCenter {
    /// Connects nothing yet: the first call does.
    ///
    /// # Errors
    /// [`SetupError`] when an address, a name or the TLS set-up cannot work.
    pub fn try_new(
        config: Config,
        vault: Arc<dyn TokenVault>,
        clock: Arc<dyn Clock>,
        budgets: Arc<dyn Budgets>,
    ) -> Result<Self, SetupError> {
        let (partner, partner_country) = (config.partner_tenant, config.partner_country);
        let owner_user = config.owner_user;
        let agreements = standing::Agreements::of(&config)?;
        let config::Offered { admin_relationships: has_admin_relationships, admin_portals, .. } = config.cloud.offers();
        let markets = Arc::new(Markets::new(&config));
        let tenancies = Arc::new(Shared::new(config.tenancy_age_max));
        let standings = Arc::new(Shared::new(config.tenancy_age_max));
        let given = Arc::new(Shared::new(config.tenancy_age_max));
        let handovers = Arc::new(Shared::new(config.tenancy_age_max));
        let owned = Arc::new(Shared::new(config.tenancy_age_max));
        let resold = Arc::new(Shared::new(config.tenancy_age_max));
        let agreed = shared::Kept::new(config.agreement_age_max);
        let roster = Arc::new(standing::Roster::new(agreed, config.tenancy_age_max));
        let delivered = Arc::new(shared::Kept::new(config.delivery_age_max));
        let vouched = Arc::new(shared::Kept::new(config.catalogue_age_max));
        let templates = Arc::new(Shared::new(config.catalogue_age_max));
        let invitations = Arc::new(Shared::new(config.catalogue_age_max));
        let tied = Arc::new(Shared::new(config.catalogue_age_max));
        let client = Client::try_new(config, vault, clock, budgets)?;
        let shared = Arc::default();
        Ok(Self {
            client,
            markets,
            shared,
            tenancies,
            templates,
            invitations,
            tied,
            roster,
            standings,
            given,
            handovers,
            owned,
            delivered,
            resold,
            vouched,
            partner,
            partner_country,
            owner_user,
            agreements,
            has_admin_relationships,
            admin_portals,
        })
    }

    /// How many calls were made, for the binary to show.
    pub fn meter(&self) -> &Meter {
        self.client.meter()
    }
}

impl std::fmt::Debug for PartnerCenter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PartnerCenter").finish_non_exhaustive()
    }
}
