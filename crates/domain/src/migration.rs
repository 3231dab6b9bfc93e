//! A migration: its state, the facts that change it, what it owes the world, and when to look again.

pub mod action;
mod asks;
pub mod decide;
pub mod effect;
pub mod event;
pub mod evolve;
pub mod input;
pub mod owed;
mod pair;
pub mod state;
pub mod wake;
