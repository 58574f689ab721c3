//! Events: what happened, in log order, without holes, in a bounded ring.

mod publish;
mod ring;

use config::NodeId;
use serde::{Deserialize, Serialize};

pub(crate) use publish::Draft;
pub use ring::Ring;

use crate::{RunId, Subject, Wall};

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// Counted by `apply`, +1 an event: the cursor everywhere.
    pub sequence: u64,
    /// The log index it belongs to.
    pub index: u64,
    pub at: Wall,
    /// `category.action`, as in `task.completed`.
    pub kind: String,
    pub by: Subject,
    pub run: Option<RunId>,
    pub task: Option<String>,
    pub node: Option<NodeId>,
    /// A JSON object.
    pub data: String,
}

/// Publishes an event of a workflow or a person.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Emit {
    pub kind: String,
    pub run: Option<RunId>,
    pub task: Option<String>,
    pub data: String,
}

/// Events kept; an older cursor is told that they are gone.
pub const KEPT: usize = 10_000;
/// As above, for events with much data.
pub const KEPT_BYTES: usize = 64 << 20;
/// The data of one event.
pub const DATA_BYTES: usize = 16 << 10;
/// `category.action`
pub const KIND_BYTES: usize = 64;
