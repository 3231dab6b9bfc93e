//! Whether we may sell to the customer and look into its tenant.

use crate::{check, silent};
use expect_test::expect;

#[test]
fn an_ordinary_line_has_nothing_in_its_way() {
    silent("");
}

#[test]
fn without_a_relationship_the_line_waits() {
    check(
        "relationship none\nagreement unreadable\ntenant unseen",
        expect![[r#"
        waits NO_RELATIONSHIP: the customer has not accepted a reseller relationship with us
    "#]],
    );
}

#[test]
fn a_relationship_of_another_kind_gives_no_right_to_sell() {
    check(
        "relationship former_reseller",
        expect![[r#"
        waits NO_RELATIONSHIP: the customer has not accepted a reseller relationship with us
    "#]],
    );
}

#[test]
fn without_the_agreement_the_line_waits() {
    check(
        "agreement missing",
        expect![[r#"
        waits MCA_MISSING: the customer has not accepted the Microsoft Customer Agreement
    "#]],
    );
}

#[test]
fn an_agreement_that_cannot_be_read_yet_is_not_called_missing() {
    check(
        "relationship none\nagreement unreadable",
        expect![[r#"
        waits NO_RELATIONSHIP: the customer has not accepted a reseller relationship with us
    "#]],
    );
    silent("agreement unreadable");
}

#[test]
fn a_tenant_that_we_may_not_look_into_waits() {
    check(
        "tenant unseen",
        expect![[r#"
        waits NO_GDAP: we may sell to the customer but not look into its tenant
    "#]],
    );
}

#[test]
fn a_missing_agreement_is_said_before_a_closed_tenant() {
    check(
        "agreement missing\ntenant unseen",
        expect![[r#"
        waits MCA_MISSING: the customer has not accepted the Microsoft Customer Agreement
    "#]],
    );
}

#[test]
fn a_customer_of_our_own_csp_region_may_be_moved() {
    silent("we sell from DE\ncustomer FR");
    silent("we sell from US\ncustomer UM");
}

#[test]
fn a_customer_of_another_csp_region_blocks() {
    check(
        "we sell from US\ncustomer CA",
        expect![[r#"
        blocks CUSTOMER_IN_OTHER_REGION: we sell from US, the tenant is in CA, which is another CSP region
    "#]],
    );
    check(
        "we sell from DE\ncustomer UA",
        expect![[r#"
        blocks CUSTOMER_IN_OTHER_REGION: we sell from DE, the tenant is in UA, which is another CSP region
    "#]],
    );
}

#[test]
fn two_countries_outside_of_the_program_are_not_one_region() {
    check(
        "we sell from XX\ncustomer XX",
        expect![[r#"
        blocks CUSTOMER_IN_OTHER_REGION: we sell from XX, the tenant is in XX, which is another CSP region
    "#]],
    );
}
