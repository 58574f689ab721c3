//! One attempt of a task: conditions, artifacts of others, the command between its hooks, own artifacts, what follows.

use std::sync::Arc;

use super::functions::{Functions, Third};
use super::job::{Attempt, Job};
use super::outcome::{Outcome, Status};
use super::returned;
use super::scene::Scene;
use super::shell::Shell;
use crate::assemble::Drafts;
use crate::field::Slot;
use crate::host::Host;
use crate::model::{Command, Task, Workflow};

/// The attempt with its ways to the world and to its functions.
pub struct Work<'a> {
    pub task: &'a Task,
    pub attempt: &'a Attempt,
    pub shell: Shell<'a>,
    /// Absent when nothing of the task is a function: no Lua state is made for it.
    pub functions: Option<Functions<'a>>,
}

/// An attempt of a task that has no function at all.
pub async fn plain(job: &Job, host: &Arc<dyn Host>, task: &Task, attempt: &Attempt) -> Outcome {
    let shell = Shell { host, task, check: job.check, policy: job.policy(Some(task)) };
    Work { task, attempt, shell, functions: None }.run(job).await
}

/// An attempt of the task at this place.
pub async fn task(
    scene: &Scene,
    workflow: &Workflow,
    drafts: &Drafts,
    place: usize,
    attempt: &Attempt,
) -> Outcome {
    let task = &workflow.tasks[place];
    match Functions::new(scene, workflow, task, &drafts.tasks[place], attempt) {
        Ok(functions) => {
            let job = &scene.job;
            let policy = job.policy(Some(task));
            let shell = Shell { host: &scene.host, task, check: job.check, policy };
            Work { task, attempt, shell, functions: Some(functions) }.run(job).await
        }
        Err(error) => Outcome::failed(error.to_string()),
    }
}

impl Work<'_> {
    async fn run(&self, job: &Job) -> Outcome {
        let deadline = tokio::time::Instant::from_std(job.deadline);
        let tried = tokio::time::timeout_at(deadline, self.attempt()).await;
        let mut outcome = tried.unwrap_or_else(|_| Outcome::timed_out());
        self.follow(&mut outcome).await;
        outcome
    }

    async fn attempt(&self) -> Outcome {
        let mut warnings = Vec::new();
        if self.attempt.first
            && let Some(stopped) = self.gate(&mut warnings).await
        {
            return stopped;
        }
        let mut outcome = match self.shell.consume().await {
            Some(failed) => failed,
            None => self.between_hooks().await,
        };
        if outcome.succeeded() {
            outcome = self.shell.produce(outcome).await;
        }
        warnings.append(&mut outcome.warnings);
        Outcome { warnings, ..outcome }
    }

    /// `pre_hook`, the command, `post_hook`: each may fail the attempt.
    async fn between_hooks(&self) -> Outcome {
        let before = Third::Dependencies(&self.attempt.dependencies);
        if let Some(failed) = self.veto("pre_hook", Slot::PreHook, before).await {
            return failed;
        }
        let outcome = self.command().await;
        if !outcome.succeeded() {
            return outcome;
        }
        match self.veto("post_hook", Slot::PostHook, Third::Output(&outcome.output)).await {
            Some(failed) => Outcome { output: outcome.output, ..failed },
            None => outcome,
        }
    }

    async fn command(&self) -> Outcome {
        if let Command::Line(line) = &self.task.command {
            return self.shell.line(line).await;
        }
        let third = Third::Dependencies(&self.attempt.dependencies);
        match self.call(Slot::Command, third).await {
            Ok(Some(values)) => returned::outcome(&values),
            Ok(None) => Outcome::failed(format!("task `{}` has no command", self.task.name)),
            Err(failed) => failed,
        }
    }

    /// The failure a hook makes of the attempt, if it does.
    async fn veto(&self, name: &str, slot: Slot, third: Third<'_>) -> Option<Outcome> {
        let outcome = match self.call(slot, third).await {
            Ok(values) => returned::outcome(&values?),
            Err(failed) => failed,
        };
        let message = match &outcome.message {
            Some(message) => format!("{name}: {message}"),
            None => format!("{name} said no"),
        };
        match outcome.status {
            Status::Succeeded => None,
            _ => Some(Outcome { message: Some(message), ..outcome }),
        }
    }

    /// Calls a function of the task, if it has this one.
    pub async fn call(
        &self,
        slot: Slot,
        third: Third<'_>,
    ) -> Result<Option<mlua::MultiValue>, Outcome> {
        match &self.functions {
            Some(functions) => functions.call(slot, third).await,
            None => Ok(None),
        }
    }
}
