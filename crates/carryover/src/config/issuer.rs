//! Identity providers whose tokens are taken: their settings, and their keys from a file or an address, read anew from time to
//! time. Judges no token.

use super::Settings;
use super::server::role;
use crate::failure::Failure;
use carryover_grpc::{Issuer, KeySet};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;
use url::{Host, Url};

/// How often keys are read anew by themselves.
const EVERY: Duration = Duration::from_secs(3600);
/// The shortest time between two reads: whoever sends tokens with invented keys brings about no more.
const PAUSE: Duration = Duration::from_secs(60);
/// How long a read may take.
const WITHIN: Duration = Duration::from_secs(10);
/// The most bytes that keys have.
const BYTES_MAX: usize = 1 << 20;

/// One identity provider.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct IssuerSettings {
    /// The claim `iss` of its tokens.
    issuer: String,
    /// What has to be in the claim `aud`.
    audience: String,
    /// Its keys, as a file with a JSON Web Key Set.
    keys_file: Option<PathBuf>,
    /// Its keys, as the address of one (`jwks_uri`).
    keys_url: Option<Url>,
    /// The claim that names the caller.
    #[serde(default = "subject")]
    name_claim: String,
    /// The claim that lists roles.
    #[serde(default = "roles")]
    roles_claim: String,
    /// What its words stand for.
    roles: BTreeMap<String, String>,
}

fn subject() -> String {
    "sub".to_owned()
}

fn roles() -> String {
    "roles".to_owned()
}

/// An identity provider with the keys that it has now.
pub(crate) struct Provider {
    pub(crate) issuer: Issuer,
    source: Source,
}

enum Source {
    File(PathBuf),
    Address { url: Url, http: reqwest::Client },
}

impl IssuerSettings {
    /// Reads the keys.
    pub(crate) async fn provider(&self, settings: &Settings) -> Result<Provider, Failure> {
        let Self { issuer, audience, keys_file, keys_url, name_claim, roles_claim, roles } = self;
        let source = match (keys_file, keys_url) {
            (Some(file), None) => Source::File(settings.resolve(file)),
            (None, Some(url)) => Source::address(url)?,
            _ => {
                return Err(Failure::input(format!(
                    "server.issuers: {issuer} needs its keys, by either keys_file or keys_url"
                )));
            }
        };
        if issuer.trim().is_empty() || audience.trim().is_empty() {
            return Err(Failure::input(
                "server.issuers: issuer and audience must not be empty: tokens are compared with them",
            ));
        }
        let roles = roles
            .iter()
            .map(|(said, word)| Ok((said.clone(), role("issuers", said, word)?)))
            .collect::<Result<BTreeMap<_, _>, Failure>>()?;
        let cannot =
            |why: String| Failure::input(format!("server.issuers: the keys of {issuer} cannot be used: {why}"));
        let keys = KeySet::of_jwks(&source.read().await.map_err(cannot)?).map_err(|error| cannot(error.to_string()))?;
        let issuer = Issuer {
            issuer: issuer.clone(),
            audience: audience.clone(),
            name_claim: name_claim.clone(),
            roles_claim: roles_claim.clone(),
            roles,
            keys,
        };
        Ok(Provider { issuer, source })
    }
}

impl Source {
    fn address(url: &Url) -> Result<Self, Failure> {
        let is_here = match url.host() {
            Some(Host::Ipv4(ip)) => ip.is_loopback(),
            Some(Host::Ipv6(ip)) => ip.is_loopback(),
            _ => false,
        };
        if url.scheme() != "https" && !is_here {
            return Err(Failure::input(format!(
                "server.issuers: keys_url {url} is not https; whoever changes the keys on the way would be let in"
            )));
        }
        let http = reqwest::Client::builder().timeout(WITHIN).build();
        let http = http.map_err(|error| Failure::failed(format!("the HTTP client cannot be set up: {error}")))?;
        Ok(Self::Address { url: url.clone(), http })
    }

    async fn read(&self) -> Result<String, String> {
        match self {
            Self::File(path) => std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display())),
            Self::Address { url, http } => {
                let said = http.get(url.clone()).send().await.and_then(reqwest::Response::error_for_status);
                let mut said = said.map_err(|error| error.to_string())?;
                let mut text = Vec::new();
                while let Some(piece) = said.chunk().await.map_err(|error| error.to_string())? {
                    text.extend(piece);
                    if text.len() > BYTES_MAX {
                        return Err(format!("{url} has more than 1 MiB"));
                    }
                }
                String::from_utf8(text).map_err(|_| format!("{url} is not UTF-8"))
            }
        }
    }
}

impl Provider {
    /// Reads the keys anew from time to time, and when a token names one that is not there. Keys that cannot be read stay as
    /// they are. Never ends.
    pub(crate) async fn follow(&self) {
        loop {
            tokio::time::sleep(PAUSE).await;
            // Early or late, it is the same to do.
            let _late = tokio::time::timeout(EVERY, self.issuer.keys.missed()).await;
            let read = self.source.read().await;
            let done = read.and_then(|jwks| self.issuer.keys.replace(&jwks).map_err(|error| error.to_string()));
            if let Err(why) = done {
                tracing::warn!(issuer = self.issuer.issuer, why, "keys cannot be read; the old ones stay");
            }
        }
    }
}
