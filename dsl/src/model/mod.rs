//! What a file says, as plain data: no Lua, no closures. A function is only a flag here; an attempt finds it by name.

mod retry;
mod settings;
mod target;
mod task;

use config::TaskName;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

pub use retry::{Backoff, EXPONENTIAL_MAX, RETRY_BASE, Retry, WAIT_MAX};
pub use settings::{Clean, Settings, Workdir};
pub use target::{Strategy, Target};
pub use task::{Command, Condition, DEFAULT_TIMEOUT, Task};

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
    /// Where its tasks run that say nothing themselves; the submitter may say otherwise.
    pub target: Option<Target>,
    /// In listed order; names are unique.
    pub tasks: Vec<Task>,
    pub on_start: bool,
    pub on_complete: bool,
    pub on_success: bool,
    pub on_failure: bool,
    pub on_task_start: bool,
    pub on_task_complete: bool,
    /// Decides about a failure.
    pub on_task_failure: bool,
    /// Where the workflow is named in the file, from 1.
    pub line: u32,
}

impl Workflow {
    /// The task of that name.
    pub fn task(&self, name: &str) -> Option<&Task> {
        self.tasks.iter().find(|task| task.name == *name)
    }

    /// Whether a function is called when all tasks have ended.
    pub fn has_end(&self) -> bool {
        let clean = self.settings.workdir.clean == Some(Clean::Function);
        self.on_complete || self.on_success || self.on_failure || clean
    }
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
