//! Who asked for which change and what came of it: a line of JSON for each, written before the answer leaves.
//!
//! Says nothing of what was in a request but its resource and its id. Refused ones are in it as well.

use serde_json::json;
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// Where changes are written down.
#[derive(Debug, Clone, Default)]
pub struct Audit(Option<Arc<Mutex<File>>>);

/// The file cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("the audit file {} cannot be opened for writing", path.display())]
pub struct AuditError {
    path: PathBuf,
    #[source]
    source: std::io::Error,
}

/// A change that was asked for.
pub(crate) struct Act<'a> {
    /// Who asked; none who was not let in.
    pub(crate) caller: Option<&'a str>,
    pub(crate) method: &'a str,
    pub(crate) resource: &'a str,
    pub(crate) request_id: &'a str,
}

impl Audit {
    /// Writes to the end of `path`, which is made where it is not there.
    ///
    /// # Errors
    /// [`AuditError`].
    pub fn to(path: &Path) -> Result<Self, AuditError> {
        let file = OpenOptions::new().create(true).append(true).open(path);
        let file = file.map_err(|source| AuditError { path: path.to_owned(), source })?;
        Ok(Self(Some(Arc::new(Mutex::new(file)))))
    }

    /// Writes down what came of `act`: `OK`, or the reason why not.
    pub(crate) fn record(&self, at: jiff::Timestamp, act: &Act<'_>, outcome: &str) {
        let Act { caller, method, resource, request_id } = *act;
        tracing::info!(caller, method, resource, outcome, "asked for");
        let Some(file) = &self.0 else { return };
        let shown = |text: &str| text.chars().take(300).collect::<String>();
        let line = json!({
            "time": at.to_string(), "caller": caller, "method": method, "resource": shown(resource),
            "request_id": shown(request_id), "outcome": outcome,
        });
        let mut file = file.lock().unwrap_or_else(PoisonError::into_inner);
        // In one write, so that lines of several processes do not mix.
        if let Err(error) = file.write_all(format!("{line}\n").as_bytes()) {
            tracing::error!(%error, %line, "the audit file cannot be written");
        }
    }
}
