//! After each step of a run: what must end ends, who is to be asked is asked, and the last step ends the run.

use super::{Ending, Halt, InstanceKey, Role, Run, RunId, Slot, Status, TaskNumber, timer::Due};
use crate::State;
use crate::event::Draft;
use crate::state::Context;

impl State {
    pub(super) fn settle(&mut self, context: &Context<'_>, id: RunId, run: &mut Run) {
        if run.status.is_final() {
            return;
        }
        self.sweep(context, id, run);
        self.ask_people(context, id, run);
        if run.open > 0 {
            return;
        }
        let last = run.plan.tasks.iter().position(|task| task.role == Role::OnComplete);
        match last.filter(|last| !run.has_ended(*last as TaskNumber)) {
            Some(last) => self.complete(context, id, run, last as TaskNumber),
            None => self.finish(context, id, run),
        }
    }

    /// All else has ended: `on_complete` runs, unless the run was cancelled.
    fn complete(&mut self, context: &Context<'_>, id: RunId, run: &mut Run, last: TaskNumber) {
        let Some(vertex) = run.vertices.get(last) else { return };
        if !matches!(run.halt, Some(Halt::Cancel | Halt::OwnerLost)) {
            if vertex.instances.is_empty() {
                self.make_ready(run, id, last);
            }
            return;
        }
        if vertex.running > 0 {
            return;
        }
        self.end_unstarted_callback(context, run, id, last);
        self.finish(context, id, run);
    }

    fn end_unstarted_callback(
        &mut self,
        context: &Context<'_>,
        run: &mut Run,
        id: RunId,
        last: TaskNumber,
    ) {
        let slot: Slot = 0;
        self.unqueue(run, id, last, slot);
        if run.instance(last, slot).is_some() {
            let key = InstanceKey { run: id, task: last, slot };
            return self.end_instance(context, run, key, Ending::Cancelled);
        }
        run.note(last, run.why_halted());
        self.end_task(context, run, id, last, Ending::Skipped, true);
    }

    fn finish(&mut self, context: &Context<'_>, id: RunId, run: &mut Run) {
        run.status = run.verdict();
        run.ended_at = Some(context.at);
        if let Some(deadline) = run.deadline {
            self.runs.timers.remove(&(deadline, id, Due::Timeout));
        }
        self.runs.active.remove(&id);
        self.leases_release_run(context, id);
        let kind = match run.status {
            Status::Succeeded => "workflow.completed",
            Status::Cancelled => "workflow.cancelled",
            _ => "workflow.failed",
        };
        self.emit(context, Draft::of_run(kind, id).because(run.error.as_deref()));
    }
}

impl Run {
    fn has_ended(&self, task: TaskNumber) -> bool {
        self.vertices.get(task).is_some_and(|vertex| vertex.ending.is_some())
    }
}
