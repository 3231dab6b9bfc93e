//! A server that answers as an exchange file says, and an adapter that talks to it.
//!
//! A file holds exchanges, each after a line `###` with a remark. An exchange is a request line, lines `> …` that the
//! request must contain (headers, or a form at sign-in), the JSON of its body if it must have one, an empty line and the
//! reply: an HTTP head and a body. What every call must carry is not written but looked for. Instead of a reply, `HANG UP` closes the connection after the request was read; `CUT` before the head closes it before the body is
//! whole. `{C1}` and its like stand for the fixture ids, `{HOST}` for
//! the server itself. Each exchange is used once; of those to one address the first that fits, else the first.
//!
//! Sign-ins that a file does not mention are answered with a token that lives for an hour.

use carryover_domain::facts::CartRequest;
use carryover_domain::ids::{CartId, IntentId, Mark, RequestId, SkuId, TenantId, UserId};
use carryover_domain::offer::Segment;
use carryover_domain::time::{Billing, Term};
use carryover_domain::value::Seats;
use carryover_partner_center::{Config, FixedVault, PartnerCenter, TokenVault, Unpaced};
use carryover_ports::{Budgets, Clock, LicenceChange, Outcome, Unavailable};
use jiff::{SignedDuration, Timestamp};
use secrecy::SecretString;
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, Once};
use std::time::Duration;

pub(crate) const P1: &str = "aaaaaaaa-0000-4000-8000-000000000001";
pub(crate) const C1: &str = "cccccccc-0000-4000-8000-0000000000c1";
pub(crate) const C2: &str = "cccccccc-0000-4000-8000-0000000000c2";
pub(crate) const C3: &str = "cccccccc-0000-4000-8000-0000000000c3";
pub(crate) const S1: &str = "55555555-0000-4000-8000-000000000501";
pub(crate) const U1: &str = "eeeeeeee-0000-4000-8000-0000000000e1";
pub(crate) const U2: &str = "eeeeeeee-0000-4000-8000-0000000000e2";
pub(crate) const U3: &str = "eeeeeeee-0000-4000-8000-0000000000e3";
pub(crate) const K1: &str = "bbbbbbbb-0000-4000-8000-0000000000b1";
pub(crate) const K2: &str = "bbbbbbbb-0000-4000-8000-0000000000b2";
pub(crate) const CART: &str = "77777777-0000-4000-8000-000000000077";
pub(crate) const KEY: &str = "99999999-0000-4000-8000-000000000001";
pub(crate) const ITEM: &str = "CFQ7TTC0ZZ01:0001";
/// Secrets that must never show.
pub(crate) const CLIENT_SECRET: &str = "client-secret-never-shown";
pub(crate) const REFRESH_TOKEN: &str = "refresh-token-never-shown";

pub(crate) fn customer() -> TenantId {
    C1.parse().unwrap()
}

pub(crate) fn user() -> UserId {
    U1.parse().unwrap()
}

pub(crate) fn sku(text: &str) -> SkuId {
    text.parse().unwrap()
}

pub(crate) fn key() -> RequestId {
    KEY.parse().unwrap()
}

pub(crate) fn cart() -> CartId {
    CartId::try_new(CART).unwrap()
}

pub(crate) fn mark() -> Mark {
    Mark::of("99999999-0000-4000-8000-000000000002".parse::<IntentId>().unwrap())
}

/// 25 seats of the sample product for a year, billed monthly.
pub(crate) fn want() -> CartRequest {
    CartRequest {
        offer: ITEM.parse().unwrap(),
        segment: Segment::Commercial,
        seats: Seats::try_new(25).unwrap(),
        term: Term::Year,
        billing: Billing::Monthly,
        term_end: None,
        reseller: None,
        parent: None,
        mark: mark(),
    }
}

pub(crate) fn noon() -> Timestamp {
    "2026-05-04T12:00:00Z".parse().unwrap()
}

/// It is always noon.
pub(crate) struct Noon;

impl Clock for Noon {
    fn now(&self) -> Timestamp {
        noon()
    }
}

/// A clock that stands still until it is told otherwise.
pub(crate) struct ManualClock(Mutex<Timestamp>);

