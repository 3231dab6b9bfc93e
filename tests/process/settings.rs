//! Settings that cannot be used: each is named in a sentence that says what to write instead, and nothing is touched.

use crate::harness::{Workplace, assert_says};
use crate::portfolio::csv;

const GUID: &str = "3b555118-da6a-4418-894f-7df1e2096870";

/// A `[partner]` part that is right, apart from the secrets.
fn partner() -> String {
    format!("[partner]\ntenant_id = \"{GUID}\"\ncountry = \"DE\"\nclient_id = \"{GUID}\"\n")
}

fn with_secrets() -> String {
    partner() + "client_secret_file = \"secret.txt\"\nrefresh_token_file = \"token.txt\"\n"
}

/// A folder with an imported portfolio, both secrets, and `config` as configuration.
fn configured(config: &str) -> Workplace {
    let workplace = Workplace::new();
    workplace.write("portfolio.csv", csv());
    workplace.run(&["import", "portfolio.csv"]).ends(0);
    workplace.write("secret.txt", "a secret");
    workplace.write("token.txt", "a token");
    workplace.write("carryover.toml", config);
    workplace
}

/// Asserts that `command` is refused as bad input with a sentence that holds `parts`, and that the database stays.
#[track_caller]
fn check(config: &str, command: &str, parts: &[&str]) {
    let workplace = configured(config);
    let before = workplace.bytes("carryover.db");
    let sentence = workplace.run(&[command]).refuses(2);
    assert_says(&sentence, parts);
    assert_eq!(workplace.bytes("carryover.db"), before);
    for secret in ["a secret", "a token"] {
        assert!(!sentence.contains(secret), "{sentence}");
    }
}

#[test]
fn a_named_file_that_is_not_there() {
    let workplace = Workplace::new();
    let sentence = workplace.run(&["status", "--config", "none.toml"]).refuses(2);
    assert_says(&sentence, &["none.toml", "not found"]);
    assert_eq!(workplace.names(), [""; 0], "and no database is made");
}

#[test]
fn no_configuration_where_one_is_needed() {
    let workplace = Workplace::new();
    assert_says(&workplace.run(&["doctor"]).refuses(2), &["[partner]", "carryover.toml"]);
    workplace.make_database();
    for command in ["assess", "plan", "run", "doctor"] {
        let sentence = workplace.run(&[command]).refuses(2);
        assert_says(&sentence, &["[partner]", "carryover.toml"]);
    }
}

#[test]
fn a_key_that_nobody_knows() {
    check("colour = \"red\"\n", "status", &["carryover.toml", "unknown field `colour`", "`database`"]);
    check(&(with_secrets() + "secret = \"x\"\n"), "assess", &["unknown field `secret`", "client_secret_file"]);
    check("[policy]\nlead_days = 3\n", "status", &["unknown field `lead_days`", "lead_business_days"]);
}

#[test]
fn a_file_that_is_no_toml() {
    check("database = = 2\n", "status", &["carryover.toml cannot be used", "line 1"]);
    check("[partner\n", "status", &["carryover.toml cannot be used", "line 1"]);
}

#[test]
fn a_value_of_the_wrong_kind() {
    check("workers = \"many\"\n", "status", &["workers", "integer"]);
    check("clock_url = \"not a url\"\n", "status", &["clock_url"]);
    check("[policy]\nlead_business_days = 0\n", "status", &["policy.lead_business_days is 0", "at least 1"]);
    check("[policy]\nholidays = [\"Christmas\"]\n", "status", &["policy.holidays holds `Christmas`", "2026-12-25"]);
}

#[test]
fn a_tenant_or_country_that_is_none() {
    check(
        &with_secrets().replacen(GUID, "contoso", 1),
        "assess",
        &["partner.tenant_id", "`contoso` is not a GUID", GUID],
    );
    check(&with_secrets().replace("\"DE\"", "\"Germany\""), "assess", &["partner.country", "`Germany`", "two letters"]);
}

