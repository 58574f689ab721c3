use serde::{Deserialize, Serialize};

/// Why a command changed nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{message}")]
pub struct Refusal {
    pub kind: Kind,
    pub message: String,
}

/// The stable kinds of refusal; each has one exit code and one HTTP status.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Kind {
    /// The command itself cannot be right.
    Invalid,
    NotFound,
    /// Something else is there, or it has another version.
    Conflict,
    /// Held by somebody else.
    Locked,
    /// A fencing token, incarnation, home or attempt number that is no longer current.
    Stale,
    Denied,
    /// A bound was reached.
    Limit,
    /// The kept answer is gone: the request may or may not have taken effect.
    OutcomeUnknown,
    /// The cluster has dissolved into another one.
    Dissolved,
}

/// A refusal is kept for retries, so its message is cut here.
const MESSAGE_BYTES: usize = 1_024;

impl Refusal {
    pub fn new(kind: Kind, message: impl Into<String>) -> Self {
        let mut message = message.into();
        message.truncate(message.floor_char_boundary(MESSAGE_BYTES));
        Self { kind, message }
    }

    pub fn invalid(message: impl Into<String>) -> Self {
        Self::new(Kind::Invalid, message)
    }

    pub fn not_found(message: impl Into<String>) -> Self {
        Self::new(Kind::NotFound, message)
    }

    pub fn conflict(message: impl Into<String>) -> Self {
        Self::new(Kind::Conflict, message)
    }

    pub fn stale(message: impl Into<String>) -> Self {
        Self::new(Kind::Stale, message)
    }

    pub fn limit(message: impl Into<String>) -> Self {
        Self::new(Kind::Limit, message)
    }
}
