//! Kinds about products and changes of licence (section L.6): `plan_diff`, `sku_match`, `swap_plan`, `swap_plan_blocked`.
//!
//! What is in a product is looked up in Microsoft's table where there is one, and in the built-in one otherwise.

use super::given::Given;
use anyhow::{Context, anyhow, bail, ensure};
use carryover_domain::facts::Via;
use carryover_domain::ids::{ServicePlanId, SkuId};
use carryover_domain::product::difference::{Implied, SkuMatch, plan_diff, sku_match};
use carryover_domain::product::families::Family;
use carryover_domain::product::swap::{SwapPlan, swap_plan, swap_plan_blocked};
use carryover_domain::product::table::{ProductTable, Products};
use serde_json::{Value, json};
use std::cell::OnceCell;
use std::collections::BTreeSet;
use std::fs::File;
use std::path::{Path, PathBuf};

/// The name that Microsoft's table has beside a file of cases.
const BESIDE: &str = "service-plans.csv";

/// The table of products for the cases of one file, read when a case first needs it.
pub(super) struct Table {
    /// Where it is; none for the built-in one.
    path: Option<PathBuf>,
    read: OnceCell<ProductTable>,
}

impl Table {
    /// `named`, else the one in the folder of `book`, else the built-in one.
    pub(super) fn of(named: Option<&Path>, book: &Path) -> Self {
        let beside = book.with_file_name(BESIDE);
        let path = named.map(Path::to_path_buf).or_else(|| beside.is_file().then_some(beside));
        Self { path, read: OnceCell::new() }
    }

    fn get(&self) -> anyhow::Result<&ProductTable> {
        let Some(path) = &self.path else { return Ok(ProductTable::common()) };
        if let Some(table) = self.read.get() {
            return Ok(table);
        }
        let name = path.display().to_string();
        let file = File::open(path).with_context(|| format!("{name} cannot be opened"))?;
        let table = carryover_portfolio::read_service_plans(&name, file)?;
        Ok(self.read.get_or_init(|| table))
    }
}

/// The answer to a case of one of these kinds; none for other kinds.
pub(super) fn answer(kind: &str, given: &Given<'_>, table: &Table) -> Option<anyhow::Result<Value>> {
    Some(match kind {
        "plan_diff" => difference(given, table),
        "sku_match" => same_sku(given, table),
        "swap_plan" => change(given, table),
        "swap_plan_blocked" => blocked(given),
        _ => return None,
    })
}

fn difference(given: &Given<'_>, table: &Table) -> anyhow::Result<Value> {
    let table = table.get()?;
    let plans = |field| {
        let sku = table.named(given.text(field)?).with_context(|| field.to_owned())?;
        table.product(sku).map(|product| &product.plans).with_context(|| format!("{field} has no plans"))
    };
    let found = plan_diff(plans("source")?, plans("dest")?, &implied(given)?);
    let names = |families: &BTreeSet<Family>| families.iter().map(|family| family.name()).collect::<Vec<_>>();
    Ok(json!({
        "common_plans": found.common_plans,
        "lost_raw": names(&found.lost_raw),
        "lost_after_implied": names(&found.lost),
        "downgraded": names(&found.downgraded),
        "upgraded": names(&found.upgraded),
        "severity": found.severity.word(),
    }))
}

fn implied(given: &Given<'_>) -> anyhow::Result<Vec<Implied>> {
    let rule = |entry: &Value| {
        let entry = Given::flat(entry.as_object().context("an entry of implied is no object")?);
        let rank_min = entry.count("min_rank")?;
        let family = Family::named(entry.text("family")?).zip(Family::named(entry.text("by_family")?));
        // What names a family that no product has covers nothing, and so does a rank above all ranks.
        anyhow::Ok(family.and_then(|(family, by)| Some(Implied { family, by, rank_min: rank_min.try_into().ok()? })))
    };
    given.list("implied")?.iter().filter_map(|entry| rule(entry).transpose()).collect()
}

fn same_sku(given: &Given<'_>, table: &Table) -> anyhow::Result<Value> {
    let products = Products::new(None, Some(table.get()?));
    let mut answer = json!({ "match": "SAME_SKU", "reassign": false });
    if let SkuMatch::Different { loses_teams } = sku_match(sku(given, "source")?, sku(given, "dest")?, &products) {
        answer = json!({ "match": "DIFFERENT_SKU", "reassign": true });
        if loses_teams {
            answer["lost_capability"] = "Teams".into();
        }
    }
    Ok(answer)
}

fn change(given: &Given<'_>, table: &Table) -> anyhow::Result<Value> {
    ensure!(has_location(given)?, "usage_location is missing, and without it nothing can be assigned");
    let mut direct = Vec::new();
    for entry in given.list("current")? {
        let entry = Given::flat(entry.as_object().context("an entry of current is no object")?);
        if via(&entry)? == Via::Direct {
            direct.push(entry);
        }
    }
    let [current] = &direct[..] else { bail!("current has {} direct entries, not one", direct.len()) };
    let from = sku(current, "sku")?;
    let old = table.get()?.product(from).map(|product| product.plans.clone()).unwrap_or_default();
    let off: Vec<ServicePlanId> = plans(current, "disabled_plans")?;
    let SwapPlan { add, disabled_plans, remove } =
        swap_plan(from, &off, &old, sku(given, "target_sku")?, &plans(given, "target_plans_include")?);
    let disabled: Vec<String> = disabled_plans.iter().map(ToString::to_string).collect();
    Ok(json!({
        "calls": 1,
        "add": [{ "sku": add.to_string(), "disabled_plans": disabled }],
        "remove": [remove.to_string()],
    }))
}

fn blocked(given: &Given<'_>) -> anyhow::Result<Value> {
    let free = given.decimal("free_target_units")?;
    let whole = i64::try_from(free).ok().filter(|_| free.is_integer());
    let free = whole.with_context(|| format!("free_target_units is {free}, not a whole number"))?;
    Ok(match swap_plan_blocked(has_location(given)?, via(given)?, free) {
        None => json!({ "ok": true }),
        Some(reason) => json!({ "ok": false, "reason": reason.word() }),
    })
}

fn has_location(given: &Given<'_>) -> anyhow::Result<bool> {
    match given.get("usage_location") {
        None | Some(Value::Null) => Ok(false),
        Some(_) => Ok(!given.text("usage_location")?.trim().is_empty()),
    }
}

fn via(given: &Given<'_>) -> anyhow::Result<Via> {
    given.word("via", |word| match word {
        "direct" => Some(Via::Direct),
        "group" => Some(Via::Group),
        "both" => Some(Via::Both),
        _ => None,
    })
}

fn sku(given: &Given<'_>, field: &str) -> anyhow::Result<SkuId> {
    given.parsed(field, "a GUID")
}

fn plans<C: FromIterator<ServicePlanId>>(given: &Given<'_>, field: &str) -> anyhow::Result<C> {
    let plan = |entry: &Value| {
        let plan = entry.as_str().and_then(|text| text.parse().ok());
        plan.ok_or_else(|| anyhow!("{field} holds {entry}, which is not a GUID"))
    };
    given.list(field)?.iter().map(plan).collect()
}
