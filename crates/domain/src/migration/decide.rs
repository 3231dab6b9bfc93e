//! T
use super::event::Event;
use super::input::{Input, Moment, Rejection};
use super::state::Migration;
use crate::policy::Policy;
/// T
pub fn decide(
    _m: &Migration,
    _i: Input,
    _at: Moment,
    _p: &Policy,
) -> Result<Vec<Event>, Rejection> {
    Ok(vec![])
}
