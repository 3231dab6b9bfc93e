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
    let agreement = standing.map_or(said::Agreement::Unspecified, |seen| match seen.agreement {
        // The settings vouch for it.
        Agreement::Accepted | Agreement::SettledOutside => said::Agreement::Accepted,
        Agreement::Missing => said::Agreement::Missing,
        Agreement::Unreadable => said::Agreement::Unreadable,
    });
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
