use std::fmt::Write;

use axum::extract::State;
use axum::http::HeaderName;
use axum::http::header::CONTENT_TYPE;
use node::view::Metrics;
use utoipa_axum::routes;

use super::route::Routes;
use super::{Permission, Service};

const READ: Permission = Permission::new("metrics", "read");

const TEXT: &str = "text/plain; version=0.0.4; charset=utf-8";

pub(super) fn routes(routes: Routes) -> Routes {
    routes.add(READ, routes!(metrics))
}

/// Shows the node's figures in the text format of Prometheus.
#[utoipa::path(get, path = "/metrics", tag = "node", responses(
    (status = 200, body = String, content_type = "text/plain", description = "The figures.")
))]
async fn metrics(State(service): State<Service>) -> ([(HeaderName, &'static str); 1], String) {
    ([(CONTENT_TYPE, TEXT)], write(&service.handle.metrics()))
}

fn write(metrics: &Metrics) -> String {
    let figures = [
        ("sloth_raft_applied_index", "Last log index applied.", metrics.applied),
        ("sloth_raft_term", "Current term.", metrics.term),
        ("sloth_raft_is_leader", "Whether this node leads.", u64::from(metrics.is_leader)),
        ("sloth_members", "Nodes admitted.", metrics.members),
        ("sloth_members_alive", "Nodes this one hears.", metrics.members_alive),
        ("sloth_runs_active", "Runs that have not ended.", metrics.runs_active),
        ("sloth_runs_kept", "Runs remembered.", metrics.runs_kept),
        ("sloth_attempts_running", "Attempts this node runs.", metrics.attempts_running),
        ("sloth_state_keys", "Keys in the store.", metrics.keys),
        ("sloth_leases_held", "Leases held.", metrics.leases),
        ("sloth_events_kept", "Events remembered.", metrics.events),
    ];
    let mut text = String::new();
    for (name, help, value) in figures {
        // Writing to a string cannot fail.
        _ = write!(text, "# HELP {name} {help}\n# TYPE {name} gauge\n{name} {value}\n");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_figure_has_help_type_and_value() {
        let text = write(&Metrics { applied: 7, is_leader: true, ..Metrics::default() });
        let first = "# HELP sloth_raft_applied_index Last log index applied.\n\
                     # TYPE sloth_raft_applied_index gauge\n\
                     sloth_raft_applied_index 7\n";
        assert!(text.starts_with(first));
        assert!(text.contains("\nsloth_raft_is_leader 1\n"));
        assert_eq!(text.lines().count(), 33);
    }
}
