//! Nothing that the program writes holds a secret: not what it says, however much it is asked to say, nor its files.

use crate::harness::{Said, items, word};
use crate::journey::Journey;
use serde_json::Value;
use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt;

/// What every access token of the emulator begins with, and every refresh token that it hands out.
const TOKENS: [&str; 3] = ["emulator.pc.", "emulator.graph.", "0.emulator."];

#[track_caller]
fn assert_clean(what: &str, bytes: &[u8], secrets: &BTreeSet<String>) {
    for secret in secrets {
        let found = bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
        assert!(!found, "{what} holds `{secret}`");
    }
}

/// Access and refresh tokens as the emulator makes them, so that the test looks for what really exists.
fn assert_tokens_look_like_that(journey: &Journey) {
    let partner = journey.emulator.get("/emulator/seed")["partner"].clone();
    let tenant = word(&partner["tenant_id"]);
    let form = ["client_id", "client_secret", "refresh_token"].map(|name| format!("{name}={}", word(&partner[name])));
    for (resource, begins) in
        [("https://api.partnercenter.microsoft.com", TOKENS[0]), ("https://graph.microsoft.com", TOKENS[1])]
    {
        let body = format!("grant_type=refresh_token&resource={resource}&{}", form.join("&"));
        let (status, reply) = journey.emulator.post_form(&format!("/{tenant}/oauth2/token"), body);
        assert_eq!(status, 200, "{reply}");
        let reply: Value = serde_json::from_str(&reply).expect("an object");
        assert!(word(&reply["access_token"]).starts_with(begins), "{reply}");
        assert!(word(&reply["refresh_token"]).starts_with(TOKENS[2]), "{reply}");
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
