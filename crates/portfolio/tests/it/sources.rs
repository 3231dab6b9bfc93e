//! Files that others write: what each is taken for, what they make of one subscription together, and what they are told.

use crate::common::{file, summary};
use carryover_domain::portfolio::{Kind, SourceLine, Witness};
use carryover_domain::program::SourceProgram;
use carryover_domain::provenance::Field;
use carryover_portfolio::{Given, Import, Reader};
use expect_test::{Expect, expect};
use std::fmt::Write;

pub(crate) const TENANT: &str = "6d5b2b1c-0c1e-4b8e-9a51-3f5a0f7d9c11";
pub(crate) const PARTNER: &str = "11111111-0000-4000-8000-000000000001";
const OTHER: &str = "22222222-0000-4000-8000-000000000002";
const BASIC: &str = "3b555118-da6a-4418-894f-7df1e2096870";

/// All that a caller can know.
pub(crate) fn given() -> Given {
    Given {
        at: Some("2026-11-02T08:00:00Z".parse().expect("an instant")),
        tenant: Some(TENANT.parse().expect("a tenant")),
        domain: Some("contoso.com".to_owned()),
        name: Some("Contoso".to_owned()),
        country: Some("DE".parse().expect("a country")),
        partner: Some(PARTNER.parse().expect("a tenant")),
        program: None,
    }
}

pub(crate) fn read(given: Given, files: &[(&str, &str)]) -> Import {
    let start = Reader::new(given);
    let all = files.iter().try_fold(start, |reader, (name, text)| reader.file(name, text.as_bytes()));
    let import = all.expect("memory can be read").finish();
    assert_eq!(import.rows_read, import.rows_good + import.rows_rejected, "{import:?}");
    import
}

/// Kinds, counts, problems, notes and lines of an import, for people.
pub(crate) fn told(import: &Import) -> String {
    let mut text = String::new();
    for source in &import.sources {
        writeln!(text, "{}: {}, {} rows", source.name, source.kind, source.rows).expect("a string");
    }
    text += &summary(import);
    for note in &import.notes {
        writeln!(text, "note: {note}").expect("a string");
    }
    for (customer, lines) in &import.customers {
        writeln!(text, "{} {} {}", customer.name, customer.domain, customer.country).expect("a string");
        for line in lines {
            let ends: Vec<String> = line.ends.iter().map(|(by, end)| format!("{by} {}", end.instant())).collect();
            let id = line.subscription.as_ref().map_or("no id", |id| id.as_str());
            let (program, seats, title) = (line.program, line.seats, line.title());
            writeln!(text, "  {id} {program} {seats} x {title}; {}", ends.join(", ")).expect("a string");
        }
    }
    text
}

pub(crate) fn check(files: &[(&str, &str)], expect: Expect) {
    expect.assert_eq(&told(&read(given(), files)));
}

fn only_line(import: &Import) -> &SourceLine {
    let [(_, lines)] = &import.customers[..] else { panic!("one customer: {}", told(import)) };
    let [line] = &lines[..] else { panic!("one line: {}", told(import)) };
    line
}

fn by(line: &SourceLine, field: &str) -> String {
    let field = Field::named(field).expect("a field");
    line.provenance
        .of(field)
        .map(|origin| format!("{}:{}", origin.record, origin.row.unwrap_or_default()))
        .unwrap_or_default()
}

/// An entry of `/directory/subscriptions`: 25 seats of Business Basic until the end of 2026, changed as told.
pub(crate) fn entry(changes: &[(&str, &str)]) -> String {
    let usual = [
        ("id", "\"abc\""),
        ("commerceSubscriptionId", "\"SUB-1\""),
        ("skuId", "\"3B555118-DA6A-4418-894F-7DF1E2096870\""),
        ("skuPartNumber", "\"O365_BUSINESS_ESSENTIALS\""),
        ("status", "\"Enabled\""),
        ("totalLicenses", "25"),
        ("nextLifecycleDateTime", "\"2027-01-01T00:00:00Z\""),
        ("isTrial", "false"),
        ("ownerTenantId", "null"),
        ("ownerType", "null"),
        ("serviceStatus", "[]"),
    ];
    let value = |(name, value): (&str, &str)| {
        let changed =
            changes.iter().find(|(other, _)| *other == name).map_or(value.to_owned(), |(_, value)| (*value).to_owned());
        format!("\"{name}\":{changed}")
    };
    format!("{{{}}}", usual.map(value).join(","))
}

pub(crate) fn graph(entries: &[String]) -> String {
    format!(
        "{{\"@odata.context\":\"https://graph.microsoft.com/v1.0/$metadata#directory/subscriptions\",\"value\":[{}]}}",
        entries.join(",")
    )
}

fn skus(sku: &str, consumed: &str, subscriptions: &str) -> String {
    format!(
        "[{{\"id\":\"x\",\"accountId\":\"{TENANT}\",\"skuId\":\"{sku}\",\"skuPartNumber\":\"O365_BUSINESS_ESSENTIALS\",\
         \"consumedUnits\":{consumed},\"prepaidUnits\":{{\"enabled\":25}},\"subscriptionIds\":{subscriptions}}}]"
    )
}

const PRODUCTS: &str = "Product name,Purchased quantity,Assigned licenses,Purchase channel,Subscription status,Renewal date,Recurring billing\n";

