//! The forecast of a portfolio.

use super::value::{count, day, instant, long, money};
use crate::name::Names;
use crate::users::UsersOf;
use carryover_api::v1;
use carryover_domain::finding::Finding;
use carryover_domain::forecast::{ActBy, Day, Forecast, LineForecast, Miss, PoolAt, PoolForecast, Sums, Unread};
use carryover_domain::route::Course;
use carryover_domain::value::{Currency, Money};
use rust_decimal::Decimal;

/// The forecast, whose sentences name none of `users`; with its lines where `full`.
pub(crate) fn forecast(names: &Names, users: &UsersOf, forecast: &Forecast, full: bool) -> v1::Forecast {
    let Forecast {
        made_at,
        lines,
        days,
        actions,
        misses,
        pools,
        calls,
        calls_by_day: _,
        calls_by_course: _,
        calls_shared: _,
        earliest_finish,
        totals,
        unread,
    } = forecast;
    let unread_customer =
        |Unread { who, why }: &Unread| v1::UnreadCustomer { customer: names.customer(who.tenant), text: why.clone() };
    let standing = |(standing, of): (&carryover_domain::forecast::Standing, &carryover_domain::forecast::Count)| {
        v1::StandingCount {
            standing: standing.word().to_owned(),
            line_count: count(of.lines),
            seat_count: long(of.seats),
        }
    };
    v1::Forecast {
        make_time: Some(instant(*made_at)),
        earliest_finish_time: earliest_finish.map(instant),
        customer_count: count(totals.customers),
        standings: totals.standings.iter().map(standing).collect(),
        money: totals.money.iter().map(|(currency, of)| sums(*currency, *of)).collect(),
        unpriced_line_count: count(totals.without_price),
        overlap_seat_day_count: long(totals.overlap_seat_days),
        days: days.iter().map(of_day).collect(),
        actions: actions.iter().map(|of| action(names, users, of)).collect(),
        misses: misses.iter().map(|of| miss(names, users, of)).collect(),
        request_count: long(calls.total()),
        unread_customers: unread.iter().map(unread_customer).collect(),
        lines: if full { lines.iter().map(|of| line(names, of)).collect() } else { Vec::new() },
        pools: if full { pools.iter().map(|of| pool(names, of)).collect() } else { Vec::new() },
    }
}

fn sums(currency: Currency, sums: Sums) -> v1::ForecastMoney {
    let Sums { first_term, overlap_cost, refund, lost_value, saving } = sums;
    let of = |amount: Decimal| Some(money(Money { amount, currency }));
    v1::ForecastMoney {
        first_term: of(first_term),
        overlap_cost: of(overlap_cost),
        refund: of(refund),
        lost_value: of(lost_value),
        saving: of(saving),
    }
}

fn of_day(of: &Day) -> v1::ForecastDay {
    let Day { date, bought, first_term: _, ending, twice, twice_cost: _, acting } = of;
    v1::ForecastDay {
        date: Some(day(*date)),
        bought_line_count: count(bought.lines),
        bought_seat_count: long(bought.seats),
        ending_line_count: count(ending.lines),
        ending_seat_count: long(ending.seats),
        overlap_line_count: count(twice.lines),
        overlap_seat_count: long(twice.seats),
        acting_customer_count: count(*acting),
    }
}

fn action(names: &Names, users: &UsersOf, of: &ActBy) -> v1::ForecastAction {
    let ActBy { code, text, remedy: _, actor, due, who, line } = of;
    v1::ForecastAction {
        code: (*code).to_owned(),
        text: users.unnamed(who.tenant, text),
        actor: actor.to_string(),
        due_time: due.map(instant),
        customer: names.customer(who.tenant),
        line: line.map(|line| names.line(who.tenant, line)).unwrap_or_default(),
    }
}

fn miss(names: &Names, users: &UsersOf, of: &Miss) -> v1::ForecastMiss {
    let Miss { code, text, who, line, day: date } = of;
    v1::ForecastMiss {
        code: (*code).to_owned(),
        text: users.unnamed(who.tenant, text),
        date: date.map(day),
        customer: names.customer(who.tenant),
        line: line.map(|line| names.line(who.tenant, line)).unwrap_or_default(),
    }
}

fn line(names: &Names, of: &LineForecast) -> v1::ForecastLine {
    v1::ForecastLine {
        line: names.line(of.who.tenant, of.line),
        product: of.title.clone(),
        standing: of.standing.word().to_owned(),
        route: of.course.map(Course::word).unwrap_or_default().to_owned(),
        seat_count: count(of.seats),
        offer: of.offer.as_ref().map(ToString::to_string).unwrap_or_default(),
        new_seat_count: count(of.new_seats.unwrap_or_default()),
        start_date: of.day.map(day),
        old_end_date: of.old_end.map(day),
        overlap_day_count: count(of.overlap_days),
        overlap_cost: of.overlap_cost.map(money),
        first_term: of.first_term.map(money),
        finding_codes: codes(&of.findings),
        old_end_time: of.ends.map(instant),
        saved_seat_count: of.saved_seats.map(count),
        swap_user_count: count(of.swaps),
    }
}

fn pool(names: &Names, of: &PoolForecast) -> v1::ForecastPool {
    let PoolForecast { who, sku, instants } = of;
    let at = |of: &PoolAt| {
        let PoolAt { at, held, needed } = of;
        v1::ForecastPoolInstant { time: Some(instant(*at)), held_count: long(*held), needed_count: long(*needed) }
    };
    v1::ForecastPool {
        customer: names.customer(who.tenant),
        sku_id: sku.to_string(),
        instants: instants.iter().map(at).collect(),
    }
}

/// The codes of `findings`, in their order, each once.
fn codes(findings: &[Finding]) -> Vec<String> {
    let mut codes: Vec<String> = Vec::new();
    for finding in findings {
        if codes.iter().all(|code| code != finding.code()) {
            codes.push(finding.code().to_owned());
        }
    }
    codes
}
