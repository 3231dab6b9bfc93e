//! A customer's profile, its qualifications, and what its country asks of an address (fact sheet 9.1, 9.4, 9.7 to 9.9).

use super::lenient;
use carryover_domain::offer::Segment;
use carryover_domain::value::Country;
use serde::Deserialize;
use std::collections::BTreeSet;

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Profiled {
    #[serde(default)]
    company_profile: Option<CompanyProfile>,
    #[serde(default)]
    billing_profile: Option<BillingProfile>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct CompanyProfile {
    #[serde(default)]
    address: Option<Address>,
    #[serde(default, deserialize_with = "lenient::text")]
    email: Option<String>,
    #[serde(default, deserialize_with = "lenient::text")]
    organization_registration_number: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct BillingProfile {
    #[serde(default, deserialize_with = "lenient::text")]
    first_name: Option<String>,
    #[serde(default, deserialize_with = "lenient::text")]
    last_name: Option<String>,
    #[serde(default, deserialize_with = "lenient::text")]
    email: Option<String>,
    #[serde(default)]
    default_address: Option<Address>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Address {
    #[serde(default, deserialize_with = "lenient::text")]
    country: Option<String>,
    #[serde(default, deserialize_with = "lenient::text")]
    city: Option<String>,
    #[serde(default, deserialize_with = "lenient::text")]
    state: Option<String>,
    #[serde(default, deserialize_with = "lenient::text")]
    postal_code: Option<String>,
    #[serde(default, deserialize_with = "lenient::text")]
    address_line1: Option<String>,
}

impl Profiled {
    /// The registration number; an empty one where what shows only to whom the customer gave rights is there, and the number
    /// is not. None where nothing of that shows.
    pub(crate) fn registration_id(&self) -> Option<String> {
        let company = self.company_profile.as_ref()?;
        let shows = company.address.is_some() || company.email.is_some();
        company.organization_registration_number.clone().or_else(|| shows.then(String::new))
    }

    /// The country of the address that the market follows (fact sheet 9.4).
    pub(crate) fn country(&self) -> Option<Country> {
        self.address()?.country.as_deref()?.parse().ok()
    }

    /// What is missing in the address; nothing where none shows.
    pub(crate) fn address_lacks(&self, rules: &CountryRules) -> Vec<String> {
        let Some(address) = self.address() else { return Vec::new() };
        let asked = |flag: Option<bool>| flag == Some(true);
        lacking([
            (true, &address.country, "the country"),
            (true, &address.address_line1, "the street"),
            (asked(rules.is_city_required), &address.city, "the city"),
            (asked(rules.is_state_required), &address.state, "the state"),
            (asked(rules.is_postal_code_required), &address.postal_code, "the postal code"),
        ])
    }

    /// What is missing of the person to turn to; nothing where the profile does not show.
    pub(crate) fn contact_lacks(&self) -> Vec<String> {
        let Some(profile) = &self.billing_profile else { return Vec::new() };
        lacking([
            (true, &profile.first_name, "the first name"),
            (true, &profile.last_name, "the last name"),
            (true, &profile.email, "the e-mail address"),
        ])
    }

    fn address(&self) -> Option<&Address> {
        self.billing_profile.as_ref()?.default_address.as_ref()
    }
}

fn lacking<const N: usize>(asked: [(bool, &Option<String>, &str); N]) -> Vec<String> {
    asked.into_iter().filter(|(asked, value, _)| *asked && value.is_none()).map(|(.., name)| name.to_owned()).collect()
}

/// What a country's addresses must hold. Its patterns are written for another engine and left alone.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CountryRules {
    #[serde(default, deserialize_with = "lenient::flag")]
    is_city_required: Option<bool>,
    #[serde(default, deserialize_with = "lenient::flag")]
    is_state_required: Option<bool>,
    #[serde(default, deserialize_with = "lenient::flag")]
    is_postal_code_required: Option<bool>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Qualification {
    #[serde(default, deserialize_with = "lenient::text")]
    qualification: Option<String>,
    #[serde(default, deserialize_with = "lenient::text")]
    vetting_status: Option<String>,
}

/// The segments of qualifications that were approved. State ownership is a qualification without offers of its own.
pub(crate) fn segments(qualifications: &[Qualification]) -> BTreeSet<Segment> {
    let is = |word: &Option<String>, wanted: &str| lenient::is_word(word.as_deref(), wanted);
    let names = [
        ("Education", Segment::Education),
        ("GovernmentCommunityCloud", Segment::Government),
        ("Nonprofit", Segment::Nonprofit),
    ];
    let approved = |name: &str| {
        qualifications.iter().any(|held| is(&held.qualification, name) && is(&held.vetting_status, "Approved"))
    };
    names.into_iter().filter(|(name, _)| approved(name)).map(|(_, segment)| segment).collect()
}

#[derive(Debug, Deserialize)]
pub(crate) struct AccountStatus {
    #[serde(default, deserialize_with = "lenient::text")]
    status: Option<String>,
}

impl AccountStatus {
    /// The word for why nothing may be bought; none where it may.
    ///
    /// # Errors
    /// In words, that there is no word: that allows nothing.
    pub(crate) fn hold(self) -> Result<Option<String>, &'static str> {
        let word = self.status.ok_or("there is no status in it")?;
        Ok(Some(word).filter(|word| !lenient::is_word(Some(word), "Allowed")))
    }
}
