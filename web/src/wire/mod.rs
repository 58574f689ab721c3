//! The API's own types: what travels as JSON, in snake_case.
//!
//! Times are RFC 3339 in UTC with milliseconds. A duration is text (`"1.5s"`) beside the same in `_ms`.
//! Requests refuse unknown fields; answers may grow, so readers ignore what they do not know.

mod again;
mod cluster;
mod entry;
mod event;
mod lease;
mod list;
mod node;
mod plan;
mod problem;
mod query;
mod run;
mod secret;
mod status;
mod step;
mod submit;
mod time;
mod workflow;

pub use again::{Approve, Decision, Prune, Pruned, Rerun};
pub use cluster::{Cluster, Identity, Mint, Minted, Replica, Token};
pub use entry::{Cleared, Condition, Deleted, Entry, Fence, Namespace, Set, Stored};
pub use event::{Emit, Emitted, Event, Events, Gap, Watched};
pub use lease::{Acquire, Held, Lease, Renew};
pub use list::List;
pub use node::{Edits, Node};
pub use plan::{Plan, Planned};
pub use problem::{Fault, Kind, Problem};
pub use query::{
    ClearQuery, Consistency, DeleteQuery, EntriesQuery, EventsQuery, LeasesQuery, LogQuery, Read,
    ReleaseQuery, RemoveQuery, RunsQuery, StreamQuery,
};
pub use run::{Artifact, Attempt, Instance, Run, RunSummary, Task};
pub use secret::{Clear, Revealed, Secret, SetSecret};
pub use status::Status;
pub use step::{Item, Line, LogPage, Step};
pub use submit::{Accepted, Cancel, Source, Submit};
pub use time::{Time, duration};
pub use workflow::{Save, Workflow};
