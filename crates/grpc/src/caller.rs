//! Who calls, and what they may do. Decides upon the settings alone.

use crate::fault::{Fault, Reason};
use crate::jwt::{self, Issuer, Unfit};
use jiff::Timestamp;
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

/// A client's certificate that says whose calls come over its connection, by its hash. That it is genuine, the TLS
/// handshake has made sure.
#[derive(Debug, Clone)]
pub struct ClientCertificate {
    /// SHA-256 of the certificate in DER.
    pub sha256: [u8; 32],
    /// Whose it is.
    pub caller: Arc<Caller>,
}

/// What callers are recognised by.
#[derive(Debug, Clone, Default)]
pub struct Credentials {
    /// Their tokens.
    pub tokens: Vec<StaticToken>,
    /// Tokens that these have signed.
    pub issuers: Vec<Issuer>,
    /// The certificates of their connections. A token that is shown goes before.
    pub certificates: Vec<ClientCertificate>,
}

/// Who is let in.
#[derive(Debug, Clone)]
pub enum Gate {
    /// Whoever reaches the port, as this caller.
    Open(Arc<Caller>),
    /// Whoever shows one of these.
    Guarded(Credentials),
}

/// What a call shows of who makes it.
pub(crate) struct Shown<'a> {
    pub(crate) metadata: &'a MetadataMap,
    /// The certificate of the connection, in DER.
    pub(crate) certificate: Option<&'a [u8]>,
}

impl Gate {
    /// The gate of a server that only this machine reaches and that has no settings: whoever calls is `admin`.
    pub fn open() -> Self {
        Self::Open(Arc::new(Caller { name: "local".to_owned(), roles: BTreeSet::from([Role::Admin]) }))
    }

    /// Who calls.
    pub(crate) fn caller(&self, shown: &Shown<'_>, now: Timestamp) -> Result<Arc<Caller>, Fault> {
        let known = match self {
            Self::Open(caller) => return Ok(Arc::clone(caller)),
            Self::Guarded(known) => known,
        };
        let Some(said) = shown.metadata.get("authorization") else {
            let certificate = shown.certificate.and_then(|certificate| known.by_certificate(certificate));
            return certificate.ok_or_else(missing);
        };
        let (scheme, token) = said.to_str().ok().and_then(|said| said.split_once(' ')).ok_or_else(missing)?;
        if !scheme.eq_ignore_ascii_case("bearer") {
            return Err(missing());
        }
        known.by_token(token.trim(), now)
    }
}

impl Credentials {
    fn by_token(&self, token: &str, now: Timestamp) -> Result<Arc<Caller>, Fault> {
        let hash = digest(&SHA256, token.as_bytes());
        // All are looked at, each in constant time: hashes tell little, and this tells nothing.
        let found = self
            .tokens
            .iter()
            .fold(None, |found, known| if same(&known.sha256, hash.as_ref()) { Some(known) } else { found });
        if let Some(known) = found {
            return Ok(Arc::clone(&known.caller));
        }
        if self.issuers.is_empty() {
            let message = "the token is not known here: it is mistyped, withdrawn or for another server";
            return Err(Fault::new(Reason::TokenInvalid, message));
        }
        jwt::caller(&self.issuers, token, now).map_err(|unfit| {
            let reason = if unfit == Unfit::Expired { Reason::TokenExpired } else { Reason::TokenInvalid };
            Fault::new(reason, unfit.says())
        })
    }

    fn by_certificate(&self, certificate: &[u8]) -> Option<Arc<Caller>> {
        let hash = digest(&SHA256, certificate);
        let found = self.certificates.iter().find(|known| same(&known.sha256, hash.as_ref()));
        found.map(|known| Arc::clone(&known.caller))
    }
}

fn missing() -> Fault {
    let message = "a token is missing: send metadata `authorization` with `Bearer` and the token";
    Fault::new(Reason::TokenMissing, message)
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
    use super::{Caller, ClientCertificate, Credentials, Gate, Role, Shown, StaticToken, allow};
    use jiff::Timestamp;
    use ring::digest::{SHA256, digest};
    use std::sync::Arc;
    use tonic::metadata::MetadataMap;

    fn gate() -> Gate {
        let token = |token: &str, name: &str, role| StaticToken {
            sha256: digest(&SHA256, token.as_bytes()).as_ref().try_into().expect("32 bytes"),
            caller: Arc::new(Caller { name: name.to_owned(), roles: [role].into() }),
        };
        let tokens = vec![token("one", "ana", Role::Viewer), token("two", "ben", Role::Approver)];
        let caller = Arc::new(Caller { name: "cy".to_owned(), roles: [Role::Operator].into() });
        let sha256 = digest(&SHA256, b"certificate").as_ref().try_into().expect("32 bytes");
        Gate::Guarded(Credentials {
            tokens,
            certificates: vec![ClientCertificate { sha256, caller }],
            ..Credentials::default()
        })
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
        let name = |metadata: MetadataMap, certificate: Option<&[u8]>| {
            let shown = Shown { metadata: &metadata, certificate };
            gate().caller(&shown, Timestamp::UNIX_EPOCH).map(|caller| caller.name.clone())
        };
        assert_eq!(name(shown(Some("Bearer one")), None).ok().as_deref(), Some("ana"));
        assert_eq!(name(shown(Some("bearer two")), None).ok().as_deref(), Some("ben"));
        // A certificate stands for its owner where no token is shown; one that is not known stands for nobody.
        assert_eq!(name(shown(None), Some(b"certificate")).ok().as_deref(), Some("cy"));
        assert_eq!(name(shown(Some("Bearer one")), Some(b"certificate")).ok().as_deref(), Some("ana"));
        assert!(name(shown(Some("Bearer onee")), Some(b"certificate")).is_err());
        assert!(name(shown(None), Some(b"another")).is_err());
        for bad in [
            None,
            Some("one"),
            Some("Basic one"),
            Some("Bearer"),
            Some("Bearer "),
            Some("Bearer onee"),
            Some("Bearer One"),
        ] {
            let fault = name(shown(bad), None).expect_err("nobody");
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
