//! A throw-away PostgreSQL ends with the process that started it, also where that is killed with all that it has started.

use carryover_testkit::postgres::{self, Flush};
use std::io::{BufRead as _, BufReader, Read as _};
use std::net::{Ipv4Addr, TcpStream};
use std::os::unix::process::CommandExt as _;
use std::process::{Command, Stdio};
use std::time::Duration;

/// Set for the process that holds a cluster until it is killed.
const HOLDS: &str = "CARRYOVER_TEST_HOLDS_A_CLUSTER";
const PORT: &str = "the port is ";

#[test]
fn a_cluster_ends_with_a_process_that_is_killed_with_its_whole_group() {
    if std::env::var_os(HOLDS).is_some() {
        return hold();
    }
    if postgres::shared().is_none() {
        return;
    }
    let mut holder = Command::new(std::env::current_exe().expect("this program"))
        .args(["--exact", "--nocapture", "a_cluster_ends_with_a_process_that_is_killed_with_its_whole_group"])
        .env(HOLDS, "1")
        .process_group(0)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("it starts");
    let said = BufReader::new(holder.stdout.take().expect("its words")).lines();
    let port = said.map_while(Result::ok).find_map(|line| Some(line.split_once(PORT)?.1.to_owned()));
    let port: u16 = port.expect("a port").parse().expect("a number");
    let mut server = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).expect("the server listens");

    let group = format!("-{}", holder.id());
    assert!(Command::new("kill").args(["-KILL", "--", &group]).status().expect("kill is there").success());
    holder.wait().expect("it ended");

    // Shorter than the server itself waits for somebody who says nothing.
    server.set_read_timeout(Some(Duration::from_secs(30))).expect("a timeout");
    if let Err(error) = server.read_to_end(&mut Vec::new()) {
        assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset, "the server goes on: {error}");
    }
}

#[expect(clippy::print_stdout, reason = "it is what the other process waits for")]
fn hold() {
    let cluster = postgres::own(Flush::No).expect("PostgreSQL is there");
    println!("{PORT}{}", cluster.port());
    // Ends when the other process has, which kills this one before that.
    let _closed = std::io::stdin().read(&mut [0; 1]);
}
