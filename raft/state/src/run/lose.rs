//! Losses: of a node's life, of an owner, and where what they held goes.

use config::NodeId;

use super::grant::{dequeue, enqueue};
use super::record::LOSSES_MAX;
use super::{
    AttemptKey, Ending, Halt, InstanceKey, Lose, Phase, Rehome, Run, RunId, Slot, Target,
    TaskNumber, Wait,
};
use crate::event::Draft;
use crate::member::Member;
use crate::state::Context;
use crate::{Answer, Refusal, Reply, State, Wall};

impl State {
    pub(crate) fn lose(&mut self, context: &Context<'_>, lose: &Lose) -> Reply {
        let clock = self.clock;
        let member = self.members.get_mut(&lose.node).ok_or_else(|| {
            Refusal::not_found(format!("node {} is no member", lose.node.short()))
        })?;
        if member.incarnation != lose.incarnation || member.lost.is_some() {
            return Err(Refusal::stale(format!(
                "node `{}` is not in its life {} any more, or was lost already",
                member.name, lose.incarnation
            )));
        }
        member.lost = Some(clock);
        self.emit(context, Draft::new("node.lost").on(lose.node).because(Some(&lose.reason)));
        self.lose_attempts(context, lose.node, &lose.reason);
        Ok(Answer::Done)
    }

    /// A node has begun a new life: what the older ones ran is lost, what waited for it goes on.
    pub(crate) fn runs_node_up(&mut self, context: &Context<'_>, node: NodeId, adopts: bool) {
        let owned: Vec<RunId> = self.owned_by(node);
        // Before anything of them is freed, so that nothing of a suspended run starts.
        for id in &owned {
            self.change_active(context, *id, |_, run| run.suspended = !adopts);
        }
        self.lose_attempts(context, node, "its node was restarted");
        for id in &owned {
            self.change_active(context, *id, |state, run| match adopts {
                true => state.requeue_owner_tasks(run),
                false => mark_suspended(run),
            });
        }
        self.grant_blocked(context, node);
    }

    /// A node has left or was removed: nothing of it will ever report.
    pub(crate) fn runs_node_gone(&mut self, context: &Context<'_>, node: NodeId) {
        self.lose_attempts(context, node, "its node has left the cluster");
        self.unplace(context, node);
    }

    /// Every id comes from the table of active runs, so there is nothing to refuse.
    fn change_active(
        &mut self,
        context: &Context<'_>,
        id: RunId,
        change: impl FnOnce(&mut State, &mut Run),
    ) {
        let _ = self.edit(context, id, |state, run| {
            change(state, run);
            Ok(())
        });
    }

    fn owned_by(&self, node: NodeId) -> Vec<RunId> {
        let owned = |id: &&RunId| self.runs.get(**id).is_some_and(|run| run.owner == node);
        self.runs.active.iter().filter(owned).copied().collect()
    }

    fn lose_attempts(&mut self, context: &Context<'_>, node: NodeId, reason: &str) {
        let lost = self.runs.assignments.remove(&node).unwrap_or_default();
        for attempt in lost.keys() {
            // Every assignment belongs to an active run.
            let _ = self.edit(context, attempt.instance.run, |state, run| {
                state.free(run, *attempt, node);
                mark_lost(run, *attempt, context.at, reason);
                state.lose_instance(context, run, *attempt, reason);
                Ok(())
            });
        }
    }

    /// An attempt is lost: its instance looks for a place again, or ends.
    pub(super) fn lose_instance(
        &mut self,
        context: &Context<'_>,
        run: &mut Run,
        attempt: AttemptKey,
        reason: &str,
    ) {
        let InstanceKey { run: id, task, slot } = attempt.instance;
        let draft = Draft::of_task("task.lost", id, run, task).because(Some(reason));
        self.emit(context, draft.attempt(attempt));
        let stopping = run.halt.is_some_and(Halt::cancels);
        let target = run.plan.task(task).map(|task| task.target.clone());
        let now = self.clock;
        let suspended = run.suspended;
        // One that stopped it itself, for lack of a leader, goes on when it is confirmed again.
        let owner_is_there = self
            .members
            .get(&run.owner)
            .is_some_and(|owner| owner.lost.is_none() && !owner.draining);
        let Some(instance) =
            run.vertices.get_mut(&task).and_then(|vertex| vertex.instances.get_mut(&slot))
        else {
            return;
        };
        instance.losses += 1;
        if stopping {
            return self.end_instance(context, run, attempt.instance, Ending::Cancelled);
        }
        if instance.losses > LOSSES_MAX {
            run.blame(task, &format!("lost {} times, last: {reason}", LOSSES_MAX + 1));
            return self.end_instance(context, run, attempt.instance, Ending::Lost);
        }
        if target == Some(Target::Owner) {
            let reason = match (suspended, owner_is_there) {
                (true, _) => Wait::Resume,
                (false, true) => Wait::RunSlot,
                (false, false) => Wait::Owner,
            };
            instance.phase = Phase::Waiting { reason, since: now };
            if !suspended && owner_is_there {
                enqueue(run, run.owner, task, slot);
            }
            return;
        }
        instance.node = None;
        instance.phase = Phase::Waiting { reason: Wait::Placement, since: now };
        self.runs.unplaced.insert((id, task, Some(slot)));
    }

