//! Writes to stdout and stderr: tables and sentences for people, one JSON object for machines. Computes nothing.

use crate::cli::Format;
use crate::failure::Failure;
use serde_json::{Value, json};
use std::io::Write;

/// Writes the result of a command to stdout: `text` for people, `object` for machines.
pub(crate) fn result(format: Format, text: impl FnOnce() -> String, object: impl FnOnce() -> Value) {
    let written = match format {
        Format::Text => text(),
        Format::Json => object().to_string(),
    };
    let mut out = std::io::stdout().lock();
    // A reader that went away, such as `head`, has all that it wanted.
    let _closed = writeln!(out, "{}", written.trim_end()).and_then(|()| out.flush());
}

/// Says something that is not the result, on stderr.
pub(crate) fn aside(text: &str) {
    let _closed = writeln!(std::io::stderr().lock(), "{text}");
}

/// Says why a command did not work: one sentence on stderr, and an object on stdout for machines.
pub(crate) fn failed(failure: &Failure, format: Format) {
    aside(&format!("carryover: {failure}"));
    if format == Format::Json {
        result(format, String::new, || json!({ "error": failure.to_string() }));
    }
}
