//! The `[server]` part of the settings: who is let in, how the server is reached, and what is asked of approvals. Holds hashes
//! of tokens, never tokens.

use super::Settings;
use super::issuer::IssuerSettings;
use crate::failure::Failure;
use carryover_domain::forecast::Amounts;
use carryover_domain::value::Money;
use carryover_grpc::{
    ApprovalRules, Caller, ClientCertificate, Credentials, Gate, Issuer, Limits, Role, Seal, StaticToken, Tls,
    Transport,
};
use rust_decimal::Decimal;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Fewest bytes of the key that page tokens are signed with.
const KEY_MIN: usize = 32;

/// How `carryover serve` serves.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ServerSettings {
    /// Who is let in; on loopback, everybody where nobody is named.
    #[serde(default)]
    tokens: Vec<TokenSettings>,
    /// Whose signed tokens are taken.
    #[serde(default)]
    pub(crate) issuers: Vec<IssuerSettings>,
    /// Clients that are known by their certificates.
    #[serde(default)]
    certificates: Vec<TokenSettings>,
    /// TLS.
    tls: Option<TlsSettings>,
    /// Where changes are written down with who asked for them; beside the database where none is named.
    audit_file: Option<PathBuf>,
    /// The key of page and resume tokens; a fresh one for each process where none is named.
    page_token_key_file: Option<PathBuf>,
    /// Whoever proposed a plan may not approve it.
    #[serde(default)]
    four_eyes: bool,
    /// What approvals may cost, by currency: nothing is limited where nothing is named.
    #[serde(default)]
    spending: SpendingSettings,
    /// Calls of one caller in a minute; not counted where none is named.
    calls_per_minute: Option<u32>,
    /// Watches of one caller at once.
    streams_per_caller: Option<usize>,
    /// Watches at once.
    streams: Option<usize>,
    /// Connections at once.
    connections: Option<usize>,
    /// Origins of web pages that may call by gRPC-Web.
    web_origins: Option<Vec<String>>,
}

/// What approvals may cost.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct SpendingSettings {
    per_approval: Option<BTreeMap<String, String>>,
    per_day: Option<BTreeMap<String, String>>,
}

/// Files in PEM.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct TlsSettings {
    /// The server's certificate, with those that vouch for it.
    certificate: PathBuf,
    /// Its private key.
    key: PathBuf,
    /// Who vouches for clients; with it, a client without a certificate is not let in.
    client_ca: Option<PathBuf>,
}

/// One bearer token, or one certificate of a client.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct TokenSettings {
    /// The name that is recorded with what its owner does.
    name: String,
    /// SHA-256 of the token, or of the certificate in DER, in hexadecimal.
    sha256: String,
    roles: BTreeSet<String>,
}

impl TokenSettings {
    /// The hash and its owner; `list` is the name of the setting.
    fn owner(&self, list: &str, made_with: &str) -> Result<([u8; 32], Arc<Caller>), Failure> {
        let Self { name, sha256, roles } = self;
        if name.trim().is_empty() {
            return Err(Failure::input(format!(
                "server.{list}: one has no name; its owner's name is recorded with what is done"
            )));
        }
        let hash = unhex(sha256).ok_or_else(|| {
            Failure::input(format!(
                "server.{list}: sha256 of {name} is not 64 hexadecimal digits; make it with: {made_with}"
            ))
        })?;
        let roles = roles.iter().map(|word| role(list, name, word)).collect::<Result<BTreeSet<_>, _>>()?;
        if roles.is_empty() {
            return Err(Failure::input(format!("server.{list}: {name} has no role and could do nothing")));
        }
        Ok((hash, Arc::new(Caller { name: name.clone(), roles })))
    }
}

/// The role that `word` of `name` is.
pub(super) fn role(list: &str, name: &str, word: &str) -> Result<Role, Failure> {
    Role::of_word(word).ok_or_else(|| {
        let words = Role::ALL.map(Role::word).join(", ");
        Failure::input(format!("server.{list}: {name} has the role `{word}`; there are {words}"))
    })
}

