//! What Partner Center posts to us (fact sheet 20.2, 20.3): whether it may be believed, and what it is about.
//!
//! A notice is a hint that something has changed, and no more: nothing in it is taken for a fact, and its address is never
//! called. It comes at least once, in any order, late or not at all.

use crate::PartnerCenter;
use crate::wire::notice;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use carryover_domain::ids::TenantId;
use carryover_ports::Clock;
use jiff::{SignedDuration, Timestamp};
use reqwest::header::{AUTHORIZATION, HeaderMap};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, TrustAnchor, UnixTime};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::Mutex;
use url::{Host, Url};
use webpki::{EndEntityCert, KeyUsage, anchor_from_trusted_cert};

/// The largest notice that is looked at; real ones have some hundred bytes.
pub const NOTICE_BYTES_MAX: usize = 64 * 1024;

/// The largest certificate file.
const CERTIFICATE_BYTES_MAX: usize = 64 * 1024;

/// How long a certificate that was fetched is used again; whether it is still valid is looked at every time.
const CERTIFICATE_AGE_MAX: SignedDuration = SignedDuration::from_hours(24);

/// How long a certificate that could not be fetched is not asked for again.
const FAILURE_HOLDS: SignedDuration = SignedDuration::from_mins(1);

/// Addresses of certificates that are known at a time: the service has one, and a new one now and then.
const ADDRESSES_MAX: usize = 16;

/// Fetches within a minute, of addresses behind which there was no signer yet: anybody can post to us and name them.
const STRANGERS_FETCHES_MAX: usize = 6;

/// How long a certificate may take to come.
const FETCH_TIMEOUT: Duration = Duration::from_secs(10);

/// Who must have issued the certificate, besides its leading to a root that is trusted.
const ISSUER: &[u8] = b"Microsoft Corporation";

/// The object identifier of an organisation's name (2.5.4.10), as certificates have it.
const ORGANISATION: [u8; 5] = [0x06, 0x03, 0x55, 0x04, 0x0A];

/// The one documented algorithm.
const ALGORITHM: &str = "rsa-sha256";

/// Something has changed, somebody says who can prove to be Partner Center.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Notice {
    /// The event's name, such as `subscription-updated`.
    pub event: String,
    /// The customer that it is about; none where it is about none, or does not say so in a way that is known.
    pub customer: Option<TenantId>,
    /// The resource as the service names it. Tells repeats apart, and is no address to call.
    pub resource: String,
    /// When it changed, in the service's words.
    pub changed: String,
}

/// Why a notice is not believed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoticeRefusal {
    /// A header that the check needs is missing or cannot be read.
    #[error("the header `{0}` is missing or cannot be read")]
    Header(&'static str),
    /// Signed in another way than is documented.
    #[error("it is signed with `{0}`, and only rsa-sha256 is known")]
    Algorithm(String),
    /// The certificate lies where none is fetched from.
    #[error("its certificate lies at `{0}`, which is not one of webhooks.certificate_hosts")]
    Host(String),
    /// The certificate could not be fetched. Trying again later may help.
    #[error("its certificate could not be fetched: {0}")]
    Unfetched(String),
    /// The certificate is none, is over, or leads to no root that is trusted.
    #[error("its certificate is not trusted: {0}")]
    Untrusted(String),
    /// Somebody else signed it, or it was changed on the way.
    #[error("its signature is not that of its certificate")]
    Forged,
    /// It is signed, and says nothing that can be understood.
    #[error("it is too large, or not a notice")]
    Unreadable,
}

/// Whom to believe.
#[derive(Debug, Clone)]
pub struct Trust {
    /// Certificates that others may lead to: Microsoft's roots, or those that issue for it.
    pub roots: Vec<CertificateDer<'static>>,
    /// The hosts that certificates are fetched from: exactly these. Fetching from wherever a stranger says would let him use
    /// us to call others; whether a certificate is trusted does not depend on where it lay.
    pub hosts: BTreeSet<String>,
    /// The names that the certificate may be made out to: others are issued under the same roots.
    pub signers: BTreeSet<String>,
}

