//! Nothing that the program writes holds a secret: not what it says, however much it is asked to say, nor its files.

use crate::harness::{BINARY, Process, Said, items, word};
use crate::journey::Journey;
use crate::portfolio;
use serde_json::Value;
use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Read};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, Stdio};

/// What every access token of the emulator begins with, and every refresh token that it hands out.
const TOKENS: [&str; 2] = ["eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9.", "0.emulator."];

#[track_caller]
fn assert_clean(what: &str, bytes: &[u8], secrets: &BTreeSet<String>) {
    for secret in secrets {
        let found = bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
        assert!(!found, "{what} holds `{secret}`");
    }
}

/// A secret as it is, and as forms and addresses escape it.
fn forms(secret: &str) -> [String; 3] {
    let form: String = url::form_urlencoded::byte_serialize(secret.as_bytes()).collect();
    [secret.to_owned(), form.replace('+', "%20"), form]
}

/// Everything that `journey` says and writes down when it looks at its customers and plans, with nothing left untold.
fn assert_works_without_a_word(journey: &Journey, secrets: &BTreeSet<String>, files: &[&str]) {
    let mut said = Vec::new();
    for args in [["-vvv", "doctor"], ["-vvv", "assess"], ["-vvv", "plan"], ["-vvv", "status"]] {
        let mut command = journey.workplace.command(&args);
        let done = Said::of(command.env("CARRYOVER_LOG", "trace").output().expect("the work starts"));
        assert!(matches!(done.code, Some(0 | 3)), "{args:?}: {done:?}");
        said.extend_from_slice(done.err.as_bytes());
        said.extend_from_slice(done.out.as_bytes());
    }
    assert!(said.len() > 100_000, "much was said");
    assert_clean("what it said", &said, secrets);
    for name in journey.workplace.names().iter().filter(|name| !files.contains(&name.as_str())) {
        assert_clean(name, &journey.workplace.bytes(name), secrets);
    }
}

/// What is sent in a form does not look like what it was: a log of the form would hide it from who looks for the secret itself.
#[test]
fn a_secret_is_written_neither_as_it_is_nor_as_a_form_escapes_it() {
    let given = ["a secret+of/signs=&%", "a token+of/signs=&%"];
    let journey = Journey::in_another_world(&portfolio::csv(), |seed| {
        for (name, secret) in ["client_secret", "refresh_token"].into_iter().zip(given) {
            seed["partner"][name] = secret.into();
        }
    });
    let mut secrets: BTreeSet<String> = TOKENS.iter().map(|token| (*token).to_owned()).collect();
    secrets.extend(given.into_iter().flat_map(forms));
    assert_eq!(secrets.len(), 8, "escaped in more than one way");
    // What knows its seed is no part of what is looked at.
    assert_works_without_a_word(&journey, &secrets, &["secret.txt", "token.txt", "seed.json"]);
}

#[test]
fn a_certificates_key_and_what_it_signs_are_written_nowhere() {
    let pem = include_str!("../../crates/partner-center/tests/keys/client.pem");
    let (certificate, key) = pem.split_once("-----END CERTIFICATE-----").expect("both");
    let certificate: String = certificate.lines().skip_while(|line| !line.starts_with("-----")).skip(1).collect();
    let journey =
        Journey::in_another_world(&portfolio::csv(), |seed| seed["partner"]["certificate"] = certificate.into());
    let settings = journey.workplace.text("carryover.toml");
    let by_certificate =
        settings.replace("client_secret_file = \"secret.txt\"", "client_certificate_file = \"client.pem\"");
    assert_ne!(settings, by_certificate);
    journey.workplace.write("carryover.toml", by_certificate);
    journey.workplace.write("client.pem", pem);
    // Statements are tokens of the same kind, and both begin as JSON does in base 64.
    let mut secrets = BTreeSet::from(["eyJ".to_owned(), "client_assertion=".to_owned(), TOKENS[1].to_owned()]);
    secrets.extend(key.lines().filter(|line| line.len() > 40).map(str::to_owned));
    assert!(secrets.len() > 10, "{} lines of a key", secrets.len());
    assert_works_without_a_word(&journey, &secrets, &["client.pem", "secret.txt", "token.txt", "seed.json"]);
}

/// Access and refresh tokens as the emulator makes them, so that the test looks for what really exists.
fn assert_tokens_look_like_that(journey: &Journey) {
    let partner = journey.emulator.get("/emulator/seed")["partner"].clone();
    let tenant = word(&partner["tenant_id"]);
    let form = ["client_id", "client_secret", "refresh_token"].map(|name| format!("{name}={}", word(&partner[name])));
    for resource in ["https://api.partnercenter.microsoft.com", "https://graph.microsoft.com"] {
        let body = format!("grant_type=refresh_token&resource={resource}&{}", form.join("&"));
        let (status, reply) = journey.emulator.post_form(&format!("/{tenant}/oauth2/token"), body);
        assert_eq!(status, 200, "{reply}");
        let reply: Value = serde_json::from_str(&reply).expect("an object");
        assert!(word(&reply["access_token"]).starts_with(TOKENS[0]), "{reply}");
        assert!(word(&reply["refresh_token"]).starts_with(TOKENS[1]), "{reply}");
    }
}

