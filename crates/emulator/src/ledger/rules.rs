//! How the service behaves where documents leave room or where a test wants it different.

use serde::{Deserialize, Serialize};

use super::readings::Readings;

/// The service's conduct. There is no default: choose [`Rules::usual`] or [`Rules::prompt`] and change fields.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default = "Rules::usual")]
pub struct Rules {
    /// What a second checkout of the same cart gets.
    pub second_checkout: SecondCheckout,
    /// How long a cart lives. Prose says seven days, samples show fifteen minutes (fact sheet 13.1).
    pub cart_life_minutes: u32,
    /// From a customer's acceptance until orders are taken; 20002 before (fact sheet 9.5).
    pub orderable_after_minutes: u32,
    /// Whether accepting the invitation grants delegated administration, too. Real ones are separate.
    pub gdap_with_acceptance: bool,
    /// From checkout until an order can be read, and its subscription is named on its line.
    pub order_seen: Minutes,
    /// From an order being seen until its subscription is active.
    pub active: Minutes,
    /// From provisioning success until users' tenants show the seats.
    pub seats_seen: Minutes,
    /// From asking for a new-commerce migration to its completion (fact sheet 17).
    pub migration: Minutes,
    /// From a change to its notification; up to 48 hours are documented (fact sheet 20.4).
    pub notified: Minutes,
    /// From asking for a qualification to its approval. Nobody publishes it.
    pub vetting_hours: u32,
    /// From the end of a term until its renewal is carried out, 24 at most: changes are refused until then (fact sheet 15.5).
    pub renewal_hours: u32,
    /// How long an answer is kept for a repeated request id. Nobody publishes it (fact sheet 8.1).
    pub request_ids_kept_hours: u32,
    /// How it reads what documents leave open.
    pub readings: Readings,
}

/// A range of delays, both ends included. The seed decides which one happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Minutes {
    /// Shortest.
    pub min: u32,
    /// Longest.
    pub max: u32,
}

/// What a second checkout of the same cart gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SecondCheckout {
    /// Refused with 800065, as documented.
    Refuse,
    /// The first result again, as third parties report.
    Replay,
    /// A second order. Deliberately wrong, to see that the books notice.
    AcceptTwice,
}

impl Rules {
    /// The documented delays: orders show within 15 minutes, seats up to an hour after that.
    #[must_use]
    pub const fn usual() -> Rules {
        Rules {
            second_checkout: SecondCheckout::Refuse,
            cart_life_minutes: 7 * 24 * 60,
            orderable_after_minutes: 5,
            gdap_with_acceptance: true,
            order_seen: Minutes { min: 0, max: 15 },
            active: Minutes { min: 0, max: 10 },
            seats_seen: Minutes { min: 5, max: 60 },
            migration: Minutes { min: 4, max: 5 },
            notified: Minutes { min: 0, max: 5 },
            vetting_hours: 48,
            renewal_hours: 0,
            request_ids_kept_hours: 24,
            readings: Readings::usual(),
        }
    }

    /// Everything at once: for tests that are not about waiting.
    #[must_use]
    pub const fn prompt() -> Rules {
        Rules {
            orderable_after_minutes: 0,
            migration: Minutes { min: 0, max: 0 },
            notified: Minutes { min: 0, max: 0 },
            vetting_hours: 0,
            order_seen: Minutes { min: 0, max: 0 },
            active: Minutes { min: 0, max: 0 },
            seats_seen: Minutes { min: 0, max: 0 },
            ..Rules::usual()
        }
    }

    /// The same rules with every delay at its longest.
    #[must_use]
    pub const fn slowest(self) -> Rules {
        Rules {
            order_seen: self.order_seen.longest(),
            active: self.active.longest(),
            seats_seen: self.seats_seen.longest(),
            migration: self.migration.longest(),
            notified: self.notified.longest(),
            ..self
        }
    }

    /// The same rules with carts that live a quarter of an hour.
    #[must_use]
    pub const fn strict_carts(self) -> Rules {
        Rules { cart_life_minutes: 15, ..self }
    }
}

impl Minutes {
    const fn longest(self) -> Minutes {
        Minutes { min: self.max, max: self.max }
    }
}
