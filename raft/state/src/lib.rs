//! What the cluster agrees on, and the pure function that applies commands to it.
//!
//! Nothing here knows a clock, a socket or a file: time, identity and randomness arrive inside commands.
//! Equal log, equal [`State`]; `apply` never panics for anything that decodes.

mod answer;
mod check;
pub mod clock;
pub mod codec;
mod command;
pub mod document;
mod due;
mod entry;
pub mod event;
pub mod json;
pub mod kv;
pub mod lease;
pub mod member;
pub mod query;
mod refusal;
pub mod run;
mod session;
pub mod snapshot;
mod state;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
pub mod token;
pub mod workflow;

pub use clock::{Elapsed, Moment};
pub use command::{Answer, Command, Reply};
pub use document::Hash;
pub use entry::{Batch, Request, RequestId, Subject, Wall};
pub use member::{Configuration, ReplicaId};
pub use query::{Query, View};
pub use refusal::{Kind, Refusal};
pub use run::{AttemptKey, InstanceKey, RunId, Slot, TaskNumber};
pub use state::State;

/// The one persistent ordered map: a clone is cheap and shares structure.
pub type Map<K, V> = imbl::OrdMap<K, V>;
/// The one persistent ordered set.
pub type Set<K> = imbl::OrdSet<K>;
