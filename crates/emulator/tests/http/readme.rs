//! Every curl line of the README, sent to a server.

use reqwest::Method;

use crate::world::World;

const README: &str = include_str!("../../README.md");

/// What a curl line sends: method, path, body and whether it has a token.
#[derive(Debug)]
struct Line {
    method: Method,
    path: String,
    body: Option<String>,
    bearer: bool,
}

/// The words of a line as a shell takes them, with variables put in.
fn words(line: &str, variables: &[(&str, String)]) -> Vec<String> {
    let mut filled = line.to_owned();
    for (name, value) in variables {
        filled = filled.replace(&format!("${name}"), value);
    }
    let (mut words, mut word, mut quote) = (Vec::new(), String::new(), None);
    for letter in filled.chars() {
        match (letter, quote) {
            ('\'' | '"', None) => quote = Some(letter),
            (letter, Some(open)) if letter == open => quote = None,
            (' ', None) => words.push(std::mem::take(&mut word)),
            _ => word.push(letter),
        }
    }
    words.push(word);
    words
}

fn read(line: &str, variables: &[(&str, String)]) -> Line {
    let words = words(line, variables);
    let after = |flag: &str| words.iter().position(|word| word == flag).map(|at| words[at + 1].clone());
    let body = after("-d");
    let method = after("-X").map(|method| method.parse().expect("a method"));
    let url = words.iter().find(|word| word.starts_with("http")).expect("an address");
    let path = url.splitn(4, '/').nth(3).expect("a path");
    Line {
        method: method.unwrap_or(if body.is_some() { Method::POST } else { Method::GET }),
        path: format!("/{path}"),
        body,
        bearer: after("-H").is_some_and(|header| header.starts_with("Authorization: Bearer")),
    }
}

#[tokio::test]
async fn every_curl_line_of_the_readme_is_answered_well() {
    let world = World::usual().await;
    let link = world.running.with_ledger(|ledger| ledger.invitation_link());
    let variables = [
        ("BASE", world.running.base_url()),
        ("TENANT", world.tenant()),
        ("LINK", link),
        ("SUBSCRIPTION", world.seed.customers[0].subscriptions[0].id.to_string()),
    ];
    let lines: Vec<&str> = README.lines().filter(|line| line.starts_with("curl ")).collect();
    assert!(lines.len() > 15);
    for line in lines {
        // What stands behind a pipe or an arrow is the shell's.
        let sent = read(line.split(" > ").next().expect("a command"), &variables);
        let mut request = world.http.request(sent.method, world.url(&sent.path));
        if sent.bearer {
            request = request.bearer_auth("any");
        }
        if let Some(body) = sent.body {
            // As curl sends it: what is not called a form is read as JSON all the same.
            request = request.header("content-type", "application/x-www-form-urlencoded").body(body);
        }
        let answer = request.send().await.expect("an answer");
        let status = answer.status();
        assert!(status.is_success(), "{line}\n{status} {}", answer.text().await.unwrap_or_default());
    }
}
