//! What a person reads afterwards: the report of a customer, and the notes of the audit.

use crate::fixture::story::{Story, names, purchase, short};
use carryover_domain::Event;
use carryover_domain::audit::audit;
use carryover_domain::facts::Purchase;
use carryover_domain::reply::Outcome;
use carryover_domain::report::{LineReport, report};
use carryover_domain::value::Money;
use expect_test::{Expect, expect};

const BESIDE: &str = "tenant holds SPB 25 seats until 2026-12-13
                      tenant holds SPB 25 seats until 2027-12-08 named new-1 ours\nin use SPB 25";

fn euros(amount: &str) -> Option<Money> {
    Some(Money { amount: amount.parse().expect("a number"), currency: "EUR".parse().expect("a currency") })
}

fn line_text(line: &LineReport) -> String {
    let LineReport { product, seats, standing, says, old_end, new_start, bought_seats, new_end, .. } = line;
    let old_end = old_end.map_or("unknown".to_owned(), |day| day.to_string());
    let mut text = format!("{product}, {seats} seats, old until {old_end}: {standing:?}, {}\n", names(says));
    if let (Some(start), Some(seats), Some(end)) = (new_start, bought_seats, new_end) {
        text += &format!("  new from {start} to {end}, {seats} seats\n");
    }
    if line.swaps {
        text += &format!("  {} users changed\n", line.swapped);
    }
    if let Some(days) = line.overlap_days {
        let cost = line.overlap_cost.map_or("a price is not known".to_owned(), |cost| cost.to_string());
        text += &format!("  paid twice for {days} days: {cost}\n");
    }
    for moment in &line.moments {
        text += &format!("  {} {:?}\n", short(moment.at), moment.what);
    }
    text
}

fn check(story: &Story, expected: Expect) {
    let log = story.log.iter().map(|(at, event)| (*at, event));
    let report = report(&story.migration(), log, &story.scene.policy, story.scene.now);
    assert_eq!(report.started, story.log.first().map(|(at, _)| *at));
    let lines: String = report.lines.iter().map(line_text).collect();
    let notes: String = report.notes.iter().map(|note| format!("note: {}\n", names(&note.to_string()))).collect();
    expected.assert_eq(&format!("{}\n{lines}{notes}", report.customer.name));
}

