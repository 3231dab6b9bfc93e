//! The command line: what can be asked for. Does nothing itself.

use carryover_domain::ids::TenantId;
use carryover_domain::policy::OwnPolicy;
use carryover_domain::program::SourceProgram;
use carryover_domain::value::Country;
use carryover_portfolio::Given;
use clap::builder::PossibleValuesParser;
use clap::parser::ValueSource;
use clap::{ArgAction, Args, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum};
use jiff::Timestamp;
use std::collections::BTreeSet;
use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use url::Url;

/// Moves customers' Microsoft 365 subscriptions from other licensing programs into CSP: nothing is bought twice, nobody
/// is ever without a licence.
///
/// Exit codes: 0 done, 1 failed, 2 bad input, 3 waiting for a person.
#[derive(Debug, Parser)]
#[command(name = "carryover", version, max_term_width = 100)]
pub(crate) struct Cli {
    /// Configuration file; without it `carryover.toml` in the current folder, where there is one
    #[arg(long, global = true, env = "CARRYOVER_CONFIG", value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Database: a file, or postgres://user@host/name for several machines; goes before the configuration's [default: carryover.db]
    #[arg(long, global = true, env = "CARRYOVER_DATABASE", value_name = "FILE")]
    pub(crate) database: Option<PathBuf>,
    /// Whether the database was named on the command line, not by the environment
    #[arg(skip)]
    pub(crate) database_said: bool,
    /// Whether a server was named on the command line, not by the environment
    #[arg(skip)]
    pub(crate) server_said: bool,
    /// For people or for machines
    #[arg(long, global = true, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
    /// Say more on stderr; -vv and -vvv say still more
    #[arg(short, long, global = true, action = ArgAction::Count)]
    pub(crate) verbose: u8,
    /// How what is said on stderr with -v is written
    #[arg(long, global = true, env = "CARRYOVER_LOG_FORMAT", value_enum, default_value_t = LogFormat::Text)]
    pub(crate) log_format: LogFormat,
    #[command(flatten)]
    pub(crate) server: ServerArgs,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// A server to work through.
#[derive(Debug, Args)]
#[command(next_help_heading = "Working through a server")]
pub(crate) struct ServerArgs {
    /// Work through this server, such as `https://carryover.example:8450`, instead of upon a database
    #[arg(long, global = true, env = "CARRYOVER_SERVER", value_name = "URL", value_parser = server)]
    pub(crate) server: Option<Url>,
    /// File with the token that says who we are
    #[arg(long, global = true, env = "CARRYOVER_TOKEN_FILE", value_name = "FILE")]
    pub(crate) token_file: Option<PathBuf>,
    /// Certificate of whoever vouches for the server, in PEM [default: those that this machine trusts]
    #[arg(long, global = true, env = "CARRYOVER_CA", value_name = "FILE")]
    pub(crate) ca: Option<PathBuf>,
    /// Our own certificate, in PEM, where the server asks for one; with --key
    #[arg(long, global = true, env = "CARRYOVER_CERTIFICATE", value_name = "FILE")]
    pub(crate) certificate: Option<PathBuf>,
    /// The private key of that certificate, in PEM
    #[arg(long, global = true, env = "CARRYOVER_KEY", value_name = "FILE")]
    pub(crate) key: Option<PathBuf>,
}

fn server(text: &str) -> Result<Url, String> {
    let is_server = |url: &Url| {
        matches!(url.scheme(), "http" | "https")
            && url.path() == "/"
            && url.query().is_none()
            && url.username().is_empty()
    };
    text.parse().ok().filter(is_server).ok_or_else(|| {
        "an address such as https://carryover.example:8450 or http://127.0.0.1:8450 is expected".to_owned()
    })
}

impl Cli {
    /// What the command line asks for.
    ///
    /// # Errors
    /// What clap has to say: mistakes, help, the version.
    pub(crate) fn read() -> Result<Self, clap::Error> {
        let matches = Self::command().try_get_matches()?;
        let said = |option: &str| matches.value_source(option) == Some(ValueSource::CommandLine);
        let (database_said, server_said) = (said("database"), said("server"));
        Ok(Self { database_said, server_said, ..Self::from_arg_matches(&matches)? })
    }

    /// The variables of the environment that stand for options.
    pub(crate) fn variables() -> BTreeSet<OsString> {
        fn of(command: &clap::Command) -> Box<dyn Iterator<Item = OsString> + '_> {
            let own = command.get_arguments().filter_map(|option| option.get_env().map(OsString::from));
            Box::new(own.chain(command.get_subcommands().flat_map(of)))
        }
        of(&Self::command()).collect()
    }
}

