//! Terms, and how often they are billed, in the service's words or numbers (fact sheet 12.8).

use carryover_domain::time::{Billing, Term};

/// What the service calls how often is billed, each at the place that is its number.
const BILLINGS: [&str; 7] = ["unknown", "monthly", "annual", "none", "one_time", "triennial", "biennial"];

/// The service's word for how often is billed, also where its number stands for it.
pub(crate) fn billing_word(told: &str) -> &str {
    let place = told.trim().parse::<usize>().ok();
    place.and_then(|place| BILLINGS.get(place).copied()).unwrap_or(told)
}

/// How often is billed; none in words that are not known here.
pub(crate) fn billing(told: &str) -> Option<Billing> {
    Billing::of_word(billing_word(told))
}

/// A term and how often it is billed; none in words that are not known here.
pub(crate) fn both(term: Option<&str>, cycle: Option<&str>) -> Option<(Term, Billing)> {
    Some((Term::of_word(term?)?, billing(cycle?)?))
}

/// The same in the service's words, for people.
pub(crate) fn told(term: Option<&str>, cycle: Option<&str>) -> String {
    format!("{} with {} billing", term.unwrap_or("no term"), cycle.map_or("no", billing_word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_stand_for_the_words_of_the_sheet() {
        let all = ["1", "2", "5"].map(billing);
        assert_eq!(all, [Some(Billing::Monthly), Some(Billing::Annual), Some(Billing::Triennial)]);
        assert_eq!(["0", "3", "4", "6", "7", "weekly"].map(billing), [None; 6]);
        assert_eq!(told(Some("P2Y"), Some("6")), "P2Y with biennial billing");
    }
}
