//! What a partner is told about a cell that cannot be taken.

use crate::common::{file, import, summary};
use expect_test::{Expect, expect};

/// Reads the good row with the given changes.
fn check(changes: &str, expect: Expect) {
    expect.assert_eq(&summary(&import(file(&[changes]))));
}

#[test]
fn a_good_row_has_no_problem() {
    check(
        "",
        expect![[r#"
            1 read, 1 good, 0 rejected
        "#]],
    );
}

#[test]
fn no_seats() {
    check(
        "seats=0",
        expect![[r#"
            1 read, 0 good, 1 rejected
            contoso.csv:2: seats is `0`: a whole number from 1 to 1000000 in plain digits is expected, such as 25
        "#]],
    );
}

#[test]
fn half_a_seat() {
    check(
        "seats=12.5",
        expect![[r#"
            1 read, 0 good, 1 rejected
            contoso.csv:2: seats is `12.5`: a whole number from 1 to 1000000 in plain digits is expected, such as 25
        "#]],
    );
}

#[test]
fn seats_with_a_thousands_separator() {
    check(
        "seats=1,000",
        expect![[r#"
            1 read, 0 good, 1 rejected
            contoso.csv:2: seats is `1,000`: a whole number from 1 to 1000000 in plain digits is expected, such as 25
        "#]],
    );
}

#[test]
fn fewer_than_no_seats() {
    check(
        "seats=-5; assigned_seats=-1",
        expect![[r#"
            1 read, 0 good, 1 rejected
            contoso.csv:2: seats is `-5`: a whole number from 1 to 1000000 in plain digits is expected, such as 25
            contoso.csv:2: assigned_seats is `-1`: a whole number from 0 to 1000000 in plain digits is expected, such as 24
        "#]],
    );
}

#[test]
fn a_million_seats_are_the_most() {
    check(
        "seats=1000000",
        expect![[r#"
            1 read, 1 good, 0 rejected
        "#]],
    );
    check(
        "seats=1000001",
        expect![[r#"
            1 read, 0 good, 1 rejected
            contoso.csv:2: seats is `1000001`: a whole number from 1 to 1000000 in plain digits is expected, such as 25
        "#]],
    );
}

#[test]
fn a_price_with_a_decimal_comma() {
    check(
        "price_per_seat=61,20",
        expect![[r#"
            1 read, 0 good, 1 rejected
            contoso.csv:2: price_per_seat is `61,20`: a comma may stand for decimals or for thousands; write a decimal point only, such as 1234.50
        "#]],
    );
}

#[test]
fn a_negative_price() {
    check(
        "price_per_seat=-1.00",
        expect![[r#"
            1 read, 0 good, 1 rejected
            contoso.csv:2: price_per_seat is `-1.00`: a price is never negative; write what one seat costs for one term
        "#]],
    );
}

#[test]
fn a_price_with_its_currency_in_the_cell() {
    check(
        "price_per_seat=€61.20",
        expect![[r#"
            1 read, 0 good, 1 rejected
            contoso.csv:2: price_per_seat is `€61.20`: an amount in plain digits with a decimal point is expected, such as 20.60; the currency has its own column
        "#]],
    );
}

#[test]
fn a_price_in_scientific_notation() {
    check(
        "price_per_seat=6.12e1",
        expect![[r#"
            1 read, 0 good, 1 rejected
            contoso.csv:2: price_per_seat is `6.12e1`: an amount in plain digits with a decimal point is expected, such as 20.60; the currency has its own column
        "#]],
    );
}

#[test]
fn a_price_that_lost_its_point() {
    check(
        "price_per_seat=6120000000000",
        expect![[r#"
            1 read, 0 good, 1 rejected
            contoso.csv:2: price_per_seat is `6120000000000`: an amount in plain digits with a decimal point is expected, such as 20.60; the currency has its own column
        "#]],
    );
}

#[test]
fn a_price_without_a_currency() {
    check(
        "currency=",
        expect![[r#"
            1 read, 0 good, 1 rejected
            contoso.csv:2: currency is empty: a price needs its currency; write it, such as EUR
        "#]],
    );
}

#[test]
fn a_currency_without_a_price() {
    check(
        "price_per_seat=",
        expect![[r#"
            1 read, 0 good, 1 rejected
            contoso.csv:2: price_per_seat is empty: a currency stands without a price; write both or neither
        "#]],
    );
}

#[test]
fn neither_price_nor_currency_is_fine() {
    check(
        "price_per_seat=; currency=",
        expect![[r#"
            1 read, 1 good, 0 rejected
        "#]],
    );
}

#[test]
fn a_currency_sign() {
    check(
        "currency=€",
        expect![[r#"
            1 read, 0 good, 1 rejected
            contoso.csv:2: currency is `€`: a currency code of three letters is expected, such as EUR
        "#]],
    );
}

#[test]
fn a_country_by_its_name() {
    check(
        "country=Germany",
        expect![[r#"
            1 read, 0 good, 1 rejected
            contoso.csv:2: country is `Germany`: a country code of two letters is expected, such as DE
        "#]],
    );
}

#[test]
fn a_program_that_is_none_of_the_ten() {
    check(
        "program=CSP",
        expect![[r#"
            1 read, 0 good, 1 rejected
            contoso.csv:2: program is `CSP`: one of these words is expected: direct_mosa, direct_mca, open, ea, mpsa, advisor, legacy_csp, nce_other_partner, self_service, trial
        "#]],
    );
}

#[test]
fn a_tenant_that_is_no_guid() {
    check(
        "tenant_id=contoso.onmicrosoft.com",
        expect![[r#"
            1 read, 0 good, 1 rejected
            contoso.csv:2: tenant_id is `contoso.onmicrosoft.com`: the customer's tenant id is expected, a GUID such as 6d5b2b1c-0c1e-4b8e-9a51-3f5a0f7d9c11
        "#]],
    );
}

#[test]
fn a_tenant_of_zeros() {
    check(
        "tenant_id=00000000-0000-0000-0000-000000000000",
        expect![[r#"
            1 read, 0 good, 1 rejected
            contoso.csv:2: tenant_id is `00000000-0000-0000-0000-000000000000`: the customer's tenant id is expected, a GUID such as 6d5b2b1c-0c1e-4b8e-9a51-3f5a0f7d9c11
        "#]],
    );
}

#[test]
fn a_name_for_a_sku() {
    check(
        "sku_id=O365_BUSINESS_ESSENTIALS",
        expect![[r#"
            1 read, 0 good, 1 rejected
            contoso.csv:2: sku_id is `O365_BUSINESS_ESSENTIALS`: an Entra skuId is expected, a GUID such as 3b555118-da6a-4418-894f-7df1e2096870
        "#]],
    );
}

#[test]
fn a_target_that_is_neither_licence_nor_item() {
    check(
        "target_sku=Business Premium",
        expect![[r#"
            1 read, 0 good, 1 rejected
            contoso.csv:2: target_sku is `Business Premium`: an Entra skuId or a catalogue item such as CFQ7TTC0LDPB:0001 is expected; leave it empty for the same offer
        "#]],
    );
}

#[test]
fn a_renewal_in_other_words() {
    check(
        "auto_renew=true",
        expect![[r#"
            1 read, 0 good, 1 rejected
            contoso.csv:2: auto_renew is `true`: one of these words is expected: yes, no, unknown
        "#]],
    );
}

#[test]
fn a_term_and_billing_in_other_words() {
    check(
        "term=1 year; billing=yearly",
        expect![[r#"
            1 read, 0 good, 1 rejected
            contoso.csv:2: term is `1 year`: one of these words is expected: P1M, P1Y, P3Y
            contoso.csv:2: billing is `yearly`: one of these words is expected: monthly, annual, triennial
        "#]],
    );
}

#[test]
fn an_address_for_a_domain() {
    check(
        "domain=https://contoso.com",
        expect![[r#"
            1 read, 0 good, 1 rejected
            contoso.csv:2: domain is `https://contoso.com`: a domain of the tenant is expected, without address or path, such as contoso.com
        "#]],
    );
    check(
        "domain=it@contoso.com",
        expect![[r#"
            1 read, 0 good, 1 rejected
            contoso.csv:2: domain is `it@contoso.com`: a domain of the tenant is expected, without address or path, such as contoso.com
        "#]],
    );
}

#[test]
fn two_addresses_for_one() {
    check(
        "contact_email=a@contoso.com, b@contoso.com",
        expect![[r#"
            1 read, 0 good, 1 rejected
            contoso.csv:2: contact_email is `a@contoso.com, b@contoso.com`: one e-mail address is expected, such as it@contoso.com
        "#]],
    );
}

#[test]
fn a_subscription_id_with_spaces() {
    check(
        "subscription_id=see invoice",
        expect![[r#"
            1 read, 0 good, 1 rejected
            contoso.csv:2: subscription_id is `see invoice`: a subscription id without spaces is expected, such as 5f2d1c7e-8f1b-4a53-9c0e-7d1a2b3c4d5e
        "#]],
    );
}

#[test]
fn a_line_break_in_a_name() {
    check(
        "product_name=Microsoft 365\nBusiness Basic",
        expect![[r#"
            1 read, 0 good, 1 rejected
            contoso.csv:2: product_name is `Microsoft 365\nBusiness Basic`: line breaks and control characters have no place here; take them out
        "#]],
    );
}

#[test]
fn a_terminal_command_in_a_name() {
    check(
        "customer_name=\u{1b}[2Jboo",
        expect![[r#"
            1 read, 0 good, 1 rejected
            contoso.csv:2: customer_name is `\u{1b}[2Jboo`: line breaks and control characters have no place here; take them out
        "#]],
    );
}

#[test]
fn text_that_runs_backwards_is_shown_escaped() {
    check(
        "sku_id=\u{202E}gpj.exe",
        expect![[r#"
            1 read, 0 good, 1 rejected
            contoso.csv:2: sku_id is `\u{202e}gpj.exe`: an Entra skuId is expected, a GUID such as 3b555118-da6a-4418-894f-7df1e2096870
        "#]],
    );
}

#[test]
fn a_nul_byte() {
    check(
        "customer_name=Con\0toso",
        expect![[r#"
            1 read, 0 good, 1 rejected
            contoso.csv:2: customer_name is `Con\u{0}toso`: a NUL byte stands in the cell; take it out
        "#]],
    );
}

#[test]
fn a_long_value_is_shortened() {
    check(
        &format!("country={}", "x".repeat(500)),
        expect![[r#"
            1 read, 0 good, 1 rejected
            contoso.csv:2: country is `xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…`: a country code of two letters is expected, such as DE
        "#]],
    );
}

#[test]
fn everything_wrong_is_said_at_once() {
    check(
        "tenant_id=; domain=; country=; program=; sku_id=; seats=; end_date=",
        expect![[r#"
            1 read, 0 good, 1 rejected
            contoso.csv:2: tenant_id is empty: the customer's tenant id is expected, a GUID such as 6d5b2b1c-0c1e-4b8e-9a51-3f5a0f7d9c11
            contoso.csv:2: domain is empty: a domain of the tenant is expected, without address or path, such as contoso.com
            contoso.csv:2: country is empty: a country code of two letters is expected, such as DE
            contoso.csv:2: program is empty: one of these words is expected: direct_mosa, direct_mca, open, ea, mpsa, advisor, legacy_csp, nce_other_partner, self_service, trial
            contoso.csv:2: sku_id is empty: an Entra skuId is expected, a GUID such as 3b555118-da6a-4418-894f-7df1e2096870
            contoso.csv:2: seats is empty: a whole number from 1 to 1000000 in plain digits is expected, such as 25
            contoso.csv:2: end_date is empty: the last day of service is expected as year-month-day, such as 2026-12-31
        "#]],
    );
}
