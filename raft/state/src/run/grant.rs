//! Slots: who may start now. The grant is the start.

use std::sync::Arc;

use config::NodeId;

use super::{
    Assignment, Attempt, AttemptKey, Instance, InstanceKey, Kind, Phase, Run, RunId, Slot, Target,
    TaskNumber, Vertex, Wait,
};
use crate::event::Draft;
use crate::state::Context;
use crate::{Refusal, State};

impl State {
    /// Changes one run, then grants what the change has freed.
    pub(super) fn edit(
        &mut self,
        context: &Context<'_>,
        id: RunId,
        change: impl FnOnce(&mut State, &mut Run) -> Result<(), Refusal>,
    ) -> Result<(), Refusal> {
        let mut shared = self
            .runs
            .get(id)
            .cloned()
            .ok_or_else(|| Refusal::not_found(format!("run {id} does not exist")))?;
        let run = Arc::make_mut(&mut shared);
        run.revision = context.index;
        change(self, run)?;
        self.settle(context, id, run);
        self.grant(context, id, run);
        self.runs.runs.insert(id, shared);
        Ok(())
    }

    /// Puts a task whose dependencies are met where it can start.
    pub(super) fn make_ready(&mut self, run: &mut Run, id: RunId, task: TaskNumber) {
        let on_owner = run.plan.task(task).is_some_and(|task| task.target == Target::Owner);
        let (owner, suspended) = (run.owner, run.suspended);
        let Some(vertex) = run.vertices.get_mut(&task) else { return };
        vertex.since = self.clock;
        if !on_owner {
            vertex.wait = Wait::Placement;
            self.runs.unplaced.insert((id, task, None));
            return;
        }
        let reason = if suspended { Wait::Resume } else { Wait::RunSlot };
        vertex.instances.insert(0, Instance::waiting(Some(owner), reason, self.clock));
        enqueue(run, owner, task, 0);
    }

    /// Starts queued instances in listed order while there are slots.
    fn grant(&mut self, context: &Context<'_>, id: RunId, run: &mut Run) {
        if run.suspended || run.status.is_final() {
            return;
        }
        while let Some((node, task, slot)) = self.next_grant(id, run) {
            self.start(context, id, run, node, task, slot);
        }
    }

    /// The first queued instance that has a free slot; notes on what the others wait.
    fn next_grant(&mut self, id: RunId, run: &mut Run) -> Option<(NodeId, TaskNumber, Slot)> {
        let full = run.plan.parallel.is_some_and(|most| run.running >= most);
        let turn = run.turn();
        let mut best: Option<(TaskNumber, Slot, NodeId)> = None;
        let heads: Vec<_> = run
            .queue
            .iter()
            .filter_map(|(node, queue)| queue.get_min().map(|(task, slot)| (*task, *slot, *node)))
            .collect();
        for head in heads {
            let (task, slot, node) = head;
            if (full && !run.runs(task)) || turn.is_some_and(|turn| turn != task) {
                continue;
            }
            if node == run.owner
                && run.plan.parallel.is_none()
                && run.running_owner >= run.plan.parallel_owner
            {
                continue;
            }
            if !self.has_slot(node, run.owner) {
                self.runs.blocked.entry(node).or_default().insert(id);
                set_wait(run, task, slot, Wait::NodeSlot);
                continue;
            }
            if best.is_none_or(|best| (task, slot) < (best.0, best.1)) {
                best = Some(head);
            }
        }
        best.map(|(task, slot, node)| (node, task, slot))
    }

    /// A live node with room. One that is leaving finishes its own runs and takes nothing else.
    fn has_slot(&self, node: NodeId, owner: NodeId) -> bool {
        self.members.get(&node).is_some_and(|member| {
            let own = node == owner && member.leaving && member.lost.is_none();
            (member.takes_work() || own) && self.runs.load(node) < member.slots as usize
        })
    }

