//! CSP regions and market currencies (rules R75 and R84).
//!
//! Knows countries by their ISO-3166 two-letter code only; an unknown one is in no region.

/// The region a country belongs to, or `None` for a code that no region lists.
pub(crate) fn region(country: &str) -> Option<&'static str> {
    REGIONS.iter().find(|(_, countries)| listed(countries, country)).map(|(name, _)| *name)
}

/// Whether a partner in `partner` may sell to a tenant in `customer`.
pub(crate) fn may_sell(partner: &str, customer: &str) -> bool {
    region(partner).is_some_and(|home| region(customer) == Some(home))
}

/// The currency of a market; the dollar where nothing else is known.
pub(crate) fn currency(country: &str) -> &'static str {
    CURRENCIES.iter().find(|(_, countries)| listed(countries, country)).map_or("USD", |(code, _)| *code)
}

/// The sign printed before or after amounts of `currency`.
pub(crate) fn symbol(currency: &str) -> &'static str {
    match currency {
        "EUR" => "€",
        "GBP" => "£",
        "JPY" | "CNY" => "¥",
        "SEK" | "NOK" | "DKK" => "kr",
        "CHF" => "CHF",
        _ => "$",
    }
}

fn listed(countries: &str, country: &str) -> bool {
    countries.split(' ').any(|code| code.eq_ignore_ascii_case(country))
}

const REGIONS: &[(&str, &str)] = &[
    (
        "AFRICA",
        "AO BF BI BJ BW CD CF CG CI CM CV DJ ER ET GA GH GM GN GQ GW KE KM LR MG ML MU \
         MW NA NC NE NG PF RE RW SC SH SL SN SO SS ST TD TG TZ UG YT ZM",
    ),
    ("APAC", "BD BN BT HK ID KH LA LK MM MO MV MY NP PH SG TH TL VN"),
    ("AUSTRALIA", "AU CC CK CX FJ FM HM KI MH NF NR NU PG PN PW SB TF TK TO TV WF"),
    ("BRAZIL", "BR"),
    ("CANADA", "CA PM"),
    ("CHINA", "CN"),
    (
        "EUROPE",
        "AD AT AX BE BG BV CH CY CZ DE DK EE ES FI FO FR GB GG GI GL GR HR HU IE IM IS \
         IT JE LI LT LU LV MC MT NL NO PL PT RO SE SI SJ SK SM VA",
    ),
    ("INDIA", "IN"),
    ("JAPAN", "JP"),
    ("KOREA", "KR"),
    (
        "LATAM_CARIBBEAN",
        "AG AI AQ AR AW BB BL BM BO BQ BS BZ CL CO CR CW DM DO EC FK GD GF GP GS GT GY \
         HN HT JM KN KY LC MF MQ MS MX NI PA PE PR PY SR SV SX TC TT UY VC VE VG VI",
    ),
    (
        "MEA_CEE",
        "AE AF AL AM AZ BA BH DZ EG GE IL IO IQ JO KG KW KZ LB LS LY MA MD ME MK MN MR \
         MZ OM PK PS QA RS SA SZ TJ TM TN TR UA UZ XK YE ZA ZW",
    ),
    ("NEW_ZEALAND", "NZ VU WS"),
    ("TAIWAN", "TW"),
    ("UNITED_STATES", "AS GU MP UM US"),
];

const CURRENCIES: &[(&str, &str)] = &[
    ("AUD", "AU CC CK CX FJ FM HM KI MH NF NR NU PG PN PW SB TF TK TO TV WF"),
    ("BRL", "BR"),
    ("CAD", "CA PM"),
    ("CHF", "CH"),
    ("CNY", "CN"),
    ("DKK", "DK FO"),
    (
        "EUR",
        "AD AT AX BE BG BV CY CZ DE EE ES FI FR GL GR HR HU IE IS IT LI LT LU LV MC MT \
         NL PL PT RO SI SK SM",
    ),
    ("GBP", "GB GG GI IM JE"),
    ("INR", "IN"),
    ("JPY", "JP"),
    ("KRW", "KR"),
    ("NOK", "NO SJ"),
    ("NZD", "NZ VU WS"),
    ("SEK", "SE"),
    ("TWD", "TW"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_german_partner_sells_in_austria_but_not_in_the_united_states() {
        assert!(may_sell("DE", "at"));
        assert!(!may_sell("DE", "US"));
    }

    #[test]
    fn two_unknown_countries_are_not_the_same_region() {
        assert!(!may_sell("XX", "XX"));
    }

    #[test]
    fn europe_has_more_than_one_currency() {
        assert_eq!(["DE", "CH", "GB", "NO"].map(currency), ["EUR", "CHF", "GBP", "NOK"]);
    }
}
