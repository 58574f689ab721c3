//! Reports: one is accepted per attempt, and it frees what waited for it in the same step.

use super::grant::enqueue;
use super::{Attempt, AttemptKey, Ending, Instance, Outcome, Phase, Report, Run, Wait};
use crate::event::Draft;
use crate::state::Context;
use crate::{Answer, Refusal, Reply, State};

impl State {
    pub(crate) fn report(&mut self, context: &Context<'_>, report: &Report) -> Reply {
        let id = report.attempt.instance.run;
        self.edit(context, id, |state, run| {
            check(run, report)?;
            state.free(run, report.attempt, report.node);
            state.conclude(context, run, report);
            Ok(())
        })?;
        self.grant_blocked(context, report.node);
        Ok(Answer::Done)
    }

    fn conclude(&mut self, context: &Context<'_>, run: &mut Run, report: &Report) {
        let key = report.attempt.instance;
        let ending = ending(run, report.outcome);
        close_attempt(context, run, report, ending);
        if ending == Ending::Lost {
            return self.lose_instance(context, run, report.attempt, &report.message);
        }
        self.keep_results(run, report);
        self.announce(context, run, report, ending);
        if self.try_again(context, run, report, ending) {
            return;
        }
        if ending.is_bad() {
            run.blame(key.task, &report.message);
        }
        self.end_instance(context, run, key, ending);
    }

    fn keep_results(&mut self, run: &mut Run, report: &Report) {
        let Some(instance) = instance(run, report.attempt) else { return };
        self.runs.unrefer(instance);
        instance.output = report.output.clone();
        instance.artifacts = report.artifacts.clone();
        instance.changed = report.changed;
        let referred: Vec<_> = super::blob::blobs(&instance.output, instance).collect();
        for (hash, size) in referred {
            self.runs.refer(hash, size, report.node);
        }
    }

    fn announce(&mut self, context: &Context<'_>, run: &Run, report: &Report, ending: Ending) {
        let kind = match ending {
            Ending::Succeeded => "task.completed",
            Ending::Skipped => "task.skipped",
            Ending::TimedOut => "task.timeout",
            Ending::Cancelled => "task.cancelled",
            _ => "task.failed",
        };
        let key = report.attempt.instance;
        let draft = Draft::of_task(kind, key.run, run, key.task)
            .on(report.node)
            .attempt(report.attempt)
            .because(Some(&report.message));
        self.emit(context, draft);
    }

    /// Whether a failed instance has a retry left; it then waits for its back-off.
    fn try_again(
        &mut self,
        context: &Context<'_>,
        run: &mut Run,
        report: &Report,
        ending: Ending,
    ) -> bool {
        let key = report.attempt.instance;
        let Some(retry) = run.plan.task(key.task).map(|task| task.retry.clone()) else {
            return false;
        };
        let now = self.clock;
        let Some(instance) = instance(run, report.attempt) else { return false };
        let failed = matches!(ending, Ending::Failed | Ending::TimedOut);
        if !failed || instance.retries >= retry.count {
            return false;
        }
        instance.retries += 1;
        let until = now.after(retry.wait(instance.retries));
        instance.phase = Phase::Waiting { reason: Wait::Backoff { until }, since: now };
        self.runs.timers.insert((until, key.run, Some((key.task, key.slot))));
        let draft = Draft::of_task("task.retrying", key.run, run, key.task)
            .on(report.node)
            .attempt(report.attempt);
        self.emit(context, draft);
        true
    }

    /// A back-off is over: the instance queues again on its node.
    pub(super) fn wake(&mut self, run: &mut Run, task: super::TaskNumber, slot: super::Slot) {
        let suspended = run.suspended;
        let now = self.clock;
        let instance =
            run.vertices.get_mut(&task).and_then(|vertex| vertex.instances.get_mut(&slot));
        let Some(instance) = instance else { return };
        let Some(node) = instance.node else { return };
        let reason = if suspended { Wait::Resume } else { Wait::RunSlot };
        instance.phase = Phase::Waiting { reason, since: now };
        enqueue(run, node, task, slot);
    }
}

fn check(run: &Run, report: &Report) -> Result<(), Refusal> {
    let key = report.attempt;
    let stale = |why: String| Refusal::stale(format!("the report of {why} is not accepted"));
    if !run.is_running(key) {
        return Err(stale(format!(
            "attempt {} of task {} in run {}, which is not running,",
            key.attempt, key.instance.task, key.instance.run
        )));
    }
    let attempt = run
        .instance(key.instance.task, key.instance.slot)
        .and_then(|instance| instance.attempts.last());
    match attempt {
        Some(attempt)
            if attempt.node == report.node && attempt.incarnation == report.incarnation =>
        {
            Ok(())
        }
        _ => Err(stale(format!(
            "node {} in its life {}, to which the attempt was not given,",
            report.node.short(),
            report.incarnation
        ))),
    }
}

/// The first of report and stop that commits wins.
fn ending(run: &Run, outcome: Outcome) -> Ending {
    match run.halt {
        Some(halt) if halt.cancels() => Ending::Cancelled,
        _ => outcome.into(),
    }
}

fn instance(run: &mut Run, key: AttemptKey) -> Option<&mut Instance> {
    run.vertices.get_mut(&key.instance.task)?.instances.get_mut(&key.instance.slot)
}

/// Writes what the report says into the attempt's record.
fn close_attempt(context: &Context<'_>, run: &mut Run, report: &Report, ending: Ending) {
    let last = instance(run, report.attempt).and_then(|instance| instance.attempts.last_mut());
    let Some(attempt) = last else { return };
    *attempt = Attempt {
        ended_at: Some(context.at),
        ending: Some(ending),
        exit_code: report.exit_code,
        message: report.message.clone(),
        tail: report.tail.clone(),
        duration_ms: report.duration_ms,
        log_size: report.log_size,
        answer: report.answer.clone().map(Box::new),
        ..attempt.clone()
    };
}
