//! Several records of one subscription to one source line.
//!
//! What a person typed into a portfolio file is a wish or a last resort: program, target, seats wanted, price and contact
//! stay as typed, and so do names. What is a fact (seats, SKU, licences in use, renewal) comes from Graph before exports
//! before typing, and every witness of an end is kept (rule R46). Nothing is guessed: a record that fits no line, or
//! more than one, is set aside with the sentence that says what to add.

use crate::elsewhere::Elsewhere;
use crate::fact::{Fact, SkuFact};
use crate::problem::Problem;
use crate::row::Identity;
use carryover_domain::ids::{LineId, SkuId, SubscriptionId, TenantId};
use carryover_domain::portfolio::{EndOption, Ends, Kind, Renewal, SourceLine, Witness, trusted_end};
use carryover_domain::program::SourceProgram;
use carryover_domain::provenance::{Field, Origin, Provenance};
use carryover_domain::time::{End, days_between};
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

/// All that is known of one subscription.
#[derive(Debug, Default)]
pub(crate) struct Group {
    /// The line of a portfolio file, by its place among the customer's lines.
    pub(crate) typed: Option<usize>,
    /// Records of other files, the most trusted first.
    pub(crate) facts: Vec<Fact>,
}

/// A record that is set aside, and why.
pub(crate) type Aside = (Fact, Problem);

/// Brings together what is about the same subscription of one tenant, whose `typed` lines are known.
pub(crate) fn groups(typed: &[SourceLine], facts: Vec<Fact>) -> (Vec<Group>, Vec<Aside>) {
    let mut aside = Vec::new();
    let mut groups: Vec<Group> =
        (0..typed.len()).map(|place| Group { typed: Some(place), facts: Vec::new() }).collect();
    let mut named: BTreeMap<SubscriptionId, usize> = typed
        .iter()
        .enumerate()
        .filter_map(|(place, line)| line.subscription.clone().map(|subscription| (subscription, place)))
        .collect();
    let (with_id, mut without): (Vec<Fact>, Vec<Fact>) =
        facts.into_iter().partition(|fact| fact.subscription.is_some());
    for fact in with_id {
        let Some(subscription) = fact.subscription.clone() else { continue };
        let place = *named.entry(subscription).or_insert_with(|| {
            groups.push(Group::default());
            groups.len() - 1
        });
        let group = &mut groups[place];
        match group.facts.iter().find(|other| other.kind == fact.kind) {
            Some(first) if first.seats != fact.seats || first.end != fact.end => {
                let end =
                    |fact: &Fact| fact.end.map_or("no end".to_owned(), |end| format!("an end at {}", end.instant()));
                let value = fact.subscription.as_ref().map(ToString::to_string).unwrap_or_default();
                let expected = format!(
                    "{} has this subscription with {} seats and {}, and this record with {} and {}; keep the one that is \
                     right",
                    first.place,
                    first.seats,
                    end(first),
                    fact.seats,
                    end(&fact)
                );
                let problem = fact.place.problem(Some("subscription id"), &value, expected);
                aside.push((fact, problem));
            }
            // The same answer saved twice says nothing new.
            _ => group.facts.push(fact),
        }
    }
    adopt(typed, &mut groups, &mut aside);
    // Graph's records are matched before exports', which may then be matched with them.
    without.sort_by_key(Fact::witness);
    let trusted = [Witness::Graph, Witness::Export];
    for witness in trusted {
        let (now, later): (Vec<Fact>, Vec<Fact>) = without.into_iter().partition(|fact| fact.witness() == witness);
        without = later;
        place_nameless(typed, &mut groups, now, &mut aside);
    }
    for group in &mut groups {
        group.facts.sort_by_key(Fact::witness);
    }
    (groups, aside)
}

