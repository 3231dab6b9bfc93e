//! `carryover backup`: a copy of the database file while others work on it, verified before it gets its name.

use crate::cli::Format;
use crate::database::Database;
use crate::failure::{Ending, Failure};
use crate::output;
use crate::render::count;
use crate::wiring::Office;
use carryover_ports::Archive;
use carryover_store_sqlite::{BackupError, SqliteStore};
use indicatif::ProgressBar;
use serde_json::json;
use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

pub(super) async fn run(office: &Office, to: &Path, format: Format) -> Result<Ending, Failure> {
    let store = match &office.database {
        Database::File(store) => store,
        Database::Server(_) => {
            return Err(Failure::input(format!(
                "{} is on a PostgreSQL server, which has its own tools for that: use pg_dump or pg_basebackup, as \
                 docs/operations.md shows",
                office.database_name
            )));
        }
    };
    if to.exists() {
        return Err(Failure::input(BackupError::Exists { path: to.to_owned() }.to_string()));
    }
    if let Some(folder) = to.parent().filter(|folder| !folder.as_os_str().is_empty() && !folder.is_dir()) {
        return Err(Failure::input(format!(
            "the folder {} does not exist: make it, or correct the path of the backup",
            folder.display()
        )));
    }
    let part = Part::of(to);
    let bar = ProgressBar::no_length();
    let tell = bar.clone();
    let copied = store.back_up(&part.0, move |done, all| {
        tell.set_length(all);
        tell.set_position(done);
    });
    let copied = copied.await;
    bar.finish_and_clear();
    copied.map_err(|error| Failure::failed(error.to_string()))?;
    let copy = SqliteStore::open(&part.0)?;
    let sealed =
        super::verify::walk(copy.heads().await?, async |id| Ok(copy.chain(id).await?), &BTreeMap::new(), None).await?;
    super::verify::nobody_is_missing(&copy, &sealed).await?;
    drop(copy);
    part.name(to)?;
    let bytes = std::fs::metadata(to).map(|file| file.len()).unwrap_or_default();
    output::result(
        format,
        || format!("{} holds {}, verified; {bytes} bytes", to.display(), count(sealed.len(), "customer", "customers")),
        || json!({ "file": to, "customers": sealed.len(), "bytes": bytes }),
    );
    Ok(Ending::Done)
}

/// The backup while it is not finished, beside where it will be; gone afterwards, however that ends.
struct Part(PathBuf);

impl Part {
    fn of(to: &Path) -> Self {
        let mut name = to.as_os_str().to_owned();
        name.push(format!(".{}.part", std::process::id()));
        Self(name.into())
    }

    /// Gives it the name `to`, which nothing has.
    fn name(&self, to: &Path) -> Result<(), Failure> {
        // A second name rather than another one: that fails where somebody has taken the name in the meantime.
        std::fs::hard_link(&self.0, to).map_err(|error| match error.kind() {
            ErrorKind::AlreadyExists => Failure::input(BackupError::Exists { path: to.to_owned() }.to_string()),
            _ => super::import::cannot_write(to, &error),
        })
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        for beside in ["", "-wal", "-shm"] {
            let mut name = self.0.as_os_str().to_owned();
            name.push(beside);
            // What is not there needs no removing.
            let _gone = std::fs::remove_file(name);
        }
    }
}
