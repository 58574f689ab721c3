//! Read models: the agreed state and what is observed, with names in place of numbers and keys.

use config::NodeId;
use serde_json::Value;
pub use state::query::Namespace;
pub use state::run::{Approval, Artifact, Ending, Status};
use state::{RunId, Wall};

/// A run as `run list` shows it.
#[derive(Clone, Debug, PartialEq)]
pub struct RunSummary {
    pub id: RunId,
    pub workflow: String,
    pub status: Status,
    /// Not executed by anybody now; `run --resume` goes on with it.
    pub interrupted: bool,
    /// The owner's name.
    pub owner: String,
    pub by: String,
    pub begun_at: Wall,
    pub ended_at: Option<Wall>,
    pub error: Option<String>,
    pub tasks_done: u32,
    pub tasks: u32,
}

/// A run with all its tasks.
#[derive(Clone, Debug, PartialEq)]
pub struct Run {
    pub summary: RunSummary,
    pub description: String,
    pub version: String,
    pub metadata: Vec<(String, String)>,
    pub workdir: Option<String>,
    /// The run of which this is another try.
    pub rerun_of: Option<RunId>,
    /// Nothing is changed: tasks say what they would do.
    pub check: bool,
    /// Somebody is asked before each task.
    pub interactive: bool,
    /// Counts the owners it has had, from 0.
    pub home: u32,
    /// In listed order.
    pub tasks: Vec<Task>,
    /// The output of each task that returned one.
    pub outputs: Vec<(String, Value)>,
    /// Events up to this one are contained.
    pub sequence: u64,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Task {
    pub name: String,
    pub description: String,
    /// `on_start` and `on_complete` of the workflow are shown, not counted.
    pub is_callback: bool,
    pub needs: Vec<String>,
    /// `local`, names, `role=web`, `any`, `all`.
    pub target: String,
    pub status: Word,
    /// It waits for a person's word.
    pub wants_approval: bool,
    /// Why it waits, was skipped or refused; nodes left out.
    pub notes: Vec<String>,
    pub instances: Vec<Instance>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Instance {
    pub slot: u32,
    pub node: Option<String>,
    pub status: Word,
    /// Why it waits.
    pub wait: Option<String>,
    /// Milliseconds on the stopwatch until its next try.
    pub next_try_ms: Option<u64>,
    pub changed: bool,
    pub output: Option<Value>,
    pub artifacts: Vec<Artifact>,
    pub attempts: Vec<Attempt>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Attempt {
    pub number: u32,
    /// Which try of the task's work, from 1; 0 if it asked a function.
    pub nth: u32,
    /// The function that was asked, as in `should_retry`.
    pub function: Option<&'static str>,
    pub node: String,
    pub incarnation: u64,
    pub ending: Option<Ending>,
    pub exit_code: Option<i32>,
    pub message: String,
    pub tail: String,
    pub started_at: Wall,
    pub ended_at: Option<Wall>,
    pub duration_ms: u64,
    pub log_size: u64,
}

/// The status words of tasks and instances.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Word {
    Pending,
    Queued,
    Running,
    Succeeded,
    Failed,
    TimedOut,
    Cancelled,
    Skipped,
    Lost,
    Refused,
}

/// One step of a run, as a follower sees it. Each carries the cursor to resume after it, on any node.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    pub cursor: Cursor,
    pub item: Item,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Item {
    /// The whole run: first, and again when the events in between are gone.
    Run(Box<Run>),
    Event(Event),
    Line(Line),
    /// The run has ended and all its lines have been sent; the stream ends.
    End(Box<Run>),
}

/// Where a follower is: the last event, and the next byte of each attempt's log it is reading.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cursor {
    pub sequence: u64,
    /// (task number, slot, attempt) → offset in bytes.
    pub offsets: std::collections::BTreeMap<(u32, u32, u32), u64>,
}

/// One line of an attempt's log.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    pub task: String,
    pub slot: u32,
    pub attempt: u32,
    pub node: String,
    pub at: Wall,
    /// `stdout`, `stderr`, or the level of a log call.
    pub stream: String,
    pub text: String,
    /// Of this line, in the attempt's log.
    pub offset: u64,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    pub sequence: u64,
    pub at: Wall,
    pub kind: String,
    pub by: String,
    pub run: Option<RunId>,
    pub task: Option<String>,
    pub node: Option<String>,
    pub data: Value,
}

