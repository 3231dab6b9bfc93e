//! Totals are the sums of their lines, and no customer changes another.

use crate::told::{forecast, portfolio, prospect};
use carryover_domain::forecast::{Amounts, Calls, Forecast, LineForecast, PricedBy, Standing};
use carryover_domain::time::utc_day;
use carryover_domain::value::Money;
use proptest::prelude::*;
use std::collections::BTreeSet;

/// A line in the words of a scene.
fn line() -> impl Strategy<Value = String> {
    let product = prop_oneof![Just("SPB"), Just("E3"), Just("VISIO")];
    let program =
        prop_oneof![Just("open"), Just("direct_mca renews"), Just("direct_mosa renews"), Just("ea"), Just("trial")];
    let price = prop_oneof![
        Just(String::new()),
        (1_u32..90_000).prop_map(|cents| format!("P1Y at {}.{:02} EUR", cents / 100, cents % 100)),
        (1_u32..90_000).prop_map(|yen| format!("P1Y at {yen} JPY")),
    ];
    let end =
        prop_oneof![4 => (1_u32..29).prop_map(|day| format!("2026-12-{day:02}")), 1 => Just("unknown".to_owned())];
    let wants = prop_oneof![3 => Just(""), 1 => Just("wants E3")];
    (product, 1_u32..500, end, program, price, wants).prop_map(|(product, seats, end, program, price, wants)| {
        format!("line {product} {seats} seats until {end} {program} {price} {wants}")
    })
}

fn customers() -> impl Strategy<Value = Vec<String>> {
    let customer = (proptest::collection::vec(line(), 1..4), 0_u32..500)
        .prop_map(|(lines, used)| format!("in use SPB {used}\n{}", lines.join("\n")));
    proptest::collection::vec(customer, 1..6)
}

fn written(customers: &[String]) -> String {
    let offers = "offer SPB at 250.00 EUR\noffer E3\n";
    customers
        .iter()
        .zip('A'..)
        .fold(offers.to_owned(), |text, (customer, name)| format!("{text}== {name}\n{customer}\n"))
}

fn sum(lines: &[LineForecast], of: impl Fn(&LineForecast) -> Option<Money>) -> Amounts {
    lines.iter().filter_map(of).collect()
}

fn assert_adds_up(forecast: &Forecast) {
    let Forecast { lines, days, totals, .. } = forecast;
    for (currency, sums) in &totals.money {
        let total = |of: &dyn Fn(&LineForecast) -> Option<Money>| sum(lines, of).get(*currency).amount;
        assert_eq!(sums.first_term, total(&|line| line.first_term));
        assert_eq!(sums.overlap_cost, total(&|line| line.overlap_cost));
        assert_eq!(sums.refund, total(&|line| line.refund));
        assert_eq!(sums.lost_value, total(&|line| line.lost_value));
        assert_eq!(sums.saving, total(&|line| line.saving));
        let by_day = |of: fn(&carryover_domain::forecast::Day) -> &Amounts| {
            let mut sum = Amounts::default();
            days.iter().for_each(|day| sum.add_all(of(day)));
            sum.get(*currency).rounded()
        };
        let money = |amount| Money { amount, currency: *currency }.rounded();
        assert_eq!(by_day(|day| &day.twice_cost), money(sums.overlap_cost), "days of double payment");
        assert_eq!(by_day(|day| &day.first_term), money(sums.first_term), "days of purchase");
    }
    let all: usize = totals.standings.values().map(|count| count.lines).sum();
    assert_eq!(all, lines.len());
    let bought: usize = days.iter().map(|day| day.bought.lines).sum();
    let seats: u64 = days.iter().map(|day| day.bought.seats).sum();
    assert_eq!((bought, seats), (totals.replaced.lines, totals.replaced.seats));
    let seat_days: u64 = days.iter().map(|day| day.twice.seats).sum();
    assert_eq!(seat_days, totals.overlap_seat_days);
    let ending: usize = days.iter().map(|day| day.ending.lines).sum();
    let ends = |line: &&LineForecast| line.old_end.is_some() && line.standing != Standing::NothingToDo;
    assert_eq!(ending, lines.iter().filter(ends).count());
    let priced = lines.iter().filter(|line| line.new_seats.is_some() && line.price.is_some()).count();
    assert_eq!(priced + totals.without_price, totals.replaced.lines);
    let saved = lines.iter().filter_map(|line| line.saved_seats).filter(|seats| *seats > 0);
    assert_eq!((totals.saved.lines, totals.saved.seats), (saved.clone().count(), saved.map(u64::from).sum()));
    let by_old_price =
        |line: &&LineForecast| line.new_seats.is_some() && matches!(line.price, Some((_, PricedBy::OldSubscription)));
    assert_eq!(totals.by_old_price, lines.iter().filter(by_old_price).count());
    assert_eq!(totals.customers, distinct(lines.iter().map(|line| line.who.tenant)));
    assert_calls_add_up(forecast);
}

