//! What it costs, gives back, loses and could save, by currency.

use crate::fixture::story::{Story, purchase};
use crate::told::{check, forecast, lines, money};
use carryover_domain::forecast::{Forecast, Prospect, Standing};
use carryover_domain::reply::Outcome;
use expect_test::expect;

#[test]
fn two_currencies_are_never_added_up_and_yen_have_no_decimals() {
    check(
        "== Ash
         line SPB 25 seats until 2026-12-13 open P1Y at 264.00 EUR
         line E3 10 seats until 2026-12-13 open P1Y at 400.00 EUR
         == Beech
         line SPB 7 seats until 2026-12-13 open P1Y at 31000 JPY",
        &[lines, money],
        expect![[r#"
            Ash: 25 SPB PLANNED BUY_AT_END, 25 on 2026-12-09, 5 days twice, cost 90.41 EUR, first term 6600.00 EUR; the old one until 2026-12-13
            Ash: 10 E3 PLANNED BUY_AT_END, 10 on 2026-12-09, 5 days twice, cost 54.79 EUR, first term 4000.00 EUR; the old one until 2026-12-13
            Beech: 7 SPB PLANNED BUY_AT_END, 7 on 2026-12-09, 5 days twice, cost 2973 JPY, first term 217000 JPY; the old one until 2026-12-13
            EUR: first terms 10600.00 EUR, paid twice 145.21 EUR, given back 0.00 EUR, lost 0.00 EUR, saving 0.00 EUR
            JPY: first terms 217000 JPY, paid twice 2973 JPY, given back 0 JPY, lost 0 JPY, saving 0 JPY
            without price 0, by the old price 3
        "#]],
    );
}

#[test]
fn what_has_no_price_is_counted_and_not_guessed() {
    check(
        "== Ash\nline SPB 25 seats until 2026-12-13 open",
        &[money],
        expect![[r#"
        without price 1, by the old price 0
    "#]],
    );
}

#[test]
fn the_catalogue_goes_before_the_old_price() {
    check(
        "offer SPB at 240.00 EUR
         == Ash
         line SPB 25 seats until 2026-12-13 open P1Y at 264.00 EUR",
        &[lines, money],
        expect![[r#"
            Ash: 25 SPB PLANNED BUY_AT_END, 25 on 2026-12-09, 5 days twice, cost 82.19 EUR, first term 6000.00 EUR; the old one until 2026-12-13
            EUR: first terms 6000.00 EUR, paid twice 82.19 EUR, given back 0.00 EUR, lost 0.00 EUR, saving 0.00 EUR
            without price 0, by the old price 0
        "#]],
    );
}

#[test]
fn what_is_cheaper_is_changed_at_once_and_the_old_one_given_back() {
    check(
        "offer SPB at 200.00 EUR
         == Ash
         line SPB 25 seats until 2026-12-13 direct_mosa P1Y at 264.00 EUR renews",
        &[lines, money],
        expect![[r#"
            Ash: 25 SPB PLANNED BUY_NOW, 25 on 2026-11-02, 1 days twice, cost 13.70 EUR, first term 5000.00 EUR, given back 741.37 EUR, lost 0.00 EUR; the old one until 2026-11-02 [CHEAPER_NOW]
            EUR: first terms 5000.00 EUR, paid twice 13.70 EUR, given back 741.37 EUR, lost 0.00 EUR, saving 0.00 EUR
            without price 0, by the old price 0
        "#]],
    );
}

#[test]
fn seats_that_nobody_uses_are_a_saving_to_offer() {
    check(
        "== Ash
         in use SPB 18
         line SPB 25 seats until 2026-12-13 open P1Y at 264.00 EUR
         == Beech
         tenant unseen
         line SPB 25 seats until 2026-12-13 open P1Y at 264.00 EUR",
        &[lines, money],
        expect![[r#"
            Ash: 25 SPB PLANNED BUY_AT_END, 25 on 2026-12-09, 5 days twice, cost 90.41 EUR, first term 6600.00 EUR, 7 seats fewer would do, 1848.00 EUR; the old one until 2026-12-13
            Beech: 25 SPB PLANNED BUY_AT_END, 25 on 2026-12-09, 5 days twice, cost 90.41 EUR, first term 6600.00 EUR; the old one until 2026-12-13 [NO_GDAP]
            EUR: first terms 13200.00 EUR, paid twice 180.82 EUR, given back 0.00 EUR, lost 0.00 EUR, saving 1848.00 EUR
            without price 0, by the old price 2
        "#]],
    );
}

#[test]
fn in_the_first_week_all_but_the_days_of_use_comes_back_and_then_nothing() {
    // A subscription of a new agreement that costs more than its replacement, and is to be cancelled for that.
    let shown = |first: &str, last: &str, ordered: &str| {
        let mut story = Story::buying(&format!(
            "offer SPB at 200.00 EUR\nline SPB 25 seats until {last} direct_mca P1Y at 300.00 EUR since {first} renews"
        ));
        story.checked_out(1, Outcome::Done(purchase("SPB", 25, Some("new-1"), ordered)));
        let recorded = Prospect::recorded(&story.migration(), &story.scene.policy, story.now).expect("all is planned");
        let line = &Forecast::of([recorded], [], &story.scene.policy, story.now).lines[0];
        [line.refund, line.lost_value].map(|money| money.map_or("nothing".to_owned(), |money| money.to_string()))
    };
    let of = |first, last, ordered| shown(first, last, ordered).join(" back, lost ");
    expect!["7479.45 EUR back, lost 0.00 EUR"].assert_eq(&of("2026-11-02", "2027-11-01", "2026-11-02"));
    expect!["7356.16 EUR back, lost 0.00 EUR"].assert_eq(&of("2026-10-29", "2027-10-28", "2026-11-04"));
    expect!["0.00 EUR back, lost 7335.62 EUR"].assert_eq(&of("2026-10-29", "2027-10-28", "2026-11-05"));
}

#[test]
fn what_needs_no_fewer_seats_saves_nothing_and_counts_nowhere() {
    let of = |in_use| {
        forecast(&format!("== Ash\nline SPB 25 seats until 2026-12-13 open P1Y at 100.00 EUR\nin use SPB {in_use}"))
    };
    let (all, some) = (of(25), of(20));
    assert_eq!((all.lines[0].saving, all.totals.saved.lines, all.totals.saved.seats), (None, 0, 0));
    assert_eq!((some.totals.saved.lines, some.totals.saved.seats), (1, 5));
    assert_eq!(some.lines[0].saving.map(|money| money.to_string()).as_deref(), Some("500.00 EUR"));
    assert_eq!(all.totals.standings.len(), Standing::ALL.len(), "every standing has its sum");
}

#[test]
fn what_comes_back_is_reckoned_by_the_program_that_the_tenant_shows() {
    // Told to be a trial, which nobody has paid for, it is a purchase whose seven days still run.
    check(
        "offer SPB at 200.00 EUR
         == Ash
         line SPB 25 seats until 2027-10-31 trial P1Y at 264.00 EUR renews since 2026-11-01
         tenant holds SPB 25 seats until 2027-10-31",
        &[lines],
        expect![[r#"
            Ash: 25 SPB PLANNED BUY_NOW, 25 on 2026-11-02, 1 days twice, cost 13.70 EUR, first term 5000.00 EUR, given back 6563.84 EUR, lost 0.00 EUR; the old one until 2026-11-02 [PROGRAM_CONFLICT NO_GRACE CHEAPER_NOW]
        "#]],
    );
}
