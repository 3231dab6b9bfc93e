//! The one task that commits events: it takes all commits that wait and has them written in one statement. None is answered
//! before that is durable. A commit that spoils the statement is separated from the others.

use crate::connect::Connections;
use crate::fault::Trouble;
use crate::rows::append::{Appended, NewEvents, append};
use tokio::sync::{mpsc, oneshot};

/// Commits in one statement at most, so that no answer waits for more than a few milliseconds of others' work.
const MOST_AT_ONCE: usize = 256;

/// How many commits may wait; whoever comes later waits to be let in.
const WAITING_MAX: usize = 4_096;

type Answer = Result<Appended, Trouble>;

struct Job {
    new: NewEvents,
    reply: oneshot::Sender<Answer>,
}

/// The way to the writing task, which ends when this is dropped, after the commits that wait.
#[derive(Debug)]
pub(crate) struct Writer {
    jobs: mpsc::Sender<Job>,
}

impl Writer {
    /// Starts the task.
    pub(crate) fn start(connections: Connections) -> Self {
        let (jobs, waiting) = mpsc::channel(WAITING_MAX);
        tokio::spawn(run(connections, waiting));
        Self { jobs }
    }

    /// Has `new` written, and answers when it is durable.
    pub(crate) async fn write(&self, new: NewEvents) -> Answer {
        let (reply, answer) = oneshot::channel();
        let gone = || "the writing task has ended".to_owned();
        self.jobs.send(Job { new, reply }).await.map_err(|_| Trouble::Refused(gone()))?;
        answer.await.unwrap_or_else(|_| Err(Trouble::Unanswered(gone())))
    }
}

async fn run(connections: Connections, mut waiting: mpsc::Receiver<Job>) {
    let mut jobs = Vec::new();
    while waiting.recv_many(&mut jobs, MOST_AT_ONCE).await > 0 {
        let (news, replies): (Vec<_>, Vec<_>) = jobs.drain(..).map(|Job { new, reply }| (new, reply)).unzip();
        let answers = match write(&connections, &news).await {
            Ok(all) => all.into_iter().map(Ok).collect(),
            Err(Trouble::Refused(_)) if news.len() > 1 => one_by_one(&connections, &news).await,
            Err(trouble) => vec![Err(trouble); replies.len()],
        };
        for (reply, answer) in replies.into_iter().zip(answers) {
            // A caller that no longer waits has no use for the answer.
            let _ = reply.send(answer);
        }
    }
}

async fn one_by_one(connections: &Connections, news: &[NewEvents]) -> Vec<Answer> {
    let mut answers = Vec::new();
    for new in news {
        let written = write(connections, std::slice::from_ref(new)).await;
        let missing = || Trouble::Unanswered("the server did not say what became of it".to_owned());
        answers.push(written.and_then(|fates| fates.into_iter().next().ok_or_else(missing)));
    }
    answers
}

async fn write(connections: &Connections, news: &[NewEvents]) -> Result<Vec<Appended>, Trouble> {
    connections.once(|connection| async move { append(&connection, news).await }).await
}
