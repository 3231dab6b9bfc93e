//! `carryover store copy`: moves everything from one database to another, and compares both, event by event.

use crate::cli::Format;
use crate::database::{self, Absent, Database};
use crate::failure::{Ending, Failure};
use crate::output;
use crate::render::count;
use carryover_ports::{Archive, Cursor, TakeOverError, Taken};
use indicatif::ProgressBar;
use serde_json::json;
use std::path::Path;

/// Events that are compared at a time.
const AT_A_TIME: usize = 1_000;

pub(super) async fn copy(from: &Path, to: &Path, format: Format) -> Result<Ending, Failure> {
    if database::address(from).is_none() && !from.is_file() {
        return Err(Failure::input(format!("there is no database {} to copy from", from.display())));
    }
    let source = Database::open(from, Absent::Refused).await?;
    // On a server nobody can be kept from working, and what is written meanwhile is noticed.
    let _claim = source.claim_to_copy().await?;
    let target = Database::open(to, Absent::Made).await?;
    let (from, to) = (source.name(from), target.name(to));
    let (source, target) = (source.archive(), target.archive());
    let events: u64 = source.heads().await?.iter().map(|head| head.version.0).sum();
    let bar = ProgressBar::new(events);
    let taken = target.take_over(&*source, &|done| bar.set_position(done)).await;
    bar.reset();
    let is_new = match taken {
        Ok(_) => true,
        Err(TakeOverError::NotEmpty) => false,
        Err(error) => return Err(refused(&from, &to, &error)),
    };
    let compared = compare(&*source, &*target, &bar).await?;
    bar.finish_and_clear();
    let Taken { migrations, events, requests } = match compared {
        Ok(same) => same,
        Err(_) if !is_new => {
            return Err(Failure::input(format!("{to} holds migrations already: name a database that holds nothing")));
        }
        Err(difference) => {
            return Err(Failure::failed(format!("{to} is not what {from} is and must not be used: {difference}")));
        }
    };
    let done = if is_new { "was copied to" } else { "is copied already to" };
    output::result(
        format,
        || {
            format!(
                "{from} {done} {to}, and all of it is the same there: {}, {}, {}. From now on use {to} alone: whoever works \
                 on both buys twice",
                count(migrations, "customer", "customers"),
                count(events, "event", "events"),
                count(requests, "request", "requests"),
            )
        },
        || {
            json!({
                "from": from, "to": to, "customers": migrations, "events": events, "requests": requests,
                "copied": is_new,
            })
        },
    );
    Ok(Ending::Done)
}

fn refused(from: &str, to: &str, error: &TakeOverError) -> Failure {
    if let TakeOverError::Unconfirmed { detail } = error {
        return Failure::failed(format!(
            "it is not known whether {from} was copied: {to} holds all of it or nothing ({detail}); give the command again, \
             which finds out"
        ));
    }
    let sentence = format!("{from} was not copied, and {to} is as empty as before: {error}");
    match error {
        TakeOverError::Moved { .. } => Failure::failed(format!("{sentence}; end whoever works on it, and copy again")),
        TakeOverError::Broken { .. } => Failure::failed(format!("{sentence}; `carryover verify` says more")),
        _ => Failure::failed(sentence),
    }
}

/// What both hold, or where they differ first: events, heads, requests.
async fn compare(one: &dyn Archive, other: &dyn Archive, bar: &ProgressBar) -> Result<Result<Taken, String>, Failure> {
    let (mut cursor, mut events) = (Cursor::START, 0);
    loop {
        let (here, there) = (one.kept_after(cursor, AT_A_TIME).await?, other.kept_after(cursor, AT_A_TIME).await?);
        if let Some((kept, _)) = here.iter().zip(&there).find(|(here, there)| here != there) {
            return Ok(Err(format!("event {} of migration {} differs", kept.number, kept.migration)));
        }
        if here.len() != there.len() {
            let (fewer, more) = (here.len().min(there.len()), here.len().max(there.len()));
            return Ok(Err(format!(
                "one has {} and the other {} or more",
                count(events + fewer as u64, "event", "events"),
                events + more as u64
            )));
        }
        let Some(last) = here.last() else { break };
        cursor = last.cursor;
        events += here.len() as u64;
        bar.set_position(events);
    }
    let (heads, others) = (one.heads().await?, other.heads().await?);
    if let Some((head, _)) = heads.iter().zip(&others).find(|(head, other)| head != other) {
        return Ok(Err(format!("the version, alarm or digest of migration {} differs", head.migration)));
    }
    let (requests, others) = (one.all_requests().await?, other.all_requests().await?);
    if requests != others {
        return Ok(Err("the remembered requests differ".to_owned()));
    }
    Ok(Ok(Taken { migrations: heads.len() as u64, events, requests: requests.len() as u64 }))
}
