//! CSP regions: which country belongs to which (rules R28, R84). Knows nothing of customers.

use crate::value::Country;
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// Columns `csp_region,country_name,iso2,currency`; the table was made for this project.
static TABLE: LazyLock<BTreeMap<Country, &str>> = LazyLock::new(|| read(include_str!("../csp_regions.csv")));

fn read(text: &'static str) -> BTreeMap<Country, &'static str> {
    let row = |row: &'static str| {
        // The country's name may hold commas and quotes, so the code is counted from the end.
        let code = row.trim_end().rsplit(',').nth(1)?;
        Some((code.parse().ok()?, row.split(',').next()?))
    };
    text.lines().skip(1).filter_map(row).collect()
}

/// The CSP region of `country`; none when the program is not offered there.
pub fn csp_region(country: Country) -> Option<&'static str> {
    TABLE.get(&country).copied()
}

/// The CSP regions of a partner and a customer; none for a country without one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Markets {
    /// The partner's.
    pub partner: Option<&'static str>,
    /// The customer's, by the country of the tenant.
    pub customer: Option<&'static str>,
}

impl Markets {
    /// Whether the partner may sell to the customer: both regions are known and the same (rule R28).
    pub fn ok(&self) -> bool {
        self.partner.is_some() && self.partner == self.customer
    }
}

/// The regions of a partner in `partner` and a tenant in `customer`.
pub fn markets(partner: Country, customer: Country) -> Markets {
    Markets { partner: csp_region(partner), customer: csp_region(customer) }
}
