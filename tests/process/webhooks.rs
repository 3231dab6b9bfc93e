//! Being told instead of asking: a notice wakes the customer it is about, and nobody else can.

use crate::harness::{Emulator, Process, Workplace, assert_says, instant};
use crate::journey::Journey;
use crate::portfolio::{self, tenant};
use serde_json::json;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::process::Stdio;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

/// Longer than anything here takes.
const PATIENCE: Duration = Duration::from_secs(120);

/// A port that nobody listens on.
fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a free port").port()
}

/// `carryover run` that listens for notices, and what it logs.
struct Listening {
    _process: Process,
    lines: Receiver<String>,
    address: String,
}

impl Listening {
    fn begin(workplace: &Workplace, emulator: &Emulator) -> Self {
        let address = format!("127.0.0.1:{}", free_port());
        workplace.write("root.cer", emulator.certificate());
        let settings = workplace.text("carryover.toml");
        let webhooks = format!(
            "\n[webhooks]\nurl = \"http://{address}/\"\nroots_file = \"root.cer\"\ncertificate_hosts = [\"127.0.0.1\"]\n"
        );
        workplace.write("carryover.toml", settings + &webhooks);
        let mut command = workplace.command(&["run", "-v", "--webhooks", &address]);
        let mut process = Process(command.stderr(Stdio::piped()).stdout(Stdio::null()).spawn().expect("it starts"));
        let stderr = BufReader::new(process.0.stderr.take().expect("its stderr"));
        let (say, lines) = channel();
        std::thread::spawn(move || {
            for line in stderr.lines().map_while(Result::ok) {
                let _nobody_listens = say.send(line);
            }
        });
        let listening = Self { _process: process, lines, address };
        listening.until(&["listening for notices"]);
        listening
    }

    /// Waits for a line with all of `parts`.
    #[track_caller]
    fn until(&self, parts: &[&str]) -> String {
        let mut seen = String::new();
        loop {
            let line = self.lines.recv_timeout(PATIENCE);
            let line = line.unwrap_or_else(|error| panic!("{error}; no line with {parts:?} in:\n{seen}"));
            if parts.iter().all(|part| line.contains(part)) {
                return line;
            }
            seen.push_str(&line);
            seen.push('\n');
        }
    }

    /// The status of the answer to `body`, posted without a signature.
    fn post(&self, body: &str) -> String {
        let mut stream = TcpStream::connect(&self.address).expect("it listens");
        let length = body.len();
        let head = format!("POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n");
        stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body.as_bytes())).expect("it reads");
        let mut answer = String::new();
        BufReader::new(stream).read_line(&mut answer).expect("it answers");
        answer.split(' ').nth(1).unwrap_or_default().to_owned()
    }
}

#[test]
fn a_notice_of_an_acceptance_wakes_the_customer_long_before_it_would_be_looked_at() {
    let hazel = portfolio::rows().into_iter().filter(|row| row.name == "Hazel");
    let journey = Journey::arrive(&portfolio::csv_of(&hazel.collect::<Vec<_>>()), &[]);
    for command in [&["assess"][..], &["plan"], &["approve", "--all", "--by", "mia"]] {
        let said = journey.workplace.run(command);
        assert!(matches!(said.code, Some(0 | 3)), "{said:?}");
    }
    journey.work();
    // Customers are asked after at instants of their own; this is right after one.
    journey.emulator.advance_to("2026-11-03T00:30:00Z");
    let done = journey.work();
    let next = instant(&done["next_wake"]);
    // Later than the look above for whoever starts now: what is seen at the very instant of an earlier look is no news.
    journey.emulator.advance_to("2026-11-03T01:00:00Z");
    let listening = Listening::begin(&journey.workplace, &journey.emulator);
    // Somebody who cannot prove to be Partner Center wakes nobody.
    assert_eq!(listening.post("{\"EventName\":\"reseller-relationship-accepted-by-customer\"}"), "401");

    let link = &done["actions"][0]["link"];
    let letter = json!({ "kind": "invitation", "tenant": tenant(8), "link": link });
    let (status, body) = journey.emulator.post("/emulator/letters", &letter);
    assert_eq!(status, 202, "{body}");
    let accepted: jiff::Timestamp = "2026-11-04T00:00:00Z".parse().expect("an instant");
    assert!(accepted < next, "it would have been looked at by {next} anyway");
    journey.emulator.advance_to(&accepted.to_string());
    let recorded = listening.until(&["recorded", "standing_seen"]);
    assert_says(&recorded, &["hazel.example"]);
    assert!(journey.emulator.now() < next);
}
