//! One file per command. Each opens what it needs, calls the engine, and says what came of it.

mod approve;
mod assess;
mod backup;
mod doctor;
mod emulator;
mod explain;
mod export;
mod halt;
mod history;
mod import;
mod matching;
mod plan;
mod policy;
mod reference;
mod report;
mod resolve;
mod run;
mod serve;
mod show;
mod status;
mod store;
mod try_it;
mod verify;

pub(crate) use import::take_over;

use crate::cli::{Cli, Command, ExportArgs, Format, StoreCommand};
use crate::database::Absent;
use crate::failure::{Ending, Failure};
use crate::place::{Place, Reach, Refused};
use crate::remote::Remote;
use crate::wiring::Office;
use carryover_domain::finding::Finding;
use carryover_domain::policy::Policy;
use carryover_domain::report::Report;
use carryover_engine::Known;
use jiff::Timestamp;
use serde_json::{Value, json};

/// Does what was asked.
pub(crate) async fn run(cli: Cli) -> Result<Ending, Failure> {
    let format = cli.format;
    // It knows all codes by itself, wherever the others work.
    if let Command::Explain { code } = &cli.command {
        return explain::run(code.as_deref(), format);
    }
    // These have nothing to do with migrations, wherever these are, and the first two need no settings either. A server that the
    // environment names is for the others; whoever names one here means it.
    if let Some((command, why)) = at_no_server(&cli.command).filter(|_| cli.server_said) {
        return Err(Failure::input(format!(
            "`carryover {command}` does not work through a server: {why}; leave --server out"
        )));
    }
    match &cli.command {
        Command::Try(wish) => return try_it::run(wish, format).await,
        Command::Emulator(wish) => return emulator::run(wish).await,
        Command::Reference(wish) => return reference::run(&cli, wish, format),
        _ => {}
    }
    if cli.server.server.is_some() {
        if let Some((command, why)) = only_here(&cli.command) {
            return Err(Failure::input(format!(
                "`carryover {command}` does not work through a server: {why}; leave --server and CARRYOVER_SERVER out"
            )));
        }
        if cli.database_said {
            return Err(Failure::input(
                "--database names a database of our own, and a server works upon its own: \
                 leave --database out, or --server and CARRYOVER_SERVER",
            ));
        }
        return carry_out(&cli, &Remote::open(&cli.server).await?, format).await;
    }
    // These need no database of the user's that is there.
    match &cli.command {
        Command::Store(StoreCommand::Copy { from, to }) => return store::copy(from, to, format).await,
        Command::Doctor { customer } => return doctor::run(&cli, customer.as_deref(), format).await,
        _ => {}
    }
    let office = Office::open(&cli, absent(&cli.command)).await?;
    let ended = match &cli.command {
        Command::Backup { file } => backup::run(&office, file, format).await,
        Command::Run { until_idle, metrics, webhooks } => {
            run::run(&office, *until_idle, *metrics, *webhooks, format).await
        }
        Command::Serve(wish) => serve::run(&office, wish).await,
        _ => carry_out(&cli, &office, format).await,
    };
    office.tally.note();
    ended
}

/// Does what can be done wherever the migrations are.
async fn carry_out(cli: &Cli, place: &dyn Place, format: Format) -> Result<Ending, Failure> {
    match &cli.command {
        Command::Import(wish) => import::run(place, wish, format).await,
        Command::Export(ExportArgs { id: Some(id), out, .. }) => history::run(place, id, out.as_deref(), format).await,
        Command::Export(wish) => export::run(place, wish, format).await,
        Command::Verify { against } => verify::run(place, against.as_deref(), format).await,
        Command::Assess(which) => assess::run(place, which, format).await,
        Command::Match(which) => matching::run(place, which, format).await,
        Command::Plan { which, out } => plan::run(place, which, out.as_deref(), format).await,
        Command::Approve { which, by } => approve::run(place, which, by.as_deref(), format).await,
        Command::Status => status::run(place, format).await,
        Command::Show { id } => show::run(place, id, format).await,
        Command::Resolve { line, answer, by } => resolve::run(place, line, *answer, by.as_deref(), format).await,
        Command::Policy(wish) => policy::run(place, wish, format).await,
        Command::Pause(which) => halt::pause(place, which, format).await,
        Command::Resume(which) => halt::resume(place, which, format).await,
        Command::Report { out } => report::run(place, out, format).await,
        Command::Try(_)
        | Command::Emulator(_)
        | Command::Explain { .. }
        | Command::Reference(_)
        | Command::Store(_)
        | Command::Backup { .. }
        | Command::Run { .. }
        | Command::Serve(_)
        | Command::Doctor { .. } => Ok(Ending::Done),
    }
}

