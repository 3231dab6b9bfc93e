//! Signing in (Secure Application Model; fact sheet 2): tokens, their renewal, and the refresh token's rotation.
//!
//! Never loops at the door: a refusal is remembered for a while, because repeated refusals lock accounts. Keeps no token that
//! is over. Says which error the authority named, never what it wrote and never what was sent.

mod refusal;

use crate::classify::{Meaning, Operation};
use crate::config::{Config, Credential};
use crate::failure::Failure;
use crate::route;
use crate::transport::{Attempt, Transport};
use crate::vault::{TokenVault, VaultError};
use crate::wire::token::TokenReply;
use bytes::Bytes;
use carryover_domain::ids::TenantId;
use carryover_domain::time::later;
use carryover_ports::Clock;
use jiff::{SignedDuration, Timestamp};
use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderValue};
use reqwest::{Method, Request};
use secrecy::{ExposeSecret, SecretString};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use url::Url;
use url::form_urlencoded::Serializer;
use uuid::Uuid;
use zeroize::Zeroizing;

/// How long before its expiry a token is renewed (fact sheet 2.5).
const RENEW_BEFORE: SignedDuration = SignedDuration::from_secs(300);

/// How long a refused sign-in is not tried again: a person needs longer than that, and a lockout comes sooner.
const REFUSAL_HOLDS: SignedDuration = SignedDuration::from_secs(60);

/// Room for a form with every secret in it: one that had to grow would leave copies behind.
const FORM_BYTES: usize = 32 * 1024;

/// What a signed statement is called in a grant (RFC 7523).
const ASSERTION: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// What to assume when a token does not say how long it lives (fact sheet 2.5: about an hour).
const LIFETIME_UNSAID: SignedDuration = SignedDuration::from_mins(30);

/// Whose token a call needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Pass {
    /// The application alone, at Partner Center. Multi-factor enforcement does not touch it (fact sheet 2.8).
    Application,
    /// The application and the partner's user, at Partner Center.
    User,
    /// The application and the partner's user, at Graph in the partner's own tenant.
    Own,
    /// The application and the partner's user, at Graph in a customer's tenant.
    Tenant(TenantId),
}

impl Pass {
    /// Whether it is for Graph.
    pub(crate) fn is_for_graph(self) -> bool {
        matches!(self, Self::Own | Self::Tenant(_))
    }
}

/// A bearer token. Equal to itself only.
#[derive(Clone)]
pub(crate) struct Token {
    secret: Arc<SecretString>,
    expires: Timestamp,
}

impl Token {
    /// The `Authorization` header, marked so that it stays out of `Debug`, and wiped when it was sent.
    pub(crate) fn header(&self) -> Option<HeaderValue> {
        let text = ["Bearer ", self.secret.expose_secret()].concat();
        let text = Bytes::from_owner(Zeroizing::new(text.into_bytes()));
        let mut header = HeaderValue::from_maybe_shared(text).ok()?;
        header.set_sensitive(true);
        Some(header)
    }

    fn is(&self, other: &Token) -> bool {
        Arc::ptr_eq(&self.secret, &other.secret)
    }
}

/// What is known for one pass.
#[derive(Default)]
enum Slot {
    #[default]
    Empty,
    Held(Token),
    Refused {
        failure: Failure,
        until: Timestamp,
    },
}

impl Slot {
    /// Whether nothing in it is of use any more.
    fn is_over(&self, now: Timestamp) -> bool {
        match self {
            Self::Empty => true,
            Self::Held(token) => token.expires <= now,
            Self::Refused { until, .. } => *until <= now,
        }
    }
}

pub(crate) struct Identity {
    transport: Transport,
    login: Url,
    partner_center_audience: String,
    graph_audience: String,
    partner_tenant: TenantId,
    client_id: String,
    credential: Credential,
    clock: Arc<dyn Clock>,
    /// Held over load, grant and save, so that the newest refresh token is the one that stays.
    vault: tokio::sync::Mutex<Arc<dyn TokenVault>>,
    /// One slot per pass; whoever holds it signs in, the others wait for the result.
    slots: Mutex<BTreeMap<Pass, Arc<tokio::sync::Mutex<Slot>>>>,
}

