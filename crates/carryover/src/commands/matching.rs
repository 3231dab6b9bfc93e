//! `carryover match`: which offers can take the place of each old subscription, best first. Reads only; records nothing.

use crate::cli::{Format, Which};
use crate::failure::{Ending, Failure};
use crate::wiring::Office;
use crate::{find, output};
use carryover_domain::facts::Facts;
use carryover_domain::ids::SkuId;
use carryover_domain::portfolio::SourceLine;
use carryover_domain::product::families::Family;
use carryover_domain::product::matching::{Match, Outcome, Relation, matches, outcome};
use carryover_domain::product::table::Products;
use carryover_engine::Known;
use serde_json::{Value, json};

pub(super) async fn run(office: &Office, which: &Which, format: Format) -> Result<Ending, Failure> {
    let (engine, _) = office.line()?;
    let mut looked: Vec<(Known, Facts)> = Vec::new();
    let mut unread = Vec::new();
    let mut patience = super::Patience::default();
    for known in find::named(&office.desk, &*office.store, &which.ids).await? {
        match engine.look(known.migration.id).await {
            Ok(seen) => {
                patience.answered();
                looked.push(seen);
            }
            Err(error) => unread.push((known, patience.failed(error)?)),
        }
    }
    patience.end(&mut unread)?;
    output::result(
        format,
        || {
            let mut text: Vec<String> = looked.iter().flat_map(|(known, facts)| sentences(known, facts)).collect();
            text.extend(
                unread.iter().map(|(known, why)| format!("{}: not read: {why}", known.migration.customer.domain)),
            );
            text.push("another offer than the first is bought where target_sku names it".to_owned());
            text.join("\n")
        },
        || {
            json!({
                "customers": looked.iter().map(|(known, facts)| object(known, facts)).collect::<Vec<_>>(),
                "unreadable": unread.iter()
                    .map(|(known, why)| json!({ "domain": known.migration.customer.domain, "why": why.to_string() }))
                    .collect::<Vec<_>>(),
            })
        },
    );
    Ok(if unread.is_empty() { Ending::Done } else { Ending::Failed })
}

/// The old subscriptions of a customer, each with what can take its place.
fn each<'a, T>(
    known: &'a Known,
    facts: &'a Facts,
    mut show: impl FnMut(&'a SourceLine, Vec<Match<'a>>, &Products<'a>) -> T,
) -> Vec<T> {
    let products = Products::new(facts.tenancy.as_ref().map(|seen| &seen.value), facts.products.as_deref());
    let lines = known.migration.lines.values().map(|line| &line.source);
    lines.map(|source| show(source, matches(source, &facts.offers.value, &products), &products)).collect()
}

fn sentences(known: &Known, facts: &Facts) -> Vec<String> {
    let customer = &known.migration.customer;
    let mut text = vec![format!("{} ({})", customer.name, customer.domain)];
    text.extend(each(known, facts, |source, found, products| {
        let mut text = vec![format!("  {}, {}", source.title(), source.sku)];
        match outcome(&found) {
            Outcome::Purchasable => {}
            Outcome::Discontinued => {
                text.push("    nothing of this can be bought any more in the customer's country".to_owned())
            }
            Outcome::None => text.push("    the catalogue of the customer's country has nothing for it".to_owned()),
        }
        text.extend(found.iter().zip(1..).map(|(one, n)| {
            let sold = if one.purchasable { "" } else { ", not for sale" };
            let beside = beside(&one.companions, products);
            let difference = match &one.difference {
                Some(difference) => difference.to_string(),
                None => "what is in it is not known".to_owned(),
            };
            format!(
                "    {n}. {} {} ({}, {}{sold}){beside}: {difference}",
                one.offer.id,
                one.offer.title,
                word(one.relation),
                one.rule
            )
        }));
        text.join("\n")
    }));
    text
}

fn beside(companions: &[SkuId], products: &Products<'_>) -> String {
    let names: Vec<String> = companions
        .iter()
        .map(|sku| products.name_of(*sku).map_or_else(|| sku.to_string(), ToOwned::to_owned))
        .collect();
    if names.is_empty() { String::new() } else { format!(", with {}", names.join(" and ")) }
}

fn word(relation: Relation) -> &'static str {
    match relation {
        Relation::Wanted => "wanted",
        Relation::SameSku => "the same licence",
        Relation::Equivalent { .. } => "equivalent",
    }
}

fn object(known: &Known, facts: &Facts) -> Value {
    let families = |families: &std::collections::BTreeSet<Family>| -> Vec<&str> {
        families.iter().map(|family| family.name()).collect()
    };
    let one = |one: &Match<'_>| {
        json!({
            "offer": one.offer.id.to_string(), "title": one.offer.title, "sku_id": one.offer.sku.to_string(),
            "relation": word(one.relation), "rule": one.rule, "purchasable": one.purchasable,
            "companions": one.companions.iter().map(ToString::to_string).collect::<Vec<_>>(),
            "difference": one.difference.as_ref().map(|difference| json!({
                "severity": difference.severity.word(), "lost": families(&difference.lost),
                "downgraded": families(&difference.downgraded), "upgraded": families(&difference.upgraded),
                "gained": families(&difference.gained),
            })),
        })
    };
    let lines = each(known, facts, |source, found, _| {
        json!({
            "line": source.id.to_string(), "product": source.title(), "sku_id": source.sku.to_string(),
            "outcome": match outcome(&found) {
                Outcome::Purchasable => "purchasable",
                Outcome::Discontinued => "discontinued",
                Outcome::None => "none",
            },
            "matches": found.iter().map(one).collect::<Vec<_>>(),
        })
    });
    json!({
        "migration": known.migration.id.to_string(), "tenant_id": known.migration.customer.tenant.to_string(),
        "domain": known.migration.customer.domain, "lines": lines,
    })
}
