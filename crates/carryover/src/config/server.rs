//! The `[server]` part of the settings: who is let in, and with what tokens are signed. Holds hashes of tokens, never tokens.

use super::Settings;
use crate::failure::Failure;
use carryover_grpc::{Caller, Gate, Role, Seal, StaticToken};
use serde::Deserialize;
use std::collections::BTreeSet;
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
    /// Where changes are written down with who asked for them; beside the database where none is named.
    audit_file: Option<PathBuf>,
    /// The key of page and resume tokens; a fresh one for each process where none is named.
    page_token_key_file: Option<PathBuf>,
}

/// One bearer token.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct TokenSettings {
    /// The name that is recorded with what its owner does.
    name: String,
    /// SHA-256 of the token, in hexadecimal.
    sha256: String,
    roles: BTreeSet<String>,
}

impl TokenSettings {
    fn token(&self) -> Result<StaticToken, Failure> {
        let Self { name, sha256, roles } = self;
        if name.trim().is_empty() {
            return Err(Failure::input(
                "server.tokens: a token has no name; its owner's name is recorded with what is done",
            ));
        }
        let hash = unhex(sha256).ok_or_else(|| {
            Failure::input(format!(
                "server.tokens: sha256 of {name} is not 64 hexadecimal digits; make it with: printf %s TOKEN | sha256sum"
            ))
        })?;
        let role = |word: &String| {
            Role::of_word(word).ok_or_else(|| {
                let words = Role::ALL.map(Role::word).join(", ");
                Failure::input(format!("server.tokens: {name} has the role `{word}`; there are {words}"))
            })
        };
        let roles = roles.iter().map(role).collect::<Result<BTreeSet<_>, _>>()?;
        if roles.is_empty() {
            return Err(Failure::input(format!("server.tokens: {name} has no role and could do nothing")));
        }
        Ok(StaticToken { sha256: hash, caller: Arc::new(Caller { name: name.clone(), roles }) })
    }
}

impl ServerSettings {
    /// Who is let in; none where nobody is named.
    pub(crate) fn gate(&self) -> Result<Option<Gate>, Failure> {
        let tokens = self.tokens.iter().map(TokenSettings::token).collect::<Result<Vec<_>, _>>()?;
        Ok((!tokens.is_empty()).then_some(Gate::Tokens(tokens)))
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