impl ServerSettings {
    /// Who is let in, with `issuers` beside those that are named here; none where nobody is.
    pub(crate) fn gate(&self, issuers: Vec<Issuer>) -> Result<Option<Gate>, Failure> {
        let token = |said: &TokenSettings| {
            let (sha256, caller) = said.owner("tokens", "printf %s TOKEN | sha256sum")?;
            Ok(StaticToken { sha256, caller })
        };
        let certificate = |said: &TokenSettings| {
            let made_with = "openssl x509 -in FILE -outform DER | sha256sum";
            let (sha256, caller) = said.owner("certificates", made_with)?;
            Ok(ClientCertificate { sha256, caller })
        };
        let tokens = self.tokens.iter().map(token).collect::<Result<Vec<_>, Failure>>()?;
        let certificates = self.certificates.iter().map(certificate).collect::<Result<Vec<_>, Failure>>()?;
        let vouched = self.tls.as_ref().is_some_and(|tls| tls.client_ca.is_some());
        if !certificates.is_empty() && !vouched {
            return Err(Failure::input(
                "server.certificates: nobody vouches for the certificates of clients; name server.tls.client_ca",
            ));
        }
        let nobody = tokens.is_empty() && certificates.is_empty() && issuers.is_empty();
        Ok((!nobody).then_some(Gate::Guarded(Credentials { tokens, issuers, certificates })))
    }

    /// TLS and gRPC-Web.
    pub(crate) fn transport(&self, settings: &Settings) -> Result<Transport, Failure> {
        let read = |what: &str, file: &Path| {
            let path = settings.resolve(file);
            std::fs::read(&path).map_err(|error| {
                Failure::input(format!("server.tls.{what} {} cannot be read: {error}", path.display()))
            })
        };
        let tls = |tls: &TlsSettings| {
            Ok::<_, Failure>(Tls {
                certificate: read("certificate", &tls.certificate)?,
                key: read("key", &tls.key)?.into(),
                client_ca: tls.client_ca.as_deref().map(|file| read("client_ca", file)).transpose()?,
            })
        };
        Ok(Transport { tls: self.tls.as_ref().map(tls).transpose()?, web: self.web_origins.clone() })
    }

    /// What is taken at most.
    pub(crate) fn limits(&self) -> Limits {
        let usual = Limits::usual();
        Limits {
            calls_per_minute: self.calls_per_minute,
            streams: self.streams.unwrap_or(usual.streams),
            streams_per_caller: self.streams_per_caller.unwrap_or(usual.streams_per_caller),
            connections: self.connections.unwrap_or(usual.connections),
            ..usual
        }
    }

    /// What is asked of approvals.
    pub(crate) fn approvals(&self) -> Result<ApprovalRules, Failure> {
        Ok(ApprovalRules {
            four_eyes: self.four_eyes,
            per_approval: amounts("per_approval", self.spending.per_approval.as_ref())?,
            per_day: amounts("per_day", self.spending.per_day.as_ref())?,
        })
    }

    /// Where changes are written down.
    pub(crate) fn audit_file(&self, settings: &Settings, database: &Path) -> PathBuf {
        match &self.audit_file {
            Some(file) => settings.resolve(file),
            None => database.with_extension("audit.jsonl"),
        }
    }

    /// What signs page and resume tokens.
    pub(crate) fn seal(&self, settings: &Settings) -> Result<Seal, Failure> {
        let Some(file) = &self.page_token_key_file else {
            return Seal::fresh().map_err(|error| Failure::failed(error.to_string()));
        };
        let path = settings.resolve(file);
        let key = std::fs::read(&path).map_err(|error| {
            Failure::input(format!("server.page_token_key_file {} cannot be read: {error}", path.display()))
        })?;
        if key.len() < KEY_MIN {
            return Err(Failure::input(format!(
                "server.page_token_key_file {} has {} bytes; at least {KEY_MIN} random ones are needed",
                path.display(),
                key.len()
            )));
        }
        Ok(Seal::keyed(&key))
    }
}

/// Amounts by currency.
fn amounts(name: &str, said: Option<&BTreeMap<String, String>>) -> Result<Option<Amounts>, Failure> {
    let amount = |(currency, amount): (&String, &String)| {
        let wrong = |expected: &str| {
            Failure::input(format!(
                "server.spending.{name}: {currency} = \"{amount}\" cannot be used: {expected}, such as EUR = \"25000.00\""
            ))
        };
        // Configurations know no case of keys.
        let code =
            currency.to_ascii_uppercase().parse().map_err(|_| wrong("a currency of three letters is expected"))?;
        let number: Decimal = amount.trim().parse().map_err(|_| wrong("a number with a point is expected"))?;
        if number.is_sign_negative() {
            return Err(wrong("an amount of zero or more is expected"));
        }
        Ok(Money { amount: number, currency: code })
    };
    said.map(|said| said.iter().map(amount).collect::<Result<Amounts, _>>()).transpose()
}

fn unhex(text: &str) -> Option<[u8; 32]> {
    let text = text.trim();
    if text.len() != 64 || !text.is_ascii() {
        return None;
    }
    let mut bytes = [0; 32];
    for (byte, at) in bytes.iter_mut().zip((0..64).step_by(2)) {
        *byte = u8::from_str_radix(&text[at..at + 2], 16).ok()?;
    }
    Some(bytes)
}
