//! A node: agreement, mesh, planner and executor joined, and the handle to all of it.
//!
//! A run goes `handle/submit` → `compile` → agreement → `planner` (where) → `executor` (what is mine) →
//! `attempt` (do it) → report → agreement, and whoever follows reads it by `handle/follow`.

mod agreement;
mod attempt;
mod blobs;
mod bundle;
mod clock;
mod cluster;
mod compile;
pub mod db;
mod error;
pub mod exec;
mod executor;
mod files;
mod handle;
mod keeper;
mod life;
mod logs;
mod mask;
mod names;
mod options;
mod overrides;
mod peers;
mod permit;
mod planner;
mod random;
mod replicas;
mod running;
mod secrets;
mod sight;
mod standalone;
mod start;
pub mod view;
mod views;
mod words;
mod workspace;

pub use agreement::Consistency;
pub use dsl::Diagnostic;
pub use error::{Error, Kind};
pub use handle::{
    Again, Caller, Change, Condition, EventPage, Handle, Identity, LogPage, LogQuery, Retrial,
    Source, Submission,
};
pub use life::Finish;
pub use mesh::proto::{ClusterSecret, Token};
pub use options::{Mode, Options};
pub use overrides::Overrides;
pub use running::Running;
pub use start::start;
pub use state::{RunId, Wall};
pub use words::{status, word};
