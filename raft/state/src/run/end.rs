//! Endings: of an instance, a task, a run, and what each sets free or takes along.

use super::timer::Due;
use super::{
    Ending, Halt, InstanceKey, Kind, Phase, Question, Role, Run, RunId, Status, TaskNumber, Wait,
};
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
        self.close_instance(run, key, ending);
        let asks = run.plan.callbacks.task_complete && run.role(key.task) == Some(Role::Task);
        let halted = run.halt.is_some_and(Halt::cancels);
        let Some(vertex) = run.vertices.get_mut(key.task).filter(|vertex| vertex.open == 0) else {
            return;
        };
        if asks && vertex.started && !halted {
            vertex.open = 1;
            let first = vertex.instances.get(0).and_then(|instance| instance.ending());
            return self.ask(run, key.run, (key.task, 0), Question::TaskComplete, first);
        }
        self.end_with_instances(context, run, key.run, key.task);
    }

    /// Nothing more is asked about a task whose first instance ends so.
    pub(super) fn end_completed(
        &mut self,
        context: &Context<'_>,
        run: &mut Run,
        key: InstanceKey,
        ending: Ending,
    ) {
        self.close_instance(run, key, ending);
        self.end_with_instances(context, run, key.run, key.task);
    }

    fn close_instance(&mut self, run: &mut Run, key: InstanceKey, ending: Ending) {
        let Some(vertex) = run.vertices.get_mut(key.task) else { return };
        vertex.open = vertex.open.saturating_sub(1);
        let Some(instance) = vertex.instances.get_mut(key.slot) else { return };
        instance.asking = None;
        instance.phase = Phase::Ended(ending);
        if let Some(deadline) = instance.deadline {
            let due = Due::Deadline(key.task, key.slot);
            self.runs.timers.remove(&(deadline, key.run, due));
        }
        let said = instance.attempts.iter().rev().find(|attempt| attempt.kind == Kind::Work);
        let message = said.map(|attempt| attempt.message.clone());
        if ending.is_bad() && ending != Ending::Cancelled && !run.ignores(key.task) {
            let message = message.unwrap_or_default();
            run.blame(format!("task `{}`: {message}", run.name(key.task)));
        }
    }

    fn end_with_instances(
        &mut self,
        context: &Context<'_>,
        run: &mut Run,
        id: RunId,
        task: TaskNumber,
    ) {
        let Some(vertex) = run.vertices.get(task) else { return };
        let ending = vertex.likely_ending().unwrap_or(Ending::Skipped);
        // One that never started, because the run was halted, did not skip itself.
        let passed = vertex.instances.values().all(|it| match it.ending() {
            Some(Ending::Skipped) => it.tries > 0,
            ending => ending == Some(Ending::Succeeded),
        });
        self.end_task(context, run, id, task, ending, passed);
    }

    /// Ends a task: frees what waits for it, or takes it along, however far away.
    pub(super) fn end_task(
        &mut self,
        context: &Context<'_>,
        run: &mut Run,
        id: RunId,
        task: TaskNumber,
        ending: Ending,
        passed: bool,
    ) {
        if !self.close_task(run, id, task, ending, passed) {
            return;
        }
        self.follow_ended(context, run, id, task);
    }

    /// Goes on with all that waited, however far away, for a task that has ended.
    pub(super) fn follow_ended(
        &mut self,
        context: &Context<'_>,
        run: &mut Run,
        id: RunId,
        task: TaskNumber,
    ) {
        let mut ended = vec![task];
        while let Some(task) = ended.pop() {
            let skipped = self.follow(context, run, id, task);
            let skipped = skipped.into_iter();
            ended
                .extend(skipped.filter(|it| self.close_task(run, id, *it, Ending::Skipped, false)));
        }
    }

    /// Lets those go on that waited for a task that has ended; those that never will.
    fn follow(
        &mut self,
        context: &Context<'_>,
        run: &mut Run,
        id: RunId,
        ended: TaskNumber,
    ) -> Vec<TaskNumber> {
        let plan = run.plan.clone();
        let mut skipped = Vec::new();
        for feed in plan.task(ended).into_iter().flat_map(|task| &task.feeds) {
            match run.after(*feed, ended) {
                After::Waits => {}
                After::Ready => self.make_ready(run, id, *feed),
                After::Skipped(why) => {
                    run.note(*feed, why);
                    self.tell_skipped(context, id, run, *feed);
                    skipped.push(*feed);
                }
            }
        }
        skipped
    }

    /// Sets a task's ending; false when it had one.
    pub(super) fn close_task(
        &mut self,
        run: &mut Run,
        id: RunId,
        task: TaskNumber,
        ending: Ending,
        passed: bool,
    ) -> bool {
        let ignored = ending.is_bad() && ending != Ending::Cancelled && run.ignores(task);
        let Some(vertex) = run.vertices.get_mut(task).filter(|vertex| vertex.ending.is_none())
        else {
            return false;
        };
        vertex.ending = Some(ending);
        vertex.passed = passed || ignored;
        let (tolerated, waited) = (vertex.tolerated, vertex.wait == Wait::Approval);
        if waited {
            vertex.wait = Wait::RunSlot;
            run.asked = run.asked.saturating_sub(1);
        }
        run.unasked.remove(&task);
        run.turns.remove(&task);
        self.runs.unplaced.remove(&(id, task, None));
        if run.role(task) != Some(Role::OnComplete) {
            run.open = run.open.saturating_sub(1);
        }
        if ending.is_bad() && !ignored && !tolerated && !run.plan.continue_on_error {
            run.halt(Halt::Failure, format!("task `{}` did not succeed", run.name(task)));
        }
        true
    }

    pub(super) fn tell_skipped(
        &mut self,
        context: &Context<'_>,
        id: RunId,
        run: &Run,
        task: TaskNumber,
    ) {
        let why = run.vertices.get(task).and_then(|vertex| vertex.notes.last());
        let draft = Draft::of_task("task.skipped", id, run, task);
        self.emit(context, draft.because(why.map(String::as_str)));
    }
}