impl Trust {
    /// The hosts of Microsoft's samples (fact sheet 20.3), and the certificates in `bytes`: all of a PEM file, or a single one as DER.
    ///
    /// # Errors
    /// In words, when there is something else in `bytes`.
    pub fn of_certificates(bytes: &[u8]) -> Result<Self, &'static str> {
        let roots = certificates_of(bytes);
        if roots.iter().any(|root| anchor_from_trusted_cert(root).is_err()) {
            return Err("it does not hold certificates, as PEM or as DER");
        }
        Ok(Self {
            roots,
            hosts: BTreeSet::from(["3psostorageacct.blob.core.windows.net".to_owned()]),
            signers: BTreeSet::from(["pcnotifications-dispatch.microsoft.com".to_owned()]),
        })
    }

    /// Steps 3 and 4 of the documented check.
    pub(crate) fn verify(
        &self,
        chain: &[CertificateDer<'_>],
        body: &[u8],
        signature: &[u8],
        now: Timestamp,
    ) -> Result<(), NoticeRefusal> {
        let untrusted = |why: &dyn std::fmt::Display| NoticeRefusal::Untrusted(why.to_string());
        let (leaf, between) = chain.split_first().ok_or_else(|| untrusted(&"there is none"))?;
        let leaf = EndEntityCert::try_from(leaf).map_err(|error| untrusted(&error))?;
        let anchors: Vec<TrustAnchor<'_>> =
            self.roots.iter().filter_map(|root| anchor_from_trusted_cert(root).ok()).collect();
        let algorithms = webpki::ALL_VERIFICATION_ALGS;
        let seconds = u64::try_from(now.as_second()).unwrap_or_default();
        let now = UnixTime::since_unix_epoch(Duration::from_secs(seconds));
        let leads = |usage| leaf.verify_for_usage(algorithms, &anchors, between, now, usage, None, None).map(drop);
        leads(KeyUsage::server_auth())
            .or_else(|_| leads(KeyUsage::client_auth()))
            .map_err(|error| untrusted(&error))?;
        if !is_issued_by(leaf.issuer(), ISSUER) {
            return Err(untrusted(&"it was not issued by Microsoft Corporation"));
        }
        let is_for = |name: &String| {
            ServerName::try_from(name.as_str()).is_ok_and(|name| leaf.verify_is_valid_for_subject_name(&name).is_ok())
        };
        if !self.signers.iter().any(is_for) {
            return Err(untrusted(&"it is made out to none of webhooks.signer_hosts"));
        }
        leaf.verify_signature(webpki::ring::RSA_PKCS1_2048_8192_SHA256, body, signature)
            .map_err(|_| NoticeRefusal::Forged)
    }
}

/// What the head of a notice says of who signed it.
pub(crate) struct Signed {
    /// Where the certificate lies.
    url: Url,
    signature: Vec<u8>,
}

impl Signed {
    /// What `headers` say.
    ///
    /// # Errors
    /// Which of them is missing, or says something that is not known.
    pub(crate) fn of(headers: &HeaderMap) -> Result<Self, NoticeRefusal> {
        // Which of the two headers it comes in is up to the registration; a proxy may take the first one away.
        let signature = text(headers, "x-ms-signature").or_else(|| text(headers, AUTHORIZATION.as_str()));
        let signature = signature.ok_or(NoticeRefusal::Header("Authorization"))?;
        let signature = signature.strip_prefix("Signature ").unwrap_or(signature).trim();
        let signature = STANDARD.decode(signature).map_err(|_| NoticeRefusal::Header("Authorization"))?;
        let algorithm = text(headers, "x-ms-signature-algorithm");
        let algorithm = algorithm.ok_or(NoticeRefusal::Header("X-MS-Signature-Algorithm"))?;
        if !algorithm.eq_ignore_ascii_case(ALGORITHM) {
            return Err(NoticeRefusal::Algorithm(algorithm.chars().take(40).collect()));
        }
        let url = text(headers, "x-ms-certificate-url").and_then(|url| Url::parse(url).ok());
        let url = url.ok_or(NoticeRefusal::Header("X-MS-Certificate-Url"))?;
        Ok(Self { url, signature })
    }
}

type Chain = Arc<Vec<CertificateDer<'static>>>;

/// What came of a fetch, and when it left.
struct Fetched {
    at: Timestamp,
    chain: Result<Chain, NoticeRefusal>,
}

