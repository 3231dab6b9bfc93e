//! Whose licence was changed, and what gives back what was held before (rule R109). Changes nothing itself: the old licence has
//! units only while the old subscription serves.

use crate::render::count;
use carryover_domain::Line;
use carryover_domain::facts::Via;
use carryover_domain::ids::UserId;
use carryover_domain::migration::state::{Former, Swapped};
use serde_json::{Value, json};

/// Users in a sentence each; the others are for machines.
const SHOWN: usize = 5;

/// How many users changed, and what the first of them had.
pub(super) fn sentences(line: &Line) -> Vec<String> {
    if line.swapped.is_empty() {
        return Vec::new();
    }
    let until = line.plan.as_ref().map_or_else(String::new, |plan| format!(" until {}", plan.ends.instant()));
    let mut text = vec![format!(
        "  {} changed licence; each can be given back what is named here{until} (docs/errors/SWAP_STOPPED.md)",
        count(line.swapped.len(), "user", "users")
    )];
    text.extend(line.swapped.iter().take(SHOWN).map(|(user, swapped)| format!("    {}", sentence(*user, swapped))));
    if line.swapped.len() > SHOWN {
        text.push(format!("    and {} more, with --format json", line.swapped.len() - SHOWN));
    }
    text
}

fn sentence(user: UserId, swapped: &Swapped) -> String {
    let Swapped { removed, former, added, disabled: _, second, at: _ } = swapped;
    let had = match former {
        Some(Former { disabled, .. }) if disabled.is_empty() => format!("{removed}"),
        Some(Former { disabled, .. }) => format!("{removed} without {} of its plans", disabled.len()),
        None => format!("{removed}, with plans off that nobody recorded"),
    };
    let beside = second.as_ref().map_or_else(String::new, |(sku, _)| format!(" and {sku}"));
    format!("user {user} had {had}, and has {added}{beside}")
}

/// Every user who changed, with the body of the one call to Graph that takes it back.
pub(super) fn objects(line: &Line) -> impl Iterator<Item = Value> {
    let id = line.source.id.to_string();
    line.swapped.iter().map(move |(user, Swapped { removed, former, added, disabled, second, at })| {
        let off = |plans: &std::collections::BTreeSet<_>| plans.iter().map(ToString::to_string).collect::<Vec<_>>();
        let given: Vec<String> =
            std::iter::once(added).chain(second.iter().map(|(sku, _)| sku)).map(ToString::to_string).collect();
        let was_off = former.as_ref().map(|former| off(&former.disabled));
        json!({
            "line": id,
            "user": user.to_string(),
            "at": at.map(|at| at.to_string()),
            "removed": removed.to_string(),
            "removed_via": former.as_ref().map(|former| word(former.via)),
            "removed_disabled": was_off,
            "added": added.to_string(),
            "added_disabled": off(disabled),
            "added_beside": second.as_ref().map(|(sku, _)| sku.to_string()),
            "added_beside_disabled": second.as_ref().map(|(_, disabled)| off(disabled)),
            "take_back": {
                "addLicenses": [{ "skuId": removed.to_string(), "disabledPlans": was_off.unwrap_or_default() }],
                "removeLicenses": given,
            },
        })
    })
}

fn word(via: Via) -> &'static str {
    match via {
        Via::Direct => "direct",
        Via::Group => "group",
        Via::Both => "both",
    }
}

#[cfg(test)]
mod tests {
    use super::{Former, Line, Swapped, Via, objects, sentences};
    use carryover_domain::ids::{LineId, TenantId, UserId};
    use carryover_domain::portfolio::{Customer, SourceLine};
    use carryover_domain::program::SourceProgram;
    use carryover_domain::value::Seats;
    use carryover_domain::{Event, replay};
    use serde_json::json;
    use uuid::Uuid;

    const OLD: &str = "cbdc14ab-d96c-4c30-b9f4-6ada7cdc1d46";
    const NEW: &str = "05e9a617-0261-4cee-bb44-138d3ef5d965";
    const TEAMS: &str = "57ff2da0-773e-42df-b2af-ffb7a2317929";

    /// A line of which so many users have changed, each with Teams off.
    fn changed(users: u128) -> Line {
        let tenant = TenantId::new(Uuid::from_u128(0xC1));
        let customer = Customer {
            tenant,
            domain: "birchlane.example".to_owned(),
            name: "Birch Lane".to_owned(),
            country: "DE".parse().expect("a country"),
        };
        let seats = Seats::try_new(9).expect("seats");
        let id = LineId::of(tenant, "old");
        let source = SourceLine::least(id, SourceProgram::DirectMca, OLD.parse().expect("a licence"), seats);
        let imported = Event::Imported { customer, lines: vec![source], by: None };
        let mut line = replay([&imported]).expect("an import").lines.remove(&id).expect("the line");
        line.swapped.extend((0..users).map(|n| {
            let swapped = Swapped {
                removed: OLD.parse().expect("a licence"),
                former: Some(Former { via: Via::Direct, disabled: [TEAMS.parse().expect("a plan")].into() }),
                added: NEW.parse().expect("a licence"),
                disabled: [TEAMS.parse().expect("a plan")].into(),
                second: None,
                at: Some("2026-12-09T00:00:00Z".parse().expect("an instant")),
            };
            (UserId::new(Uuid::from_u128(n)), swapped)
        }));
        line
    }

    #[test]
    fn what_takes_a_change_back_gives_the_old_licence_with_its_plans_off_and_takes_the_new_one() {
        let told: Vec<_> = objects(&changed(1)).collect();
        assert_eq!(told[0]["removed_via"], "direct");
        assert_eq!(
            told[0]["take_back"],
            json!({ "addLicenses": [{ "skuId": OLD, "disabledPlans": [TEAMS] }], "removeLicenses": [NEW] })
        );
    }

    #[test]
    fn what_takes_a_change_to_two_licences_back_takes_both() {
        let mut line = changed(1);
        let second = ("7e31c0d9-9551-471d-836f-32ee72be4a01".parse().expect("a licence"), [].into());
        line.swapped.values_mut().for_each(|swapped| swapped.second = Some(second.clone()));
        let told: Vec<_> = objects(&line).collect();
        assert_eq!(told[0]["take_back"]["removeLicenses"], json!([NEW, second.0.to_string()]));
        let told = sentences(&line);
        assert!(told[1].ends_with(&format!("and has {NEW} and {}", second.0)), "{told:?}");
    }

    #[test]
    fn a_few_users_are_named_and_the_others_counted() {
        assert_eq!(sentences(&changed(0)), Vec::<String>::new());
        let told = sentences(&changed(8));
        assert!(told[1].ends_with(&format!("had {OLD} without 1 of its plans, and has {NEW}")), "{told:?}");
        assert_eq!(told.last().map(String::as_str), Some("    and 3 more, with --format json"));
        assert_eq!(told.len(), 7);
    }
}
