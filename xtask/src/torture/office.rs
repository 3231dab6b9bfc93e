//! A folder with the program's files, and the program at work in it.

use super::loopback::Emulator;
use anyhow::{Context, bail};
use carryover_emulator::{Seed, SeedPeople};
use jiff::ToSpan;
use jiff::civil::Date;
use serde_json::Value;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use tempfile::TempDir;

/// The first instant of the world: a Monday morning.
const START: &str = "2026-11-02T08:00:00Z";
const FIRST_DAY: Date = jiff::civil::date(2026, 11, 2);
/// Days within which all old subscriptions end: those of a made-up portfolio would take half a year.
const DAYS: u64 = 16;
/// How often a command is given again on a bad line.
const TRIES_MAX: usize = 200;

/// A made-up world of `customers`, whose old subscriptions all end within weeks and whose people act within hours.
pub(super) fn world(customers: usize, seed: u64) -> Seed {
    let start = START.parse().unwrap_or_default();
    let mut world = Seed::generate(customers, seed, start);
    for (nth, line) in (0_u64..).zip(world.customers.iter_mut().flat_map(|customer| &mut customer.subscriptions)) {
        let days = 4 + nth.wrapping_mul(7) % DAYS;
        line.end_date = FIRST_DAY.saturating_add(i64::try_from(days).unwrap_or(0).days());
    }
    for customer in &mut world.customers {
        customer.people = SeedPeople {
            accepts_invitation_after_hours: Some(2),
            signs_agreement_after_hours: Some(1),
            stops_renewal_after_hours: Some(3),
        };
    }
    world
}

pub(super) struct Office {
    folder: TempDir,
    binary: PathBuf,
    /// Where the database is, if not in the folder.
    database: Option<String>,
}

/// A process that works until nothing is due.
pub(super) struct Worker(Child);

impl Drop for Worker {
    fn drop(&mut self) {
        // One that is over already needs no ending.
        let _over = self.0.kill();
        let _reaped = self.0.wait();
    }
}

impl Worker {
    /// Kills it; answers whether it was still alive.
    pub(super) fn kill(&mut self) -> anyhow::Result<bool> {
        self.0.kill()?;
        Ok(self.0.wait()?.signal() == Some(9))
    }

    /// Whether it is still at it.
    pub(super) fn is_alive(&mut self) -> anyhow::Result<bool> {
        Ok(self.0.try_wait()?.is_none())
    }

    /// Stops it; answers whether it stands still, and was not over already.
    pub(super) fn stop(&self) -> anyhow::Result<bool> {
        self.signal("STOP")?;
        // A signal is delivered soon, not at once. One that has ended and was not waited for is a zombie.
        loop {
            match self.state()? {
                'T' => return Ok(true),
                'Z' | 'X' => return Ok(false),
                _ => thread::yield_now(),
            }
        }
    }

    /// Lets it go on after [`Self::stop`]; answers whether it was still there.
    pub(super) fn go_on(&self) -> anyhow::Result<bool> {
        let stands = self.state()? == 'T';
        self.signal("CONT")?;
        Ok(stands)
    }

    /// Sends it a signal by its id.
    fn signal(&self, name: &str) -> anyhow::Result<()> {
        let id = self.0.id().to_string();
        Command::new("sh").args(["-c", "kill -\"$0\" \"$1\" 2>/dev/null", name, &id]).status()?;
        Ok(())
    }

    /// The letter that the system gives its state: after its name, which stands in brackets.
    fn state(&self) -> anyhow::Result<char> {
        let told = std::fs::read_to_string(format!("/proc/{}/stat", self.0.id()))?;
        let letter = told.rsplit_once(") ").and_then(|(_, rest)| rest.chars().next());
        letter.context("a process has no state")
    }

    /// Waits for its end.
    pub(super) fn wait(mut self) -> anyhow::Result<()> {
        self.0.wait()?;
        Ok(())
    }
}

impl Office {
    pub(super) fn new(binary: &Path, database: Option<String>) -> anyhow::Result<Self> {
        if !binary.is_file() {
            bail!("there is no program {}; build it first: cargo build -p carryover", binary.display());
        }
        Ok(Self { folder: tempfile::tempdir()?, binary: binary.canonicalize()?, database })
    }

