//! The claim of the one process that works on a database: a lock that the operating system gives back by itself.

use std::fs::{File, TryLockError};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

/// Proof that no other process works on the database. Ends when it is dropped, or with the process.
#[derive(Debug)]
#[must_use = "the claim ends when this is dropped"]
pub struct WorkerLock {
    // Never read: the operating system ties the lock to the open file. The file itself stays, because deleting it would
    // let two processes lock two files of one name.
    _file: File,
}

/// A database cannot be claimed for work.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Another process works on it. Let that one work, or end it first.
    #[error("another carryover works on this database already{}", process(*.pid))]
    LockedByAnother {
        /// Its number, where it could be read.
        pid: Option<u32>,
    },
    /// The leases of whoever worked before could not be freed.
    #[error("the database could not be written: {detail}")]
    LeasesNotFreed {
        /// Why, in words.
        detail: String,
    },
    /// The lock file cannot be used.
    #[error("the lock file {} cannot be used: {detail}", .path.display())]
    Unusable {
        /// The lock file.
        path: PathBuf,
        /// Why, in words.
        detail: String,
    },
}

fn process(pid: Option<u32>) -> String {
    pid.map_or_else(String::new, |pid| format!(" (process {pid})"))
}

impl WorkerLock {
    /// Claims the database at `database`.
    pub(crate) fn take(database: &Path) -> Result<Self, LockError> {
        let mut path = database.as_os_str().to_owned();
        path.push(".lock");
        let path = PathBuf::from(path);
        let unusable = |error: std::io::Error| LockError::Unusable { path: path.clone(), detail: error.to_string() };
        let mut file =
            File::options().read(true).write(true).create(true).truncate(false).open(&path).map_err(unusable)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut text = String::new();
                let read = file.read_to_string(&mut text);
                let pid = read.ok().and_then(|_| text.trim().parse().ok());
                return Err(LockError::LockedByAnother { pid });
            }
            Err(TryLockError::Error(error)) => return Err(unusable(error)),
        }
        file.set_len(0).map_err(unusable)?;
        writeln!(file, "{}", std::process::id()).map_err(unusable)?;
        Ok(Self { _file: file })
    }
}
