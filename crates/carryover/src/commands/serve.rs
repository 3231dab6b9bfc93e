//! `carryover serve`: the API over gRPC, and the engine that carries out approved plans, in one process.

use super::run::{driver, follow, interrupted, receive};
use crate::alarms::Alarms;
use crate::cli::{Format, ServeArgs};
use crate::config::PartnerSettings;
use crate::failure::{Ending, Failure};
use crate::figures::Figures;
use crate::output;
use crate::receiver::Receiver;
use crate::tally::{Calls, Tally};
use crate::wiring::{Office, Time};
use carryover_engine::Engine;
use carryover_grpc::{Audit, Gate, Requests};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;

/// How long calls that are under way have to be answered once the process is to end, as long as turns have. Then they are broken off:
/// whoever asked repeats it with the same request id.
const GRACE: Duration = Duration::from_secs(6);

pub(super) async fn run(office: &Office, wish: &ServeArgs) -> Result<Ending, Failure> {
    let settings = &office.settings;
    let mut providers = Vec::new();
    for issuer in &settings.server.issuers {
        providers.push(issuer.provider(settings).await?);
    }
    let gate = settings.server.gate(providers.iter().map(|provider| provider.issuer.clone()).collect())?;
    let transport = settings.server.transport(settings)?;
    let (is_open, is_secret) = (gate.is_none(), transport.tls.is_some());
    admissible(wish, is_open, is_secret)?;
    let partner = settings.partner.as_ref().map(PartnerSettings::tenant).transpose()?;
    let (engine, adapter) = match &settings.partner {
        Some(_) => Some(office.line()?),
        None => None,
    }
    .unzip();
    let audit_file = settings.server.audit_file(settings, &office.notes);
    let served = carryover_grpc::Office {
        desk: office.desk.clone(),
        index: office.index(),
        archive: office.database.archive(),
        engine: engine.clone(),
        partner,
        gate: gate.unwrap_or_else(Gate::open),
        seal: settings.server.seal(settings)?,
        audit: Audit::to(&audit_file).map_err(|error| Failure::failed(error.to_string()))?,
        approvals: settings.server.approvals()?,
        policy_json: settings.policy_json()?,
        requests: requests(office.tally.clone()),
    };
    let cannot = |error: std::io::Error| Failure::failed(format!("{} cannot be listened on: {error}", wish.listen));
    let listener = TcpListener::bind(wish.listen).await.map_err(cannot)?;
    let address = listener.local_addr().map_err(cannot)?;
    // The claim is taken before anybody is told that there is a server.
    let worker = engine.filter(|_| !wish.api_only);
    let _lock = match &worker {
        Some(_) => Some(office.claim().await?),
        None => None,
    };
    let receiver = match (wish.webhooks, &adapter) {
        (Some(at), Some(adapter)) => Some(Receiver::open(office, adapter, at).await?),
        (Some(_), None) => return Err(Failure::input("--webhooks needs the [partner] part of carryover.toml")),
        (None, _) => None,
    };
    let _figures = match wish.metrics {
        Some(address) => Some(Figures::serve(address, office, adapter.as_ref()).await?),
        None => None,
    };
    // Ends with the server.
    let mut following = JoinSet::new();
    for provider in providers {
        following.spawn(async move { provider.follow().await });
    }
    greet(address, is_open, is_secret, worker.is_some(), wish.api_only);

    let (stop, stopping) = watch::channel(false);
    let server = async {
        let (limits, stop_when) = (settings.server.limits(), asked_to_stop(stopping.clone()));
        let served = tokio::select! {
            served = carryover_grpc::serve(served, listener, limits, transport, stop_when) => served,
            // A call may wait for a database that is gone, and an answer for a reader that does not read.
            () = broken_off(stopping.clone()) => Ok(()),
        };
        // Without the server nobody could ask the worker to stop.
        stop.send_replace(true);
        served.map_err(|error| Failure::failed(error.to_string()))
    };
    let work = async {
        let worked = work(office, worker, stopping.clone()).await;
        stop.send_replace(true);
        worked
    };
    let interrupted = async {
        tokio::select! {
            () = interrupted() => {}
            () = asked_to_stop(stopping.clone()) => {}
        }
        stop.send_replace(true);
    };
    let time = async {
        if let emulated @ Time::Emulated { .. } = &office.clock {
            return tokio::select! {
                failure = follow(emulated) => { stop.send_replace(true); Err(failure) }
                () = asked_to_stop(stopping.clone()) => Ok(()),
            };
        }
        Ok(())
    };
    let notices = async {
        tokio::select! {
            failure = receive(receiver) => { stop.send_replace(true); Err(failure) }
            () = asked_to_stop(stopping.clone()) => Ok(()),
        }
    };
    let (served, worked, (), timed, received) = tokio::join!(server, work, interrupted, time, notices);
    served.and(worked).and(timed).and(received).map(|()| Ending::Done)
}

