//! The one thread that writes. Many jobs share one transaction and one flush; none is answered before that is done and the
//! database's mark says so.
//!
//! Knows nothing of migrations. A job that fails spoils no other one: then the transaction is rolled back and every job
//! of it gets one of its own.

use crate::fault;
use crate::mark::{Mark, MarkFile};
use crate::rows::chain;
use rusqlite::{Connection, TransactionBehavior};
use std::sync::mpsc;
use std::thread::JoinHandle;
use tokio::sync::{oneshot, watch};

/// Jobs in one transaction at most, so that no answer waits for more than a few milliseconds of others' work.
const MOST_AT_ONCE: usize = 256;

/// A job was not carried out, or may not have been.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// Nothing was written, for this reason.
    NotWritten(String),
    /// The flush itself failed: it may have been written. For this reason.
    Unconfirmed(String),
}

/// The writing thread. Dropping it lets the jobs finish that wait, then closes the database.
#[derive(Debug)]
pub(crate) struct Writer {
    // Holds no more than there are callers, because each waits for its answer.
    jobs: Option<mpsc::Sender<Box<dyn Job>>>,
    thread: Option<JoinHandle<()>>,
    written: watch::Receiver<()>,
}

impl Writer {
    /// Starts the thread upon `connection`, whose database has the mark `file`.
    pub(crate) fn start(connection: Connection, file: MarkFile) -> std::io::Result<Self> {
        let (jobs, waiting) = mpsc::channel();
        let (tell, written) = watch::channel(());
        let thread = std::thread::Builder::new()
            .name("carryover-writer".to_owned())
            .spawn(move || run(Pen { connection, file, marked: 0 }, &waiting, &tell))?;
        Ok(Self { jobs: Some(jobs), thread: Some(thread), written })
    }

    /// Changes whenever something was written from now on.
    pub(crate) fn written(&self) -> watch::Receiver<()> {
        let mut written = self.written.clone();
        written.mark_unchanged();
        written
    }

    /// Has `work` done in a transaction, and answers when it is durable.
    ///
    /// `work` may be called again after an error of another job; it must not keep what it learned the first time.
    pub(crate) async fn write<T, W>(&self, work: W) -> Result<T, Trouble>
    where
        T: Send + 'static,
        W: FnMut(&Connection) -> rusqlite::Result<T> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let job = Box::new(Task { work, done: None, reply });
        let gone = || "the writing thread has ended".to_owned();
        self.jobs.as_ref().and_then(|jobs| jobs.send(job).ok()).ok_or_else(|| Trouble::NotWritten(gone()))?;
        answer.await.unwrap_or_else(|_| Err(Trouble::Unconfirmed(gone())))
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.jobs = None;
        if let Some(thread) = self.thread.take() {
            // A panic in there was reported by the thread itself, and its callers were told.
            let _ = thread.join();
        }
    }
}

/// A piece of work whose answer has any type.
trait Job: Send {
    /// Does the work inside the transaction that is open.
    fn run(&mut self, connection: &Connection) -> rusqlite::Result<()>;
    /// Tells the caller: what the work came to, or that it came to nothing.
    fn answer(self: Box<Self>, fate: Result<(), Trouble>);
}

struct Task<T, W> {
    work: W,
    done: Option<T>,
    reply: oneshot::Sender<Result<T, Trouble>>,
}

impl<T, W> Job for Task<T, W>
where
    T: Send,
    W: FnMut(&Connection) -> rusqlite::Result<T> + Send,
{
    fn run(&mut self, connection: &Connection) -> rusqlite::Result<()> {
        self.done = Some((self.work)(connection)?);
        Ok(())
    }

    fn answer(self: Box<Self>, fate: Result<(), Trouble>) {
        let Self { work: _, done, reply } = *self;
        let answer = match (fate, done) {
            (Err(trouble), _) => Some(Err(trouble)),
            (Ok(()), Some(done)) => Some(Ok(done)),
            (Ok(()), None) => None,
        };
        // A caller that no longer waits has no use for the answer.
        if let Some(answer) = answer {
            let _ = reply.send(answer);
        }
    }
}

/// What is written with.
struct Pen {
    connection: Connection,
    file: MarkFile,
    /// The place of the newest mark that was put with it.
    marked: u64,
}

fn run(mut pen: Pen, waiting: &mpsc::Receiver<Box<dyn Job>>, written: &watch::Sender<()>) {
    while let Ok(first) = waiting.recv() {
        let mut jobs = vec![first];
        jobs.extend(waiting.try_iter().take(MOST_AT_ONCE - 1));
        carry_out(&mut pen, jobs);
        written.send_replace(());
    }
}

/// Why a transaction did not come about.
enum Failure {
    /// It could not begin: nothing was tried.
    Begin(rusqlite::Error),
    /// A job failed: it was rolled back.
    Job(rusqlite::Error),
    /// Its end was not confirmed.
    Commit(rusqlite::Error),
    /// It is written, and its mark is not.
    Mark(std::io::Error),
}

fn carry_out(pen: &mut Pen, mut jobs: Vec<Box<dyn Job>>) {
    let fate = match transact(pen, &mut jobs) {
        Err(Failure::Job(_)) if jobs.len() > 1 => {
            for job in jobs {
                carry_out(pen, vec![job]);
            }
            return;
        }
        Ok(()) => Ok(()),
        Err(Failure::Begin(error) | Failure::Job(error)) => Err(Trouble::NotWritten(fault::words(&error))),
        Err(Failure::Commit(error)) => Err(Trouble::Unconfirmed(fault::words(&error))),
        Err(Failure::Mark(error)) => {
            let file = pen.file.path().display();
            Err(Trouble::Unconfirmed(format!("it is written, and that cannot be noted in {file} ({error})")))
        }
    };
    for job in jobs {
        job.answer(fate.clone());
    }
}

fn transact(pen: &mut Pen, jobs: &mut [Box<dyn Job>]) -> Result<(), Failure> {
    let Pen { connection, file, marked } = pen;
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(Failure::Begin)?;
    for job in jobs {
        job.run(&transaction).map_err(Failure::Job)?;
    }
    let end = chain::end(&transaction).map_err(Failure::Job)?;
    transaction.commit().map_err(Failure::Commit)?;
    // Only now: a mark may say less than what is on the disk, and never more.
    if let Some(mark @ Mark { place, .. }) = end
        && place != *marked
    {
        file.put(mark).map_err(Failure::Mark)?;
        *marked = place;
    }
    Ok(())
}
