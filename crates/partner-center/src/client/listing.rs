//! Lists, put together from their pages, as far as there is room for them: a service that always knows another page fills no memory.
//!
//! Never takes a list for shorter than it is: one that breaks off without saying that it is over is read once more from the
//! beginning, and counts only where it breaks off at the same place.

use super::{Call, Client};
use crate::classify::{Meaning, Operation};
use crate::failure::Failure;
use crate::identity::Pass;
use crate::route;
use crate::wire::page::{Next, Page};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use url::Url;

/// A list of more pages than this does not end. At 999 users a page it is a tenant of ten million.
const PAGES_MAX: usize = 10_000;

/// A list as far as it could be read.
enum Read {
    /// To its end.
    Whole(Vec<Value>),
    /// Until a page was refused as some services refuse the one after the last, and all services one whose token went stale.
    BrokenOff { items: Vec<Value>, pages: usize },
}

/// What the pages so far brought.
pub(crate) struct Items {
    all: Vec<Value>,
    /// Bytes that further pages may have.
    room: usize,
    /// Where each id of the pages before stands.
    places: BTreeMap<String, usize>,
}

impl Items {
    /// Nothing yet, with `room` bytes for what comes.
    pub(crate) fn new(room: usize) -> Self {
        Self { all: Vec::new(), room, places: BTreeMap::new() }
    }

    /// Adds a page that came in so many bytes. What a page before has shown already, because the list changed meanwhile, is told as it
    /// is now (fact sheet 5.1).
    ///
    /// # Errors
    /// In words, where it is too much.
    pub(crate) fn add(&mut self, page: Vec<Value>, bytes: usize) -> Result<(), &'static str> {
        self.room = self.room.checked_sub(bytes).ok_or("the list is too large")?;
        let mut places = Vec::new();
        for item in page {
            let id = id(&item);
            match id.as_ref().and_then(|id| self.places.get(id)) {
                Some(place) => self.all[*place] = item,
                None => {
                    places.extend(id.map(|id| (id, self.all.len())));
                    self.all.push(item);
                }
            }
        }
        self.places.extend(places);
        Ok(())
    }
}

/// What an item is known by, whatever the case of its letters (fact sheet 3.3).
fn id(item: &Value) -> Option<String> {
    Some(item.get("id")?.as_str()?.to_ascii_lowercase())
}

impl Client {
    /// Every item of a Partner Center collection, over all its pages (fact sheet 4.1, 4.2, 5.1).
    pub(crate) async fn list(&self, operation: Operation, pass: Pass, url: Url) -> Result<Vec<Value>, Failure> {
        let (before, place) = match self.read_pages(operation, pass, url.clone()).await? {
            Read::Whole(items) => return Ok(items),
            Read::BrokenOff { items, pages } => (items.len(), pages),
        };
        match self.read_pages(operation, pass, url).await? {
            Read::Whole(items) => Ok(items),
            Read::BrokenOff { items, pages } if pages == place && items.len() >= before => Ok(items),
            Read::BrokenOff { .. } => Err(Failure::garbled(operation, "it breaks off, and each time elsewhere")),
        }
    }

    async fn read_pages(&self, operation: Operation, pass: Pass, url: Url) -> Result<Read, Failure> {
        let mut call = Call::read(operation, pass, url);
        let mut items = Items::new(self.inner.list_bytes_max);
        let mut seen = BTreeSet::new();
        for pages in 0..PAGES_MAX {
            if !seen.insert((call.url.clone(), call.continuation.clone())) {
                return Err(Failure::garbled(operation, "its pages lead in a circle"));
            }
            let answer = match self.answer(&call).await {
                Err(failure) if failure.meaning == Meaning::ListEnd && pages > 0 => {
                    return Ok(Read::BrokenOff { items: items.all, pages });
                }
                answer => answer?,
            };
            let token = answer.continuation.filter(|_| answer.body.is_array());
            let page = Page::of_partner_center(answer.body);
            let page = page.ok_or_else(|| Failure::garbled(operation, "it is not a list"))?;
            items.add(page.items, answer.bytes).map_err(|reason| Failure::garbled(operation, reason))?;
            match (page.next, token) {
                (Some(next), _) => {
                    self.turn(&mut call, next).map_err(|reason| Failure::garbled(operation, reason))?;
                }
                // A bare array has no room for it: its head says how it goes on, at the same address.
                (None, Some(token)) => call.continuation = Some(token),
                (None, None) => return Ok(Read::Whole(items.all)),
            }
        }
        Err(Failure::garbled(operation, "it does not end"))
    }

    fn turn(&self, call: &mut Call, next: Next) -> Result<(), String> {
        match next {
            Next::Link { uri, continuation } => {
                call.url = route::follow(&self.inner.partner_center, &uri)?;
                call.continuation = continuation;
            }
            Next::Seek { continuation } => {
                if !call.url.query_pairs().any(|(key, _)| key == "seekOperation") {
                    call.url.query_pairs_mut().append_pair("seekOperation", "Next");
                }
                call.continuation = Some(continuation);
            }
        }
        Ok(())
    }

    /// Every item of a Graph collection, over all its pages (fact sheet 21.1).
    pub(crate) async fn list_graph(&self, operation: Operation, pass: Pass, url: Url) -> Result<Vec<Value>, Failure> {
        let items = Items::new(self.inner.list_bytes_max);
        self.read_graph(operation, pass, items, url).await
    }

    /// The items of the page `first` of a Graph collection, which came with other answers, and of the pages after it.
    pub(crate) async fn rest_of_graph(
        &self,
        operation: Operation,
        pass: Pass,
        first: Value,
    ) -> Result<Vec<Value>, Failure> {
        let garbled = |reason| Failure::garbled(operation, reason);
        let (page, next) = Page::of_graph(first).ok_or_else(|| garbled("it is not a list"))?;
        let mut items = Items::new(self.inner.list_bytes_max);
        items.add(page, 0).map_err(garbled)?;
        match next {
            Some(next) => self.read_graph(operation, pass, items, self.next_of_graph(operation, &next)?).await,
            None => Ok(items.all),
        }
    }

    async fn read_graph(
        &self,
        operation: Operation,
        pass: Pass,
        mut items: Items,
        mut url: Url,
    ) -> Result<Vec<Value>, Failure> {
        let garbled = |reason| Failure::garbled(operation, reason);
        let mut seen = BTreeSet::new();
        for _ in 0..PAGES_MAX {
            if !seen.insert(url.clone()) {
                return Err(garbled("its pages lead in a circle"));
            }
            let answer = self.answer(&Call::read(operation, pass, url)).await?;
            let (page, next) = Page::of_graph(answer.body).ok_or_else(|| garbled("it is not a list"))?;
            items.add(page, answer.bytes).map_err(garbled)?;
            let Some(next) = next else {
                return Ok(items.all);
            };
            url = self.next_of_graph(operation, &next)?;
        }
        Err(garbled("it does not end"))
    }

    /// Where the next page of a Graph collection is.
    fn next_of_graph(&self, operation: Operation, link: &str) -> Result<Url, Failure> {
        route::stay(&self.inner.graph, link).map_err(|reason| Failure::garbled(operation, reason))
    }
}
