//! The API called from other languages: each client under `tests/clients` moves a portfolio through `carryover serve`, which
//! works against `carryover emulator`. Makes their environments under `target/e2e`, and ends what it has started.

use anyhow::{Context, bail, ensure};
use serde_json::Value;
use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// Two customers whose old subscriptions run out by themselves, five weeks after the emulated time begins.
const PORTFOLIO: &str = "\
tenant_id,domain,name,country,program,sku_id,seats,end_date
8f0d9b52-6b0a-4b5e-9e57-000000000001,birchlane.example,Birch Lane,DE,open,3b555118-da6a-4418-894f-7df1e2096870,25,2026-12-04
8f0d9b52-6b0a-4b5e-9e57-000000000002,elmgrove.example,Elm Grove,DE,open,3b555118-da6a-4418-894f-7df1e2096870,7,2026-12-09
";
/// The first instant of the emulated time, which the clients move on.
const START: &str = "2026-11-02T08:00:00Z";
/// How long the emulator may take to answer.
const PATIENCE: Duration = Duration::from_secs(30);

/// Runs every client. Answers with whether all of them came to the end; what they say is on `out`.
///
/// # Errors
/// When an environment cannot be made, or the emulator or the server does not start.
pub fn clients(root: &Path, out: &mut impl Write) -> anyhow::Result<bool> {
    let folder = root.join("target/e2e");
    let binary = built(root)?;
    let python = python(root, &folder)?;
    let modules = node(root, &folder)?;
    let mut all_well = true;
    for (name, program, script) in [
        ("python", python.as_os_str(), root.join("tests/clients/python/journey.py")),
        ("node", OsStr::new("node"), root.join("tests/clients/node/journey.js")),
    ] {
        let stage = Stage::set(&binary)?;
        let protos = format!("{}:{}", root.join("proto").display(), root.join("third_party").display());
        let mut client = Command::new(program);
        client.arg(script).args([&stage.server.address, &protos]).arg(stage.portfolio()).arg(stage.world.url());
        let said = client.env("NODE_PATH", &modules).stdin(Stdio::null()).output();
        let said = said.with_context(|| format!("the client in {name} cannot be run"))?;
        out.write_all(&said.stdout)?;
        out.write_all(&said.stderr)?;
        all_well &= said.status.success();
    }
    Ok(all_well)
}

/// The program, built as it stands.
fn built(root: &Path) -> anyhow::Result<PathBuf> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let status = Command::new(cargo).current_dir(root).args(["build", "--package", "carryover"]).status()?;
    ensure!(status.success(), "carryover cannot be built");
    let metadata = cargo_metadata::MetadataCommand::new().current_dir(root).no_deps().exec()?;
    Ok(metadata.target_directory.join("debug/carryover").into_std_path_buf())
}

/// The Python of an environment that has what the client needs, in the versions that it names.
fn python(root: &Path, folder: &Path) -> anyhow::Result<PathBuf> {
    let (environment, wanted) = (folder.join("python"), root.join("tests/clients/python/requirements.txt"));
    let python = environment.join("bin/python");
    made_of(&wanted, &environment, || {
        run(Command::new("python3").args(["-m", "venv"]).arg(&environment), "python3-venv is needed")?;
        let pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement"];
        run(Command::new(&python).args(pip).arg(&wanted), "PyPI is needed")
    })?;
    Ok(python)
}

/// The modules that the client for Node.js needs, as its lock has them.
fn node(root: &Path, folder: &Path) -> anyhow::Result<PathBuf> {
    let (environment, source) = (folder.join("node"), root.join("tests/clients/node"));
    made_of(&source.join("package-lock.json"), &environment, || {
        for file in ["package.json", "package-lock.json"] {
            std::fs::copy(source.join(file), environment.join(file))?;
        }
        let npm = ["ci", "--no-audit", "--no-fund", "--silent", "--prefix", "."];
        run(Command::new("npm").current_dir(&environment).args(npm), "Node.js with npm is needed")
    })?;
    Ok(environment.join("node_modules"))
}

