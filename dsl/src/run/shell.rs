//! What a task does without Lua: shell lines, and the files that pass from task to task.

use std::sync::Arc;

use serde_json::json;

use super::job::{Attempt, Job, Outcome, Status};
use crate::host::{Finished, Host, Process, Program};
use crate::model::{Command, Condition, Task};

/// Bytes of each stream of a shell line that are kept for its output table.
const KEEP: usize = 64 << 10;

/// A task's way to the world.
pub struct Shell<'a> {
    pub host: &'a Arc<dyn Host>,
    pub task: &'a Task,
}

/// One attempt of a task that has no function at all: no Lua state is made for it.
pub async fn task(job: &Job, host: &Arc<dyn Host>, task: &Task, attempt: &Attempt) -> Outcome {
    let shell = Shell { host, task };
    let deadline = tokio::time::Instant::from_std(job.deadline);
    match tokio::time::timeout_at(deadline, shell.attempt(attempt)).await {
        Ok(outcome) => outcome,
        Err(_) => Outcome::new(Status::TimedOut, Some("time limit reached".into())),
    }
}

impl Shell<'_> {
    async fn attempt(&self, attempt: &Attempt) -> Outcome {
        if attempt.first
            && let Some(Condition::Line(line)) = &self.task.run_if
            && let Some(stopped) = self.condition(line).await
        {
            return stopped;
        }
        if let Some(stopped) = self.consume().await {
            return stopped;
        }
        let outcome = match &self.task.command {
            Command::Line(line) => self.line(line).await,
            Command::Function => Outcome::failed("a function needs Lua"),
        };
        if outcome.succeeded() { self.produce(outcome).await } else { outcome }
    }

    /// Why the task does not run, if the line says so.
    pub async fn condition(&self, line: &str) -> Option<Outcome> {
        match self.spawn(line, false).await {
            Ok(finished) if finished.exit_code == 0 => None,
            Ok(_) => Some(Outcome::new(Status::Skipped, Some("run_if said no".into()))),
            Err(failed) => Some(failed),
        }
    }

    pub async fn consume(&self) -> Option<Outcome> {
        let names: Vec<String> = self.task.consumes.iter().map(|name| name.to_string()).collect();
        if names.is_empty() {
            return None;
        }
        let error = self.host.consume(names).await.err()?;
        Some(Outcome::failed(format!(
            "cannot get the artifacts of {}: {error}",
            self.task.consumes.join(", ")
        )))
    }

    pub async fn produce(&self, outcome: Outcome) -> Outcome {
        if self.task.artifacts.is_empty() {
            return outcome;
        }
        match self.host.produce(self.task.artifacts.clone()).await {
            Ok(_) => outcome,
            Err(error) => Outcome {
                status: Status::Failed,
                message: Some(format!("cannot keep the artifacts: {error}")),
                ..outcome
            },
        }
    }

    /// The task's command.
    pub async fn line(&self, line: &str) -> Outcome {
        match self.spawn(line, true).await {
            Ok(finished) => outcome(&finished),
            Err(failed) => failed,
        }
    }

    async fn spawn(&self, line: &str, log: bool) -> Result<Finished, Outcome> {
        let program = Program::Line(line.into());
        let process = Process { keep: KEEP, log, ..Process::new(program) };
        let finished = self.host.spawn(process).await;
        finished.map_err(|error| Outcome::failed(format!("cannot run `{line}`: {error}")))
    }
}

fn outcome(finished: &Finished) -> Outcome {
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
