use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use config::TaskName;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{Retry, Target};
use crate::policy::Layer;

/// Per attempt, when the task sets none.
pub const DEFAULT_TIMEOUT: Duration = Duration::from_secs(600);

/// A vertex of the workflow.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Task {
    pub name: TaskName,
    pub description: String,
    pub command: Command,
    /// Names of tasks of the same workflow.
    pub depends_on: Vec<TaskName>,
    /// Tasks before this one whose failure it waits for; it is skipped when none of them fails.
    pub handles: Vec<TaskName>,
    /// Where it says itself; absent where the submitter and the workflow decide.
    pub target: Option<Target>,
    /// Of one attempt.
    pub timeout: Duration,
    /// Of all attempts and the waits between them.
    pub deadline: Option<Duration>,
    pub retry: Retry,
    /// Relative to the workflow's.
    pub workdir: Option<PathBuf>,
    /// Whom its commands run as.
    pub user: Option<String>,
    pub env: BTreeMap<String, String>,
    /// Those of the workflow below its own.
    pub params: Map<String, Value>,
    /// For selection.
    pub tags: Vec<String>,
    /// When it holds, nothing new starts and the run fails.
    pub abort_if: Option<Condition>,
    /// The task is skipped unless this holds.
    pub run_if: Option<Condition>,
    /// The task is skipped if this holds.
    pub unless: Option<Condition>,
    /// False: always skipped.
    pub enabled: bool,
    pub pre_hook: bool,
    pub post_hook: bool,
    /// Globs, relative to the working directory.
    pub artifacts: Vec<String>,
    /// Tasks whose artifacts this one needs, or single files that one before it produces.
    pub consumes: Vec<TaskName>,
    pub on_success: bool,
    pub on_failure: bool,
    pub on_timeout: bool,
    pub on_complete: bool,
    /// Nothing but its dependents waits for it.
    pub background: bool,
    /// A failure is reported, and that is all.
    pub ignore_errors: bool,
    /// Started at most once, even if its node is lost.
    pub once: bool,
    /// What it may do to the world; it only narrows what its node allows.
    pub sandbox: Option<Layer>,
    /// Where the task is named in the file, from 1.
    pub line: u32,
}

impl Task {
    /// A task that says nothing but what it does.
    pub fn new(name: TaskName, command: Command) -> Self {
        Task {
            name,
            description: String::new(),
            command,
            depends_on: Vec::new(),
            handles: Vec::new(),
            target: None,
            timeout: DEFAULT_TIMEOUT,
            deadline: None,
            retry: Retry::default(),
            workdir: None,
            user: None,
            env: BTreeMap::new(),
            params: Map::new(),
            tags: Vec::new(),
            abort_if: None,
            run_if: None,
            unless: None,
            enabled: true,
            pre_hook: false,
            post_hook: false,
            artifacts: Vec::new(),
            consumes: Vec::new(),
            on_success: false,
            on_failure: false,
            on_timeout: false,
            on_complete: false,
            background: false,
            ignore_errors: false,
            once: false,
            sandbox: None,
            line: 1,
        }
    }

    /// Whether an attempt calls any Lua function of it.
    pub fn has_functions(&self) -> bool {
        let asks = |condition: &Option<Condition>| *condition == Some(Condition::Function);
        self.command == Command::Function
            || asks(&self.abort_if)
            || asks(&self.run_if)
            || asks(&self.unless)
            || self.pre_hook
            || self.post_hook
            || self.on_success
            || self.on_failure
            || self.on_timeout
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

/// What is asked before a task starts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Condition {
    /// Holds when this command exits with 0.
    Line(String),
    /// Holds when the Lua function returns true.
    Function,
}
