//! Opaque tokens: a place in a list or a stream, signed, and good only for what it was made for.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::hmac;
use ring::rand::{SecureRandom, SystemRandom};
use zeroize::Zeroize;

/// Of the form below; a later form has another.
const VERSION: u8 = 1;
const PLACE_BYTES: usize = 8;
/// Half of SHA-256: as hard to guess as a random UUID.
const SEAL_BYTES: usize = 16;
const BYTES: usize = 1 + PLACE_BYTES + SEAL_BYTES;

/// Makes tokens and recognises its own.
#[derive(Clone)]
pub struct Seal(hmac::Key);

/// No key could be made: the system has no randomness.
#[derive(Debug, thiserror::Error)]
#[error("the system gives no random numbers for the key of page tokens")]
pub struct NoRandomness;

impl Seal {
    /// A seal with a fresh key: tokens lapse with the process.
    ///
    /// # Errors
    /// [`NoRandomness`].
    pub fn fresh() -> Result<Self, NoRandomness> {
        let mut key = [0_u8; 32];
        SystemRandom::new().fill(&mut key).map_err(|_| NoRandomness)?;
        let seal = Self::keyed(&key);
        key.zeroize();
        Ok(seal)
    }

    /// A seal with a key of the user's: tokens are good after a restart, and at every process with the same key.
    pub fn keyed(secret: &[u8]) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, secret))
    }

    /// The token of `place` for `purpose`, such as the method and its filter.
    pub(crate) fn token(&self, purpose: &[&str], place: u64) -> String {
        let mut bytes = vec![VERSION];
        bytes.extend(place.to_be_bytes());
        let seal = self.sign(purpose, &bytes);
        bytes.extend(&seal.as_ref()[..SEAL_BYTES]);
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// The place of a token that this seal made for `purpose`; none of any other text.
    pub(crate) fn place(&self, purpose: &[&str], token: &str) -> Option<u64> {
        let bytes: [u8; BYTES] = URL_SAFE_NO_PAD.decode(token).ok()?.try_into().ok()?;
        let (said, seal) = bytes.split_at(1 + PLACE_BYTES);
        if said[0] != VERSION {
            return None;
        }
        let wanted = self.sign(purpose, said);
        // In constant time, so that a seal cannot be found out byte by byte.
        let differs = wanted.as_ref().iter().zip(seal).fold(0, |differs, (one, other)| differs | (one ^ other));
        let place = said[1..].try_into().ok()?;
        (std::hint::black_box(differs) == 0).then_some(u64::from_be_bytes(place))
    }

    fn sign(&self, purpose: &[&str], said: &[u8]) -> hmac::Tag {
        let mut context = hmac::Context::with_key(&self.0);
        for part in purpose {
            // With its length before it, so that no two purposes read the same.
            context.update(&(part.len() as u64).to_be_bytes());
            context.update(part.as_bytes());
        }
        context.update(said);
        context.sign()
    }
}

#[cfg(test)]
mod tests {
    use super::Seal;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_token_is_good_for_its_purpose_and_no_other(place: u64, purpose in "[a-z]{0,8}", other in "[a-z]{0,8}") {
            let seal = Seal::keyed(b"key");
            let token = seal.token(&["List", &purpose], place);
            prop_assert_eq!(seal.place(&["List", &purpose], &token), Some(place));
            prop_assert_eq!(seal.place(&["List", &other], &token).is_some(), purpose == other);
            prop_assert_eq!(seal.place(&["Lis", &format!("t{purpose}")], &token), None);
            prop_assert_eq!(Seal::keyed(b"another").place(&["List", &purpose], &token), None);
        }

        #[test]
        fn a_token_with_any_character_changed_is_none(place: u64, at in 0_usize..34, with in "[A-Za-z0-9_-]") {
            let seal = Seal::keyed(b"key");
            let token = seal.token(&[], place);
            prop_assume!(token.get(at..=at).is_some_and(|was| was != with));
            let forged = format!("{}{with}{}", &token[..at], &token[at + 1..]);
            prop_assert_eq!(seal.place(&[], &forged), None);
        }

        #[test]
        fn no_text_at_all_makes_it_fail(text in ".*") {
            prop_assert_eq!(Seal::keyed(b"key").place(&[], &text), None);
        }
    }
}
