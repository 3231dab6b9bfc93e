//! PostgreSQL for tests: a throw-away cluster on loopback in a folder of its own, made with the programs of this machine.
//!
//! It ends with the process that started it, however that ends: a shell that holds the other end of a pipe stops it then and
//! removes the folder. Not for data that matters: it is fast because it does not flush, unless it is asked to.

mod bouncer;
mod encrypted;

pub use bouncer::{Bouncer, bouncer};
pub use encrypted::encrypted;

use std::fmt::Write as _;
use std::io::Write as _;
use std::net::TcpListener;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

/// Set to `1`, it makes a missing PostgreSQL a failure.
const REQUIRE: &str = "CARRYOVER_REQUIRE_POSTGRES";

/// A running cluster.
#[derive(Debug)]
pub struct Cluster {
    programs: PathBuf,
    folder: PathBuf,
    port: u16,
    databases: AtomicU64,
}

/// Whether the cluster keeps what it has confirmed when the machine stops.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flush {
    /// As in production.
    Yes,
    /// Faster, for tests that stop nothing.
    No,
}

/// The cluster that all tests of this process share. None, and the reason on stdout, where it cannot be had.
///
/// # Panics
/// When it cannot be had and `CARRYOVER_REQUIRE_POSTGRES` is `1`.
pub fn shared() -> Option<&'static Cluster> {
    static SHARED: OnceLock<Result<Cluster, String>> = OnceLock::new();
    told(SHARED.get_or_init(|| Cluster::start(Flush::No)).as_ref(), "postgresql")
}

/// A cluster of one's own. None, and the reason on stdout, where it cannot be had.
///
/// # Panics
/// When it cannot be had and `CARRYOVER_REQUIRE_POSTGRES` is `1`.
pub fn own(flush: Flush) -> Option<Cluster> {
    told(Cluster::start(flush), "postgresql")
}

#[expect(clippy::print_stdout, reason = "whoever runs the tests has to see what was not tested")]
fn told<T, E: std::fmt::Display>(cluster: Result<T, E>, package: &str) -> Option<T> {
    match cluster {
        Ok(cluster) => Some(cluster),
        Err(why) if std::env::var(REQUIRE).is_ok_and(|value| value == "1") => panic!("{REQUIRE} is 1, but {why}"),
        Err(why) => {
            println!("SKIPPED: {why}; on Debian: apt-get install {package}");
            None
        }
    }
}

impl Cluster {
    fn start(flush: Flush) -> Result<Self, String> {
        let programs = programs().ok_or("PostgreSQL's programs initdb and pg_ctl are not on this machine")?;
        let said = |error: std::io::Error| error.to_string();
        let listener = TcpListener::bind("127.0.0.1:0").map_err(said)?;
        let port = listener.local_addr().map_err(said)?.port();
        drop(listener);
        let folder = std::env::temp_dir().join(format!("carryover-postgres-{}-{port}", std::process::id()));
        std::fs::create_dir(&folder).map_err(said)?;
        let cluster = Self { programs, folder, port, databases: AtomicU64::new(0) };
        cluster.watch()?;
        if is_root() {
            run(Command::new("chown").arg("postgres").arg(&cluster.folder))?;
        }
        let data = cluster.folder.join("data");
        let init = ["-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync", "-D"];
        run(cluster.program("initdb").args(init).arg(&data))?;
        let mut settings = format!(
            "listen_addresses='127.0.0.1'\nport={port}\nmax_connections=400\nunix_socket_directories='{}'\n",
            cluster.folder.display()
        );
        if flush == Flush::No {
            settings += "fsync=off\nsynchronous_commit=off\nfull_page_writes=off\n";
        }
        let mut file = std::fs::File::options().append(true).open(data.join("postgresql.conf")).map_err(said)?;
        file.write_all(settings.as_bytes()).map_err(said)?;
        cluster.control("start")?;
        Ok(cluster)
    }

    /// A new, empty database; answers with its address.
    ///
    /// # Panics
    /// When it cannot be made.
    pub fn database(&self) -> String {
        let number = self.databases.fetch_add(1, Ordering::Relaxed);
        self.sql("postgres", &format!("CREATE DATABASE test_{number}"));
        format!("postgres://postgres@127.0.0.1:{}/test_{number}", self.port)
    }

