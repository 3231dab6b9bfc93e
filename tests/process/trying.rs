//! `carryover try`: the first thing that anybody runs. What it promises holds for every portfolio, made up or given.

use crate::harness::{Workplace, assert_says, items, number, word};
use crate::portfolio::{BASIC, HEADER, POWER_BI, STANDARD, VISIO, subscription, tenant};
use serde_json::Value;

/// A trial of 24 customers in `dir`, and its figures.
fn trial(workplace: &Workplace, seed: u64, dir: &str) -> Value {
    trial_as(workplace, seed, dir, &[])
}

/// The same with `more` arguments.
fn trial_as(workplace: &Workplace, seed: u64, dir: &str, more: &[&str]) -> Value {
    let seed = seed.to_string();
    let args = ["try", "--customers", "24", "--seed", &seed, "--dir", dir, "--format", "json"];
    let said = workplace.run(&[&args, more].concat());
    assert!(matches!(said.code, Some(0 | 3)), "{said:?}");
    let figures = said.json();
    let waits = number(&figures["action_items"]) > 0;
    assert_eq!(said.code, Some(if waits { 3 } else { 0 }), "{figures}");
    figures
}

/// What is promised of every trial, whatever the portfolio.
#[track_caller]
fn assert_promises_kept(figures: &Value) {
    let figure = |name: &str| number(&figures[name]);
    for nothing in
        ["duplicate_purchases", "gap_seat_hours", "asked_to_end_before_cover", "under_way", "awaits_approval"]
    {
        assert_eq!(figure(nothing), 0, "{nothing} in {figures}");
    }
    assert_eq!(figure("closed") + figure("blocked") + figure("needs_attention"), figure("lines"), "{figures}");
    assert!(figure("closed") > 0 && figure("purchases") >= figure("closed"), "{figures}");
    let lines = items(&figures["lines_by_customer"]);
    assert_eq!(lines.len() as u64, figure("lines"));
    for line in lines {
        assert_line_explains_itself(line);
    }
    // Each user costs one call; lines that keep their product cost none.
    assert_eq!(figure("licence_calls"), figure("licences_swapped"), "{figures}");
    let swapped: u64 = lines.iter().map(|line| number(&line["licences_swapped"])).sum();
    assert_eq!(figure("licences_swapped"), swapped, "{figures}");
}

#[track_caller]
fn assert_line_explains_itself(line: &Value) {
    let says = word(&line["says"]);
    match word(&line["standing"]) {
        "Closed" => assert_eq!(says, "done"),
        // A code, what is the case, and what to do.
        "Blocked" | "NeedsAttention" => {
            let (code, why) = says.split_once(": ").unwrap_or_else(|| panic!("no code in `{says}`"));
            assert!(code.chars().all(|c| c.is_ascii_uppercase() || c == '_' || c.is_ascii_digit()), "{says}");
            assert!(why.trim_end_matches('.').contains(". ") && why.ends_with('.'), "no remedy in `{says}`");
        }
        other => panic!("a trial ended with a line that is {other}: {line}"),
    }
    if line["swaps"] == false {
        assert_eq!(number(&line["licences_swapped"]), 0, "a licence was touched: {line}");
    }
}

#[track_caller]
fn check_seeds(seeds: std::ops::RangeInclusive<u64>) {
    let workplace = Workplace::new();
    for seed in seeds {
        let figures = trial(&workplace, seed, "trial");
        assert_promises_kept(&figures);
    }
}

#[test]
fn promises_hold_for_a_provider_whose_customers_accept_a_reseller_with_it() {
    let figures = trial_as(&Workplace::new(), 1, "trial", &["--provider"]);
    assert_promises_kept(&figures);
    let called = |operation: &str| number(&figures["http_calls_by_operation"][operation]);
    assert!(called("list customer's relationships") > 0 && called("validate reseller") > 0, "{figures}");
}

// In parts, so that they are tried beside each other.
#[test]
fn promises_hold_for_seeds_1_to_7() {
    check_seeds(1..=7);
}

