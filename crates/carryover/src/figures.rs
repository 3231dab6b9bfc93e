//! `--metrics ADDR`: figures about the work, for Prometheus to fetch. `docs/operations.md` says what each means; a test holds
//! both to each other. Nothing is decided upon them.

mod census;

use crate::failure::Failure;
use crate::wiring::Office;
use axum::http::header::CONTENT_TYPE;
use axum::routing::get;
use carryover_partner_center::PartnerCenter;
use census::Census;
use metrics::{counter, describe_counter, describe_gauge, gauge};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use std::net::SocketAddr;
use std::time::Duration;
use tokio::net::TcpListener;

/// How often the database is looked at for figures.
const LOOK: Duration = Duration::from_secs(5);

/// Every figure that is counted, with what it means.
const COUNTERS: [(&str, &str); 10] = [
    ("carryover_turns_total", "Turns taken at customers"),
    ("carryover_effects_total", "Reads and writes that were owed and performed, by operation and outcome"),
    ("carryover_events_total", "Events recorded by the work, by event"),
    ("carryover_problems_total", "Reads that brought nothing and writes that did not settle; each is tried again"),
    ("carryover_leases_lost_total", "Turns that lost their lease to another worker"),
    ("carryover_commits_stale_total", "Commits refused because somebody else had written"),
    ("carryover_commits_unconfirmed_total", "Commits that the database did not confirm"),
    ("carryover_calls_total", "HTTP requests to Microsoft, by operation"),
    ("carryover_calls_throttled_total", "Answers 429 among them, by operation"),
    ("carryover_budget_drawn_total", "What calls took out of each budget, in what the service counts"),
];

/// Every figure that goes up and down, with what it means.
const GAUGES: [(&str, &str); 7] = [
    ("carryover_budget_allowed_per_second", "What each budget allows, in what the service counts"),
    ("carryover_lag_seconds", "How long the most urgent work has been due"),
    ("carryover_customers", "Customers in the database"),
    ("carryover_customers_damaged", "Customers whose logs are not as they were recorded; nobody works upon them"),
    ("carryover_lines", "Lines by stage, those that stopped under needs_attention"),
    (
        "carryover_lines_uncovered",
        "Lines whose replacement does not stand, and whose old subscription ends soon or is past its end",
    ),
    ("carryover_info", "1, with the version of the program"),
];

/// A page of figures that is served until this is dropped.
pub(crate) struct Figures {
    tasks: [tokio::task::JoinHandle<()>; 2],
}

impl Figures {
    /// Serves figures at `address`: those of the work, of calls through `adapter`, and of the database.
    ///
    /// # Errors
    /// [`Failure`] when the address cannot be listened on.
    pub(crate) async fn serve(
        address: SocketAddr,
        office: &Office,
        adapter: Option<&PartnerCenter>,
    ) -> Result<Self, Failure> {
        let cannot = |error: std::io::Error| Failure::failed(format!("{address} cannot be listened on: {error}"));
        let listener = TcpListener::bind(address).await.map_err(cannot)?;
        let address = listener.local_addr().map_err(cannot)?;
        let builder = PrometheusBuilder::new();
        let handle =
            builder.install_recorder().map_err(|error| Failure::failed(format!("figures cannot be kept: {error}")))?;
        describe();
        crate::output::aside(&format!("figures on http://{address}/metrics"));
        let mut census = Census::new(office.desk.clone(), office.index());
        // Beside the work, which does not wait for whoever counts a hundred thousand customers.
        let look = async move {
            loop {
                if let Err(error) = census.look().await {
                    tracing::warn!(%error, "the figures of the database are those of before");
                }
                tokio::time::sleep(LOOK).await;
            }
        };
        let adapter = adapter.cloned();
        let page = move || {
            calls(adapter.as_ref());
            let text = written(&handle);
            async move { ([(CONTENT_TYPE, "text/plain; version=0.0.4")], text) }
        };
        let served = axum::serve(listener, axum::Router::new().route("/metrics", get(page)));
        let serve = async move {
            if let Err(error) = served.await {
                tracing::error!(%error, "figures are not served any more");
            }
        };
        Ok(Self { tasks: [tokio::spawn(look), tokio::spawn(serve)] })
    }
}

impl Drop for Figures {
    fn drop(&mut self) {
        self.tasks.iter().for_each(tokio::task::JoinHandle::abort);
    }
}

fn written(handle: &PrometheusHandle) -> String {
    handle.run_upkeep();
    handle.render()
}

fn describe() {
    for (name, means) in COUNTERS {
        describe_counter!(name, means);
    }
    for (name, means) in GAUGES {
        describe_gauge!(name, means);
    }
    gauge!("carryover_info", "version" => env!("CARGO_PKG_VERSION")).set(1.0);
    // What has not happened is 0 and not absent, so that an alarm upon it can be tried.
    for name in ["turns", "problems", "leases_lost", "commits_stale", "commits_unconfirmed"] {
        counter!(format!("carryover_{name}_total")).increment(0);
    }
}

/// The adapter counts its calls itself.
fn calls(adapter: Option<&PartnerCenter>) {
    for count in adapter.map(|adapter| adapter.meter().counts()).unwrap_or_default() {
        let operation = count.operation;
        counter!("carryover_calls_total", "operation" => operation).absolute(count.calls);
        counter!("carryover_calls_throttled_total", "operation" => operation).absolute(count.throttled);
    }
}

#[cfg(test)]
mod tests {
    use super::{COUNTERS, GAUGES};

    #[test]
    fn every_figure_has_a_row_in_the_handbook() {
        let handbook = include_str!("../../../docs/operations.md");
        for (name, _) in COUNTERS.into_iter().chain(GAUGES) {
            assert!(handbook.contains(&format!("| `{name}")), "docs/operations.md has no row for {name}");
        }
    }
}
