//! Leases work, asks the domain, performs effects, commits events. Holds no rules and knows no vendor.
//!
//! One turn: load the log, let time pass, perform what is owed, record what follows, set the alarm. A crash at any moment
//! needs no recovery: the next turn derives the same effects from the same log. Nothing is ever sent before the event that
//! names it is committed, because what is sent is derived from committed events only.

mod asked;
mod commands;
mod desk;
mod driver;
mod facts;
mod perform;
mod telling;
mod turn;

pub use asked::Asked;
pub use commands::{CommandError, WhatIf, recorded_forecast};
pub use desk::{Changes, Desk, Imported, Known, Nudge};
pub use driver::{Drained, Driver, LEASE};
pub use turn::{Halt, Problem, Turn};

use carryover_domain::facts::Partner;
use carryover_domain::product::table::ProductTable;
use carryover_ports::{Catalogue, Commerce, Customers, Directory, Resellers};
use std::ops::Deref;
use std::sync::Arc;

/// The outside world that the engine works upon.
#[derive(Clone)]
pub struct Outside {
    /// Who we are there.
    pub partner: Partner,
    /// Where things are sold.
    pub commerce: Arc<dyn Commerce>,
    /// What is for sale.
    pub catalogue: Arc<dyn Catalogue>,
    /// The customers themselves: profile, and our rights with them.
    pub customers: Arc<dyn Customers>,
    /// The customers' tenants.
    pub directory: Arc<dyn Directory>,
    /// Who resells what we provide; none where we are no indirect provider.
    pub resellers: Option<Arc<dyn Resellers>>,
    /// Microsoft's table of products, where the user has loaded one.
    pub products: Option<Arc<ProductTable>>,
}

/// A desk with a line to the outside world: assesses, plans and carries out.
#[derive(Clone)]
pub struct Engine {
    desk: Desk,
    outside: Outside,
}

impl Engine {
    /// An engine that works on what lies on `desk`.
    pub fn new(desk: Desk, outside: Outside) -> Self {
        Self { desk, outside }
    }

    /// The same engine, at work for what was asked for; see [`Desk::asked`].
    #[must_use]
    pub fn asked(&self, asked: Asked) -> Self {
        Self { desk: self.desk.asked(asked), outside: self.outside.clone() }
    }
}

/// What the desk can do, the engine can.
impl Deref for Engine {
    type Target = Desk;
    fn deref(&self) -> &Desk {
        &self.desk
    }
}
