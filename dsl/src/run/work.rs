//! One attempt of a task: condition, artifacts of others, command, own artifacts, hooks.

use std::time::Instant;

use mlua::Table;
use serde_json::json;

use super::job::{Attempt, Outcome, Status};
use super::{HOOKS_TIME, Scene, results, returned, this};
use crate::convert;
use crate::declare::{CommandDraft, ConditionDraft, Draft, FunctionId};
use crate::field::Slot;
use crate::host::{Finished, Level, Process, Program, Stream};
use crate::model::{Task, Workflow};

/// Bytes of each stream of a shell line that are kept for its output table.
const KEEP: usize = 64 << 10;

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
        if let Some(stopped) = self.consume().await {
            return stopped;
        }
        let outcome = self.command().await;
        if outcome.succeeded() { self.produce(outcome).await } else { outcome }
    }

    /// Why the task does not run, if it does not.
    async fn condition(&self) -> Option<Outcome> {
        let allowed = match self.draft.condition(Slot::RunIf)? {
            ConditionDraft::Line(line) => {
                self.spawn(line, false).await.map(|done| done.exit_code == 0)
            }
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

    async fn consume(&self) -> Option<Outcome> {
        let names: Vec<String> = self.task.consumes.iter().map(|name| name.to_string()).collect();
        if names.is_empty() {
            return None;
        }
        let error = self.scene.host.consume(names).await.err()?;
        Some(Outcome::failed(format!(
            "cannot get the artifacts of {}: {error}",
            self.task.consumes.join(", ")
        )))
    }

    async fn produce(&self, outcome: Outcome) -> Outcome {
        if self.task.artifacts.is_empty() {
            return outcome;
        }
        match self.scene.host.produce(self.task.artifacts.clone()).await {
            Ok(_) => outcome,
            Err(error) => Outcome {
                status: Status::Failed,
                message: Some(format!("cannot keep the artifacts: {error}")),
                ..outcome
            },
        }
    }

    async fn command(&self) -> Outcome {
        match self.draft.command(Slot::Command) {
            Some(CommandDraft::Line(line)) => match self.spawn(line, true).await {
                Ok(finished) => line_outcome(&finished),
                Err(failed) => failed,
            },
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

    async fn spawn(&self, line: &str, log: bool) -> Result<Finished, Outcome> {
        let process = Process {
            program: Program::Line(line.into()),
            workdir: None,
            env: Vec::new(),
            clean_env: false,
            stdin: None,
            timeout: None,
            keep: KEEP,
            log,
        };
        self.scene
            .host
            .spawn(process)
            .await
            .map_err(|error| Outcome::failed(format!("cannot run `{line}`: {error}")))
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

fn line_outcome(finished: &Finished) -> Outcome {
    let stdout = String::from_utf8_lossy(&finished.stdout);
    let stderr = String::from_utf8_lossy(&finished.stderr);
    let success = finished.exit_code == 0;
    let said = last_line(if success { &stdout } else { &stderr });
    let message = said.or_else(|| (!success).then(|| format!("exit code {}", finished.exit_code)));
    let status = if success { Status::Succeeded } else { Status::Failed };
    let mut outcome = Outcome::new(status, message);
    outcome.output = json!({ "stdout": stdout, "stderr": stderr, "exit_code": finished.exit_code });
    if finished.truncated {
        outcome.warnings.push(format!(
            "only the first {} KiB of each stream are in the output table",
            KEEP >> 10
        ));
    }
    outcome
}

fn last_line(text: &str) -> Option<String> {
    let line = text.lines().rev().map(str::trim_end).find(|line| !line.is_empty())?;
    Some(line.chars().take(1_000).collect())
}
