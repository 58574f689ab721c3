//! Endings: of an instance, a task, a run, and what each sets free or takes along.

use super::{Ending, Halt, InstanceKey, Phase, Role, Run, RunId, Slot, Status, TaskNumber, Vertex};
use crate::State;
use crate::event::Draft;
use crate::state::Context;

impl State {
    /// Ends an instance, and its task once all its instances have ended.
    pub(super) fn end_instance(
        &mut self,
        context: &Context<'_>,
        run: &mut Run,
        key: InstanceKey,
        ending: Ending,
    ) {
        let Some(vertex) = run.vertices.get_mut(&key.task) else { return };
        if let Some(instance) = vertex.instances.get_mut(&key.slot) {
            instance.phase = Phase::Ended(ending);
        }
        if let Some(ending) = all_ended(vertex) {
            let passed = matches!(ending, Ending::Succeeded | Ending::Skipped);
            self.end_task(context, run, key.run, key.task, ending, passed);
        }
    }

    /// Ends a task: frees its dependents, or skips them.
    pub(super) fn end_task(
        &mut self,
        context: &Context<'_>,
        run: &mut Run,
        id: RunId,
        task: TaskNumber,
        ending: Ending,
        passed: bool,
    ) {
        if !close(run, task, ending, passed) {
            return;
        }
        self.runs.unplaced.remove(&(id, task, None));
        if run.role(task) != Some(Role::OnComplete) {
            run.open = run.open.saturating_sub(1);
        }
        if passed {
            self.unblock(run, id, task);
            return;
        }
        if ending.is_bad() && !run.plan.continue_on_error && run.halt.is_none() {
            run.halt = Some(Halt::Failure);
        }
        self.skip_dependents(context, run, id, task);
    }

    fn unblock(&mut self, run: &mut Run, id: RunId, task: TaskNumber) {
        for feed in run.feeds(task) {
            let Some(vertex) = run.vertices.get_mut(&feed) else { continue };
            vertex.blockers = vertex.blockers.saturating_sub(1);
            if vertex.blockers == 0 && vertex.ending.is_none() && run.halt.is_none() {
                self.make_ready(run, id, feed);
            }
        }
    }

    /// Skips everything that needs, however far away, a task that did not pass.
    fn skip_dependents(
        &mut self,
        context: &Context<'_>,
        run: &mut Run,
        id: RunId,
        task: TaskNumber,
    ) {
        let mut from = vec![task];
        while let Some(failed) = from.pop() {
            let cause = run.plan.task(failed).map_or_else(String::new, |task| task.name.clone());
            for feed in run.feeds(failed) {
                if !close(run, feed, Ending::Skipped, false) {
                    continue;
                }
                run.open = run.open.saturating_sub(1);
                run.note(feed, format!("skipped: it needs `{cause}`, which did not succeed"));
                self.emit(context, Draft::of_task("task.skipped", id, run, feed));
                from.push(feed);
            }
        }
    }

    /// Ends whatever is not running, because nothing new may start.
    fn sweep(&mut self, context: &Context<'_>, id: RunId, run: &mut Run) {
        let Some(halt) = run.halt else { return };
        let ending = if halt.cancels() { Ending::Cancelled } else { Ending::Skipped };
        let open: Vec<TaskNumber> = run
            .vertices
            .iter()
            .filter(|(_, vertex)| vertex.ending.is_none())
            .map(|(task, _)| *task)
            .filter(|task| run.role(*task) != Some(Role::OnComplete))
            .collect();
        for task in open {
            self.sweep_task(context, id, run, task, ending);
        }
    }

    fn sweep_task(
        &mut self,
        context: &Context<'_>,
        id: RunId,
        run: &mut Run,
        task: TaskNumber,
        ending: Ending,
    ) {
        let Some(vertex) = run.vertices.get(&task) else { return };
        let waiting: Vec<Slot> = vertex
            .instances
            .iter()
            .filter(|(_, instance)| matches!(instance.phase, Phase::Waiting { .. }))
            .map(|(slot, _)| *slot)
            .collect();
        if vertex.instances.is_empty() {
            run.note(task, run.why_halted());
            self.end_task(context, run, id, task, ending, false);
            self.emit(context, Draft::of_task("task.skipped", id, run, task));
            return;
        }
        for slot in waiting {
            self.unqueue(run, id, task, slot);
            self.end_instance(context, run, InstanceKey { run: id, task, slot }, ending);
        }
    }

