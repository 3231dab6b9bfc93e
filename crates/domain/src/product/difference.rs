//! What users lose and gain when one product takes the place of another (rules R91, R100, R141).
//!
//! Compared by family and rank, not by plan ids. The tables lag the service, so what comes out as a warning is a question
//! for a person, not a fact.

use super::families::{Family, Impact, ranks};
use super::table::Products;
use crate::ids::{ServicePlanId, SkuId};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::LazyLock;

/// A family that a high enough tier of another one covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Implied {
    /// What is covered.
    pub family: Family,
    /// What covers it.
    pub by: Family,
    /// From this rank on.
    pub rank_min: u8,
}

/// What is covered without a plan of its own (rule R100): Exchange of rank 3 includes the archive and data loss
/// prevention, Office apps of rank 3 include activation on shared computers.
const IMPLIED: [(&str, &str, u8); 3] =
    [("EXCHANGE_ARCHIVE", "EXCHANGE", 3), ("DLP_AND_RETENTION", "EXCHANGE", 3), ("SHARED_COMPUTER", "OFFICE_APPS", 3)];

/// The list of rule R100.
pub fn implied() -> &'static [Implied] {
    static LIST: LazyLock<Vec<Implied>> = LazyLock::new(|| {
        let known = |(family, by, rank_min): (&str, &str, u8)| {
            Some(Implied { family: Family::named(family)?, by: Family::named(by)?, rank_min })
        };
        IMPLIED.into_iter().filter_map(known).collect()
    });
    &LIST
}

/// How much a difference weighs (rule R100).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Nothing that anybody would miss.
    Info,
    /// Protection or management changes: a question for a person.
    Warn,
    /// Mail, files, conversations, calls or data are touched: not without a person's approval.
    Block,
}

impl Severity {
    /// The rule book's word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Info => "INFO",
            Self::Warn => "WARN",
            Self::Block => "BLOCK",
        }
    }
}

impl From<Impact> for Severity {
    fn from(impact: Impact) -> Self {
        match impact {
            Impact::Mailbox | Impact::Files | Impact::Chat | Impact::Telephony | Impact::Data => Self::Block,
            Impact::Policy => Self::Warn,
            Impact::Minor | Impact::None | Impact::Retired => Self::Info,
        }
    }
}

/// The way from one product to another. Families in byte order of their names, each in one of the lists at most, save
/// that `lost` is part of `lost_raw`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// How many plans are in both, those without a family included.
    pub common_plans: usize,
    /// Families that the target has no plan of.
    pub lost_raw: BTreeSet<Family>,
    /// Those of them that nothing else in the target covers.
    pub lost: BTreeSet<Family>,
    /// Families whose rank is lower in the target.
    pub downgraded: BTreeSet<Family>,
    /// Families whose rank is higher in the target.
    pub upgraded: BTreeSet<Family>,
    /// Families that the source has no plan of.
    pub gained: BTreeSet<Family>,
    /// The weight of the heaviest family that is lost or downgraded.
    pub severity: Severity,
}

impl Difference {
    /// Families that users would have less of: lost or of a lower rank.
    pub fn less(&self) -> impl Iterator<Item = Family> {
        self.lost.union(&self.downgraded).copied()
    }
    /// Families that users would have more of: gained or of a higher rank.
    pub fn more(&self) -> impl Iterator<Item = Family> {
        self.gained.union(&self.upgraded).copied()
    }
    /// Those of [`Self::less`] that weigh as much as the whole: what has to be shown to whoever decides.
    pub fn heaviest(&self) -> impl Iterator<Item = Family> {
        self.less().filter(|family| Severity::from(family.impact()) == self.severity)
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts = [
            ("loses", &self.lost),
            ("has less of", &self.downgraded),
            ("has more of", &self.upgraded),
            ("gains", &self.gained),
        ];
        let mut before = "";
        for (verb, families) in parts.into_iter().filter(|(_, families)| !families.is_empty()) {
            write!(f, "{before}{verb} ")?;
            before = "; ";
            for (at, family) in families.iter().enumerate() {
                write!(f, "{}{family}", if at == 0 { "" } else { ", " })?;
            }
        }
        if before.is_empty() { f.write_str("the same capabilities") } else { Ok(()) }
    }
}

/// Rule R100 and its definition in section L.6: the difference between the plans of two products, where `implied` says
/// what is covered without a plan of its own.
pub fn plan_diff(
    source: &BTreeSet<ServicePlanId>,
    target: &BTreeSet<ServicePlanId>,
    implied: &[Implied],
) -> Difference {
    let (old, new) = (ranks(source), ranks(target));
    let only_in = |one: &BTreeMap<Family, u8>, other: &BTreeMap<Family, u8>| -> BTreeSet<Family> {
        one.keys().filter(|family| !other.contains_key(family)).copied().collect()
    };
    let in_both = |goes: fn(&u8, &u8) -> bool| -> BTreeSet<Family> {
        old.iter()
            .filter(|(family, rank)| new.get(family).is_some_and(|after| goes(after, rank)))
            .map(|(f, _)| *f)
            .collect()
    };
    let covered = |family: Family| {
        implied.iter().any(|rule| rule.family == family && new.get(&rule.by).is_some_and(|rank| *rank >= rule.rank_min))
    };
    let lost_raw = only_in(&old, &new);
    let lost: BTreeSet<Family> = lost_raw.iter().copied().filter(|family| !covered(*family)).collect();
    let downgraded = in_both(u8::lt);
    let severity =
        lost.union(&downgraded).map(|family| Severity::from(family.impact())).max().unwrap_or(Severity::Info);
    Difference {
        common_plans: source.intersection(target).count(),
        lost_raw,
        lost,
        downgraded,
        upgraded: in_both(u8::gt),
        gained: only_in(&new, &old),
        severity,
    }
}

/// Whether two licences are the same offer (rule R91).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SkuMatch {
    /// The same licence: nobody has to be touched.
    Same,
    /// Another one: every user is reassigned.
    Different {
        /// Whether Teams is lost, the one big loss between products that are otherwise alike (rule R142). No where the
        /// plans of one of them are not known.
        loses_teams: bool,
    },
}

/// Rule R91: the same licence or another one. Names say nothing.
pub fn sku_match(source: SkuId, target: SkuId, products: &Products<'_>) -> SkuMatch {
    if source == target {
        return SkuMatch::Same;
    }
    let loses_teams = products
        .plans_of(source)
        .zip(products.plans_of(target))
        .is_some_and(|(old, new)| plan_diff(old, new, implied()).lost.iter().any(|family| family.name() == "TEAMS"));
    SkuMatch::Different { loses_teams }
}