/// A file of each kind that others write and that makes lines.
pub(crate) fn one_of_each() -> Vec<String> {
    vec![
        graph(&[entry(&[]), entry(&[("commerceSubscriptionId", "null"), ("totalLicenses", "7")])]),
        skus(BASIC, "21", "[\"sub-1\"]"),
        format!(
            "{PRODUCTS}Business Basic,25,24,Prepaid,Active,2026-12-31,On\n=1,7,6,Direct,Active,\"Dec 1, 2026\",Off\n"
        ),
        format!("{BATCH}{}", legacy("sub-1", "12/31/2026 00:00:00", "25", "20", "False")),
        format!("{BATCH}{}", legacy("sub-1", "12/31/2026 00:00:00", "25", "20", "True")).replace(',', ";"),
        format!("TenantId,Domain,CompanyName\r\n{TENANT},contoso.com,Contoso\r\n"),
    ]
}

const BATCH: &str = "PartnerTenantId,IndirectResellerMpnId,CustomerName,CustomerTenantId,LegacySubscriptionId,\
    LegacySubscriptionName,LegacyProductName,ExpirationDate,AutoRenewEnabled,MigrationEligible,NcePsa,CurrentTerm,\
    CurrentBillingPlan,CurrentSeatCount,StartNewTermInNce,Term,BillingPlan,SeatCount,CustomTermEndDate,AddOn,\
    BaseSubscriptionId,MigrationIneligibilityReason\r\n";

/// A row of `subscriptions.csv`.
fn legacy(id: &str, expires: &str, seats: &str, wanted: &str, add_on: &str) -> String {
    format!(
        "{PARTNER},,\"Contoso, \"\"the\"\" one\",{TENANT},{id},Old,Business Basic,{expires},True,True,False,P1Y,Annual,\
         {seats},False,P1Y,Annual,{wanted},,{add_on},,\r\n"
    )
}

