//! The command line through a server: in an empty folder it says and does what it says and does upon a database.

use crate::harness::{BINARY, Process, Said, Workplace, assert_says, word};
use crate::journey::Journey;
use crate::portfolio::csv;
use carryover_api::v1;
use carryover_testkit::postgres;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use serde_json::Value;
use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::process::{ChildStdout, Command, Stdio};
use std::time::Duration;
use tonic::transport::Endpoint;
use v1::migration_service_client::MigrationServiceClient;
use v1::watch_migrations_response::Content;

/// A server that answers and carries out nothing.
struct Server {
    _process: Process,
    /// Held open, so that the process can always write.
    _stdout: BufReader<ChildStdout>,
    url: String,
}

impl Server {
    fn start(workplace: &Workplace) -> Self {
        Self::upon(workplace, "carryover.db")
    }

    fn upon(workplace: &Workplace, database: &str) -> Self {
        let args = ["serve", "--listen", "127.0.0.1:0", "--api-only", "--database", database];
        let mut command = workplace.command(&args);
        let mut process = Process(command.stdout(Stdio::piped()).spawn().expect("the server starts"));
        let mut stdout = BufReader::new(process.0.stdout.take().expect("its stdout"));
        let mut greeting = String::new();
        stdout.read_line(&mut greeting).expect("it says where it listens");
        let address = greeting.split_whitespace().find(|word| word.contains("://"));
        let url = address.unwrap_or_else(|| panic!("no address in `{greeting}`")).to_owned();
        Self { _process: process, _stdout: stdout, url }
    }
}

/// The same portfolio twice: upon a database, and at a server that is reached from an empty folder.
struct Twins {
    here: Journey,
    there: Journey,
    empty: Workplace,
    server: Server,
}

impl Twins {
    fn new() -> Self {
        let (here, there) = (Journey::arrive(&csv(), &[]), Journey::arrive(&csv(), &[]));
        let (empty, server) = (Workplace::new(), Server::start(&there.workplace));
        empty.write("portfolio.csv", csv());
        Self { here, there, empty, server }
    }

    /// Gives a command to both; what they say is the same, but for what is drawn by lot.
    fn both(&self, args: &[&str]) -> Said {
        let run = |command: &mut Command| Said::of(command.env("USER", "local").output().expect("it starts"));
        let here = run(&mut self.here.workplace.command(args));
        let there = run(self.empty.command(args).env("CARRYOVER_SERVER", &self.server.url));
        let there_out = there.out.replace(&self.server.url, "carryover.db");
        assert_eq!(plain(&there_out), plain(&here.out), "{args:?}: {there:?}");
        assert_eq!((there.code, &there.err), (here.code, &here.err), "{args:?}");
        there
    }

    /// The same for people and for machines.
    fn all(&self, args: &[&str]) -> Value {
        self.both(args);
        self.both(&[args, &["--format", "json"]].concat()).json()
    }

    /// What both have written into `file`.
    fn written(&self, file: &str) -> [String; 2] {
        [&self.here.workplace, &self.empty].map(|workplace| plain(&workplace.text(file)))
    }
}

/// `text` without what differs by lot or by the way: digests, requests and counted calls are left out, and ids of plans are
/// numbered in the order in which they come.
fn plain(text: &str) -> String {
    let lines = text.lines().filter(|line| !line.contains("calls so far"));
    let text: String =
        lines.map(|line| serde_json::from_str(line).map_or_else(|_| line.to_owned(), without_lots) + "\n").collect();
    let mut ids: Vec<&str> = text.char_indices().filter_map(|(at, _)| text.get(at..at + 36)).collect();
    ids.retain(|id| is_drawn(id));
    ids.iter().enumerate().fold(text.clone(), |text, (at, id)| text.replace(id, &format!("id {at}")))
}

/// A UUID of version 7, which is drawn by time and by lot.
fn is_drawn(text: &str) -> bool {
    let shape = |(at, c): (usize, char)| if [8, 13, 18, 23].contains(&at) { c == '-' } else { c.is_ascii_hexdigit() };
    text.char_indices().all(shape) && text.as_bytes()[14] == b'7'
}

fn without_lots(mut value: Value) -> String {
    const LOTS: [&str; 8] = [
        "digest",
        "digest_before",
        "api_request",
        "http_calls",
        "http_429",
        "http_calls_each",
        "http_calls_by_operation",
        "logs",
    ];
    if let Some(object) = value.as_object_mut() {
        object.retain(|key, _| !LOTS.contains(&key.as_str()));
    }
    value.to_string()
}

