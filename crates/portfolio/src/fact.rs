//! What one record of a file that we do not define says of one subscription. Not a source line yet: such files leave
//! out what others of the same import have.

use crate::kind::SourceKind;
use crate::problem::{Problem, shown};
use carryover_domain::ids::{SkuId, SubscriptionId, TenantId};
use carryover_domain::portfolio::{Kind, Renewal, Witness};
use carryover_domain::program::SourceProgram;
use carryover_domain::provenance::Origin;
use carryover_domain::time::{Billing, End, Term};
use carryover_domain::value::Seats;
use jiff::Timestamp;
use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

/// A row, or an entry of a list, for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) file: Arc<str>,
    pub(crate) line: u64,
}

impl Place {
    pub(crate) fn problem(
        &self,
        column: Option<&'static str>,
        value: &str,
        expected: impl Into<Cow<'static, str>>,
    ) -> Problem {
        let Self { file, line } = self.clone();
        let (column, value) = (column.map(Cow::Borrowed), shown(value.as_bytes()));
        Problem { file, line, column, value, expected: expected.into() }
    }

    pub(crate) fn differs(&self, column: &'static str, value: &str, first: &str, place: &Self) -> Problem {
        let first = shown(first.as_bytes());
        let expected = format!("{place} says `{first}` for the same tenant; write the same in both rows");
        self.problem(Some(column), value, expected)
    }

    pub(crate) fn origin(&self, at: Option<Timestamp>) -> Origin {
        Origin { record: Arc::clone(&self.file), row: Some(self.line), at }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {} of {}", self.line, self.file)
    }
}

/// What one record says of one subscription.
#[derive(Debug, Clone)]
pub(crate) struct Fact {
    pub(crate) place: Place,
    pub(crate) kind: SourceKind,
    pub(crate) tenant: TenantId,
    pub(crate) subscription: Option<SubscriptionId>,
    pub(crate) sku: Option<SkuId>,
    pub(crate) sku_part_number: Option<String>,
    pub(crate) product_name: Option<String>,
    pub(crate) seats: Seats,
    pub(crate) assigned_seats: Option<u32>,
    pub(crate) end: Option<End>,
    /// The programs that it can be; what made that known, by column and value.
    pub(crate) programs: BTreeSet<SourceProgram>,
    pub(crate) told_by: (&'static str, String),
    pub(crate) auto_renew: Renewal,
    /// Whether it needs a base; none where the record does not say.
    pub(crate) base: Option<Kind>,
    pub(crate) term: Option<Term>,
    pub(crate) billing: Option<Billing>,
    pub(crate) target_seats: Option<Seats>,
    pub(crate) target_term: Option<Term>,
    /// Why it is no line by itself: over and gone. Kept with a line that others bring.
    pub(crate) over: Option<String>,
    /// The cells that are kept as text.
    pub(crate) kept: Vec<(Arc<str>, String)>,
    /// The row as it stands in the file; none for entries of JSON.
    pub(crate) raw: Option<Vec<u8>>,
}

impl Fact {
    /// How far its end is trusted, and all else it says (rule R46).
    pub(crate) fn witness(&self) -> Witness {
        match self.kind {
            SourceKind::GraphSubscriptions => Witness::Graph,
            _ => Witness::Export,
        }
    }
}

/// What one record says of a licence of one tenant.
#[derive(Debug, Clone)]
pub(crate) struct SkuFact {
    pub(crate) place: Place,
    pub(crate) tenant: TenantId,
    pub(crate) sku: SkuId,
    pub(crate) sku_part_number: Option<String>,
    pub(crate) consumed: u32,
    /// How many subscriptions feed the pool, as far as the record says.
    pub(crate) subscriptions: usize,
}

/// What one record says of a customer.
#[derive(Debug, Clone)]
pub(crate) struct CustomerFact {
    pub(crate) domain: Option<String>,
    pub(crate) name: Option<String>,
}
