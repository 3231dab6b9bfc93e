//! The API as clients see it: a server over a store in memory, called through real connections on loopback.

mod accounting;
mod acting;
mod admission;
mod approving;
mod importing;
mod listing;
mod naming;
mod refusing;
mod scene;
mod secrecy;
// The engine's shop: one customer, one old subscription, and what a purchase needs.
#[allow(dead_code)]
#[path = "../../../engine/tests/turns/shop.rs"]
mod shop;
mod verbs;
mod watching;
