//! The server over loopback, seen with a client that knows nothing of the crate's insides.

mod accounts;
mod admins;
mod control;
mod faults;
mod fields;
mod generations;
mod graph;
mod lifecycle;
mod market;
mod outside;
mod page;
mod partner_center;
mod readings;
mod readme;
mod requests;
mod sign_in;
mod webhooks;
mod world;