#[test]
fn graph_and_the_export_make_one_line() {
    let export = format!("{PRODUCTS}Microsoft 365 Business Basic,25,24,Prepaid,Active,\"Dec 31, 2026\",Off\n");
    let import = read(given(), &[("graph.json", &graph(&[entry(&[])])), ("products.csv", &export)]);
    expect![[r#"
        graph.json: Graph's directory/subscriptions, 1 rows
        products.csv: an export of "Your products", 1 rows
        2 read, 2 good, 0 rejected
        Contoso contoso.com DE
          sub-1 open 25 x Microsoft 365 Business Basic; graph 2027-01-01T00:00:00Z, export 2027-01-01T00:00:00Z
    "#]]
    .assert_eq(&told(&import));
    let line = only_line(&import);
    assert_eq!(by(line, "seats"), "graph.json:1");
    assert_eq!(by(line, "product_name"), "products.csv:2");
    assert_eq!(by(line, "auto_renew"), "products.csv:2");
    assert_eq!(by(line, "assigned_seats"), "products.csv:2");
    let origin = line.provenance.line.as_ref().expect("an origin");
    assert_eq!(origin.to_string(), "graph.json:1, read 2026-11-02T08:00:00Z");
}

#[test]
fn files_that_spell_the_guid_of_a_subscription_differently_make_one_line() {
    const IN_BRACES: &str = "{5F2D1C7E-8F1B-4A53-9C0E-7D1A2B3C4D5E}";
    let typed = file(&[&format!("subscription_id={IN_BRACES}; program=legacy_csp_ours")]);
    let seen = entry(&[
        ("commerceSubscriptionId", "\"5f2d1c7e-8f1b-4a53-9c0e-7d1a2b3c4d5e\""),
        ("ownerTenantId", &format!("\"{PARTNER}\"")),
    ]);
    let tool = legacy("5F2D1C7E8F1B4A539C0E7D1A2B3C4D5E", "12/31/2026 00:00:00", "25", "25", "False");
    let tool = format!("{BATCH}{tool}");
    let import = read(given(), &[("own.csv", &typed), ("graph.json", &graph(&[seen])), ("tool.csv", &tool)]);
    expect![[r#"
        own.csv: a portfolio file, 1 rows
        graph.json: Graph's directory/subscriptions, 1 rows
        tool.csv: subscriptions of the batch migration tool, 1 rows
        3 read, 3 good, 0 rejected
        Contoso contoso.com DE
          5f2d1c7e-8f1b-4a53-9c0e-7d1a2b3c4d5e legacy_csp_ours 25 x Microsoft 365 Business Basic; graph 2027-01-01T00:00:00Z, export 2026-12-31T00:00:00Z, typed 2027-01-01T00:00:00Z
    "#]].assert_eq(&told(&import));
}

#[test]
fn graph_adds_facts_to_a_typed_row_and_leaves_its_wishes() {
    let typed =
        file(&["seats=20; target_sku=CFQ7TTC0LDPB:0001; target_seats=22; product_name=Basic; end_date=2026-12-01"]);
    let other = entry(&[("ownerTenantId", &format!("\"{OTHER}\""))]);
    let import = read(given(), &[("own.csv", &typed), ("graph.json", &graph(&[other]))]);
    expect![[r#"
        own.csv: a portfolio file, 1 rows
        graph.json: Graph's directory/subscriptions, 1 rows
        2 read, 2 good, 0 rejected
        note: line 1 of graph.json has 25 seats and line 2 of own.csv has 20 of the same subscription; 25 are taken: correct the one that is wrong
        Contoso contoso.com DE
          sub-1 open 25 x Basic; graph 2027-01-01T00:00:00Z, typed 2026-12-02T00:00:00Z
    "#]]
    .assert_eq(&told(&import));
    let line = only_line(&import);
    assert_eq!(line.target_seats.map(|seats| seats.get()), Some(22));
    assert_eq!(line.ends.iter().count(), 2, "both witnesses are kept, for the assessment to compare");
    assert_eq!(
        [by(line, "seats"), by(line, "target_seats"), by(line, "end_date")],
        ["graph.json:1", "own.csv:2", "graph.json:1"]
    );
    assert_eq!(line.title(), "Basic");
}

#[test]
fn a_typed_row_without_an_id_keeps_what_tells_it_apart() {
    let typed = file(&["subscription_id="]);
    let alone = read(given(), &[("own.csv", &typed)]);
    let both =
        read(given(), &[("own.csv", &typed), ("graph.json", &graph(&[entry(&[("commerceSubscriptionId", "null")])]))]);
    assert_eq!(only_line(&both).id, only_line(&alone).id);
    assert!(only_line(&both).ends.get(Witness::Graph).is_some());
}

#[test]
fn a_typed_row_without_an_id_takes_the_one_subscription_that_it_can_be() {
    let typed = file(&["subscription_id="]);
    let alone = read(given(), &[("own.csv", &typed)]);
    let both = read(given(), &[("own.csv", &typed), ("graph.json", &graph(&[entry(&[])]))]);
    assert_eq!(
        (only_line(&both).id, by(only_line(&both), "end_date")),
        (only_line(&alone).id, "graph.json:1".to_owned())
    );
    // Two lines of one subscription would be bought twice.
    let said = Given { program: Some(SourceProgram::Open), ..given() };
    let other = graph(&[entry(&[("totalLicenses", "30")])]);
    expect![[r#"
        own.csv: a portfolio file, 1 rows
        graph.json: Graph's directory/subscriptions, 1 rows
        2 read, 1 good, 1 rejected
        graph.json:1: subscription id is `sub-1`: line 2 of own.csv has the same licence and no subscription_id, and may be this one; write the subscription_id into that row
        Contoso contoso.com DE
          no id open 25 x Microsoft 365 Business Basic; typed 2027-01-01T00:00:00Z
    "#]].assert_eq(&told(&read(said, &[("own.csv", &typed), ("graph.json", &other)])));
}

#[test]
fn a_typed_row_that_could_be_two_subscriptions_takes_neither() {
    let typed = file(&["subscription_id="]);
    let two = graph(&[entry(&[]), entry(&[("commerceSubscriptionId", "\"sub-2\"")])]);
    let import = read(given(), &[("own.csv", &typed), ("graph.json", &two)]);
    assert_eq!(import.rows_rejected, 2, "{}", told(&import));
    assert!(only_line(&import).provenance.fields.is_empty());
}

#[test]
fn two_rows_that_fit_one_subscription_are_both_set_aside() {
    let row = "Business Basic,25,24,Prepaid,Active,2026-12-31,On\n";
    let given = Given { program: Some(SourceProgram::Open), ..given() };
    let files = [("graph.json", &*graph(&[entry(&[])])), ("products.csv", &format!("{PRODUCTS}{row}{row}"))];
    expect![[r#"
        graph.json: Graph's directory/subscriptions, 1 rows
        products.csv: an export of "Your products", 2 rows
        3 read, 1 good, 2 rejected
        products.csv:2: another row fits line 1 of graph.json as well as this one; write the subscription id into the row, or the subscription into a portfolio file
        products.csv:3: another row fits line 1 of graph.json as well as this one; write the subscription id into the row, or the subscription into a portfolio file
        Contoso contoso.com DE
          sub-1 open 25 x O365_BUSINESS_ESSENTIALS; graph 2027-01-01T00:00:00Z
    "#]].assert_eq(&told(&read(given, &files)));
}

#[test]
fn of_two_exports_the_earlier_end_counts() {
    let batch = |expires: &str| format!("{BATCH}{}", legacy("sub-1", expires, "25", "25", "False"));
    let candidates =
        batch("12/01/2026 00:00:00").replace("\r\n", ",\r\n").replacen("Reason,\r\n", "Reason,TargetDate\r\n", 1);
    let own = file(&["program=legacy_csp_ours; end_date="]);
    let later = batch("12/31/2026 00:00:00");
    let import = read(given(), &[("own.csv", &own), ("a.csv", &later), ("b.csv", &candidates)]);
    assert_eq!(
        only_line(&import).last_day().map(|day| day.to_string()).as_deref(),
        Some("2026-11-30"),
        "{}",
        told(&import)
    );
    assert_eq!(by(only_line(&import), "end_date"), "b.csv:2");
    let ours = format!("\"{PARTNER}\"");
    let answer = graph(&[entry(&[("ownerTenantId", &ours)])]);
    let import = read(given(), &[("own.csv", &own), ("a.csv", &later), ("graph.json", &answer)]);
    assert_eq!(by(only_line(&import), "end_date"), "graph.json:1", "the most trusted witness");
}

#[test]
fn the_owner_tells_the_program() {
    let program =
        |changes: &[(&str, &str)]| only_line(&read(given(), &[("graph.json", &graph(&[entry(changes)]))])).program;
    assert_eq!(program(&[("ownerTenantId", &format!("\"{PARTNER}\""))]), SourceProgram::LegacyCspOurs);
    assert_eq!(program(&[("ownerTenantId", &format!("\"{OTHER}\""))]), SourceProgram::NceOtherPartner);
    assert_eq!(program(&[("isTrial", "true")]), SourceProgram::Trial);
    assert_eq!(program(&[("ownerType", "\"User\"")]), SourceProgram::SelfService);
}

#[test]
fn a_program_that_nothing_tells_is_asked_for() {
    let files = [("graph.json", &*graph(&[entry(&[])]))];
    check(
        &files,
        expect![[r#"
            graph.json: Graph's directory/subscriptions, 1 rows
            1 read, 0 good, 1 rejected
            graph.json:1: ownerTenantId is empty: the program may be direct_mosa, direct_mca, open, ea, mpsa, advisor, nonprofit_grant, and no file tells which: say it with --program, or write the row into a portfolio file
        "#]],
    );
    let said = Given { program: Some(SourceProgram::Ea), ..given() };
    assert_eq!(only_line(&read(said, &files)).program, SourceProgram::Ea);
    let owned = graph(&[entry(&[("ownerTenantId", &format!("\"{OTHER}\""))])]);
    let nobody = Given { partner: None, ..given() };
    expect![[r#"
        graph.json: Graph's directory/subscriptions, 1 rows
        1 read, 0 good, 1 rejected
        graph.json:1: ownerTenantId is `22222222-0000-4000-8000-000000000002`: the program may be legacy_csp, legacy_csp_ours, nce_other_partner, and no file tells which: say it with --partner to tell us from others, or with --program, or write the row into a portfolio file
    "#]].assert_eq(&told(&read(nobody, &[("graph.json", &owned)])));
    let wrong = Given { program: Some(SourceProgram::Ea), ..given() };
    let export = format!("{PRODUCTS}Business Basic,25,24,Direct,Active,2026-12-31,On\n");
    expect![[r#"
        graph.json: Graph's directory/subscriptions, 1 rows
        products.csv: an export of "Your products", 1 rows
        2 read, 0 good, 2 rejected
        graph.json:1: the program may be direct_mosa, direct_mca, advisor and cannot be ea, as --program says, and no file tells which: say it with --program, or write the row into a portfolio file
        products.csv:2: Purchase channel is `Direct`: the program may be direct_mosa, direct_mca, advisor and cannot be ea, as --program says, and no file tells which: say it with --program, or write the row into a portfolio file
    "#]].assert_eq(&told(&read(wrong, &[("graph.json", files[0].1), ("products.csv", &export)])));
}

#[test]
fn an_export_without_graph_has_no_sku() {
    let export = format!("{PRODUCTS}Business Basic,25,Not available,Prepaid,Active,31 December 2026,\n");
    check(
        &[("products.csv", &export)],
        expect![[r#"
        products.csv: an export of "Your products", 1 rows
        1 read, 0 good, 1 rejected
        products.csv:2: product is `Business Basic`: the record names a product and no licence SKU, and names lie: give Graph's directory/subscriptions of this tenant in the same import, or write the row into a portfolio file with its sku_id
    "#]],
    );
}

#[test]
fn cells_of_an_export_that_cannot_be_taken() {
    let export = format!(
        "{PRODUCTS}Business Basic,0,24,Direct,Active,2026-12-31,On\n\
         Business Basic,4000000000,24,Shop,Active,2026-12-31,On\n\
         Business Basic,25,24,Direct,Active,12/11/2026,Perhaps\n"
    );
    check(
        &[("products.csv", &export)],
        expect![[r#"
        products.csv: an export of "Your products", 3 rows
        3 read, 0 good, 3 rejected
        products.csv:2: Purchased quantity is `0`: a whole number from 1 to 1000000 in plain digits is expected, such as 25
        products.csv:3: Purchased quantity is `4000000000`: a whole number from 1 to 1000000 in plain digits is expected, such as 25
        products.csv:3: Purchase channel is `Shop`: one of these words is expected: Direct, Reseller, Prepaid, Volume licensing, Self-service, Trial; write the row into a portfolio file where it is something else
        products.csv:4: Renewal date is `12/11/2026`: this is a locale date, which can be read in two ways; write 2026-11-12 or 2026-12-11
        products.csv:4: Recurring billing is `Perhaps`: On or Off is expected; leave it empty where it is not known
    "#]],
    );
}

#[test]
fn an_export_without_its_columns() {
    check(
        &[("products.csv", "Product name,Purchase channel\nBasic,Direct\n")],
        expect![[r#"
        0 read, 0 good, 0 rejected
        products.csv:1: this is an export of "Your products", but required columns are missing: Purchased quantity or Total licenses or Total quantity or Licenses or Quantity; export the file with them
    "#]],
    );
}

#[test]
fn an_export_that_fits_two_subscriptions() {
    let second = entry(&[("commerceSubscriptionId", "\"sub-2\"")]);
    let export = format!("{PRODUCTS}Business Basic,25,24,Prepaid,Active,2026-12-31,On\n");
    check(
        &[("graph.json", &graph(&[entry(&[]), second])), ("products.csv", &export)],
        expect![[r#"
            graph.json: Graph's directory/subscriptions, 2 rows
            products.csv: an export of "Your products", 1 rows
            3 read, 0 good, 3 rejected
            graph.json:1: ownerTenantId is empty: the program may be direct_mosa, direct_mca, open, ea, mpsa, advisor, nonprofit_grant, and no file tells which: say it with --program, or write the row into a portfolio file
            graph.json:2: ownerTenantId is empty: the program may be direct_mosa, direct_mca, open, ea, mpsa, advisor, nonprofit_grant, and no file tells which: say it with --program, or write the row into a portfolio file
            products.csv:2: this fits line 1 of graph.json and line 2 of graph.json; write the subscription id into the row, or the subscription into a portfolio file
        "#]],
    );
}

#[test]
fn a_tenant_that_nobody_names() {
    let files = [("graph.json", &*graph(&[entry(&[])]))];
    expect![[r#"
        0 read, 0 good, 0 rejected
        graph.json:1: this is Graph's directory/subscriptions, which does not name its tenant: give --tenant, and --domain and --country unless a portfolio file of the same import has the tenant
    "#]].assert_eq(&told(&read(Given::default(), &files)));
    let tenant = Given { tenant: given().tenant, program: Some(SourceProgram::Open), ..Given::default() };
    expect![[r#"
        graph.json: Graph's directory/subscriptions, 1 rows
        1 read, 0 good, 1 rejected
        graph.json:1: domain is empty: no file has a domain of this tenant: give --tenant with --domain, customers.csv of the batch migration tool, or a portfolio file with a row of the tenant
    "#]].assert_eq(&told(&read(tenant.clone(), &files)));
    let typed = file(&["subscription_id=sub-9; seats=9"]);
    let import = read(tenant, &[files[0], ("own.csv", &typed)]);
    assert_eq!(import.customers[0].1.len(), 2, "a portfolio file has the tenant: {}", told(&import));
}

#[test]
fn the_same_subscription_twice_with_other_seats() {
    let second = entry(&[("totalLicenses", "30")]);
    let given = Given { program: Some(SourceProgram::Open), ..given() };
    let import = read(given.clone(), &[("graph.json", &graph(&[entry(&[]), second]))]);
    expect![[r#"
        graph.json: Graph's directory/subscriptions, 2 rows
        2 read, 1 good, 1 rejected
        graph.json:2: subscription id is `sub-1`: line 1 of graph.json has this subscription with 25 seats and an end at 2027-01-01T00:00:00Z, and this record with 30 and an end at 2027-01-01T00:00:00Z; keep the one that is right
        Contoso contoso.com DE
          sub-1 open 25 x O365_BUSINESS_ESSENTIALS; graph 2027-01-01T00:00:00Z
    "#]].assert_eq(&told(&import));
    let again = read(given, &[("one.json", &graph(&[entry(&[])])), ("two.json", &graph(&[entry(&[])]))]);
    assert_eq!((again.rows_good, again.customers[0].1.len()), (2, 1), "the same answer saved twice is one line");
}

#[test]
fn two_kinds_of_file_with_other_seats_of_one_subscription_are_told() {
    let row = |seats: &str| legacy("sub-1", "12/31/2026 00:00:00", seats, seats, "False");
    let one = format!("{BATCH}{}", row("25"));
    let other = format!("{},TargetDate\r\n{},\r\n", BATCH.trim_end(), row("26").trim_end());
    let own = |seats: &str| file(&[&format!("program=legacy_csp_ours; seats={seats}")]);
    let notes =
        |own: &str, files: &[(&str, &str)]| read(given(), &[&[("own.csv", own)], files].concat()).notes.join("\n");
    expect!["line 2 of a.csv has 25 seats and line 2 of b.csv has 26 of the same subscription; 25 are taken: correct the one that is wrong"].assert_eq(&notes(&own("25"), &[("a.csv", &one), ("b.csv", &other)]));
    let answer = graph(&[entry(&[("ownerTenantId", &format!("\"{PARTNER}\"")), ("totalLicenses", "40")])]);
    expect!["line 1 of graph.json has 40 seats and line 2 of own.csv has 25 of the same subscription; 40 are taken: correct the one that is wrong"].assert_eq(&notes(&own("25"), &[("graph.json", &answer)]));
    assert_eq!(notes(&own("40"), &[("graph.json", &answer)]), "");
}

#[test]
fn numbers_nulls_and_unknown_words_of_graph() {
    let bad = [
        entry(&[("totalLicenses", "0")]),
        entry(&[("totalLicenses", "4000000000")]),
        entry(&[("totalLicenses", "-1")]),
        entry(&[("totalLicenses", "null")]),
        entry(&[("skuId", "\"basic\"")]),
        entry(&[("nextLifecycleDateTime", "\"soon\"")]),
        "7".to_owned(),
    ];
    check(
        &[("graph.json", &graph(&bad))],
        expect![[r#"
        graph.json: Graph's directory/subscriptions, 7 rows
        7 read, 0 good, 7 rejected
        graph.json:1: totalLicenses is `0`: a whole number from 1 to 1000000 in plain digits is expected, such as 25
        graph.json:2: totalLicenses is `4000000000`: a whole number from 1 to 1000000 in plain digits is expected, such as 25
        graph.json:3: totalLicenses is `-1`: a whole number from 1 to 1000000 in plain digits is expected, such as 25
        graph.json:4: totalLicenses is empty: a whole number from 1 to 1000000 in plain digits is expected, such as 25
        graph.json:5: skuId is `basic`: an Entra skuId is expected, a GUID such as 3b555118-da6a-4418-894f-7df1e2096870
        graph.json:6: nextLifecycleDateTime is `soon`: an instant is expected, such as 2026-12-31T00:00:00Z
        graph.json:7: an entry of the list is no object; save the answer of the GET again
    "#]],
    );
    let given = Given { program: Some(SourceProgram::Open), ..given() };
    let odd = entry(&[("status", "\"Resting\""), ("nextLifecycleDateTime", "null"), ("totalLicenses", "\"25\"")]);
    expect![[r#"
        graph.json: Graph's directory/subscriptions, 1 rows
        1 read, 1 good, 0 rejected
        Contoso contoso.com DE
          sub-1 open 25 x O365_BUSINESS_ESSENTIALS; 
    "#]]
    .assert_eq(&told(&read(given, &[("graph.json", &graph(&[odd]))])));
}

#[test]
fn the_date_means_the_end_only_while_the_status_is_enabled() {
    let given = Given { program: Some(SourceProgram::Open), ..given() };
    let entries = [
        entry(&[("status", "\"Warning\"")]),
        entry(&[("status", "\"LockedOut\""), ("commerceSubscriptionId", "\"sub-2\"")]),
    ];
    expect![[r#"
        graph.json: Graph's directory/subscriptions, 2 rows
        2 read, 2 good, 0 rejected
        note: line 2 of graph.json: not taken as a line: its status is LockedOut
        Contoso contoso.com DE
          sub-1 open 25 x O365_BUSINESS_ESSENTIALS; 
    "#]]
    .assert_eq(&told(&read(given, &[("graph.json", &graph(&entries))])));
}

#[test]
fn json_that_is_broken_or_something_else() {
    let whole = graph(&[entry(&[])]);
    check(
        &[("graph.json", &whole[..whole.len() - 40])],
        expect![[r#"
        0 read, 0 good, 0 rejected
        graph.json:1: the JSON is cut off at line 1, column 351: save the whole answer of the GET again, as it came
    "#]],
    );
    check(
        &[("graph.json", "{\"value\": [}")],
        expect![[r#"
        0 read, 0 good, 0 rejected
        graph.json:1: the JSON is broken at line 1, column 12: save the whole answer of the GET again, as it came
    "#]],
    );
    check(
        &[("graph.json", "{\"error\":{\"code\":\"Authorization_RequestDenied\"}}")],
        expect![[r#"
        0 read, 0 good, 0 rejected
        graph.json:1: this is an error of Graph (Authorization_RequestDenied) and no list: ask again and save the answer
    "#]],
    );
    check(
        &[("graph.json", "{\"value\":[{\"displayName\":\"Mia\"}]}")],
        expect![[r#"
        0 read, 0 good, 0 rejected
        graph.json:1: this is no kind of file that can be read: give one of these, told by their columns: a portfolio file (tenant_id, program, sku_id); an export of "Your products" (Product name, Purchase channel); Graph's directory/subscriptions (commerceSubscriptionId, totalLicenses); Graph's subscribedSkus (skuPartNumber, consumedUnits); customers of the batch migration tool (TenantId, Domain, CompanyName); subscriptions of the batch migration tool (LegacySubscriptionId, CurrentSeatCount); subscriptions for schedule of the batch migration tool (LegacySubscriptionId, CurrentSeatCount, TargetDate); migrations of the batch migration tool (LegacySubscriptionId, MigrationStatus); new commerce subscriptions of the batch migration tool (SubscriptionId, MigratedFromSubscriptionId); scheduled migrations of the batch migration tool (LegacySubscriptionId, MigrationScheduleStatus); schedules of the batch migration tool (CurrentSubscriptionId, NewCommerceMigrationId)
    "#]],
    );
    check(
        &[("deep.json", &"[".repeat(100_000))],
        expect![[r#"
        0 read, 0 good, 0 rejected
        deep.json:1: the JSON is broken at line 1, column 128: save the whole answer of the GET again, as it came
    "#]],
    );
}

#[test]
fn further_pages_are_asked_for() {
    let page = graph(&[]).replace("\"value\"", "\"@odata.nextLink\":\"https://x\",\"value\"");
    check(
        &[("graph.json", &page)],
        expect![[r#"
        graph.json: Graph's directory/subscriptions, 0 rows
        0 read, 0 good, 0 rejected
        note: graph.json: the answer goes on at its @odata.nextLink; save the further pages and give them as well
    "#]],
    );
}

#[test]
fn graph_alone_later_leaves_the_wishes_of_an_earlier_import() {
    let typed = file(&["program=ea; target_seats=22", "program=ea; subscription_id=sub-2; seats=5"]);
    let (customer, lines) = read(given(), &[("own.csv", &typed)]).customers.remove(0);
    let answer = graph(&[entry(&[("totalLicenses", "26")])]);
    let tenant = Given { tenant: given().tenant, ..Given::default() };
    let reader = Reader::new(tenant).file("graph.json", answer.as_bytes()).expect("memory can be read");
    assert_eq!(reader.tenants().into_iter().collect::<Vec<_>>(), [customer.tenant]);
    let import = reader.knowing(customer.clone(), lines.clone()).finish();
    assert!(import.problems.is_empty(), "{}", told(&import));
    let (same, now) = &import.customers[0];
    assert_eq!((same, now.len(), &now[1]), (&customer, 2, &lines[1]));
    assert_eq!((now[0].seats.get(), now[0].target_seats, now[0].id), (26, lines[0].target_seats, lines[0].id));
    assert_eq!([by(&now[0], "seats"), by(&now[0], "target_seats")], ["graph.json:1", "own.csv:2"]);
}

#[test]
fn licences_in_use_are_those_of_the_one_line() {
    let typed = file(&["assigned_seats="]);
    let one = read(given(), &[("own.csv", &typed), ("skus.json", &skus(BASIC, "21", "[\"sub-1\"]"))]);
    assert_eq!(only_line(&one).assigned_seats, Some(21));
    assert_eq!(by(only_line(&one), "assigned_seats"), "skus.json:1");
    let two = file(&["assigned_seats=", "assigned_seats=; subscription_id=sub-2; seats=5"]);
    check(
        &[("own.csv", &two), ("skus.json", &skus(BASIC, "21", "[\"sub-1\",\"sub-2\"]"))],
        expect![[r#"
        own.csv: a portfolio file, 2 rows
        skus.json: Graph's subscribedSkus, 1 rows
        3 read, 3 good, 0 rejected
        note: line 1 of skus.json: 21 licences of O365_BUSINESS_ESSENTIALS are in use over 2 subscriptions; how many of each is not told, so assigned_seats stays as it was
        Contoso contoso.com DE
          sub-1 open 25 x Microsoft 365 Business Basic; typed 2027-01-01T00:00:00Z
          sub-2 open 5 x Microsoft 365 Business Basic; typed 2027-01-01T00:00:00Z
    "#]],
    );
    let hidden = read(given(), &[("own.csv", &typed), ("skus.json", &skus(BASIC, "21", "[\"sub-1\",\"sub-2\"]"))]);
    assert_eq!(
        (only_line(&hidden).assigned_seats, hidden.notes.len()),
        (None, 1),
        "another subscription feeds the pool"
    );
    let stranger = skus(BASIC, "21", "[]").replace(TENANT, OTHER);
    check(
        &[("skus.json", &stranger)],
        expect![[r#"
        skus.json: Graph's subscribedSkus, 1 rows
        1 read, 0 good, 1 rejected
        skus.json:1: accountId is `22222222-0000-4000-8000-000000000002`: --tenant is 6d5b2b1c-0c1e-4b8e-9a51-3f5a0f7d9c11; give the files of one tenant with its id
    "#]],
    );
}

#[test]
fn the_batch_tool_takes_its_sku_from_graph() {
    let rows = [
        legacy("sub-1", "12/31/2026 00:00:00", "25", "20", "False"),
        legacy("sub-7", "12/31/2026 00:00:00", "7", "7", "True"),
    ];
    let ours = format!("\"{PARTNER}\"");
    let answer = graph(&[entry(&[("ownerTenantId", &ours), ("nextLifecycleDateTime", "\"2026-12-31T00:00:00Z\"")])]);
    let batch = format!("{BATCH}{}", rows.concat());
    let customers = format!("TenantId,Domain,CompanyName\r\n{TENANT},contoso.com,\"Contoso, \"\"the\"\" one\"\r\n");
    let given =
        Given { tenant: given().tenant, country: given().country, partner: given().partner, ..Given::default() };
    let files = [("subscriptions.csv", &*batch), ("graph.json", &*answer), ("customers.csv", &*customers)];
    let import = read(given, &files);
    expect![[r#"
        subscriptions.csv: subscriptions of the batch migration tool, 2 rows
        graph.json: Graph's directory/subscriptions, 1 rows
        customers.csv: customers of the batch migration tool, 1 rows
        4 read, 3 good, 1 rejected
        subscriptions.csv:3: product is `Business Basic`: the record names a product and no licence SKU, and names lie: give Graph's directory/subscriptions of this tenant in the same import, or write the row into a portfolio file with its sku_id
        Contoso, "the" one contoso.com DE
          sub-1 legacy_csp_ours 25 x Business Basic; graph 2026-12-31T00:00:00Z, export 2026-12-31T00:00:00Z
    "#]].assert_eq(&told(&import));
    let line = only_line(&import);
    assert_eq!((line.target_seats.map(|seats| seats.get()), &line.kind), (Some(20), &Kind::Base));
    assert_eq!(line.last_day().map(|day| day.to_string()).as_deref(), Some("2026-12-30"), "a legacy end is exclusive");
}

#[test]
fn an_add_on_whose_base_is_not_named() {
    let batch = format!("{BATCH}{}", legacy("sub-1", "12/31/2026 00:00:00", "25", "25", "True"));
    let import = read(given(), &[("subscriptions.csv", &batch), ("own.csv", &file(&["program=legacy_csp_ours"]))]);
    expect![[r#"
        subscriptions.csv: subscriptions of the batch migration tool, 1 rows
        own.csv: a portfolio file, 1 rows
        2 read, 2 good, 0 rejected
        note: line 2 of subscriptions.csv: the add-on names no base; the base is looked for in the tenant
        Contoso contoso.com DE
          sub-1 legacy_csp_ours 25 x Microsoft 365 Business Basic; export 2026-12-31T00:00:00Z, typed 2027-01-01T00:00:00Z
    "#]].assert_eq(&told(&import));
    assert_eq!(only_line(&import).kind, Kind::AddOn { base: None });
}

#[test]
fn cells_of_the_batch_tool_that_cannot_be_taken() {
    let rows = [
        legacy("sub-1", "31.12.2026 00:00", "25", "25", "False"),
        legacy("sub-2", "1/2/2026 0:00", "25", "25", "False"),
        legacy("sub-3", "12/31/2026 00:00:00 +00:00", "0", "4000000000", "Perhaps"),
        legacy("sub-4", "13/31/2026 00:00:00", "25", "25", "False"),
        legacy("sub-5", "12/31/2026 00:00:00", "25", "25", "False").replace("P1Y,Annual,25,,", "P5Y,Weekly,25,,"),
        legacy("sub-6", "12/31/2026 00:00:00", "25", "25", "False").replace("False,,\r\n", "False,sub-1,\r\n"),
    ];
    let import = read(given(), &[("subscriptions.csv", &format!("{BATCH}{}", rows.concat()))]);
    expect![[r#"
        subscriptions.csv: subscriptions of the batch migration tool, 6 rows
        6 read, 0 good, 6 rejected
        subscriptions.csv:2: ExpirationDate is `31.12.2026 00:00`: a spreadsheet has rewritten this date, so that day and month may be swapped; a date as the tool writes it is expected, such as 12/31/2026 00:00:00: month, day, year, in UTC
        subscriptions.csv:3: ExpirationDate is `1/2/2026 0:00`: a spreadsheet has rewritten this date, so that day and month may be swapped; a date as the tool writes it is expected, such as 12/31/2026 00:00:00: month, day, year, in UTC
        subscriptions.csv:4: CurrentSeatCount is `0`: a whole number from 1 to 1000000 in plain digits is expected, such as 25
        subscriptions.csv:4: SeatCount is `4000000000`: a whole number from 1 to 1000000 in plain digits is expected, such as 25
        subscriptions.csv:4: AddOn is `Perhaps`: True or False is expected, as the tool writes it
        subscriptions.csv:5: ExpirationDate is `13/31/2026 00:00:00`: there is no such instant from 2000 to 2099; a date as the tool writes it is expected, such as 12/31/2026 00:00:00: month, day, year, in UTC
        subscriptions.csv:6: Term is `P5Y`: one of these words is expected: P1M, P1Y, P3Y
        subscriptions.csv:6: BillingPlan is `Weekly`: one of these words is expected: monthly, annual, triennial
        subscriptions.csv:7: BaseSubscriptionId is `sub-1`: only an add-on has a base; write True into AddOn, or take the base out
    "#]].assert_eq(&told(&import));
    assert_eq!(import.rejected[0].rows.len(), 6, "each stands in the rejected file");
}

#[test]
fn what_excel_makes_of_the_batch_tools_files() {
    let batch = format!("{BATCH}{}", legacy("sub-1", "12/31/2026 00:00:00", "25", "25", "False"));
    let excel = format!("\u{FEFF}{}", batch.replace("\"Contoso, \"\"the\"\" one\"", "Contoso").replace(',', ";"));
    check(
        &[("subscriptions.csv", &excel), ("own.csv", &file(&["program=legacy_csp_ours"]))],
        expect![[r#"
            subscriptions.csv: subscriptions of the batch migration tool, 1 rows
            own.csv: a portfolio file, 1 rows
            2 read, 2 good, 0 rejected
            Contoso contoso.com DE
              sub-1 legacy_csp_ours 25 x Microsoft 365 Business Basic; export 2026-12-31T00:00:00Z, typed 2027-01-01T00:00:00Z
        "#]],
    );
}

#[test]
fn all_files_of_the_batch_tool_are_known() {
    let start = format!("{PARTNER},,Contoso,{TENANT}");
    let migrations = "PartnerTenantId,IndirectResellerMpnId,CustomerName,CustomerTenantId,LegacySubscriptionId,\
        LegacySubscriptionName,LegacyProductName,ExpirationDate,AddOn,BaseSubscriptionId,MigrationStatus,\
        StartedNewTermInNce,NCETermDuration,NCEBillingPlan,NCESeatCount,CustomTermEndDate,ErrorCode,ErrorReason,\
        NCESubscriptionId,BatchId,MigrationId\r\n";
    let migration =
        format!("{start},sub-1,Old,Basic,12/31/2026 00:00:00,False,,Completed,False,P1Y,Annual,25,,,,new-1,b,m\r\n");
    let migrations = format!("{migrations}{migration}");
    let new = format!(
        "PartnerTenantId,IndirectResellerMpnId,CustomerName,CustomerTenantId,SubscriptionId,SubscriptionName,ProductName,\
         ExpirationDate,Psa,Term,BillingPlan,SeatCount,MigratedFromSubscriptionId\r\n{start},sub-1,New,Basic,\
         12/31/2026 23:59:59,False,P1Y,Annual,25,sub-0\r\n"
    );
    let candidates = format!(
        "{},TargetDate,MigrateOnRenewal\r\n{},,True\r\n",
        BATCH.trim_end(),
        legacy("sub-1", "12/31/2026 00:00:00", "25", "25", "False").trim_end()
    );
    let scheduled = format!(
        "PartnerTenantId,CustomerTenantId,LegacySubscriptionId,AddOn,MigrationScheduleStatus,MigrationScheduleId,ErrorCode\r\n\
         {PARTNER},{TENANT},sub-1,False,Created,s,\r\n"
    );
    let schedules = format!(
        "Id,CurrentSubscriptionId,Status,CustomerTenantId,NewCommerceMigrationId\r\ns,sub-1,Created,{TENANT},\r\n"
    );
    let failed = format!("TenantId,Domain,CompanyName\r\n{TENANT},contoso.com,Contoso\r\n");
    let files = [
        ("own.csv", &*file(&["program=legacy_csp_ours"])),
        ("migrations.csv", &migrations),
        ("status.csv", &migrations),
        ("ncesubscriptions.csv", &new),
        ("subscriptionsforschedule.csv", &candidates),
        ("scheduled.csv", &scheduled),
        ("schedulemigrations.csv", &schedules),
        ("failedCustomers.csv", &failed),
    ];
    let import = read(given(), &files);
    expect![[r#"
        own.csv: a portfolio file, 1 rows
        migrations.csv: migrations of the batch migration tool, 1 rows
        status.csv: migrations of the batch migration tool, 1 rows
        ncesubscriptions.csv: new commerce subscriptions of the batch migration tool, 1 rows
        subscriptionsforschedule.csv: subscriptions for schedule of the batch migration tool, 1 rows
        scheduled.csv: scheduled migrations of the batch migration tool, 1 rows
        schedulemigrations.csv: schedules of the batch migration tool, 1 rows
        failedCustomers.csv: customers of the batch migration tool, 1 rows
        8 read, 8 good, 0 rejected
        note: line 2 of own.csv: not taken as a line: it is in new commerce with us already
    "#]]
    .assert_eq(&told(&import));
    let own = read(given(), &files[..1]);
    let kept = &import.extras[&only_line(&own).id];
    let kept = |name: &str| kept.iter().find(|(other, _)| **other == *name).map(|(_, text)| text.as_str());
    assert_eq!((kept("MigrationStatus"), kept("schedule.Status")), (Some("Completed"), Some("Created")));
}

#[test]
fn a_file_that_is_nothing_known() {
    check(
        &[("strange.csv", "name,colour\nAsh,red\n")],
        expect![[r#"
        0 read, 0 good, 0 rejected
        strange.csv:1: this is no kind of file that can be read: give one of these, told by their columns: a portfolio file (tenant_id, program, sku_id); an export of "Your products" (Product name, Purchase channel); Graph's directory/subscriptions (commerceSubscriptionId, totalLicenses); Graph's subscribedSkus (skuPartNumber, consumedUnits); customers of the batch migration tool (TenantId, Domain, CompanyName); subscriptions of the batch migration tool (LegacySubscriptionId, CurrentSeatCount); subscriptions for schedule of the batch migration tool (LegacySubscriptionId, CurrentSeatCount, TargetDate); migrations of the batch migration tool (LegacySubscriptionId, MigrationStatus); new commerce subscriptions of the batch migration tool (SubscriptionId, MigratedFromSubscriptionId); scheduled migrations of the batch migration tool (LegacySubscriptionId, MigrationScheduleStatus); schedules of the batch migration tool (CurrentSubscriptionId, NewCommerceMigrationId)
    "#]],
    );
}
