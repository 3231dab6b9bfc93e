//! T
use super::effect::Effect;
use super::state::Migration;
use jiff::Timestamp;
/// T
pub fn owed(_m: &Migration, _now: Timestamp) -> Vec<Effect> {
    vec![]
}
