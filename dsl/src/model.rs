//! What a file says, as plain data: no Lua, no closures. A function is only a flag here; an attempt finds it by name.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use config::selector::Expr;
use config::{Name, TaskName};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Per attempt, when the task sets none.
pub const DEFAULT_TIMEOUT: Duration = Duration::from_secs(600);

/// The wait before the first retry, from which back-off counts.
pub const RETRY_BASE: Duration = Duration::from_secs(1);

/// Everything one file defines, in definition order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct File {
    pub workflows: Vec<Workflow>,
    /// Complete sentences about what is odd but allowed.
    pub warnings: Vec<String>,
}

impl File {
    /// The workflow of that name.
    pub fn workflow(&self, name: &str) -> Option<&Workflow> {
        self.workflows.iter().find(|workflow| workflow.name == *name)
    }
}

/// A named set of tasks, its dependencies checked and free of cycles.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Workflow {
    pub name: TaskName,
    pub description: String,
    pub version: String,
    pub metadata: Map<String, Value>,
    pub settings: Settings,
    pub order: Order,
    /// In listed order; names are unique.
    pub tasks: Vec<Task>,
    pub on_start: bool,
    pub on_complete: bool,
    /// Where the workflow is named in the file, from 1.
    pub line: u32,
}

impl Workflow {
    /// The task of that name.
    pub fn task(&self, name: &str) -> Option<&Task> {
        self.tasks.iter().find(|task| task.name == *name)
    }
}

/// What binds the whole workflow.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Settings {
    /// For the whole run.
    pub timeout: Option<Duration>,
    pub max_parallel_tasks: Option<u32>,
    pub continue_on_error: bool,
}

/// How ready tasks follow each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Order {
    /// No task names a dependency: one after the other, as listed.
    List,
    /// Tasks run when their dependencies have ended, up to `max_parallel_tasks` at once.
    Graph,
}

/// A vertex of the workflow.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Task {
    pub name: TaskName,
    pub description: String,
    pub command: Command,
    /// Names of tasks of the same workflow.
    pub depends_on: Vec<TaskName>,
    pub target: Target,
    /// Of one attempt.
    pub timeout: Duration,
    pub retry: Retry,
    pub workdir: Option<PathBuf>,
    pub env: BTreeMap<String, String>,
    pub params: Map<String, Value>,
    pub run_if: Option<Condition>,
    /// Globs, relative to the working directory.
    pub artifacts: Vec<String>,
    /// Tasks whose artifacts this one needs, or single files that one before it produces.
    pub consumes: Vec<TaskName>,
    pub on_success: bool,
    pub on_failure: bool,
    pub on_complete: bool,
    /// Where the task is named in the file, from 1.
    pub line: u32,
}

impl Task {
    /// Whether anything of it is a Lua function.
    pub fn has_functions(&self) -> bool {
        self.command == Command::Function
            || self.run_if == Some(Condition::Function)
            || self.on_success
            || self.on_failure
            || self.on_complete
    }
}

/// The work of a task.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Command {
    /// Plain words are executed directly, anything else by a shell.
    Line(String),
    /// A Lua function of the file.
    Function,
}

/// Whether a task runs at all.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Condition {
    /// Runs when this command exits with 0.
    Line(String),
    /// Runs when the Lua function returns true.
    Function,
}

/// Further attempts after a failed one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Retry {
    /// Attempts beyond the first.
    pub count: u32,
    pub backoff: Backoff,
    pub base: Duration,
}

impl Default for Retry {
    fn default() -> Self {
        Retry { count: 0, backoff: Backoff::Linear, base: RETRY_BASE }
    }
}

/// How the wait grows with the number k of the retry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Backoff {
    /// base
    Fixed,
    /// k × base
    Linear,
    /// base × 2^(k−1)
    Exponential,
}

/// Which of several nodes that would do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Strategy {
    /// The one with the smallest share of its slots in use.
    #[default]
    LeastLoaded,
    /// The next one by name.
    RoundRobin,
    /// The one with the fewest instances of the run.
    Spread,
}

/// On which nodes a task runs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    /// The run's owner.
    Local,
    /// Each of the named nodes.
    Names(Vec<Name>),
    /// Each live node whose labels match.
    Labels(Expr),
    /// One live node, of those that match if there is an expression.
    Any { labels: Option<Expr>, strategy: Strategy },
    /// Each live node.
    All,
}
