//! The `[webhooks]` part of the settings: where Partner Center reaches us, and whom we believe.

use super::Settings;
use crate::failure::Failure;
use carryover_partner_center::Trust;
use serde::Deserialize;
use std::collections::BTreeSet;
use std::path::PathBuf;
use url::Url;

/// How notices are received.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct WebhookSettings {
    /// The public address that is registered; none where somebody registers by hand.
    pub(crate) url: Option<Url>,
    /// Certificates that the signer's must lead to.
    roots_file: Option<PathBuf>,
    /// The hosts that the signer's certificate is fetched from; that of Microsoft's samples where none is named.
    certificate_hosts: Option<BTreeSet<String>>,
    /// The names that the signer's certificate may be made out to; that of Microsoft's samples where none is named.
    signer_hosts: Option<BTreeSet<String>>,
}

impl WebhookSettings {
    /// Whom to believe.
    pub(crate) fn trust(&self, settings: &Settings) -> Result<Trust, Failure> {
        let Some(file) = &self.roots_file else {
            return Err(Failure::input(
                "to tell Partner Center from others, --webhooks needs webhooks.roots_file: the root certificates of Microsoft as PEM",
            ));
        };
        let path = settings.resolve(file);
        let cannot =
            |why: &dyn std::fmt::Display| Failure::input(format!("webhooks.roots_file {}: {why}", path.display()));
        let bytes = std::fs::read(&path).map_err(|error| cannot(&error))?;
        let mut trust = Trust::of_certificates(&bytes).map_err(|why| cannot(&why))?;
        if let Some(hosts) = &self.certificate_hosts {
            trust.hosts.clone_from(hosts);
        }
        if let Some(signers) = &self.signer_hosts {
            trust.signers.clone_from(signers);
        }
        Ok(trust)
    }
}
