use std::time::Duration;

use config::{NodeId, limits};
use dsl::Status;
use state::AttemptKey;
use state::run::{Artifact, Outcome, Output, Report};

use super::decide::decision;
use crate::blobs::Blobs;
use crate::logs::Log;
use crate::mask::Masker;
use crate::{Error, clock, error};

/// A message in a report; the log has the rest.
const MESSAGE_BYTES: usize = 4 << 10;

/// What an attempt came to.
pub struct Done {
    pub outcome: dsl::Outcome,
    pub artifacts: Vec<Artifact>,
}

/// A report without its result.
pub struct Draft {
    pub attempt: AttemptKey,
    pub node: NodeId,
    pub incarnation: u64,
    pub elapsed: Duration,
    /// Nothing leaves in clear.
    pub masker: Masker,
}

impl Draft {
    pub fn finish(self, done: Result<Done, Error>, log: &Log, blobs: &Blobs) -> Report {
        match done {
            Ok(done) => self.of_outcome(done, log, blobs),
            Err(error) => self.of_error(&error, log),
        }
    }

    fn of_outcome(self, done: Done, log: &Log, blobs: &Blobs) -> Report {
        let Done { outcome, artifacts } = done;
        outcome.warnings.iter().for_each(|text| log.line(clock::wall(), "warn", text));
        let message = match &outcome.diagnostic {
            Some(diagnostic) => diagnostic.to_string(),
            None => outcome.message.clone().unwrap_or_default(),
        };
        if outcome.status == Status::Failed && outcome.diagnostic.is_some() {
            log.line(clock::wall(), "error", &message);
        }
        match output(self.masker.json(outcome.output.clone()), blobs) {
            Ok(output) => {
                let kind = kind(outcome.status);
                let report = self.report(kind, message, log);
                let exit_code = exit_code(&outcome.output);
                let answer = outcome.answer.as_ref().and_then(decision);
                Report { changed: outcome.changed, exit_code, output, artifacts, answer, ..report }
            }
            Err(error) => self.of_error(&error, log),
        }
    }

    fn of_error(self, error: &Error, log: &Log) -> Report {
        let message = error::chain(error);
        log.line(clock::wall(), "error", &message);
        self.report(Outcome::Failed, message, log)
    }

    fn report(self, outcome: Outcome, message: String, log: &Log) -> Report {
        let most = match outcome {
            Outcome::Succeeded | Outcome::Skipped => limits::TAIL_SUCCESS_BYTES,
            _ => limits::TAIL_FAILURE_BYTES,
        };
        let (mut tail, log_size) = log.tail(most);
        if log.dropped() > 0 {
            tail.push_str(&format!("\n({} lines are not in the log)", log.dropped()));
        }
        Report {
            attempt: self.attempt,
            node: self.node,
            incarnation: self.incarnation,
            outcome,
            message: short(self.masker.excerpt(&message).into_owned()),
            exit_code: None,
            changed: false,
            output: Output::Nothing,
            artifacts: Vec::new(),
            tail,
            duration_ms: self.elapsed.as_millis() as u64,
            log_size,
            answer: None,
        }
    }
}

fn kind(status: Status) -> Outcome {
    match status {
        Status::Succeeded => Outcome::Succeeded,
        Status::Failed => Outcome::Failed,
        Status::Aborted => Outcome::Aborted,
        Status::TimedOut => Outcome::TimedOut,
        Status::Skipped => Outcome::Skipped,
        Status::Cancelled => Outcome::Cancelled,
    }
}

/// Small outputs are agreed with the report, large ones stay here as blobs.
fn output(value: serde_json::Value, blobs: &Blobs) -> Result<Output, Error> {
    if value.is_null() {
        return Ok(Output::Nothing);
    }
    let text = value.to_string();
    if text.len() <= limits::OUTPUT_INLINE_BYTES {
        return Ok(Output::Inline(text));
    }
    let (hash, size) = blobs.put(text.as_bytes())?;
    Ok(Output::Blob { hash, size })
}

/// A string command says how its process ended.
fn exit_code(output: &serde_json::Value) -> Option<i32> {
    output.get("exit_code")?.as_i64()?.try_into().ok()
}

fn short(mut message: String) -> String {
    if message.len() > MESSAGE_BYTES {
        let mut end = MESSAGE_BYTES;
        while !message.is_char_boundary(end) {
            end -= 1;
        }
        message.truncate(end);
        message.push('…');
    }
    message
}
