use std::sync::Arc;

use config::NodeId;
use serde::{Deserialize, Serialize};

use super::{AttemptKey, Numbered, Plan, Queue, Role, RunId, Slot, Target, TaskNumber, Vertex};
use crate::{Hash, Map, Moment, Set, Subject, Wall};

/// One execution of a plan.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Run {
    pub plan: Arc<Plan>,
    /// The hash of the plan as it was sent.
    pub plan_hash: Hash,
    pub by: Subject,
    /// Runs the tasks without a target.
    pub owner: NodeId,
    /// Counts the owners.
    pub home: u32,
    /// One of the owner's own tasks has started: its files are there.
    pub pinned: bool,
    /// Where the owner's tasks run, if the submitter was on the owner's machine.
    pub workdir: Option<String>,
    /// The run from which it took what had passed there.
    pub rerun: Option<RunId>,
    pub status: Status,
    /// Why it failed or was stopped.
    pub error: Option<String>,
    /// Not executed until somebody resumes it.
    pub suspended: bool,
    /// Nobody is asked any more before tasks start.
    pub approved: bool,
    /// Nothing new starts, and why.
    pub halt: Option<Halt>,
    /// What of it has been carried out.
    pub swept: Option<Halt>,
    /// A callback of the workflow failed: so does the run, though none of its tasks may have.
    pub callback_failed: bool,
    pub begun_at: Wall,
    pub ended_at: Option<Wall>,
    /// When the workflow's timeout is over.
    pub deadline: Option<Moment>,
    pub vertices: Numbered<Vertex>,
    /// What waits for a slot, by the node it is to run on.
    pub queue: Map<NodeId, Queue>,
    /// Tasks that run on at least one node, and attempts that run on the owner; without those in the background.
    pub running: u32,
    pub running_owner: u32,
    /// Ready tasks without an ending, while they run one at a time in listed order.
    pub turns: Set<TaskNumber>,
    /// Ready tasks about which nobody has been asked yet.
    pub unasked: Set<TaskNumber>,
    /// How many wait for somebody's answer.
    pub asked: u32,
    /// Tasks that have left artifacts.
    pub producers: Set<TaskNumber>,
    /// Vertices without an ending, `on_complete` not counted.
    pub open: u32,
    /// The index of the last command that changed it.
    pub revision: u64,
}

/// A run's status word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Status {
    Running,
    Succeeded,
    Failed,
    TimedOut,
    Cancelled,
}

/// Why nothing new starts in a run. A later one is the stronger.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Halt {
    /// A task failed; handlers still run.
    Failure,
    /// A task's `abort_if`, or whoever was asked about a task.
    Abort,
    /// The workflow's timeout.
    Timeout,
    OwnerLost,
    Cancel,
}

/// How an instance or a task ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Ending {
    Succeeded,
    Failed,
    TimedOut,
    Cancelled,
    Skipped,
    Lost,
    Refused,
}

impl Halt {
    /// What runs is told to stop, too.
    pub fn cancels(self) -> bool {
        matches!(self, Halt::Cancel | Halt::Timeout | Halt::OwnerLost)
    }
}

impl Status {
    pub fn is_final(self) -> bool {
        self != Status::Running
    }
}

impl Ending {
    /// The run as a whole fails.
    pub fn is_bad(self) -> bool {
        !matches!(self, Ending::Succeeded | Ending::Skipped)
    }

    /// Of the endings of many instances the largest is the task's.
    pub(super) fn severity(self) -> u8 {
        match self {
            Ending::Skipped => 0,
            Ending::Succeeded => 1,
            Ending::Refused => 2,
            Ending::Lost => 3,
            Ending::TimedOut => 4,
            Ending::Failed => 5,
            Ending::Cancelled => 6,
        }
    }
}

impl Run {
    /// Where a task runs, as its function has said or as the plan does.
    pub fn target(&self, task: TaskNumber) -> Option<&Target> {
        let answered = self.vertices.get(task).and_then(|vertex| vertex.target.as_deref());
        answered.or_else(|| self.plan.task(task).map(|task| &task.target))
    }

    pub fn instance(&self, task: TaskNumber, slot: Slot) -> Option<&super::Instance> {
        self.vertices.get(task)?.instances.get(slot)
    }

    /// Which try of its instance's work an attempt is; 0 if it decides, or is forgotten.
    pub fn nth(&self, key: AttemptKey) -> u32 {
        let instance = self.instance(key.instance.task, key.instance.slot);
        let attempts = instance.into_iter().flat_map(|instance| instance.attempts.iter().rev());
        let found = attempts.into_iter().find(|attempt| attempt.number == key.attempt);
        found.map_or(0, |attempt| attempt.nth)
    }

    pub(super) fn instance_mut(
        &mut self,
        task: TaskNumber,
        slot: Slot,
    ) -> Option<&mut super::Instance> {
        self.vertices.get_mut(task)?.instances.get_mut(slot)
    }

    pub(super) fn role(&self, task: TaskNumber) -> Option<Role> {
        self.plan.task(task).map(|task| task.role)
    }

    /// A task's name; `?` if there is none of that number.
    pub fn name(&self, task: TaskNumber) -> &str {
        self.plan.task(task).map_or("?", |task| &task.name)
    }

    /// Whether a ready task may still start.
    pub(super) fn may_start(&self, task: TaskNumber) -> bool {
        match self.halt {
            None => true,
            Some(Halt::Failure) => self.vertices.get(task).is_some_and(|vertex| vertex.rescuing),
            Some(_) => false,
        }
    }

    pub(super) fn note(&mut self, task: TaskNumber, text: String) {
        if let Some(vertex) = self.vertices.get_mut(task) {
            vertex.note(text);
        }
    }

    /// The first thing that fails is the reason why the run does.
    pub(super) fn blame(&mut self, error: String) {
        if self.error.is_none() {
            self.error = Some(error);
        }
    }
}
