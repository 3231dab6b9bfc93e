//! What the caller knows and files may not say.

use crate::cell;
use carryover_domain::ids::TenantId;
use carryover_domain::program::SourceProgram;
use carryover_domain::value::Country;
use jiff::Timestamp;

/// What the caller knows and files may not say. Nothing of it goes before what a file says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Given {
    /// When the files are read, for the provenance of what they say.
    pub at: Option<Timestamp>,
    /// The tenant of files about one tenant which do not name it: exports of the admin centre and answers of Graph.
    pub tenant: Option<TenantId>,
    /// A domain of that tenant; see [`Given::domain`].
    pub domain: Option<String>,
    /// The name of that tenant's customer.
    pub name: Option<String>,
    /// The country of customers for whom no file has one (rule R28).
    pub country: Option<Country>,
    /// Our own partner tenant: what it owns is ours (rule R5).
    pub partner: Option<TenantId>,
    /// The program of subscriptions for which no file can tell it (rule R5).
    pub program: Option<SourceProgram>,
}

impl Given {
    /// `text` as a domain, lower case.
    ///
    /// # Errors
    /// What would have been right.
    pub fn domain(text: &str) -> Result<String, String> {
        cell::domain(text.trim()).map_err(|expected| expected.into_owned())
    }
}
