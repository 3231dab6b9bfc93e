//! What every test here needs: a folder of its own, the binary in it, and an emulated Microsoft that ends with the test.

use reqwest::Client;
use serde_json::Value;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::Once;
use tempfile::TempDir;
use tokio::runtime::Runtime;

/// The program under test.
pub(crate) const BINARY: &str = env!("CARGO_BIN_EXE_carryover");
/// The first instant of every emulated world: a Monday morning.
pub(crate) const START: &str = "2026-11-02T08:00:00Z";

/// A folder in which the program is run, and which is gone after the test.
pub(crate) struct Workplace(TempDir);

impl Workplace {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().expect("a folder"))
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        std::fs::write(self.path(name), content).expect("the file is written");
    }

    pub(crate) fn bytes(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    pub(crate) fn text(&self, name: &str) -> String {
        String::from_utf8(self.bytes(name)).expect("it is text")
    }

    /// The names of all files.
    pub(crate) fn names(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.0.path()).expect("the folder is readable");
        let mut names: Vec<String> =
            entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }

    /// The program with `args`, in this folder, and with nothing of the environment of whoever runs the tests.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        self.wrapped(Command::new(BINARY), args)
    }

    /// Like [`Self::command`], started by `program`.
    pub(crate) fn wrapped(&self, mut program: Command, args: &[&str]) -> Command {
        program.args(args).current_dir(self.0.path()).stdin(Stdio::null()).env_clear().env("USER", "mia");
        program
    }

    /// Runs the program to its end.
    pub(crate) fn run(&self, args: &[&str]) -> Said {
        Said::of(self.command(args).output().expect("the program starts"))
    }

    /// Makes a database that holds nobody: of a file without rows.
    pub(crate) fn make_database(&self) {
        let header = crate::portfolio::csv().lines().next().expect("a header").to_owned();
        self.write("nobody.csv", header + "\n");
        self.run(&["import", "nobody.csv"]);
        std::fs::remove_file(self.path("nobody.csv")).expect("it was written above");
    }

    /// Runs the program to its end and answers with the object that it prints.
    pub(crate) fn json(&self, args: &[&str], code: i32) -> Value {
        self.run(&[args, &["--format", "json"]].concat()).ends(code).json()
    }

    /// Everything that the database holds, as far as the program shows it.
    pub(crate) fn status(&self) -> Value {
        let said = self.run(&["status", "--format", "json"]);
        assert!(matches!(said.code, Some(0 | 3)), "{said:?}");
        said.json()
    }
}

/// How the program ended and what it said.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Said {
    pub(crate) fn of(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).expect("the program writes UTF-8");
        Self { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
    }

    #[track_caller]
    pub(crate) fn ends(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{self:?}");
        self
    }

    /// What it printed for machines.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// The one sentence that says why it ended with `code`.
    #[track_caller]
    pub(crate) fn refuses(self, code: i32) -> String {
        let said = self.ends(code);
        let lines: Vec<&str> = said.err.lines().collect();
        let [line] = lines.as_slice() else { panic!("not exactly one sentence: {said:?}") };
        let sentence = line.strip_prefix("carryover: ").unwrap_or_else(|| panic!("whose words are these? {said:?}"));
        assert!(sentence.len() > 20 && !sentence.contains("panicked"), "{said:?}");
        sentence.to_owned()
    }
}

/// Asserts that `text` holds each of `parts`.
#[track_caller]
pub(crate) fn assert_says(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "`{part}` is missing in: {text}");
    }
}

/// A process that is ended, by its own id, when this is dropped.
pub(crate) struct Process(pub(crate) Child);

impl Drop for Process {
    fn drop(&mut self) {
        // One that is over already needs no ending.
        let _over = self.0.kill();
        let _reaped = self.0.wait();
    }
}

/// An emulated Microsoft in a process of its own.
pub(crate) struct Emulator {
    _process: Process,
    /// Held open, so that the process can always write.
    _stdout: BufReader<std::process::ChildStdout>,
    pub(crate) greeting: String,
    pub(crate) base: String,
    http: Client,
    runtime: Runtime,
}

impl Emulator {
    /// Starts one with `args`, and waits for the line that names its address.
    pub(crate) fn start(workplace: &Workplace, args: &[&str]) -> Self {
        let mut command = workplace.command(&[&["emulator", "--listen", "127.0.0.1:0"], args].concat());
        let mut process = Process(command.stdout(Stdio::piped()).spawn().expect("the emulator starts"));
        let mut stdout = BufReader::new(process.0.stdout.take().expect("its stdout"));
        let mut greeting = String::new();
        stdout.read_line(&mut greeting).expect("it says where it listens");
        let rest = greeting.split_once("http://").unwrap_or_else(|| panic!("no address in `{greeting}`")).1;
        let address = rest.split(|c: char| c.is_whitespace() || c == '/').next().unwrap_or_default();
        let base = format!("http://{}", address.trim_end_matches([':', ',', ';']));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        Self { _process: process, _stdout: stdout, greeting, base, http: client(), runtime }
    }

    /// One that knows the customers of `portfolio`, checks sign-in, and whose time stands still.
    pub(crate) fn strict(workplace: &Workplace, portfolio: &Path, args: &[&str]) -> Self {
        let portfolio = portfolio.to_str().expect("a plain path");
        let usual = ["--portfolio", portfolio, "--start", START, "--speed", "0", "--auth", "strict"];
        Self::start(workplace, &[&usual, args].concat())
    }

    /// The body of a GET with its status.
    pub(crate) fn fetch(&self, path: &str, bearer: Option<&str>) -> (u16, String) {
        let request = self.http.get(format!("{}{path}", self.base));
        let request = match bearer {
            Some(token) => request.header("authorization", format!("Bearer {token}")),
            None => request,
        };
        self.send(request)
    }