impl ManualClock {
    pub(crate) fn advance(&self, by: SignedDuration) {
        let mut now = self.0.lock().unwrap();
        *now = now.checked_add(by).unwrap();
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }
}

/// The text of `file`, in `tests/exchanges`.
pub(crate) fn recorded(file: &str) -> String {
    let path = format!("{}/tests/exchanges/{file}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(&path).expect(&path)
}

/// The change of `user` from the old licence to the new one, with `disabled` off.
pub(crate) fn change(user: &str, disabled: &[&str]) -> LicenceChange {
    let disabled = disabled.iter().map(|plan| plan.parse().unwrap()).collect();
    let (request, user) = (user.parse().unwrap(), user.parse().unwrap());
    LicenceChange { request, user, add: BTreeMap::from([(sku(K2), disabled)]), remove: sku(K1) }
}

/// A server with its script, and an adapter that knows no other.
pub(crate) struct Scene {
    pub(crate) adapter: PartnerCenter,
    pub(crate) clock: Arc<ManualClock>,
    server: Arc<Script>,
    address: SocketAddr,
}

impl Scene {
    /// The exchanges of `file`, in `tests/exchanges`.
    pub(crate) fn of(file: &str) -> Self {
        Self::said(&recorded(file))
    }

    /// The exchanges of `text`.
    pub(crate) fn said(text: &str) -> Self {
        Self::with(text, Self::vault(), |_| {})
    }

    /// A vault that holds the token that must never show.
    pub(crate) fn vault() -> Arc<dyn TokenVault> {
        Arc::new(FixedVault::new(SecretString::from(REFRESH_TOKEN)))
    }

    pub(crate) fn with(text: &str, vault: Arc<dyn TokenVault>, change: impl FnOnce(&mut Config)) -> Self {
        Self::set(text, vault, change, Arc::new(Unpaced))
    }

    /// The exchanges of `text`, for an adapter that asks `budgets`.
    pub(crate) fn paced(text: &str, budgets: Arc<dyn Budgets>) -> Self {
        Self::set(text, Self::vault(), |_| {}, budgets)
    }

    /// All that can be chosen.
    pub(crate) fn set(
        text: &str,
        vault: Arc<dyn TokenVault>,
        change: impl FnOnce(&mut Config),
        budgets: Arc<dyn Budgets>,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let server = Arc::new(Script::parse(&text.replace("{HOST}", &address.to_string())));
        Script::listen(&server, listener);
        let mut config = config(address);
        change(&mut config);
        let clock = Arc::new(ManualClock(Mutex::new(noon())));
        let adapter = PartnerCenter::try_new(config, vault, Arc::clone(&clock) as Arc<dyn Clock>, budgets);
        Self { adapter: adapter.unwrap(), clock, server, address }
    }

    /// Head and body of every request so far.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.server.state().requests.clone()
    }

    /// Where the server listens.
    pub(crate) fn host(&self) -> SocketAddr {
        self.address
    }

    /// How many requests so far had `text` in their first line.
    pub(crate) fn count(&self, text: &str) -> usize {
        let requests = self.requests();
        let lines = requests.iter().filter_map(|request| request.lines().next());
        lines.filter(|line| line.contains(text)).count()
    }

    /// Everything that the file says was asked for, and nothing else.
    ///
    /// Nor may anything that any test logged so far hold a secret.
    #[track_caller]
    pub(crate) fn finish(self) {
        assert!(!log().contains("never-shown"), "a secret was logged");
        let state = self.server.state();
        assert!(state.surprises.is_empty(), "{}", state.surprises.join("\n"));
        let left: Vec<&str> = state.exchanges.iter().map(|it| it.line.as_str()).collect();
        assert!(left.is_empty(), "never asked for: {left:?}");
    }
}

/// The settings of an adapter whose three hosts are one server, told apart by path prefix.
pub(crate) fn config(address: SocketAddr) -> Config {
    LISTENING.call_once(listen_to_the_log);
    // Another test of this process may have come first: the one provider serves all.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let at = |prefix: &str| format!("http://{address}/{prefix}").parse().unwrap();
    let secret = SecretString::from(CLIENT_SECRET);
    let tenant = P1.parse().unwrap();
    let mut config = Config::commercial(tenant, "DE".parse().unwrap(), "app", secret).unwrap();
    config.partner_center = at("pc");
    config.login = at("login");
    config.graph = at("graph");
    config.connect_timeout = Duration::from_secs(5);
    config.answer_timeout = Duration::from_secs(5);
    config
}