#[test]
fn every_command_says_and_does_through_a_server_what_it_does_upon_a_database() {
    let twins = Twins::new();
    twins.all(&["import", "portfolio.csv", "--country", "DE"]);
    twins.all(&["status"]);
    twins.all(&["match"]);
    twins.all(&["assess"]);
    twins.all(&["policy", "beech.example", "--set", "lead_business_days=5", "--set", "new_plans=off"]);
    twins.all(&["policy", "beech.example", "--clear", "new_plans"]);
    twins.all(&["policy", "beech.example"]);
    assert_says(&twins.both(&["policy", "beech.example", "--set", "sizing=huge"]).err, &["sizing is `huge`"]);
    let planned = twins.all(&["plan"]);
    let domain = word(&planned["plans"][0]["domain"]).to_owned();
    twins.all(&["plan", &domain, "--out", "forecast.json"]);
    let [here, there] = twins.written("forecast.json");
    assert_eq!(there, here);
    twins.all(&["approve", &domain]);
    twins.all(&["approve", "--all", "--by", "local"]);
    twins.all(&["pause", &domain]);
    twins.all(&["status"]);
    twins.all(&["resume", "--all"]);
    for journey in [&twins.here, &twins.there] {
        journey.work();
    }
    twins.all(&["status"]);
    let shown = twins.all(&["show", &domain]);
    let line = word(&shown["customer"]["lines"][0]["line"]);
    assert_says(&twins.both(&["resolve", line, "go-on"]).err, &["carryover: "]);
    twins.all(&["report", "--out", "report.csv"]);
    let [here, there] = twins.written("report.csv");
    assert_eq!(there, here);
    twins.all(&["report", "--out", "report.html"]);
    assert!(twins.empty.text("report.html").contains(&domain));
    twins.all(&["export", "--kind", "portfolio", "--out", "again.csv"]);
    let [here, there] = twins.written("again.csv");
    assert_eq!(there, here);
    twins.both(&["export", &domain]);
    twins.all(&["verify"]);
    assert_eq!(
        twins.empty.names(),
        ["again.csv", "forecast.json", "portfolio.csv", "report.csv", "report.html"],
        "no database, no notes"
    );
}

#[test]
fn a_server_is_trusted_by_its_certificate_and_trusts_by_certificate_and_token() {
    let workplace = Workplace::new();
    let mut params = CertificateParams::new(Vec::new()).expect("parameters");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(params, KeyPair::generate().expect("a key")).expect("an authority");
    workplace.write("ca.pem", authority.pem());
    for (file, name) in [("server", "localhost"), ("client", "ana")] {
        let key = KeyPair::generate().expect("a key");
        let params = CertificateParams::new(vec![name.to_owned()]).expect("parameters");
        workplace.write(&format!("{file}.pem"), params.signed_by(&key, &authority).expect("a certificate").pem());
        workplace.write(&format!("{file}.key"), key.serialize_pem());
    }
    workplace.write("token.txt", "a-token\n");
    workplace.write("other.txt", "another-token\n");
    workplace.write(
        "carryover.toml",
        // The hash of `a-token`.
        "[server]\ntokens = [{ name = \"ana\", roles = [\"viewer\"], sha256 = \
         \"1f6076e3a47ba1ded08025ffe06e57af217c14f9407f33fba50f99b1c7019387\" }]\n\
         [server.tls]\ncertificate = \"server.pem\"\nkey = \"server.key\"\nclient_ca = \"ca.pem\"\n",
    );
    workplace.write("portfolio.csv", csv());
    let server = Server::start(&workplace);
    let url = server.url.replace("127.0.0.1", "localhost");
    let vouched = ["--server", &url, "--ca", "ca.pem", "--certificate", "client.pem", "--key", "client.key"];
    let known = [&vouched as &[&str], &["--token-file", "token.txt"]].concat();
    assert_eq!(
        workplace.run(&[&["status"] as &[&str], &known].concat()).ends(0).out,
        "no customers yet; next: carryover import FILE\n"
    );
    let refused = |args: &[&str], options: &[&str], code| workplace.run(&[args, options].concat()).refuses(code);
    assert_says(&refused(&["import", "portfolio.csv"], &known, 2), &["ana", "`operator`"]);
    // Beside the server, as its operator does; a viewer sees what follows from logs, and is not told them whole.
    workplace.run(&["import", "portfolio.csv"]).ends(0);
    assert_says(&workplace.run(&[&["status"] as &[&str], &known].concat()).ends(3).out, &["Ash · ash.example"]);
    assert_says(&workplace.run(&[&["show", "ash.example"] as &[&str], &known].concat()).ends(0).out, &["imported"]);
    for whole in [&["verify"] as &[&str], &["export", "ash.example"]] {
        assert_says(&refused(whole, &known, 2), &["ana", "`operator`"]);
    }
    assert_says(&refused(&["pause", "--all", "--by", "mia"], &known, 2), &["`ana`", "`mia`", "CARRYOVER_USER"]);
    assert_says(&refused(&["status"], &vouched, 2), &["token is missing"]);
    let mistaken = [&vouched as &[&str], &["--token-file", "other.txt"]].concat();
    let said = refused(&["status"], &mistaken, 2);
    assert_says(&said, &["token is not known"]);
    assert!(!said.contains("another-token"), "{said}");
    // Nobody vouches for us, or we do not know who vouches for the server.
    refused(&["status"], &["--server", &url, "--ca", "ca.pem", "--token-file", "token.txt"], 1);
    refused(&["status"], &[&["--server", &url, "--ca", "client.pem"] as &[&str], &known[4..]].concat(), 1);
    assert_says(&refused(&["status"], &["--server", &url, "--certificate", "client.pem"], 2), &["--key"]);
}

