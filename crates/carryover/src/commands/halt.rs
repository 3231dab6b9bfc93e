//! `carryover pause` and `carryover resume`: halt everything for customers, and let it go on.

use crate::cli::{Format, WhichOrAllBy};
use crate::failure::{Ending, Failure};
use crate::place::Place;
use crate::render::count;
use crate::{find, output};
use serde_json::json;

pub(super) async fn pause(place: &dyn Place, wish: &WhichOrAllBy, format: Format) -> Result<Ending, Failure> {
    each(place, wish, true, format).await
}

pub(super) async fn resume(place: &dyn Place, wish: &WhichOrAllBy, format: Format) -> Result<Ending, Failure> {
    each(place, wish, false, format).await
}

async fn each(place: &dyn Place, wish: &WhichOrAllBy, halt: bool, format: Format) -> Result<Ending, Failure> {
    let by = place.who(wish.by.as_deref())?;
    let customers = find::chosen(place, &wish.which).await?;
    let before = customers.iter().filter(|known| known.migration.paused == halt).count();
    for known in &customers {
        place.halt(known, halt, &by).await?;
    }
    let (word, already) = if halt { ("paused", "paused already") } else { ("resumed", "not paused before") };
    let already = match before {
        0 => String::new(),
        before => format!(" ({before} {already})"),
    };
    output::result(
        format,
        || format!("{} {word} by {by}{already}", count(customers.len(), "customer", "customers")),
        || json!({ word: customers.iter().map(|known| known.migration.customer.domain.clone()).collect::<Vec<_>>() }),
    );
    Ok(Ending::Done)
}
