//! Losses: of a node's life, of an owner, and where what they held goes.

use config::NodeId;

use super::instance::LOSSES_MAX;
use super::{AttemptKey, Ending, Halt, InstanceKey, Kind, Lose, Rehome, Run, RunId, Target};
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
        self.unplace(context, lose.node);
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
                true => state.requeue_owner_tasks(run, *id),
                false => run.mark_suspended(),
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
                run.mark_lost(*attempt, context.at, reason);
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
        let key = attempt.instance;
        let InstanceKey { run: id, task, slot } = key;
        let draft = Draft::of_task("task.lost", id, run, task).because(Some(reason));
        self.emit(context, draft.attempt(run, attempt));
        let once = run.plan.task(task).is_some_and(|task| task.once);
        let at_home = run.target(task) == Some(&Target::Owner);
        let Some(instance) = run.instance_mut(task, slot) else { return };
        instance.losses += 1;
        let (losses, kind, likely) = (instance.losses, instance.kind(), instance.likely_ending());
        if run.halt.is_some_and(Halt::cancels) {
            return self.end_instance(context, run, key, likely.unwrap_or(Ending::Cancelled));
        }
        if once && kind == Kind::Work {
            let error =
                format!("task `{}`: lost, and it starts at most once: {reason}", run.name(task));
            return self.end_lost(context, run, key, error);
        }
        if losses > LOSSES_MAX && kind != Kind::Work {
            let why = format!("it was lost {losses} times, last: {reason}");
            return self.go_on(context, run, key, Err(why));
        }
        if losses > LOSSES_MAX {
            let error = format!("task `{}`: lost {losses} times, last: {reason}", run.name(task));
            return self.end_lost(context, run, key, error);
        }
        match at_home || kind != Kind::Work {
            // One that its node stopped for lack of a leader goes on when the node is confirmed again.
            true => self.queue_up(run, id, task, slot),
            false => self.seek_place_anew(run, id, task, slot),
        }
    }

    fn end_lost(&mut self, context: &Context<'_>, run: &mut Run, key: InstanceKey, error: String) {
        let ignored = run.plan.task(key.task).is_some_and(|task| task.ignore_errors);
        if !ignored {
            run.blame(error);
        }
        self.end_instance(context, run, key, Ending::Lost);
    }

    /// What was queued for a node that is lost or gone looks for another place.
    fn unplace(&mut self, context: &Context<'_>, node: NodeId) {
        let queued =
            |id: &&RunId| self.runs.get(**id).is_some_and(|run| run.queue.contains_key(&node));
        let queued: Vec<RunId> = self.runs.active.iter().filter(queued).copied().collect();
        for id in queued {
            self.change_active(context, id, |state, run| {
                for (task, slot) in run.queued_for_others(node) {
                    run.dequeue(node, task, slot);
                    state.seek_place_anew(run, id, task, slot);
                }
            });
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
            run.move_to(rehome.owner);
            state.requeue_owner_tasks(run, rehome.run);
            Ok(())
        })?;
        Ok(Answer::Done)
    }
}

impl Run {
    /// Attempts on a node that count against the owner's share.
    fn running_on(&self, node: NodeId) -> u32 {
        let vertices = self.vertices.iter().filter(|(_, vertex)| vertex.running > 0);
        let counted = vertices.filter(|(task, _)| !self.is_background(*task));
        let instances = counted.flat_map(|(_, vertex)| vertex.instances.values());
        instances.filter(|instance| instance.running_on() == Some(node)).count() as u32
    }

    /// What waits for a slot on a node without being its own as the owner.
    fn queued_for_others(&self, node: NodeId) -> Vec<(super::TaskNumber, super::Slot)> {
        let others = |(task, slot): &&(super::TaskNumber, super::Slot)| {
            let decides = self.instance(*task, *slot).is_some_and(|it| it.asking.is_some());
            self.target(*task) != Some(&Target::Owner) && !decides
        };
        let queue = self.queue.get(&node);
        queue.into_iter().flat_map(|queue| queue.iter()).filter(others).copied().collect()
    }

    fn move_to(&mut self, owner: NodeId) {
        let old = self.owner;
        let others = self.queued_for_others(old);
        self.queue.remove(&old);
        for (task, slot) in others {
            self.enqueue(old, task, slot);
        }
        self.owner = owner;
        self.home += 1;
        self.workdir = None;
        self.running_owner = self.running_on(owner);
    }

    fn mark_suspended(&mut self) {
        for (task, slot) in self.waiting_on_owner() {
            self.set_wait(task, slot, super::Wait::Resume);
        }
    }

    /// Writes the loss into the attempt's record.
    fn mark_lost(&mut self, key: AttemptKey, at: Wall, reason: &str) {
        let instance = self.instance_mut(key.instance.task, key.instance.slot);
        if let Some(attempt) = instance.and_then(|instance| instance.attempts.last_mut()) {
            attempt.ended_at = Some(at);
            attempt.ending = Some(Ending::Lost);
            attempt.message = reason.to_string();
        }
    }
}
