//! The indirect model: which resellers a provider has, and whom a purchase may name (fact sheet 10).
//!
//! A direct partner has none, and must name none.

use thiserror::Error;

use super::cart_lines::{Parent, Wish};
use super::readings::WithoutReseller;
use super::{Ledger, Refusal};
use crate::ids::TenantId;
use crate::seed::{Model, SeedReseller};

/// A refusal that is about resellers, with the code of fact sheet 6.3.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ResellerRefusal {
    /// No partner has that id.
    #[error("no partner has the id {0}")]
    UnknownPartnerId(String),
    /// The partner id belongs to nobody who resells for us and is active.
    #[error("the partner of record {0} is not an active reseller")]
    NotActive(String),
    /// The reseller has not accepted the partner agreement.
    #[error("the reseller {0} has not accepted the Microsoft Partner Agreement")]
    NoAgreement(String),
    /// The question named a partner id that is none.
    #[error("the partner id {0} is not valid")]
    InvalidPartnerId(String),
    /// The question named a tenant that is no partner's.
    #[error("the tenant is not known as a partner's")]
    UnknownTenant,
    /// The cart says nothing about who is partner on record.
    #[error("the attestation of the partner on record is missing")]
    NoAttestation,
    /// A provider's purchase names no reseller.
    #[error(
        "the attestation says that a direct partner sells, and this one is an indirect provider: a line names no reseller"
    )]
    NotDirect,
}

impl ResellerRefusal {
    pub(super) fn status_and_code(&self) -> (u16, u32) {
        match self {
            ResellerRefusal::UnknownPartnerId(_) => (404, 800_015),
            ResellerRefusal::NotActive(_) => (400, 900_154),
            ResellerRefusal::NoAgreement(_) => (403, 900_123),
            ResellerRefusal::InvalidPartnerId(_) => (400, 2200),
            ResellerRefusal::UnknownTenant => (400, 2205),
            ResellerRefusal::NoAttestation | ResellerRefusal::NotDirect => (400, 900_206),
        }
    }
}

impl Ledger {
    pub(crate) fn is_provider(&self) -> bool {
        self.seed.partner.programme.model == Model::IndirectProvider
    }

    /// Whether a cart may be filled that says, or does not say, in which role the partner sells: an indirect provider
    /// has to (fact sheet 10).
    pub fn attested(&self, accepted: bool) -> Result<(), ResellerRefusal> {
        if self.is_provider() && !accepted { Err(ResellerRefusal::NoAttestation) } else { Ok(()) }
    }

    /// The partner's resellers, in the order of the seed; none for a direct partner.
    pub fn resellers_of_partner(&self) -> impl Iterator<Item = &SeedReseller> {
        let provider = self.is_provider();
        self.seed.partner.programme.resellers.iter().filter(move |_| provider)
    }

    /// The reseller with a partner id.
    #[must_use]
    pub fn reseller_by_id(&self, mpn_id: &str) -> Option<&SeedReseller> {
        self.resellers_of_partner().find(|reseller| reseller.mpn_id == mpn_id)
    }

    /// The reseller with a tenant.
    #[must_use]
    pub fn reseller_by_tenant(&self, tenant: TenantId) -> Option<&SeedReseller> {
        self.resellers_of_partner().find(|reseller| reseller.tenant_id == tenant)
    }

    /// The reseller that a customer belongs to. Refused where the customer has not accepted us.
    pub fn reseller_of(&self, tenant: TenantId) -> Result<Option<&SeedReseller>, Refusal> {
        let bound = self.reseller(tenant)?.account.reseller;
        Ok(bound.and_then(|bound| self.reseller_by_tenant(bound)))
    }

    /// Whether the id may stand on a purchase, with the code and the words of why not (fact sheet 10).
    pub fn on_record(&self, mpn_id: &str) -> Result<(), (u32, &'static str)> {
        match self.reseller_by_id(mpn_id) {
            Some(known) if known.active && known.agreement_signed => Ok(()),
            Some(known) if known.active => Err((900_414, "The reseller is not authorised for this.")),
            _ => Err((900_400, "The id is not linked to an active reseller tenant.")),
        }
    }

    /// Whether a purchase may name nobody, or whom it names.
    pub(super) fn resold(&self, wish: &Wish) -> Result<(), ResellerRefusal> {
        if !self.is_provider() {
            return Ok(());
        }
        // What is written into the line of its base is sold by whoever that names.
        let speaks_for_itself = !matches!(wish.parent, Some(Parent::Line(_)));
        let strict = self.rules.readings.provider_without_reseller == WithoutReseller::Refuse;
        if wish.reseller.is_none() && speaks_for_itself && strict {
            return Err(ResellerRefusal::NotDirect);
        }
        wish.reseller.iter().chain(&wish.more_resellers).try_for_each(|named| self.may_be_named(named))
    }

    /// A reseller that a purchase may name.
    pub(super) fn may_be_named(&self, mpn_id: &str) -> Result<(), ResellerRefusal> {
        match self.reseller_by_id(mpn_id) {
            Some(known) if known.active && known.agreement_signed => Ok(()),
            Some(known) if known.active => Err(ResellerRefusal::NoAgreement(known.name.clone())),
            _ => Err(ResellerRefusal::NotActive(mpn_id.to_owned())),
        }
    }
}
