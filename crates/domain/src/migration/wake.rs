//! T
use super::state::Migration;
use crate::policy::Policy;
use jiff::Timestamp;
/// T
pub fn wake(_m: &Migration, _now: Timestamp, _p: &Policy) -> Option<Timestamp> {
    None
}
