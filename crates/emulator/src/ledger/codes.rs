//! Codes of sign-in that a user's consent is worth: each is redeemed once, soon, and by the address that it was sent to
//! (fact sheet 2.7).

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::Ledger;
use crate::prng;

/// How long a code lives.
const LIFETIME: SignedDuration = SignedDuration::from_mins(10);

/// Codes that nobody has redeemed yet, with the addresses that they were sent to, and when.
#[derive(Debug, Clone, Default)]
pub(crate) struct Codes {
    issued: u64,
    open: BTreeMap<String, (String, Timestamp)>,
}

impl Ledger {
    /// A fresh code, sent to `back`.
    pub(crate) fn issue_code(&mut self, back: &str) -> String {
        let now = self.now;
        self.codes.open.retain(|_, (_, at)| now.duration_since(*at) <= LIFETIME);
        self.codes.issued += 1;
        let number = self.codes.issued;
        let code =
            format!("0.code.{number}.{:016x}", prng::hash(self.seed.random, format!("code {number}").as_bytes()));
        self.codes.open.insert(code.clone(), (back.to_owned(), now));
        code
    }

    /// Whether `code` is good for whoever is at `back`; from now on it is not.
    pub(crate) fn redeem_code(&mut self, code: &str, back: &str) -> bool {
        let now = self.now;
        self.codes.open.remove(code).is_some_and(|(sent, at)| sent == back && now.duration_since(at) <= LIFETIME)
    }
}
