//! Reports: one is accepted per attempt, and it frees what waited for it in the same step.

use std::borrow::Cow;

use super::{Assignment, Attempt, Ending, Halt, Kind, Outcome, Report, Role, Run, Stop};
use crate::event::Draft;
use crate::state::Context;
use crate::{Answer, Refusal, Reply, State};

impl State {
    pub(crate) fn report(&mut self, context: &Context<'_>, report: &Report) -> Reply {
        let id = report.attempt.instance.run;
        self.edit_and_yield(context, id, report.node, |state, run| {
            let kind = check(run, report)?;
            let assignment = state.free(run, report.attempt, report.node);
            let ending = ending(run, assignment, report);
            let report = &*explained(run, report, ending);
            close_attempt(context, run, report, ending);
            match kind {
                _ if ending == Ending::Lost => {
                    state.lose_instance(context, run, report.attempt, &report.message);
                }
                Kind::Work => state.conclude(context, run, report, ending),
                Kind::Decide(question) => state.decided(context, run, report, question),
            }
            Ok(())
        })?;
        Ok(Answer::Done)
    }

    fn conclude(&mut self, context: &Context<'_>, run: &mut Run, report: &Report, ending: Ending) {
        let key = report.attempt.instance;
        self.keep_results(run, report);
        self.announce(context, run, report, ending);
        let failed = matches!(ending, Ending::Failed | Ending::TimedOut);
        if failed && report.outcome == Outcome::Aborted {
            run.halt(Halt::Abort, format!("task `{}`: {}", run.name(key.task), report.message));
        } else if failed {
            return self.failed(context, run, key, ending);
        }
        self.end_instance(context, run, key, ending);
    }

    fn keep_results(&mut self, run: &mut Run, report: &Report) {
        let key = report.attempt.instance;
        if !report.artifacts.is_empty() {
            run.producers.insert(key.task);
        }
        let Some(instance) = run.instance_mut(key.task, key.slot) else { return };
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
            .attempt(run, report.attempt)
            .because(Some(&report.message));
        self.emit(context, draft);
    }
}

/// What the attempt was for, if the report is about one that runs.
fn check(run: &Run, report: &Report) -> Result<Kind, Refusal> {
    let key = report.attempt;
    let stale = |why: String| Refusal::stale(format!("the report of {why} is not accepted"));
    let instance = run.instance(key.instance.task, key.instance.slot);
    let running = instance.filter(|instance| instance.running() == Some(key.attempt));
    let Some(attempt) = running.and_then(|instance| instance.attempts.last()) else {
        return Err(stale(format!(
            "attempt {} of task {} in run {}, which is not running,",
            key.attempt, key.instance.task, key.instance.run
        )));
    };
    if attempt.node == report.node && attempt.incarnation == report.incarnation {
        return Ok(attempt.kind);
    }
    Err(stale(format!(
        "node {} in its life {}, to which the attempt was not given,",
        report.node.short(),
        report.incarnation
    )))
}

/// The first of report and stop that commits wins.
fn ending(run: &Run, assignment: Option<Assignment>, report: &Report) -> Ending {
    let last = run.role(report.attempt.instance.task) == Some(Role::OnComplete);
    match (run.halt, assignment.and_then(|assignment| assignment.stop)) {
        // What runs after the workflow's timeout is not stopped by it.
        (Some(Halt::Timeout), None) if last => report.outcome.into(),
        (Some(halt), _) if halt.cancels() => Ending::Cancelled,
        (_, Some(Stop::TimedOut)) => Ending::TimedOut,
        _ => report.outcome.into(),
    }
}

/// A report of an attempt that was stopped because the time of its instance was over says so.
fn explained<'a>(run: &Run, report: &'a Report, ending: Ending) -> Cow<'a, Report> {
    let stopped = ending == Ending::TimedOut && report.outcome != Outcome::TimedOut;
    let task = run.plan.task(report.attempt.instance.task);
    match task.and_then(|task| task.deadline).filter(|_| stopped) {
        None => Cow::Borrowed(report),
        Some(deadline) => {
            let message = format!("its deadline of {deadline} was over");
            Cow::Owned(Report { message, ..report.clone() })
        }
    }
}

/// Writes what the report says into the attempt's record.
fn close_attempt(context: &Context<'_>, run: &mut Run, report: &Report, ending: Ending) {
    let key = report.attempt.instance;
    let instance = run.instance_mut(key.task, key.slot);
    let Some(attempt) = instance.and_then(|instance| instance.attempts.last_mut()) else { return };
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
