//! `carryover plan`: makes plans and shows them. Nothing happens before they are approved.

pub(super) mod json;

use super::import::cannot_write;
use super::report;
use crate::cli::{Format, Which};
use crate::failure::{Ending, Failure};
use crate::place::{Place, Refused};
use crate::render::{count, hung};
use crate::summary::Summary;
use crate::{find, output, render};
use carryover_domain::finding::{Action, Finding, Severity};
use carryover_domain::forecast::{Forecast, Prospect, Unread};
use carryover_domain::ids::LineId;
use carryover_domain::migration::state::{Line, Migration, Stage};
use carryover_domain::plan::{EndsWith, LinePlan, Plan, Reassign, Route, SourceEnd, Unplannable, may_be_planned};
use carryover_domain::route::Course;
use carryover_domain::rules::money::as_billed;
use carryover_domain::time::{Billing, Term};
use carryover_engine::{CommandError, Known, WhatIf};
use indicatif::{ProgressBar, ProgressStyle};
use rust_decimal::Decimal;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// What planning brought for every customer that was asked for.
#[derive(Default)]
struct Made {
    /// The customers as they stand now, planned or not.
    known: Vec<Known>,
    planned: Vec<(Migration, Plan)>,
    unplanned: Vec<(Migration, Refused)>,
    prospects: Vec<Prospect>,
}

pub(super) async fn run(
    place: &dyn Place,
    which: &Which,
    out: Option<&Path>,
    format: Format,
) -> Result<Ending, Failure> {
    let out = out.map(Out::of).transpose()?;
    let made = plan_all(place, &which.ids).await?;
    let now = place.now();
    let unread = made.unplanned.iter().filter(|(_, why)| !matches!(why, Refused::Here(CommandError::Unplannable(_))));
    let unread: Vec<Unread> =
        unread.map(|(migration, why)| Unread::new(&migration.customer, why.to_string())).collect();
    let unreadable = !unread.is_empty();
    let forecast = Forecast::of(made.prospects, unread, place.policy(), now);
    let (planned, unplanned) = (&made.planned, &made.unplanned);
    let new = planned.iter().filter(|(migration, plan)| migration.awaits_approval(plan.id)).count();
    let object = || {
        json!({
            "plans": planned.iter().map(|(migration, plan)| object(migration, plan)).collect::<Vec<_>>(),
            "not_planned": unplanned.iter()
                .map(|(migration, why)| json!({ "domain": migration.customer.domain, "why": why.to_string() }))
                .collect::<Vec<_>>(),
            "forecast": json::forecast(&forecast),
        })
    };
    match &out {
        Some(Out::Page(file)) => {
            let reports = super::reports(place, &made.known);
            let summary = Summary::of(&reports);
            report::write(file, &reports, &summary, &[], Some(&forecast), now, "Carryover forecast")?;
        }
        Some(Out::Json(file)) => {
            std::fs::write(file, object().to_string()).map_err(|error| cannot_write(file, &error))?;
        }
        None => {}
    }
    output::result(
        format,
        || {
            let mut text: Vec<String> =
                planned.iter().flat_map(|(migration, plan)| sentences(migration, plan)).collect();
            text.extend(not_planned(unplanned));
            let stand = match planned.len() - new {
                0 => String::new(),
                stand => format!(" ({stand} as approved before)"),
            };
            text.push(format!(
                "{} planned{stand}, {} not",
                count(planned.len(), "customer", "customers"),
                unplanned.len()
            ));
            text.push(String::new());
            text.push(render::forecast(&forecast));
            text.extend(out.as_ref().map(|out| format!("the forecast is in {}", out.file().display())));
            if new > 0 {
                text.push(
                    "next: carryover approve --all, or carryover approve ID …; from then on it costs money".to_owned(),
                );
            }
            text.join("\n")
        },
        object,
    );
    Ok(if unreadable {
        Ending::Failed
    } else if new == 0 {
        Ending::Done
    } else {
        Ending::WaitsForPerson
    })
}