/// Counts the calls of this process and of all before it.
fn requests(tally: Arc<Tally>) -> Arc<dyn Fn() -> Requests + Send + Sync> {
    Arc::new(move || {
        tally.note();
        let Calls { by_operation, throttled } = tally.all().unwrap_or_default();
        Requests { by_operation, throttled }
    })
}

/// Refuses to listen where secrets would be read by others or strangers would be let in.
fn admissible(wish: &ServeArgs, is_open: bool, is_secret: bool) -> Result<(), Failure> {
    if wish.listen.ip().is_loopback() {
        return Ok(());
    }
    let address = wish.listen;
    if is_open {
        return Err(Failure::input(format!(
            "{address} can be reached from other machines and nobody is named who may call; name tokens in [server], or \
             listen on 127.0.0.1"
        )));
    }
    if !wish.insecure && !is_secret {
        return Err(Failure::input(format!(
            "{address} can be reached from other machines and the traffic would be plaintext; name a certificate in \
             [server.tls], put a TLS proxy before a loopback address, or say --insecure"
        )));
    }
    Ok(())
}

/// Says where the server is, who is let in, and what is carried out.
fn greet(address: SocketAddr, is_open: bool, is_secret: bool, works: bool, api_only: bool) {
    let callers = if is_open {
        "no tokens are configured, so every caller on this machine is admin"
    } else {
        "callers show a bearer token or a certificate"
    };
    let (scheme, how) = if is_secret { ("https", "with TLS") } else { ("http", "in plaintext") };
    let work = match (works, api_only) {
        (true, _) => "approved plans are carried out",
        (false, true) => "nothing is carried out here (--api-only)",
        (false, false) => "nothing is read or carried out, because no [partner] is configured",
    };
    let text = format!("serving gRPC on {scheme}://{address} {how}; {callers}; {work}");
    output::result(Format::Text, || text, || serde_json::Value::Null);
}

/// Carries out approved plans until `stopping`, or until nobody may work on.
async fn work(office: &Office, worker: Option<Engine>, stopping: watch::Receiver<bool>) -> Result<(), Failure> {
    let Some(engine) = worker else {
        asked_to_stop(stopping).await;
        return Ok(());
    };
    let driver = driver(office, engine);
    let (mut watching, mut halt) = (Alarms::of(office).watch(), None);
    let end = async {
        tokio::select! {
            () = asked_to_stop(stopping) => {}
            why = watching.halt() => halt = Some(why),
        }
    };
    driver.run(end, &|_| office.tally.now_and_then()).await?;
    halt.map_or(Ok(()), Err)
}

async fn broken_off(stopping: watch::Receiver<bool>) {
    asked_to_stop(stopping).await;
    tokio::time::sleep(GRACE).await;
}

async fn asked_to_stop(mut stopping: watch::Receiver<bool>) {
    // Without a sender everything is over, which is the same.
    let _seen = stopping.wait_for(|stopping| *stopping).await;
}
