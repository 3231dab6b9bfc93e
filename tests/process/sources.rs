//! Files that others write: the admin centre, Graph, the batch migration tool. In, joined, and out again.

use crate::harness::{Workplace, assert_says, items, number, word};

const TENANT: &str = "8f0d9b52-6b0a-4b5e-9e57-000000000001";
const PARTNER: &str = "11111111-0000-4000-8000-000000000001";

/// The answer of `GET /directory/subscriptions`: Business Basic from nobody's partner, and E3 of ours.
fn graph() -> String {
    let entry = |id: &str, sku: &str, name: &str, seats: u32, owner: &str| {
        format!(
            r#"{{"id":"x","commerceSubscriptionId":"{id}","skuId":"{sku}","skuPartNumber":"{name}","status":"Enabled",
            "totalLicenses":{seats},"createdDateTime":"2025-12-31T10:00:00Z","nextLifecycleDateTime":"2026-12-31T00:00:00Z",
            "isTrial":false,"ownerId":null,"ownerTenantId":{owner},"ownerType":null,"serviceStatus":[]}}"#
        )
    };
    let basic = entry("sub-1", "3b555118-da6a-4418-894f-7df1e2096870", "O365_BUSINESS_ESSENTIALS", 25, "null");
    let ours = entry("sub-2", "6fd2c87f-b296-42f0-b197-1e91e994b900", "ENTERPRISEPACK", 41, &format!("\"{PARTNER}\""));
    format!(
        r#"{{"@odata.context":"https://graph.microsoft.com/v1.0/$metadata#directory/subscriptions","value":[{basic},{ours}]}}"#
    )
}

const PRODUCTS: &str = "Product name,Purchased quantity,Assigned licenses,Purchase channel,Subscription status,\
    Renewal date,Recurring billing\r\n=Basic,25,24,Prepaid,Active,\"Dec 31, 2026\",Off\r\n";

const SUBSCRIPTIONS: &str = "PartnerTenantId,IndirectResellerMpnId,CustomerName,CustomerTenantId,LegacySubscriptionId,\
    LegacySubscriptionName,LegacyProductName,ExpirationDate,AutoRenewEnabled,MigrationEligible,NcePsa,CurrentTerm,\
    CurrentBillingPlan,CurrentSeatCount,StartNewTermInNce,Term,BillingPlan,SeatCount,CustomTermEndDate,AddOn,\
    BaseSubscriptionId,MigrationIneligibilityReason\r\n";

fn legacy() -> String {
    format!(
        "{SUBSCRIPTIONS}{PARTNER},,\"Ash, \"\"Inc\"\"\",{TENANT},sub-2,=old,Office 365 E3,12/31/2026 00:00:00,True,True,False,\
         P1Y,Annual,41,False,P1Y,Monthly,40,,False,,\r\n"
    )
}

fn about_the_tenant<'a>(files: &[&'a str]) -> Vec<&'a str> {
    let options = [
        "--tenant",
        TENANT,
        "--domain",
        "ash.example",
        "--country",
        "DE",
        "--name",
        "Ash, \"Inc\"",
        "--partner",
        PARTNER,
    ];
    [&["import"], &options[..], files].concat()
}

fn lines(workplace: &Workplace) -> Vec<(String, u64, String)> {
    let shown = workplace.json(&["show", "ash.example"], 0);
    let lines = items(&shown["customer"]["lines"]).iter();
    let mut lines: Vec<_> = lines
        .map(|line| (word(&line["program"]).to_owned(), number(&line["seats"]), word(&line["product"]).to_owned()))
        .collect();
    lines.sort();
    lines
}

#[test]
fn an_export_and_an_answer_of_graph_are_one_portfolio() {
    let workplace = Workplace::new();
    workplace.write("graph.json", graph());
    workplace.write("products.csv", PRODUCTS);
    let done = workplace.json(&about_the_tenant(&["graph.json", "products.csv"]), 0);
    assert_eq!((number(&done["rows_good"]), number(&done["lines_added"])), (3, 2), "{done}");
    let kinds: Vec<&str> = items(&done["sources"]).iter().map(|source| word(&source["kind"])).collect();
    assert_eq!(kinds, ["graph_subscriptions", "your_products"]);
    let found = lines(&workplace);
    assert_eq!(
        found,
        [("legacy_csp_ours".to_owned(), 41, "ENTERPRISEPACK".to_owned()), ("open".to_owned(), 25, "=Basic".to_owned())]
    );
    // Graph alone, later: the database knows the program by now, and what the export said stays.
    workplace.write("graph.json", graph().replace("\"totalLicenses\":25", "\"totalLicenses\":26"));
    let done = workplace.json(&["import", "--tenant", TENANT, "--partner", PARTNER, "graph.json"], 0);
    assert_eq!((number(&done["lines_changed"]), number(&done["lines_kept"])), (1, 1), "{done}");
    assert!(lines(&workplace).contains(&("open".to_owned(), 26, "=Basic".to_owned())));
}