/// What `command` does where its database is not there. Only those that customers come in by make one: upon a name that is
/// mistyped, `run` would do nothing for weeks, and `status` would call that an empty portfolio.
fn absent(command: &Command) -> Absent {
    match command {
        Command::Import(_) | Command::Serve(_) => Absent::Made,
        _ => Absent::Refused,
    }
}

/// The name of a command that has nothing to do with a server, and why not.
fn at_no_server(command: &Command) -> Option<(&'static str, &'static str)> {
    match command {
        Command::Try(_) => Some(("try", "it moves a portfolio in a world and a database of its own")),
        Command::Emulator(_) => Some(("emulator", "it is a server of its own, of another kind")),
        Command::Reference(_) => Some(("reference", "the table is one of the machine that it runs on")),
        _ => None,
    }
}

/// The name of a command that is not given to a server, and why not.
fn only_here(command: &Command) -> Option<(&'static str, &'static str)> {
    match command {
        Command::Store(_) => Some(("store", "it copies databases that it opens itself")),
        Command::Backup { .. } => Some(("backup", "a database is copied where it is")),
        Command::Run { .. } => Some(("run", "the server carries out what is approved")),
        Command::Serve(_) => Some(("serve", "it is the server")),
        Command::Doctor { .. } => Some(("doctor", "it checks the settings of the machine that it runs on")),
        _ => None,
    }
}

/// The reports of `known`.
pub(crate) fn reports(place: &dyn Place, known: &[Known]) -> Vec<Report> {
    reports_at(place.policy(), place.now(), known)
}

/// The reports of `known` at `now`.
fn reports_at(policy: &Policy, now: Timestamp, known: &[Known]) -> Vec<Report> {
    known.iter().map(|known| known.report(policy, now)).collect()
}

/// A finding for machines, with the values that made it.
fn finding(of: &Finding) -> Value {
    let severity = of.severity();
    json!({
        "code": of.code(), "severity": severity.word(), "letter": severity.letter().to_string(),
        "text": of.to_string(), "remedy": of.remedy(), "values": carryover_journal::values_of(of),
    })
}

/// Whether somebody has to do something, or all is done for now.
pub(crate) fn ending(reports: &[Report]) -> Ending {
    if reports.iter().any(|report| !report.actions.is_empty()) { Ending::WaitsForPerson } else { Ending::Done }
}

/// Customers in a row whose reads were lost, after which the rest is not tried: the way there is gone, not an answer.
const LOST_IN_A_ROW_MAX: usize = 3;

/// What a command over several customers goes by when one of them fails.
#[derive(Debug, Default)]
struct Patience {
    lost_in_a_row: usize,
    anybody_answered: bool,
}

impl Patience {
    /// The customer could be read.
    fn answered(&mut self) {
        *self = Self { lost_in_a_row: 0, anybody_answered: true };
    }

    /// The customer could not be read. Passes `error` on where no other customer would fare better: sign-in was refused,
    /// the database is gone, or the line is down.
    fn failed(&mut self, error: Refused) -> Result<Refused, Failure> {
        match error.reach() {
            Reach::All => return Err(error.into()),
            Reach::Way => self.lost_in_a_row += 1,
            Reach::One => self.answered(),
        }
        if self.lost_in_a_row >= LOST_IN_A_ROW_MAX { Err(error.into()) } else { Ok(error) }
    }

    /// After the last customer: passes on the `last` error where not one answer came.
    fn end<T>(self, failed: &mut Vec<(T, Refused)>) -> Result<(), Failure> {
        match failed.pop() {
            Some((_, last)) if !self.anybody_answered => Err(last.into()),
            Some(other) => {
                failed.push(other);
                Ok(())
            }
            None => Ok(()),
        }
    }
}

/// Who gives a command: the name that was said, or the user's as the environment tells it. Where nobody says it, the log does not make
/// somebody up.
pub(crate) fn who(said: Option<&str>) -> String {
    let told = ["USER", "LOGNAME", "USERNAME"].into_iter().filter_map(|name| std::env::var(name).ok());
    said.map(str::to_owned)
        .into_iter()
        .chain(told)
        .find(|name| !name.trim().is_empty())
        .unwrap_or_else(|| "somebody unnamed".to_owned())
}
