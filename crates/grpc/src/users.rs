//! Users by number instead of by id: whoever may not be told who they are can still tell them apart. A user has the same number
//! throughout one log, in the order in which the log first speaks of them, wherever it is told of.

use carryover_domain::Event;
use carryover_domain::ids::TenantId;
use carryover_domain::migration::state::{Cause, Line, Stage};
use carryover_engine::Known;
use std::collections::BTreeMap;
use uuid::Uuid;

/// Characters of an id, with hyphens and without.
const LENGTHS: [usize; 2] = [36, 32];

/// The users of one log, each with a number from 1.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Users(BTreeMap<Uuid, u128>);

impl Users {
    /// Those of the log that consists of `events`.
    fn of<'a>(events: impl IntoIterator<Item = &'a Event>) -> Self {
        let mut users = Self::default();
        events.into_iter().for_each(|event| users.note(event));
        users
    }

    /// Takes notice of the users of the log's next event.
    pub(crate) fn note(&mut self, event: &Event) {
        for user in event.users() {
            let next = self.0.len() as u128 + 1;
            self.0.entry(user.as_uuid()).or_insert(next);
        }
    }

    /// Those whom the sentences of `known` may name: none but where a change of users has stopped.
    pub(crate) fn told_of(known: &Known) -> Self {
        let stopped =
            |line: &Line| matches!(&line.stage, Stage::NeedsAttention { cause: Cause::SwapStopped { .. }, .. });
        let named = known.migration.lines.values().any(stopped);
        Self::of(known.log.events.iter().filter(|_| named).map(|recorded| &recorded.event))
    }

    /// `sentence` with `user 3` in place of the third user's id, and `a user` in place of addresses.
    pub(crate) fn unnamed(&self, sentence: String) -> String {
        if self.is_empty() {
            return sentence;
        }
        self.replaced(&without_addresses(&sentence), |number| format!("user {number}"))
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// `text` with what `word` makes of their numbers in place of their ids, in whatever case and form those are written. A service may
    /// name users in what it says, too.
    pub(crate) fn replaced(&self, text: &str, word: impl Fn(u128) -> String) -> String {
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            let number = |length| Some((length, *self.0.get(&Uuid::try_parse(rest.get(..length)?).ok()?)?));
            let over = match LENGTHS.into_iter().find_map(number) {
                Some((length, number)) => {
                    out.push_str(&word(number));
                    length
                }
                None => {
                    out.push(first);
                    first.len_utf8()
                }
            };
            rest = rest.get(over..).unwrap_or_default();
        }
        out
    }
}

/// `text` with `a user` in place of everything like `x@y`: a service may name users by their addresses in what it says.
pub(crate) fn without_addresses(text: &str) -> String {
    let ends = |c: char| c.is_whitespace() || "<>()[]{}\",;:|=/\\".contains(c);
    let mut out = String::with_capacity(text.len());
    for part in text.split_inclusive(ends) {
        let word = part.trim_end_matches(|c| ends(c) || ".!?'".contains(c));
        let is_address = word.split_once('@').is_some_and(|(who, host)| !who.is_empty() && !host.is_empty());
        out.push_str(if is_address { "a user" } else { word });
        out.push_str(part.strip_prefix(word).unwrap_or_default());
    }
    out
}

/// Whom the sentences about several customers may name.
#[derive(Debug, Default)]
pub(crate) struct UsersOf(BTreeMap<TenantId, Users>);

impl UsersOf {
    /// Takes notice of those whom sentences about `known` may name.
    pub(crate) fn note(&mut self, known: &Known) {
        let users = Users::told_of(known);
        if !users.is_empty() {
            self.0.insert(known.migration.customer.tenant, users);
        }
    }

    /// `sentence` about `tenant` with numbers in place of ids.
    pub(crate) fn unnamed(&self, tenant: TenantId, sentence: &str) -> String {
        self.0.get(&tenant).map_or_else(|| sentence.to_owned(), |users| users.unnamed(sentence.to_owned()))
    }
}

impl<'a> FromIterator<&'a Known> for UsersOf {
    fn from_iter<I: IntoIterator<Item = &'a Known>>(all: I) -> Self {
        let mut users = Self::default();
        all.into_iter().for_each(|known| users.note(known));
        users
    }
}
