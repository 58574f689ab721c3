use std::sync::Arc;

use config::NodeId;
use serde::{Deserialize, Serialize};

use super::blob::Blob;
use super::timer::Timer;
use super::{Assignment, AttemptKey, InstanceKey, Run, RunId, Slot, TaskNumber};
use crate::{Hash, Map, Set};

/// All runs, and the indexes that keep each step short.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Table {
    pub runs: Map<RunId, Arc<Run>>,
    /// Those that have not ended.
    pub active: Set<RunId>,
    /// What each node is to run now.
    pub assignments: Map<NodeId, Map<AttemptKey, Assignment>>,
    /// Tasks, or single instances, that wait for the planner to choose a node.
    pub unplaced: Set<(RunId, TaskNumber, Option<Slot>)>,
    /// Back-offs, and the deadlines of instances and whole runs.
    pub timers: Set<Timer>,
    /// Runs with an instance that only lacks a slot on this node.
    pub blocked: Map<NodeId, Set<RunId>>,
    pub blobs: Map<Hash, Blob>,
}

impl Table {
    pub fn get(&self, run: RunId) -> Option<&Arc<Run>> {
        self.runs.get(&run)
    }

    /// Attempts that a node runs now.
    pub fn load(&self, node: NodeId) -> usize {
        self.assignments.get(&node).map_or(0, Map::len)
    }

    /// Attempts of one run that a node runs now.
    pub(super) fn assigned(&self, node: NodeId, run: RunId) -> impl Iterator<Item = &AttemptKey> {
        let first = AttemptKey { instance: InstanceKey { run, task: 0, slot: 0 }, attempt: 0 };
        let assigned = self.assignments.get(&node).into_iter();
        let from = assigned.flat_map(move |assigned| assigned.range(first..));
        from.map(|(key, _)| key).take_while(move |key| key.instance.run == run)
    }

    pub fn finished(&self) -> usize {
        self.runs.len() - self.active.len()
    }
}
