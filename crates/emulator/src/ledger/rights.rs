//! What the application and its signed-in user may do. Rights can be taken and given back at any time.

use super::Ledger;
use crate::seed::Right;

impl Ledger {
    /// Whether at least one of `any` is granted.
    pub(crate) fn may(&self, any: &[Right]) -> bool {
        any.iter().any(|right| self.rights.contains(right))
    }

    /// Takes a right away. Calls that need it are refused from now on, with tokens old and new.
    pub fn take_right(&mut self, right: Right) {
        self.rights.remove(&right);
    }

    /// Gives a right back.
    pub fn grant_right(&mut self, right: Right) {
        self.rights.insert(right);
    }

    /// The rights granted now.
    pub fn rights(&self) -> impl Iterator<Item = Right> {
        self.rights.iter().copied()
    }
}