#[test]
fn a_line_is_reported_from_its_import_to_its_end() {
    let mut story = Story::imported("line SPB 25 seats until 2026-12-13 open at 150.00 EUR");
    check(
        &story,
        expect![[r#"
        Birch Lane
        SPB, 25 seats, old until 2026-12-13: AwaitsPlan, known; not planned yet
    "#]],
    );
    story.plan(1);
    check(
        &story,
        expect![[r#"
            Birch Lane
            SPB, 25 seats, old until 2026-12-13: AwaitsApproval, planned; waits for approval
              paid twice for 5 days: 51.37 EUR
        "#]],
    );
    story.approve(1);
    check(
        &story,
        expect![[r#"
        Birch Lane
        SPB, 25 seats, old until 2026-12-13: UnderWay, waits for its day, 2026-12-09
          paid twice for 5 days: 51.37 EUR
          2026-11-02 08:00 Approved
    "#]],
    );
    story.at("2026-12-10T09:00:00Z");
    story.facts(1);
    story.cart(1, "cart-1");
    story.checked_out(1, Outcome::Done(purchase("SPB", 25, Some("new-1"), "2026-12-11T09:00:00Z")));
    check(
        &story,
        expect![[r#"
        Birch Lane
        SPB, 25 seats, old until 2026-12-13: UnderWay, bought; not seen in the tenant yet
          new from 2026-12-11 to 2027-12-10, 25 seats
          paid twice for 3 days: 30.82 EUR
          2026-11-02 08:00 Approved
          2026-12-10 09:00 Bought
    "#]],
    );
    story.delivered(1, BESIDE);
    story.at("2026-12-14T01:00:00Z");
    story.source(1, "tenant holds SPB 25 seats until 2027-12-08 named new-1 ours\nin use SPB 25");
    check(
        &story,
        expect![[r#"
        Birch Lane
        SPB, 25 seats, old until 2026-12-13: Closed, done
          new from 2026-12-11 to 2027-12-10, 25 seats
          paid twice for 3 days: 30.82 EUR
          2026-11-02 08:00 Approved
          2026-12-10 09:00 Bought
          2026-12-10 09:00 Usable
          2026-12-10 09:00 Released
          2026-12-14 01:00 Ended
    "#]],
    );
}

#[test]
fn the_price_of_the_order_goes_before_every_estimate() {
    let mut story = Story::buying("line SPB 25 seats until 2026-12-13 open at 150.00 EUR\noffer SPB at 264.00 EUR");
    check(
        &story,
        expect![[r#"
        Birch Lane
        SPB, 25 seats, old until 2026-12-13: UnderWay, is being bought
          paid twice for 5 days: 90.41 EUR
          2026-11-02 08:00 Approved
    "#]],
    );
    let bought = purchase("SPB", 25, Some("new-1"), "2026-12-11");
    story.checked_out(1, Outcome::Done(Purchase { price_per_seat: euros("200.00"), ..bought }));
    check(
        &story,
        expect![[r#"
        Birch Lane
        SPB, 25 seats, old until 2026-12-13: UnderWay, bought; not seen in the tenant yet
          new from 2026-12-11 to 2027-12-10, 25 seats
          paid twice for 3 days: 41.10 EUR
          2026-11-02 08:00 Approved
          2026-12-09 00:00 Bought
    "#]],
    );
}

#[test]
fn a_trial_pays_nothing_twice() {
    let mut story = Story::buying("line SPB 25 seats until 2026-12-13 trial ends\noffer SPB at 264.00 EUR");
    check(
        &story,
        expect![[r#"
        Birch Lane
        SPB, 25 seats, old until 2026-12-13: UnderWay, is being bought
          paid twice for 0 days: 0.00 EUR
          2026-11-02 08:00 Approved
    "#]],
    );
    story.checked_out(1, Outcome::Done(purchase("SPB", 25, Some("new-1"), "2026-11-02")));
    check(
        &story,
        expect![[r#"
        Birch Lane
        SPB, 25 seats, old until 2026-12-13: UnderWay, bought; not seen in the tenant yet
          new from 2026-11-02 to 2027-11-01, 25 seats
          paid twice for 0 days: 0.00 EUR
          2026-11-02 08:00 Approved
          2026-11-02 08:00 Bought
    "#]],
    );
}

#[test]
fn a_source_in_grace_is_not_paid_twice_although_the_file_gives_a_later_end() {
    let scene = "line SPB 25 seats until 2026-12-13 open\ntenant holds SPB 25 seats until 2026-12-01 grace
                 in use SPB 25\noffer SPB at 264.00 EUR";
    check(
        &Story::bought(scene),
        expect![[r#"
        Birch Lane
        SPB, 25 seats, old until 2026-12-13: UnderWay, bought; not seen in the tenant yet
          new from 2026-11-02 to 2027-11-01, 25 seats
          paid twice for 0 days: 0.00 EUR
          2026-11-02 08:00 Approved
          2026-11-02 08:00 Bought
    "#]],
    );
}

#[test]
fn a_blocked_line_says_what_to_do() {
    let mut story = Story::imported("line SPB 25 seats until 2026-12-13 open\noffer E3");
    story.plan(1);
    check(
        &story,
        expect![[r#"
            Birch Lane
            SPB, 25 seats, old until 2026-12-13: Blocked, OFFER_NOT_IN_COUNTRY: Microsoft 365 Business Premium (SPB) is not sold in the customer's country. Choose a product that is sold there: put its SKU into the column target_sku and import the file again.
        "#]],
    );
}

#[test]
fn a_stopped_line_says_what_to_do() {
    let mut story = Story::approved("");
    story.at("2026-12-14");
    check(
        &story,
        expect![[r#"
            Birch Lane
            SPB, 25 seats, old until 2026-12-13: NeedsAttention, WINDOW_MISSED: the planned last day of the old subscription passed before anything could be bought. Look whether it has renewed, then plan again: `carryover resolve LINE plan-again`, plan and approve.
              paid twice for 5 days: a price is not known
              2026-11-02 08:00 Approved
        "#]],
    );
}

#[test]
fn a_price_above_what_was_approved_is_noted() {
    let order = |price| {
        let mut story = Story::buying("offer SPB at 264.00 EUR");
        let bought = purchase("SPB", 25, Some("new-1"), "2026-12-09");
        story.checked_out(1, Outcome::Done(Purchase { price_per_seat: price, ..bought }));
        audit(&story.migration()).iter().map(|note| names(&note.to_string())).collect::<Vec<_>>().join("\n")
    };
    expect!["line old-1 costs 264.01 EUR a seat and term; 264.00 EUR was approved"].assert_eq(&order(euros("264.01")));
    assert_eq!(order(euros("264.00")), "");
    assert_eq!(order(None), "");
    let dollars = Money { currency: "USD".parse().expect("a currency"), ..euros("1.00").expect("an amount") };
    expect!["line old-1 costs 1.00 USD a seat and term; 264.00 EUR was approved"].assert_eq(&order(Some(dollars)));
}

#[test]
fn more_seats_than_planned_are_noted() {
    let mut story = Story::buying("");
    story.checked_out(1, Outcome::Done(purchase("SPB", 30, Some("new-1"), "2026-12-09")));
    check(
        &story,
        expect![[r#"
            Birch Lane
            SPB, 25 seats, old until 2026-12-13: NeedsAttention, PURCHASE_DIFFERS: order order-of-new-1 is for 30 × CFQ7TTC0ZZ00:0001, the plan says 25 × CFQ7TTC0ZZ00:0001. Correct the new subscription in Partner Center within seven days, or have the customer accept it as it is. A line that has stopped goes on with `carryover resolve LINE go-on`.
              new from 2026-12-09 to 2027-12-08, 30 seats
              paid twice for 5 days: a price is not known
              2026-11-02 08:00 Approved
              2026-12-09 00:00 Bought
            note: line old-1 has 30 seats, and the plan was for 25
        "#]],
    );
}

#[test]
fn a_second_purchase_of_a_line_is_noted() {
    let mut story = Story::bought("");
    let mut migration = story.migration();
    let line = migration.lines.values_mut().next().expect("a line");
    line.purchases.push(line.purchases[0].clone());
    let notes: Vec<String> = audit(&migration).iter().map(|note| names(&note.to_string())).collect();
    expect!["line old-1 has more than one purchase"].assert_eq(&notes.join("\n"));
    story.forget();
}

#[test]
fn a_line_that_came_after_the_approval_is_noted_until_it_is_planned() {
    let mut story = Story::approved("");
    let mut told = story.scene.lines.clone();
    told[0].subscription = None;
    let event = carryover_domain::migration::decide::import(
        Some(&story.migration()),
        story.scene.customer.clone(),
        told.clone(),
        None,
    );
    story.log.push((story.now, event.expect("a changed line")));
    check(
        &story,
        expect![[r#"
        Birch Lane
        SPB, 25 seats, old until 2026-12-13: AwaitsPlan, known; not planned yet
          2026-11-02 08:00 Approved
        note: line old-1 has no plan yet; plan again
    "#]],
    );
}

#[test]
fn events_that_do_not_fit_are_noted() {
    let mut story = Story::approved("");
    let line = story.scene.lines[0].id;
    story.log.push((story.now, Event::SourceEnded { line }));
    story.log.push((story.now, Event::AttentionCleared { line }));
    check(
        &story,
        expect![[r#"
        Birch Lane
        SPB, 25 seats, old until 2026-12-13: UnderWay, waits for its day, 2026-12-09
          paid twice for 5 days: a price is not known
          2026-11-02 08:00 Approved
          2026-11-02 08:00 Ended
        note: 2 recorded events do not fit: the log may be damaged
    "#]],
    );
}

#[test]
fn what_the_last_look_before_buying_found_is_in_the_report() {
    let mut story = Story::approved("offer SPB at 264.00 EUR");
    let codes = |story: &Story| {
        let log = story.log.iter().map(|(at, event)| (*at, event));
        let report = report(&story.migration(), log, &story.scene.policy, story.now);
        report.lines[0].findings.iter().map(carryover_domain::finding::Finding::code).collect::<Vec<_>>()
    };
    assert_eq!(codes(&story), [""; 0]);
    story.at("2026-12-09");
    story.change("offer SPB at 300.00 EUR");
    story.facts(1);
    assert_eq!(codes(&story), ["PRICE_CHANGED"]);
}
