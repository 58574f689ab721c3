use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use config::NodeId;
use serde::{Deserialize, Serialize};

use super::{Artifact, Decision, Kind, Output, Plan, Question, Target};
use crate::{Hash, Map, Moment, Set, Subject, Wall};

/// A task's place in its plan.
pub type TaskNumber = u32;
/// An instance's place among those of its task: one a selected node.
pub type Slot = u32;

/// A ULID.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RunId(pub ulid::Ulid);

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct InstanceKey {
    pub run: RunId,
    pub task: TaskNumber,
    pub slot: Slot,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct AttemptKey {
    pub instance: InstanceKey,
    /// From 1; goes on across nodes.
    pub attempt: u32,
}

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
    /// A callback of the workflow failed: so does the run, though none of its tasks may have.
    pub callback_failed: bool,
    pub begun_at: Wall,
    pub ended_at: Option<Wall>,
    /// When the workflow's timeout is over.
    pub deadline: Option<Moment>,
    pub vertices: Map<TaskNumber, Vertex>,
    /// Instances with a place that wait for a slot there.
    pub queue: Map<NodeId, Set<(TaskNumber, Slot)>>,
    /// Tasks that run on at least one node, and attempts that run on the owner.
    pub running: u32,
    pub running_owner: u32,
    /// Every task before this one has ended.
    pub first: TaskNumber,
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

/// Why nothing new starts in a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Halt {
    /// A task failed; handlers still run.
    Failure,
    /// A task's `abort_if`, or whoever was asked about a task.
    Abort,
    Cancel,
    /// The workflow's timeout.
    Timeout,
    OwnerLost,
}

/// A task of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Vertex {
    /// Dependencies that have not ended well yet, and tasks it would handle that have not ended.
    pub blockers: u32,
    /// Where it runs, if a function of it had to say so.
    pub target: Option<Box<Target>>,
    pub instances: Map<Slot, Instance>,
    /// Why it has no instance yet.
    pub wait: Wait,
    /// Since when it waits so.
    pub since: Moment,
    pub ending: Option<Ending>,
    /// It ended without keeping its dependents from running.
    pub passed: bool,
    /// Why it was skipped or refused; matching nodes that were left out.
    pub notes: Vec<String>,
}

/// One execution of a task on one node.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Instance {
    /// Where it is to run; empty while it waits for a place. A decision about it runs on the owner.
    pub node: Option<NodeId>,
    pub phase: Phase,
    /// What its running or next attempt is to decide; its work if empty.
    pub asking: Option<Asking>,
    /// When its time is over, whatever runs then.
    pub deadline: Option<Moment>,
    /// Attempts so far, oldest first; of many only the last [`super::record::ATTEMPTS_KEPT`].
    pub attempts: Vec<Attempt>,
    /// Attempts lost; they use no retry.
    pub losses: u32,
    /// Retries used.
    pub retries: u32,
    pub output: Output,
    pub artifacts: Vec<Artifact>,
    pub changed: bool,
}

/// An open question about an instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asking {
    pub question: Question,
    /// How it ends unless the answer says otherwise; empty before its work.
    pub ending: Option<Ending>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Phase {
    Waiting { reason: Wait, since: Moment },
    Running { attempt: u32 },
    Ended(Ending),
}

/// Why something waits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Wait {
    Dependencies,
    /// For a node to be chosen.
    Placement,
    /// As many instances of this run as may run at once are running.
    RunSlot,
    /// The node runs as many attempts as it may.
    NodeSlot,
    /// Until the stopwatch reaches this.
    Backoff {
        until: Moment,
    },
    /// The planner found no place yet.
    Deferred {
        reason: String,
    },
    /// The owner is not there.
    Owner,
    /// The run is not being executed.
    Resume,
    /// Somebody is asked whether it is to run.
    Approval,
    /// A function of the workflow or of the task is asked first.
    Decision(Question),
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

/// One numbered try.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Attempt {
    pub number: u32,
    pub kind: Kind,
    pub node: NodeId,
    pub incarnation: u64,
    pub granted_at: Wall,
    pub ended_at: Option<Wall>,
    pub ending: Option<Ending>,
    pub exit_code: Option<i32>,
    pub message: String,
    /// The last lines of its output.
    pub tail: String,
    pub duration_ms: u64,
    /// Bytes of its log on its node.
    pub log_size: u64,
    /// What it decided.
    pub answer: Option<Box<Decision>>,
}

/// Attempts remembered of one instance.
pub const ATTEMPTS_KEPT: usize = 20;
/// A loss beyond this many ends the instance.
pub const LOSSES_MAX: u32 = 3;

impl Ending {
    /// The run as a whole fails.
    pub fn is_bad(self) -> bool {
        !matches!(self, Ending::Succeeded | Ending::Skipped)
    }
}

impl Halt {
    /// What runs is told to stop, too.
    pub fn cancels(self) -> bool {
        matches!(self, Halt::Cancel | Halt::Timeout | Halt::OwnerLost)
    }
}

impl Vertex {
    /// Its dependencies have passed; it has instances, or waits for a place.
    pub(super) fn wait_is_over(&self) -> bool {
        !self.instances.is_empty() || self.wait != Wait::Dependencies
    }
}

impl Instance {
    pub(super) fn waiting(node: Option<NodeId>, reason: Wait, since: Moment) -> Instance {
        Instance {
            node,
            phase: Phase::Waiting { reason, since },
            asking: None,
            deadline: None,
            attempts: Vec::new(),
            losses: 0,
            retries: 0,
            output: Output::Nothing,
            artifacts: Vec::new(),
            changed: false,
        }
    }

    pub(super) fn remember(&mut self, attempt: Attempt) {
        if self.attempts.len() == ATTEMPTS_KEPT {
            self.attempts.remove(0);
        }
        self.attempts.push(attempt);
    }

    /// The number of the attempt that is running.
    pub fn running(&self) -> Option<u32> {
        match self.phase {
            Phase::Running { attempt } => Some(attempt),
            _ => None,
        }
    }

    pub fn ending(&self) -> Option<Ending> {
        match self.phase {
            Phase::Ended(ending) => Some(ending),
            _ => None,
        }
    }
}

impl Attempt {
    pub(super) fn granted(
        number: u32,
        kind: Kind,
        node: NodeId,
        incarnation: u64,
        at: Wall,
    ) -> Attempt {
        Attempt {
            number,
            kind,
            node,
            incarnation,
            granted_at: at,
            ended_at: None,
            ending: None,
            exit_code: None,
            message: String::new(),
            tail: String::new(),
            duration_ms: 0,
            log_size: 0,
            answer: None,
        }
    }
}

impl Status {
    pub fn is_final(self) -> bool {
        self != Status::Running
    }
}

impl fmt::Display for RunId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(out)
    }
}

impl fmt::Debug for RunId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}", self.0)
    }
}

impl FromStr for RunId {
    type Err = crate::Refusal;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        ulid::Ulid::from_string(text)
            .map(RunId)
            .map_err(|_| crate::Refusal::invalid(format!("run id `{text}` is not a ULID")))
    }
}

impl Serialize for RunId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.0.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for RunId {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        u128::deserialize(deserializer).map(|bits| RunId(ulid::Ulid(bits)))
    }
}