static LISTENING: Once = Once::new();
static LOG: Mutex<Vec<u8>> = Mutex::new(Vec::new());

/// Everything that was logged in this process, by us and by the libraries below.
pub(crate) fn log() -> String {
    String::from_utf8(LOG.lock().unwrap().clone()).unwrap()
}

fn listen_to_the_log() {
    struct Writer;
    impl Write for Writer {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            LOG.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    tracing_subscriber::fmt()
        .with_max_level(tracing_subscriber::filter::LevelFilter::TRACE)
        .with_ansi(false)
        .with_writer(|| Writer)
        .init();
}

/// One word for an outcome, with what a person would want to see.
pub(crate) fn told<T: std::fmt::Debug>(outcome: &Outcome<T>) -> String {
    match outcome {
        Outcome::Done(value) => format!("done: {value:?}"),
        Outcome::Refused(refusal) => format!("refused, {:?}: {refusal}", refusal.kind),
        Outcome::Throttled { retry_after } => format!("throttled for {retry_after:?}"),
        Outcome::NotSent(fault) => format!("not sent: {fault}"),
        Outcome::InDoubt(fault) => format!("in doubt: {fault}"),
    }
}

pub(crate) fn why(unavailable: &Unavailable) -> String {
    let kind = match unavailable {
        Unavailable::Unreachable(_) => "unreachable",
        Unavailable::Throttled { .. } => "throttled",
        Unavailable::SignInRefused(_) => "sign-in refused",
        Unavailable::Forbidden(_) => "forbidden",
        Unavailable::Unreadable(_) => "unreadable",
    };
    format!("{kind}: {unavailable}")
}

struct Exchange {
    line: String,
    wanted: Vec<String>,
    body: Option<serde_json::Value>,
    reply: Reply,
}

enum Reply {
    Whole(String),
    Cut(String),
    HangUp,
}

impl Exchange {
    /// In what `request` is not the recorded one.
    fn differences(&self, request: &str) -> Vec<String> {
        let (head, body) = request.split_once("\r\n\r\n").unwrap();
        let mut wanted: Vec<&str> = self.wanted.iter().map(String::as_str).collect();
        wanted.extend(standing_headers(&self.line));
        wanted.extend(self.body.is_some().then_some("content-type: application/json"));
        let missing = wanted.into_iter().filter(|wanted| !request.contains(wanted));
        let mut wrong: Vec<String> = missing.map(|wanted| format!("came without `{wanted}`")).collect();
        let sent = (!body.is_empty()).then(|| serde_json::from_str(body).unwrap_or_else(|_| body.into()));
        if !self.line.starts_with("POST /login/") && sent != self.body {
            wrong.push(format!("came with another body than {:?}", self.body.as_ref().map(ToString::to_string)));
        }
        if head.contains("POST ") && !head.contains("content-length: ") {
            wrong.push("came without a length".to_owned());
        }
        wrong
    }
}

/// What every call of a service carries (fact sheet 3.1, 21.1).
fn standing_headers(line: &str) -> &'static [&'static str] {
    let path = line.split(' ').nth(1).unwrap_or_default();
    if path.starts_with("/pc/") {
        &[
            "authorization: Bearer ",
            "accept: application/json",
            "ms-requestid: ",
            "ms-correlationid: ",
            "ms-contract-version: v1",
            "x-locale: en-US",
            "ms-partnercenter-application: Carryover",
        ]
    } else if path.starts_with("/graph/") {
        &["authorization: Bearer ", "accept: application/json", "client-request-id: "]
    } else {
        &[]
    }
}

struct Script {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    exchanges: Vec<Exchange>,
    requests: Vec<String>,
    surprises: Vec<String>,
}