    /// Takes a waiting instance out of every index.
    pub(super) fn unqueue(&mut self, run: &mut Run, id: RunId, task: TaskNumber, slot: Slot) {
        self.runs.unplaced.remove(&(id, task, Some(slot)));
        let instance = run.vertices.get(&task).and_then(|vertex| vertex.instances.get(&slot));
        let Some(instance) = instance else { return };
        if let Phase::Waiting { reason: super::Wait::Backoff { until }, .. } = instance.phase {
            self.runs.timers.remove(&(until, id, Some((task, slot))));
        }
        if let Some(node) = instance.node {
            super::grant::dequeue(run, node, task, slot);
        }
    }

    /// After each step: ends what may not start, runs `on_complete`, ends the run.
    pub(super) fn settle(&mut self, context: &Context<'_>, id: RunId, run: &mut Run) {
        if run.status.is_final() {
            return;
        }
        self.sweep(context, id, run);
        if run.open > 0 {
            return;
        }
        match run.plan.tasks.iter().position(|task| task.role == Role::OnComplete) {
            Some(last) => self.complete(context, id, run, last as TaskNumber),
            None => self.finish(context, id, run),
        }
    }

    fn complete(&mut self, context: &Context<'_>, id: RunId, run: &mut Run, last: TaskNumber) {
        let Some(vertex) = run.vertices.get(&last) else { return };
        if vertex.ending.is_some() {
            return self.finish(context, id, run);
        }
        if matches!(run.halt, Some(Halt::Cancel | Halt::OwnerLost)) {
            if vertex.instances.values().any(|instance| instance.running().is_some()) {
                return;
            }
            run.note(last, run.why_halted());
            close(run, last, Ending::Skipped, true);
            return self.finish(context, id, run);
        }
        if vertex.instances.is_empty() {
            self.make_ready(run, id, last);
        }
    }

    fn finish(&mut self, context: &Context<'_>, id: RunId, run: &mut Run) {
        run.status = run.verdict();
        run.ended_at = Some(context.at);
        if let Some(deadline) = run.deadline {
            self.runs.timers.remove(&(deadline, id, None));
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
    pub(super) fn role(&self, task: TaskNumber) -> Option<Role> {
        self.plan.task(task).map(|task| task.role)
    }

    fn feeds(&self, task: TaskNumber) -> Vec<TaskNumber> {
        self.plan.task(task).map(|task| task.feeds.clone()).unwrap_or_default()
    }

    pub(super) fn note(&mut self, task: TaskNumber, text: String) {
        if let Some(vertex) = self.vertices.get_mut(&task) {
            vertex.notes.push(text);
        }
    }

    fn why_halted(&self) -> String {
        match self.halt {
            Some(Halt::Cancel) => "not started: the run was cancelled".into(),
            Some(Halt::Timeout) => "not started: the workflow's timeout was over".into(),
            Some(Halt::OwnerLost) => "not started: the owner was lost".into(),
            _ => match &self.error {
                Some(error) => format!("not started: {error}"),
                None => "not started: a task before it did not succeed".into(),
            },
        }
    }

    fn verdict(&self) -> Status {
        match self.halt {
            Some(Halt::Cancel) => Status::Cancelled,
            Some(Halt::Timeout) => Status::TimedOut,
            _ if self.vertices.values().any(|vertex| vertex.ending.is_some_and(Ending::is_bad)) => {
                Status::Failed
            }
            Some(_) => Status::Failed,
            None => Status::Succeeded,
        }
    }
}

/// Sets a task's ending; false when it had one.
fn close(run: &mut Run, task: TaskNumber, ending: Ending, passed: bool) -> bool {
    match run.vertices.get_mut(&task) {
        Some(vertex) if vertex.ending.is_none() => {
            vertex.ending = Some(ending);
            vertex.passed = passed;
            true
        }
        _ => false,
    }
}

/// How the task ended, if all its instances have: the worst of them.
fn all_ended(vertex: &Vertex) -> Option<Ending> {
    let endings: Option<Vec<Ending>> =
        vertex.instances.values().map(|instance| instance.ending()).collect();
    endings?.into_iter().max_by_key(|ending| severity(*ending))
}

pub(super) fn severity(ending: Ending) -> u8 {
    match ending {
        Ending::Skipped => 0,
        Ending::Succeeded => 1,
        Ending::Refused => 2,
        Ending::Lost => 3,
        Ending::TimedOut => 4,
        Ending::Failed => 5,
        Ending::Cancelled => 6,
    }
}