/// A key of the store.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    pub key: String,
    pub value: Value,
    pub version: u64,
    pub changed_at: Wall,
    pub changed_by: String,
    /// Milliseconds on the stopwatch until it goes.
    pub expires_in_ms: Option<u64>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Lease {
    pub name: String,
    pub holder: String,
    pub label: String,
    pub run: Option<RunId>,
    pub token: u64,
    pub acquired_at: Wall,
    pub expires_in_ms: Option<u64>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Workflow {
    pub name: String,
    pub description: String,
    pub version: u64,
    pub saved_at: Wall,
    pub saved_by: String,
    /// The file's text, where it was asked for.
    pub source: Option<String>,
}

/// A secret of the answering node, without its value.
#[derive(Clone, Debug, PartialEq)]
pub struct Secret {
    pub name: String,
    /// Counts its changes.
    pub version: u64,
    pub changed_at: Wall,
    pub changed_by: String,
}

/// A node: what is agreed about it, and what the answering node observes.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    pub id: NodeId,
    pub name: String,
    /// `alive`, `suspect`, `down`, `lost`, `leaving`.
    pub state: &'static str,
    /// `leader`, `voter`, `learner`, `worker`.
    pub role: &'static str,
    pub is_self: bool,
    pub version: String,
    pub labels: Vec<(String, Option<String>)>,
    pub addresses: Vec<String>,
    pub incarnation: u64,
    pub running: u32,
    pub slots: u32,
    /// Load of its processors, 1.0 when all are busy; unknown while it does not answer.
    pub load: Option<f32>,
    pub round_trip_ms: Option<f32>,
    /// Since it was last heard.
    pub silent_ms: Option<u64>,
    pub admitted_at: Wall,
}

/// The cluster as the answering node knows it; needs no quorum.
#[derive(Clone, Debug, PartialEq)]
pub struct Cluster {
    pub id: String,
    pub standalone: bool,
    /// `ok`, `degraded`, `no quorum`, `forming`.
    pub state: &'static str,
    pub leader: Option<String>,
    pub term: u64,
    pub applied: u64,
    pub voters: Vec<Replica>,
    pub learners: Vec<Replica>,
    pub workers: u32,
    /// Voters that may fail while the rest goes on.
    pub tolerates: u32,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Replica {
    pub node: String,
    pub generation: u64,
    pub alive: bool,
    /// Entries it lacks, as its leader knows.
    pub lag: Option<u64>,
}

/// What a join token is, without its secret.
#[derive(Clone, Debug, PartialEq)]
pub struct Token {
    pub id: String,
    pub uses_left: u32,
    pub expires_in_ms: u64,
    pub made_at: Wall,
}

/// Figures for `/metrics`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Metrics {
    pub applied: u64,
    pub term: u64,
    pub is_leader: bool,
    pub members: u64,
    pub members_alive: u64,
    pub runs_active: u64,
    pub runs_kept: u64,
    pub attempts_running: u64,
    pub keys: u64,
    pub leases: u64,
    pub events: u64,
}

/// What a run would be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Preview {
    pub workflow: String,
    pub description: String,
    /// Tasks run one after the other, as listed.
    pub is_list: bool,
    pub parallel: Option<u32>,
    pub timeout_ms: Option<u64>,
    pub lock: Option<String>,
    /// In listed order.
    pub tasks: Vec<Planned>,
}

/// A task of a run that is not there yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Planned {
    pub name: String,
    pub description: String,
    /// How many others at least must end before it, one after the other.
    pub wave: u32,
    pub needs: Vec<String>,
    /// Tasks whose failure it waits for.
    pub handles: Vec<String>,
    pub target: String,
    /// Nodes that the target means now; of one that is chosen later, those that would do.
    pub nodes: Vec<String>,
    /// The command line; none when it is a function.
    pub command: Option<String>,
    /// What decides whether it runs, in words.
    pub conditions: Vec<String>,
    pub retries: u32,
    /// Of one attempt.
    pub timeout_ms: u64,
}
