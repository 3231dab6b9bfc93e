//! `carryover policy`: what one customer is planned by, and planning it otherwise than the settings say.

use crate::cli::{Format, PolicyArgs};
use crate::failure::{Ending, Failure};
use crate::place::Place;
use crate::{find, output};
use carryover_domain::policy::{NoWish, OwnPolicy};
use carryover_engine::Known;
use serde_json::{Map, Value, json};

pub(super) async fn run(place: &dyn Place, wish: &PolicyArgs, format: Format) -> Result<Ending, Failure> {
    let found = find::named(place, std::slice::from_ref(&wish.id)).await?;
    let [before] = &found[..] else { return Err(Failure::input("one customer is expected")) };
    let own = wished(before.migration.own, wish).map_err(|error| Failure::input(error.to_string()))?;
    let changed = own != before.migration.own;
    let known = match changed {
        true => place.wish(before, own, &place.who(wish.by.as_deref())?).await?,
        false => before.clone(),
    };
    output::result(format, || sentences(place, &known, changed), || object(place, &known, changed));
    Ok(Ending::Done)
}

/// The wishes of `own`, as `wish` changes them.
fn wished(own: OwnPolicy, wish: &PolicyArgs) -> Result<OwnPolicy, NoWish> {
    let cleared = wish.clear.iter().map(|key| (key, None));
    let set = wish.set.iter().map(|(key, value)| (key, Some(value.as_str())));
    cleared.chain(set).try_fold(own, |own, (key, value)| own.with(key, value))
}

/// Every wish that there can be: its name, what counts, and whether it is the customer's own.
fn rows(place: &dyn Place, known: &Known) -> Vec<(&'static str, String, bool)> {
    let own = known.migration.own;
    let is_own = |key: &str| own.said().iter().any(|(own, _)| *own == key);
    let said = place.policy().wanted(&own).said();
    said.into_iter().map(|(key, value)| (key, value, is_own(key))).collect()
}

fn sentences(place: &dyn Place, known: &Known, changed: bool) -> String {
    let domain = &known.migration.customer.domain;
    let mut text = vec![format!("{domain} is planned by:")];
    for (key, value, own) in rows(place, known) {
        text.push(format!("  {key:<20} {value:<14} {}", if own { "its own" } else { "the settings" }));
    }
    text.push("billing that the portfolio file has for a line goes before that".to_owned());
    if changed {
        text.push(format!("plans that were made stand; `carryover plan {domain}` plans by this, for you to approve"));
    }
    text.join("\n")
}

fn object(place: &dyn Place, known: &Known, changed: bool) -> Value {
    let rows = rows(place, known).into_iter();
    let policy: Map<String, Value> =
        rows.map(|(key, value, own)| (key.to_owned(), json!({ "value": value, "own": own }))).collect();
    json!({ "customer": known.migration.customer.domain, "policy": policy, "changed": changed })
}
