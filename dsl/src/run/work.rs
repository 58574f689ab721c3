//! One attempt of a task: condition, artifacts of others, command, own artifacts, hooks.

use std::time::Instant;

use mlua::Table;

use super::job::{Attempt, Outcome, Status};
use super::shell::Shell;
use super::{HOOKS_TIME, Scene, results, returned, this};
use crate::convert;
use crate::declare::{CommandDraft, ConditionDraft, Draft, FunctionId};
use crate::field::Slot;
use crate::host::{Level, Stream};
use crate::model::{Task, Workflow};

/// The attempt with what its functions are called with.
struct Work<'a> {
    scene: &'a Scene,
    task: &'a Task,
    draft: &'a Draft,
    attempt: &'a Attempt,
    this: Table,
    params: Table,
}

pub async fn task(
    scene: &Scene,
    workflow: &Workflow,
    task: &Task,
    draft: &Draft,
    attempt: &Attempt,
) -> Outcome {
    let made = scene.params(workflow, task).and_then(|params| {
        let this = this::table(&scene.loaded.vm, &scene.job, attempt, &params)?;
        Ok(Work { scene, task, draft, attempt, this, params })
    });
    match made {
        Ok(work) => work.run().await,
        Err(error) => Outcome::failed(error.to_string()),
    }
}

impl Work<'_> {
    async fn run(&self) -> Outcome {
        let deadline = tokio::time::Instant::from_std(self.scene.job.deadline);
        let mut outcome = match tokio::time::timeout_at(deadline, self.attempt()).await {
            Ok(outcome) => outcome,
            Err(_) => Outcome::new(Status::TimedOut, Some("time limit reached".into())),
        };
        if !matches!(outcome.status, Status::Skipped | Status::Cancelled) {
            self.hooks(&mut outcome).await;
        }
        outcome
    }

    async fn attempt(&self) -> Outcome {
        if self.attempt.first
            && let Some(stopped) = self.condition().await
        {
            return stopped;
        }
        if let Some(stopped) = self.shell().consume().await {
            return stopped;
        }
        let outcome = self.command().await;
        if outcome.succeeded() { self.shell().produce(outcome).await } else { outcome }
    }

    /// Why the task does not run, if it does not.
    async fn condition(&self) -> Option<Outcome> {
        let allowed = match self.draft.condition(Slot::RunIf)? {
            ConditionDraft::Line(line) => return self.shell().condition(line).await,
            ConditionDraft::Function(id) => match self.dependencies() {
                Ok(deps) => {
                    self.called(*id, &deps).await.map(|values| returned::condition(&values))
                }
                Err(error) => Err(Outcome::failed(error.to_string())),
            },
        };
        match allowed {
            Ok(true) => None,
            Ok(false) => Some(Outcome::new(Status::Skipped, Some("run_if said no".into()))),
            Err(failed) => Some(failed),
        }
    }

    async fn command(&self) -> Outcome {
        match self.draft.command(Slot::Command) {
            Some(CommandDraft::Line(line)) => self.shell().line(line).await,
            Some(CommandDraft::Function(id)) => match self.dependencies() {
                Ok(deps) => match self.called(*id, &deps).await {
                    Ok(values) => returned::outcome(&values),
                    Err(failed) => failed,
                },
                Err(error) => Outcome::failed(error.to_string()),
            },
            _ => Outcome::failed(format!("task `{}` has no command", self.task.name)),
        }
    }

    fn shell(&self) -> Shell<'_> {
        Shell { host: &self.scene.host, task: self.task }
    }

    async fn called(&self, id: FunctionId, third: &Table) -> Result<mlua::MultiValue, Outcome> {
        let arguments =
            |function: &mlua::Function| self.scene.bind(function, &self.this, &self.params, third);
        self.scene.call(id, arguments).await.map_err(|failure| self.scene.failed(&failure))
    }

    fn dependencies(&self) -> mlua::Result<Table> {
        let lua = self.scene.loaded.vm.lua();
        let deps = lua.create_table()?;
        for (name, output) in &self.attempt.dependencies {
            deps.raw_set(name.as_str(), convert::map_to_lua(lua, results::object(output))?)?;
        }
        Ok(deps)
    }

    /// Hooks change nothing about the outcome; what goes wrong in them is a warning.
    async fn hooks(&self, outcome: &mut Outcome) {
        let success = outcome.succeeded();
        if !success && !self.attempt.last {
            return;
        }
        let (hook, slot) =
            if success { ("on_success", Slot::OnSuccess) } else { ("on_failure", Slot::OnFailure) };
        self.scene.allow(Instant::now() + HOOKS_TIME);
        self.hook(hook, slot, outcome).await;
        self.hook("on_complete", Slot::OnComplete, outcome).await;
    }

    async fn hook(&self, name: &str, slot: Slot, outcome: &mut Outcome) {
        let Some(id) = self.draft.function(slot) else { return };
        let lua = self.scene.loaded.vm.lua();
        let third = match slot {
            Slot::OnFailure => results::failure(lua, self.attempt, outcome),
            _ => convert::map_to_lua(lua, results::object(&outcome.output)),
        };
        let failed = match third {
            Ok(third) => self.called(id, &third).await.err().and_then(|failed| failed.message),
            Err(error) => Some(error.to_string()),
        };
        if let Some(message) = failed {
            let warning = format!("{name} failed: {message}");
            self.scene.host.line(Stream::Log(Level::Warn), &warning);
            outcome.warnings.push(warning);
        }
    }
}
