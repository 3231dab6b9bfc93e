//! Coming from the batch migration tool and going back to it: what is written reads as what was read.

use crate::common::file;
use crate::sources::{TENANT, given, read};
use carryover_domain::ids::{LineId, SubscriptionId};
use carryover_domain::portfolio::SourceLine;
use carryover_domain::provenance::Provenance;
use carryover_domain::time::{Billing, Term};
use carryover_portfolio::{
    BatchTool, Import, Moved, write_batch_migrations, write_batch_status, write_batch_subscriptions, write_csv,
};
use expect_test::expect;
use std::collections::BTreeMap;

const HEADER: &str = "PartnerTenantId,IndirectResellerMpnId,CustomerName,CustomerTenantId,LegacySubscriptionId,\
    LegacySubscriptionName,LegacyProductName,ExpirationDate,AutoRenewEnabled,MigrationEligible,NcePsa,CurrentTerm,\
    CurrentBillingPlan,CurrentSeatCount,StartNewTermInNce,Term,BillingPlan,SeatCount,CustomTermEndDate,AddOn,\
    BaseSubscriptionId,MigrationIneligibilityReason,Notes\r\n";

/// The SKUs that the tool's file does not have, as rows of a portfolio file.
fn own() -> String {
    let usual = "end_date=; program=legacy_csp_ours; customer_name=; product_name=; term=; billing=; auto_renew=";
    file(&[&format!("{usual}; subscription_id=sub-1"), &format!("{usual}; subscription_id=sub-2; seats=7")])
}

fn subscriptions() -> String {
    let start = format!("11111111-0000-4000-8000-000000000001,4711,\"=Contoso, \"\"Söhne\"\"\",{TENANT}");
    format!(
        "{HEADER}{start},sub-1,\"the, old\",Business Basic,12/31/2026 00:00:00,True,True,False,P1Y,Annual,25,True,P3Y,\
         Monthly,20,01/31/2027 00:00:00,False,,,mine\r\n{start},sub-2,=1+1,Extra,06/01/2027 00:00:00 +00:00,False,False,\
         False,P1M,Monthly,7,False,P1Y,Annual,7,,True,sub-1,too young,\r\n"
    )
}

fn lines(import: &Import) -> Vec<SourceLine> {
    let lines = import.customers.iter().flat_map(|(_, lines)| lines);
    lines.map(|line| SourceLine { provenance: Provenance::default(), ..line.clone() }).collect()
}

fn batch<'a>(import: &'a Import, moved: &'a BTreeMap<LineId, Moved>) -> BatchTool<'a> {
    BatchTool { portfolio: &import.customers, kept: &import.extras, moved, partner: None }
}

fn written(write: impl FnOnce(&mut Vec<u8>)) -> String {
    let mut out = Vec::new();
    write(&mut out);
    String::from_utf8(out).expect("text")
}