impl Fetched {
    /// Whether it may still be used.
    fn is_fresh(&self, now: Timestamp) -> bool {
        let age_max = if self.chain.is_ok() { CERTIFICATE_AGE_MAX } else { FAILURE_HOLDS };
        now.duration_since(self.at).abs() <= age_max
    }
}

/// Where a certificate lies. Whoever holds the lock fetches, and only who asks for the same waits.
#[derive(Default)]
struct Address {
    fetched: Mutex<Option<Fetched>>,
    /// Whether a notice was believed by what lies there.
    proven: AtomicBool,
}

/// What is known of addresses, and when strangers last made us fetch.
#[derive(Default)]
struct Known {
    addresses: BTreeMap<Url, Arc<Address>>,
    fetches: VecDeque<Timestamp>,
}

impl Known {
    /// The address at `url`. A new one takes the place of those by which nobody was believed.
    fn address(&mut self, url: &Url) -> Arc<Address> {
        if self.addresses.len() >= ADDRESSES_MAX && !self.addresses.contains_key(url) {
            self.addresses.retain(|_, address| address.proven.load(Ordering::Relaxed));
        }
        if self.addresses.len() >= ADDRESSES_MAX && !self.addresses.contains_key(url) {
            self.addresses.clear();
        }
        Arc::clone(self.addresses.entry(url.clone()).or_default())
    }

    /// Whether a stranger may make us fetch now; if so, he has.
    fn admits(&mut self, now: Timestamp) -> bool {
        let is_over = |at: &Timestamp| now.duration_since(*at).abs() > SignedDuration::from_mins(1);
        while self.fetches.front().is_some_and(is_over) {
            self.fetches.pop_front();
        }
        let admitted = self.fetches.len() < STRANGERS_FETCHES_MAX;
        if admitted {
            self.fetches.push_back(now);
        }
        admitted
    }
}

/// Reads notices. Remembers certificates; shared by all who receive.
pub struct Notices {
    trust: Trust,
    http: reqwest::Client,
    clock: Arc<dyn Clock>,
    known: std::sync::Mutex<Known>,
}

impl Notices {
    /// Believes whom `trust` says, at the time that `clock` says.
    ///
    /// # Errors
    /// [`reqwest::Error`] when the HTTP client cannot be set up.
    pub fn try_new(trust: Trust, clock: Arc<dyn Clock>) -> Result<Self, reqwest::Error> {
        let http = reqwest::Client::builder()
            .timeout(FETCH_TIMEOUT)
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .build()?;
        Ok(Self { trust, http, clock, known: std::sync::Mutex::default() })
    }

    /// What a request with `headers` and `body` tells, if it comes from Partner Center.
    ///
    /// # Errors
    /// [`NoticeRefusal`] when it does not, or cannot be checked; then nothing in it counts.
    pub async fn read(&self, headers: &HeaderMap, body: &[u8]) -> Result<Notice, NoticeRefusal> {
        let read = self.checked(headers, body).await;
        match &read {
            Ok(notice) => {
                tracing::info!(event = %notice.event, customer = ?notice.customer, "told that something changed")
            }
            Err(refusal) => tracing::warn!(%refusal, "a notice was not believed"),
        }
        read
    }