/// Gives records with a subscription id to typed lines without one, where each fits the other alone: the same licence,
/// seats and program. Where one may be the other and it cannot be told, the record is set aside, for two lines of one
/// subscription would be bought twice.
fn adopt(typed: &[SourceLine], groups: &mut Vec<Group>, aside: &mut Vec<Aside>) {
    let (lines, mut others): (Vec<Group>, Vec<Group>) = groups.drain(..).partition(|group| group.typed.is_some());
    *groups = lines;
    let may_be = |line: &SourceLine, group: &Group| {
        let sku = group.facts.iter().find_map(|fact| fact.sku);
        sku == Some(line.sku) && group.facts.iter().all(|fact| fact.programs.contains(&line.program))
    };
    let has_seats = |line: &SourceLine, group: &Group| group.facts.first().is_some_and(|fact| fact.seats == line.seats);
    let nameless: Vec<&SourceLine> = typed.iter().filter(|line| line.subscription.is_none()).collect();
    let fits: Vec<(usize, usize)> = nameless
        .iter()
        .enumerate()
        .flat_map(|(line, typed)| {
            let fits = |group: &&Group| may_be(typed, group) && has_seats(typed, group);
            others.iter().enumerate().filter(move |(_, group)| fits(group)).map(move |(group, _)| (line, group))
        })
        .collect();
    for (line, group) in &fits {
        let alone = fits.iter().filter(|(other, taken)| other == line || taken == group).count() == 1;
        let place = typed.iter().position(|typed| typed.id == nameless[*line].id);
        if let (true, Some(place)) = (alone, place) {
            groups[place].facts.append(&mut others[*group].facts);
        }
    }
    for group in others {
        let rival = nameless.iter().find(|line| !group.facts.is_empty() && may_be(line, &group));
        let Some(Origin { record, row, .. }) = rival.and_then(|line| line.provenance.line.as_ref()) else {
            if !group.facts.is_empty() {
                groups.push(group);
            }
            continue;
        };
        for fact in group.facts {
            let value = fact.subscription.as_ref().map(ToString::to_string).unwrap_or_default();
            let expected = format!(
                "line {} of {record} has the same licence and no subscription_id, and may be this one; write the \
                 subscription_id into that row",
                row.unwrap_or_default()
            );
            let problem = fact.place.problem(Some("subscription id"), &value, expected);
            aside.push((fact, problem));
        }
    }
}

/// Puts records without a subscription id to what they alone fit.
fn place_nameless(typed: &[SourceLine], groups: &mut Vec<Group>, facts: Vec<Fact>, aside: &mut Vec<Aside>) {
    let fits: Vec<Vec<usize>> = facts.iter().map(|fact| fitting(typed, groups, fact)).collect();
    let mut wanted: BTreeMap<usize, usize> = BTreeMap::new();
    for place in fits.iter().flatten() {
        *wanted.entry(*place).or_default() += 1;
    }
    for (fact, fits) in facts.into_iter().zip(fits) {
        match fits[..] {
            [] => groups.push(Group { typed: None, facts: vec![fact] }),
            [place] if wanted.get(&place) == Some(&1) => groups[place].facts.push(fact),
            _ => {
                let places: Vec<String> = fits.iter().map(|place| place_of(typed, &groups[*place])).collect();
                let doubt = match &places[..] {
                    [place] => format!("another row fits {place} as well as this one"),
                    places => format!("this fits {}", places.join(" and ")),
                };
                let expected = format!(
                    "{doubt}; write the subscription id into the row, or the subscription into a portfolio file"
                );
                let problem = fact.place.problem(None, "", expected);
                aside.push((fact, problem));
            }
        }
    }
}

fn place_of(typed: &[SourceLine], group: &Group) -> String {
    let origin = group.typed.and_then(|place| typed[place].provenance.line.as_ref());
    let typed = origin.map(|Origin { record, row, .. }| format!("line {} of {record}", row.unwrap_or_default()));
    typed.or_else(|| group.facts.first().map(|fact| fact.place.to_string())).unwrap_or_default()
}

/// The groups that `fact` may be about: the same seats, a program in common, and the same product or, where records do
/// not name the product alike, the same end to a day.
fn fitting(typed: &[SourceLine], groups: &[Group], fact: &Fact) -> Vec<usize> {
    let mut same = Vec::new();
    let mut alike = Vec::new();
    for (place, group) in groups.iter().enumerate() {
        let line = group.typed.map(|place| &typed[place]);
        let first = group.facts.first();
        let seats =
            line.is_some_and(|line| line.seats == fact.seats) || first.is_some_and(|first| first.seats == fact.seats);
        let program = line.map_or_else(
            || first.is_some_and(|first| !first.programs.is_disjoint(&fact.programs)),
            |line| fact.programs.contains(&line.program) || fact.programs.is_empty(),
        );
        if !seats || !program || group.facts.iter().any(|other| other.kind == fact.kind) {
            continue;
        }
        let end = line.and_then(SourceLine::end).or_else(|| first.and_then(|first| first.end));
        let near = |one: End, other: End| days_between(one.last_whole_day(), other.last_whole_day()).abs() <= 1;
        match same_product(line, first, fact) {
            Some(true) => same.push(place),
            None if end.zip(fact.end).is_some_and(|(one, other)| near(one, other)) => alike.push(place),
            _ => {}
        }
    }
    if same.is_empty() { alike } else { same }
}

