//! How far the database has come, as a file beside it knows: the place of the newest event that was answered, and the digest of
//! its log up to there. It is written once a commit is on the disk and before anybody is told of that. So a database that does not
//! reach its mark has lost what was answered: its log was cut off, or an older copy was put in its place.
//!
//! Nobody flushes it. A machine that stops may leave an older mark, or none, which hides a loss and never makes one up.

use carryover_journal::chain::Digest;
use std::fs::File;
use std::io::{ErrorKind, Read, Seek, Write};
use std::path::{Path, PathBuf};

/// How often a mark is tried to be had for oneself, while another process writes its own: that takes a microsecond, unless it is
/// stopped in the middle of it. Then nobody waits for it.
const TRIES: usize = 100;

/// A place in the feed with the digest of the log of its migration, that event included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Mark {
    pub(crate) place: u64,
    pub(crate) digest: Digest,
}

/// The file of a mark.
#[derive(Debug)]
pub(crate) struct MarkFile {
    path: PathBuf,
    open: Option<File>,
}

impl MarkFile {
    /// The one beside the database at `path`, which has to be the same name for every process.
    pub(crate) fn beside(database: &Path) -> Self {
        let mut path = database.as_os_str().to_owned();
        path.push(".mark");
        Self { path: path.into(), open: None }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// What it says; none where it is not there or holds no whole mark.
    pub(crate) fn read(&self) -> std::io::Result<Option<Mark>> {
        match std::fs::read(&self.path) {
            Ok(bytes) => Ok(Mark::parse(&bytes)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Writes `mark` down, where no newer one stands there.
    pub(crate) fn put(&mut self, mark: Mark) -> std::io::Result<()> {
        let mut file = match self.open.take() {
            Some(file) => file,
            None => File::options().read(true).write(true).create(true).truncate(false).open(&self.path)?,
        };
        // Another process may be about to put an older one.
        let mine = (0..TRIES).any(|_| {
            let locked = file.try_lock().is_ok();
            if !locked {
                std::thread::yield_now();
            }
            locked
        });
        let mut there = Vec::with_capacity(2 * Mark::LENGTH + 1);
        file.rewind()?;
        file.read_to_end(&mut there)?;
        if Mark::parse(&there).is_none_or(|there| there.place < mark.place) {
            file.rewind()?;
            // In place and by one call: whoever is killed leaves one mark or the other.
            file.write_all(mark.text().as_bytes())?;
        }
        if mine {
            file.unlock()?;
        }
        self.open = Some(file);
        Ok(())
    }
}

impl Mark {
    /// Of one line: 20 digits, a space, 64 digits, the end of the line.
    const LENGTH: usize = 86;

    /// The line twice, so that one that was written by half, or has changed since, is known.
    fn text(self) -> String {
        let Self { place, digest } = self;
        format!("{place:020} {digest}\n").repeat(2)
    }

    fn parse(bytes: &[u8]) -> Option<Self> {
        let (line, again) = bytes.split_at_checked(Self::LENGTH)?;
        let (place, digest) = std::str::from_utf8(line).ok().filter(|_| line == again)?.trim_end().split_once(' ')?;
        Some(Self { place: place.parse().ok()?, digest: digest.parse().ok()? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mark(place: u64) -> Mark {
        Mark { place, digest: Digest([u8::try_from(place).expect("small"); 32]) }
    }

    #[test]
    fn a_mark_only_grows_whoever_puts_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let database = folder.path().join("carryover.db");
        let (mut one, mut other) = (MarkFile::beside(&database), MarkFile::beside(&database));
        assert_eq!(one.read().expect("readable"), None);
        one.put(mark(7)).expect("put");
        other.put(mark(9)).expect("put");
        one.put(mark(8)).expect("put");
        assert_eq!(one.read().expect("readable"), Some(mark(9)));
    }

    #[test]
    fn a_process_that_is_stopped_while_it_puts_a_mark_keeps_nobody_waiting() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut file = MarkFile::beside(&folder.path().join("carryover.db"));
        file.put(mark(1)).expect("put");
        let stopped = File::open(file.path()).expect("there");
        stopped.lock().expect("nobody has it");
        file.put(mark(2)).expect("put");
        assert_eq!(file.read().expect("readable"), Some(mark(2)));
    }

    #[test]
    fn a_mark_that_was_written_by_half_or_has_changed_is_none() {
        let text = mark(12).text();
        assert_eq!(Mark::parse(text.as_bytes()), Some(mark(12)));
        for end in 0..text.len() {
            assert_eq!(Mark::parse(&text.as_bytes()[..end]), None, "cut at {end}");
        }
        for at in 0..text.len() {
            let mut bytes = text.clone().into_bytes();
            bytes[at] ^= 1;
            assert_eq!(Mark::parse(&bytes), None, "flipped at {at}");
        }
        assert_eq!(Mark::parse(&[0; 172]), None);
    }
}
