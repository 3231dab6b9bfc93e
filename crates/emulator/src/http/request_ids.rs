//! The two ids of a request to Partner Center (fact sheet 3.1, 3.2): the caller's own, or the service's where it sent none.

use uuid::Uuid;

use super::call::Call;
use crate::ledger::RequestIds;
use crate::seed::Seed;

/// What a request is called by in answers and records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Ids {
    pub(super) request: String,
    pub(super) correlation: String,
}

impl Ids {
    /// The ids of a request that is the `nth` of its method and path: made ids follow from that, and from the seed alone.
    pub(super) fn of(call: &Call, nth: u64, seed: &Seed) -> Ids {
        let made = |name: &str| {
            let of = format!("{name} {} {} {} {nth}", seed.random, call.does(), call.path);
            Uuid::new_v5(&seed.partner.tenant_id.0, of.as_bytes()).to_string()
        };
        let id = |name: &str| call.header(name).map_or_else(|| made(name), str::to_owned);
        Ids { request: id("ms-requestid"), correlation: id("ms-correlationid") }
    }

    /// How the headers of an answer show one of them.
    pub(super) fn shown(id: &str, reading: RequestIds) -> String {
        match reading {
            RequestIds::Once => id.to_owned(),
            RequestIds::Doubled => format!("{id},{id}"),
        }
    }
}