impl Identity {
    pub(crate) fn new(
        config: &Config,
        transport: Transport,
        vault: Arc<dyn TokenVault>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self {
            transport,
            login: config.login.clone(),
            partner_center_audience: config.partner_center_audience.clone(),
            graph_audience: config.graph_audience.clone(),
            partner_tenant: config.partner_tenant,
            client_id: config.client_id.clone(),
            credential: config.credential.clone(),
            clock,
            vault: tokio::sync::Mutex::new(vault),
            slots: Mutex::new(BTreeMap::new()),
        }
    }

    /// A token for `pass` that is good for a while.
    pub(crate) async fn token(&self, pass: Pass) -> Result<Token, Failure> {
        let slot = self.slot(pass);
        let mut slot = slot.lock().await;
        let now = self.clock.now();
        match &*slot {
            Slot::Held(token) if later(now, RENEW_BEFORE) < token.expires => {
                return Ok(token.clone());
            }
            Slot::Refused { failure, until } if now < *until => return Err(failure.clone()),
            _ => {}
        }
        // As often as tokens come, those that are over go.
        self.tidy(now);
        match self.sign_in(pass, now).await {
            Ok(token) => {
                *slot = Slot::Held(token.clone());
                Ok(token)
            }
            Err(failure) => {
                *slot = match failure.meaning {
                    Meaning::SignInRefused | Meaning::Refused(_) => {
                        Slot::Refused { failure: failure.clone(), until: later(now, REFUSAL_HOLDS) }
                    }
                    _ => Slot::Empty,
                };
                Err(failure)
            }
        }
    }

    /// Forgets `token`, which a service did not accept; a newer one is kept.
    pub(crate) async fn forget(&self, pass: Pass, token: &Token) {
        let slot = self.slot(pass);
        let mut slot = slot.lock().await;
        if matches!(&*slot, Slot::Held(held) if held.is(token)) {
            *slot = Slot::Empty;
        }
    }

    /// A refusal for `pass` counts no more, nor does what a sign-in under way will bring; with new `rights` neither does a token,
    /// which may have been made out without them.
    pub(crate) fn forget_entry(&self, pass: Pass, rights: bool) {
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        let is_good = |slot: &tokio::sync::Mutex<Slot>| {
            !rights && slot.try_lock().is_ok_and(|slot| matches!(&*slot, Slot::Held(_)))
        };
        if slots.get(&pass).is_some_and(|slot| !is_good(slot)) {
            slots.remove(&pass);
        }
    }

    fn slot(&self, pass: Pass) -> Arc<tokio::sync::Mutex<Slot>> {
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(slots.entry(pass).or_default())
    }

    /// Lets go of what is over, and with it of the tokens, which are wiped. Whoever works with a slot keeps it.
    fn tidy(&self, now: Timestamp) {
        let is_over = |slot: &Arc<tokio::sync::Mutex<Slot>>| {
            Arc::strong_count(slot) == 1 && slot.try_lock().is_ok_and(|slot| slot.is_over(now))
        };
        self.slots.lock().unwrap_or_else(PoisonError::into_inner).retain(|_, slot| !is_over(slot));
    }

    async fn sign_in(&self, pass: Pass, now: Timestamp) -> Result<Token, Failure> {
        let (tenant, audience) = match pass {
            Pass::Application | Pass::User => (self.partner_tenant, &self.partner_center_audience),
            Pass::Own => (self.partner_tenant, &self.graph_audience),
            Pass::Tenant(tenant) => (tenant, &self.graph_audience),
        };
        let reply = match pass {
            Pass::Application => self.ask(pass, tenant, audience, None).await?,
            Pass::User | Pass::Own | Pass::Tenant(_) => {
                let vault = self.vault.lock().await;
                let old = vault.load().await.map_err(broken_vault)?;
                let reply = self.ask(pass, tenant, audience, Some(&old)).await?;
                if let Some(new) = &reply.refresh_token
                    && new.expose_secret() != old.expose_secret()
                {
                    tracing::debug!("a new refresh token is to be kept");
                    vault.save(new.clone()).await.map_err(broken_vault)?;
                }
                reply
            }
        };
        let lifetime =
            reply.expires_in.map_or(LIFETIME_UNSAID, |seconds| SignedDuration::from_secs(i64::from(seconds)));
        Ok(Token { secret: Arc::new(reply.access_token), expires: later(now, lifetime) })
    }

