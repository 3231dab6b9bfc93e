//! What the batch migration tool does is not done again: its files set lines aside, whatever else tells of them.

use crate::common::file;
use crate::sources::{PARTNER, TENANT, check, entry, given, graph, read, told};
use carryover_portfolio::{Given, Reader};
use expect_test::expect;

/// A file of the folder `migrationstatus`: subscription, status and id of the migration.
fn migrations(rows: &[(&str, &str, &str)]) -> String {
    let rows = rows.iter().map(|(subscription, status, id)| format!("{TENANT},{subscription},{status},{id}\r\n"));
    format!("CustomerTenantId,LegacySubscriptionId,MigrationStatus,MigrationId\r\n{}", rows.collect::<String>())
}

/// `schedulemigrations.csv`: id of the schedule, subscription and status.
fn schedules(rows: &[(&str, &str, &str)]) -> String {
    let rows = rows.iter().map(|(id, subscription, status)| format!("{id},{subscription},{status},{TENANT},\r\n"));
    format!("Id,CurrentSubscriptionId,Status,CustomerTenantId,NewCommerceMigrationId\r\n{}", rows.collect::<String>())
}

#[test]
fn what_the_batch_tool_migrates_is_not_bought_beside_it() {
    let own: Vec<String> =
        (1..=7).map(|n| format!("program=legacy_csp_ours; subscription_id=sub-{n}; seats={n}")).collect();
    let own = file(&own.iter().map(String::as_str).collect::<Vec<_>>());
    let status =
        migrations(&[("sub-1", "Completed", "m-1"), ("sub-2", "Processing", "m-2"), ("sub-3", "Failed", "m-3")]);
    let schedules = schedules(&[("s-4", "sub-4", "Scheduled"), ("s-5", "sub-5", "Cancelled")]);
    let new = format!("CustomerTenantId,SubscriptionId,MigratedFromSubscriptionId\r\n{TENANT},new-6,sub-6\r\n");
    check(
        &[("own.csv", &own), ("status.csv", &status), ("schedulemigrations.csv", &schedules), ("new.csv", &new)],
        expect![[r#"
            own.csv: a portfolio file, 7 rows
            status.csv: migrations of the batch migration tool, 3 rows
            schedulemigrations.csv: schedules of the batch migration tool, 2 rows
            new.csv: new commerce subscriptions of the batch migration tool, 1 rows
            13 read, 13 good, 0 rejected
            note: line 2 of own.csv: not taken as a line: MigrationStatus is `Completed` in line 2 of status.csv: the batch migration tool has migrated it; nothing is left to buy
            note: line 3 of own.csv: not taken as a line: MigrationStatus is `Processing` in line 3 of status.csv: the batch migration tool is migrating it; let it end, and where it fails, import its status with this again
            note: line 5 of own.csv: not taken as a line: MigrationScheduleStatus is `Scheduled` in line 2 of schedulemigrations.csv: the batch migration tool will migrate it; leave it to the tool, or cancel the schedule there, and import schedulemigrations.csv with this again
            note: line 7 of own.csv: not taken as a line: line 2 of new.csv has the new commerce subscription that it was migrated to; nothing is left to buy
            Contoso contoso.com DE
              sub-3 legacy_csp_ours 3 x Microsoft 365 Business Basic; typed 2027-01-01T00:00:00Z
              sub-5 legacy_csp_ours 5 x Microsoft 365 Business Basic; typed 2027-01-01T00:00:00Z
              sub-7 legacy_csp_ours 7 x Microsoft 365 Business Basic; typed 2027-01-01T00:00:00Z
        "#]],
    );
}

#[test]
fn what_the_batch_tool_migrates_is_no_line_from_graph_either() {
    let ours = format!("\"{PARTNER}\"");
    let nameless = file(&["program=legacy_csp_ours; subscription_id="]);
    let answer = graph(&[entry(&[("ownerTenantId", &ours)])]);
    let status = migrations(&[("sub-1", "Processing", "m-1")]);
    for files in [
        &[("graph.json", &*answer), ("status.csv", &*status)][..],
        &[("own.csv", &nameless), ("status.csv", &status), ("graph.json", &answer)],
    ] {
        let import = read(given(), files);
        assert!(import.customers.is_empty() && import.problems.is_empty(), "{}", told(&import));
        assert!(import.notes[0].contains("the batch migration tool is migrating it"), "{}", told(&import));
    }
}

#[test]
fn the_last_state_of_an_attempt_counts_in_any_order_of_files() {
    let own = file(&["program=legacy_csp_ours"]);
    let lines = |files: [&str; 2]| {
        let [one, two] = files;
        let files = |first, second| [("own.csv", &*own), ("a.csv", first), ("b.csv", second)];
        let [one_way, other] = [files(one, two), files(two, one)].map(|files| read(given(), &files).customers.len());
        assert_eq!(one_way, other);
        one_way
    };
    let [begun, failed, done] = ["Processing", "Failed", "Completed"].map(|word| migrations(&[("sub-1", word, "m-1")]));
    assert_eq!([lines([&begun, &failed]), lines([&begun, &done])], [1, 0]);
    assert_eq!(lines([&failed, &migrations(&[("sub-1", "Processing", "m-2")])]), 0, "a second attempt");
    assert_eq!(lines([&schedules(&[("s", "sub-1", "Created")]), &schedules(&[("s", "sub-1", "Cancelled")])]), 1);
    assert_eq!(lines([&failed, &migrations(&[("sub-1", "Waiting", "m-2")])]), 0, "a status that nobody knows");
    assert_eq!(lines([&failed, &migrations(&[("sub-1", "", "")])]), 1, "never begun");
}

#[test]
fn what_the_database_has_and_the_batch_tool_migrates_is_told() {
    let (customer, lines) = read(given(), &[("own.csv", &file(&["program=legacy_csp_ours"]))]).customers.remove(0);
    let status = migrations(&[("sub-1", "Processing", "m-1")]);
    let reader = Reader::new(Given::default()).file("status.csv", status.as_bytes()).expect("memory can be read");
    assert_eq!(reader.tenants().into_iter().collect::<Vec<_>>(), [customer.tenant]);
    let import = reader.knowing(customer, lines.clone()).finish();
    assert_eq!(import.customers[0].1, lines, "as it was");
    expect![[r#"
        status.csv: migrations of the batch migration tool, 1 rows
        1 read, 1 good, 0 rejected
        note: line 2 of own.csv: not taken as a line: MigrationStatus is `Processing` in line 2 of status.csv: the batch migration tool is migrating it; let it end, and where it fails, import its status with this again; the database has it from before: pause the customer, unless its purchase has begun here
        Contoso contoso.com DE
          sub-1 legacy_csp_ours 25 x Microsoft 365 Business Basic; typed 2027-01-01T00:00:00Z
    "#]].assert_eq(&told(&import));
}

#[test]
fn what_is_in_new_commerce_with_us_already_is_no_line() {
    let new = format!("CustomerTenantId,SubscriptionId,MigratedFromSubscriptionId\r\n{TENANT},sub-1,sub-0\r\n");
    let ours = format!("\"{PARTNER}\"");
    let answer = graph(&[entry(&[("ownerTenantId", &ours)])]);
    check(
        &[("graph.json", &answer), ("ncesubscriptions.csv", &new)],
        expect![[r#"
        graph.json: Graph's directory/subscriptions, 1 rows
        ncesubscriptions.csv: new commerce subscriptions of the batch migration tool, 1 rows
        2 read, 2 good, 0 rejected
        note: line 1 of graph.json: not taken as a line: it is in new commerce with us already
    "#]],
    );
}
