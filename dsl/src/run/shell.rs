//! What a task does without Lua: shell lines, and the files that pass from task to task.

use std::path::Path;
use std::sync::Arc;

use serde_json::json;

use super::outcome::{Outcome, Status};
use crate::host::{Finished, Host, Process, Program};
use crate::line::program;
use crate::model::Task;
use crate::policy::{Need, Policy};
use crate::registry::function::Capability;

/// Bytes of each stream of a shell line that are kept for its output table.
const KEEP: usize = 64 << 10;

/// Characters of the last line that become the message.
const MESSAGE_MAX: usize = 1_000;

/// A task's way to the world.
pub struct Shell<'a> {
    pub host: &'a Arc<dyn Host>,
    pub task: &'a Task,
    /// Nothing is to be changed.
    pub check: bool,
    /// What the task may run.
    pub policy: Policy,
}

impl Shell<'_> {
    pub async fn exits_with_0(&self, line: &str) -> Result<bool, Outcome> {
        Ok(self.spawn(line, false).await?.exit_code == 0)
    }

    /// The failure to get what the task consumes, if it fails.
    pub async fn consume(&self) -> Option<Outcome> {
        let names: Vec<String> = self.task.consumes.iter().map(|name| name.to_string()).collect();
        if names.is_empty() || self.check {
            return None;
        }
        let error = self.host.consume(names).await.err()?;
        Some(Outcome::failed(format!(
            "cannot get the artifacts of {}: {error}",
            self.task.consumes.join(", ")
        )))
    }

    pub async fn produce(&self, outcome: Outcome) -> Outcome {
        if self.task.artifacts.is_empty() || self.check {
            return outcome;
        }
        match self.host.produce(self.task.artifacts.clone()).await {
            Ok(_) => outcome,
            Err(error) => Outcome {
                status: Status::Failed,
                changed: false,
                message: Some(format!("cannot keep the artifacts: {error}")),
                ..outcome
            },
        }
    }

    /// The task's command.
    pub async fn line(&self, line: &str) -> Outcome {
        if self.check {
            return would_run(line);
        }
        match self.spawn(line, true).await {
            Ok(finished) => outcome(self.host, &finished),
            Err(failed) => failed,
        }
    }

    async fn spawn(&self, line: &str, log: bool) -> Result<Finished, Outcome> {
        // Only patterns of paths are relative, and a program is none.
        let program = Need::this(Capability::Exec, program(line));
        let allowed = self.policy.check(&[program], Path::new(""));
        allowed.map_err(|denied| Outcome::failed(denied.to_string()))?;
        let process = Process { keep: KEEP, log, ..Process::new(Program::Line(line.into())) };
        let finished = self.host.spawn(process).await;
        finished.map_err(|error| Outcome::failed(format!("cannot run `{line}`: {error}")))
    }
}

/// A command is shown, not run: nobody can know what it would do.
fn would_run(line: &str) -> Outcome {
    let mut outcome = Outcome::new(Status::Succeeded, Some(format!("would run `{line}`")));
    outcome.output = json!({ "check": true, "skipped": true, "changed": true });
    outcome
}

fn outcome(host: &Arc<dyn Host>, finished: &Finished) -> Outcome {
    let stdout = String::from_utf8_lossy(&finished.stdout);
    let stderr = String::from_utf8_lossy(&finished.stderr);
    let success = finished.exit_code == 0;
    let said = last_line(if success { &finished.stdout } else { &finished.stderr });
    // Masked before it is cut, as nobody finds half a secret.
    let said = said.map(|said| host.masked(&said).chars().take(MESSAGE_MAX).collect());
    let message: Option<String> =
        said.or_else(|| (!success).then(|| format!("exit code {}", finished.exit_code)));
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

fn last_line(bytes: &[u8]) -> Option<String> {
    let mut lines = bytes.rsplit(|byte| *byte == b'\n').map(<[u8]>::trim_ascii_end);
    lines.find(|line| !line.is_empty()).map(|line| String::from_utf8_lossy(line).into_owned())
}
