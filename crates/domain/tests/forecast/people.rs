//! Who must act by when, and what cannot make its date.

use crate::told::{actions, check, misses};
use expect_test::expect;

#[test]
fn owners_stop_renewals_before_the_cutoff_and_plans_are_approved_before_they_open() {
    check(
        "== Ash\nline SPB 25 seats until 2026-12-13 direct_mca renews",
        &[actions, misses],
        expect![[r#"
        2026-12-09T00:00:00Z Ash (customer), our own people: APPROVE_PLAN look at the plan of 1 line and approve it
        2026-12-13T00:00:00Z Ash, the customer's billing administrator: STOP_RENEWAL stop the renewal of SPB, once its replacement stands
    "#]],
    );
}

#[test]
fn a_customer_that_has_not_accepted_is_asked_once_for_all_its_lines() {
    check(
        "== Ash
         relationship none
         line SPB 25 seats until 2026-12-13 open
         line E3 5 seats until 2026-12-31 open",
        &[actions],
        expect![[r#"
            2026-12-09T00:00:00Z Ash (customer), our own people: APPROVE_PLAN look at the plan of 2 lines and approve it
            2026-12-09T00:00:00Z Ash (customer), the customer's administrator: NO_RELATIONSHIP the customer has not accepted a reseller relationship with us. Send the invitation link to a global or billing administrator of the customer; work goes on by itself after acceptance.
        "#]],
    );
}

#[test]
fn better_ways_are_started_by_a_person() {
    check(
        "== Ash\nline SPB 25 seats until 2026-12-13 nce_other_partner ends",
        &[actions],
        expect![[r#"
        2026-12-09T00:00:00Z Ash (customer), our own people: APPROVE_PLAN look at the plan of 1 line and approve it
        2026-12-09T00:00:00Z Ash, our own people: PARTNER_TRANSFER ask the other partner to hand SPB over, which pays nothing twice
    "#]],
    );
}

#[test]
fn a_refund_shrinks_by_the_day() {
    check(
        "offer SPB at 200.00 EUR
         == Ash
         line SPB 25 seats until 2026-12-13 direct_mosa P1Y at 264.00 EUR renews",
        &[actions],
        expect![[r#"
            2026-11-02T08:00:00Z Ash (customer), our own people: APPROVE_PLAN look at the plan of 1 line and approve it
            2026-11-03T00:00:00Z Ash, the customer's billing administrator: CANCEL_FOR_REFUND cancel SPB for its refund, once its replacement stands
        "#]],
    );
}

#[test]
fn what_is_blocked_or_late_misses_its_date() {
    check(
        "today 2026-12-11
         offer SPB\noffer E3 unsold
         == Ash
         line SPB 25 seats until 2026-12-13 open
         == Beech
         line E3 10 seats until 2026-12-31 open
         == Cedar
         line SPB 10 seats until unknown open",
        &[actions, misses],
        expect![[r#"
            2026-12-11T00:00:00Z Ash (customer), our own people: APPROVE_PLAN look at the plan of 1 line and approve it
            2027-01-01T00:00:00Z Beech, our own people: OFFER_END_OF_SALE Office 365 E3 (E3) is not sold any more; in its place there is nothing. Put a successor into the column target_sku; a volume-licensing customer can renew to CSP in the partner portal instead.
            no date Cedar, our own people: END_DATE_UNKNOWN nobody has said when the old subscription ends. Ask the customer for an export of "Your products" with the renewal date, put the last day into the column end_date and import again.
            missed 2026-12-13 Ash: LEAD_TOO_SHORT the last day is 2026-12-13: less than the usual lead is left
            missed 2026-12-31 Beech: OFFER_END_OF_SALE Office 365 E3 (E3) is not sold any more; in its place there is nothing
        "#]],
    );
}
