//! Whether there is any of what is for sale (fact sheet 12.6).

use crate::Read;
use async_trait::async_trait;
use carryover_domain::ids::TenantId;
use carryover_domain::offer::OfferId;
use carryover_domain::value::Country;
use std::collections::{BTreeMap, BTreeSet};

/// The stock of items whose purchase asks for a look at it. Licences of Microsoft 365 have no stock; others may.
#[cfg_attr(feature = "mock", mockall::automock)]
#[async_trait]
pub trait Stock: Send + Sync {
    /// Why each of `items` cannot be bought for `customer` in `country` now, in the service's codes and words; nothing where it
    /// can. The service leaves items that it does not know out of its answer; it is not asked about no items.
    async fn stock(
        &self,
        country: Country,
        customer: TenantId,
        items: &BTreeSet<OfferId>,
    ) -> Read<BTreeMap<OfferId, Vec<String>>>;
}
