use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use tokio_util::sync::CancellationToken;

use crate::load::{LoadOptions, Source};
use crate::model::{File, Task, Workflow};
use crate::policy::Policy;

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
    /// The run's folder, absolute and existing; workflow and task may have one of their own.
    pub workdir: PathBuf,
    /// When the step's work ends as timed out; hooks get [`super::HOOKS_TIME`] more.
    pub deadline: Instant,
    /// What loading the file may use, and what it observed when it was accepted.
    pub load: LoadOptions,
    /// Nothing is to be changed: the task says what it would do.
    pub check: bool,
    pub cancel: CancellationToken,
}

impl Job {
    /// The workflow, the task and its attempt, if nothing of it is a function.
    pub(super) fn plain(&self) -> Option<(&Workflow, &Task, &Attempt)> {
        let (Step::Task(attempt), Some(file)) = (&self.step, &self.file) else { return None };
        let workflow = file.workflow(&self.workflow)?;
        let task = workflow.task(&attempt.task)?;
        (!task.has_functions()).then_some((workflow, task, attempt))
    }

    /// What the step may do: what its node and submitter allow, narrowed by the task's own sandbox.
    pub(super) fn policy(&self, task: Option<&Task>) -> Policy {
        match task.and_then(|task| task.sandbox.as_ref()) {
            Some(layer) => self.load.policy.and(layer),
            None => self.load.policy.clone(),
        }
    }

    /// Where the workflow runs: a folder of its own, or the run's.
    pub(super) fn base(&self, workflow: &Workflow) -> PathBuf {
        match &workflow.settings.workdir.path {
            Some(workdir) => self.workdir.join(workdir),
            None => self.workdir.clone(),
        }
    }

    /// Where a task runs: a folder of its own, or the workflow's.
    pub(super) fn folder(&self, workflow: &Workflow, task: &Task) -> PathBuf {
        let base = self.base(workflow);
        match &task.workdir {
            Some(workdir) => base.join(workdir),
            None => base,
        }
    }
}

#[derive(Clone, Debug)]
pub enum Step {
    Task(Attempt),
    /// The workflow's `on_start`.
    OnStart,
    /// The workflow's `on_complete`, then its `on_success` or `on_failure`.
    OnComplete {
        success: bool,
        results: Vec<TaskResult>,
    },
    /// A function decides something about a task.
    Decide(Question),
}

/// What a function is asked.
#[derive(Clone, Debug)]
pub enum Question {
    /// Where is the task to run? Its `delegate_to`.
    Target { task: String },
    /// It is about to start: the workflow's `on_task_start`.
    TaskStart { task: String },
    /// It failed like this, is it to be tried again? Its `should_retry`.
    Retry { failed: TaskResult },
    /// It failed like this, what now? The workflow's `on_task_failure`.
    TaskFailure { failed: TaskResult },
    /// It ended like this: the workflow's `on_task_complete`.
    TaskComplete { ended: TaskResult },
}

/// One try of a task.
#[derive(Clone, Debug)]
pub struct Attempt {
    pub task: String,
    /// From 1.
    pub number: u32,
    /// Whether conditions are asked.
    pub first: bool,
    /// Whether a failure is final, so that its hooks run.
    pub last: bool,
    /// The outputs of the direct dependencies by task; skipped ones are absent.
    pub dependencies: BTreeMap<String, Json>,
}

/// How one task of the workflow ended, for callbacks.
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