    /// What was queued for a node that is gone looks for another place.
    fn unplace(&mut self, context: &Context<'_>, node: NodeId) {
        let queued: Vec<RunId> = self
            .runs
            .active
            .iter()
            .filter(|id| self.runs.get(**id).is_some_and(|run| run.queue.contains_key(&node)))
            .copied()
            .collect();
        for id in queued {
            // Every id comes from the table of active runs.
            let _ = self.edit(context, id, |state, run| {
                for (task, slot) in run.queued_for_others(node) {
                    state.replace(run, id, node, task, slot);
                }
                Ok(())
            });
        }
    }

    fn replace(&mut self, run: &mut Run, id: RunId, node: NodeId, task: TaskNumber, slot: Slot) {
        dequeue(run, node, task, slot);
        let now = self.clock;
        let instance =
            run.vertices.get_mut(&task).and_then(|vertex| vertex.instances.get_mut(&slot));
        if let Some(instance) = instance {
            instance.node = None;
            instance.phase = Phase::Waiting { reason: Wait::Placement, since: now };
            self.runs.unplaced.insert((id, task, Some(slot)));
        }
    }

    pub(crate) fn rehome(&mut self, context: &Context<'_>, rehome: &Rehome) -> Reply {
        let takes = self.members.get(&rehome.owner).is_some_and(Member::takes_work);
        if !takes {
            return Err(Refusal::stale(format!("node {} takes no runs now", rehome.owner.short())));
        }
        self.edit(context, rehome.run, |state, run| {
            if run.home != rehome.home || run.pinned || run.status.is_final() {
                return Err(Refusal::stale(format!("run {} can not move any more", rehome.run)));
            }
            state.emit(context, Draft::of_run("workflow.rehomed", rehome.run).on(rehome.owner));
            move_owner(run, rehome.owner);
            state.requeue_owner_tasks(run);
            Ok(())
        })?;
        Ok(Answer::Done)
    }

    /// The owner's own tasks that wait for it, or for a resume, queue again.
    pub(super) fn requeue_owner_tasks(&mut self, run: &mut Run) {
        let now = self.clock;
        let owner = run.owner;
        for (task, slot) in run.waiting_on_owner() {
            let instance =
                run.vertices.get_mut(&task).and_then(|vertex| vertex.instances.get_mut(&slot));
            if let Some(instance) = instance {
                instance.node = Some(owner);
                instance.phase = Phase::Waiting { reason: Wait::RunSlot, since: now };
            }
            enqueue(run, owner, task, slot);
        }
    }

    /// The owner will not come back: what only it could run ends.
    pub(super) fn end_owner_tasks(&mut self, context: &Context<'_>, id: RunId, run: &mut Run) {
        for (task, slot) in run.waiting_on_owner() {
            self.unqueue(run, id, task, slot);
            let key = InstanceKey { run: id, task, slot };
            self.end_instance(context, run, key, Ending::Lost);
        }
    }
}

impl Run {
    fn running_on(&self, node: NodeId) -> u32 {
        let instances = self.vertices.values().flat_map(|vertex| vertex.instances.values());
        let here = |it: &&super::Instance| it.node == Some(node) && it.running().is_some();
        instances.filter(here).count() as u32
    }

    fn on_owner(&self, task: TaskNumber) -> bool {
        self.plan.task(task).is_some_and(|task| task.target == Target::Owner)
    }

    /// What waits for a slot on a node without being its own as the owner.
    fn queued_for_others(&self, node: NodeId) -> Vec<(TaskNumber, Slot)> {
        let queue = self.queue.get(&node).into_iter().flatten();
        queue.filter(|(task, _)| !self.on_owner(*task)).copied().collect()
    }

    /// Owner tasks that wait for nothing but their owner, a slot or a resume.
    fn waiting_on_owner(&self) -> Vec<(TaskNumber, Slot)> {
        let waits = |phase: &Phase| match phase {
            Phase::Waiting { reason, .. } => !matches!(reason, Wait::Backoff { .. }),
            _ => false,
        };
        self.vertices
            .iter()
            .filter(|(task, _)| self.on_owner(**task))
            .flat_map(|(task, vertex)| {
                let waiting = vertex.instances.iter().filter(|(_, it)| waits(&it.phase));
                waiting.map(|(slot, _)| (*task, *slot))
            })
            .collect()
    }
}

fn move_owner(run: &mut Run, owner: NodeId) {
    let old = run.owner;
    let others = run.queued_for_others(old);
    run.queue.remove(&old);
    for (task, slot) in others {
        enqueue(run, old, task, slot);
    }
    run.owner = owner;
    run.home += 1;
    run.workdir = None;
    run.running_owner = run.running_on(owner);
}

fn mark_suspended(run: &mut Run) {
    for (task, slot) in run.waiting_on_owner() {
        super::grant::set_wait(run, task, slot, Wait::Resume);
    }
}

/// Writes the loss into the attempt's record.
fn mark_lost(run: &mut Run, key: AttemptKey, at: Wall, reason: &str) {
    let attempt = run
        .vertices
        .get_mut(&key.instance.task)
        .and_then(|vertex| vertex.instances.get_mut(&key.instance.slot))
        .and_then(|instance| instance.attempts.last_mut());
    if let Some(attempt) = attempt {
        attempt.ended_at = Some(at);
        attempt.ending = Some(Ending::Lost);
        attempt.message = reason.to_string();
    }
}
