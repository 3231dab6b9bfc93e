//! The forecast for machines, whole. Amounts are given twice: rounded to be shown, and exact to be added up.

use carryover_domain::forecast::{
    ActBy, Amounts, Calls, Count, Cover, Day, Forecast, LineForecast, Miss, PoolAt, PoolForecast, Sums, Totals, Unread,
    Who,
};
use carryover_domain::route::Course;
use carryover_domain::value::{Currency, Money};
use jiff::Timestamp;
use jiff::civil::Date;
use rust_decimal::Decimal;
use serde_json::{Map, Value, json};

/// Everything that the forecast holds.
pub(in crate::commands) fn forecast(forecast: &Forecast) -> Value {
    let cover = forecast.cover();
    let Forecast {
        made_at,
        lines,
        days,
        actions,
        misses,
        pools,
        calls: requests,
        calls_by_day,
        calls_by_course,
        calls_shared,
        earliest_finish,
        totals: sums,
        unread,
    } = forecast;
    let of_day = |(day, of): (&Date, &Calls)| json!({ "day": day.to_string(), "calls": calls(*of) });
    let of_course = |(course, of): (&Course, &Calls)| json!({ "route": course.word(), "calls": calls(*of) });
    json!({
        "made_at": made_at.to_string(),
        "earliest_finish": earliest_finish.map(|at| at.to_string()),
        "calls": calls(*requests),
        "calls_by_day": calls_by_day.iter().map(of_day).collect::<Vec<_>>(),
        "calls_by_route": calls_by_course.iter().map(of_course).collect::<Vec<_>>(),
        "calls_shared": calls(*calls_shared),
        "cover": cover.iter().map(seats).collect::<Vec<_>>(),
        "pools": pools.iter().map(pool).collect::<Vec<_>>(),
        "totals": totals(sums),
        "days": days.iter().map(day).collect::<Vec<_>>(),
        "actions": actions.iter().map(action).collect::<Vec<_>>(),
        "misses": misses.iter().map(miss).collect::<Vec<_>>(),
        "unread": unread.iter().map(|Unread { who: of, why }| who(of, json!({ "why": why }))).collect::<Vec<_>>(),
        "lines": lines.iter().map(line).collect::<Vec<_>>(),
    })
}

fn who(who: &Who, more: Value) -> Value {
    let Who { domain, tenant, name, country } = who;
    let mut object = json!({
        "tenant_id": tenant.to_string(), "domain": domain, "name": name, "country": country.as_str(),
    });
    if let (Some(object), Value::Object(more)) = (object.as_object_mut(), more) {
        object.extend(more);
    }
    object
}

fn money(of: Money) -> Value {
    let exact = of.amount.normalize().to_string();
    json!({ "amount": of.rounded().amount.to_string(), "currency": of.currency.as_str(), "exact": exact })
}

fn amounts(amounts: &Amounts) -> Value {
    amounts.iter().map(money).collect()
}

fn count(count: Count) -> Value {
    let Count { lines, seats } = count;
    json!({ "lines": lines, "seats": seats })
}

fn calls(calls: Calls) -> Value {
    let Calls { numbered, unnumbered, reads, units, swaps, batches, sign_ins } = calls;
    json!({
        "total": calls.total(), "partner_center_with_budget": numbered, "without_budget": unnumbered,
        "graph_reads": reads, "graph_read_units": units, "graph_swaps": swaps,
        "graph_swap_batches": batches, "sign_ins": sign_ins,
    })
}

fn totals(totals: &Totals) -> Value {
    let Totals { customers, standings, replaced, overlap_seat_days, saved, money, without_price, by_old_price } =
        totals;
    let standings: Map<String, Value> =
        standings.iter().map(|(standing, of)| (standing.word().to_lowercase(), count(*of))).collect();
    json!({
        "customers": customers, "standings": standings, "replaced": count(*replaced),
        "overlap_seat_days": overlap_seat_days, "saved": count(*saved),
        "money": money.iter().map(|(currency, of)| sums(*currency, of)).collect::<Vec<_>>(),
        "without_price": without_price, "by_old_price": by_old_price,
    })
}

