//! Runs that ask a person before each task.

use super::{Approval, Approve, Ending, Halt, Run, RunId, TaskNumber, Wait};
use crate::event::Draft;
use crate::state::Context;
use crate::{Answer, Refusal, Reply, State};

impl State {
    /// Asks about as many ready tasks as could start now, in listed order.
    pub(super) fn ask_people(&mut self, context: &Context<'_>, id: RunId, run: &mut Run) {
        while let Some(task) = run.next_to_ask() {
            run.unasked.remove(&task);
            run.asked += 1;
            if let Some(vertex) = run.vertices.get_mut(task) {
                (vertex.wait, vertex.since) = (Wait::Approval, self.clock);
            }
            self.emit(context, Draft::of_task("task.approval_wanted", id, run, task));
        }
    }

    /// A person's word about a task that waits for it.
    pub(crate) fn approve(&mut self, context: &Context<'_>, approve: &Approve) -> Reply {
        let Approve { run: id, task, decision } = *approve;
        self.edit(context, id, |state, run| {
            if !run.waits_for_approval(task) {
                return Err(Refusal::stale(format!(
                    "task {task} of run {id} does not wait for an approval"
                )));
            }
            let (kind, word) = match decision {
                Approval::Run => ("task.approved", "run"),
                Approval::RunAll => ("task.approved", "run all"),
                Approval::Skip => ("task.rejected", "skip"),
                Approval::Abort => ("task.rejected", "abort"),
            };
            state.emit(context, Draft::of_task(kind, id, run, task).with("decision", word));
            match decision {
                Approval::Run => state.approved(run, id, task),
                Approval::RunAll => state.approved_all(run, id),
                Approval::Skip => state.rejected(context, run, id, task, "said so"),
                Approval::Abort => {
                    let name = run.name(task).to_string();
                    run.halt(Halt::Abort, format!("aborted before task `{name}`"));
                    state.rejected(context, run, id, task, "aborted the run here");
                }
            }
            Ok(())
        })?;
        Ok(Answer::Done)
    }

    fn approved(&mut self, run: &mut Run, id: RunId, task: TaskNumber) {
        if let Some(vertex) = run.vertices.get_mut(task) {
            (vertex.wait, vertex.since) = (Wait::RunSlot, self.clock);
            run.asked = run.asked.saturating_sub(1);
        }
        self.open(run, id, task);
    }

    /// Everything that waits for an answer, or would, goes on its way.
    fn approved_all(&mut self, run: &mut Run, id: RunId) {
        run.approved = true;
        let asked = run.vertices.iter().filter(|(_, vertex)| vertex.wait == Wait::Approval);
        let asked: Vec<TaskNumber> = asked.map(|(task, _)| task).collect();
        for task in asked {
            self.approved(run, id, task);
        }
        for task in std::mem::take(&mut run.unasked) {
            self.open(run, id, task);
        }
    }

    fn rejected(
        &mut self,
        context: &Context<'_>,
        run: &mut Run,
        id: RunId,
        task: TaskNumber,
        what: &str,
    ) {
        run.note(task, format!("skipped: whoever was asked {what}"));
        self.end_task(context, run, id, task, Ending::Skipped, false);
        self.tell_skipped(context, id, run, task);
    }
}

impl Run {
    fn next_to_ask(&self) -> Option<TaskNumber> {
        let task = *self.unasked.get_min()?;
        let room = self.plan.parallel.is_none_or(|most| self.running + self.asked < most);
        let in_turn = self.turn().is_none_or(|turn| turn == task);
        (room && in_turn && !self.suspended).then_some(task)
    }

    fn waits_for_approval(&self, task: TaskNumber) -> bool {
        let waits =
            |vertex: &super::Vertex| vertex.wait == Wait::Approval && vertex.ending.is_none();
        self.vertices.get(task).is_some_and(waits)
    }
}
