//! Where the refresh token lives between two uses. Never in a log, never in `Debug`, never in the journal.

use async_trait::async_trait;
use secrecy::{ExposeSecret, SecretString};
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Keeps one refresh token. Each use of a token brings a new one, whose 90 days begin afresh (fact sheet 2.5).
///
/// Calls are never concurrent within one process: the adapter takes turns.
#[async_trait]
pub trait TokenVault: Send + Sync {
    /// The newest token.
    async fn load(&self) -> Result<SecretString, VaultError>;

    /// Replaces the token, durably, before the answer that brought it is used.
    async fn save(&self, token: SecretString) -> Result<(), VaultError>;
}

/// The vault could not be read or written. A person must look at it.
#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    /// There is no readable token.
    #[error("the refresh token could not be read: {detail}")]
    Unreadable {
        /// Why, in words without the token.
        detail: String,
    },
    /// The new token was not kept; the old one still is.
    #[error("the new refresh token could not be kept: {detail}")]
    Unwritable {
        /// Why, in words without the token.
        detail: String,
    },
}

/// A token that is handed in and forgotten at the end: for tests and for trying things out.
#[derive(Debug)]
pub struct FixedVault {
    token: std::sync::Mutex<SecretString>,
}

impl FixedVault {
    /// A vault that starts with `token`.
    pub fn new(token: SecretString) -> Self {
        Self { token: std::sync::Mutex::new(token) }
    }

    fn token(&self) -> std::sync::MutexGuard<'_, SecretString> {
        // A token is replaced whole, so a panic elsewhere cannot leave half of one.
        self.token.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

#[async_trait]
impl TokenVault for FixedVault {
    async fn load(&self) -> Result<SecretString, VaultError> {
        Ok(self.token().clone())
    }

    async fn save(&self, token: SecretString) -> Result<(), VaultError> {
        *self.token() = token;
        Ok(())
    }
}

/// A token in a file that only its owner may read. Replaced whole, so that a crash leaves the old one or the new one.
#[derive(Debug, Clone)]
pub struct FileVault {
    path: PathBuf,
}

impl FileVault {
    /// The vault at `path`. The file must exist and hold a token by the first use.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }
}

#[async_trait]
impl TokenVault for FileVault {
    async fn load(&self) -> Result<SecretString, VaultError> {
        let path = self.path.clone();
        blocking(move || read(&path))
            .await
            .map_err(|error| VaultError::Unreadable { detail: format!("{}: {error}", self.path.display()) })
    }

    async fn save(&self, token: SecretString) -> Result<(), VaultError> {
        let path = self.path.clone();
        blocking(move || replace(&path, &token))
            .await
            .map_err(|error| VaultError::Unwritable { detail: format!("{}: {error}", self.path.display()) })
    }
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> io::Result<T> + Send + 'static) -> io::Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(io::Error::other)?
}

fn read(path: &Path) -> io::Result<SecretString> {
    let text = SecretString::from(std::fs::read_to_string(path)?);
    let token = text.expose_secret().trim();
    if token.is_empty() {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "it is empty"));
    }
    Ok(SecretString::from(token.to_owned()))
}

/// Writes a neighbour file, makes it durable, then takes the old one's place.
fn replace(path: &Path, token: &SecretString) -> io::Result<()> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.new", std::process::id()));
    let fresh = folder.join(name);
    let written = write_private(&fresh, token.expose_secret())
        .and_then(|()| std::fs::rename(&fresh, path))
        // The rename itself lasts only once the folder is durable.
        .and_then(|()| File::open(folder)?.sync_all());
    if written.is_err() {
        // What is left of the attempt must not stay behind; the first error is the one that counts.
        let _ = std::fs::remove_file(&fresh);
    }
    written
}

fn write_private(path: &Path, text: &str) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    // A left-over of an earlier process would keep its own mode.
    #[cfg(unix)]
    file.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}
