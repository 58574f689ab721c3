use config::NodeId;
use serde::{Deserialize, Serialize};

use super::{Artifact, Attempt, Ending, Kind, Output, Question};
use crate::{Elapsed, Moment};

/// Attempts remembered of one instance.
pub const ATTEMPTS_KEPT: usize = 20;
/// A loss beyond this many ends the instance.
pub const LOSSES_MAX: u32 = 3;

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
    /// Attempts so far, oldest first; of many only the last [`ATTEMPTS_KEPT`].
    pub attempts: Vec<Attempt>,
    /// How often its work has started.
    pub tries: u32,
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

impl Instance {
    pub(super) fn waiting(node: Option<NodeId>, reason: Wait, since: Moment) -> Instance {
        Instance {
            node,
            phase: Phase::Waiting { reason, since },
            asking: None,
            deadline: None,
            attempts: Vec::new(),
            tries: 0,
            losses: 0,
            retries: 0,
            output: Output::Nothing,
            artifacts: Vec::new(),
            changed: false,
        }
    }

    pub(super) fn wait(&mut self, reason: Wait, since: Moment) {
        self.phase = Phase::Waiting { reason, since };
    }

    /// How long it has waited for a slot, and for which, if the stopwatch could see it.
    pub(super) fn waited(&self, now: Moment) -> Option<(Elapsed, &'static str)> {
        let Phase::Waiting { reason, since } = &self.phase else { return None };
        let what = match reason {
            Wait::RunSlot => "run_slot",
            Wait::NodeSlot => "node_slot",
            _ => return None,
        };
        Some((now.since(*since), what)).filter(|(span, _)| *span > Elapsed(0))
    }

    pub(super) fn remember(&mut self, attempt: Attempt) {
        if self.attempts.len() == ATTEMPTS_KEPT {
            self.attempts.remove(0);
        }
        self.attempts.push(attempt);
    }

    /// What its next attempt is for.
    pub fn kind(&self) -> Kind {
        self.asking.map_or(Kind::Work, |asking| Kind::Decide(asking.question))
    }

    /// Counts a start: which try of its work it is, 0 if it is a decision.
    pub(super) fn count_try(&mut self, kind: Kind) -> u32 {
        if kind != Kind::Work {
            return 0;
        }
        self.tries += 1;
        self.tries
    }

    /// The number of the attempt that is running.
    pub fn running(&self) -> Option<u32> {
        match self.phase {
            Phase::Running { attempt } => Some(attempt),
            _ => None,
        }
    }

    /// Where its running attempt is: a decision is not where its work is.
    pub fn running_on(&self) -> Option<NodeId> {
        self.running().and_then(|_| self.attempts.last()).map(|attempt| attempt.node)
    }

    pub fn ending(&self) -> Option<Ending> {
        match self.phase {
            Phase::Ended(ending) => Some(ending),
            _ => None,
        }
    }

    /// Its ending, or the one it has if the open question changes nothing.
    pub fn likely_ending(&self) -> Option<Ending> {
        self.ending().or_else(|| self.asking.and_then(|asking| asking.ending))
    }
}
