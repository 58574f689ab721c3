use config::NodeId;
use serde::{Deserialize, Serialize};

use super::{AttemptKey, Decision, Ending, RunId, Slot, TaskNumber};
use crate::Hash;

/// Accepts a run: its plan and bundle have arrived as documents.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Begin {
    pub run: RunId,
    pub owner: NodeId,
    /// An encoded [`super::Plan`].
    pub plan: Hash,
    pub workdir: Option<String>,
    pub rerun: Option<Rerun>,
}

/// These tasks begin ended, with what they returned in an older run of a plan of the same shape.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rerun {
    pub run: RunId,
    pub tasks: Vec<TaskNumber>,
}

/// Answers for a task that waits for a person.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Approve {
    pub run: RunId,
    pub task: TaskNumber,
    pub decision: Approval,
}

/// What a person says about a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Approval {
    Run,
    Skip,
    /// Nothing new starts, and the run fails.
    Abort,
    /// This one and all after it, unasked.
    RunAll,
}

/// Chooses nodes for a task, or another node for an instance that has lost its own.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Place {
    pub run: RunId,
    pub task: TaskNumber,
    pub places: Vec<(Slot, NodeId)>,
    /// Nodes that match but were not there, a line each.
    pub left_out: Vec<String>,
}

/// Says why a task or instance has no place yet.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Defer {
    pub run: RunId,
    pub task: TaskNumber,
    pub slot: Option<Slot>,
    pub reason: String,
}

/// Gives up looking for a place.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Refuse {
    pub run: RunId,
    pub task: TaskNumber,
    pub slot: Option<Slot>,
    pub reason: String,
}

/// How an attempt ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Report {
    pub attempt: AttemptKey,
    pub node: NodeId,
    pub incarnation: u64,
    pub outcome: Outcome,
    pub message: String,
    pub exit_code: Option<i32>,
    pub changed: bool,
    pub output: Output,
    pub artifacts: Vec<Artifact>,
    pub tail: String,
    pub duration_ms: u64,
    pub log_size: u64,
    /// Of an attempt that decides.
    pub answer: Option<Decision>,
}

/// What an attempt says of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Outcome {
    Succeeded,
    Failed,
    TimedOut,
    Cancelled,
    Skipped,
    /// Its node stopped it.
    Lost,
    /// It could not be started at all; another try would not help.
    Refused,
    /// Its `abort_if` says that nothing new is to start.
    Aborted,
}

/// What a task returned.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Output {
    #[default]
    Nothing,
    /// JSON text.
    Inline(String),
    /// JSON text held by the attempt's node.
    Blob { hash: Hash, size: u64 },
}

/// A file that later tasks may consume.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Artifact {
    /// Relative to the working directory.
    pub path: String,
    pub hash: Hash,
    pub size: u64,
    pub mode: u32,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Cancel {
    pub run: RunId,
    pub reason: String,
}

/// Every attempt of this life of a node is lost.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Lose {
    pub node: NodeId,
    pub incarnation: u64,
    pub reason: String,
}

/// Gives an unpinned run to another owner.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rehome {
    pub run: RunId,
    /// The home it has now.
    pub home: u32,
    pub owner: NodeId,
}

/// Ends a pinned run whose owner did not come back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Abandon {
    pub run: RunId,
    pub home: u32,
}

/// Executes a suspended run again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Resume {
    pub run: RunId,
}

/// Forgets finished runs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Prune {
    pub runs: Vec<RunId>,
}

impl From<Outcome> for Ending {
    fn from(outcome: Outcome) -> Ending {
        match outcome {
            Outcome::Succeeded => Ending::Succeeded,
            Outcome::Failed | Outcome::Aborted => Ending::Failed,
            Outcome::TimedOut => Ending::TimedOut,
            Outcome::Cancelled => Ending::Cancelled,
            Outcome::Skipped => Ending::Skipped,
            Outcome::Lost => Ending::Lost,
            Outcome::Refused => Ending::Refused,
        }
    }
}