/// Whether both speak of the same product; none where that cannot be told, for names differ where products do not
/// (rule R91).
fn same_product(line: Option<&SourceLine>, first: Option<&Fact>, fact: &Fact) -> Option<bool> {
    let sku: Option<SkuId> = line.map(|line| line.sku).or_else(|| first.and_then(|first| first.sku));
    if let (Some(sku), Some(other)) = (sku, fact.sku) {
        return Some(sku == other);
    }
    let names = [
        line.and_then(|line| line.product_name.as_deref()),
        line.and_then(|line| line.sku_part_number.as_deref()),
        first.and_then(|first| first.product_name.as_deref()),
        first.and_then(|first| first.sku_part_number.as_deref()),
    ];
    let mine = [fact.product_name.as_deref(), fact.sku_part_number.as_deref()];
    let alike = names.iter().flatten().any(|name| mine.iter().flatten().any(|other| name.eq_ignore_ascii_case(other)));
    alike.then_some(true)
}

/// The program of a group without a typed line: what all records leave possible, or what the caller says of them.
pub(crate) fn program(facts: &[Fact], given: Option<SourceProgram>) -> Result<SourceProgram, Problem> {
    let mut possible: Option<BTreeSet<SourceProgram>> = None;
    for fact in facts {
        possible = Some(match possible {
            None => fact.programs.clone(),
            Some(possible) => &possible & &fact.programs,
        });
    }
    let possible = possible.unwrap_or_default();
    if let (Some(program), 1) = (possible.first(), possible.len()) {
        return Ok(*program);
    }
    if let Some(given) = given.filter(|given| possible.contains(given)) {
        return Ok(given);
    }
    let fact = facts.iter().min_by_key(|fact| fact.programs.len()).or(facts.first());
    let Some(fact) = fact else { return Err(no_facts()) };
    let (column, value) = &fact.told_by;
    let expected = if possible.is_empty() {
        let others: Vec<String> = facts.iter().map(|fact| fact.place.to_string()).collect();
        format!(
            "the records of this subscription, {}, are of programs that exclude each other; write the row into a \
             portfolio file with its program",
            others.join(" and ")
        )
    } else {
        let words: Vec<&str> = possible.iter().map(|program| program.word()).collect();
        let us = if *column == "ownerTenantId" && !value.is_empty() {
            "--partner to tell us from others, or with "
        } else {
            ""
        };
        let said = given.map(|given| format!(" and cannot be {given}, as --program says")).unwrap_or_default();
        format!(
            "the program may be {}{said}, and no file tells which: say it with {us}--program, or write the row into a \
             portfolio file",
            words.join(", ")
        )
    };
    Err(fact.place.problem(Some(column), value, expected))
}

fn no_facts() -> Problem {
    Problem { file: "".into(), line: 0, column: None, value: String::new(), expected: "nothing is known".into() }
}

/// A line out of the records of one subscription that no portfolio file has.
pub(crate) fn line(
    tenant: TenantId,
    facts: &[Fact],
    program: SourceProgram,
    at: Option<Timestamp>,
) -> Result<SourceLine, Problem> {
    let Some(first) = facts.first() else { return Err(no_facts()) };
    let Some(sku) = facts.iter().find_map(|fact| fact.sku) else {
        let product = first.product_name.as_deref().unwrap_or_default();
        let expected = "the record names a product and no licence SKU, and names lie: give Graph's \
                        directory/subscriptions of this tenant in the same import, or write the row into a portfolio \
                        file with its sku_id";
        return Err(first.place.problem(Some("product"), product, expected));
    };
    let ends: Ends = told_ends(facts).into_iter().map(|(witness, (end, _))| (witness, end)).collect();
    let end_date = trusted_end(&ends).map(|told| told.end.last_whole_day());
    let subscription = facts.iter().find_map(|fact| fact.subscription.clone());
    if subscription.is_none() && end_date.is_none() {
        let expected = "neither a subscription id nor an end tells this subscription from others; write the row into a \
                        portfolio file";
        return Err(first.place.problem(None, "", expected));
    }
    let identity = Identity { tenant, subscription, program, sku, end_date };
    let mut line = SourceLine::least(identity.id(), program, sku, first.seats);
    line.subscription = identity.subscription;
    line.provenance = Provenance::of_line(first.place.origin(at));
    if first.sku.is_none()
        && let Some(fact) = facts.iter().find(|fact| fact.sku.is_some())
    {
        note(&mut line, "sku_id", fact, at);
    }
    merge(&mut line, facts, at);
    Ok(line)
}

