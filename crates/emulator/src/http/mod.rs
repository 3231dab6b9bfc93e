//! A thin HTTP server over the ledger: sign-in, Partner Center, Graph and the emulator's own calls, all
//! under one origin.
//!
//! Turns requests into plain values, lets the line misbehave if told to, and dresses up answers. Holds the
//! ledger behind one lock: a call takes microseconds, and answers never depend on the number of threads.

mod admins;
mod assertion;
mod auth;
mod call;
mod clock;
mod control;
mod faults;
mod graph;
mod graph_limits;
mod keys;
mod mishaps;
mod notify;
mod page;
mod partner_center;
mod reply;
mod request_ids;
mod token;
mod webhooks;
mod wire;

use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use thiserror::Error;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

pub use self::auth::Auth;
use self::call::Call;
use self::clock::VirtualClock;
use self::control::{Entry, Log};
use self::faults::{Dice, Trouble};
pub use self::faults::{Fault, FaultError, FaultRule, Faults, UnknownFault};
use self::mishaps::{Past, Sent};
use self::request_ids::Ids;
use self::wire::{Scissors, Wires};
use crate::ledger::webhooks::{Fate, Notification, Registration};
use crate::ledger::{Ledger, Refusal, Rules, SeedError};
use crate::seed::Seed;

/// Largest body that is read: a full batch of licence changes is far below it.
const LARGEST_BODY: usize = 1024 * 1024;

/// How the server behaves. There is no default: choose [`Options::frozen`] or [`Options::standalone`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// How closely callers are looked at.
    pub auth: Auth,
    /// How bad the line is.
    pub faults: Faults,
    /// Virtual seconds per real second; 0 lets time stand still between jumps.
    pub speed: u32,
    /// How the service itself behaves.
    pub rules: Rules,
}

impl Options {
    /// For tests: time stands still until told to move, any token will do, nothing gets lost.
    #[must_use]
    pub const fn frozen() -> Options {
        Options { auth: Auth::Lenient, faults: Faults::None, speed: 0, rules: Rules::usual() }
    }

    /// For people: time runs as it does outside.
    #[must_use]
    pub const fn standalone() -> Options {
        Options { speed: 1, ..Options::frozen() }
    }

    fn rules(&self) -> Rules {
        match self.faults {
            Faults::Rough | Faults::Cruel => self.rules.clone().slowest(),
            Faults::None | Faults::Mild => self.rules.clone(),
        }
    }
}

