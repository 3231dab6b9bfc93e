//! What SQLite's errors mean, in words for people. Nothing is decided upon the words.

use rusqlite::ffi::SQLITE_IOERR_SHMSIZE;
use rusqlite::{Error, ErrorCode};

/// What went wrong, as the second half of a sentence: SQLite may quote a table's definition from the file, lines and all.
pub(crate) fn words(error: &Error) -> String {
    let said = error.to_string().replace(char::is_control, " ");
    let said = said.split_whitespace().collect::<Vec<_>>().join(" ");
    let known = match error.sqlite_error_code() {
        // The memory that processes share is a file, too.
        Some(ErrorCode::SystemIoFailure) if is_of(error, SQLITE_IOERR_SHMSIZE) => "the disk is full",
        Some(ErrorCode::DiskFull) => "the disk is full",
        Some(ErrorCode::ReadOnly) => "the file or its folder is read-only",
        Some(ErrorCode::PermissionDenied) => "permission was denied",
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => "another program keeps the database busy",
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => "the file is damaged",
        Some(ErrorCode::CannotOpen) => "the file, or one that belongs beside it, cannot be opened",
        Some(ErrorCode::SystemIoFailure) => "the disk failed to read or write",
        _ => return said,
    };
    format!("{known} ({said})")
}

fn is_of(error: &Error, code: i32) -> bool {
    error.sqlite_error().is_some_and(|said| said.extended_code == code)
}