    pub(super) fn write(&self, name: &str, content: &str) -> anyhow::Result<()> {
        Ok(std::fs::write(self.folder.path().join(name), content)?)
    }

    /// The portfolio, the secrets and a `carryover.toml` that names `emulator` in all places.
    pub(super) fn configure(&self, emulator: &Emulator, seed: &Seed) -> anyhow::Result<()> {
        self.write("portfolio.csv", &emulator.text("/emulator/portfolio.csv")?)?;
        let partner = &seed.partner;
        self.write("secret.txt", &partner.client_secret)?;
        self.write("token.txt", &partner.refresh_token)?;
        let base = emulator.base();
        self.write(
            "carryover.toml",
            &format!(
                "clock_url = \"{base}/emulator/clock\"\n\n[partner]\ntenant_id = \"{}\"\ncountry = \"{}\"\n\
                 client_id = \"{}\"\nclient_secret_file = \"secret.txt\"\nrefresh_token_file = \"token.txt\"\n\n\
                 [endpoints]\npartner_center = \"{base}\"\nlogin = \"{base}\"\ngraph = \"{base}\"\n",
                partner.tenant_id, partner.country, partner.client_id
            ),
        )
    }

    pub(super) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(&self.binary);
        command.args(args).current_dir(self.folder.path()).stdin(Stdio::null()).env_clear().env("USER", "mia");
        command.stderr(Stdio::null());
        command.envs(self.database.as_ref().map(|database| ("CARRYOVER_DATABASE", database)));
        command
    }

    pub(super) fn worker(&self) -> anyhow::Result<Worker> {
        Ok(Worker(self.command(&["run", "--until-idle"]).stdout(Stdio::null()).spawn()?))
    }

    /// Undisturbed work until nothing is due, and what it says. What a bad line loses is tried again later.
    pub(super) fn work(&self) -> anyhow::Result<Value> {
        self.say(&["run", "--until-idle"], &[0, 1, 3])
    }

    /// Gives a command for all customers, and again for those whom a bad line kept from being read.
    pub(super) fn patiently(&self, command: &str, left_over: &str) -> anyhow::Result<()> {
        let mut names: Vec<String> = Vec::new();
        for _ in 0..TRIES_MAX {
            let args: Vec<&str> = [command].into_iter().chain(names.iter().map(String::as_str)).collect();
            let (code, done) = self.answer(&args)?;
            if code != Some(1) {
                return Ok(());
            }
            // With the line down nobody was read; the same are asked again.
            if done["error"].is_null() {
                let left = done[left_over].as_array().into_iter().flatten();
                names = left.filter_map(|left| left["domain"].as_str().map(str::to_owned)).collect();
            }
        }
        bail!("`{command}` did not work in {TRIES_MAX} tries")
    }

    /// Runs a command that may end with one of `codes`, and answers with the object that it prints.
    pub(super) fn say(&self, args: &[&str], codes: &[i32]) -> anyhow::Result<Value> {
        let (code, said) = self.answer(args)?;
        if !code.is_some_and(|code| codes.contains(&code)) || !said["error"].is_null() {
            bail!("`{}` ended with {code:?}: {said}", args.join(" "));
        }
        Ok(said)
    }

    /// The history of a customer, an object for each event.
    pub(super) fn history(&self, domain: &str) -> anyhow::Result<Vec<Value>> {
        let output = self.command(&["export", domain]).output()?;
        if !output.status.success() {
            bail!("`export {domain}` ended with {}", output.status);
        }
        let lines = String::from_utf8(output.stdout)?;
        lines.lines().map(|line| Ok(serde_json::from_str(line)?)).collect()
    }

    fn answer(&self, args: &[&str]) -> anyhow::Result<(Option<i32>, Value)> {
        let output = self.command(&[args, &["--format", "json"]].concat()).output()?;
        let said = String::from_utf8_lossy(&output.stdout);
        let said = serde_json::from_str(&said).with_context(|| format!("`{}` said: {said}", args.join(" ")))?;
        Ok((output.status.code(), said))
    }
}