/// What becomes of a task when one before it has ended.
enum After {
    Waits,
    Ready,
    Skipped(String),
}

impl Run {
    pub(super) fn ignores(&self, task: TaskNumber) -> bool {
        self.plan.task(task).is_some_and(|task| task.ignore_errors)
    }

    /// What `ended` means for a task that needs or handles it.
    fn after(&mut self, task: TaskNumber, ended: TaskNumber) -> After {
        let plan = self.plan.clone();
        let Some(planned) = plan.task(task) else { return After::Waits };
        let handles = planned.rescues.binary_search(&ended).is_ok();
        let passed = self.vertices.get(ended).is_some_and(|vertex| vertex.passed);
        let Some(vertex) = self.vertices.get_mut(task).filter(|it| it.ending.is_none()) else {
            return After::Waits;
        };
        if !handles && !passed {
            return After::Skipped(format!("skipped: {}", self.why_not_passed(ended)));
        }
        vertex.blockers = vertex.blockers.saturating_sub(1);
        if vertex.blockers > 0 {
            return After::Waits;
        }
        let failed = |task: &TaskNumber| self.vertices.get(*task).is_some_and(|it| it.failed());
        if !planned.rescues.is_empty() && !planned.rescues.iter().any(failed) {
            return After::Skipped("skipped: nothing it handles has failed".into());
        }
        if self.may_start(task) { After::Ready } else { After::Waits }
    }

    fn why_not_passed(&self, task: TaskNumber) -> String {
        let name = self.name(task);
        match self.vertices.get(task).and_then(|vertex| vertex.ending) {
            Some(Ending::Skipped) => format!("it needs `{name}`, which was skipped"),
            _ => format!("it needs `{name}`, which did not succeed"),
        }
    }

    pub(super) fn verdict(&self) -> Status {
        let fails = |(task, vertex): (TaskNumber, &super::Vertex)| {
            vertex.ending.is_some_and(Ending::is_bad) && !self.ignores(task)
        };
        match self.halt {
            Some(Halt::Cancel) => Status::Cancelled,
            Some(Halt::Timeout) => Status::TimedOut,
            Some(_) => Status::Failed,
            None if self.callback_failed || self.vertices.iter().any(fails) => Status::Failed,
            None => Status::Succeeded,
        }
    }
}
