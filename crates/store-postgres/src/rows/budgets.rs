//! The statements about budgets, and how a budget stands in its row.

use super::{all, count, integer, text, value};
use crate::fault::Trouble;
use carryover_domain::ids::TenantId;
use carryover_pacing::{Bucket, Level};
use carryover_ports::Draw;
use jiff::Timestamp;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Client, Row};
use uuid::Uuid;

/// A budget with the version that it was read at; 0 for one that nobody has drawn on.
#[derive(Debug, Clone)]
pub(crate) struct Versioned {
    pub(crate) version: u64,
    pub(crate) bucket: Bucket,
}

/// The budgets of `draws`, in their order, and the server's time.
pub(crate) async fn read(client: &Client, draws: &[Draw]) -> Result<(Timestamp, Vec<Versioned>), Trouble> {
    let (partners, names, customers) = keys(draws);
    let rows = all(
        client,
        "SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"'), b.version,
             b.pace, b.seen, b.cut, b.grown, b.taken_until, b.closed_until, b.closed, b.slots, b.costs, b.refused, b.refused_at
         FROM unnest($1, $2, $3) WITH ORDINALITY AS asked (partner, name, customer, n)
         LEFT JOIN carryover.budgets b USING (partner, name, customer) ORDER BY n",
        &[(&partners, Type::UUID_ARRAY), (&names, Type::TEXT_ARRAY), (&customers, Type::UUID_ARRAY)],
        |row| {
            let now: Timestamp = value::<&str>(row, 0)?.parse().ok()?;
            match value::<Option<i64>>(row, 1)? {
                None => Some((now, None)),
                Some(_) => Some((now, Some((count(row, 1)?, level(row)?)))),
            }
        },
    )
    .await?;
    // One statement has one row for each draw; the time of the first is before that of the others by nothing that matters.
    let now = rows.first().map_or(Timestamp::UNIX_EPOCH, |(now, _)| *now);
    let budgets = draws.iter().zip(rows).map(|(draw, (_, row))| match row {
        None => Versioned { version: 0, bucket: Bucket::new(draw.allowed, draw.per, now) },
        Some((version, level)) => Versioned { version, bucket: Bucket::at(draw.allowed, draw.per, level) },
    });
    Ok((now, budgets.collect()))
}

/// Writes `budgets` where all of them are still as they were read.
///
/// # Errors
/// [`Trouble::Clash`] where somebody else was faster.
pub(crate) async fn write(client: &Client, draws: &[Draw], budgets: &[Versioned]) -> Result<(), Trouble> {
    let (partners, names, customers) = keys(draws);
    let levels: Vec<Level> = budgets.iter().map(|versioned| versioned.bucket.level()).collect();
    let mut rows: Vec<String> = Vec::new();
    let mut values: Vec<(Box<dyn ToSql + Sync + Send>, Type)> = Vec::new();
    for (index, (versioned, level)) in budgets.iter().zip(levels).enumerate() {
        let Level { pace, seen, cut, grown, taken_until, closed_until, closed, leaving, refused } = level;
        let (slots, costs): (Vec<i64>, Vec<i64>) =
            leaving.into_iter().map(|(slot, cost)| (slot, i64::from(cost))).unzip();
        let (whose, when) = refused.map(|(customer, at)| (customer.as_uuid(), text(at))).unzip();
        let first = values.len();
        let row: [(Box<dyn ToSql + Sync + Send>, Type); 15] = [
            (Box::new(partners[index]), Type::UUID),
            (Box::new(names[index]), Type::TEXT),
            (Box::new(customers[index]), Type::UUID),
            (Box::new(integer(versioned.version)), Type::INT8),
            (Box::new(pace), Type::FLOAT8),
            (Box::new(seen), Type::FLOAT8),
            (Box::new(cut.map(text)), Type::TEXT),
            (Box::new(text(grown)), Type::TEXT),
            (Box::new(text(taken_until)), Type::TEXT),
            (Box::new(text(closed_until)), Type::TEXT),
            (Box::new(integer(closed)), Type::INT8),
            (Box::new(slots), Type::INT8_ARRAY),
            (Box::new(costs), Type::INT8_ARRAY),
            (Box::new(whose), Type::UUID),
            (Box::new(when), Type::TEXT),
        ];
        values.extend(row);
        let places: Vec<String> = (first + 1..=first + 15).map(|place| format!("${place}")).collect();
        rows.push(format!("carryover.put_budget(ROW({}, NULL)::carryover.budgets)", places.join(", ")));
    }
    let parameters: Vec<(&(dyn ToSql + Sync), Type)> =
        values.iter().map(|(value, kind)| (&**value as &(dyn ToSql + Sync), kind.clone())).collect();
    let sql = format!("SELECT {}", rows.join(", "));
    client.query_typed(&sql, &parameters).await.map(drop).map_err(|error| Trouble::of(&error))
}

/// Removes what nobody has drawn on for a day.
pub(crate) async fn tidy(client: &Client) -> Result<(), Trouble> {
    let sql = "DELETE FROM carryover.budgets WHERE touched < clock_timestamp() - interval '1 day'";
    client.query_typed(sql, &[]).await.map(drop).map_err(|error| Trouble::of(&error))
}

fn keys(draws: &[Draw]) -> (Vec<Uuid>, Vec<&'static str>, Vec<Uuid>) {
    let partners = draws.iter().map(|draw| draw.key.partner.as_uuid()).collect();
    let names = draws.iter().map(|draw| draw.key.name).collect();
    let customers =
        draws.iter().map(|draw| draw.key.customer.map_or(Uuid::nil(), |customer| customer.as_uuid())).collect();
    (partners, names, customers)
}

fn level(row: &Row) -> Option<Level> {
    let instant = |column: usize| value::<&str>(row, column)?.parse::<Timestamp>().ok();
    let slots: Vec<i64> = value(row, 9)?;
    let costs: Vec<i64> = value(row, 10)?;
    let costs = costs.into_iter().map(|cost| u32::try_from(cost).ok());
    let leaving = slots.into_iter().zip(costs).map(|(slot, cost)| Some((slot, cost?))).collect::<Option<_>>()?;
    let refused = match value::<Option<Uuid>>(row, 11)? {
        Some(customer) => Some((TenantId::new(customer), instant(12)?)),
        None => None,
    };
    Some(Level {
        pace: value(row, 2)?,
        seen: value(row, 3)?,
        cut: super::instant_or_none(row, 4)?,
        grown: instant(5)?,
        taken_until: instant(6)?,
        closed_until: instant(7)?,
        closed: count(row, 8)?,
        leaving,
        refused,
    })
}