    /// Runs `sql` in `database`, and answers with what it prints: a line for a row, with `|` between columns.
    ///
    /// # Panics
    /// When it fails.
    pub fn sql(&self, database: &str, sql: &str) -> String {
        let port = self.port.to_string();
        let arguments =
            ["-h", "127.0.0.1", "-U", "postgres", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-p", &port];
        let mut psql = self.program("psql");
        psql.args(arguments).args(["-d", database, "-c", sql]);
        run(&mut psql).unwrap_or_else(|why| panic!("{sql}: {why}"))
    }

    /// The name of the database at `address`.
    pub fn name_of(address: &str) -> &str {
        address.rsplit('/').next().unwrap_or_default()
    }

    /// The port on which it listens.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Stops the server at once, as when it is killed: connections end in the middle of what they do.
    ///
    /// # Panics
    /// When it cannot be stopped.
    pub fn stop_at_once(&self) {
        self.control("stop").expect("the server stops");
    }

    /// Starts the server again.
    ///
    /// # Panics
    /// When it does not start.
    pub fn start_again(&self) {
        self.control("start").expect("the server starts");
    }

    fn control(&self, what: &str) -> Result<(), String> {
        let mut control = self.program("pg_ctl");
        control.arg("-D").arg(self.folder.join("data")).arg("-l").arg(self.folder.join("log"));
        control.args(["-w", "-t", "60", "-m", "immediate", what]);
        run(&mut control).map(drop)
    }

    /// `name` as the user that may run it: the server refuses to be root's.
    fn program(&self, name: &str) -> Command {
        as_server(&self.programs.join(name))
    }

    /// Starts what ends the cluster when this process has ended.
    fn watch(&self) -> Result<(), String> {
        let control = self.programs.join("pg_ctl");
        let mut script = "cat >/dev/null; cd /; ".to_owned();
        let runuser = if is_root() { "runuser -u postgres -- " } else { "" };
        let folder = self.folder.display();
        let _infallible = write!(
            script,
            "{runuser}'{}' -D '{folder}/data' -m immediate stop >/dev/null 2>&1; rm -rf '{folder}'",
            control.display()
        );
        beside(&script).map_err(|error| error.to_string())
    }
}

/// Starts a shell with `script` in a process group of its own: what ends this process may end its whole group. Its input ends
/// with this process.
fn beside(script: &str) -> std::io::Result<()> {
    let child = Command::new("/bin/sh")
        .args(["-c", script])
        .process_group(0)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()?;
    // Kept open for as long as this process lives; its end is what the shell waits for.
    std::mem::forget(child.stdin);
    Ok(())
}

fn as_server(program: &Path) -> Command {
    let mut command = if is_root() {
        let mut command = Command::new("runuser");
        command.args(["-u", "postgres", "--"]).arg(program);
        command
    } else {
        Command::new(program)
    };
    // The other user may not be allowed to be where this process is.
    command.current_dir("/");
    command
}

fn run(command: &mut Command) -> Result<String, String> {
    let output = command.stdin(Stdio::null()).output().map_err(|error| format!("{command:?}: {error}"))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    Err(format!("{command:?}: {}", String::from_utf8_lossy(&output.stderr).trim()))
}

fn is_root() -> bool {
    Command::new("id").arg("-u").output().is_ok_and(|output| output.stdout.trim_ascii() == b"0")
}

/// The folder of the programs: on the path, or the newest where Debian keeps them.
fn programs() -> Option<PathBuf> {
    let debian = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut versions: Vec<(u32, PathBuf)> = debian
        .filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.path().join("bin"))))
        .collect();
    versions.sort();
    let on_the_path =
        std::env::var_os("PATH").into_iter().flat_map(|path| std::env::split_paths(&path).collect::<Vec<_>>());
    on_the_path
        .chain(versions.into_iter().rev().map(|(_, folder)| folder))
        .find(|folder| ["initdb", "pg_ctl", "psql"].iter().all(|name| folder.join(name).is_file()))
}