impl Script {
    fn parse(text: &str) -> Self {
        let text = [
            ("{P1}", P1),
            ("{C1}", C1),
            ("{C2}", C2),
            ("{C3}", C3),
            ("{S1}", S1),
            ("{U1}", U1),
            ("{U2}", U2),
            ("{U3}", U3),
        ]
        .into_iter()
        .chain([("{K1}", K1), ("{K2}", K2), ("{CART}", CART), ("{KEY}", KEY)])
        .chain([("{MARK}", mark().as_str())])
        .fold(text.to_owned(), |text, (name, id)| text.replace(name, id));
        let exchanges = text.split("###").skip(1).map(exchange).collect();
        Self { state: Mutex::new(State { exchanges, ..State::default() }) }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    fn listen(script: &Arc<Self>, listener: TcpListener) {
        // Ends when the scene does: then nobody holds the script any more.
        let script = Arc::downgrade(script);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let Some(script) = script.upgrade() else { break };
                let stream = stream.unwrap();
                std::thread::spawn(move || script.serve(stream));
            }
        });
    }

    fn serve(&self, mut stream: TcpStream) {
        let request = request(&stream);
        let line = request.lines().next().unwrap_or_default().to_owned();
        match self.reply(&line, request) {
            Reply::Whole(text) => {
                let _ = stream.write_all(text.as_bytes());
            }
            Reply::Cut(text) => {
                let _ = stream.write_all(&text.as_bytes()[..text.len() - 5]);
            }
            Reply::HangUp => {}
        }
    }

    fn reply(&self, line: &str, request: String) -> Reply {
        let mut state = self.state();
        let line = line.trim_end_matches(" HTTP/1.1");
        // Of several to one address the one that fits is meant, whichever comes first.
        let fits = |it: &Exchange| it.line == line && it.differences(&request).is_empty();
        let exchanges = || state.exchanges.iter();
        let found = exchanges().position(fits).or_else(|| exchanges().position(|it| it.line == line));
        let reply = if let Some(found) = found {
            let exchange = state.exchanges.remove(found);
            let wrong = exchange.differences(&request);
            state.surprises.extend(wrong.into_iter().map(|what| format!("`{line}` {what}:\n{request}")));
            exchange.reply
        } else if line.starts_with("POST /login/") {
            let number = state.requests.len();
            let token = format!("access-token-never-shown-{number}");
            whole("HTTP/1.1 200 OK", &format!(r#"{{"expires_in":"3599","access_token":"{token}"}}"#))
        } else {
            state.surprises.push(format!("nobody expected `{line}`"));
            whole("HTTP/1.1 404 Not Found", r#"{"code":1,"description":"not in the script"}"#)
        };
        state.requests.push(request);
        reply
    }
}

fn request(stream: &TcpStream) -> String {
    let mut reader = BufReader::new(stream);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") && reader.read_line(&mut head).unwrap_or(0) > 0 {}
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse().ok())?
    });
    let mut body = vec![0; length.unwrap_or(0)];
    reader.read_exact(&mut body).unwrap();
    head + &String::from_utf8(body).unwrap()
}

fn exchange(text: &str) -> Exchange {
    let (_remark, text) = text.split_once('\n').unwrap();
    let (asked, reply) = text.split_once("\n\n").unwrap_or_else(|| panic!("no reply in {text}"));
    let mut asked = asked.lines();
    let line = asked.next().unwrap().trim().to_owned();
    let (wanted, body): (Vec<&str>, Vec<&str>) = asked.partition(|line| line.starts_with("> "));
    let wanted = wanted.into_iter().map(|line| line[2..].to_owned()).collect();
    let body = body.join("\n");
    let body = (!body.trim().is_empty()).then(|| serde_json::from_str(&body).expect(&body));
    let reply = match reply.trim_start_matches('\n') {
        reply if reply.starts_with("HANG UP") => Reply::HangUp,
        reply => {
            let cut = reply.strip_prefix("CUT\n");
            let (head, body) = cut.unwrap_or(reply).split_once("\n\n").unwrap_or((reply, ""));
            match (cut, whole(head.trim(), body.trim_end())) {
                (Some(_), Reply::Whole(text)) => Reply::Cut(text),
                (_, reply) => reply,
            }
        }
    };
    Exchange { line, wanted, body, reply }
}

fn whole(head: &str, body: &str) -> Reply {
    let head = head.replace('\n', "\r\n");
    let length = body.len();
    Reply::Whole(format!("{head}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"))
}