/// How results are written to stdout.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// Tables and sentences.
    Text,
    /// One JSON object.
    Json,
}

/// How logs are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogFormat {
    /// Lines for people.
    Text,
    /// One JSON object a line.
    Json,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Try the whole job here and now: an emulated Microsoft, a made-up portfolio, virtual time
    Try(Try),
    /// Take over customers and their old subscriptions from portfolio files, exports and answers of Graph
    Import(ImportArgs),
    /// Write one customer's whole history for an auditor; or what is known as a portfolio file, or for Microsoft's batch migration
    /// tool
    #[command(override_usage = "carryover export ID [--out FILE]\n       \
        carryover export --kind KIND --out FILE [--kept FILE]")]
    Export(ExportArgs),
    /// Write a copy of the database file, also while others work on it, and verify the copy
    Backup {
        /// Where to; overwrites nothing
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
    /// Check that every event is as it was recorded, and name the first that is not
    Verify {
        /// What an earlier `verify --format json` wrote, kept elsewhere: nothing it speaks of may have changed or be gone
        #[arg(long, value_name = "FILE")]
        against: Option<PathBuf>,
    },
    /// Move between databases
    #[command(subcommand)]
    Store(StoreCommand),
    /// Read what can be read about each customer and say what stands in the way
    Assess(Which),
    /// Show which offers can take the place of each old subscription, best first, and what users would lose and gain
    Match(Which),
    /// Plan what will be done for each customer, and forecast what all of it brings; nothing happens before it is approved
    Plan {
        #[command(flatten)]
        which: Which,
        /// Write the forecast as well: as a page where the file ends in .html, for machines where it ends in .json
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
    /// Approve the newest plans: from then on `run` carries them out, which costs money
    Approve {
        #[command(flatten)]
        which: WhichOrAll,
        /// Who approves [default: the user's name]
        #[arg(long, env = "CARRYOVER_USER")]
        by: Option<String>,
    },
    /// Carry out approved plans, until interrupted
    Run {
        /// Stop when nothing is due now
        #[arg(long)]
        until_idle: bool,
        /// Serve figures for Prometheus, such as at 127.0.0.1:9464; docs/operations.md says what they mean
        #[arg(long, value_name = "ADDR")]
        metrics: Option<SocketAddr>,
        /// Listen here for notices of Partner Center, which wake the customers they are about; see `webhooks` in the settings
        #[arg(long, value_name = "ADDR", conflicts_with = "until_idle")]
        webhooks: Option<SocketAddr>,
    },
    /// Show where every customer stands and what waits for a person
    Status,
    /// Show one customer: lines, plan, what happened
    Show {
        /// Migration id, tenant id or domain
        #[arg(value_name = "ID")]
        id: String,
    },
    /// Answer for a line that waits for a person
    Resolve {
        /// Line id, as `show` prints it
        #[arg(value_name = "LINE")]
        line: String,
        /// What is the case now
        #[arg(value_enum)]
        answer: Answer,
        /// Who answers [default: the user's name]
        #[arg(long, env = "CARRYOVER_USER")]
        by: Option<String>,
    },
    /// Show what a customer is planned by, or plan it otherwise than the settings say from its next plan on
    Policy(PolicyArgs),
    /// Halt everything for customers
    Pause(WhichOrAllBy),
    /// Let halted customers go on
    Resume(WhichOrAllBy),
    /// Write the report as HTML, or as CSV where the file ends in .csv
    Report {
        /// Where to
        #[arg(long, value_name = "FILE", default_value = "report.html")]
        out: PathBuf,
    },
    /// Stand in for Microsoft on this machine: sign-in, Partner Center and Graph over HTTP
    Emulator(EmulatorArgs),
    /// Serve the API over gRPC and carry out approved plans, until interrupted
    Serve(ServeArgs),
    /// Explain a code: what it means, why it matters, what to do; without a code, list all
    Explain {
        /// A code as `assess` and `status` show it, such as SEAT_CAP_300
        #[arg(value_name = "CODE")]
        code: Option<String>,
    },
    /// Use Microsoft's table of products and service plans, which says what users lose and gain with another product
    #[command(subcommand)]
    Reference(Reference),
    /// Check configuration, sign-in and every read that the job needs, and say what is missing
    Doctor {
        /// A customer's tenant to look into as well
        #[arg(long, value_name = "TENANT")]
        customer: Option<String>,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum StoreCommand {
    /// Copy everything into a database that holds nothing, and compare both, event by event; broken off, it has done nothing
    Copy {
        /// A file, or postgres://user@host/name
        #[arg(value_name = "FROM")]
        from: PathBuf,
        /// A file, or postgres://user@host/name
        #[arg(value_name = "TO")]
        to: PathBuf,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Reference {
    /// Check the table and remember where it is; it is read from there whenever it is needed
    Load {
        /// The CSV "Product names and service plan identifiers for licensing" of Microsoft's documentation
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
    /// Show which table is in use
    Show,
}

#[derive(Debug, Args)]
pub(crate) struct Try {
    /// Move this portfolio instead of a made-up one; a tenancy is made to match it
    #[arg(long, value_name = "FILE", conflicts_with = "customers")]
    pub(crate) portfolio: Option<PathBuf>,
    /// How many made-up customers
    #[arg(long, default_value_t = 24, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub(crate) customers: u32,
    /// The same number makes the same portfolio and the same run
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// Sell as an indirect provider through two resellers, instead of directly
    #[arg(long)]
    pub(crate) provider: bool,
    /// Where the database, the portfolio and the reports go
    #[arg(long, default_value = "carryover-try", value_name = "DIR")]
    pub(crate) dir: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct ImportArgs {
    /// Portfolio files, exports of "Your products", answers of Graph, files of the batch migration tool; see the README
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// The tenant of files that do not name it: exports of "Your products" and answers of Graph
    #[arg(long, value_name = "TENANT")]
    pub(crate) tenant: Option<TenantId>,
    /// A domain of that tenant
    #[arg(long, requires = "tenant", value_name = "DOMAIN", value_parser = Given::domain)]
    pub(crate) domain: Option<String>,
    /// The name of that tenant's customer
    #[arg(long, requires = "tenant", value_name = "NAME")]
    pub(crate) name: Option<String>,
    /// The country of customers for whom no file has one
    #[arg(long, value_name = "CC")]
    pub(crate) country: Option<Country>,
    /// Our own partner tenant, which tells ours from others' [default: that of the configuration]
    #[arg(long, value_name = "TENANT")]
    pub(crate) partner: Option<TenantId>,
    /// The program of subscriptions for which no file tells it
    #[arg(long, value_name = "PROGRAM", value_parser = program)]
    pub(crate) program: Option<SourceProgram>,
}

fn program(text: &str) -> Result<SourceProgram, String> {
    let words = || SourceProgram::ALL.map(SourceProgram::word).join(", ");
    SourceProgram::of_word(text).ok_or_else(|| format!("one of these words is expected: {}", words()))
}

#[derive(Debug, Args)]
pub(crate) struct ExportArgs {
    /// Whose history to write, as JSON lines: migration id, tenant id or domain
    #[arg(value_name = "ID", conflicts_with_all = ["kind", "kept"])]
    pub(crate) id: Option<String>,
    /// What to write of all customers
    #[arg(long, value_enum, requires = "out")]
    pub(crate) kind: Option<ExportKind>,
    /// Where to; a history goes to stdout without it
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// Files of the batch migration tool whose further columns and status are written again; the database has none of
    /// them
    #[arg(long, value_name = "FILE")]
    pub(crate) kept: Vec<PathBuf>,
}

/// What can be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ExportKind {
    /// The portfolio file, with every line
    Portfolio,
    /// The batch migration tool's subscriptions.csv, with our legacy subscriptions
    Subscriptions,
    /// Its migrations: those of them whose migration has begun
    Migrations,
    /// Its migrationstatus: all of them, with how far they are
    #[value(name = "migrationstatus")]
    MigrationStatus,
}

/// Some customers, or all when none is named.
#[derive(Debug, Args)]
pub(crate) struct Which {
    /// Migration id, tenant id or domain; all customers when none is given
    #[arg(value_name = "ID")]
    pub(crate) ids: Vec<String>,
}

/// Some customers, or all when that is said.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub(crate) struct WhichOrAll {
    /// Migration id, tenant id or domain
    #[arg(value_name = "ID")]
    pub(crate) ids: Vec<String>,
    /// All customers
    #[arg(long)]
    pub(crate) all: bool,
}

#[derive(Debug, Args)]
pub(crate) struct WhichOrAllBy {
    #[command(flatten)]
    pub(crate) which: WhichOrAll,
    /// Who [default: the user's name]
    #[arg(long, env = "CARRYOVER_USER")]
    pub(crate) by: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct PolicyArgs {
    /// Migration id, tenant id or domain
    #[arg(value_name = "ID")]
    pub(crate) id: String,
    /// Wish it so for this customer, such as sizing=right_size; repeatable. Billing that the portfolio file has for a line goes before it
    #[arg(long, value_name = "KEY=VALUE", value_parser = setting)]
    pub(crate) set: Vec<(String, String)>,
    /// Take the settings again; repeatable
    #[arg(long, value_name = "KEY", value_parser = PossibleValuesParser::new(OwnPolicy::KEYS))]
    pub(crate) clear: Vec<String>,
    /// Who [default: the user's name]
    #[arg(long, env = "CARRYOVER_USER")]
    pub(crate) by: Option<String>,
}

fn setting(text: &str) -> Result<(String, String), String> {
    let (key, value) = text.split_once('=').ok_or("a key, `=` and a value are expected, such as sizing=right_size")?;
    Ok((key.to_owned(), value.to_owned()))
}

/// A person's answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Answer {
    /// What stood in the way is settled: go on
    GoOn,
    /// Take the line out of its plan, to be assessed and planned anew
    PlanAgain,
    /// The owner says that the old subscription will not renew
    RenewalStopped,
    /// The new subscription is cancelled, as was seen, and the old one stays: the line ends so
    OldKept,
}

#[derive(Debug, Args)]
pub(crate) struct ServeArgs {
    /// Where to listen
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8450")]
    pub(crate) listen: SocketAddr,
    /// Serve figures for Prometheus, such as at 127.0.0.1:9464; docs/operations.md says what they mean
    #[arg(long, value_name = "ADDR")]
    pub(crate) metrics: Option<SocketAddr>,
    /// Answer calls and carry out nothing: another process does
    #[arg(long)]
    pub(crate) api_only: bool,
    /// Listen here for notices of Partner Center, which wake the customers they are about; see `webhooks` in the settings
    #[arg(long, value_name = "ADDR", conflicts_with = "api_only")]
    pub(crate) webhooks: Option<SocketAddr>,
    /// Listen in plaintext beyond this machine: whoever sees the traffic can read it and the tokens in it
    #[arg(long)]
    pub(crate) insecure: bool,
}

#[derive(Debug, Args)]
pub(crate) struct EmulatorArgs {
    /// Where to listen; loopback only
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8440")]
    pub(crate) listen: SocketAddr,
    /// Make a tenancy that matches this portfolio file
    #[arg(long, value_name = "FILE")]
    pub(crate) portfolio: Option<PathBuf>,
    /// Start from a file that GET /emulator/seed once answered; its own start and numbers count
    #[arg(long, value_name = "FILE", conflicts_with_all = ["portfolio", "start", "seed"])]
    pub(crate) seed_file: Option<PathBuf>,
    /// What people outside do by themselves
    #[arg(long, value_enum, default_value_t = World::Still)]
    pub(crate) world: World,
    /// First instant of its time, such as 2026-11-02T08:00:00Z [default: now]
    #[arg(long, value_name = "TIME", value_parser = instant)]
    pub(crate) start: Option<Timestamp>,
    /// Virtual seconds per second; 0 stands still until POST /emulator/clock moves it
    #[arg(long, default_value_t = 1)]
    pub(crate) speed: u32,
    /// Whether sign-in is checked
    #[arg(long, value_enum, default_value_t = Auth::Lenient)]
    pub(crate) auth: Auth,
    /// How much goes wrong on the way
    #[arg(long, value_enum, default_value_t = Faults::None)]
    pub(crate) faults: Faults,
    /// Decides delays and faults
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// Read something that documents leave open in another way, such as line_codes=pascal; repeatable, see --readings
    #[arg(long = "reading", value_name = "NAME=VALUE")]
    pub(crate) reading: Vec<String>,
    /// List what --reading can set, with what it is usually, and end
    #[arg(long)]
    pub(crate) readings: bool,
}

fn instant(text: &str) -> Result<Timestamp, &'static str> {
    text.parse().map_err(|_| "an instant such as 2026-11-02T08:00:00Z is expected")
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Auth {
    /// Any bearer token that is not empty will do
    Lenient,
    /// Tokens are issued and checked as Microsoft does
    Strict,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Faults {
    /// Nothing
    None,
    /// A little
    Mild,
    /// Lost requests, lost replies, throttling, the slowest provisioning
    Rough,
    /// All that plus lost carts, stale catalogues, half checkouts, stuck provisioning and reads of the past
    Cruel,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum World {
    /// Only what the seed says
    Still,
    /// People take days, users join and leave, another partner sells here and there
    Lively,
    /// Some people never act or act too late, and switch renewals on again
    Contrary,
}

/// Prints what clap has to say. Help and version are no mistakes; everything else is bad input.
pub(crate) fn refuse(usage: &clap::Error) -> ExitCode {
    // Where neither stdout nor stderr can be written, the exit code is all that is left.
    let _printed = usage.print();
    if usage.use_stderr() { ExitCode::from(2) } else { ExitCode::SUCCESS }
}