/// The server did not come up.
#[derive(Debug, Error)]
pub enum StartError {
    /// The seed describes no possible world.
    #[error("the seed cannot be used")]
    Seed(#[from] SeedError),
    /// The listener has no address.
    #[error("the listener has no address")]
    Listener(#[source] io::Error),
}

/// A world that can be served. Clones share it.
#[derive(Debug, Clone)]
pub struct Emulator {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    options: Options,
    world: Mutex<World>,
}

#[derive(Debug)]
struct World {
    ledger: Ledger,
    clock: VirtualClock,
    dice: Dice,
    past: Past,
    log: Log,
    answered: u64,
}

/// A server that is up.
#[derive(Debug)]
pub struct Running {
    emulator: Emulator,
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    task: JoinHandle<io::Result<()>>,
}

impl Emulator {
    /// Builds the world of `seed`; time begins to run.
    pub fn new(seed: Seed, options: Options) -> Result<Emulator, SeedError> {
        let (start, random) = (seed.start, seed.random);
        let ledger = Ledger::new(seed, options.rules())?;
        let world = World {
            ledger,
            clock: VirtualClock::starting_at(start, options.speed),
            dice: Dice::new(random, options.faults),
            past: Past::default(),
            log: Log::default(),
            answered: 0,
        };
        Ok(Emulator { shared: Arc::new(Shared { options, world: Mutex::new(world) }) })
    }

    /// Builds the world of `seed` and serves it on `listener`. Must be called inside a Tokio runtime.
    pub fn start(seed: Seed, options: Options, listener: TcpListener) -> Result<Running, StartError> {
        let emulator = Emulator::new(seed, options)?;
        let address = listener.local_addr().map_err(StartError::Listener)?;
        let (stop, stopped) = oneshot::channel::<()>();
        let serving = emulator.clone();
        let notifying = notify::run(emulator.clone(), format!("http://{address}"));
        let task = tokio::spawn(async move {
            let serving = serving.serve(listener, async move {
                // A sender that went away means the same as one that spoke.
                let _stop = stopped.await;
            });
            tokio::select! {
                ended = serving => ended,
                () = notifying => Ok(()),
            }
        });
        Ok(Running { emulator, address, stop, task })
    }

    /// The routes, for whoever serves them in another way. Faults that close connections need [`Self::serve`].
    pub fn router(&self) -> Router {
        Router::new().fallback(handle).with_state(self.clone())
    }

    /// Serves until `stop` is done and the last answer is out.
    pub async fn serve(self, listener: TcpListener, stop: impl Future<Output = ()> + Send + 'static) -> io::Result<()> {
        let app = self.router().into_make_service_with_connect_info::<Scissors>();
        axum::serve(Wires(listener), app).with_graceful_shutdown(stop).await
    }

    /// Looks into the ledger, or acts on it, at the present virtual time.
    pub fn with_ledger<T>(&self, act: impl FnOnce(&mut Ledger) -> T) -> T {
        let mut world = self.world();
        let result = act(&mut world.ledger);
        let now = world.ledger.now();
        world.clock.jump_to(now);
        result
    }

    /// Lets a fault strike from now on. The number takes it out again.
    pub fn add_fault(&self, rule: FaultRule) -> Result<u64, FaultError> {
        self.world().dice.add(rule)
    }

    /// Takes a fault out. False where there is none of that number.
    pub fn remove_fault(&self, number: u64) -> bool {
        self.world().dice.remove(number)
    }

    /// Takes all faults out that were added.
    pub fn clear_faults(&self) {
        self.world().dice.clear();
    }

    /// What the webhook is to be told now, after what befell it on its way.
    fn notifications_due(&self) -> Vec<(Notification, Registration)> {
        let mut world = self.world();
        let World { ledger, dice, .. } = &mut *world;
        for (number, path, changed) in ledger.notifications_made() {
            let fate = dice.notice(&path, changed).map_or(Fate::Sent, mishaps::of_notice);
            ledger.befalls_notification(number, fate);
        }
        ledger.notifications_due()
    }

    /// The world, with time moved on to now.
    fn world(&self) -> MutexGuard<'_, World> {
        // A panic in a handler leaves the ledger between two requests: every change is made after all checks.
        let mut world = self.shared.world.lock().unwrap_or_else(PoisonError::into_inner);
        let now = world.clock.now();
        if now > world.ledger.now() {
            // Past the end of the calendar time stands still.
            let _end = world.ledger.advance_to(now);
        }
        world
    }

    /// Answers one request.
    fn answer(&self, call: &Call) -> Answer {
        let mut world = self.world();
        let auth = self.shared.options.auth;
        let World { ledger, clock, dice, past, log, answered } = &mut *world;
        let site = Site::of(call);
        let now = ledger.now();
        let trouble = match site {
            Site::Control => return Answer::now(reply::plain(control::answer(call, ledger, clock, dice, log))),
            Site::Nowhere => Trouble::default(),
            Site::SignIn => dice.roll(call.method, &call.path, now, false),
            Site::PartnerCenter | Site::Graph => dice.roll(call.does(), &call.path, now, true),
        };
        let tenant = mishaps::customer(site, call, ledger, auth);
        let nth = dice.asked(call.does(), &call.path);
        let ids = match site {
            Site::PartnerCenter => Some(Ids::of(call, nth, ledger.seed())),
            Site::Graph => Some(Ids::in_graph(call, nth, ledger.seed())),
            Site::SignIn | Site::Control | Site::Nowhere => None,
        };
        let user = site == Site::PartnerCenter && auth::is_user(call, ledger, auth);
        let strikes = [trouble.line, trouble.service].into_iter().flatten();
        let turned_away = strikes.filter_map(|strike| mishaps::instead(site, strike, ledger)).next();
        let processed = turned_away.is_none();
        let sent = turned_away.unwrap_or_else(|| {
            if let (true, Some(tenant)) = (call.writes(), tenant) {
                past.remember(tenant, dice.longest_lag(), ledger);
            }
            let reply = mishaps::process(trouble.service, tenant, past, call, ledger, |ledger| match site {
                Site::PartnerCenter if call.segments[0].eq_ignore_ascii_case("webhooks") => {
                    webhooks::answer(call, ledger, auth)
                }
                Site::PartnerCenter => partner_center::answer(call, ledger, auth, user),
                Site::Graph => graph::answer(call, ledger, auth, dice),
                Site::SignIn if call.method == "GET" => auth::authorize(call, ledger),
                Site::SignIn => auth::sign_in(call, ledger, auth),
                Site::Control | Site::Nowhere => partner_center::faults::of(&Refusal::NotEmulated, &[], ledger),
            });
            if reply.not_emulated {
                *ledger.http.not_emulated.entry(call.shape()).or_default() += 1;
            }
            match trouble.line {
                Some(strike) => mishaps::afterwards(site, strike, reply),
                None => Sent::Reply(reply),
            }
        });
        *answered += 1;
        let reply = match sent {
            Sent::Reply(reply) => Some(reply),
            Sent::Silence => None,
        };
        let status = reply.as_ref().map(|reply| reply.status);
        ledger.http.answered(status);
        if let (true, true, Some(ids)) = (user, processed, &ids) {
            ledger.user_asked(ids.request.clone(), ids.correlation.clone(), call.shape());
        }
        let faults = trouble.names();
        if call.writes() && matches!(site, Site::PartnerCenter | Site::Graph) {
            ledger.http.wrote(call.received(now, tenant, status, processed, faults.clone()));
        }
        log.write(Entry { at: now, method: call.method, path: call.path.clone(), status, faults });
        let bom_share = ledger.rules().readings.bom_share;
        let marked = bom_share > 0 && answered.is_multiple_of(u64::from(bom_share));
        let passed_mfa = ledger.seed().partner.programme.mfa;
        let doubling = ledger.rules().readings.request_ids;
        let response = reply.map(|reply| match (site, &ids) {
            (Site::Graph, Some(ids)) => reply::graph(call, reply, ids, now),
            (_, Some(ids)) => reply::partner_center(call, reply, marked, passed_mfa, (ids, doubling)),
            (_, None) => reply::plain(reply),
        });
        Answer { after: trouble.line.map_or(Duration::ZERO, mishaps::delay), response }
    }
}

/// What the transport is to do about a request.
struct Answer {
    /// How long to hold it back.
    after: Duration,
    /// `None` closes the connection.
    response: Option<Response>,
}

impl Answer {
    fn now(response: Response) -> Answer {
        Answer { after: Duration::ZERO, response: Some(response) }
    }
}

impl Running {
    /// Where it listens: scheme, address and port, without a slash at the end.
    #[must_use]
    pub fn base_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The world behind it.
    #[must_use]
    pub fn emulator(&self) -> &Emulator {
        &self.emulator
    }

