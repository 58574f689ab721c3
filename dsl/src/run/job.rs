use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use tokio_util::sync::CancellationToken;

use crate::load::{LoadOptions, Source};
use crate::model::{File, Task};

/// One step of a run, to be done in a Lua state of its own.
#[derive(Clone, Debug)]
pub struct Job {
    pub source: Source,
    /// The same file as it was loaded before, if it was: a task without functions then needs no Lua.
    pub file: Option<Arc<File>>,
    /// The run's values, an object.
    pub values: Json,
    pub workflow: String,
    pub step: Step,
    pub run_id: String,
    /// The executing node's name; absent where the run was started.
    pub agent: Option<String>,
    /// The run's folder, absolute and existing; a task may have one of its own.
    pub workdir: PathBuf,
    /// When the step's work ends as timed out; hooks get [`super::HOOKS_TIME`] more.
    pub deadline: Instant,
    /// What loading the file may use, and what it observed when it was accepted.
    pub load: LoadOptions,
    pub cancel: CancellationToken,
}

impl Job {
    /// The task and its attempt, if nothing of it is a function.
    pub(super) fn plain(&self) -> Option<(&Task, &Attempt)> {
        let (Step::Task(attempt), Some(file)) = (&self.step, &self.file) else { return None };
        let task = file.workflow(&self.workflow)?.task(&attempt.task)?;
        (!task.has_functions()).then_some((task, attempt))
    }

    /// Where a task runs: a folder of its own, or the run's.
    pub(super) fn folder(&self, task: &Task) -> PathBuf {
        match &task.workdir {
            Some(workdir) => self.workdir.join(workdir),
            None => self.workdir.clone(),
        }
    }
}

#[derive(Clone, Debug)]
pub enum Step {
    Task(Attempt),
    /// The workflow's `on_start`.
    OnStart,
    /// The workflow's `on_complete`.
    OnComplete {
        success: bool,
        results: Vec<TaskResult>,
    },
}

/// One try of a task.
#[derive(Clone, Debug)]
pub struct Attempt {
    pub task: String,
    /// From 1.
    pub number: u32,
    /// Whether `run_if` is asked.
    pub first: bool,
    /// Whether a failure is final, so that its hooks run.
    pub last: bool,
    /// The outputs of the direct dependencies by task; skipped ones are absent.
    pub dependencies: BTreeMap<String, Json>,
}

/// How one task of the workflow ended, for `on_complete`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct TaskResult {
    pub name: String,
    /// A status word.
    pub status: String,
    pub success: bool,
    pub message: Option<String>,
    pub duration: Duration,
    pub attempts: u32,
    pub agent: Option<String>,
    pub output: Json,
}

/// How the step ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    pub status: Status,
    /// False when the task reported that nothing had to be done.
    pub changed: bool,
    pub message: Option<String>,
    /// An object, or null when there is none.
    pub output: Json,
    /// What was dropped or cut, and which hooks failed.
    pub warnings: Vec<String>,
    /// Where in the file a Lua error was raised.
    pub diagnostic: Option<Box<crate::Diagnostic>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    Succeeded,
    Failed,
    TimedOut,
    Skipped,
    Cancelled,
}

impl Outcome {
    pub(super) fn new(status: Status, message: Option<String>) -> Self {
        Outcome {
            status,
            changed: status == Status::Succeeded,
            message,
            output: Json::Null,
            warnings: Vec::new(),
            diagnostic: None,
        }
    }

    pub(super) fn failed(message: impl Into<String>) -> Self {
        Outcome::new(Status::Failed, Some(message.into()))
    }

    pub fn succeeded(&self) -> bool {
        self.status == Status::Succeeded
    }
}