#[test]
fn promises_hold_for_seeds_8_to_14() {
    check_seeds(8..=14);
}

#[test]
fn promises_hold_for_seeds_15_to_20() {
    check_seeds(15..=20);
}

#[test]
fn figures_have_the_names_and_kinds_that_programs_rely_on() {
    let workplace = Workplace::new();
    let figures = workplace.json(&["try", "--customers", "6", "--dir", "trial"], 3);
    for name in [
        "customers",
        "lines",
        "closed",
        "blocked",
        "needs_attention",
        "purchases",
        "duplicate_purchases",
        "gap_seat_hours",
        "overlap_seat_days",
        "licences_swapped",
        "http_calls",
        "http_calls_floor",
        "http_calls_unmoved",
        "http_429",
        "virtual_days",
    ] {
        assert!(figures[name].is_u64(), "{name} is {}", figures[name]);
    }
    assert!(figures["wall_seconds"].is_f64());
    // One of them never accepts, and is asked after all the same: neither counts in what is told of those who moved.
    let [calls, unmoved, floor] =
        ["http_calls", "http_calls_unmoved", "http_calls_floor"].map(|name| number(&figures[name]));
    assert!(unmoved > 0 && calls - unmoved > floor, "{figures}");
    let told: rust_decimal::Decimal = word(&figures["http_calls_times_floor"]).parse().expect("a number");
    let hundredths = i64::try_from(((calls - unmoved) * 100).div_ceil(floor)).expect("few");
    assert_eq!(told, rust_decimal::Decimal::new(hundredths, 2));
    let cost = figures["overlap_cost"].as_object().expect("amounts by currency");
    for (currency, amount) in cost {
        assert!(currency.len() == 3 && word(amount).parse::<rust_decimal::Decimal>().is_ok(), "{currency} {amount}");
    }
    for file in ["database", "report", "report_csv"] {
        let path = workplace.path(word(&figures[file]));
        assert!(path.metadata().is_ok_and(|file| file.len() > 0), "{}", path.display());
    }
    assert_eq!(number(&figures["customers"]), 6);
}

#[test]
fn who_never_accepts_has_no_part_in_the_least_that_calls_can_be() {
    let workplace = Workplace::new();
    let figures = workplace.json(&["try", "--customers", "3", "--dir", "trial"], 3);
    assert_eq!(number(&figures["closed"]), 1, "{figures}");
    // By docs/calls.md: 21 for a line that keeps its licence, and 8 that it shares with nobody here.
    assert_eq!(number(&figures["http_calls_floor"]), 21 + 8, "{figures}");
}

#[test]
fn the_same_seed_gives_the_same_figures_also_in_the_same_folder() {
    let workplace = Workplace::new();
    let once = || {
        let args = ["try", "--customers", "8", "--seed", "7", "--dir", "trial", "--format", "json"];
        let mut figures = workplace.run(&args).json();
        figures.as_object_mut().expect("an object").remove("wall_seconds").expect("it took some time");
        figures
    };
    let (first, again) = (once(), once());
    assert_eq!(first, again);
    let other = workplace.run(&["try", "--customers", "8", "--seed", "8", "--dir", "trial", "--format", "json"]).json();
    assert_ne!(first["lines_by_customer"], other["lines_by_customer"]);
}

/// Six lines: one product becomes another by licence id, one by catalogue item, and one is sold elsewhere.
fn six_rows() -> String {
    let by_item = "CFQ7TTC0LDPB:0001";
    let row = |customer: u32, country: &str, sku: &str, seats: u32, used: u32, target: &str| {
        format!(
            "{},customer{customer}.example,Customer {customer},{country},direct_mosa,{},{sku},Old product {seats},{seats},\
             {used},2026-12-06,yes,P1Y,annual,72.00,EUR,{target},it@customer{customer}.example\n",
            tenant(customer),
            subscription(seats)
        )
    };
    [
        format!("{HEADER}\n"),
        row(1, "DE", BASIC, 5, 4, STANDARD),
        row(1, "DE", VISIO, 2, 2, ""),
        row(2, "FR", BASIC, 7, 6, by_item),
        row(3, "DE", POWER_BI, 11, 10, ""),
        row(4, "AT", BASIC, 13, 13, ""),
        row(5, "US", BASIC, 17, 3, ""),
    ]
    .concat()
}

