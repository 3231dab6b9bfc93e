//! A migration: its state, the facts that change it, what it owes the world, and when to look again.

pub mod action;
pub(crate) mod asks;
pub mod decide;
pub mod effect;
pub mod event;
pub mod evolve;
pub mod fate;
pub mod input;
pub mod owed;
mod pair;
mod says;
pub mod state;
pub mod wake;