/// The end by each witness; the earlier one where two records of one witness differ.
fn told_ends(facts: &[Fact]) -> BTreeMap<Witness, (End, &Fact)> {
    let mut ends: BTreeMap<Witness, (End, &Fact)> = BTreeMap::new();
    for fact in facts {
        if let Some(end) = fact.end {
            let told = ends.entry(fact.witness()).or_insert((end, fact));
            if end < told.0 {
                *told = (end, fact);
            }
        }
    }
    ends
}

/// Adds to `line` what `facts`, the most trusted first, say of it.
pub(crate) fn merge(line: &mut SourceLine, facts: &[Fact], at: Option<Timestamp>) {
    let mut first = true;
    for (witness, (end, fact)) in told_ends(facts) {
        let news = line.ends.insert(witness, end) != Some(end);
        if news && first {
            note(line, "end_date", fact, at);
        }
        first = false;
    }
    // Facts replace what was typed; of two facts the more trusted one stands.
    take(line, facts, at, "seats", |fact| Some(fact.seats), |line| &mut line.seats);
    take(line, facts, at, "sku_id", |fact| fact.sku, |line| &mut line.sku);
    take(
        line,
        facts,
        at,
        "sku_part_number",
        |fact| fact.sku_part_number.clone().map(Some),
        |line| &mut line.sku_part_number,
    );
    take(line, facts, at, "assigned_seats", |fact| fact.assigned_seats.map(Some), |line| &mut line.assigned_seats);
    let renewal = |fact: &Fact| Some(fact.auto_renew).filter(|renewal| *renewal != Renewal::Unknown);
    take(line, facts, at, "auto_renew", renewal, |line| &mut line.auto_renew);
    take(line, facts, at, "add_on", |fact| fact.base.clone(), |line| &mut line.kind);
    // Wishes and names stay as typed and are filled in where nothing was.
    fill(line, facts, at, "product_name", |fact| fact.product_name.clone(), |line| &mut line.product_name);
    fill(line, facts, at, "term", |fact| fact.term, |line| &mut line.term);
    fill(line, facts, at, "billing", |fact| fact.billing, |line| &mut line.billing);
    fill(line, facts, at, "target_seats", |fact| fact.target_seats, |line| &mut line.target_seats);
    fill(line, facts, at, "target_term", |fact| fact.target_term, |line| &mut line.target_term);
    let contradicts = match line.end_option {
        Some(EndOption::Renew) => line.auto_renew == Renewal::Off,
        Some(EndOption::CancelAtEnd) => line.auto_renew == Renewal::On,
        Some(EndOption::ExtendedTerm) | None => false,
    };
    if contradicts {
        line.end_option = None;
    }
}

fn take<T: PartialEq>(
    line: &mut SourceLine,
    facts: &[Fact],
    at: Option<Timestamp>,
    field: &str,
    said: impl Fn(&Fact) -> Option<T>,
    place: impl Fn(&mut SourceLine) -> &mut T,
) {
    let told = facts.iter().find_map(|fact| said(fact).map(|said| (fact, said)));
    if let Some((fact, said)) = told
        && *place(line) != said
    {
        *place(line) = said;
        note(line, field, fact, at);
    }
}

fn fill<T>(
    line: &mut SourceLine,
    facts: &[Fact],
    at: Option<Timestamp>,
    field: &str,
    said: impl Fn(&Fact) -> Option<T>,
    place: impl Fn(&mut SourceLine) -> &mut Option<T>,
) {
    if place(line).is_none()
        && let Some((fact, said)) = facts.iter().find_map(|fact| said(fact).map(|said| (fact, said)))
    {
        *place(line) = Some(said);
        note(line, field, fact, at);
    }
}

/// Notes that `fact` has said `field`, where that is not the record of the whole line.
fn note(line: &mut SourceLine, field: &str, fact: &Fact, at: Option<Timestamp>) {
    note_origin(line, field, fact.place.origin(at));
}

fn note_origin(line: &mut SourceLine, field: &str, origin: Origin) {
    if let Some(field) = Field::named(field)
        && line.provenance.line.as_ref() != Some(&origin)
    {
        line.provenance.fields.insert(field, origin);
    }
}