    /// See [`Emulator::with_ledger`].
    pub fn with_ledger<T>(&self, act: impl FnOnce(&mut Ledger) -> T) -> T {
        self.emulator.with_ledger(act)
    }

    /// Stops taking connections and waits for the last answer.
    pub async fn shutdown(self) -> io::Result<()> {
        // A task that is gone already needs no telling.
        let _gone = self.stop.send(());
        self.task.await.unwrap_or_else(|error| Err(io::Error::other(error)))
    }
}

/// Which service a path belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Site {
    Control,
    PartnerCenter,
    Graph,
    SignIn,
    /// None of them.
    Nowhere,
}

impl Site {
    fn of(call: &Call) -> Site {
        match call.segments.first().map(String::as_str) {
            Some("v1" | "webhooks") => Site::PartnerCenter,
            Some("v1.0") => Site::Graph,
            Some("emulator") => Site::Control,
            _ if call.method == "POST" && call.path.to_ascii_lowercase().ends_with("/token") => Site::SignIn,
            _ if call.method == "GET" && call.path.to_ascii_lowercase().ends_with("/authorize") => Site::SignIn,
            _ => Site::Nowhere,
        }
    }
}

async fn handle(
    State(emulator): State<Emulator>,
    scissors: Option<axum::Extension<ConnectInfo<Scissors>>>,
    request: Request,
) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = axum::body::to_bytes(body, LARGEST_BODY).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    let headers: BTreeMap<String, String> = parts
        .headers
        .iter()
        .filter_map(|(name, value)| Some((name.to_string(), value.to_str().ok()?.to_owned())))
        .collect();
    let call = Call::new(parts.method.as_str(), &parts.uri, headers, body.to_vec());
    let answer = emulator.answer(&call);
    if !answer.after.is_zero() {
        tokio::time::sleep(answer.after).await;
    }
    answer.response.unwrap_or_else(|| {
        if let Some(axum::Extension(ConnectInfo(scissors))) = scissors {
            scissors.cut();
        }
        // Where nothing can be cut, a gateway speaks for the silence.
        StatusCode::GATEWAY_TIMEOUT.into_response()
    })
}
