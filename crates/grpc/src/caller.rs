//! Who calls, and what they may do. Decides upon the settings alone.

use crate::fault::{Fault, Reason};
use ring::digest::{SHA256, digest};
use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;
use tonic::metadata::MetadataMap;

/// What a caller may be allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Reads everything, changes nothing.
    Viewer,
    /// Imports, assesses, plans, pauses, resumes and answers.
    Operator,
    /// Approves plans, which costs money.
    Approver,
    /// All of these.
    Admin,
}

impl Role {
    /// Every role.
    pub const ALL: [Self; 4] = [Self::Viewer, Self::Operator, Self::Approver, Self::Admin];
    /// One word for settings and sentences.
    pub fn word(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Operator => "operator",
            Self::Approver => "approver",
            Self::Admin => "admin",
        }
    }
    /// The role of that word.
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.word() == word)
    }
}

/// Somebody who calls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// The name that is recorded with what they do.
    pub name: String,
    /// What they may do. Whoever has any role may read.
    pub roles: BTreeSet<Role>,
}

impl Caller {
    /// Whether they may do what `role` allows.
    pub fn may(&self, role: Role) -> bool {
        self.roles.contains(&role)
            || self.roles.contains(&Role::Admin)
            || (role == Role::Viewer && !self.roles.is_empty())
    }
}

/// A bearer token that is let in, by its hash: the token itself is nowhere.
#[derive(Clone)]
pub struct StaticToken {
    /// SHA-256 of the token.
    pub sha256: [u8; 32],
    /// Whose it is.
    pub caller: Arc<Caller>,
}

impl fmt::Debug for StaticToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StaticToken").field("caller", &self.caller).finish_non_exhaustive()
    }
}

/// Who is let in.
#[derive(Debug, Clone)]
pub enum Gate {
    /// Whoever reaches the port, as this caller.
    Open(Arc<Caller>),
    /// Whoever shows one of these tokens.
    Tokens(Vec<StaticToken>),
}

impl Gate {
    /// The gate of a server that only this machine reaches and that has no settings: whoever calls is `admin`.
    pub fn open() -> Self {
        Self::Open(Arc::new(Caller { name: "local".to_owned(), roles: BTreeSet::from([Role::Admin]) }))
    }

    /// Who calls.
    pub(crate) fn caller(&self, metadata: &MetadataMap) -> Result<Arc<Caller>, Fault> {
        let tokens = match self {
            Self::Open(caller) => return Ok(Arc::clone(caller)),
            Self::Tokens(tokens) => tokens,
        };
        let missing = || {
            Fault::new(
                Reason::TokenMissing,
                "a token is missing: send metadata `authorization` with `Bearer` and the token",
            )
        };
        let said = metadata.get("authorization").ok_or_else(missing)?.to_str().map_err(|_| missing())?;
        let (scheme, token) = said.split_once(' ').ok_or_else(missing)?;
        if !scheme.eq_ignore_ascii_case("bearer") {
            return Err(missing());
        }
        let hash = digest(&SHA256, token.trim().as_bytes());
        // All are looked at, each in constant time: hashes tell little, and this tells nothing.
        let found = tokens
            .iter()
            .fold(None, |found, known| if same(&known.sha256, hash.as_ref()) { Some(known) } else { found });
        found.map(|known| Arc::clone(&known.caller)).ok_or_else(|| {
            Fault::new(
                Reason::TokenInvalid,
                "the token is not known here: it is mistyped, withdrawn or for another server",
            )
        })
    }
}

/// That `caller` may do what `role` allows.
pub(crate) fn allow(caller: &Caller, role: Role) -> Result<(), Fault> {
    if caller.may(role) {
        return Ok(());
    }
    Err(Fault::new(Reason::RoleMissing, format!("{} has no role `{}`, which this needs", caller.name, role.word())))
}

fn same(one: &[u8], other: &[u8]) -> bool {
    let differs = one.iter().zip(other).fold(one.len() ^ other.len(), |differs, (a, b)| differs | usize::from(a ^ b));
    std::hint::black_box(differs) == 0
}

#[cfg(test)]
mod tests {
    use super::{Caller, Gate, Role, StaticToken, allow};
    use ring::digest::{SHA256, digest};
    use std::sync::Arc;
    use tonic::metadata::MetadataMap;

    fn gate() -> Gate {
        let token = |token: &str, name: &str, role| StaticToken {
            sha256: digest(&SHA256, token.as_bytes()).as_ref().try_into().expect("32 bytes"),
            caller: Arc::new(Caller { name: name.to_owned(), roles: [role].into() }),
        };
        Gate::Tokens(vec![token("one", "ana", Role::Viewer), token("two", "ben", Role::Approver)])
    }

    fn shown(authorization: Option<&str>) -> MetadataMap {
        let mut metadata = MetadataMap::new();
        if let Some(authorization) = authorization {
            metadata.insert("authorization", authorization.parse().expect("text"));
        }
        metadata
    }

    #[test]
    fn whoever_shows_a_token_is_its_owner_and_nobody_else_gets_in() {
        let name = |shown: MetadataMap| gate().caller(&shown).map(|caller| caller.name.clone());
        assert_eq!(name(shown(Some("Bearer one"))).ok().as_deref(), Some("ana"));
        assert_eq!(name(shown(Some("bearer two"))).ok().as_deref(), Some("ben"));
        for bad in [
            None,
            Some("one"),
            Some("Basic one"),
            Some("Bearer"),
            Some("Bearer "),
            Some("Bearer onee"),
            Some("Bearer One"),
        ] {
            let fault = name(shown(bad)).expect_err("nobody");
            assert_eq!(fault.reason.status(), tonic::Code::Unauthenticated, "{bad:?}");
            assert!(!format!("{fault:?}").contains("onee"), "the token is in the error");
        }
    }

    #[test]
    fn a_role_allows_reading_and_what_it_says() {
        let may = |role, wish| allow(&Caller { name: "x".to_owned(), roles: [role].into() }, wish).is_ok();
        for role in Role::ALL {
            assert!(may(role, Role::Viewer) && may(role, role) && may(Role::Admin, role));
            assert!(role == Role::Admin || !may(role, Role::Admin));
        }
        assert!(!may(Role::Operator, Role::Approver) && !may(Role::Approver, Role::Operator));
        assert!(!may(Role::Viewer, Role::Operator) && !may(Role::Viewer, Role::Approver));
    }
}