    /// The form of a grant, wiped when it was sent: the refresh token's when there is one, otherwise the application's own.
    fn grant(&self, url: &Url, audience: &str, refresh_token: Option<&SecretString>) -> Option<Zeroizing<Vec<u8>>> {
        let mut form = Serializer::new(String::with_capacity(FORM_BYTES));
        form.append_pair("client_id", &self.client_id).append_pair("resource", audience);
        match &self.credential {
            Credential::Secret(secret) => form.append_pair("client_secret", secret.expose_secret()),
            Credential::Certificate(certificate) => {
                let statement = certificate.statement(&self.client_id, url.as_str(), self.clock.now())?;
                form.append_pair("client_assertion_type", ASSERTION)
                    .append_pair("client_assertion", statement.expose_secret())
            }
        };
        match refresh_token {
            None => form.append_pair("grant_type", "client_credentials"),
            Some(token) => {
                form.append_pair("grant_type", "refresh_token").append_pair("refresh_token", token.expose_secret())
            }
        };
        Some(Zeroizing::new(form.finish().into_bytes()))
    }

    /// Asks for one token.
    async fn ask(
        &self,
        pass: Pass,
        tenant: TenantId,
        audience: &str,
        refresh_token: Option<&SecretString>,
    ) -> Result<TokenReply, Failure> {
        let url = route::at(&self.login, &[&tenant.to_string(), "oauth2", "token"]);
        let grant = self.grant(&url, audience, refresh_token).ok_or_else(|| {
            Failure::new(Operation::SignIn, Meaning::SignInRefused, "the key of the certificate cannot sign")
        })?;
        let mut request = Request::new(Method::POST, url);
        let headers = request.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"));
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        *request.body_mut() = Some(Bytes::from_owner(grant).into());
        let answer = self
            .transport
            .exchange(Operation::SignIn, request, Attempt::first(Uuid::new_v4()))
            .await
            .map_err(|failure| refusal::told(failure, pass, self.credential.word()))?;
        TokenReply::read(answer.body)
            .ok_or_else(|| Failure::garbled(Operation::SignIn, "there is no access token in it"))
    }
}

/// Signing in goes no further before a person has seen to the vault.
fn broken_vault(error: VaultError) -> Failure {
    let remedy = match error {
        VaultError::Unreadable { .. } => "put the refresh token there that a partner user's consent has brought",
        VaultError::Unwritable { .. } => "see that it can be written there: each sign-in brings a new one",
    };
    Failure::new(Operation::SignIn, Meaning::SignInRefused, format!("{error}; {remedy}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vault::FixedVault;

    struct Noon;

    impl Clock for Noon {
        fn now(&self) -> Timestamp {
            Timestamp::UNIX_EPOCH
        }
    }

    #[test]
    fn what_is_over_is_let_go_and_what_somebody_works_with_is_kept() {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let partner = TenantId::new(Uuid::from_u128(1));
        let config = Config::commercial(partner, "DE".parse().unwrap(), "app", "secret".into()).unwrap();
        let vault = Arc::new(FixedVault::new("token".into()));
        let identity = Identity::new(&config, Transport::try_new(&config).unwrap(), vault, Arc::new(Noon));
        let tenant = |number| Pass::Tenant(TenantId::new(Uuid::from_u128(number)));
        let hold = |pass, secs| {
            let token = Token { secret: Arc::new("token".into()), expires: Timestamp::from_second(secs).unwrap() };
            *identity.slot(pass).try_lock().unwrap() = Slot::Held(token);
        };
        hold(tenant(1), 3_600);
        hold(tenant(2), 7_200);
        hold(tenant(3), 3_600);
        let used = identity.slot(tenant(3));
        let failure = Failure::new(Operation::SignIn, Meaning::SignInRefused, "no");
        let until = Timestamp::from_second(60).unwrap();
        *identity.slot(tenant(4)).try_lock().unwrap() = Slot::Refused { failure, until };
        let kept = |secs| {
            identity.tidy(Timestamp::from_second(secs).unwrap());
            identity.slots.lock().unwrap().keys().copied().collect::<Vec<_>>()
        };
        assert_eq!(kept(59), [1, 2, 3, 4].map(tenant));
        assert_eq!(kept(3_600), [2, 3].map(tenant));
        drop(used);
        assert_eq!(kept(3_600), [2].map(tenant));
    }
}
