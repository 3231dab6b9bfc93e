//! A customer, with what was last recorded of our standing.

use super::value::day;
use crate::name::Names;
use carryover_api::v1;
use carryover_domain::facts::{Agreement, Relationship};
use carryover_domain::migration::state::Migration;
use carryover_domain::portfolio::Customer;
use v1::customer as said;

pub(crate) fn customer(names: &Names, migration: &Migration) -> v1::Customer {
    let Customer { tenant, domain, name, country } = &migration.customer;
    let standing = migration.standing.as_ref();
    let relationship = standing.map_or(said::Relationship::Unspecified, |seen| match seen.relationship {
        Relationship::Reseller => said::Relationship::Reseller,
        Relationship::None => said::Relationship::None,
        Relationship::Other(_) => said::Relationship::Other,
    });
    let agreement = standing.map_or(said::Agreement::Unspecified, |seen| told(seen.agreement));
    v1::Customer {
        name: names.customer(*tenant),
        tenant_id: tenant.to_string(),
        display_name: name.clone(),
        domain: domain.clone(),
        country_code: country.to_string(),
        relationship: relationship.into(),
        agreement: agreement.into(),
        agreement_date: standing.and_then(|seen| seen.agreed).map(day),
        migration: names.migration(*tenant),
    }
}

fn told(agreement: Agreement) -> said::Agreement {
    match agreement {
        Agreement::Accepted => said::Agreement::Accepted,
        Agreement::SettledOutside => said::Agreement::SettledOutside,
        Agreement::Missing => said::Agreement::Missing,
        Agreement::Unreadable => said::Agreement::Unreadable,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_only_the_settings_vouch_for_is_not_told_as_accepted() {
        let words = [Agreement::Accepted, Agreement::SettledOutside].map(|agreement| told(agreement).as_str_name());
        assert_eq!(words, ["ACCEPTED", "SETTLED_OUTSIDE"]);
    }
}
