//! Further attempts: whether, after which wait, and until when at the latest.

use super::timer::Due;
use super::{
    AttemptKey, Ending, InstanceKey, Kind, Phase, Question, Role, Run, RunId, Slot, Stop,
    TaskNumber, Wait,
};
use crate::event::Draft;
use crate::state::Context;
use crate::{Elapsed, State};

/// Further attempts of one instance that `on_task_failure` may ask for, so that a run ends whatever it says.
pub const ASKED_RETRIES_MAX: u32 = 20;

impl State {
    /// The work of an instance has failed: it is tried again, somebody is asked, or it ends.
    pub(super) fn failed(
        &mut self,
        context: &Context<'_>,
        run: &mut Run,
        key: InstanceKey,
        ending: Ending,
    ) {
        let InstanceKey { run: id, task, slot } = key;
        let plan = run.plan.clone();
        let Some(retry) = plan.task(task).map(|task| &task.retry) else { return };
        let retries = run.instance(task, slot).map_or(0, |instance| instance.retries);
        if retries >= retry.count || !self.may_retry(run, key) {
            return self.failed_for_good(context, run, key, ending);
        }
        if retry.asks {
            return self.ask(run, id, (task, slot), Question::Retry, Some(ending));
        }
        self.back_off(context, run, key);
    }

    /// No retry is left: the workflow's callback may still decide otherwise.
    pub(super) fn failed_for_good(
        &mut self,
        context: &Context<'_>,
        run: &mut Run,
        key: InstanceKey,
        ending: Ending,
    ) {
        let is_task = run.role(key.task) == Some(Role::Task);
        let halted = run.halt.is_some_and(super::Halt::cancels);
        if run.plan.callbacks.task_failure && is_task && !halted {
            let place = (key.task, key.slot);
            return self.ask(run, key.run, place, Question::TaskFailure, Some(ending));
        }
        self.end_instance(context, run, key, ending);
    }

    /// It may start again, and has time to.
    pub(super) fn may_retry(&self, run: &Run, key: InstanceKey) -> bool {
        let once = run.plan.task(key.task).is_none_or(|task| task.once);
        let deadline = run.instance(key.task, key.slot).and_then(|instance| instance.deadline);
        let halted = run.halt.is_some_and(super::Halt::cancels);
        !once && !halted && deadline.is_none_or(|deadline| deadline > self.clock)
    }

    /// A further attempt after the wait that is due before it.
    pub(super) fn back_off(&mut self, context: &Context<'_>, run: &mut Run, key: InstanceKey) {
        let InstanceKey { run: id, task, slot } = key;
        let now = self.clock;
        let Some(retry) = run.plan.task(task).map(|task| task.retry.clone()) else { return };
        let Some(instance) = run.instance_mut(task, slot) else { return };
        instance.retries += 1;
        instance.asking = None;
        let work = instance.attempts.iter().rfind(|attempt| attempt.kind == Kind::Work);
        let attempt = work.map_or(0, |attempt| attempt.number);
        let attempt = AttemptKey { instance: key, attempt };
        let wait = retry.wait(instance.retries, attempt);
        let until = now.after(wait);
        instance.wait(Wait::Backoff { until }, now);
        let (used, node) = (instance.retries, instance.node);
        self.runs.timers.insert((until, id, Due::Backoff(task, slot)));
        let draft = Draft::of_task("task.retrying", id, run, task)
            .attempt(run, attempt)
            .with("retry", used)
            .with("wait_ms", wait.0);
        self.emit(context, Draft { node, ..draft });
    }

    /// A back-off is over: the instance queues again on its node.
    pub(super) fn wake(&mut self, run: &mut Run, id: RunId, task: TaskNumber, slot: Slot) {
        let waits = run.instance(task, slot).map(|instance| &instance.phase);
        if matches!(waits, Some(Phase::Waiting { reason: Wait::Backoff { .. }, .. })) {
            self.queue_up(run, id, task, slot);
        }
    }

    /// The time of an instance begins with its first start.
    pub(super) fn start_clock(&mut self, run: &mut Run, id: RunId, task: TaskNumber, slot: Slot) {
        let Some(span) = run.plan.task(task).and_then(|task| task.deadline) else { return };
        let deadline = self.clock.after(span);
        if let Some(instance) = run.instance_mut(task, slot).filter(|it| it.deadline.is_none()) {
            instance.deadline = Some(deadline);
            self.runs.timers.insert((deadline, id, Due::Deadline(task, slot)));
        }
    }

    /// The time of an instance is over: what runs is told to stop, what waits ends.
    pub(super) fn overdue(
        &mut self,
        context: &Context<'_>,
        run: &mut Run,
        key: InstanceKey,
        span: Elapsed,
    ) {
        let InstanceKey { run: id, task, slot } = key;
        let Some(instance) = run.instance(task, slot) else { return };
        let undecided = instance.asking.is_some();
        if let (Some(attempt), Some(node)) = (instance.running(), instance.running_on()) {
            let attempt = AttemptKey { instance: key, attempt };
            if !undecided {
                self.tell_to_stop(node, attempt, Stop::TimedOut);
            }
            return;
        }
        if undecided || instance.ending().is_some() {
            return;
        }
        self.unqueue(run, id, task, slot);
        let why = format!("its deadline of {span} was over before its next try");
        run.note(task, why.clone());
        let draft = Draft::of_task("task.timeout", id, run, task).because(Some(&why));
        self.emit(context, draft);
        self.failed_for_good(context, run, key, Ending::TimedOut);
    }

    pub(super) fn tell_to_stop(&mut self, node: config::NodeId, attempt: AttemptKey, stop: Stop) {
        let assigned = self.runs.assignments.get_mut(&node);
        if let Some(assignment) = assigned.and_then(|assigned| assigned.get_mut(&attempt)) {
            assignment.stop = Some(stop);
        }
    }
}
