//! What a partner is told about a cell that cannot be taken.

use crate::common::{file, import, summary};
use carryover_domain::portfolio::Kind;
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
fn a_program_that_is_none_of_them() {
    check(
        "program=CSP",
        expect![[r#"
            1 read, 0 good, 1 rejected
            contoso.csv:2: program is `CSP`: one of these words is expected: direct_mosa, direct_mca, open, ea, mpsa, advisor, legacy_csp, legacy_csp_ours, nce_other_partner, self_service, trial, nonprofit_grant
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
fn a_second_licence_that_is_none() {
    let refused = |row: &str, expected: Expect| {
        check(&format!("{row}; companion_sku=7e31c0d9-9551-471d-836f-32ee72be4a01"), expected)
    };
    for target in ["", "3b555118-da6a-4418-894f-7df1e2096870"] {
        refused(
            &format!("target_sku={target}"),
            expect![[r#"
                1 read, 0 good, 1 rejected
                contoso.csv:2: companion_sku is `7e31c0d9-9551-471d-836f-32ee72be4a01`: users get it in one call with another product than they hold; name that product in target_sku
            "#]],
        );
    }
    refused(
        "target_sku=7e31c0d9-9551-471d-836f-32ee72be4a01",
        expect![[r#"
        1 read, 0 good, 1 rejected
        contoso.csv:2: companion_sku is `7e31c0d9-9551-471d-836f-32ee72be4a01`: a second licence is expected; this is that of target_sku
    "#]],
    );
    refused(
        "sku_id=7e31c0d9-9551-471d-836f-32ee72be4a01; target_sku=CFQ7TTC0LDPB:0001",
        expect![[r#"
        1 read, 0 good, 1 rejected
        contoso.csv:2: companion_sku is `7e31c0d9-9551-471d-836f-32ee72be4a01`: a second licence is expected; this is that of sku_id, which the users hold
    "#]],
    );
    check(
        "target_sku=46c3a859-c90d-40b3-9551-6178a48d5c18; companion_sku=Teams",
        expect![[r#"
        1 read, 0 good, 1 rejected
        contoso.csv:2: companion_sku is `Teams`: an Entra skuId is expected, a GUID such as 3b555118-da6a-4418-894f-7df1e2096870
    "#]],
    );
}

#[test]
fn a_second_licence_beside_the_new_one() {
    let suite_and_teams =
        "target_sku=46c3a859-c90d-40b3-9551-6178a48d5c18; companion_sku={7E31C0D9-9551-471D-836F-32EE72BE4A01}";
    let import = import(file(&[suite_and_teams]));
    let line = &import.customers[0].1[0];
    assert_eq!(line.companion.map(|sku| sku.to_string()).as_deref(), Some("7e31c0d9-9551-471d-836f-32ee72be4a01"));
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
            contoso.csv:2: program is empty: one of these words is expected: direct_mosa, direct_mca, open, ea, mpsa, advisor, legacy_csp, legacy_csp_ours, nce_other_partner, self_service, trial, nonprofit_grant
            contoso.csv:2: sku_id is empty: an Entra skuId is expected, a GUID such as 3b555118-da6a-4418-894f-7df1e2096870
            contoso.csv:2: seats is empty: a whole number from 1 to 1000000 in plain digits is expected, such as 25
        "#]],
    );
}

#[test]
fn an_end_may_be_left_to_the_tenant_where_the_subscription_is_named() {
    check(
        "end_date=",
        expect![[r#"
        1 read, 1 good, 0 rejected
    "#]],
    );
    check(
        "end_date=; subscription_id=",
        expect![[r#"
        1 read, 0 good, 1 rejected
        contoso.csv:2: end_date is empty: the last day of service is expected as year-month-day, such as 2026-12-31; only a row with a subscription_id may leave it to the tenant
    "#]],
    );
    let line = &import(file(&["end_date="])).customers[0].1[0];
    assert!(line.ends.is_empty());
}

#[test]
fn a_term_that_starts_after_its_end() {
    check(
        "term_start=2027-01-01",
        expect![[r#"
        1 read, 0 good, 1 rejected
        contoso.csv:2: term_start is `2027-01-01`: a term never starts after its end, and end_date is 2026-12-31; correct one of the two
    "#]],
    );
    check(
        "term_start=01/02/2026",
        expect![[r#"
        1 read, 0 good, 1 rejected
        contoso.csv:2: term_start is `01/02/2026`: this is a locale date, which can be read in two ways; write 2026-02-01 or 2026-01-02
    "#]],
    );
}

#[test]
fn a_term_that_started_too_long_ago_for_its_end() {
    check(
        "term_start=2025-12-01",
        expect![[r#"
        1 read, 0 good, 1 rejected
        contoso.csv:2: term_start is `2025-12-01`: a term of P1Y that starts then is over on 2026-11-30, and end_date is 2026-12-31; write the first day of the current term, or correct the other two
    "#]],
    );
    for fine in
        ["term_start=2026-01-01", "term_start=2025-12-31", "term_start=2025-12-01; term=", "term_start=2026-06-01"]
    {
        check(
            fine,
            expect![[r#"
            1 read, 1 good, 0 rejected
        "#]],
        );
    }
}

#[test]
fn what_happens_at_the_end_goes_with_the_renewal() {
    check(
        "end_option=renew; auto_renew=no",
        expect![[r#"
        1 read, 0 good, 1 rejected
        contoso.csv:2: end_option is `renew`: auto_renew says no; correct one of the two
    "#]],
    );
    check(
        "end_option=cancel_at_end; auto_renew=yes",
        expect![[r#"
        1 read, 0 good, 1 rejected
        contoso.csv:2: end_option is `cancel_at_end`: auto_renew says yes; correct one of the two
    "#]],
    );
    check(
        "end_option=stop",
        expect![[r#"
        1 read, 0 good, 1 rejected
        contoso.csv:2: end_option is `stop`: one of these words is expected: renew, extended_term, cancel_at_end
    "#]],
    );
    check(
        "end_option=extended_term; auto_renew=no",
        expect![[r#"
        1 read, 1 good, 0 rejected
    "#]],
    );
}

#[test]
fn an_add_on_and_its_base() {
    check(
        "add_on=yes; base_subscription_id=sub-0",
        expect![[r#"
        1 read, 1 good, 0 rejected
    "#]],
    );
    check(
        "add_on=yes",
        expect![[r#"
        1 read, 1 good, 0 rejected
    "#]],
    );
    check(
        "add_on=; base_subscription_id=sub-0",
        expect![[r#"
        1 read, 0 good, 1 rejected
        contoso.csv:2: base_subscription_id is `sub-0`: only an add-on has a base; write yes into add_on, or take the base out
    "#]],
    );
    check(
        "add_on=yes; base_subscription_id=SUB-1",
        expect![[r#"
        1 read, 0 good, 1 rejected
        contoso.csv:2: base_subscription_id is `SUB-1`: an add-on is not its own base; name the subscription that it was added to
    "#]],
    );
    check(
        "add_on=perhaps",
        expect![[r#"
        1 read, 0 good, 1 rejected
        contoso.csv:2: add_on is `perhaps`: one of these words is expected: yes, no
    "#]],
    );
    let line = &import(file(&["add_on=yes"])).customers[0].1[0];
    assert_eq!(line.kind, Kind::AddOn { base: None }, "an add-on whose base may be seen in the tenant");
}

#[test]
fn four_billion_seats() {
    check(
        "seats=4000000000; target_seats=4000000000",
        expect![[r#"
        1 read, 0 good, 1 rejected
        contoso.csv:2: seats is `4000000000`: a whole number from 1 to 1000000 in plain digits is expected, such as 25
        contoso.csv:2: target_seats is `4000000000`: a whole number from 1 to 1000000 in plain digits is expected, such as 25
    "#]],
    );
}

#[test]
fn ends_that_others_have_told() {
    check(
        "other_ends=graph=2027-01-01T00:00:00Z export=2026-12-31T00:00:00Z",
        expect![[r#"
        1 read, 1 good, 0 rejected
    "#]],
    );
    check(
        "other_ends=typed=2027-01-01T00:00:00Z",
        expect![[r#"
        1 read, 0 good, 1 rejected
        contoso.csv:2: other_ends is `typed=2027-01-01T00:00:00Z`: the ends that others have told are expected as `export` has written them, such as graph=2027-01-01T00:00:00Z; type an end into end_date
    "#]],
    );
}

#[test]
fn a_name_that_a_spreadsheet_would_run() {
    let told = |name: &str| import(file(&[&format!("product_name={name}")])).customers[0].1[0].product_name.clone();
    assert_eq!(told("=1+1").as_deref(), Some("=1+1"));
    assert_eq!(told("'=1+1").as_deref(), Some("=1+1"), "the apostrophe is ours");
    assert_eq!(told("'s-Hertogenbosch").as_deref(), Some("'s-Hertogenbosch"));
}

#[test]
fn guids_in_any_spelling_are_the_same() {
    let tenant = |text: &str| import(file(&[&format!("tenant_id={text}")])).customers[0].0.tenant;
    let usual = tenant("6d5b2b1c-0c1e-4b8e-9a51-3f5a0f7d9c11");
    assert_eq!(tenant("{6D5B2B1C-0C1E-4B8E-9A51-3F5A0F7D9C11}"), usual);
    assert_eq!(tenant("6d5b2b1c0c1e4b8e9a513f5a0f7d9c11"), usual);
}

#[test]
fn a_row_says_where_it_comes_from() {
    let line = &import(file(&["", "subscription_id=sub-2"])).customers[0].1[1];
    assert_eq!(line.provenance.line.as_ref().map(ToString::to_string).as_deref(), Some("contoso.csv:3"));
    assert!(line.provenance.fields.is_empty());
}
