use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::{Status, Time};

/// A run in one line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct RunSummary {
    /// A ULID.
    pub id: String,
    pub workflow: String,
    pub status: Status,
    /// Nobody executes it now; resuming it goes on with it.
    pub interrupted: bool,
    /// The node that runs the tasks without a target.
    pub owner: String,
    /// Who submitted it.
    pub by: String,
    pub started_at: Time,
    pub finished_at: Option<Time>,
    /// From start to finish; null while it runs.
    pub duration: Option<String>,
    pub duration_ms: Option<u64>,
    pub error: Option<String>,
    pub tasks_done: u32,
    pub tasks_total: u32,
}

/// A run with all its tasks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Run {
    #[serde(flatten)]
    pub summary: RunSummary,
    pub description: String,
    pub version: String,
    pub metadata: BTreeMap<String, String>,
    pub workdir: Option<String>,
    /// The run of which this is another try.
    pub rerun_of: Option<String>,
    /// Nothing is changed: tasks say what they would do.
    pub check: bool,
    /// Somebody is asked before each task.
    pub interactive: bool,
    /// Counts the owners it has had, from 0.
    pub home: u32,
    /// In listed order.
    pub tasks: Vec<Task>,
    /// The output of each task that returned one, by the task's name.
    #[schema(value_type = Object)]
    pub outputs: Map<String, Value>,
    /// Events up to this one are contained.
    pub sequence: u64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Task {
    pub name: String,
    pub description: String,
    /// A callback of the workflow, which is not counted.
    pub callback: bool,
    pub depends_on: Vec<String>,
    /// `local`, names, `role=web`, `any`, `all`.
    pub target: String,
    pub status: Status,
    pub changed: bool,
    /// It waits for a person's word.
    pub approval: bool,
    /// Why it waits, was skipped or refused; nodes left out.
    pub notes: Vec<String>,
    pub instances: Vec<Instance>,
}

/// One execution of a task on one node.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Instance {
    pub slot: u32,
    /// Null while it waits for a place.
    pub node: Option<String>,
    pub status: Status,
    /// Why it waits.
    pub wait: Option<String>,
    /// Until its next try.
    pub next_try: Option<String>,
    pub next_try_ms: Option<u64>,
    pub changed: bool,
    /// The number of the last attempt; null before the first.
    pub attempt: Option<u32>,
    /// Of the last attempt.
    pub exit_code: Option<i32>,
    /// What the last attempt said, if it ended badly.
    pub error: Option<String>,
    /// Of the last attempt.
    pub duration: Option<String>,
    pub duration_ms: Option<u64>,
    pub output: Option<Value>,
    pub artifacts: Vec<Artifact>,
    pub attempts: Vec<Attempt>,
}

/// One numbered try.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Attempt {
    pub number: u32,
    /// Which try of the task's work, from 1; 0 if a function of the workflow was asked.
    #[serde(rename = "try")]
    pub nth: u32,
    /// That function, as in `should_retry`.
    pub function: Option<String>,
    pub node: String,
    /// Counts the starts of the node.
    pub incarnation: u64,
    pub status: Status,
    pub exit_code: Option<i32>,
    /// What it said at its end.
    pub message: String,
    /// The last lines of its output.
    pub tail: String,
    pub started_at: Time,
    pub finished_at: Option<Time>,
    pub duration: Option<String>,
    pub duration_ms: Option<u64>,
    /// Bytes of its log on its node.
    pub log_bytes: u64,
}

/// A file that a task left for others.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Artifact {
    /// Relative to the working directory.
    pub path: String,
    /// BLAKE3, in hex.
    pub hash: String,
    /// In bytes.
    pub size: u64,
    /// Permission bits, as in `0644`.
    pub mode: String,
}
