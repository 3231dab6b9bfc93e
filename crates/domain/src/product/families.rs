//! Families of service plans: the tiers of one capability have different plan ids, and only inside a family do they
//! compare (rules R100, R132).

use super::rows::rows;
use crate::ids::ServicePlanId;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::LazyLock;

/// Plan to family and rank, made for these rules (rule R132): 38 families, 144 plans.
static TABLE: LazyLock<Table> = LazyLock::new(|| Table::read(include_str!("../../data/plan-families.csv")));

/// One capability, such as `EXCHANGE`, whose tiers are different plans. Sorts by name in byte order.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Family(&'static str);

/// Where a plan stands in its family.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tier {
    /// The capability.
    pub family: Family,
    /// From 1 up; more is more. Compares inside the family only.
    pub rank: u8,
}

/// What users feel when a family is lost (rule R132).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Impact {
    /// Mail.
    Mailbox,
    /// Documents and sites.
    Files,
    /// Conversations.
    Chat,
    /// Calls.
    Telephony,
    /// Reports and what they stand on.
    Data,
    /// Protection and management; nobody loses content.
    Policy,
    /// Little tools.
    Minor,
    /// Nothing that is kept in the service.
    None,
    /// A service that is no more.
    Retired,
}

struct Table {
    tiers: BTreeMap<ServicePlanId, (Tier, &'static str)>,
    impacts: BTreeMap<Family, Impact>,
}

impl Table {
    fn read(text: &'static str) -> Self {
        let (mut tiers, mut impacts) = (BTreeMap::new(), BTreeMap::new());
        for [family, rank, plan, name, _audience, impact] in rows(text) {
            let (Ok(rank), Ok(plan), Some(impact)) = (rank.parse(), plan.parse(), Impact::of_word(impact)) else {
                continue;
            };
            let family = Family(family);
            tiers.insert(plan, (Tier { family, rank }, name));
            impacts.insert(family, impact);
        }
        Self { tiers, impacts }
    }
}

impl Family {
    /// The family of that exact name.
    pub fn named(name: &str) -> Option<Self> {
        TABLE.impacts.keys().copied().find(|family| family.0 == name)
    }
    /// Every family, by name.
    pub fn all() -> impl Iterator<Item = Self> {
        TABLE.impacts.keys().copied()
    }
    /// Its name in the rule book's table, such as `EXCHANGE_ARCHIVE`.
    pub fn name(self) -> &'static str {
        self.0
    }
    /// What users feel when it is lost.
    pub fn impact(self) -> Impact {
        TABLE.impacts.get(&self).copied().unwrap_or(Impact::None)
    }
}

impl fmt::Display for Family {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl fmt::Debug for Family {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl Impact {
    /// Every impact.
    pub const ALL: [Self; 9] = [
        Self::Mailbox,
        Self::Files,
        Self::Chat,
        Self::Telephony,
        Self::Data,
        Self::Policy,
        Self::Minor,
        Self::None,
        Self::Retired,
    ];
    /// The word of the table.
    pub fn word(self) -> &'static str {
        match self {
            Self::Mailbox => "mailbox",
            Self::Files => "files",
            Self::Chat => "chat",
            Self::Telephony => "telephony",
            Self::Data => "data",
            Self::Policy => "policy",
            Self::Minor => "minor",
            Self::None => "none",
            Self::Retired => "retired",
        }
    }
    /// The impact of that word.
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|impact| impact.word() == word)
    }
}

/// Where `plan` stands; none for the many plans that are in no family.
pub fn tier(plan: ServicePlanId) -> Option<Tier> {
    TABLE.tiers.get(&plan).map(|(tier, _)| *tier)
}

/// Microsoft's short name of a plan that is in a family, such as `EXCHANGE_S_STANDARD`.
pub fn plan_name(plan: ServicePlanId) -> Option<&'static str> {
    TABLE.tiers.get(&plan).map(|(_, name)| *name)
}

/// Every plan that is in a family, with its place.
pub fn tiers() -> impl Iterator<Item = (ServicePlanId, Tier)> {
    TABLE.tiers.iter().map(|(plan, (tier, _))| (*plan, *tier))
}

/// The families among `plans`, each with the highest rank of its plans there (rule R100).
pub fn ranks(plans: &BTreeSet<ServicePlanId>) -> BTreeMap<Family, u8> {
    let mut ranks = BTreeMap::new();
    for Tier { family, rank } in plans.iter().filter_map(|plan| tier(*plan)) {
        let highest = ranks.entry(family).or_insert(rank);
        *highest = rank.max(*highest);
    }
    ranks
}
