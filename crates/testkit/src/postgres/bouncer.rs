//! PgBouncer in transaction mode before the shared cluster, for tests: nothing that a store keeps in a session outlives a
//! transaction there. Ends with the process that started it.

use super::{Cluster, as_server, beside, is_root, run, shared, told};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

/// How long the new process may take before it listens.
const START: Duration = Duration::from_secs(60);

/// A running PgBouncer before a cluster.
#[derive(Debug)]
pub struct Bouncer {
    cluster: &'static Cluster,
    port: u16,
}

/// The one that all tests of this process share. None, and the reason on stdout, where it cannot be had.
///
/// # Panics
/// When it cannot be had and `CARRYOVER_REQUIRE_POSTGRES` is `1`.
pub fn bouncer() -> Option<&'static Bouncer> {
    static SHARED: OnceLock<Result<Bouncer, String>> = OnceLock::new();
    let cluster = shared()?;
    told(SHARED.get_or_init(|| Bouncer::start(cluster)).as_ref(), "pgbouncer")
}

impl Bouncer {
    fn start(cluster: &'static Cluster) -> Result<Self, String> {
        let program = program().ok_or("PgBouncer is not on this machine")?;
        let said = |error: std::io::Error| error.to_string();
        let listener = TcpListener::bind("127.0.0.1:0").map_err(said)?;
        let port = listener.local_addr().map_err(said)?.port();
        drop(listener);
        // In the cluster's folder, which goes with it.
        let file = |name: &str| cluster.folder.join(name);
        std::fs::write(file("users.txt"), "\"postgres\" \"\"\n").map_err(said)?;
        let settings = format!(
            "[databases]\n* = host=127.0.0.1 port={}\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\n\
             unix_socket_dir =\npool_mode = transaction\nauth_type = trust\nauth_file = {}\nlogfile = {}\n\
             max_client_conn = 2000\ndefault_pool_size = 4\nserver_idle_timeout = 2\n",
            cluster.port,
            file("users.txt").display(),
            file("bouncer.log").display(),
        );
        std::fs::write(file("bouncer.ini"), settings).map_err(said)?;
        let owner = if is_root() { "setpriv --reuid postgres --regid postgres --clear-groups " } else { "" };
        let script = format!(
            "cd /; {owner}'{}' -q '{}' >/dev/null 2>&1 & bouncer=$!; cat >/dev/null; kill -9 $bouncer",
            program.display(),
            file("bouncer.ini").display()
        );
        beside(&script).map_err(said)?;
        let end = Instant::now() + START;
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            std::thread::yield_now();
            if Instant::now() < end {
                continue;
            }
            let log = std::fs::read_to_string(file("bouncer.log")).unwrap_or_default();
            return Err(format!("PgBouncer does not listen: {log}"));
        }
        // It answers once it knows the server.
        run(as_server(&cluster.programs.join("psql"))
            .args(["-w", "-X", "-c", "SELECT 1", "-d"])
            .arg(format!("postgres://postgres@127.0.0.1:{port}/postgres")))?;
        Ok(Self { cluster, port })
    }

    /// A new, empty database; answers with its address through PgBouncer.
    ///
    /// # Panics
    /// When it cannot be made.
    pub fn database(&self) -> String {
        let direct = self.cluster.database();
        format!("postgres://postgres@127.0.0.1:{}/{}", self.port, Cluster::name_of(&direct))
    }
}

fn program() -> Option<PathBuf> {
    let path = std::env::var_os("PATH");
    let on_the_path = path.iter().flat_map(|path| std::env::split_paths(path).collect::<Vec<_>>());
    on_the_path.chain([PathBuf::from("/usr/sbin")]).map(|folder| folder.join("pgbouncer")).find(|file| file.is_file())
}