#[test]
fn ones_own_portfolio_is_tried_with_another_product_by_licence_and_by_item() {
    let workplace = Workplace::new();
    workplace.write("own.csv", six_rows());
    let figures = workplace.json(&["try", "--portfolio", "own.csv", "--dir", "trial"], 3);
    assert_promises_kept(&figures);
    let figure = |name: &str| number(&figures[name]);
    assert_eq!((figure("customers"), figure("lines")), (5, 6));
    assert_eq!((figure("closed"), figure("blocked"), figure("purchases")), (5, 1, 5));
    assert_eq!(figure("licences_swapped"), 4 + 6, "the users of two lines");
    let lines = items(&figures["lines_by_customer"]);
    let says = |product: &str| word(&lines.iter().find(|line| line["product"] == product).expect("a line")["says"]);
    assert_says(
        says("Old product 17"),
        &["CUSTOMER_IN_OTHER_REGION", "FR, the tenant is in US", "CSP region."]
            .map(|part| if part.starts_with("FR") { "the tenant is in US" } else { part }),
    );
    assert_eq!(says("Old product 7"), "done");
    assert_eq!(workplace.text("own.csv"), six_rows(), "the file is only read");
}

#[test]
fn terms_that_begin_a_month_apart_end_together() {
    let workplace = Workplace::new();
    let row = |sku: &str, seats: u32, end: &str| {
        format!(
            "{},customer1.example,Customer 1,DE,direct_mca,{},{sku},Old product {seats},{seats},{seats},{end},yes,P1Y,\
             monthly,72.00,EUR,,it@customer1.example\n",
            tenant(1),
            subscription(seats)
        )
    };
    let rows = [row(BASIC, 5, "2026-12-13"), row(VISIO, 2, "2027-01-13")].concat();
    workplace.write("own.csv", format!("{HEADER}\n{rows}"));
    let figures = workplace.json(&["try", "--portfolio", "own.csv", "--dir", "trial"], 0);
    assert_promises_kept(&figures);
    let sheet = workplace.text("trial/report.csv");
    let column = |row: &str, name: &str| {
        let at = sheet.lines().next()?.split(',').position(|of| of == name)?;
        Some(row.split(',').nth(at)?.to_owned())
    };
    let told: Vec<_> = sheet.lines().skip(1).map(|row| (column(row, "new_start"), column(row, "new_end"))).collect();
    let of = |start: &str, end: &str| (Some(start.to_owned()), Some(end.to_owned()));
    assert_eq!(told.len(), 2);
    assert!(told.contains(&of("2026-12-09", "2027-12-08")), "{told:?}");
    assert!(told.contains(&of("2027-01-11", "2027-12-08")), "{told:?}");
}

#[test]
fn a_portfolio_with_a_bad_row_is_not_tried() {
    let workplace = Workplace::new();
    workplace.write("own.csv", six_rows().replace(",13,13,", ",none,13,"));
    let sentence = workplace.run(&["try", "--portfolio", "own.csv"]).refuses(2);
    assert_says(&sentence, &["own.csv:6", "seats is `none`", "1 problems in all", "carryover import"]);
}

#[test]
fn a_folder_that_cannot_be_written_is_named() {
    let workplace = Workplace::new();
    workplace.write("taken", "a file where a folder should be");
    for dir in ["taken", "taken/trial"] {
        let sentence = workplace.run(&["try", "--customers", "1", "--dir", dir]).refuses(1);
        assert_says(&sentence, &[dir, "cannot be written"]);
    }
}