#[test]
fn no_secret_is_written_anywhere() {
    let mut journey = Journey::begin(&[]);
    assert_tokens_look_like_that(&journey);
    let first = journey.workplace.text("token.txt");
    let mut secrets: BTreeSet<String> = TOKENS.iter().map(|token| (*token).to_owned()).collect();
    secrets.extend([journey.workplace.text("secret.txt"), first.clone()]);
    let mut said = Vec::new();
    journey.finish(|journey| {
        let mut command = journey.workplace.command(&["-vvv", "run", "--until-idle", "--format", "json"]);
        let done = Said::of(command.env("CARRYOVER_LOG", "trace").output().expect("the work starts"));
        said.extend_from_slice(done.err.as_bytes());
        said.extend_from_slice(done.out.as_bytes());
        done.json()
    });
    let last = journey.workplace.text("token.txt");
    assert_ne!(first, last, "refresh tokens are replaced as they are used");
    secrets.insert(last);
    assert!(said.len() > 100_000, "much was said");

    for args in [["-vvv", "doctor"].as_slice(), &["-vvv", "status"], &["-vvv", "show", "ash.example"]] {
        let done = journey.workplace.run(args);
        said.extend_from_slice(done.err.as_bytes());
        said.extend_from_slice(done.out.as_bytes());
    }
    journey.workplace.write("wrong.toml", journey.workplace.text("carryover.toml").replace("token.txt", "secret.txt"));
    let refused = journey.workplace.run(&["-vvv", "doctor", "--config", "wrong.toml"]).ends(1);
    said.extend_from_slice(refused.err.as_bytes());
    said.extend_from_slice(refused.out.as_bytes());
    assert_clean("what it said", &said, &secrets);

    for name in ["report.html", "report.csv"] {
        journey.workplace.run(&["report", "--out", name]).ends(0);
    }
    let names = journey.workplace.names();
    for name in names.iter().filter(|name| !["secret.txt", "token.txt"].contains(&name.as_str())) {
        assert_clean(name, &journey.workplace.bytes(name), &secrets);
    }
    assert!(names.iter().all(|name| !name.ends_with(".new")), "half a token was left behind: {names:?}");
    let mode = journey.workplace.path("token.txt").metadata().expect("it is there").permissions().mode();
    assert_eq!(mode & 0o077, 0, "only its owner may read the token");
    journey.assert_promises_kept();
    assert!(!items(&journey.workplace.status()["customers"]).is_empty());
}

/// The program is killed after the sign-in that used a refresh token, and before the one that replaces it is kept.
#[test]
fn a_run_that_is_killed_before_its_new_token_is_kept_has_written_no_secret_and_the_old_token_still_serves() {
    let journey = Journey::begin(&[]);
    let place = &journey.workplace;
    let first = place.text("token.txt");
    // Later than any sign-in so far, which is when the service hands out another token; customers are asked after by then.
    journey.emulator.advance_to("2026-11-03T00:30:00Z");
    // Where the new token is to be written stands a pipe that nobody reads: whoever opens it waits.
    let mut shell = Command::new("/bin/sh");
    shell.args(["-c", "/usr/bin/mkfifo token.txt.$$.new && exec \"$0\" \"$@\"", BINARY]);
    let mut command = place.wrapped(shell, &["-vvv", "run", "--until-idle"]);
    command.env("CARRYOVER_LOG", "trace").stdout(Stdio::null()).stderr(Stdio::piped());
    let mut process = Process(command.spawn().expect("the work starts"));
    let mut lines = BufReader::new(process.0.stderr.take().expect("its stderr"));
    let mut said = String::new();
    while !said.contains("a new refresh token is to be kept") {
        assert_ne!(lines.read_line(&mut said).expect("text"), 0, "it ended before: {said}");
    }
    process.0.kill().expect("it is ours");
    assert_eq!(process.0.wait().expect("it is over").signal(), Some(9));
    lines.read_to_string(&mut said).expect("text");

    let pipes: Vec<String> = place.names().into_iter().filter(|name| name.ends_with(".new")).collect();
    assert_eq!(pipes.len(), 1, "{pipes:?}");
    std::fs::remove_file(place.path(&pipes[0])).expect("the pipe goes");
    assert_eq!(place.text("token.txt"), first, "the old one is still there");
    let mut secrets: BTreeSet<String> = TOKENS.iter().map(|token| (*token).to_owned()).collect();
    secrets.extend([place.text("secret.txt"), first.clone()]);
    assert_clean("what it said", said.as_bytes(), &secrets);
    for name in place.names().iter().filter(|name| !["secret.txt", "token.txt"].contains(&name.as_str())) {
        assert_clean(name, &place.bytes(name), &secrets);
    }
    journey.work();
    assert_ne!(place.text("token.txt"), first, "the next run signs in with it, and keeps the new one");
}
