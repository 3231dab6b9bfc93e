//! What Partner Center and delegated administration say about the customer: agreement, profile, roles.

use crate::{check, codes, silent};
use expect_test::expect;

#[test]
fn an_agreement_from_before_confirmations_were_renewed_stops_the_purchase() {
    silent("agreement accepted on 2023-04-01");
    check(
        "agreement accepted on 2023-03-31",
        expect![[r#"
        waits MCA_OUTDATED: the Microsoft Customer Agreement was confirmed on 2023-03-31, before confirmations were renewed
    "#]],
    );
}

#[test]
fn an_outdated_agreement_is_said_before_a_closed_tenant() {
    assert_eq!(codes("agreement accepted on 2022-05-01\ntenant unseen"), ["MCA_OUTDATED"]);
}

#[test]
fn a_profile_that_nobody_has_read_is_not_called_empty() {
    silent("we sell from PL\ncustomer PL");
}

#[test]
fn a_registration_id_is_needed_where_the_country_asks_for_one() {
    silent("we sell from PL\ncustomer PL\nprofile id 5260001246");
    check(
        "we sell from PL\ncustomer PL\nprofile",
        expect![[r#"
        waits REGISTRATION_ID_MISSING: the profile has no registration id, which PL asks for
    "#]],
    );
    assert_eq!(codes("we sell from PL\ncustomer PL\nprofile blank"), ["REGISTRATION_ID_MISSING"]);
    silent("we sell from FR\ncustomer FR\nprofile");
}

#[test]
fn a_registration_id_that_may_not_be_read_is_not_called_missing() {
    silent("we sell from PL\ncustomer PL\nprofile hidden");
}

#[test]
fn the_country_of_the_profile_counts_and_one_that_the_file_tells_otherwise_is_settled_first() {
    silent("customer FR\nprofile in FR");
    check(
        "customer FR\nprofile in AT",
        expect![[r#"
        waits ADDRESS_INVALID: the customer's address is not in order: the country: the profile says AT, the file FR
    "#]],
    );
    check(
        "customer FR\nprofile id 1 in US",
        expect![[r#"
        blocks CUSTOMER_IN_OTHER_REGION: we sell from DE, the tenant is in US, which is another CSP region
    "#]],
    );
    silent("customer US\nprofile id 1 in AT\nwe sell from DE\ncustomer AT");
}

#[test]
fn an_account_that_is_looked_into_waits() {
    check(
        "profile hold UnderReview",
        expect![[r#"
        waits ACCOUNT_UNDER_REVIEW: Microsoft has put the account on hold (UnderReview)
    "#]],
    );
}

#[test]
fn what_is_missing_in_address_and_contact_is_named() {
    silent("profile");
    check(
        "profile no city no postal_code",
        expect![[r#"
        waits ADDRESS_INVALID: the customer's address is not in order: city, postal_code
    "#]],
    );
    check(
        "profile nobody phone",
        expect![[r#"
        waits CONTACT_MISSING: the customer's contact is not complete: phone
    "#]],
    );
}

#[test]
fn a_tenant_that_sells_or_is_of_another_kind_is_left_out() {
    check(
        "profile sells",
        expect![[r#"
        blocks TENANT_IS_CSP_PARTNER: the tenant itself sells through CSP
    "#]],
    );
    check(
        "profile kind B2C",
        expect![[r#"
        blocks TENANT_TYPE_UNSUPPORTED: a tenant of the kind B2C cannot buy licences
    "#]],
    );
}

#[test]
fn an_offer_for_a_segment_needs_the_qualification() {
    check(
        "profile\noffer SPB for education",
        expect![[r#"
        blocks SEGMENT_NOT_QUALIFIED: the offer is for education customers, and this one is not qualified as such
    "#]],
    );
    silent("profile segment education\noffer SPB for education");
    assert_eq!(codes("profile segment nonprofit\noffer SPB for education"), ["SEGMENT_NOT_QUALIFIED"]);
    silent("profile segment nonprofit\noffer SPB");
}

#[test]
fn a_qualification_that_nobody_has_read_is_left_to_the_service() {
    silent("offer SPB for education");
}

#[test]
fn a_missing_role_warns_and_stops_only_a_change_of_licence() {
    check(
        "access lacks license_administrator",
        expect![[r#"
        warns GDAP_ROLE_MISSING: delegated administration lacks the role license_administrator
    "#]],
    );
    check(
        "access lacks license_administrator\nline SMB_BASIC 25 seats until 2026-12-13 open wants BASIC",
        expect![[r#"
            waits GDAP_ROLE_MISSING: delegated administration lacks the role license_administrator
            warns DIFFERENT_SKU: Microsoft 365 Business Basic (SMB_BASIC) is replaced by Microsoft 365 Business Basic (BASIC)
        "#]],
    );
}

#[test]
fn access_must_outlast_the_end_by_the_checks_after_it() {
    // The source ends with the 13th of December; the last check comes 72 hours later.
    silent("access ends 2026-12-17");
    check(
        "access ends 2026-12-16T23:59:59Z",
        expect![[r#"
        warns GDAP_EXPIRING: delegated administration ends on 2026-12-16, before the work does
    "#]],
    );
    check(
        "access ends 2026-12-16T23:59:59Z\nline SMB_BASIC 25 seats until 2026-12-13 open wants BASIC",
        expect![[r#"
            waits GDAP_EXPIRING: delegated administration ends on 2026-12-16, before the work does
            warns DIFFERENT_SKU: Microsoft 365 Business Basic (SMB_BASIC) is replaced by Microsoft 365 Business Basic (BASIC)
        "#]],
    );
}

#[test]
fn without_a_known_end_nobody_says_that_access_ends_too_soon() {
    let found = codes("access ends 2026-11-03\nline SPB 25 seats until unknown open\ntenant holds SPB 25 seats");
    assert_eq!(found, ["END_DATE_UNKNOWN"]);
}
