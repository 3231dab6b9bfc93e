//! An adapter whose addresses are an emulator's, and whose clock is the emulator's.

use carryover_emulator::{Emulator, Options, Running, Seed};
use carryover_partner_center::{Config, FixedVault, PartnerCenter, Unpaced};
use carryover_ports::Clock;
use jiff::Timestamp;
use secrecy::SecretString;
use std::sync::Arc;
use tokio::net::TcpListener;

struct EmulatedClock(Emulator);

impl Clock for EmulatedClock {
    fn now(&self) -> Timestamp {
        self.0.with_ledger(|ledger| ledger.now())
    }
}

/// Serves `seed` on a free port, and signs an adapter in to it as its partner.
pub(crate) async fn connect(seed: &Seed, options: Options) -> (PartnerCenter, Running) {
    // Another test of this process may have come first: the one provider serves all.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let running = Emulator::start(seed.clone(), options, listener).unwrap();
    let base: url::Url = running.base_url().parse().unwrap();
    let partner = &seed.partner;
    let mut config = Config::commercial(
        partner.tenant_id.to_string().parse().unwrap(),
        partner.country.parse().unwrap(),
        partner.client_id.clone(),
        SecretString::from(partner.client_secret.clone()),
    )
    .unwrap();
    config.partner_center = base.clone();
    config.login = base.clone();
    config.graph = base;
    let vault = FixedVault::new(SecretString::from(partner.refresh_token.clone()));
    let clock = EmulatedClock(running.emulator().clone());
    let adapter = PartnerCenter::try_new(config, Arc::new(vault), Arc::new(clock), Arc::new(Unpaced)).unwrap();
    (adapter, running)
}