#[test]
fn what_one_server_is_asked_a_watch_at_another_sees_while_workers_work() {
    let Some(cluster) = postgres::shared() else { return };
    let journey = Journey::begin(&[]);
    let (workplace, database) = (&journey.workplace, cluster.database());
    workplace.run(&["store", "copy", "carryover.db", &database]).ends(0);
    let (asked, watched) = (Server::upon(workplace, &database), Server::upon(workplace, &database));
    let workers = [(); 3].map(|()| {
        let mut worker = workplace.command(&["run", "--database", &database]);
        Process(worker.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("a worker starts"))
    });
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let channel = Endpoint::from_shared(watched.url.clone()).expect("an address");
    let wish = v1::WatchMigrationsRequest { parent: "partners/-/customers/-".to_owned(), ..Default::default() };
    let mut watch = runtime.block_on(async {
        let mut migrations = MigrationServiceClient::new(channel.connect().await.expect("a connection"));
        let mut watch = migrations.watch_migrations(wish).await.expect("a watch").into_inner();
        // Its first message says that it has begun.
        watch.message().await.expect("a message").expect("it goes on");
        watch
    });
    for (command, kind) in [("pause", "paused"), ("resume", "resumed")] {
        workplace.run(&[command, "--all", "--server", &asked.url]).ends(0);
        let mut seen = BTreeSet::new();
        runtime.block_on(async {
            while seen.len() < 8 {
                let next = tokio::time::timeout(Duration::from_secs(60), watch.message()).await.expect("in time");
                if let Some(Content::Event(event)) = next.expect("a message").expect("it goes on").content
                    && event.kind == kind
                {
                    assert_eq!(event.actor, "local");
                    assert!(seen.insert(event.name.clone()), "{} came twice", event.name);
                }
            }
        });
    }
    drop(workers);
}

#[test]
fn what_only_works_here_says_so_and_a_server_that_is_not_there_is_named() {
    let workplace = Workplace::new();
    let nobody = ["--server", "http://127.0.0.1:1"];
    for command in
        [&["store", "copy", "a.db", "b.db"] as &[&str], &["backup", "b.db"], &["run"], &["serve"], &["doctor"]]
    {
        let sentence = workplace.run(&[command, &nobody].concat()).refuses(2);
        assert_says(&sentence, &[&format!("`carryover {}`", command[0]), "through a server", "CARRYOVER_SERVER"]);
    }
    // Others have nothing to do with a server: they refuse one that is said, and work where the environment names it for the rest.
    for command in [&["try"] as &[&str], &["emulator"], &["reference", "show"]] {
        let sentence = workplace.run(&[command, &nobody].concat()).refuses(2);
        assert_says(&sentence, &[&format!("`carryover {}`", command[0]), "through a server", "leave --server out"]);
    }
    let mut shows = workplace.command(&["reference", "show"]);
    let shown = Said::of(shows.env("CARRYOVER_SERVER", "http://127.0.0.1:1").output().expect("it starts"));
    assert_eq!(shown.ends(0).out, workplace.run(&["reference", "show"]).ends(0).out);
    let sentence = workplace.run(&[&["status"] as &[&str], &nobody].concat()).refuses(1);
    assert_says(&sentence, &["http://127.0.0.1:1", "cannot be reached", "nothing was changed"]);
    let both = workplace.run(&[&["status", "--database", "a.db"] as &[&str], &nobody].concat()).refuses(2);
    assert_says(&both, &["--database names a database of our own", "leave --database out"]);
    workplace.write("token.txt", "a-token");
    let exposed = ["status", "--server", "http://carryover.example", "--token-file", "token.txt"];
    assert_says(&workplace.run(&exposed).refuses(2), &["not https", "token"]);
    assert_eq!(workplace.names(), ["token.txt"]);
    let usage = Said::of(Command::new(BINARY).args(["status", "--server", "carryover"]).output().expect("it starts"));
    assert_says(&usage.ends(2).err, &["--server", "https://carryover.example:8450"]);
}
