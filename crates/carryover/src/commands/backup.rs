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
use std::fs::File;
use std::io::{self, ErrorKind};
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
    part.name(to, |part, to| std::fs::hard_link(part, to))?;
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

    /// Gives it the name `to`, which nothing has; for good, once it answers. `link` is how the file system gives a second name.
    fn name(&self, to: &Path, link: impl Fn(&Path, &Path) -> io::Result<()>) -> Result<(), Failure> {
        // A second name rather than another one: that fails where somebody has taken the name in the meantime.
        let named = match link(&self.0, to) {
            Err(error) if error.kind() != ErrorKind::AlreadyExists => self.rename(to),
            linked => linked,
        };
        named.and_then(|()| keep_name(to)).map_err(|error| match error.kind() {
            ErrorKind::AlreadyExists => Failure::input(BackupError::Exists { path: to.to_owned() }.to_string()),
            _ => super::import::cannot_write(to, &error),
        })
    }

    /// The same where a file cannot have two names, as on a stick or a share: what is replaced is a file that was just made for it.
    fn rename(&self, to: &Path) -> io::Result<()> {
        drop(File::create_new(to)?);
        std::fs::rename(&self.0, to).inspect_err(|_| {
            // It is empty, and no backup.
            let _gone = std::fs::remove_file(to);
        })
    }
}

/// Waits until the folder of `file` is on the disk with its name.
#[cfg(unix)]
fn keep_name(file: &Path) -> io::Result<()> {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder)?.sync_all()
}

/// Folders cannot be opened there.
#[cfg(not(unix))]
fn keep_name(_file: &Path) -> io::Result<()> {
    Ok(())
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

#[cfg(test)]
mod tests {
    use super::*;

    /// A file system on which a file has one name, such as FAT.
    fn one_name(_: &Path, _: &Path) -> io::Result<()> {
        Err(ErrorKind::Unsupported.into())
    }

    #[test]
    fn a_backup_gets_its_name_where_files_have_only_one_and_replaces_nothing() {
        let folder = tempfile::tempdir().expect("a folder");
        let to = folder.path().join("backup.db");
        let make = || {
            let part = Part::of(&to);
            std::fs::write(&part.0, "all of it").expect("written");
            part
        };
        let part = make();
        part.name(&to, one_name).expect("named");
        drop(part);
        assert_eq!(std::fs::read(&to).expect("there"), b"all of it");
        std::fs::write(&to, "somebody's").expect("written");
        for link in [one_name, |part: &Path, to: &Path| std::fs::hard_link(part, to)] {
            let refused = make().name(&to, link).expect_err("the name is taken");
            assert!(refused.to_string().contains("exists already"), "{refused}");
            assert_eq!(std::fs::read(&to).expect("there"), b"somebody's");
        }
        assert_eq!(std::fs::read_dir(folder.path()).expect("readable").count(), 1, "nothing else is left");
    }
}