#[test]
fn a_part_of_the_partner_that_is_missing() {
    check("[partner]\ncountry = \"DE\"\n", "assess", &["missing", "tenant_id"]);
}

#[test]
fn secrets_that_are_missing() {
    let named = ["partner.client_secret_file", "CARRYOVER_CLIENT_SECRET"];
    check(&partner(), "assess", &named);
    check(&(partner() + "refresh_token_file = \"token.txt\"\n"), "run", &named);
    let only_secret = partner() + "client_secret_file = \"secret.txt\"\n";
    check(&only_secret, "assess", &["partner.refresh_token_file", "CARRYOVER_REFRESH_TOKEN"]);
    let elsewhere = with_secrets().replace("secret.txt", "none.txt");
    check(&elsewhere, "assess", &["partner.client_secret_file", "none.txt cannot be read"]);
}

#[test]
fn a_clock_without_an_emulator() {
    check("clock_url = \"http://127.0.0.1:9/clock\"\n", "status", &["clock_url", "endpoints.partner_center"]);
}

#[test]
fn the_environment_overlays_the_file_and_is_checked_like_it() {
    let workplace = configured(&with_secrets());
    let mut command = workplace.command(&["status"]);
    let output = command.env("CARRYOVER_DATABASE", "other.db").output().expect("it starts");
    assert_says(&crate::harness::Said::of(output).refuses(2), &["there is no database other.db"]);
    for (name, value, part) in [
        ("CARRYOVER_WORKERS", "many", "workers"),
        ("CARRYOVER_PARTNER__COUNTRY", "Germany", "partner.country"),
        ("CARRYOVER_PARTNER__COLOUR", "red", "unknown field `colour`"),
        ("CARRYOVER_LOG", "==", "CARRYOVER_LOG"),
    ] {
        let mut command = workplace.command(&["assess"]);
        let said = crate::harness::Said::of(command.env(name, value).output().expect("it starts"));
        assert_says(&said.refuses(2), &[part]);
    }
}

#[test]
fn what_the_server_cannot_be_set_up_with() {
    let issuer = |more: &str| {
        format!("[[server.issuers]]\nissuer = \"https://login.example\"\naudience = \"carryover\"\n{more}")
    };
    let hash = "0".repeat(64);
    let certificate = format!("[[server.certificates]]\nname = \"ana\"\nsha256 = \"{hash}\"\nroles = [\"viewer\"]\n");
    check(
        "[server.spending]\nper_day = { EUR = \"much\" }\n",
        "serve",
        &["server.spending.per_day", "much", "25000.00"],
    );
    check(
        "[server.spending]\nper_approval = { EUR = \"-1\" }\n",
        "serve",
        &["server.spending.per_approval", "zero or more"],
    );
    check(
        "[server.spending]\nper_approval = { Euro = \"1\" }\n",
        "serve",
        &["server.spending.per_approval", "three letters"],
    );
    check("[server.tls]\ncertificate = \"no.pem\"\nkey = \"no.key\"\n", "serve", &["server.tls.certificate", "no.pem"]);
    check(&certificate, "serve", &["server.certificates", "server.tls.client_ca"]);
    check(&certificate.replace("viewer", "buyer"), "serve", &["server.certificates: ana", "`buyer`", "approver"]);
    check(&issuer("roles = {}\n"), "serve", &["https://login.example", "keys_file or keys_url"]);
    check(
        &issuer("keys_url = \"http://login.example/keys\"\nroles = {}\n"),
        "serve",
        &["http://login.example/keys", "not https"],
    );
    let roles = "keys_file = \"keys.json\"\nroles = { \"Carryover.Approve\" = \"buyer\" }\n";
    check(&issuer(roles), "serve", &["server.issuers: Carryover.Approve", "`buyer`", "approver"]);
    let unread = "keys_file = \"keys.json\"\nroles = { \"Carryover.Approve\" = \"approver\" }\n";
    check(&issuer(unread), "serve", &["the keys of https://login.example", "keys.json"]);
}
