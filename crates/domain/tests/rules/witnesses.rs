//! Who says when a source ends, and what counts as the same line told again.

use crate::fixture::{Scene, read, subscription};
use carryover_domain::portfolio::{EndOption, Ends, Kind, Renewal, SourceLine, Target, Told, Witness, trusted_end};
use carryover_domain::program::SourceProgram;
use carryover_domain::provenance::{Field, Origin, Provenance};
use carryover_domain::time::{Billing, End, Term};
use carryover_domain::value::Seats;

use Witness::{Export, Graph, PartnerCenter, Typed};

fn end(day: &str) -> End {
    End::after_day(read(day))
}

fn trusted(told: &[(Witness, &str)]) -> Option<Told> {
    trusted_end(&told.iter().map(|(by, day)| (*by, end(day))).collect())
}

fn agreed(day: &str, by: Witness) -> Option<Told> {
    Some(Told { end: end(day), by, against: None })
}

#[test]
fn nobody_says_when_it_ends() {
    assert_eq!(trusted(&[]), None);
}

#[test]
fn one_witness_is_believed() {
    assert_eq!(trusted(&[(Typed, "2026-12-13")]), agreed("2026-12-13", Typed));
}

#[test]
fn of_two_who_agree_within_a_day_the_more_trusted_one_counts() {
    assert_eq!(trusted(&[(Graph, "2026-12-13"), (Typed, "2026-12-13")]), agreed("2026-12-13", Graph));
    assert_eq!(trusted(&[(Graph, "2026-12-14"), (Typed, "2026-12-13")]), agreed("2026-12-14", Graph));
    assert_eq!(trusted(&[(Graph, "2026-12-12"), (Typed, "2026-12-13")]), agreed("2026-12-12", Graph));
}

#[test]
fn two_days_apart_the_earlier_end_counts_whoever_says_it() {
    let typed_first = Told { end: end("2026-12-13"), by: Typed, against: Some((Graph, end("2026-12-15"))) };
    assert_eq!(trusted(&[(Graph, "2026-12-15"), (Typed, "2026-12-13")]), Some(typed_first));
    let graph_first = Told { end: end("2026-12-11"), by: Graph, against: Some((Typed, end("2026-12-13"))) };
    assert_eq!(trusted(&[(Graph, "2026-12-11"), (Typed, "2026-12-13")]), Some(graph_first));
}

#[test]
fn of_three_any_two_may_be_in_conflict() {
    // Each is a day from the next, and the outer two are two days apart.
    let told = [(PartnerCenter, "2026-12-13"), (Export, "2026-12-12"), (Typed, "2026-12-14")];
    let conflict = Told { end: end("2026-12-12"), by: Export, against: Some((Typed, end("2026-12-14"))) };
    assert_eq!(trusted(&told), Some(conflict));
    let told = [(PartnerCenter, "2026-12-13"), (Export, "2026-12-12"), (Typed, "2026-12-13")];
    assert_eq!(trusted(&told), agreed("2026-12-13", PartnerCenter));
}

#[test]
fn of_two_who_say_the_same_early_day_the_more_trusted_one_is_named() {
    let told = [(PartnerCenter, "2026-12-20"), (Graph, "2026-12-10"), (Typed, "2026-12-10")];
    let conflict = Told { end: end("2026-12-10"), by: Graph, against: Some((PartnerCenter, end("2026-12-20"))) };
    assert_eq!(trusted(&told), Some(conflict));
}

fn line() -> SourceLine {
    Scene::of("line SPB 25 seats until 2026-12-13 direct_mca ends P1Y monthly assigned 20").lines.remove(0)
}

/// The ordinary line with one thing changed.
fn with(change: impl FnOnce(&mut SourceLine)) -> SourceLine {
    let mut changed = line();
    change(&mut changed);
    changed
}

#[test]
fn every_change_of_what_is_bought_asks_for_another_plan() {
    let changes = [
        with(|line| line.program = SourceProgram::Open),
        with(|line| line.subscription = Some(subscription("another"))),
        with(|line| line.sku = crate::fixture::sku("E3")),
        with(|line| line.seats = Seats::at_least_one(26)),
        with(|line| line.assigned_seats = Some(26)),
        with(|line| line.ends = Ends::default()),
        with(|line| line.term_start = None),
        with(|line| line.auto_renew = Renewal::On),
        with(|line| line.end_option = Some(EndOption::Renew)),
        with(|line| line.kind = Kind::AddOn { base: None }),
        with(|line| line.term = Some(Term::Month)),
        with(|line| line.billing = Some(Billing::Annual)),
        with(|line| line.target = Target::Sku(crate::fixture::sku("SPB"))),
        with(|line| line.target_seats = Some(Seats::at_least_one(25))),
        with(|line| line.id = crate::fixture::line_id(2)),
    ];
    for changed in changes {
        assert!(!line().asks_the_same(&changed), "{changed:?}");
        assert!(!line().says_the_same(&changed), "{changed:?}");
    }
}

#[test]
fn names_prices_and_addresses_are_news_that_keep_the_plan() {
    let changes = [
        with(|line| line.sku_part_number = None),
        with(|line| line.product_name = Some("Business Premium".to_owned())),
        with(|line| line.price_per_seat = Some("264".parse().map(euros).expect("a number"))),
        with(|line| line.contact_email = Some("it@birchlane.example".to_owned())),
        with(|line| line.assigned_seats = Some(25)),
        with(|line| line.assigned_seats = None),
    ];
    for changed in changes {
        assert!(line().asks_the_same(&changed), "{changed:?}");
        assert!(!line().says_the_same(&changed), "{changed:?}");
    }
}

fn euros(amount: rust_decimal::Decimal) -> carryover_domain::value::Money {
    carryover_domain::value::Money { amount, currency: read("EUR") }
}

fn origin(record: &str, row: Option<u64>) -> Origin {
    Origin { record: record.into(), row, at: None }
}

#[test]
fn where_a_line_was_read_is_no_news() {
    let elsewhere = with(|line| line.provenance = Provenance::of_line(origin("lines.csv", Some(7))));
    assert!(line().says_the_same(&elsewhere) && line().asks_the_same(&elsewhere));
}

#[test]
fn a_field_comes_from_its_own_record_or_else_from_that_of_its_line() {
    let [seats, end] = ["seats", "end_date"].map(|name| Field::named(name).expect("a column"));
    let mut provenance = Provenance::of_line(origin("lines.csv", Some(7)));
    provenance.fields.insert(end, origin("export.csv", Some(2)));
    assert_eq!(provenance.of(seats).map(ToString::to_string).as_deref(), Some("lines.csv:7"));
    assert_eq!(provenance.of(end).map(ToString::to_string).as_deref(), Some("export.csv:2"));
    assert_eq!(Provenance::default().of(seats), None);
    assert_eq!((seats.name(), seats.to_string().as_str()), ("seats", "seats"));
    assert_eq!(Field::named("colour"), None);
}

#[test]
fn an_origin_says_when_it_was_read_where_that_is_known() {
    let call = Origin { at: Some(read("2026-11-02T08:00:00Z")), ..origin("GET directory/subscriptions", None) };
    assert_eq!(call.to_string(), "GET directory/subscriptions, read 2026-11-02T08:00:00Z");
}