/// Has `make` make `environment` where it was not made of `wanted` as that is now.
fn made_of(wanted: &Path, environment: &Path, make: impl FnOnce() -> anyhow::Result<()>) -> anyhow::Result<()> {
    let (text, made) = (std::fs::read(wanted)?, environment.join("made-of"));
    if std::fs::read(&made).is_ok_and(|of| of == text) {
        return Ok(());
    }
    if environment.exists() {
        std::fs::remove_dir_all(environment)?;
    }
    std::fs::create_dir_all(environment)?;
    make()?;
    Ok(std::fs::write(made, text)?)
}

fn run(command: &mut Command, needs: &str) -> anyhow::Result<()> {
    let status = command.stdin(Stdio::null()).status().with_context(|| needs.to_owned())?;
    ensure!(status.success(), "{command:?} did not work; {needs}");
    Ok(())
}

/// An emulator and a server, with the folder that they work in. Both end with it.
struct Stage {
    server: Process,
    world: Process,
    folder: tempfile::TempDir,
}

impl Stage {
    fn set(binary: &Path) -> anyhow::Result<Self> {
        let folder = tempfile::tempdir()?;
        std::fs::write(folder.path().join("portfolio.csv"), PORTFOLIO)?;
        let mut emulator = Command::new(binary);
        emulator.env_clear().args(["emulator", "--listen", "127.0.0.1:0", "--start", START, "--speed", "0"]);
        emulator.args(["--portfolio", "portfolio.csv"]).current_dir(folder.path());
        let world = Process::start(&mut emulator, "listening on http://")?;
        let seed: Value = serde_json::from_str(&get(&world.address, "/emulator/seed")?)?;
        let partner = |name: &str| seed["partner"][name].as_str().context("the emulator names no partner");
        let url = world.url();
        let settings = format!(
            "database = \"carryover.db\"\nclock_url = \"{url}/emulator/clock\"\n\
             [endpoints]\npartner_center = \"{url}\"\nlogin = \"{url}\"\ngraph = \"{url}\"\n\
             [partner]\ntenant_id = \"{}\"\ncountry = \"{}\"\nclient_id = \"{}\"\n",
            partner("tenant_id")?,
            partner("country")?,
            partner("client_id")?,
        );
        std::fs::write(folder.path().join("carryover.toml"), settings)?;
        let mut serve = Command::new(binary);
        serve.env_clear().args(["serve", "--listen", "127.0.0.1:0"]).current_dir(folder.path());
        serve.env("CARRYOVER_CLIENT_SECRET", partner("client_secret")?);
        serve.env("CARRYOVER_REFRESH_TOKEN", partner("refresh_token")?);
        let server = Process::start(&mut serve, "serving gRPC on http://")?;
        Ok(Self { server, world, folder })
    }

    fn portfolio(&self) -> PathBuf {
        self.folder.path().join("portfolio.csv")
    }
}

/// A process that listens. Ends when dropped.
struct Process {
    child: Child,
    /// Where it listens.
    address: String,
}

impl Process {
    /// Starts `command`, whose environment is what it was given and nothing of ours, and reads its address, which follows
    /// `greeting` on the first line.
    fn start(command: &mut Command, greeting: &str) -> anyhow::Result<Self> {
        let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn()?;
        let mut process = Self { child, address: String::new() };
        let said = process.child.stdout.take().context("its output is needed")?;
        let mut line = String::new();
        BufReader::new(said).read_line(&mut line)?;
        let Some(rest) = line.strip_prefix(greeting) else { bail!("{command:?} said: {line}") };
        process.address = rest.chars().take_while(|c| c.is_ascii_digit() || ".:".contains(*c)).collect();
        process.address = process.address.trim_end_matches(':').to_owned();
        Ok(process)
    }

    fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may be over already, which is as good.
        let _over = self.child.kill().and_then(|()| self.child.wait());
    }
}

/// What `address` answers to a GET of `path`.
fn get(address: &str, path: &str) -> anyhow::Result<String> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    write!(stream, "GET {path} HTTP/1.0\r\nHost: {address}\r\n\r\n")?;
    let mut said = String::new();
    stream.read_to_string(&mut said)?;
    let (head, body) = said.split_once("\r\n\r\n").context("no answer")?;
    ensure!(head.split(' ').nth(1) == Some("200"), "{path} is answered {head}");
    Ok(body.to_owned())
}
