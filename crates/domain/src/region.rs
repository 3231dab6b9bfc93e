//! CSP regions: which country belongs to which (rules R28, R84). Knows nothing of customers.

use crate::value::Country;

/// Columns `csp_region,country_name,iso2,currency`; the table was made for this project.
const TABLE: &str = include_str!("../csp_regions.csv");

/// The CSP region of `country`; none when the program is not offered there.
pub fn csp_region(country: Country) -> Option<&'static str> {
    TABLE.lines().skip(1).find_map(|row| {
        // The country's name may hold commas and quotes, so the code is counted from the end.
        let mut from_end = row.trim_end().rsplit(',');
        let code = from_end.nth(1)?;
        (code == country.as_str()).then(|| row.split(',').next()).flatten()
    })
}
