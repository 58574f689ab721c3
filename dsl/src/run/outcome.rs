use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use crate::model::Target;

/// How the step ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    pub status: Status,
    /// False when the task reported that nothing had to be done.
    pub changed: bool,
    pub message: Option<String>,
    /// An object, or null when there is none.
    pub output: Json,
    /// Of a step that decides.
    pub answer: Option<Answer>,
    /// What was dropped or cut, and which hooks failed.
    pub warnings: Vec<String>,
    /// Where in the file a Lua error was raised.
    pub diagnostic: Option<Box<crate::Diagnostic>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    Succeeded,
    Failed,
    TimedOut,
    Skipped,
    /// Its `abort_if` holds: nothing new is to start.
    Aborted,
    Cancelled,
}

/// What a function of the file decided.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    Target(Target),
    /// Whether there is to be a further attempt.
    Retry(bool),
    OnFailure(OnFailure),
    /// Whether the run's folder is to be deleted.
    Clean(bool),
}

/// What is to become of a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnFailure {
    Fail,
    Retry,
    Continue,
}

/// Large for the error of a function that is called often.
impl From<Box<Outcome>> for Outcome {
    fn from(outcome: Box<Outcome>) -> Self {
        *outcome
    }
}

impl Outcome {
    pub(super) fn new(status: Status, message: Option<String>) -> Self {
        Outcome {
            status,
            changed: status == Status::Succeeded,
            message,
            output: Json::Null,
            answer: None,
            warnings: Vec::new(),
            diagnostic: None,
        }
    }

    pub(super) fn failed(message: impl Into<String>) -> Self {
        Outcome::new(Status::Failed, Some(message.into()))
    }

    pub(super) fn skipped(why: &str) -> Self {
        Outcome::new(Status::Skipped, Some(why.into()))
    }

    pub(super) fn timed_out() -> Self {
        Outcome::new(Status::TimedOut, Some("time limit reached".into()))
    }

    pub(super) fn answered(answer: Answer) -> Self {
        Outcome { answer: Some(answer), ..Outcome::new(Status::Succeeded, None) }
    }

    pub fn succeeded(&self) -> bool {
        self.status == Status::Succeeded
    }
}
