use config::NodeId;
use serde::{Deserialize, Serialize};

use crate::{Command, Elapsed};

/// One log entry: what one group commit carries.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Batch {
    /// The leader's wall clock when it proposed the batch; for display, never compared.
    pub at: Wall,
    /// How far the leader's stopwatch went since its batch before; bounded by `clock::STEP_MAX`.
    pub elapsed: Elapsed,
    pub requests: Vec<Request>,
}

/// One command and who asked for it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Request {
    /// Names the request so that a retry gets the first answer.
    pub id: Option<RequestId>,
    pub by: Subject,
    pub command: Command,
}

/// A request of one life of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct RequestId {
    pub node: NodeId,
    pub incarnation: u64,
    pub sequence: u64,
    /// Every sequence below this one has its answer; what is kept of them may go.
    pub settled: u64,
}

/// Who asked.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Subject {
    Node(NodeId),
    /// A local user at a node's socket.
    User {
        uid: u32,
        node: NodeId,
    },
    /// An attempt of a run, through its node.
    Run {
        run: crate::RunId,
        node: NodeId,
    },
}

/// Milliseconds since the Unix epoch.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct Wall(pub u64);