fn sums(currency: Currency, sums: &Sums) -> Value {
    let of = |amount: Decimal| money(Money { amount, currency });
    let Sums { first_term, overlap_cost, refund, lost_value, saving } = *sums;
    json!({
        "currency": currency.as_str(), "first_term": of(first_term), "overlap_cost": of(overlap_cost),
        "refund": of(refund), "lost_value": of(lost_value), "saving": of(saving),
    })
}

fn day(day: &Day) -> Value {
    let Day { date, bought, first_term, ending, twice, twice_cost, acting } = day;
    json!({
        "day": date.to_string(), "bought": count(*bought), "first_term": amounts(first_term), "ending": count(*ending),
        "paid_twice": count(*twice), "paid_twice_cost": amounts(twice_cost), "customers_acting": acting,
    })
}

fn seats(cover: &Cover) -> Value {
    let Cover { from, old, twice, new } = cover;
    json!({ "from": from.to_string(), "old_seats": old, "paid_twice_seats": twice, "new_seats": new })
}

fn pool(pool: &PoolForecast) -> Value {
    let PoolForecast { who: of, sku, instants } = pool;
    let instant = |now: &PoolAt| {
        let PoolAt { at, held, needed } = now;
        json!({ "at": at.to_string(), "held": held, "needed": needed, "short": now.short() })
    };
    let more = json!({ "sku_id": sku.to_string(), "instants": instants.iter().map(instant).collect::<Vec<_>>() });
    who(of, more)
}

fn action(action: &ActBy) -> Value {
    let ActBy { code, text, remedy, actor, due, who: of, line } = action;
    let more = json!({
        "code": code, "text": text, "remedy": remedy, "who_acts": actor.to_string(), "due": instant(*due),
        "due_day": date(action.due_day()), "line": line.map(|line| line.to_string()),
    });
    who(of, more)
}

fn miss(miss: &Miss) -> Value {
    let Miss { code, text, who: of, line, day } = miss;
    let more = json!({ "code": code, "text": text, "line": line.map(|line| line.to_string()), "day": date(*day) });
    who(of, more)
}

fn line(line: &LineForecast) -> Value {
    let requests = line.calls();
    let LineForecast {
        who: of,
        line,
        beside,
        title,
        program,
        standing,
        course,
        advised,
        old_sku,
        seats,
        offer,
        new_sku,
        new_seats,
        day,
        new_end,
        opens,
        bought,
        resold: _,
        unseen: _,
        old_end,
        ends,
        over: _,
        overlap_days,
        overlap_cost,
        price,
        first_term,
        first_invoice,
        refund,
        lost_value,
        saved_seats,
        saving,
        swaps,
        pauses: _,
        late: _,
        findings,
        calls_to_buy: _,
        calls_to_close: _,
        finish,
    } = line;
    let more = json!({
        "line": line.to_string(), "beside": beside.map(|line| line.to_string()), "product": title, "program": program.word(), "standing": standing.word(),
        "route": course.map(Course::word), "advised": advised.map(Course::word),
        "sku_id": old_sku.to_string(), "seats": seats, "offer": offer.as_ref().map(ToString::to_string),
        "new_sku_id": new_sku.map(|sku| sku.to_string()), "new_seats": new_seats, "day": date(*day),
        "new_end": date(*new_end),
        "opens": instant(*opens), "bought": bought, "old_end": date(*old_end), "ends": instant(*ends),
        "overlap_days": overlap_days, "overlap_cost": overlap_cost.map(money),
        "price_per_seat": price.map(|(price, _)| money(price)), "priced_by": price.map(|(_, by)| by.word()),
        "first_term": first_term.map(money), "first_invoice": first_invoice.map(money), "refund": refund.map(money), "lost_value": lost_value.map(money),
        "saved_seats": saved_seats, "saving": saving.map(money), "swaps": swaps, "findings": findings.iter().map(super::super::finding).collect::<Vec<_>>(),
        "calls": calls(requests), "finish": instant(*finish),
    });
    who(of, more)
}

fn date(day: Option<Date>) -> Option<String> {
    day.map(|day| day.to_string())
}

fn instant(at: Option<Timestamp>) -> Option<String> {
    at.map(|at| at.to_string())
}
