//! Rules about the customer as a whole: region, relationship, agreement, profile, access, credit.

use super::Outlook;
use crate::facts::{Agreement, Profile, Relationship, TenantKind};
use crate::finding::Finding;
use crate::portfolio::SourceLine;
use crate::region::csp_region;
use crate::time::{later, utc_day};
use crate::value::{Country, Money};
use jiff::SignedDuration;

/// Countries that ask for the registration id of an organisation (rule R84).
const REGISTRATION_ID: [&str; 26] = [
    "AM", "AZ", "BY", "BR", "CN", "HU", "IN", "IQ", "KZ", "KG", "MD", "MM", "PL", "RU", "SA", "ZA", "SS", "TJ", "TH",
    "TR", "UA", "AE", "US", "UZ", "VE", "VN",
];

/// Delegated administration must outlast the end of a source by this much: the checks after it (rules R88, R125).
const ACCESS_AFTER_END: SignedDuration = SignedDuration::from_hours(72);

/// Whether organisations of `country` must have a registration id (rule R84).
fn needs_registration_id(country: Country) -> bool {
    REGISTRATION_ID.contains(&country.as_str())
}

impl Outlook<'_> {
    pub(super) fn about_customer(&self) -> Vec<Finding> {
        let mut found = Vec::new();
        found.extend(self.region());
        found.extend(self.standing());
        found.extend(self.on_record().err());
        if let Some(profile) = &self.facts.profile {
            found.extend(self.profile(&profile.value));
        }
        found
    }

    /// Rules R28 and R84: one CSP region for partner and tenant. What counts is the country of the tenant, which its profile tells;
    /// where the file says another one of the same region, one of the two is wrong.
    fn region(&self) -> Option<Finding> {
        let (partner, told) = (self.facts.partner.country, self.migration.customer.country);
        let customer = self.facts.profile.as_ref().and_then(|profile| profile.value.country).unwrap_or(told);
        let same = csp_region(partner).is_some() && csp_region(partner) == csp_region(customer);
        if !same {
            return Some(Finding::CustomerInOtherRegion { partner, customer });
        }
        let what = || format!("the country: the profile says {customer}, the file {told}");
        (customer != told).then(|| Finding::AddressInvalid { what: what() })
    }

    /// Rules R86 to R88: relationship, agreement, a look into the tenant. What cannot be read yet is not missing.
    fn standing(&self) -> Option<Finding> {
        let standing = &self.facts.standing.value;
        if standing.relationship != Relationship::Reseller {
            return Some(Finding::NoRelationship);
        }
        if standing.agreement == Agreement::Missing {
            return Some(Finding::AgreementMissing);
        }
        if let Some(agreed) = standing.agreed.filter(|_| standing.is_outdated()) {
            return Some(Finding::AgreementOutdated { agreed });
        }
        self.tenancy.is_none().then_some(Finding::NoDelegatedAdmin)
    }

    /// Rules R21, R84, R86 and R89: what Partner Center knows of the organisation.
    fn profile(&self, profile: &Profile) -> Vec<Finding> {
        let country = self.migration.customer.country;
        let kind = match &profile.kind {
            TenantKind::Customer => None,
            TenantKind::CspPartner => Some(Finding::TenantIsCspPartner),
            TenantKind::Unsupported(kind) => Some(Finding::TenantTypeUnsupported { kind: kind.clone() }),
        };
        let no_id = profile.registration_id.as_ref().is_some_and(|id| id.trim().is_empty());
        let id = (needs_registration_id(country) && no_id).then_some(Finding::RegistrationIdMissing { country });
        let lacks = |what: &[String]| (!what.is_empty()).then(|| what.join(", "));
        let address = lacks(&profile.address_lacks).map(|what| Finding::AddressInvalid { what });
        let contact = lacks(&profile.contact_lacks).map(|what| Finding::ContactMissing { what });
        let hold = profile.on_hold.clone().map(|code| Finding::AccountUnderReview { code });
        [kind, id, address, contact, hold].into_iter().flatten().collect()
    }

    /// Rule R88: roles, and access that outlasts the work on `source`. Without them a licence cannot be swapped; where nobody is
    /// touched it is only harder to look.
    pub(super) fn access(&self, source: &SourceLine) -> Vec<Finding> {
        let Some(access) = self.facts.access.as_ref().map(|seen| &seen.value) else { return Vec::new() };
        let swaps = self.offer(source).is_some_and(|offer| offer.sku != source.sku);
        let missing = |role: &String| Finding::GdapRoleMissing { role: role.clone(), swaps };
        let mut found: Vec<Finding> = access.lacks.iter().map(missing).collect();
        if let (Some(ends), Some(last)) = (access.ends, self.end(source))
            && ends < later(last.instant(), ACCESS_AFTER_END)
        {
            found.push(Finding::GdapExpiring { last_day: utc_day(ends), swaps });
        }
        found
    }

    /// Rule R89: the first invoices of the wave that `source` is bought in, within what our credit leaves. What other customers
    /// buy is for the forecast of all of them to add. Lines without a known price do not count.
    pub(super) fn credit(&self, source: &SourceLine) -> Option<Finding> {
        let day = self.waves.day(source.id)?;
        let currency = self.invoiced_at_once(source, day)?.currency;
        let available = *self.policy.credit.as_ref()?.available.get(&currency)?;
        let needed = self.waves.of(source.id)?.invoiced.get(&currency).copied()?;
        let money = |amount| Money { amount, currency };
        let exceeded = || Finding::CreditExceeded { needed: money(needed), available: money(available) };
        (needed > available).then(exceeded)
    }
}
