//! One customer's tenant: all that can be asked about it sits here, so that no request looks further.
//!
//! Never knows of other tenants; draws ids and delays from a stream of its own.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::carts::Cart;
use super::customers::Account;
use super::groups::Group;
use super::licences::{Assignment, User};
use super::orders::Order;
use super::people::LetterKind;
use super::subscriptions::{State, Subscription};
use super::transitions::Transition;
use crate::books::diary::Diary;
use crate::ids::{CartId, GroupId, OrderId, SkuId, SubscriptionId, TenantId, UserId};
use crate::prng::Prng;
use crate::seed::SeedPeople;

/// A customer, as the service sees it.
#[derive(Debug, Clone)]
pub(crate) struct Tenant {
    pub(crate) id: TenantId,
    pub(crate) domain: String,
    pub(crate) name: String,
    pub(crate) country: String,
    pub(crate) contact_email: String,
    pub(crate) people: SeedPeople,
    pub(crate) account: Account,
    pub(crate) standing: Standing,
    pub(crate) delegated_admin: bool,
    pub(crate) agreement: Option<Agreement>,
    /// Every confirmation, in order.
    pub(crate) confirmations: Vec<Confirmation>,
    pub(crate) subscriptions: BTreeMap<SubscriptionId, Subscription>,
    pub(crate) users: BTreeMap<UserId, User>,
    pub(crate) groups: BTreeMap<GroupId, Group>,
    /// Users by principal name, in lower case.
    pub(crate) names: BTreeMap<String, UserId>,
    pub(crate) carts: BTreeMap<CartId, Cart>,
    pub(crate) orders: BTreeMap<OrderId, Order>,
    pub(crate) transitions: Vec<Transition>,
    pub(crate) letters: BTreeSet<(LetterKind, Option<SubscriptionId>)>,
    pub(crate) prng: Prng,
    pub(crate) diary: Diary,
}

/// What the customer is to us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    /// Nothing.
    Stranger,
    /// We advise it and sell nothing to it.
    Advised,
    /// Accepted the invitation; orders are taken from `orderable_at` on.
    Reseller { accepted_at: Timestamp, orderable_at: Timestamp },
}

/// How the customer agreement came to be on record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Agreement {
    /// The customer signed in its own admin centre.
    Signed { at: Timestamp },
    /// The partner confirmed that somebody accepted.
    Confirmed,
}

/// A partner's statement about who accepted the customer agreement, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Confirmation {
    pub(crate) first_name: String,
    pub(crate) last_name: String,
    pub(crate) email: String,
    pub(crate) phone: Option<String>,
    pub(crate) agreed_at: Timestamp,
}

/// Units of one product, over all channels (rules R92, R93).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Pool {
    pub(crate) enabled: u32,
    pub(crate) warning: u32,
    pub(crate) suspended: u32,
    pub(crate) locked_out: u32,
    pub(crate) consumed: u32,
    pub(crate) subscriptions: Vec<SubscriptionId>,
}

impl Pool {
    /// Units that can still be given to users (fact sheet 21.3).
    pub(crate) fn free(&self) -> u32 {
        (self.enabled + self.warning).saturating_sub(self.consumed)
    }

    /// The word for the pool as a whole.
    pub(crate) fn capability(&self) -> State {
        if self.enabled > 0 {
            State::Enabled
        } else if self.warning > 0 {
            State::Warning
        } else if self.suspended > 0 {
            State::Suspended
        } else if self.locked_out > 0 {
            State::LockedOut
        } else {
            State::Deleted
        }
    }
}

impl Tenant {
    pub(crate) fn is_reseller(&self) -> bool {
        matches!(self.standing, Standing::Reseller { .. })
    }

    /// The pools as the customer's tenant shows them: bought seats count once they have arrived.
    pub(crate) fn pools(&self) -> BTreeMap<SkuId, Pool> {
        let mut pools: BTreeMap<SkuId, Pool> = BTreeMap::new();
        for held in self.subscriptions.values() {
            if held.units == 0 || held.state == State::Deleted {
                continue;
            }
            let pool = pools.entry(held.sku).or_default();
            pool.subscriptions.push(held.id);
            match held.state {
                State::Enabled => pool.enabled += held.units,
                State::Warning => pool.warning += held.units,
                State::Suspended => pool.suspended += held.units,
                State::LockedOut => pool.locked_out += held.units,
                State::Deleted => {}
            }
        }
        for user in self.users.values() {
            for sku in user.licences.keys() {
                if let Some(pool) = pools.get_mut(sku) {
                    pool.consumed += 1;
                }
            }
        }
        pools
    }

    /// Whether the user is among those who got the product last, and for whom no unit is left.
    pub(crate) fn goes_short(&self, user: &User, sku: SkuId) -> bool {
        let units = self.pools().get(&sku).map_or(0, |pool| pool.enabled + pool.warning);
        let since = |user: &User| user.licences.get(&sku).map(|held| (held.since, user.id));
        let Some(own) = since(user) else { return false };
        let before = self.users.values().filter_map(since).filter(|other| *other < own).count();
        before >= units as usize
    }

    /// Seats of `sku` that count against a limit over all channels: all that is not gone.
    pub(crate) fn seats_of(&self, sku: SkuId) -> u32 {
        self.subscriptions
            .values()
            .filter(|held| held.sku == sku)
            .filter(|held| !matches!(held.state, State::LockedOut | State::Deleted))
            .map(|held| held.seats)
            .sum()
    }

    /// Whether somebody holds the product of `id`, and all who do are covered by subscriptions that are not to move.
    pub(super) fn spares(&self, id: SubscriptionId) -> bool {
        let Some(sku) = self.subscriptions.get(&id).map(|held| held.sku) else { return false };
        let stays =
            |held: &&Subscription| held.sku == sku && held.state == State::Enabled && !self.diary.is_source(held.id);
        let units: u32 = self.subscriptions.values().filter(stays).map(|held| held.units).sum();
        let holders = self.users.values().filter(|user| user.licences.contains_key(&sku)).count();
        (1..=units as usize).contains(&holders)
    }

    /// Gives everybody who holds `from` directly `to` instead, with all its plans.
    pub(super) fn move_licences(&mut self, from: SkuId, to: SkuId, now: Timestamp) {
        let mut moved = Vec::new();
        for user in self.users.values_mut() {
            let Some(held) = user.licences.get_mut(&from) else { continue };
            if held.direct.take().is_none() {
                continue;
            }
            if held.groups.is_empty() {
                user.licences.remove(&from);
            }
            let fresh = || Assignment { direct: None, groups: BTreeMap::new(), since: now };
            user.licences.entry(to).or_insert_with(fresh).direct = Some(BTreeSet::new());
            moved.push(user.id);
        }
        for user in moved {
            self.diary.swapped(user, &[to], &[from]);
        }
    }

    /// Writes down what changed for users and pools. Call after every change to either.
    pub(crate) fn settle(&mut self, now: Timestamp) {
        let enabled: BTreeMap<SkuId, u32> = self.pools().into_iter().map(|(sku, pool)| (sku, pool.enabled)).collect();
        self.diary.settle(now, &self.users, &enabled);
    }
}