#[test]
fn subscriptions_written_read_back_the_same() {
    let (own, subscriptions, nobody) = (own(), subscriptions(), BTreeMap::new());
    let customers = format!("TenantId,Domain,CompanyName\r\n{TENANT},contoso.com,\"=Contoso, \"\"Söhne\"\"\"\r\n");
    let files = |subscriptions: &str| {
        read(given(), &[("own.csv", &own), ("subscriptions.csv", subscriptions), ("customers.csv", &customers)])
    };
    let first = files(&subscriptions);
    assert!(first.problems.is_empty(), "{:?}", first.problems);
    let out = written(|out| assert_eq!(write_batch_subscriptions(out, &batch(&first, &nobody)).expect("memory"), 2));
    expect![[r#"
        PartnerTenantId,IndirectResellerMpnId,CustomerName,CustomerTenantId,LegacySubscriptionId,LegacySubscriptionName,LegacyProductName,ExpirationDate,AutoRenewEnabled,MigrationEligible,NcePsa,CurrentTerm,CurrentBillingPlan,CurrentSeatCount,StartNewTermInNce,Term,BillingPlan,SeatCount,CustomTermEndDate,AddOn,BaseSubscriptionId,MigrationIneligibilityReason
        11111111-0000-4000-8000-000000000001,4711,"'=Contoso, ""Söhne""",6d5b2b1c-0c1e-4b8e-9a51-3f5a0f7d9c11,sub-1,"the, old",Business Basic,12/31/2026 00:00:00,True,True,False,P1Y,Annual,25,True,P3Y,Monthly,20,01/31/2027 00:00:00,False,,
        11111111-0000-4000-8000-000000000001,4711,"'=Contoso, ""Söhne""",6d5b2b1c-0c1e-4b8e-9a51-3f5a0f7d9c11,sub-2,'=1+1,Extra,06/01/2027 00:00:00,False,False,False,P1M,Monthly,7,False,P1Y,Annual,7,,True,sub-1,too young
    "#]].assert_eq(&out.replace('\r', ""));
    let second = files(&out);
    assert_eq!(lines(&second), lines(&first));
    assert_eq!(second.customers[0].0.name, "=Contoso, \"Söhne\"");
    let kept = |import: &Import| {
        let all = import
            .extras
            .iter()
            .flat_map(|(id, kept)| kept.iter().map(|(name, text)| (*id, name.clone(), text.clone())));
        all.filter(|(_, name, _)| &**name != "Notes").collect::<std::collections::BTreeSet<_>>()
    };
    assert_eq!(kept(&second), kept(&first));
}

#[test]
fn the_term_wanted_in_new_commerce_is_not_the_term_of_the_old_subscription() {
    let import = read(given(), &[("own.csv", &own()), ("subscriptions.csv", &subscriptions())]);
    let terms = |line: &SourceLine| (line.term, line.target_term, line.billing);
    let [one, two] = &import.customers[0].1[..] else { panic!("two lines") };
    assert_eq!(terms(one), (Some(Term::Year), Some(Term::ThreeYears), Some(Billing::Monthly)));
    assert_eq!(terms(two), (Some(Term::Month), Some(Term::Year), Some(Billing::Annual)));
    // What differs nowhere is no wish; and what new commerce does not know is only text.
    let same = subscriptions().replace("P3Y", "P1Y").replace("P1M,Monthly,7", "None,None,7");
    let import = read(given(), &[("own.csv", &own()), ("subscriptions.csv", &same)]);
    let [one, two] = &import.customers[0].1[..] else { panic!("two lines: {:?}", import.problems) };
    assert_eq!(terms(one), (Some(Term::Year), None, Some(Billing::Monthly)));
    assert_eq!(terms(two), (None, Some(Term::Year), Some(Billing::Annual)));
    let out = written(|out| {
        assert_eq!(write_batch_subscriptions(out, &batch(&import, &BTreeMap::new())).expect("memory"), 2)
    });
    assert!(out.contains(",None,None,7,False,P1Y,Annual,7,"), "{out}");
    let of_typed = file(&["program=legacy_csp_ours; term=P1M; target_term=P3Y"]);
    let import = read(given(), &[("own.csv", &of_typed)]);
    let out = written(|out| {
        assert_eq!(write_batch_subscriptions(out, &batch(&import, &BTreeMap::new())).expect("memory"), 1)
    });
    assert!(out.contains(",P1M,,25,False,P3Y,Annual,25,"), "{out}");
}

#[test]
fn migrations_keep_their_status_until_ours_is_further() {
    let status = format!(
        "CustomerTenantId,LegacySubscriptionId,MigrationStatus,ErrorCode,NCESubscriptionId,BatchId,MigrationId\r\n\
         {TENANT},sub-1,Failed,900226,,b-1,m-1\r\n"
    );
    let import = read(given(), &[("own.csv", &own()), ("s.csv", &subscriptions()), ("m.csv", &status)]);
    let [one, two] = &import.customers[0].1[..] else { panic!("two lines") };
    let bought = Moved { completed: true, subscription: Some(SubscriptionId::try_new("new-2").expect("an id")) };
    let moved = BTreeMap::from([(two.id, bought)]);
    let of = |text: &str| {
        let rows: Vec<Vec<String>> = csv::Reader::from_reader(text.as_bytes())
            .into_records()
            .map(|row| row.expect("a row").iter().map(str::to_owned).collect())
            .collect();
        rows.into_iter()
            .map(|row| [4, 10, 16, 18, 19, 20].map(|place| row[place].clone()).join("|"))
            .collect::<Vec<_>>()
    };
    let begun = written(|out| assert_eq!(write_batch_migrations(out, &batch(&import, &moved)).expect("memory"), 2));
    assert_eq!(of(&begun), ["sub-1|Failed|900226||b-1|m-1", "sub-2|Completed||new-2||"]);
    let nobody = BTreeMap::new();
    let begun = written(|out| assert_eq!(write_batch_migrations(out, &batch(&import, &nobody)).expect("memory"), 1));
    assert_eq!(of(&begun), ["sub-1|Failed|900226||b-1|m-1"]);
    let all = written(|out| assert_eq!(write_batch_status(out, &batch(&import, &nobody)).expect("memory"), 2));
    assert_eq!(of(&all), ["sub-1|Failed|900226||b-1|m-1", "sub-2|||||"]);
    let again = read(given(), &[("own.csv", &own()), ("s.csv", &subscriptions()), ("m.csv", &begun)]);
    let status = again.extras[&one.id].iter().find(|(name, _)| &**name == "MigrationStatus");
    assert_eq!(status.map(|(_, text)| text.as_str()), Some("Failed"));
}

#[test]
fn only_what_the_tool_can_work_on_is_written() {
    let import = read(given(), &[("own.csv", &file(&["program=legacy_csp_ours; subscription_id=", "program=open"]))]);
    let nobody = BTreeMap::new();
    let out = written(|out| assert_eq!(write_batch_subscriptions(out, &batch(&import, &nobody)).expect("memory"), 0));
    assert_eq!(out.lines().count(), 1);
}

#[test]
fn a_portfolio_of_joined_lines_reads_back_with_all_its_witnesses() {
    let first = read(given(), &[("own.csv", &own()), ("subscriptions.csv", &subscriptions())]);
    let out = written(|out| write_csv(out, &first.customers).expect("memory"));
    let second = read(given(), &[("portfolio.csv", &out)]);
    assert!(second.problems.is_empty(), "{:?}", second.problems);
    assert_eq!(lines(&second), lines(&first));
}
