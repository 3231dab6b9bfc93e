//! The server over loopback, seen with a client that knows nothing of the crate's insides.

mod accounts;
mod control;
mod faults;
mod graph;
mod lifecycle;
mod outside;
mod page;
mod partner_center;
mod readme;
mod sign_in;
mod webhooks;
mod world;
