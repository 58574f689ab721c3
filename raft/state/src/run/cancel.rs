//! What ends a run from outside, lets it go on, or forgets it.

use super::{Abandon, Cancel, Ending, Halt, InstanceKey, Prune, Resume, Run, RunId};
use crate::event::Draft;
use crate::state::Context;
use crate::{Answer, Refusal, Reply, State};

impl State {
    pub(crate) fn cancel(&mut self, context: &Context<'_>, cancel: &Cancel) -> Reply {
        self.edit(context, cancel.run, |state, run| {
            check_under_way(cancel.run, run)?;
            let reason = match cancel.reason.as_str() {
                "" => "cancelled".to_string(),
                reason => format!("cancelled: {reason}"),
            };
            let draft = Draft::of_run("workflow.stopping", cancel.run);
            state.emit(context, draft.because(Some(&reason)));
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

    /// The owner will not come back: what only it could run ends.
    fn end_owner_tasks(&mut self, context: &Context<'_>, id: RunId, run: &mut Run) {
        for (task, slot) in run.waiting_on_owner() {
            let likely = run.instance(task, slot).and_then(|instance| instance.likely_ending());
            self.unqueue(run, id, task, slot);
            let key = InstanceKey { run: id, task, slot };
            self.end_instance(context, run, key, likely.unwrap_or(Ending::Lost));
        }
    }

    pub(crate) fn resume(&mut self, context: &Context<'_>, resume: &Resume) -> Reply {
        self.edit(context, resume.run, |state, run| {
            check_under_way(resume.run, run)?;
            run.suspended = false;
            state.requeue_owner_tasks(run, resume.run);
            state.emit(context, Draft::of_run("workflow.resumed", resume.run));
            Ok(())
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
}

fn check_under_way(id: RunId, run: &Run) -> Result<(), Refusal> {
    match run.status.is_final() {
        true => Err(Refusal::conflict(format!("run {id} has already ended"))),
        false => Ok(()),
    }
}
