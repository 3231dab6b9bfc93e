//! A small world for trying things out: a few customers, some of them ours already.

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use super::{Billing, Seed, SeedPurchase, SeedRelationship, Term};
use crate::ids::{OrderId, SkuId, SubscriptionId};
use crate::prng::Prng;

/// Entra ID P1 and Exchange Online (Plan 1): sold beside what the customers are to move.
const BOUGHT_BEFORE: [u128; 2] = [0x078d2b04_f1bd_4111_bbd4_b4b1b354cef4, 0x4b9405b0_7788_4568_add1_99614e613b69];

impl Seed {
    /// Eight customers; the first, second and fourth have a relationship with us, a signed agreement and
    /// a new-commerce subscription with its order, so that no list is empty.
    #[must_use]
    pub fn small(start: Timestamp) -> Seed {
        let mut seed = Seed::generate(8, 11, start);
        for (nth, index) in [0, 1, 3].into_iter().enumerate() {
            let customer = &mut seed.customers[index];
            let mut prng = Prng::stream(seed.random, customer.domain.as_bytes());
            let days = |days: u32| SignedDuration::from_hours(24 * i64::from(days));
            let accepted = prng.between(120, 300);
            let ordered_at = start - days(accepted) + SignedDuration::from_hours(3);
            customer.relationship =
                Some(SeedRelationship { accepted_at: start - days(accepted), agreement_signed: true });
            customer.purchases.push(SeedPurchase {
                order_id: OrderId(format!("{:012x}", prng.next() >> 16)),
                subscription_id: SubscriptionId(prng.guid()),
                sku_id: SkuId(Uuid::from_u128(BOUGHT_BEFORE[nth % BOUGHT_BEFORE.len()])),
                seats: prng.between(3, 25),
                term: Term::P1Y,
                billing: Billing::Annual,
                ordered_at,
                auto_renew: true,
                friendly_name: Some("First order".to_owned()),
            });
        }
        seed
    }
}
