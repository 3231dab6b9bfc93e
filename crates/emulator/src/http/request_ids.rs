//! The two ids of a request (fact sheet 3.1, 3.2, 21.1): in Partner Center the caller's own, or the service's where it sent none; in
//! Graph always the service's, and the caller's beside it.

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
        let id = |name: &str| call.header(name).map_or_else(|| made(name, call, nth, seed), str::to_owned);
        Ids { request: id("ms-requestid"), correlation: id("ms-correlationid") }
    }

    /// Graph's id of a request, and the caller's: Graph's own again where it sent none.
    pub(super) fn in_graph(call: &Call, nth: u64, seed: &Seed) -> Ids {
        let request = made("request-id", call, nth, seed);
        let correlation = call.header("client-request-id").map_or_else(|| request.clone(), str::to_owned);
        Ids { request, correlation }
    }

    /// How the headers of an answer show one of them.
    pub(super) fn shown(id: &str, reading: RequestIds) -> String {
        match reading {
            RequestIds::Once => id.to_owned(),
            RequestIds::Doubled => format!("{id},{id}"),
        }
    }
}

fn made(name: &str, call: &Call, nth: u64, seed: &Seed) -> String {
    let of = format!("{name} {} {} {} {nth}", seed.random, call.does(), call.path);
    Uuid::new_v5(&seed.partner.tenant_id.0, of.as_bytes()).to_string()
}