/// Adds what `/subscribedSkus` says to the `lines` of a tenant. The sentence of a licence that feeds more than one
/// subscription says why its sum stays out.
pub(crate) fn pool(lines: &mut [SourceLine], fact: &SkuFact, at: Option<Timestamp>) -> Option<String> {
    let origin = fact.place.origin(at);
    let mut fed: Vec<&mut SourceLine> = lines.iter_mut().filter(|line| line.sku == fact.sku).collect();
    for line in &mut fed {
        if let Some(name) = &fact.sku_part_number
            && line.sku_part_number.as_ref() != Some(name)
        {
            line.sku_part_number = Some(name.clone());
            note_origin(line, "sku_part_number", origin.clone());
        }
    }
    let count = fed.len().max(fact.subscriptions);
    match &mut fed[..] {
        [] => None,
        [line] if count == 1 => {
            line.assigned_seats = Some(fact.consumed);
            note_origin(line, "assigned_seats", origin);
            None
        }
        _ => Some(format!(
            "{}: {} licences of {} are in use over {count} subscriptions; how many of each is not told, so \
             assigned_seats stays as it was",
            fact.place,
            fact.consumed,
            fact.sku_part_number.clone().unwrap_or_else(|| fact.sku.to_string()),
        )),
    }
}

/// Whether a group, whose typed line is `typed`, is information alone: its subscription is over and nobody typed it, or it
/// lives on in new commerce with us, or goes there without us.
pub(crate) fn is_information(
    tenant: TenantId,
    typed: Option<&SourceLine>,
    group: &Group,
    elsewhere: &Elsewhere,
) -> Option<String> {
    let named = group.facts.iter().filter_map(|fact| fact.subscription.as_ref());
    let mut named = typed.and_then(|line| line.subscription.as_ref()).into_iter().chain(named);
    let origin = typed.and_then(|line| line.provenance.line.as_ref());
    if let Some(why) = named.find_map(|subscription| elsewhere.why(tenant, subscription)) {
        let place = origin.map(|Origin { record, row, .. }| format!("line {} of {record}", row.unwrap_or_default()));
        let place = place.or_else(|| group.facts.first().map(|fact| fact.place.to_string())).unwrap_or_default();
        return Some(format!("{place}: not taken as a line: {why}"));
    }
    if typed.is_some() {
        return None;
    }
    let fact = group.facts.iter().find(|fact| fact.over.is_some())?;
    Some(format!("{}: not taken as a line: {}", fact.place, fact.over.clone().unwrap_or_default()))
}

/// A note about two records of one subscription, of which `facts` are the most trusted first, with other seats.
pub(crate) fn other_seats(typed: Option<&SourceLine>, facts: &[Fact]) -> Option<String> {
    let first = facts.first()?;
    let typed = typed.and_then(|line| {
        let Origin { record, row, .. } = line.provenance.line.as_ref()?;
        Some((line.seats, format!("line {} of {record}", row.unwrap_or_default())))
    });
    let others = facts.iter().map(|fact| (fact.seats, fact.place.to_string()));
    let (seats, place) = typed.into_iter().chain(others).find(|(seats, _)| *seats != first.seats)?;
    Some(format!(
        "{} has {} seats and {place} has {seats} of the same subscription; {} are taken: correct the one that is wrong",
        first.place, first.seats, first.seats
    ))
}

/// A note about an add-on whose base nobody has named.
pub(crate) fn baseless(line: &SourceLine) -> Option<String> {
    let Origin { record, row, .. } = line.provenance.of(Field::named("add_on")?)?;
    (line.kind == Kind::AddOn { base: None }).then(|| {
        let row = row.unwrap_or_default();
        format!("line {row} of {record}: the add-on names no base; the base is looked for in the tenant")
    })
}

/// Adds `kept` to what is known of the line `id`; a later word under the same name replaces the earlier one.
pub(crate) fn keep(
    extras: &mut BTreeMap<LineId, Vec<(std::sync::Arc<str>, String)>>,
    id: LineId,
    kept: Vec<(std::sync::Arc<str>, String)>,
) {
    if kept.is_empty() {
        return;
    }
    let known = extras.entry(id).or_default();
    for (name, text) in kept {
        match known.iter_mut().find(|(other, _)| *other == name) {
            Some(place) => place.1 = text,
            None => known.push((name, text)),
        }
    }
}
