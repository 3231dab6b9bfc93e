//! The emulated Microsoft in a process of its own, and the few words of HTTP that are spoken with it over loopback.

use super::office::Office;
use anyhow::{Context, bail};
use carryover_emulator::Seed;
use jiff::Timestamp;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, ChildStdout, Stdio};

pub(super) struct Emulator {
    process: Child,
    /// Held open, so that the process can always write.
    _stdout: BufReader<ChildStdout>,
    address: String,
    sent: BTreeSet<String>,
}

impl Drop for Emulator {
    fn drop(&mut self) {
        // One that is over already needs no ending.
        let _over = self.process.kill();
        let _reaped = self.process.wait();
    }
}

impl Emulator {
    /// Starts one of `seed`, whose time stands still, and waits for the line that names its address.
    pub(super) fn start(office: &Office, seed: &Seed, faults: &str) -> anyhow::Result<Self> {
        office.write("seed.json", &serde_json::to_string(seed)?)?;
        let usual =
            ["emulator", "--listen", "127.0.0.1:0", "--seed-file", "seed.json", "--speed", "0", "--auth", "strict"];
        let mut process =
            office.command(&[&usual[..], &["--faults", faults]].concat()).stdout(Stdio::piped()).spawn()?;
        let mut stdout = BufReader::new(process.stdout.take().context("its stdout")?);
        let mut greeting = String::new();
        stdout.read_line(&mut greeting)?;
        let rest = greeting.split_once("http://").with_context(|| format!("no address in `{greeting}`"))?.1;
        let address = rest.split(|c: char| c.is_whitespace() || c == '/').next().unwrap_or_default();
        let address = address.trim_end_matches([':', ',', ';']).to_owned();
        Ok(Self { process, _stdout: stdout, address, sent: BTreeSet::new() })
    }

    pub(super) fn base(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(super) fn get(&self, path: &str) -> anyhow::Result<Value> {
        Ok(serde_json::from_str(&self.text(path)?)?)
    }

    pub(super) fn text(&self, path: &str) -> anyhow::Result<String> {
        self.ask("GET", path, "")
    }

    pub(super) fn now(&self) -> anyhow::Result<Timestamp> {
        Ok(self.get("/emulator/clock")?["now"].as_str().context("no time")?.parse()?)
    }

    pub(super) fn advance_to(&self, instant: Timestamp) -> anyhow::Result<()> {
        self.ask("POST", "/emulator/clock", &json!({ "advance_to": instant.to_string() }).to_string()).map(drop)
    }

    /// Writes to the customers what is asked of them, each letter once.
    pub(super) fn pass_on(&mut self, actions: &Value) -> anyhow::Result<()> {
        for action in actions.as_array().into_iter().flatten() {
            let tenant = &action["tenant_id"];
            let letter = match action["code"].as_str().unwrap_or_default() {
                "SEND_INVITATION" => json!({ "kind": "invitation", "tenant": tenant, "link": action["link"] }),
                "OBTAIN_AGREEMENT" => json!({ "kind": "agreement", "tenant": tenant }),
                "STOP_RENEWAL" => {
                    json!({ "kind": "stop_renewal", "tenant": tenant, "subscription": action["subscription_id"] })
                }
                _ => continue,
            };
            if self.sent.insert(letter.to_string()) {
                self.ask("POST", "/emulator/letters", &letter.to_string())?;
            }
        }
        Ok(())
    }

    /// One request on a connection of its own, which the answer ends.
    fn ask(&self, method: &str, path: &str, body: &str) -> anyhow::Result<String> {
        let mut stream = TcpStream::connect(&self.address).context("the emulator is gone")?;
        let length = body.len();
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\ncontent-type: application/json\r\n\
             content-length: {length}\r\n\r\n{body}",
            self.address
        )?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        let (head, body) = answer.split_once("\r\n\r\n").context("half an answer")?;
        if !head.split(' ').nth(1).is_some_and(|status| status.starts_with('2')) {
            bail!("{method} {path}: {body}");
        }
        Ok(body.to_owned())
    }
}