    fn start(
        &mut self,
        context: &Context<'_>,
        id: RunId,
        run: &mut Run,
        node: NodeId,
        task: TaskNumber,
        slot: Slot,
    ) {
        dequeue(run, node, task, slot);
        let Some(member) = self.members.get(&node) else { return };
        let incarnation = member.incarnation;
        let (bundle, retries) = (run.plan.bundle, run.plan.task(task).map(|task| task.retry.count));
        if !run.runs(task) {
            run.running += 1;
        }
        if node == run.owner {
            run.running_owner += 1;
        }
        if run.plan.task(task).is_some_and(|task| task.target == Target::Owner) {
            run.pinned = true;
        }
        let Some(instance) =
            run.vertices.get_mut(&task).and_then(|vertex| vertex.instances.get_mut(&slot))
        else {
            return;
        };
        let number = instance.attempts.last().map_or(1, |last| last.number + 1);
        instance.phase = Phase::Running { attempt: number };
        instance.remember(Attempt::granted(number, Kind::Work, node, incarnation, context.at));
        let attempt = AttemptKey { instance: InstanceKey { run: id, task, slot }, attempt: number };
        let assignment = Assignment {
            attempt,
            kind: Kind::Work,
            incarnation,
            bundle,
            first: instance.retries == 0,
            last: retries.is_none_or(|count| instance.retries >= count),
            stop: None,
        };
        self.runs.assignments.entry(node).or_default().insert(attempt, assignment);
        let draft = Draft::of_task("task.started", id, run, task).on(node).attempt(attempt);
        self.emit(context, draft);
    }

    /// Frees the slot of an attempt and lets the next run that waits for the node have it.
    pub(super) fn free(&mut self, run: &mut Run, attempt: AttemptKey, node: NodeId) {
        let InstanceKey { task, slot, .. } = attempt.instance;
        let others = run.running_slots(task).any(|other| other != slot);
        if !others {
            run.running = run.running.saturating_sub(1);
        }
        if node == run.owner {
            run.running_owner = run.running_owner.saturating_sub(1);
        }
        if let Some(assigned) = self.runs.assignments.get_mut(&node) {
            assigned.remove(&attempt);
            if assigned.is_empty() {
                self.runs.assignments.remove(&node);
            }
        }
    }

    /// Offers a node's free slots to the other runs that wait for one.
    pub(super) fn grant_blocked(&mut self, context: &Context<'_>, node: NodeId) {
        let waiting = self.runs.blocked.remove(&node).unwrap_or_default();
        for id in
            waiting.iter().filter(|id| self.runs.active.contains(*id)).copied().collect::<Vec<_>>()
        {
            // One that still waits enters itself again.
            let _ = self.edit(context, id, |_, _| Ok(()));
        }
    }
}

impl Run {
    /// The one task whose turn it is, when they run one at a time in listed order.
    fn turn(&mut self) -> Option<TaskNumber> {
        if self.plan.parallel != Some(1) {
            return None;
        }
        let ended = |run: &Run, task| run.vertices.get(&task).is_some_and(|it| it.ending.is_some());
        while ended(self, self.first) {
            self.first += 1;
        }
        let ready =
            |(_, vertex): &(&TaskNumber, &Vertex)| vertex.ending.is_none() && vertex.wait_is_over();
        self.vertices.range(self.first..).find(ready).map(|(task, _)| *task)
    }

    /// Whether any instance of a task runs now.
    fn runs(&self, task: TaskNumber) -> bool {
        self.running_slots(task).next().is_some()
    }

    fn running_slots(&self, task: TaskNumber) -> impl Iterator<Item = Slot> + '_ {
        let instances = self.vertices.get(&task).into_iter().flat_map(|it| &it.instances);
        instances.filter(|(_, it)| it.running().is_some()).map(|(slot, _)| *slot)
    }
}

/// Queues an instance for a slot on its node.
pub(super) fn enqueue(run: &mut Run, node: NodeId, task: TaskNumber, slot: Slot) {
    run.queue.entry(node).or_default().insert((task, slot));
}

pub(super) fn dequeue(run: &mut Run, node: NodeId, task: TaskNumber, slot: Slot) {
    let Some(queue) = run.queue.get_mut(&node) else { return };
    queue.remove(&(task, slot));
    if queue.is_empty() {
        run.queue.remove(&node);
    }
}

pub(super) fn set_wait(run: &mut Run, task: TaskNumber, slot: Slot, wait: Wait) {
    let instance = run.vertices.get_mut(&task).and_then(|vertex| vertex.instances.get_mut(&slot));
    if let Some(Instance { phase: Phase::Waiting { reason, .. }, .. }) = instance {
        *reason = wait;
    }
}
