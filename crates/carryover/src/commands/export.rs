//! `carryover export`: what is known, as a file that can be read again here or by the batch migration tool.

use super::import::{cannot_write, read};
use crate::cli::{ExportArgs, ExportKind, Format};
use crate::failure::{Ending, Failure};
use crate::place::Place;
use crate::render::count;
use crate::{find, output};
use carryover_domain::migration::state::Stage;
use carryover_domain::portfolio::{Customer, SourceLine};
use carryover_portfolio::{
    BatchTool, Given, Import, Moved, write_batch_migrations, write_batch_status, write_batch_subscriptions, write_csv,
};
use serde_json::json;

pub(super) async fn run(place: &dyn Place, wish: &ExportArgs, format: Format) -> Result<Ending, Failure> {
    let ExportArgs { id: _, kind: Some(kind), out: Some(out), kept } = wish else {
        return Err(Failure::input(
            "say what to write: `carryover export ID` for one customer's history, or `carryover export --kind portfolio --out \
             FILE` for all lines",
        ));
    };
    let known = find::all(place).await?;
    let portfolio: Vec<(Customer, Vec<SourceLine>)> = known
        .iter()
        .map(|known| {
            (known.migration.customer.clone(), known.migration.leaving().map(|line| line.source.clone()).collect())
        })
        .collect();
    let leaving = known.iter().flat_map(|known| known.migration.leaving());
    let moved = leaving.filter_map(|line| Some((line.source.id, moved(&line.stage)?))).collect();
    let kept = read(Given::default(), kept)?;
    if let (true, Some(problem)) = (kept.sources.is_empty(), kept.problems.first()) {
        return Err(Failure::input(problem.to_string()));
    }
    let Import { extras, .. } = kept;
    let partner = place.partner()?;
    let batch = BatchTool { portfolio: &portfolio, kept: &extras, moved: &moved, partner };
    let mut bytes = Vec::new();
    let rows = match kind {
        ExportKind::Portfolio => {
            write_csv(&mut bytes, &portfolio).map(|()| portfolio.iter().map(|(_, lines)| lines.len() as u64).sum())
        }
        ExportKind::Subscriptions => write_batch_subscriptions(&mut bytes, &batch),
        ExportKind::Migrations => write_batch_migrations(&mut bytes, &batch),
        ExportKind::MigrationStatus => write_batch_status(&mut bytes, &batch),
    };
    let rows = rows.and_then(|rows| std::fs::write(out, bytes).map(|()| rows));
    let rows = rows.map_err(|error| cannot_write(out, &error))?;
    output::result(
        format,
        || format!("{} in {}", count(rows, "row", "rows"), out.display()),
        || json!({ "file": out, "rows": rows }),
    );
    Ok(Ending::Done)
}

/// How far a line is in new commerce; none while nothing is being bought.
fn moved(stage: &Stage) -> Option<Moved> {
    let (completed, subscription) = match stage.underlying() {
        Stage::Draft
        | Stage::NothingToDo
        | Stage::Blocked
        | Stage::Ready
        | Stage::Waiting { .. }
        | Stage::Settled { .. }
        | Stage::NeedsAttention { .. } => {
            return None;
        }
        Stage::Carting { .. } | Stage::Buying { .. } | Stage::Doubting { .. } => (false, None),
        Stage::Provisioning { bought, .. } => (false, bought.subscription.clone()),
        Stage::Reassigning { bought, .. } => (false, Some(bought.clone())),
        Stage::Covered { bought } | Stage::WindingDown { bought, .. } | Stage::Closed { bought } => {
            (true, Some(bought.clone()))
        }
    };
    Some(Moved { completed, subscription })
}
