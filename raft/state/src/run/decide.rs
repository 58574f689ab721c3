//! What Lua functions of the file are asked about a task, and what their answers change.

use super::{
    Decision, Ending, InstanceKey, OnFailure, Outcome, Question, Report, Run, Target, retry,
};
use crate::State;
use crate::event::Draft;
use crate::state::Context;

/// A fitting answer, or why there is none.
pub(super) type Said = Result<Option<Decision>, String>;

impl State {
    /// A decision has come back: the instance goes on as it says.
    pub(super) fn decided(
        &mut self,
        context: &Context<'_>,
        run: &mut Run,
        report: &Report,
        question: Question,
    ) {
        let said = said(question, report);
        self.tell_decision(context, run, report, question, &said);
        self.go_on(context, run, report.attempt.instance, said);
    }

    /// An instance about which something was asked goes on with what was said.
    pub(super) fn go_on(
        &mut self,
        context: &Context<'_>,
        run: &mut Run,
        key: InstanceKey,
        said: Said,
    ) {
        let asked = run.instance_mut(key.task, key.slot).and_then(|it| it.asking.take());
        let Some(super::Asking { question, ending }) = asked else { return };
        if run.halt.is_some_and(super::Halt::cancels) {
            return self.end_instance(context, run, key, ending.unwrap_or(Ending::Cancelled));
        }
        match ending {
            None => self.decided_before(context, run, key, question, said),
            Some(ending) => self.decided_after(context, run, key, ending, question, said),
        }
    }

    /// Before the task's work.
    fn decided_before(
        &mut self,
        context: &Context<'_>,
        run: &mut Run,
        key: InstanceKey,
        question: Question,
        said: Said,
    ) {
        if !run.may_start(key.task) {
            return self.end_unstarted(context, run, key.run, key.task);
        }
        match said {
            Ok(Some(Decision::Target(target))) => self.target_is(run, key, target),
            Err(why) if question == Question::Target => {
                run.fail(key.task, question, &why);
                self.end_instance(context, run, key, Ending::Failed);
            }
            Err(why) => {
                run.callback_failed(key.task, question, &why);
                self.queue_all(run, key.run, key.task);
            }
            Ok(_) => self.queue_all(run, key.run, key.task),
        }
    }

    fn target_is(&mut self, run: &mut Run, key: InstanceKey, target: Target) {
        let at_home = target == Target::Owner;
        if let Some(vertex) = run.vertices.get_mut(key.task) {
            vertex.target = Some(Box::new(target));
        }
        if at_home {
            self.settle_in(run, key.run, key.task, &[run.owner]);
        } else {
            self.seek_places(run, key.run, key.task);
        }
    }

    /// After the instance's work, which would end it so.
    fn decided_after(
        &mut self,
        context: &Context<'_>,
        run: &mut Run,
        key: InstanceKey,
        ending: Ending,
        question: Question,
        said: Said,
    ) {
        match (question, said) {
            (Question::Retry, Ok(Some(Decision::Retry(true)))) if self.may_retry(run, key) => {
                self.back_off(context, run, key);
            }
            (Question::Retry, said) => {
                if let Err(why) = said {
                    run.fail(key.task, question, &why);
                }
                self.failed_for_good(context, run, key, ending);
            }
            (Question::TaskFailure, Ok(Some(Decision::OnFailure(OnFailure::Retry)))) => {
                self.retry_as_asked(context, run, key, ending);
            }
            (question, said) => {
                match said {
                    Err(why) => run.callback_failed(key.task, question, &why),
                    Ok(Some(Decision::OnFailure(OnFailure::Continue))) => run.tolerate(key.task),
                    Ok(_) => {}
                }
                match question {
                    Question::TaskComplete => self.end_completed(context, run, key, ending),
                    _ => self.end_instance(context, run, key, ending),
                }
            }
        }
    }

    fn retry_as_asked(
        &mut self,
        context: &Context<'_>,
        run: &mut Run,
        key: InstanceKey,
        ending: Ending,
    ) {
        let most =
            run.plan.task(key.task).map_or(0, |task| task.retry.count) + retry::ASKED_RETRIES_MAX;
        let used = run.instance(key.task, key.slot).map_or(0, |instance| instance.retries);
        if used < most && self.may_retry(run, key) {
            return self.back_off(context, run, key);
        }
        let why = if used < most {
            "it may not start again".to_string()
        } else {
            format!("{used} further attempts are the most there may be")
        };
        run.note(key.task, format!("not tried again as `on_task_failure` wants: {why}"));
        self.end_instance(context, run, key, ending);
    }

    fn tell_decision(
        &mut self,
        context: &Context<'_>,
        run: &Run,
        report: &Report,
        question: Question,
        said: &Said,
    ) {
        let key = report.attempt.instance;
        let draft = Draft::of_task("task.decided", key.run, run, key.task)
            .attempt(run, report.attempt)
            .with("function", question.function());
        let draft = match said {
            Ok(Some(decision)) => draft.with("answer", decision.to_string()),
            Ok(None) => draft,
            Err(why) => draft.with("error", why.as_str()),
        };
        self.emit(context, draft.on(report.node));
    }
}

impl Run {
    /// A function of the task has failed, and so has the task.
    fn fail(&mut self, task: super::TaskNumber, question: Question, why: &str) {
        let function = question.function();
        self.note(task, format!("`{function}` failed: {why}"));
        self.blame(format!("task `{}`: `{function}` failed: {why}", self.name(task)));
    }

    /// A callback of the workflow has failed: the task is not touched by it, the run fails at its end.
    fn callback_failed(&mut self, task: super::TaskNumber, question: Question, why: &str) {
        let function = question.function();
        self.callback_failed = true;
        self.note(task, format!("`{function}` failed: {why}"));
        self.blame(format!("`{function}` failed for task `{}`: {why}", self.name(task)));
    }

    fn tolerate(&mut self, task: super::TaskNumber) {
        if let Some(vertex) = self.vertices.get_mut(task) {
            vertex.tolerated = true;
        }
    }
}

/// What a report says, if it is an answer to the question.
fn said(question: Question, report: &Report) -> Said {
    if report.outcome != Outcome::Succeeded {
        return Err(match report.message.as_str() {
            "" => "it did not end well".into(),
            message => message.into(),
        });
    }
    match (question, &report.answer) {
        (Question::Target, Some(Decision::Target(target))) if *target != Target::Ask => {
            Ok(report.answer.clone())
        }
        (Question::Retry, Some(Decision::Retry(_)))
        | (Question::TaskFailure, Some(Decision::OnFailure(_))) => Ok(report.answer.clone()),
        (Question::TaskStart | Question::TaskComplete, _) => Ok(None),
        _ => Err("it gave no answer".into()),
    }
}
