//! Invented companies and people. No real company is meant.

use crate::prng::Prng;

const FIRST: [&str; 30] = [
    "Alderbrook",
    "Birkental",
    "Cinderhof",
    "Dunmerow",
    "Eschfeld",
    "Falkenrood",
    "Glimmerbach",
    "Harlowgrund",
    "Ivelstein",
    "Juniperau",
    "Kestrelheim",
    "Lindwater",
    "Moorgarten",
    "Nordquell",
    "Oxenbruck",
    "Pellworth",
    "Quendelhof",
    "Rookwald",
    "Silberlund",
    "Tannmark",
    "Ulmenrade",
    "Varnhall",
    "Wolkenried",
    "Yarrowdorf",
    "Zirbenthal",
    "Amselgrove",
    "Bramfurt",
    "Corvinsee",
    "Drosselby",
    "Elmquist",
];

const SECOND: [&str; 24] = [
    "Dental",
    "Logistics",
    "Joinery",
    "Bakeries",
    "Architects",
    "Surveying",
    "Veterinary",
    "Optics",
    "Print Works",
    "Engineering",
    "Nurseries",
    "Tax Advisers",
    "Foundry",
    "Textiles",
    "Haulage",
    "Instruments",
    "Packaging",
    "Roofing",
    "Pharmacy",
    "Laboratories",
    "Glassworks",
    "Timber",
    "Insurance Brokers",
    "Catering",
];

const GIVEN: [&str; 20] = [
    "ana", "bela", "carl", "dora", "emil", "fenja", "gero", "hanna", "ivo", "jule", "kai", "lena", "mats", "nora",
    "oskar", "pia", "quirin", "runa", "sven", "tilda",
];

const FAMILY: [&str; 20] = [
    "arnts", "brook", "caspers", "dorn", "ebers", "frey", "graf", "holm", "iversen", "jansen", "kolb", "lund", "moser",
    "nissen", "otten", "prinz", "ritter", "sand", "thoma", "ude",
];

/// How many company names there are before numbers have to be added.
const COMPANIES: usize = FIRST.len() * SECOND.len();

/// The name of company number `index`; no two indexes share one.
pub(super) fn company(index: usize, offset: usize) -> String {
    // 233 has no divisor in common with the number of names, so the walk meets each name once.
    let place = (index % COMPANIES * 233 + offset) % COMPANIES;
    let name = format!("{} {}", FIRST[place % FIRST.len()], SECOND[place / FIRST.len()]);
    match index / COMPANIES {
        0 => name,
        round => format!("{name} {}", round + 1),
    }
}

/// The name in a form that fits a domain label.
pub(super) fn label(company: &str) -> String {
    company.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase()
}

/// The part of user number `index`'s name before the at sign; unique within a tenant.
pub(super) fn account(index: usize, prng: &mut Prng) -> String {
    format!("{}.{}{}", prng.pick(&GIVEN), prng.pick(&FAMILY), index + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thousand_companies_have_a_thousand_names() {
        let names: std::collections::BTreeSet<String> = (0..1000).map(|index| company(index, 17)).collect();
        assert_eq!(names.len(), 1000);
    }
}
