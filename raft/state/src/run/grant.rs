//! Slots: who may start now. The grant is the start.

use config::NodeId;

use super::queue::Head;
use super::{
    Assignment, Attempt, AttemptKey, InstanceKey, Kind, Run, RunId, Target, TaskNumber, Wait,
};
use crate::State;
use crate::event::Draft;
use crate::state::Context;

/// Whether a queued instance may start.
enum Admission {
    Yes,
    NodeFull,
    /// Others of the run come first, or as many run as may.
    RunFull,
}

impl State {
    /// Starts queued instances in listed order while there are slots.
    pub(super) fn grant(&mut self, context: &Context<'_>, id: RunId, run: &mut Run) {
        if run.suspended || run.status.is_final() || run.queue.is_empty() {
            return;
        }
        let mut heads = run.heads();
        while let Some(head) = heads.pop_first() {
            let (task, slot, node) = head;
            match self.admission(run, head) {
                Admission::Yes => {
                    self.start(context, id, run, head);
                    heads.extend(run.next_head(node, task));
                }
                Admission::NodeFull => {
                    self.runs.blocked.entry(node).or_default().insert(id);
                    run.set_wait(task, slot, Wait::NodeSlot);
                }
                Admission::RunFull => {}
            }
        }
    }

    fn admission(&self, run: &Run, (task, _, node): Head) -> Admission {
        let background = run.is_background(task);
        let in_turn = run.turn().is_none_or(|turn| turn == task)
            || background && run.vertices.get(task).is_some_and(|vertex| vertex.started);
        let full = !background && run.is_full(task, node);
        if !in_turn || full {
            return Admission::RunFull;
        }
        if self.has_slot(node, run.owner) { Admission::Yes } else { Admission::NodeFull }
    }

    /// A live node with room. One that is leaving finishes its own runs and takes nothing else.
    fn has_slot(&self, node: NodeId, owner: NodeId) -> bool {
        self.members.get(&node).is_some_and(|member| {
            let own = node == owner && member.leaving && member.lost.is_none();
            (member.takes_work() || own) && self.runs.load(node) < member.slots as usize
        })
    }

    fn start(&mut self, context: &Context<'_>, id: RunId, run: &mut Run, head: Head) {
        let (task, slot, node) = head;
        run.dequeue(node, task, slot);
        let Some(incarnation) = self.members.get(&node).map(|member| member.incarnation) else {
            return;
        };
        let plan = run.plan.clone();
        let Some((planned, kind)) =
            plan.task(task).zip(run.instance(task, slot).map(|it| it.kind()))
        else {
            return;
        };
        if kind == Kind::Work {
            self.start_clock(run, id, task, slot);
            run.pinned |= run.target(task) == Some(&Target::Owner);
        }
        run.count_start(task, node, kind);
        let Some(instance) = run.instance_mut(task, slot) else { return };
        let number = instance.attempts.last().map_or(1, |last| last.number + 1);
        let waited = instance.waited(self.clock);
        instance.phase = super::Phase::Running { attempt: number };
        let nth = instance.count_try(kind);
        instance.remember(Attempt::granted(number, nth, kind, node, incarnation, context.at));
        let attempt = AttemptKey { instance: InstanceKey { run: id, task, slot }, attempt: number };
        let assignment = Assignment {
            attempt,
            kind,
            incarnation,
            bundle: plan.bundle,
            nth,
            first: instance.retries == 0,
            last: planned.once || instance.retries >= planned.retry.count,
            stop: None,
        };
        self.runs.assignments.entry(node).or_default().insert(attempt, assignment);
        let draft = Draft::of_start(kind, id, run, task).on(node).attempt(run, attempt);
        self.emit(context, draft.waited(waited));
    }

    /// Frees the slot of an attempt; the assignment that it had.
    pub(super) fn free(
        &mut self,
        run: &mut Run,
        attempt: AttemptKey,
        node: NodeId,
    ) -> Option<Assignment> {
        run.count_end(attempt.instance.task, node);
        let assigned = self.runs.assignments.get_mut(&node)?;
        let assignment = assigned.remove(&attempt);
        if assigned.is_empty() {
            self.runs.assignments.remove(&node);
        }
        assignment
    }

    /// Offers a node's free slots to the other runs that wait for one.
    pub(super) fn grant_blocked(&mut self, context: &Context<'_>, node: NodeId) {
        let Some(waiting) = self.runs.blocked.get(&node).cloned() else { return };
        for id in waiting {
            let slots = self.members.get(&node).map_or(0, |member| member.slots as usize);
            if self.runs.load(node) >= slots {
                return;
            }
            self.unblock_run(node, id);
            if self.runs.active.contains(&id) {
                // One that still waits enters itself again.
                let _ = self.edit(context, id, |_, _| Ok(()));
            }
        }
    }

    fn unblock_run(&mut self, node: NodeId, id: RunId) {
        let Some(blocked) = self.runs.blocked.get_mut(&node) else { return };
        blocked.remove(&id);
        if blocked.is_empty() {
            self.runs.blocked.remove(&node);
        }
    }

    /// A run has as many of a node's slots as it would have if all that want some had equally many.
    pub(super) fn has_its_share(&self, node: NodeId, id: RunId) -> bool {
        let others = match self.runs.blocked.get(&node) {
            Some(waiting) => waiting.len() - usize::from(waiting.contains(&id)),
            None => 0,
        };
        let slots = self.members.get(&node).map_or(0, |member| member.slots as usize);
        others > 0 && self.runs.assigned(node, id).count() >= slots.div_ceil(others + 1)
    }
}

impl Run {
    /// The one task whose turn it is, when they run one at a time in listed order.
    pub(super) fn turn(&self) -> Option<TaskNumber> {
        let apart = |task: TaskNumber| {
            self.is_background(task) && self.vertices.get(task).is_some_and(|it| it.started)
        };
        self.turns.iter().copied().find(|task| !apart(*task))
    }

    /// As many run as may. A further instance of a task that runs makes no further task.
    fn is_full(&self, task: TaskNumber, node: NodeId) -> bool {
        match self.plan.parallel {
            Some(most) => self.running >= most && !self.runs(task),
            None => node == self.owner && self.running_owner >= self.plan.parallel_owner,
        }
    }

    /// Whether any instance of a task runs now.
    fn runs(&self, task: TaskNumber) -> bool {
        self.vertices.get(task).is_some_and(|vertex| vertex.running > 0)
    }

    fn count_start(&mut self, task: TaskNumber, node: NodeId, kind: Kind) {
        let Some(vertex) = self.vertices.get_mut(task) else { return };
        vertex.running += 1;
        vertex.started |= kind == Kind::Work;
        let first = vertex.running == 1;
        if self.is_background(task) {
            return;
        }
        self.running += u32::from(first);
        self.running_owner += u32::from(node == self.owner);
    }

    fn count_end(&mut self, task: TaskNumber, node: NodeId) {
        let Some(vertex) = self.vertices.get_mut(task) else { return };
        vertex.running = vertex.running.saturating_sub(1);
        let last = vertex.running == 0;
        if self.is_background(task) {
            return;
        }
        self.running = self.running.saturating_sub(u32::from(last));
        if node == self.owner {
            self.running_owner = self.running_owner.saturating_sub(1);
        }
    }
}
