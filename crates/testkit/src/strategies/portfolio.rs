//! Strategies for what the partner said.

use super::value::{
    billing, country, day, instant, line, money, offer, program, seats, sku, subscription, tenant, term, text,
};
use carryover_domain::ids::SkuId;
use carryover_domain::portfolio::{Customer, EndOption, Ends, Kind, Renewal, SourceLine, Target, Witness};
use carryover_domain::provenance::{Field, Origin, Provenance};
use carryover_domain::time::End;
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

/// When a source ends, by any witnesses.
pub(super) fn ends() -> impl Strategy<Value = Ends> {
    let witness = prop::sample::select(Witness::ALL.to_vec());
    prop::collection::vec((witness, day().prop_map(End::after_day)), 0..4).prop_map(Ends::from_iter)
}

/// Whether a source stands alone.
pub(super) fn kind() -> impl Strategy<Value = Kind> {
    prop_oneof![3 => Just(Kind::Base), 1 => option::of(subscription()).prop_map(|base| Kind::AddOn { base })]
}

/// A record that said something.
pub(super) fn origin() -> impl Strategy<Value = Origin> {
    (text(), option::of(any::<u64>()), option::of(instant())).prop_map(|(record, row, at)| Origin {
        record: record.into(),
        row,
        at,
    })
}

/// Which record said what.
pub(super) fn provenance() -> impl Strategy<Value = Provenance> {
    let field = prop::sample::select(Field::ALL.to_vec());
    (option::of(origin()), prop::collection::btree_map(field, origin(), 0..3))
        .prop_map(|(line, fields)| Provenance { line, fields })
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
        (ends(), renewal, option::of(term()), option::of(billing()), option::of(money()), target(), option::of(text()));
    let more = (
        option::of(day()),
        option::of(prop::sample::select(EndOption::ALL.to_vec())),
        kind(),
        option::of(seats()),
        option::of(term()),
        option::of(text()),
        provenance(),
        option::weighted(0.3, sku()),
    );
    (what, how, more).prop_map(|(what, how, more)| {
        let (id, program, subscription, sku, sku_part_number, product_name, seats, assigned_seats) = what;
        let (ends, auto_renew, term, billing, price_per_seat, target, contact_email) = how;
        let (term_start, end_option, kind, target_seats, target_term, evidence, provenance, second) = more;
        let another = |second: &SkuId| match &target {
            Target::Same => false,
            Target::Sku(first) => first != second && sku != *first && sku != *second,
            Target::Offer(_) => sku != *second,
        };
        let companion = second.filter(another);
        SourceLine {
            id,
            program,
            subscription,
            sku,
            sku_part_number,
            product_name,
            seats,
            assigned_seats,
            ends,
            term_start,
            auto_renew,
            end_option,
            kind,
            term,
            billing,
            price_per_seat,
            target,
            companion,
            target_seats,
            target_term,
            evidence,
            contact_email,
            provenance,
        }
    })
}