    pub(crate) fn get(&self, path: &str) -> Value {
        let (status, body) = self.fetch(path, None);
        assert_eq!(status, 200, "{path}: {body}");
        serde_json::from_str(&body).expect("an object")
    }

    pub(crate) fn post(&self, path: &str, body: &Value) -> (u16, String) {
        self.send(self.http.post(format!("{}{path}", self.base)).json(body))
    }

    pub(crate) fn patch(&self, path: &str, bearer: &str, body: &Value) -> (u16, String) {
        let request =
            self.http.patch(format!("{}{path}", self.base)).header("authorization", format!("Bearer {bearer}"));
        self.send(request.json(body))
    }

    pub(crate) fn post_form(&self, path: &str, body: String) -> (u16, String) {
        let form = "application/x-www-form-urlencoded";
        self.send(self.http.post(format!("{}{path}", self.base)).header("content-type", form).body(body))
    }

    fn send(&self, request: reqwest::RequestBuilder) -> (u16, String) {
        self.runtime.block_on(async {
            let response = request.send().await.expect("the emulator answers");
            (response.status().as_u16(), response.text().await.expect("a body"))
        })
    }

    /// The certificate of the authority that signs its notices.
    pub(crate) fn certificate(&self) -> Vec<u8> {
        let request = self.http.get(format!("{}/emulator/certificates/root.cer", self.base));
        self.runtime.block_on(async { request.send().await?.bytes().await }).expect("the emulator answers").to_vec()
    }

    /// A token of the partner's user, got with the refresh token of the configured `workplace`, which is changed for the new one.
    pub(crate) fn sign_in(&self, workplace: &Workplace) -> String {
        let partner = &self.get("/emulator/seed")["partner"];
        let form = format!(
            "grant_type=refresh_token&client_id={}&client_secret={}&refresh_token={}&resource={}",
            word(&partner["client_id"]),
            workplace.text("secret.txt"),
            workplace.text("token.txt"),
            "https%3A%2F%2Fapi.partnercenter.microsoft.com"
        );
        let (status, body) = self.post_form(&format!("/{}/oauth2/token", word(&partner["tenant_id"])), form);
        assert_eq!(status, 200, "{body}");
        let signed_in: Value = serde_json::from_str(&body).expect("an object");
        workplace.write("token.txt", word(&signed_in["refresh_token"]));
        word(&signed_in["access_token"]).to_owned()
    }

    pub(crate) fn books(&self) -> Value {
        self.get("/emulator/books")
    }

    /// Requests that it has answered or dropped so far, its own calls aside.
    pub(crate) fn calls(&self) -> u64 {
        let books = self.books();
        let answered: u64 = books["http_calls"].as_object().into_iter().flatten().map(|(_, count)| number(count)).sum();
        answered + number(&books["http_dropped"])
    }

    /// Requests that it has received so far and that might have changed something.
    pub(crate) fn writes(&self) -> u64 {
        let ledger = self.get("/emulator/ledger");
        items(&ledger["writes"]).len() as u64 + number(&ledger["writes_forgotten"])
    }

    /// Moves its clock on.
    pub(crate) fn advance_to(&self, instant: &str) {
        let (status, body) = self.post("/emulator/clock", &serde_json::json!({ "advance_to": instant }));
        assert_eq!(status, 200, "{body}");
    }

    pub(crate) fn now(&self) -> jiff::Timestamp {
        instant(&self.get("/emulator/clock")["now"])
    }

    /// Writes a `carryover.toml` with this emulator in all places, and the secrets as files beside it.
    pub(crate) fn configure(&self, workplace: &Workplace) {
        let partner = &self.get("/emulator/seed")["partner"];
        workplace.write("secret.txt", word(&partner["client_secret"]));
        workplace.write("token.txt", word(&partner["refresh_token"]));
        let base = &self.base;
        let [tenant, country, client] = ["tenant_id", "country", "client_id"].map(|name| word(&partner[name]));
        workplace.write(
            "carryover.toml",
            format!(
                "clock_url = \"{base}/emulator/clock\"\n\n[partner]\ntenant_id = \"{tenant}\"\ncountry = \"{country}\"\n\
                 client_id = \"{client}\"\nclient_secret_file = \"secret.txt\"\nrefresh_token_file = \"token.txt\"\n\n\
                 [endpoints]\npartner_center = \"{base}\"\nlogin = \"{base}\"\ngraph = \"{base}\"\n"
            ),
        );
    }
}

fn client() -> Client {
    static TLS: Once = Once::new();
    TLS.call_once(|| {
        rustls::crypto::ring::default_provider().install_default().expect("nobody else installs a provider");
    });
    let timeout = std::time::Duration::from_secs(30);
    Client::builder().no_proxy().timeout(timeout).build().expect("an HTTP client")
}

/// The number that `value` is.
#[track_caller]
pub(crate) fn number(value: &Value) -> u64 {
    value.as_u64().unwrap_or_else(|| panic!("{value} is not a number"))
}

/// The text that `value` is.
#[track_caller]
pub(crate) fn word(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("{value} is not a text"))
}

/// The elements that `value` has.
#[track_caller]
pub(crate) fn items(value: &Value) -> &[Value] {
    value.as_array().unwrap_or_else(|| panic!("{value} is not a list"))
}

/// The instant that `value` is.
#[track_caller]
pub(crate) fn instant(value: &Value) -> jiff::Timestamp {
    word(value).parse().unwrap_or_else(|error| panic!("{value}: {error}"))
}

/// Numbers that look random and are the same each time.
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A number below `bound`.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        // SplitMix64.
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % bound
    }
}
