//! Questions to the state, as data: a replica answers them itself, a worker asks a voter.

use config::{ClusterId, NodeId};
use serde::{Deserialize, Serialize};

use crate::event::Event;
use crate::lease::Lease;
use crate::member::Member;
use crate::run::{Artifact, Assignment, Ending, Output, Run, Task};
use crate::token::Token;
use crate::workflow::Saved;
use crate::{AttemptKey, Configuration, Hash, Moment, RunId, kv};

/// Rows of one page.
pub const PAGE_MAX: u32 = 1_000;
/// Keys, values and event data of one page, unless its first row alone is larger: half a frame.
pub const PAGE_BYTES: usize = 512 << 10;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Query {
    Cluster,
    Members,
    Tokens,
    Entry {
        namespace: String,
        key: String,
    },
    /// Keys of a namespace in byte order after `after`.
    Entries {
        namespace: String,
        prefix: String,
        after: Option<String>,
        limit: u32,
    },
    /// Leases by name in byte order after `after`.
    Leases {
        prefix: String,
        after: Option<String>,
        limit: u32,
    },
    Workflows,
    Workflow {
        name: String,
    },
    Document {
        hash: Hash,
    },
    /// Newest first, older than `before`.
    Runs {
        before: Option<RunId>,
        limit: u32,
        active: bool,
    },
    Run {
        run: RunId,
    },
    /// What an executor needs for one attempt.
    Work {
        attempt: AttemptKey,
    },
    /// Events after a sequence number, oldest first.
    Events {
        after: u64,
        limit: u32,
    },
    Assignments {
        node: NodeId,
    },
    /// Blobs that a node must keep.
    Held {
        node: NodeId,
    },
    /// What each namespace of the key-value store holds.
    Namespaces,
}

/// The answer to the [`Query`] of the same name. A list is cut at [`PAGE_MAX`] rows and, where rows are large,
/// at [`PAGE_BYTES`]: the last row says where to go on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum View {
    Cluster(Option<Cluster>),
    Members(Vec<(NodeId, Member)>),
    Tokens(Vec<(String, Token)>),
    Entry(Option<kv::Entry>),
    Entries(Vec<(String, kv::Entry)>),
    Leases(Vec<(String, Lease)>),
    Workflows(Vec<(String, Saved)>),
    Workflow(Option<Saved>),
    Document(Option<Vec<u8>>),
    Runs(Vec<(RunId, Run)>),
    Run(Option<Box<Run>>),
    Work(Option<Box<Work>>),
    Events(Events),
    Assignments(Vec<Assignment>),
    Held(Vec<Hash>),
    Namespaces(Vec<Namespace>),
}

/// How much of the key-value store a namespace is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Namespace {
    pub name: String,
    pub keys: u64,
    /// Of keys and values.
    pub bytes: u64,
}

/// What is agreed about the cluster as a whole.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Cluster {
    pub id: ClusterId,
    pub standalone: bool,
    pub dissolved_into: Option<ClusterId>,
    pub configuration: Configuration,
    pub clock: Moment,
    /// It holds something a person or a workflow has put there.
    pub has_data: bool,
    pub finished_runs: u64,
}

/// What an executor needs for one attempt.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Work {
    pub assignment: Assignment,
    pub workflow: String,
    pub task: Task,
    /// Nothing is to be changed.
    pub check: bool,
    pub owner: NodeId,
    /// Where the submitter was, on the owner alone.
    pub workdir: Option<String>,
    /// Direct dependencies; those that were skipped are absent.
    pub dependencies: Vec<Dependency>,
    /// What the run has produced so far, for a task that consumes any of it.
    pub artifacts: Vec<Produced>,
    /// How every task ended, for `on_complete`; how this one would end, for a decision about it.
    pub results: Vec<TaskResult>,
}

/// What a dependency returned.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Dependency {
    /// The name of the task.
    pub task: String,
    /// One an instance, with its node.
    pub rows: Vec<(NodeId, Output)>,
    /// Several nodes were selected: the output is a table by node name.
    pub many: bool,
}

/// An artifact and who holds it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Produced {
    /// The name of the task.
    pub task: String,
    pub node: NodeId,
    pub artifact: Artifact,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TaskResult {
    /// The name of the task.
    pub task: String,
    pub ending: Option<Ending>,
    pub message: String,
    pub attempts: u32,
    pub duration_ms: u64,
    /// What it returned, with the nodes that did.
    pub output: Dependency,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Events {
    /// The next ones, and the newest sequence there is.
    Next { events: Vec<Event>, newest: u64 },
    /// Those asked for are no longer kept.
    Gone { oldest: u64 },
}
