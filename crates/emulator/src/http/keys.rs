//! The emulator's own test keys, which sign notices and tokens. They lie open here: they tell ours from others and protect nothing.

use ring::rand::SystemRandom;
use ring::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use rustls::pki_types::CertificateDer;
use std::sync::OnceLock;

/// The certificate of the key, in DER; its issuer is [`ROOT`].
pub(super) const CERTIFICATE: &[u8] = include_bytes!("../../data/notifications.der");
/// The test authority, in DER: what a receiver of notices must trust instead of Microsoft's.
pub(super) const ROOT: &[u8] = include_bytes!("../../data/root.der");
const KEY: &[u8] = include_bytes!("../../data/notifications-key.der");

/// The signature over `text`, as RS256 has it.
pub(super) fn sign(text: &[u8]) -> Option<Vec<u8>> {
    static PAIR: OnceLock<Option<RsaKeyPair>> = OnceLock::new();
    let pair = PAIR.get_or_init(|| RsaKeyPair::from_pkcs8(KEY).ok()).as_ref()?;
    let mut signature = vec![0; pair.public().modulus_len()];
    pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), text, &mut signature).ok()?;
    Some(signature)
}

/// Whether [`sign`] made `signature` over `text`.
pub(super) fn has_signed(text: &[u8], signature: &[u8]) -> bool {
    let certificate = CertificateDer::from(CERTIFICATE);
    webpki::EndEntityCert::try_from(&certificate).is_ok_and(|certificate| {
        certificate.verify_signature(webpki::ring::RSA_PKCS1_2048_8192_SHA256, text, signature).is_ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_certificate_verifies_what_is_signed_and_nothing_else() {
        let signature = sign(b"what is said").expect("a signature");
        assert!(has_signed(b"what is said", &signature));
        assert!(!has_signed(b"what is not", &signature));
    }
}
