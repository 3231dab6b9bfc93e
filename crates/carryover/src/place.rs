//! Where migrations are, as commands see it: in a database that is opened here, or at a server that has one. Commands are
//! written once, over this.

use crate::cli::ImportArgs;
use crate::failure::Failure;
use crate::remote::Answered;
use crate::tally::Calls;
use async_trait::async_trait;
use carryover_api::v1::MatchMigrationResponse;
use carryover_domain::Answer;
use carryover_domain::ids::{LineId, MigrationId, TenantId};
use carryover_domain::policy::{OwnPolicy, Policy};
use carryover_engine::{CommandError, Imported, Known, WhatIf};
use carryover_portfolio::Import;
use carryover_ports::{Archive, Chain, Head, Remembered, StoreError, Unavailable};
use jiff::Timestamp;
use std::fmt;
use std::sync::Arc;

/// What befell each of some migrations that were to be loaded; none where there is none.
pub(crate) type Loaded = Vec<Result<Option<Known>, Refused>>;

/// What commands read and do, wherever the migrations are.
#[async_trait(?Send)]
pub(crate) trait Place {
    /// What people call it: a file's name, or an address without its password.
    fn name(&self) -> &str;
    /// Our own partner tenant, where it is known.
    fn partner(&self) -> Result<Option<TenantId>, Failure>;
    fn policy(&self) -> &Policy;
    /// The moment, by the clock there.
    fn now(&self) -> Timestamp;
    /// Calls upon Microsoft's services so far; none where nobody has made any.
    fn calls(&self) -> Option<Calls>;
    /// Who is recorded with what a command does, where the user has `said` a name or none.
    fn who(&self, said: Option<&str>) -> Result<String, Failure>;
    /// The line to the outside.
    fn line(&self) -> Result<Box<dyn Line + '_>, Failure>;

    /// The heads of all migrations, in the order of import.
    async fn heads(&self) -> Result<Vec<Head>, Refused>;
    /// A migration as it stands; none where there is none.
    async fn load(&self, id: MigrationId) -> Result<Option<Known>, Refused>;
    /// Those of `ids`, in their order, by one read where that can be. What befalls one of them stands in its place.
    async fn load_all(&self, ids: &[MigrationId]) -> Result<Loaded, Refused>;
    /// The first thing that is wrong with the database's file; none where all is well, or where it is not for us to look.
    async fn first_damage(&self) -> Result<Option<String>, Refused>;
    /// Its log as it is kept.
    async fn chain(&self, id: MigrationId) -> Result<Option<Chain>, Refused>;
    /// All that is kept, in the order of commits; none where that is not told.
    fn archive(&self) -> Option<Arc<dyn Archive>>;
    /// What requests did to it.
    async fn requests(&self, id: MigrationId) -> Result<Vec<Remembered>, Refused>;

    /// Takes over what was `read` of the files of `wish`.
    async fn import(&self, wish: &ImportArgs, read: &Import, by: &str) -> Result<Imported, Refused>;
    /// Approves the newest plan of `known`.
    async fn approve(&self, known: &Known, by: &str) -> Result<(), Refused>;
    /// Halts everything for a customer, or lets it go on.
    async fn halt(&self, known: &Known, halt: bool, by: &str) -> Result<(), Refused>;
    /// Has the customer of `known` planned by `own` instead of what stands there.
    async fn wish(&self, known: &Known, own: OwnPolicy, by: &str) -> Result<Known, Refused>;
    /// Records a person's answer, and says where the migration stands then.
    async fn resolve(&self, known: &Known, line: LineId, answer: Answer, by: &str) -> Result<Known, Refused>;
}

/// What commands look at outside. Nothing is sent that could change a thing there.
#[async_trait(?Send)]
pub(crate) trait Line {
    /// Reads the customer and records what was found.
    async fn assess(&self, known: &Known, by: &str) -> Result<Known, Refused>;
    /// Does the same, makes a plan, and forecasts upon the same facts.
    async fn survey(&self, known: &Known, by: &str) -> Result<WhatIf, Refused>;
    /// Reads what can take the place of old subscriptions. Records nothing.
    async fn matches(&self, known: &Known) -> Result<MatchMigrationResponse, Refused>;
}

/// Something was not done.
#[derive(Debug)]
pub(crate) enum Refused {
    /// By the engine of this process.
    Here(CommandError),
    /// By a server, or on the way to it.
    There(Answered),
}

/// Whom it concerns that something was not done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reach {
    /// This customer.
    One,
    /// Perhaps all: the way to Microsoft's services was lost.
    Way,
    /// All: no other would fare better.
    All,
}

impl Refused {
    pub(crate) fn reach(&self) -> Reach {
        match self {
            Self::Here(CommandError::Unavailable(Unavailable::SignInRefused(_)))
            | Self::Here(CommandError::Store(_) | CommandError::Commit(_)) => Reach::All,
            Self::Here(CommandError::Unavailable(Unavailable::Unreachable(_))) => Reach::Way,
            Self::Here(_) => Reach::One,
            Self::There(answered) => answered.reach(),
        }
    }

    /// A log is damaged, which concerns nobody else.
    pub(crate) fn is_damage(&self) -> bool {
        matches!(self, Self::Here(CommandError::Store(StoreError::Damaged { .. })))
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Here(error) => error.fmt(f),
            Self::There(answered) => answered.fmt(f),
        }
    }
}

impl From<CommandError> for Refused {
    fn from(error: CommandError) -> Self {
        Self::Here(error)
    }
}

impl From<StoreError> for Refused {
    fn from(error: StoreError) -> Self {
        Self::Here(error.into())
    }
}

impl From<Refused> for Failure {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::Here(error) => error.into(),
            Refused::There(answered) => answered.into(),
        }
    }
}