    async fn checked(&self, headers: &HeaderMap, body: &[u8]) -> Result<Notice, NoticeRefusal> {
        if body.len() > NOTICE_BYTES_MAX {
            return Err(NoticeRefusal::Unreadable);
        }
        let Signed { url, signature } = Signed::of(headers)?;
        let address = self.address(&url)?;
        let chain = self.certificates(&url, &address).await?;
        self.trust.verify(&chain, body, &signature, self.clock.now())?;
        address.proven.store(true, Ordering::Relaxed);
        notice::of(body).ok_or(NoticeRefusal::Unreadable)
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        // Addresses are put in and taken out whole.
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn address(&self, url: &Url) -> Result<Arc<Address>, NoticeRefusal> {
        let host = url.host_str().unwrap_or_default();
        if !self.trust.hosts.contains(host) || !is_fetchable(url) {
            return Err(NoticeRefusal::Host(host.chars().take(100).collect()));
        }
        Ok(self.known().address(url))
    }

    /// The certificate at `url`, and those between it and a root where it brings them. Strangers, who can name any address there,
    /// cannot make us fetch many, and keep nobody waiting whose certificate is known.
    async fn certificates(&self, url: &Url, address: &Address) -> Result<Chain, NoticeRefusal> {
        let mut fetched = address.fetched.lock().await;
        let now = self.clock.now();
        if let Some(known) = fetched.as_ref().filter(|known| known.is_fresh(now)) {
            return known.chain.clone();
        }
        if !address.proven.load(Ordering::Relaxed) && !self.known().admits(now) {
            return Err(NoticeRefusal::Unfetched("too many have been asked for within a minute".to_owned()));
        }
        let chain = self.fetch(url).await.map(|bytes| Arc::new(certificates_of(&bytes)));
        *fetched = Some(Fetched { at: now, chain: chain.clone() });
        chain
    }

    async fn fetch(&self, url: &Url) -> Result<Vec<u8>, NoticeRefusal> {
        let failed = |error: reqwest::Error| NoticeRefusal::Unfetched(error.without_url().to_string());
        let mut response = self.http.get(url.clone()).send().await.map_err(failed)?;
        if !response.status().is_success() {
            return Err(NoticeRefusal::Unfetched(format!("answered with {}", response.status().as_u16())));
        }
        let mut bytes = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(failed)? {
            if bytes.len() + chunk.len() > CERTIFICATE_BYTES_MAX {
                return Err(NoticeRefusal::Unfetched("it is too large".to_owned()));
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok(bytes)
    }
}

impl PartnerCenter {
    /// What is remembered of the customer counts no more: something has changed.
    pub async fn heard(&self, notice: &Notice) {
        // One list serves all customers, and a notice of rights need not say whose they are.
        let is_of_rights = notice.event.to_ascii_lowercase().contains("admin-");
        if is_of_rights {
            self.shared.relationships.forget(&());
        }
        let Some(customer) = notice.customer else { return };
        self.client.forget_entry(customer, is_of_rights);
        self.roster.forget_list().await;
        self.standings.forget(&customer);
        self.tenancies.forget(&customer);
        self.owned.forget(&customer);
        self.resold.forget(&customer);
        self.delivered.forget_where(|(of, _)| *of == customer);
    }
}

/// Over https; to this machine also without, for an emulator.
fn is_fetchable(url: &Url) -> bool {
    let is_here = match url.host() {
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    };
    url.scheme() == "https" || url.scheme() == "http" && is_here
}

/// One certificate as it is, or all of a PEM file.
pub(crate) fn certificates_of(bytes: &[u8]) -> Vec<CertificateDer<'static>> {
    let of_pem: Vec<_> = CertificateDer::pem_slice_iter(bytes).filter_map(Result::ok).collect();
    if of_pem.is_empty() { vec![CertificateDer::from(bytes.to_vec())] } else { of_pem }
}

/// What a certificate file and the head of a post are read for: anybody may have written either.
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) fn every_way(bytes: &[u8], headers: &HeaderMap) {
    let chain = certificates_of(bytes);
    let roots = Trust::of_certificates(bytes).map(|trust| trust.roots).unwrap_or_default();
    let anybody = Trust { roots, hosts: BTreeSet::new(), signers: BTreeSet::from(["localhost".to_owned()]) };
    let _ = anybody.verify(&chain, bytes, bytes, Timestamp::UNIX_EPOCH);
    is_issued_by(bytes, ISSUER);
    if let Ok(signed) = Signed::of(headers) {
        is_fetchable(&signed.url);
    }
}

/// Whether the name `issuer`, as certificates have it, holds the organisation `wanted`.
fn is_issued_by(issuer: &[u8], wanted: &[u8]) -> bool {
    let names = issuer.windows(ORGANISATION.len()).enumerate().filter(|(_, found)| **found == ORGANISATION);
    // Behind the identifier: one byte for the kind of text, one for its length.
    names.map(|(at, _)| at + ORGANISATION.len()).any(|at| {
        let length = issuer.get(at + 1).copied().map(usize::from);
        length == Some(wanted.len()) && issuer.get(at + 2..at + 2 + wanted.len()) == Some(wanted)
    })
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok().map(str::trim).filter(|text| !text.is_empty())
}
