//! What a call came to, before it becomes Lua values.

use serde_json::Value;

use crate::host;

pub type Outcome = Result<Answer, Failure>;

/// What a function that did its work has to say.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    Nothing,
    /// Whether something holds, and what is known about it.
    Truth(bool, Option<String>),
    Value(Content),
    Report(Report),
}

impl Answer {
    pub fn value(value: impl Into<Value>) -> Outcome {
        Ok(Answer::Value(Content::Json(value.into())))
    }

    pub fn truth(holds: bool) -> Outcome {
        Ok(Answer::Truth(holds, None))
    }

    /// An act that was not done.
    pub fn skipped(message: impl Into<String>) -> Answer {
        let message = message.into();
        Answer::Report(Report { skipped: true, message, ..Report::default() })
    }

    pub fn changed(changed: bool, message: impl Into<String>) -> Outcome {
        Ok(Answer::report(changed, message))
    }

    pub fn report(changed: bool, message: impl Into<String>) -> Answer {
        Answer::Report(Report { changed, message: message.into(), ..Report::default() })
    }
}

/// A value on its way to Lua.
#[derive(Clone, Debug, PartialEq)]
pub enum Content {
    Json(Value),
    /// Text that need not be UTF-8.
    Bytes(Vec<u8>),
}

impl<T: Into<Value>> From<T> for Content {
    fn from(value: T) -> Self {
        Content::Json(value.into())
    }
}

/// What becomes a `Result` table.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Report {
    pub changed: bool,
    /// Not done: a guard said no, or it is check mode.
    pub skipped: bool,
    pub message: String,
    pub failure: Option<Failure>,
    /// The state before and after, where that is short.
    pub diff: Option<(Value, Value)>,
    /// Fields of the function's own.
    pub fields: Vec<(&'static str, Content)>,
}

/// Why the work was not done.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Failure {
    pub code: Code,
    pub message: String,
    /// A mistake of the program or a refusal, which is raised; anything else is returned.
    pub raised: bool,
}

impl Failure {
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), raised: false }
    }

    pub fn raised(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), raised: true }
    }
}

impl From<host::Error> for Failure {
    fn from(error: host::Error) -> Self {
        let raised = matches!(error.code, host::Code::Denied | host::Code::Cancelled);
        Self { code: error.code.into(), message: error.message, raised }
    }
}

impl From<Failure> for mlua::Error {
    fn from(failure: Failure) -> Self {
        mlua::Error::runtime(failure.message)
    }
}

/// The stable word of a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    NotFound,
    Exists,
    Denied,
    Timeout,
    Unavailable,
    Invalid,
    CommandFailed,
    Conflict,
    Cancelled,
}

impl Code {
    pub fn word(self) -> &'static str {
        match self {
            Code::NotFound => "not_found",
            Code::Exists => "exists",
            Code::Denied => "denied",
            Code::Timeout => "timeout",
            Code::Unavailable => "unavailable",
            Code::Invalid => "invalid",
            Code::CommandFailed => "command_failed",
            Code::Conflict => "conflict",
            Code::Cancelled => "cancelled",
        }
    }
}

impl From<host::Code> for Code {
    fn from(code: host::Code) -> Self {
        match code {
            host::Code::NotFound => Code::NotFound,
            host::Code::Exists => Code::Exists,
            host::Code::Denied => Code::Denied,
            host::Code::Timeout => Code::Timeout,
            host::Code::Unavailable => Code::Unavailable,
            host::Code::Invalid => Code::Invalid,
            host::Code::Conflict => Code::Conflict,
            host::Code::Cancelled => Code::Cancelled,
        }
    }
}
