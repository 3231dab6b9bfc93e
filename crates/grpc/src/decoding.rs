//! Every way in which a request is read, over any bytes: none may panic, whatever a caller sends. For `fuzz/` and the tests;
//! nothing of it runs in a call.

use crate::asking::{Fingerprint, seen};
use crate::caller::Caller;
use crate::fault::Fault;
use crate::filter::terms;
use crate::name::Names;
use crate::page::Page;
use crate::token::Seal;
use crate::updating::changes;
use carryover_api::v1;
use prost::Message;
use std::collections::BTreeSet;

/// Reads `bytes` as each kind of request, everything out of it that a call would, and as a token.
///
/// # Panics
/// When a token passes that the seal did not make.
pub fn every_way(bytes: &[u8]) {
    let seal = Seal::keyed(b"of the fuzzer alone");
    list::<v1::ListMigrationsRequest>(bytes, &seal, |wish| (wish.parent, wish.page_size, wish.page_token, wish.filter));
    list::<v1::ListMigrationEventsRequest>(bytes, &seal, |wish| {
        (wish.parent, wish.page_size, wish.page_token, wish.filter)
    });
    change::<v1::ApprovePlanRequest>(bytes, |wish| (wish.name, wish.etag, wish.request_id));
    change::<v1::ResolveActionItemRequest>(bytes, |wish| (wish.name, wish.etag, wish.request_id));
    change::<v1::SurveyMigrationRequest>(bytes, |wish| (wish.name, String::new(), wish.request_id));
    if let Ok(wish) = v1::UpdateMigrationRequest::decode(bytes) {
        let paths = wish.update_mask.map(|mask| mask.paths).unwrap_or_default();
        let _ = wish.migration.as_ref().map(|said| changes(said, &paths));
    }
    let _ = v1::ImportPortfolioRequest::decode(bytes);
    let _ = v1::ForecastPortfolioRequest::decode(bytes);
    let _ = v1::WatchMigrationsRequest::decode(bytes);
    if let Ok(text) = std::str::from_utf8(bytes) {
        assert_eq!(seal.place(&["List", "parent"], text), None, "a forged token passes: {text}");
    }
}

type Wanted = (String, i32, String, String);

fn list<M: Message + Default>(bytes: &[u8], seal: &Seal, wanted: impl Fn(M) -> Wanted) {
    let Ok((parent, size, token, filter)) = M::decode(bytes).map(wanted) else { return };
    names(&parent);
    let _ = terms(&filter, &["state", "domain"]);
    let page = Page::read(seal, &["List", &parent, &filter], size, &token);
    assert!(page.is_err() || token.is_empty(), "a forged token passes: {token}");
}

fn change<M: Message + Default + Clone>(bytes: &[u8], wanted: impl Fn(M) -> (String, String, String)) {
    let Ok(message) = M::decode(bytes) else { return };
    let caller = Caller { name: "ana".to_owned(), roles: BTreeSet::new() };
    let (name, etag, request_id) = wanted(message.clone());
    names(&name);
    let _ = seen(&etag);
    let _ = Fingerprint::of("Change", &caller, &message).request(&request_id);
}

/// Reads `text` as each kind of name. A name that is read is told apart from all others.
fn names(text: &str) {
    let names = Names::new(None);
    let read: [Result<(), Fault>; 8] = [
        names.read_partner("name", text),
        names.read_portfolio("name", text),
        names.read_customer("name", text).map(drop),
        names.read_migration("name", text).map(drop),
        names.read_migrations("name", text).map(drop),
        names.read_report("name", text).map(drop),
        names.read_line("name", text).map(drop),
        names.read_plan("name", text).map(drop),
    ];
    assert!(read.iter().filter(|read| read.is_ok()).count() <= 2, "`{text}` is read as several kinds of names");
}

#[cfg(test)]
mod tests {
    use super::every_way;
    use crate::token::Seal;
    use carryover_api::v1;
    use prost::Message;

    /// Requests as clients send them, and a token.
    fn seeds() -> Vec<Vec<u8>> {
        let migration = "partners/local/customers/8f0d9b52-6b0a-4b5e-9e57-1d8f5a3c0001/migrations/\
                         d5081019-e511-581c-9a64-de5b20d5a999";
        let (name, etag) = (migration.to_owned(), "\"7\"".to_owned());
        let request_id = "7d3f0c52-9d0e-4c1b-8a55-0d5f7e3c2a10".to_owned();
        let page_token = Seal::keyed(b"another").token(&["List", "partners/-/customers/-", ""], 50);
        let list = v1::ListMigrationsRequest {
            parent: "partners/-/customers/-".to_owned(),
            page_size: 7,
            page_token: page_token.clone(),
            filter: "state = DRAFT AND domain = \"a.example\"".to_owned(),
        };
        let events = v1::ListMigrationEventsRequest {
            parent: name.clone(),
            page_size: -1,
            page_token: page_token.clone(),
            filter: "kind = paused".to_owned(),
        };
        let (approve, request) = (format!("{name}/plans/{request_id}"), request_id.clone());
        let approve = v1::ApprovePlanRequest { name: approve, etag: etag.clone(), request_id: request, hold: true };
        let labelled = v1::Migration {
            name: name.clone(),
            etag: etag.clone(),
            labels: [("team".to_owned(), "north".to_owned())].into(),
            policy: Some(v1::CustomerPolicy { lead_business_day_count: Some(5), sizing: 2, ..Default::default() }),
            ..Default::default()
        };
        let update =
            v1::UpdateMigrationRequest { migration: Some(labelled), update_mask: None, request_id: request_id.clone() };
        let survey = v1::SurveyMigrationRequest { name, request_id };
        vec![
            list.encode_to_vec(),
            events.encode_to_vec(),
            approve.encode_to_vec(),
            update.encode_to_vec(),
            survey.encode_to_vec(),
            page_token.into_bytes(),
        ]
    }

    /// Requests cut, swapped and spliced: the first of a fuzzer's seeds, in an order that is always the same.
    #[test]
    fn no_request_however_broken_breaks_what_reads_it() {
        let seeds = seeds();
        let mut state = 0x9E37_79B9_7F4A_7C15_u64;
        let mut random = |below: usize| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            usize::try_from(state % 1_000_003).expect("small") % below.max(1)
        };
        for seed in &seeds {
            every_way(seed);
            for _ in 0..5_000 {
                let mut broken = seed.clone();
                for _ in 0..=random(3) {
                    let (from, to) = (random(broken.len()), random(broken.len()));
                    let other = &seeds[random(seeds.len())];
                    match random(5) {
                        0 => broken.truncate(from),
                        1 if !broken.is_empty() => broken[from] = u8::try_from(random(256)).expect("a byte"),
                        2 => drop(
                            broken.splice(from.min(to)..from.max(to), other[random(other.len())..].iter().copied()),
                        ),
                        3 => drop(broken.drain(from.min(to)..from.max(to))),
                        _ => broken.insert(from, u8::try_from(random(256)).expect("a byte")),
                    }
                }
                every_way(&broken);
            }
        }
    }
}
