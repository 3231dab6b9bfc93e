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
        self.follow_at(PAUSE, EVERY).await;
    }

    async fn follow_at(&self, pause: Duration, every: Duration) {
        loop {
            tokio::time::sleep(pause).await;
            // Early or late, it is the same to do.
            let _late = tokio::time::timeout(every, self.issuer.keys.missed()).await;
            let read = self.source.read().await;
            let done = read.and_then(|jwks| self.issuer.keys.replace(&jwks).map_err(|error| error.to_string()));
            if let Err(why) = done {
                tracing::warn!(issuer = self.issuer.issuer, why, "keys cannot be read; the old ones stay");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Provider, Source};
    use axum::Router;
    use axum::http::StatusCode;
    use axum::routing::get;
    use carryover_grpc::{Issuer, KeySet};
    use std::collections::BTreeMap;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;
    use tokio::sync::Notify;

    /// A set with one key of that id.
    fn jwks(id: &str) -> String {
        let (x, y) = ("A".repeat(43), "A".repeat(43));
        format!(r#"{{"keys":[{{"kty":"EC","crv":"P-256","kid":"{id}","x":"{x}","y":"{y}"}}]}}"#)
    }

    /// Answers in this order, the last one again and again; tells of every answer but the first.
    async fn serve(answers: [(StatusCode, String); 3]) -> (url::Url, Arc<Notify>) {
        let (asked, told) = (Arc::new(AtomicUsize::new(0)), Arc::new(Notify::new()));
        let tells = told.clone();
        let answer = move || {
            let answer = answers[asked.fetch_add(1, Ordering::SeqCst).min(2)].clone();
            tells.notify_one();
            async move { answer }
        };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}/keys", listener.local_addr().expect("an address"));
        tokio::spawn(async move { axum::serve(listener, Router::new().route("/keys", get(answer))).await });
        (url.parse().expect("an address"), told)
    }

    #[tokio::test]
    async fn keys_are_read_anew_and_stay_where_they_cannot_be() {
        // Another test may have been first.
        let _installed = rustls::crypto::ring::default_provider().install_default();
        let answers = [
            (StatusCode::OK, jwks("old")),
            (StatusCode::SERVICE_UNAVAILABLE, String::new()),
            (StatusCode::OK, jwks("new")),
        ];
        let (url, told) = serve(answers).await;
        let source = Source::address(&url).expect("loopback");
        let keys = KeySet::of_jwks(&source.read().await.expect("keys")).expect("a set");
        let issuer = Issuer {
            issuer: "https://login.example".to_owned(),
            audience: "carryover".to_owned(),
            name_claim: "sub".to_owned(),
            roles_claim: "roles".to_owned(),
            roles: BTreeMap::new(),
            keys: keys.clone(),
        };
        let provider = Provider { issuer, source };
        let shown = || format!("{keys:?}");
        told.notified().await;
        let following = tokio::spawn(async move { provider.follow_at(Duration::ZERO, Duration::ZERO).await });
        // Each answer is taken, or not, before the next is asked for.
        told.notified().await;
        assert!(shown().contains("old"), "{}", shown());
        told.notified().await;
        assert!(shown().contains("old"), "a failure changes nothing: {}", shown());
        told.notified().await;
        assert!(shown().contains("new") && !shown().contains("old"), "{}", shown());
        following.abort();
    }

    #[test]
    fn keys_come_from_nobody_who_could_change_them_on_the_way() {
        let _installed = rustls::crypto::ring::default_provider().install_default();
        let said =
            |url: &str| Source::address(&url.parse().expect("an address")).map(drop).map_err(|why| why.to_string());
        assert!(said("http://login.example/keys").expect_err("refused").contains("not https"));
        assert_eq!(said("https://login.example/keys"), Ok(()));
    }
}
