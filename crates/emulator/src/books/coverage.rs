//! Which users are served, and from when to when those who should be were not.
//!
//! Works on change points alone: between two calls of [`Coverage::settle`] nothing is taken to change.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::{SECONDS_PER_HOUR, rounded_up};
use crate::ids::{SkuId, UserId};
use crate::ledger::licences::User;

/// The users who were served at the start, and their gaps since.
#[derive(Debug, Clone, Default)]
pub(super) struct Coverage {
    /// A user and the product held at the start, with everything that may serve in its place.
    seats: BTreeMap<(UserId, SkuId), BTreeSet<Serving>>,
    open: BTreeMap<(UserId, SkuId), Timestamp>,
    closed: Vec<Gap>,
}

/// What serves a user: one product, or two together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Serving {
    pub(super) sku: SkuId,
    /// What the user has to hold beside it.
    pub(super) with: Option<SkuId>,
}

impl Serving {
    /// That product alone.
    pub(super) fn alone(sku: SkuId) -> Self {
        Self { sku, with: None }
    }

    fn holds(self, sku: SkuId) -> bool {
        self.sku == sku || self.with == Some(sku)
    }
}

/// An interval in which a user was not served.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Gap {
    pub(super) user: UserId,
    /// The product held at the start.
    pub(super) sku: SkuId,
    pub(super) from: Timestamp,
    pub(super) to: Timestamp,
    /// Whether it still lasts.
    pub(super) open: bool,
}

impl Gap {
    /// Its length in hours, a begun hour counting whole.
    pub(super) fn hours(&self) -> u64 {
        rounded_up(self.to.duration_since(self.from), SECONDS_PER_HOUR)
    }
}

impl Coverage {
    /// Begins with everybody whose product is backed by Enabled units.
    pub(super) fn begin(
        users: &BTreeMap<UserId, User>,
        enabled: &BTreeMap<SkuId, u32>,
        serves: impl Fn(SkuId) -> BTreeSet<Serving>,
    ) -> Coverage {
        let unbacked = unbacked(users, enabled);
        let mut seats = BTreeMap::new();
        for user in users.values() {
            for sku in user.licences.keys() {
                if backs(user, *sku, &unbacked) {
                    seats.insert((user.id, *sku), serves(*sku));
                }
            }
        }
        Coverage { seats, open: BTreeMap::new(), closed: Vec::new() }
    }

    /// From now on, `added` serves `user` wherever `removed` did: one call exchanged them.
    pub(super) fn exchanged(&mut self, user: UserId, removed: &[SkuId], added: &[SkuId]) {
        for (_, serving) in self.seats.range_mut(own(user)) {
            if removed.iter().any(|sku| serving.iter().any(|one| one.sku == *sku)) {
                // What serves with another one only does not serve alone.
                let new = |sku: &&SkuId| !serving.iter().any(|one| one.holds(**sku));
                let new: Vec<Serving> = added.iter().filter(new).map(|sku| Serving::alone(*sku)).collect();
                serving.extend(new);
            }
        }
    }

    /// From now on `user` is to be served with `sku`, or with any of `serving`.
    pub(super) fn joined(&mut self, user: UserId, sku: SkuId, serving: BTreeSet<Serving>) {
        self.seats.insert((user, sku), serving);
    }

    /// From now on `user` is not to be served with `sku` any more, or with anything where it is `None`.
    pub(super) fn released(&mut self, user: UserId, sku: Option<SkuId>, now: Timestamp) {
        let over: Vec<(UserId, SkuId)> = self
            .seats
            .range(own(user))
            .filter(|(_, serving)| sku.is_none_or(|sku| serving.iter().any(|one| one.holds(sku))))
            .map(|(seat, _)| *seat)
            .collect();
        for seat in over {
            self.seats.remove(&seat);
            if let Some(from) = self.open.remove(&seat)
                && from < now
            {
                self.closed.push(Gap { user: seat.0, sku: seat.1, from, to: now, open: false });
            }
        }
    }

    /// Opens and closes gaps by what is true from `now` on.
    pub(super) fn settle(&mut self, now: Timestamp, users: &BTreeMap<UserId, User>, enabled: &BTreeMap<SkuId, u32>) {
        let unbacked = unbacked(users, enabled);
        for (seat, serving) in &self.seats {
            let serves = |user: &User, one: &Serving| {
                backs(user, one.sku, &unbacked) && one.with.is_none_or(|with| backs(user, with, &unbacked))
            };
            let served = users.get(&seat.0).is_some_and(|user| serving.iter().any(|one| serves(user, one)));
            if !served {
                self.open.entry(*seat).or_insert(now);
            } else if let Some(from) = self.open.remove(seat)
                && from < now
            {
                self.closed.push(Gap { user: seat.0, sku: seat.1, from, to: now, open: false });
            }
        }
    }

    /// Every gap so far; those still open end at `now`.
    pub(super) fn gaps(&self, now: Timestamp) -> impl Iterator<Item = Gap> {
        let open =
            self.open.iter().map(move |(&(user, sku), from)| Gap { user, sku, from: *from, to: now, open: true });
        self.closed.iter().cloned().chain(open)
    }
}

/// All seats of one user.
fn own(user: UserId) -> std::ops::RangeInclusive<(UserId, SkuId)> {
    (user, SkuId(uuid::Uuid::nil()))..=(user, SkuId(uuid::Uuid::max()))
}

/// Whether an assignment of `sku` serves `user`.
fn backs(user: &User, sku: SkuId, unbacked: &BTreeMap<SkuId, BTreeSet<UserId>>) -> bool {
    user.licences.contains_key(&sku) && !unbacked.get(&sku).is_some_and(|users| users.contains(&user.id))
}

/// Users whose assignment has no Enabled unit behind it. Where units are short, those who got the product
/// last go without; nobody documents who really does (rule R96).
fn unbacked(users: &BTreeMap<UserId, User>, enabled: &BTreeMap<SkuId, u32>) -> BTreeMap<SkuId, BTreeSet<UserId>> {
    let mut holders: BTreeMap<SkuId, Vec<(Timestamp, UserId)>> = BTreeMap::new();
    for user in users.values() {
        for (sku, held) in &user.licences {
            holders.entry(*sku).or_default().push((held.since, user.id));
        }
    }
    holders
        .into_iter()
        .filter_map(|(sku, mut holders)| {
            let units = enabled.get(&sku).copied().unwrap_or(0) as usize;
            if holders.len() <= units {
                return None;
            }
            holders.sort_unstable();
            Some((sku, holders.drain(units..).map(|(_, user)| user).collect()))
        })
        .collect()
}
