//! `carryover pause` and `carryover resume`: halt everything for customers, and let it go on.

use crate::cli::{Format, WhichOrAllBy};
use crate::failure::{Ending, Failure};
use crate::wiring::Office;
use crate::{find, output};
use serde_json::json;

pub(super) async fn pause(office: &Office, wish: &WhichOrAllBy, format: Format) -> Result<Ending, Failure> {
    each(office, wish, true, format).await
}

pub(super) async fn resume(office: &Office, wish: &WhichOrAllBy, format: Format) -> Result<Ending, Failure> {
    each(office, wish, false, format).await
}

async fn each(office: &Office, wish: &WhichOrAllBy, halt: bool, format: Format) -> Result<Ending, Failure> {
    let by = super::who(wish.by.as_deref());
    let customers = find::chosen(&office.desk, &*office.store, &wish.which).await?;
    for known in &customers {
        let id = known.migration.id;
        if halt {
            office.desk.pause(id, &by).await?
        } else {
            office.desk.resume(id, &by).await?
        };
    }
    let word = if halt { "paused" } else { "resumed" };
    output::result(
        format,
        || format!("{} customers {word} by {by}", customers.len()),
        || json!({ word: customers.iter().map(|known| known.migration.customer.domain.clone()).collect::<Vec<_>>() }),
    );
    Ok(Ending::Done)
}
