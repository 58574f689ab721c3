use std::fmt;

use serde::{Deserialize, Serialize};

use super::Target;

/// What an attempt is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Kind {
    /// The task itself, on its node.
    #[default]
    Work,
    /// A Lua function is asked, on the owner; the answer is committed.
    Decide(Question),
}

impl Kind {
    /// The function that is asked, as it is called in a file.
    pub fn function(self) -> Option<&'static str> {
        match self {
            Kind::Work => None,
            Kind::Decide(question) => Some(question.function()),
        }
    }
}

/// What a Lua function is asked about a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Question {
    /// Where is it to run? The task's `delegate_to`.
    Target,
    /// It is about to start: the workflow's `on_task_start`.
    TaskStart,
    /// It failed: is it to be tried again? The task's `should_retry`.
    Retry,
    /// It failed: what now? The workflow's `on_task_failure`.
    TaskFailure,
    /// It has ended: the workflow's `on_task_complete`.
    TaskComplete,
}

/// What a Lua function answered. `TaskStart` and `TaskComplete` have no answer but their success.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Decision {
    Target(Target),
    Retry(bool),
    OnFailure(OnFailure),
}

/// What is to become of a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum OnFailure {
    /// It counts as any other.
    Fail,
    /// A further attempt.
    Retry,
    /// Tasks that do not need the failed one go on.
    Continue,
}

impl fmt::Display for Decision {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Decision::Target(target) => target.fmt(out),
            Decision::Retry(true) => out.write_str("yes"),
            Decision::Retry(false) => out.write_str("no"),
            Decision::OnFailure(OnFailure::Fail) => out.write_str("fail"),
            Decision::OnFailure(OnFailure::Retry) => out.write_str("retry"),
            Decision::OnFailure(OnFailure::Continue) => out.write_str("continue"),
        }
    }
}

impl Question {
    /// The function's name in a file.
    pub fn function(self) -> &'static str {
        match self {
            Question::Target => "delegate_to",
            Question::TaskStart => "on_task_start",
            Question::Retry => "should_retry",
            Question::TaskFailure => "on_task_failure",
            Question::TaskComplete => "on_task_complete",
        }
    }

    /// It is the workflow's and not the task's.
    pub fn is_callback(self) -> bool {
        !matches!(self, Question::Target | Question::Retry)
    }
}
