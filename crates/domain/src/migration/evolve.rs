//! T
use super::event::Event;
use super::state::Migration;
/// T
pub fn evolve(m: Migration, _e: &Event) -> Migration {
    m
}
/// T
pub fn replay<'a>(_events: impl IntoIterator<Item = &'a Event>) -> Option<Migration> {
    None
}
