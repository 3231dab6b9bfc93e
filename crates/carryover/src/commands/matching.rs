//! `carryover match`: which offers can take the place of each old subscription, best first. Reads only; records nothing.

use crate::cli::{Format, Which};
use crate::failure::{Ending, Failure};
use crate::place::Place;
use crate::render::hung;
use crate::{find, output};
use carryover_api::v1;
use carryover_engine::Known;
use serde_json::{Value, json};
use v1::line_matches::Outcome;

pub(super) async fn run(place: &dyn Place, which: &Which, format: Format) -> Result<Ending, Failure> {
    let outside = place.line()?;
    let mut looked: Vec<(Known, Vec<v1::LineMatches>)> = Vec::new();
    let mut unread = Vec::new();
    let mut patience = super::Patience::default();
    for known in find::named(place, &which.ids).await? {
        match outside.matches(&known).await {
            Ok(v1::MatchMigrationResponse { lines }) => {
                patience.answered();
                looked.push((known, lines));
            }
            Err(error) => unread.push((known, patience.failed(error)?)),
        }
    }
    patience.end(&mut unread)?;
    output::result(
        format,
        || {
            let mut text: Vec<String> = looked.iter().flat_map(|(known, lines)| sentences(known, lines)).collect();
            text.extend(
                unread.iter().flat_map(|(known, why)| {
                    hung("", &format!("{}: not read: {why}", known.migration.customer.domain))
                }),
            );
            text.push(
                "another offer than the first is bought where target_sku names it, and what belongs beside it where \
                 companion_sku does"
                    .to_owned(),
            );
            text.join("\n")
        },
        || {
            json!({
                "customers": looked.iter().map(|(known, lines)| object(known, lines)).collect::<Vec<_>>(),
                "unreadable": unread.iter()
                    .map(|(known, why)| json!({ "domain": known.migration.customer.domain, "why": why.to_string() }))
                    .collect::<Vec<_>>(),
            })
        },
    );
    Ok(if unread.is_empty() { Ending::Done } else { Ending::Failed })
}

fn sentences(known: &Known, lines: &[v1::LineMatches]) -> Vec<String> {
    let customer = &known.migration.customer;
    let mut text = vec![format!("{} ({})", customer.name, customer.domain)];
    for line in lines {
        text.push(format!("  {}, {}", line.product, line.sku_id));
        match line.outcome() {
            Outcome::Purchasable => {}
            Outcome::Discontinued => {
                text.push("    nothing of this can be bought any more in the customer's country".to_owned())
            }
            Outcome::None | Outcome::Unspecified => {
                text.push("    the catalogue of the customer's country has nothing for it".to_owned())
            }
        }
        text.extend(line.matches.iter().zip(1..).flat_map(|(one, n)| {
            let sold = if one.purchasable { "" } else { ", not for sale" };
            let beside = beside(&one.companions);
            let difference = one.difference.as_ref().map_or("what is in it is not known", |known| &known.text);
            let offer = format!("{} {} ({}{sold})", one.offer, one.title, one.relation);
            hung(&format!("    {n}. "), &format!("{offer}{beside}: {difference}"))
        }));
    }
    text
}

fn beside(companions: &[v1::Companion]) -> String {
    let names: Vec<String> = companions
        .iter()
        .map(|companion| format!("{} (companion_sku {})", companion.display_name, companion.sku_id))
        .collect();
    if names.is_empty() { String::new() } else { format!(", with {}", names.join(" and ")) }
}

fn object(known: &Known, lines: &[v1::LineMatches]) -> Value {
    let one = |one: &v1::OfferMatch| {
        json!({
            "offer": one.offer, "title": one.title, "sku_id": one.sku_id,
            "relation": one.relation, "rule": one.rule, "purchasable": one.purchasable,
            "companions": one.companions.iter().map(|companion| &companion.sku_id).collect::<Vec<_>>(),
            "difference": one.difference.as_ref().map(|difference| json!({
                "severity": difference.severity, "lost": difference.lost, "downgraded": difference.downgraded,
                "upgraded": difference.upgraded, "gained": difference.gained,
            })),
        })
    };
    let line = |line: &v1::LineMatches| {
        json!({
            "line": line.line.rsplit('/').next(), "product": line.product, "sku_id": line.sku_id,
            "outcome": match line.outcome() {
                Outcome::Purchasable => "purchasable",
                Outcome::Discontinued => "discontinued",
                Outcome::None | Outcome::Unspecified => "none",
            },
            "matches": line.matches.iter().map(one).collect::<Vec<_>>(),
        })
    };
    json!({
        "migration": known.migration.id.to_string(), "tenant_id": known.migration.customer.tenant.to_string(),
        "domain": known.migration.customer.domain, "lines": lines.iter().map(line).collect::<Vec<_>>(),
    })
}
