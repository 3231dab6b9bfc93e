//! Strategies for what the partner said.

use super::value::{billing, country, day, line, money, offer, program, seats, sku, subscription, tenant, term, text};
use carryover_domain::portfolio::{Customer, Renewal, SourceLine, Target};
use proptest::option;
use proptest::prelude::*;

/// A customer.
pub fn customer() -> impl Strategy<Value = Customer> {
    (tenant(), text(), text(), country()).prop_map(|(tenant, domain, name, country)| Customer {
        tenant,
        domain,
        name,
        country,
    })
}

/// What the partner wants in place of the source.
pub fn target() -> impl Strategy<Value = Target> {
    prop_oneof![Just(Target::Same), sku().prop_map(Target::Sku), offer().prop_map(Target::Offer),]
}

/// An old subscription.
pub fn source_line() -> impl Strategy<Value = SourceLine> {
    let renewal = prop::sample::select(vec![Renewal::On, Renewal::Off, Renewal::Unknown]);
    let what = (
        line(),
        program(),
        option::of(subscription()),
        sku(),
        option::of(text()),
        option::of(text()),
        seats(),
        option::of(any::<u32>()),
    );
    let how =
        (day(), renewal, option::of(term()), option::of(billing()), option::of(money()), target(), option::of(text()));
    (what, how).prop_map(|(what, how)| {
        let (id, program, subscription, sku, sku_part_number, product_name, seats, assigned_seats) = what;
        let (end_date, auto_renew, term, billing, price_per_seat, target, contact_email) = how;
        SourceLine {
            id,
            program,
            subscription,
            sku,
            sku_part_number,
            product_name,
            seats,
            assigned_seats,
            end_date,
            auto_renew,
            term,
            billing,
            price_per_seat,
            target,
            contact_email,
        }
    })
}
