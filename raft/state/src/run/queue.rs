//! Instances that wait for a slot on their node, in the order in which they are to start.

use config::NodeId;
use serde::{Deserialize, Serialize};

use super::{Run, Slot, TaskNumber, Wait};
use crate::Set;

/// What waits for a slot on one node.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Queue {
    /// They need no slot of the run, so they wait for nothing behind the others.
    pub background: Set<(TaskNumber, Slot)>,
    pub bound: Set<(TaskNumber, Slot)>,
}

/// The next of a node's queue.
pub(super) type Head = (TaskNumber, Slot, NodeId);

impl Queue {
    fn of(&mut self, background: bool) -> &mut Set<(TaskNumber, Slot)> {
        if background { &mut self.background } else { &mut self.bound }
    }

    pub fn iter(&self) -> impl Iterator<Item = &(TaskNumber, Slot)> {
        self.background.iter().chain(&self.bound)
    }

    fn is_empty(&self) -> bool {
        self.background.is_empty() && self.bound.is_empty()
    }
}

impl Run {
    /// Queues an instance for a slot on a node.
    pub(super) fn enqueue(&mut self, node: NodeId, task: TaskNumber, slot: Slot) {
        let background = self.is_background(task);
        self.queue.entry(node).or_default().of(background).insert((task, slot));
    }

    pub(super) fn dequeue(&mut self, node: NodeId, task: TaskNumber, slot: Slot) {
        let background = self.is_background(task);
        let Some(queue) = self.queue.get_mut(&node) else { return };
        queue.of(background).remove(&(task, slot));
        if queue.is_empty() {
            self.queue.remove(&node);
        }
    }

    /// What each node would start next, in the order of the list.
    pub(super) fn heads(&self) -> std::collections::BTreeSet<Head> {
        let mut heads = std::collections::BTreeSet::new();
        for (node, queue) in &self.queue {
            let both = [queue.background.get_min(), queue.bound.get_min()];
            heads.extend(both.into_iter().flatten().map(|(task, slot)| (*task, *slot, *node)));
        }
        heads
    }

    /// What comes after a head that has started.
    pub(super) fn next_head(&self, node: NodeId, started: TaskNumber) -> Option<Head> {
        let queue = self.queue.get(&node)?;
        let set = if self.is_background(started) { &queue.background } else { &queue.bound };
        set.get_min().map(|(task, slot)| (*task, *slot, node))
    }

    pub(super) fn is_background(&self, task: TaskNumber) -> bool {
        self.plan.task(task).is_some_and(|task| task.background)
    }

    /// Says on what an instance waits, if it waits.
    pub(super) fn set_wait(&mut self, task: TaskNumber, slot: Slot, wait: Wait) {
        let waits = self.instance(task, slot).map(|instance| &instance.phase);
        let Some(super::Phase::Waiting { reason, since }) = waits else { return };
        if *reason == wait {
            return;
        }
        let since = *since;
        if let Some(instance) = self.instance_mut(task, slot) {
            instance.wait(wait, since);
        }
    }
}