#[test]
fn a_portfolio_goes_out_defused_and_comes_back_the_same() {
    let workplace = Workplace::new();
    workplace.write("graph.json", graph());
    workplace.write("products.csv", PRODUCTS);
    workplace.run(&about_the_tenant(&["graph.json", "products.csv"])).ends(0);
    let said = workplace.run(&["export", "--kind", "portfolio", "--out", "portfolio.csv"]).ends(0);
    assert_says(&said.out, &["2 rows in portfolio.csv"]);
    assert!(workplace.text("portfolio.csv").contains(",'=Basic,"));
    let done = workplace.json(&["import", "portfolio.csv"], 0);
    assert_eq!((number(&done["lines_kept"]), number(&done["lines_changed"])), (2, 0), "{done}");
}

#[test]
fn users_of_the_batch_tool_can_come_and_go() {
    let workplace = Workplace::new();
    let status = format!(
        "CustomerTenantId,LegacySubscriptionId,MigrationStatus,ErrorCode,BatchId\r\n{TENANT},sub-2,Failed,900226,b-1\r\n"
    );
    for (name, content) in [
        ("customers.csv", format!("TenantId,Domain,CompanyName\r\n{TENANT},ash.example,\"Ash, \"\"Inc\"\"\"\r\n")),
        ("subscriptions.csv", legacy()),
        ("status.csv", status),
        ("graph.json", graph()),
    ] {
        workplace.write(name, content);
    }
    let files = ["customers.csv", "subscriptions.csv", "status.csv", "graph.json"];
    let options = ["import", "--tenant", TENANT, "--country", "DE", "--partner", PARTNER, "--program", "open"];
    let done = workplace.json(&[&options[..], &files[..]].concat(), 0);
    assert_eq!(number(&done["lines_added"]), 2, "{done}");
    for kind in ["subscriptions", "migrations", "migrationstatus"] {
        let out = format!("{kind}-out.csv");
        let args = ["export", "--kind", kind, "--out", &out, "--kept", "subscriptions.csv", "--kept", "status.csv"];
        workplace.run(&args).ends(0);
    }
    let written = workplace.text("subscriptions-out.csv");
    assert_eq!(written.lines().count(), 2, "{written}");
    let row = written.lines().find(|row| row.contains("sub-2")).expect("the row of the tool's file");
    let came = legacy().lines().nth(1).expect("its row").replace("=old", "'=old");
    assert_eq!(row, came, "formulas aside it goes as it came");
    let begun = workplace.text("migrations-out.csv");
    assert_says(&begun, &["sub-2,'=old,", ",Failed,", ",900226,", ",b-1,"]);
    assert_eq!(begun.lines().count(), 2, "{begun}");
    // And in again: nothing is new.
    let again = ["customers.csv", "subscriptions-out.csv", "migrationstatus-out.csv", "graph.json"];
    let done = workplace.json(&[&options[..], &again[..]].concat(), 0);
    assert_eq!(number(&done["lines_kept"]), 2, "{done}");
}

#[test]
fn what_files_do_not_say_is_asked_for() {
    let workplace = Workplace::new();
    workplace.write("graph.json", graph());
    let said = workplace.run(&["import", "graph.json"]).ends(2);
    assert_says(&said.out, &["does not name its tenant", "--tenant", "--domain", "--country"]);
    let said = workplace.run(&about_the_tenant(&["graph.json"])).ends(2);
    assert_says(&said.out, &["graph.json:1: ownerTenantId is empty", "direct_mosa, direct_mca", "--program"]);
    let said = workplace.run(&about_the_tenant(&["--program", "direct_mca", "graph.json"])).ends(0);
    assert_says(&said.out, &["graph.json: taken for Graph's directory/subscriptions"]);
    let refused = workplace.run(&["import", "--program", "csp", "graph.json"]).ends(2);
    assert_says(&refused.err, &["one of these words is expected", "direct_mosa"]);
    workplace.write("bad.csv", legacy().replace("12/31/2026 00:00:00", "31.12.2026 00:00"));
    let said = workplace.run(&about_the_tenant(&["bad.csv"])).ends(2);
    assert_says(&said.out, &["bad.csv:2: ExpirationDate is `31.12.2026 00:00`", "bad.rejected.csv"]);
    assert!(workplace.text("bad.rejected.csv").contains(",'=old,"), "what people open is defused");
}