fn distinct<T: Ord>(all: impl Iterator<Item = T>) -> usize {
    all.collect::<BTreeSet<_>>().len()
}

/// The requests of the lines that are open, and once more for what lines to be bought share: the items of a country, the SKUs of
/// a product, products and promotions of a country, the agreement of a customer, the sign-in of a day, and the first look at a
/// tenant, two requests.
fn assert_calls_add_up(forecast: &Forecast) {
    let open = |line: &&LineForecast| matches!(line.standing, Standing::Planned | Standing::UnderWay);
    let open: Vec<&LineForecast> = forecast.lines.iter().filter(open).collect();
    let to_buy: Vec<&LineForecast> = open.iter().filter(|line| !line.bought).copied().collect();
    let of_lines: Calls = open.iter().flat_map(|line| [line.calls_to_buy, line.calls_to_close]).sum();
    let items = distinct(to_buy.iter().map(|line| (line.who.country, line.offer.clone())));
    let buyers = distinct(to_buy.iter().map(|line| line.who.tenant));
    let days = distinct(to_buy.iter().map(|line| line.opens.map(utc_day)));
    let mut calls = of_lines;
    let products =
        distinct(to_buy.iter().filter_map(|line| line.offer.as_ref()).map(|offer| offer.product().to_owned()));
    let countries = distinct(to_buy.iter().map(|line| line.who.country));
    let unseen = distinct(to_buy.iter().filter(|line| line.unseen).map(|line| line.who.tenant));
    calls.unnumbered += (items + buyers + products + 2 * countries) as u64;
    calls.sign_ins += (days + unseen) as u64;
    (calls.reads, calls.units) = (calls.reads + unseen as u64, calls.units + 4 * unseen as u64);
    assert_eq!(forecast.calls, calls);
    let shared = [forecast.calls_shared];
    assert_eq!(forecast.calls, forecast.calls_by_day.values().chain(&shared).copied().sum(), "by day");
    assert_eq!(forecast.calls, forecast.calls_by_course.values().chain(&shared).copied().sum(), "by route");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn totals_are_the_sums_of_their_lines(customers in customers()) {
        assert_adds_up(&forecast(&written(&customers)));
    }

    #[test]
    fn one_more_customer_changes_no_other_one(customers in customers()) {
        let all = forecast(&format!("at most 1 customers a day\n{}", written(&customers)));
        let fewer = forecast(&format!("at most 1 customers a day\n{}", written(&customers[..1])));
        let of_first: Vec<_> = all.lines.iter().filter(|line| line.who.name == "A").cloned().collect();
        prop_assert_eq!(of_first, fewer.lines);
        let of_first: Vec<_> = all.actions.iter().filter(|act| act.who.name == "A").cloned().collect();
        prop_assert_eq!(of_first, fewer.actions);
    }

    #[test]
    fn the_order_of_customers_does_not_matter(customers in customers()) {
        let (scenes, policy) = portfolio(&written(&customers));
        let forth = Forecast::of(scenes.iter().map(prospect), [], &policy, scenes[0].now);
        let back = Forecast::of(scenes.iter().rev().map(prospect), [], &policy, scenes[0].now);
        prop_assert_eq!(forth, back);
    }
}