/// Where the forecast goes, and how.
enum Out {
    Page(PathBuf),
    Json(PathBuf),
}

impl Out {
    fn of(file: &Path) -> Result<Self, Failure> {
        let ends = |ending: &str| file.extension().is_some_and(|of| of.eq_ignore_ascii_case(ending));
        match file {
            file if ends("html") => Ok(Self::Page(file.to_owned())),
            file if ends("json") => Ok(Self::Json(file.to_owned())),
            file => Err(Failure::input(format!(
                "the forecast cannot be written to {}: name a file that ends in .html or in .json",
                file.display()
            ))),
        }
    }

    fn file(&self) -> &Path {
        match self {
            Self::Page(file) | Self::Json(file) => file,
        }
    }
}

/// Plans every named customer, with a bar on a terminal. One that cannot be read does not keep the others from it.
async fn plan_all(place: &dyn Place, names: &[String]) -> Result<Made, Failure> {
    let (outside, by) = (place.line()?, place.who(None)?);
    let customers = find::named(place, names).await?;
    let style = ProgressStyle::with_template("{bar:40} {pos}/{len} customers  {elapsed}")
        .unwrap_or_else(|_| ProgressStyle::default_bar());
    // Hidden by itself where stderr is no terminal.
    let bar = ProgressBar::new(u64::try_from(customers.len()).unwrap_or(u64::MAX)).with_style(style);
    let mut made = Made::default();
    let mut patience = super::Patience::default();
    for known in customers {
        match outside.survey(&known, &by).await {
            Ok(WhatIf { known, plan, prospect }) => {
                patience.answered();
                made.prospects.push(prospect);
                let migration = known.migration.clone();
                match plan {
                    Some(plan) => made.planned.push((migration, plan)),
                    None => made.unplanned.push((migration, CommandError::from(Unplannable).into())),
                }
                made.known.push(known);
            }
            Err(error) => {
                made.unplanned.push((known.migration.clone(), patience.failed(error)?));
                made.known.push(known);
            }
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    patience.end(&mut made.unplanned)?;
    Ok(made)
}

/// Who is not planned and why; what is the same of several is said once.
fn not_planned(unplanned: &[(Migration, Refused)]) -> Vec<String> {
    let mut alike: Vec<(String, Vec<String>, Vec<&str>)> = Vec::new();
    let mut places = BTreeMap::new();
    for (migration, why) in unplanned {
        let lines = match why {
            Refused::Here(CommandError::Unplannable(_)) => why_not(migration),
            _ => Vec::new(),
        };
        let why = why.to_string();
        let place = *places.entry((why.clone(), lines.clone())).or_insert(alike.len());
        match alike.get_mut(place) {
            Some((_, _, domains)) => domains.push(&migration.customer.domain),
            None => alike.push((why, lines, vec![&migration.customer.domain])),
        }
    }
    let said = |(why, lines, domains): (String, Vec<String>, Vec<&str>)| {
        hung("", &format!("{}: not planned: {why}", domains.join(", "))).into_iter().chain(lines)
    };
    alike.into_iter().flat_map(said).collect()
}

/// Why no line of `migration` is planned: each with what blocks it or settles it, or that it stands beyond planning.
fn why_not(migration: &Migration) -> Vec<String> {
    let why = |line: &Line| {
        let reason = line.findings.iter().find(|finding| {
            finding.severity() == Severity::Blocks(Action::Plan)
                || line.stage == Stage::NothingToDo && finding.settles()
        });
        let reason = reason.filter(|_| may_be_planned(&line.stage));
        let word = || line.stage.word().replace('_', " ");
        reason.map_or_else(word, |finding| format!("{}: {finding}", finding.code()))
    };
    migration.leaving().flat_map(|line| hung("  ", &format!("{}: {}", line.source.title(), why(line)))).collect()
}

/// `plan` of `migration`, line by line, each with what approving it lets pass.
pub(super) fn sentences(migration: &Migration, plan: &Plan) -> Vec<String> {
    let stands = if migration.awaits_approval(plan.id) { "" } else { ", approved before: nothing in it is new" };
    let (name, domain) = (&migration.customer.name, &migration.customer.domain);
    let mut text = hung("", &format!("{name} ({domain}), plan {}{stands}", plan.id));
    for told in migration.in_pairs() {
        let id = told.source.id;
        let Some(line) = plan.lines.get(&id) else { continue };
        let until = line.term_end.as_ref().map(|end| format!(" until {} with {}", end.last_day, end.with));
        let until = until.unwrap_or_default();
        let price = line.price_ceiling.map(|price| format!(" at {price} a seat")).unwrap_or_default();
        let promotion = line.promotion.as_ref().map(|promotion| format!(" with {promotion}")).unwrap_or_default();
        let through =
            line.reseller.as_ref().map(|reseller| format!(" through reseller {reseller}")).unwrap_or_default();
        let sentence = format!(
            "{}: {} × {} for {}{until}{price}{promotion}{through}, billed {}{}, on {}; {}",
            told.source.title(),
            line.seats,
            line.offer,
            line.term,
            line.billing,
            dearer(line.term, line.billing),
            line.day,
            what_for(migration, plan, id, line),
        );
        text.extend(hung("  ", &sentence));
        text.extend(accepted(migration, id).flat_map(|finding| {
            hung(&format!("    {:<6} ", finding.severity().word()), &format!("{}: {finding}", finding.code()))
        }));
    }
    text
}

/// What `line` of `plan` takes the place of, or stands beside, and what that costs twice.
fn what_for(migration: &Migration, plan: &Plan, id: LineId, line: &LinePlan) -> String {
    let cost = line.overlap_cost.map_or_else(|| "unknown cost".to_owned(), |cost| cost.to_string());
    let days = count(line.overlap_days, "day", "days");
    if let Some(main) = migration.lines.get(&id).and_then(|line| migration.lines.get(&line.beside?)) {
        let swaps = plan.lines.get(&main.source.id).or(main.plan.as_ref());
        let swaps = swaps.is_some_and(|plan| plan.reassign == Reassign::SwapEachUser);
        let title = main.source.title();
        let users = if swaps { "; users get it with the change" } else { "" };
        return format!("bought beside what replaces {title}{users}; {days} of it before {title} ends, {cost}");
    }
    let swap = match line.reassign {
        Reassign::Nothing => "no licence is touched",
        Reassign::SwapEachUser => "each user's licence is swapped",
    };
    let over = line.made.is_some_and(|made| line.ends.instant() <= made);
    let ends = if over { "was to end" } else { "ends" };
    format!("the old one {ends} {}; {days} paid twice, {cost}; {swap}", line.ends.last_whole_day())
}

/// What was shown of the line with the newest plan that has it, and passes with the approval of that.
pub(super) fn accepted(migration: &Migration, line: LineId) -> impl Iterator<Item = &Finding> {
    let shown = migration.lines.get(&line).into_iter().flat_map(|line| &line.shown);
    shown.filter(|finding| finding.passes_with_approval())
}

/// What being billed so costs beside paying at once (rule R73).
fn dearer(term: Term, billing: Billing) -> String {
    let more = as_billed(Decimal::ONE_HUNDRED, term, billing).unwrap_or_default() - Decimal::ONE_HUNDRED;
    if more > Decimal::ZERO { format!(" for {} % more", more.normalize()) } else { String::new() }
}

fn object(migration: &Migration, plan: &Plan) -> Value {
    let Plan { id, parent, lines } = plan;
    json!({
        "migration": migration.id.to_string(), "tenant_id": migration.customer.tenant.to_string(),
        "domain": migration.customer.domain, "plan": id.to_string(), "parent": parent.map(|parent| parent.to_string()),
        "approved": !migration.awaits_approval(*id),
        "lines": lines.iter().map(|(id, line)| line_object(&id.to_string(), line)).collect::<Vec<_>>(),
    })
}

/// What a chosen end is shared with.
fn ends_with(with: &EndsWith) -> Value {
    match with {
        EndsWith::MonthEnd => json!({ "month_end": true }),
        EndsWith::Subscription(id) => json!({ "subscription": id.to_string() }),
        EndsWith::Line(id) => json!({ "line": id.to_string() }),
    }
}

pub(super) fn line_object(id: &str, line: &LinePlan) -> Value {
    let LinePlan {
        route,
        offer,
        segment,
        sku,
        seats,
        term,
        billing,
        price_ceiling,
        day,
        opens,
        ends,
        reassign,
        overlap_days,
        overlap_cost,
        source_end,
        advised,
        promotion,
        term_end,
        reseller,
        made: _,
    } = line;
    json!({
        "line": id,
        "route": match route { Route::BuyAtEnd => "BUY_AT_END", Route::BuyNow => "BUY_NOW" },
        "offer": offer.to_string(), "segment": segment.word(), "sku_id": sku.to_string(), "seats": seats.get(),
        "term": term.word(), "billing": billing.word(),
        "price_ceiling": price_ceiling.map(|price| price.to_string()),
        "day": day.to_string(), "opens": opens.to_string(), "old_end": ends.last_whole_day().to_string(),
        "swaps_licences": *reassign == Reassign::SwapEachUser,
        "overlap_days": overlap_days, "overlap_cost": overlap_cost.map(|cost| cost.to_string()),
        "source_end": match source_end {
            SourceEnd::RunsOut => "RUNS_OUT",
            SourceEnd::OwnerStopsRenewal => "OWNER_STOPS_RENEWAL",
            SourceEnd::OwnerCancels => "OWNER_CANCELS",
        },
        "advised": advised.map(Course::word), "promotion": promotion,
        "reseller": reseller.as_ref().map(ToString::to_string),
        "new_end": line.last_day().to_string(), "ends_with": term_end.as_ref().map(|end| ends_with(&end.with)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use carryover_domain::migration::decide::import;
    use carryover_domain::portfolio::{Customer, SourceLine};
    use carryover_domain::program::SourceProgram;
    use carryover_domain::replay;
    use carryover_domain::value::Seats;

    /// A customer whose one line is of `product`, and of whom nothing can be planned.
    fn unplanned(number: u8, product: &str) -> (Migration, Refused) {
        let customer = Customer {
            tenant: format!("0000000{number}-0000-4000-8000-000000000000").parse().unwrap(),
            domain: format!("c{number}.example"),
            name: format!("Customer {number}"),
            country: "DE".parse().unwrap(),
        };
        let line = SourceLine {
            product_name: Some(product.to_owned()),
            ..SourceLine::least(
                LineId::of(customer.tenant, "old"),
                SourceProgram::DirectMca,
                "cbdc14ab-d96c-4c30-b9f4-6ada7cdc1d46".parse().unwrap(),
                Seats::try_new(5).unwrap(),
            )
        };
        let imported = import(None, customer, vec![line], None).unwrap();
        (replay([&imported]).unwrap(), CommandError::from(Unplannable).into())
    }

    #[test]
    fn what_keeps_several_from_being_planned_is_said_once() {
        let text = not_planned(&[unplanned(1, "E3"), unplanned(2, "E1"), unplanned(3, "E3")]).join("\n");
        assert!(text.contains("c1.example, c3.example: not planned: ") && text.contains("c2.example: not"), "{text}");
        assert_eq!((text.matches("not planned:").count(), text.matches("E3").count()), (2, 1), "{text}");
    }
}
