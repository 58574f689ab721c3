//! The routes: each parses, asks the node's handle, and renders.

mod again;
mod cluster;
mod cursor;
mod document;
mod events;
mod extract;
mod failure;
mod gate;
mod health;
mod leases;
mod metrics;
mod nodes;
mod page;
mod peer;
mod permission;
mod plans;
mod route;
mod runs;
mod secrets;
mod service;
mod state;
mod stream;
mod watch;
mod workflows;

use std::time::Duration;

pub use self::peer::Peer;
pub use self::permission::Permission;
pub use self::route::Route;
pub use self::service::Service;

/// Where the API begins; `/healthz` and `/metrics` lie outside.
pub const API: &str = "/api/v1";

/// How long a question may wait for news: shorter than a client waits for an answer.
const WAIT_MAX: Duration = Duration::from_secs(20);

/// Every route with its permission.
pub fn routes() -> Vec<Route> {
    all().into_declared()
}

fn all() -> route::Routes {
    let inside = route::Routes::under(API);
    let outside = route::Routes::under("");
    [
        runs::routes,
        again::routes,
        plans::routes,
        workflows::routes,
        state::routes,
        leases::routes,
        secrets::routes,
        events::routes,
        nodes::routes,
        cluster::routes,
        document::routes,
    ]
    .into_iter()
    .fold(inside, |routes, add| add(routes))
    .merge(metrics::routes(health::routes(outside)))
}
