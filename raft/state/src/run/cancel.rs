//! Stopping a run: by a person, by its timeout, by the loss of its owner. Also its forgetting.

use super::{Abandon, Approve, Cancel, Halt, Prune, Resume, Run, RunId, Stop};
use crate::event::Draft;
use crate::state::Context;
use crate::{Answer, Moment, Refusal, Reply, State};

/// Timers that one tick serves.
const TIMERS_A_TICK: usize = 1_000;

impl State {
    pub(crate) fn cancel(&mut self, context: &Context<'_>, cancel: &Cancel) -> Reply {
        self.edit(context, cancel.run, |state, run| {
            if run.status.is_final() {
                return Err(Refusal::conflict(format!("run {} has already ended", cancel.run)));
            }
            let reason = match cancel.reason.as_str() {
                "" => "cancelled".to_string(),
                reason => format!("cancelled: {reason}"),
            };
            state.stop(cancel.run, run, Halt::Cancel, reason);
            Ok(())
        })?;
        Ok(Answer::Done)
    }

    /// Ends a pinned run whose owner has stayed away.
    pub(crate) fn abandon(&mut self, context: &Context<'_>, abandon: &Abandon) -> Reply {
        self.edit(context, abandon.run, |state, run| {
            if run.home != abandon.home || run.status.is_final() {
                return Err(Refusal::stale(format!("run {} has moved on", abandon.run)));
            }
            state.emit(context, Draft::of_run("workflow.owner_lost", abandon.run).on(run.owner));
            state.stop(abandon.run, run, Halt::OwnerLost, "owner lost".into());
            state.end_owner_tasks(context, abandon.run, run);
            Ok(())
        })?;
        Ok(Answer::Done)
    }

    /// Nothing new starts and what runs is told to stop. The first reason stays.
    pub(super) fn stop(&mut self, id: RunId, run: &mut Run, why: Halt, error: String) {
        if run.halt.is_some_and(Halt::cancels) {
            return;
        }
        run.halt = Some(why);
        run.error = Some(error);
        let stop = if why == Halt::Timeout { Stop::TimedOut } else { Stop::Cancelled };
        for node in run.busy_nodes() {
            let Some(assigned) = self.runs.assignments.get_mut(&node) else { continue };
            let of_run: Vec<_> =
                assigned.keys().filter(|attempt| attempt.instance.run == id).copied().collect();
            for attempt in of_run {
                if let Some(assignment) = assigned.get_mut(&attempt) {
                    assignment.stop = Some(stop);
                }
            }
        }
    }

    pub(crate) fn resume(&mut self, context: &Context<'_>, resume: &Resume) -> Reply {
        self.edit(context, resume.run, |state, run| {
            if run.status.is_final() {
                return Err(Refusal::conflict(format!("run {} has already ended", resume.run)));
            }
            run.suspended = false;
            state.requeue_owner_tasks(run);
            state.emit(context, Draft::of_run("workflow.resumed", resume.run));
            Ok(())
        })?;
        Ok(Answer::Done)
    }

    /// A person's word about a task that waits for it.
    pub(crate) fn approve(&mut self, context: &Context<'_>, approve: &Approve) -> Reply {
        self.edit(context, approve.run, |_, run| {
            let waits = |vertex: &super::Vertex| vertex.wait == super::Wait::Approval;
            if run.vertices.get(&approve.task).is_some_and(waits) {
                return Ok(());
            }
            Err(Refusal::stale(format!(
                "task {} of run {} does not wait for an approval",
                approve.task, approve.run
            )))
        })?;
        Ok(Answer::Done)
    }

    pub(crate) fn prune(&mut self, context: &Context<'_>, prune: &Prune) -> Reply {
        let mut forgotten = false;
        for id in &prune.runs {
            forgotten |= self.forget(*id);
        }
        if forgotten {
            self.emit(context, Draft::new("workflow.pruned"));
        }
        Ok(Answer::Removed(forgotten))
    }

    fn forget(&mut self, id: RunId) -> bool {
        let Some(run) = self.runs.get(id).filter(|run| run.status.is_final()).cloned() else {
            return false;
        };
        self.runs.runs.remove(&id);
        self.documents.release(run.plan.bundle);
        for instance in run.vertices.values().flat_map(|vertex| vertex.instances.values()) {
            self.runs.unrefer(instance);
        }
        true
    }

    /// The next back-off or deadline of any run.
    pub(crate) fn runs_deadline(&self) -> Option<Moment> {
        self.runs.timers.get_min().map(|(moment, ..)| *moment)
    }

    /// Serves the timers that are over.
    pub(crate) fn runs_tick(&mut self, context: &Context<'_>) {
        for _ in 0..TIMERS_A_TICK {
            let due = self.runs.timers.get_min().filter(|(moment, ..)| *moment <= self.clock);
            let Some(timer) = due.copied() else { return };
            self.runs.timers.remove(&timer);
            let (_, id, instance) = timer;
            if !self.runs.active.contains(&id) {
                continue;
            }
            // An active run can always be changed.
            let _ = self.edit(context, id, |state, run| {
                match instance {
                    Some((task, slot)) => state.wake(run, task, slot),
                    None => {
                        let error = "the workflow's timeout is over".into();
                        state.stop(id, run, Halt::Timeout, error);
                    }
                }
                Ok(())
            });
        }
    }
}

impl Run {
    /// Nodes that run something of it now.
    pub fn busy_nodes(&self) -> std::collections::BTreeSet<config::NodeId> {
        self.vertices
            .values()
            .flat_map(|vertex| vertex.instances.values())
            .filter(|instance| instance.running().is_some())
            .filter_map(|instance| instance.node)
            .collect()
    }
}
