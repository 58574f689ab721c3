use std::io;
use std::path::PathBuf;
use std::time::Duration;

use crate::wire::{Fault, Kind, Problem};

/// Why a request got no good answer.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The node answered, and refused.
    #[error("{}", .0.detail)]
    Problem(Box<Problem>),
    /// There is no socket, or nobody listens at it any more.
    #[error("no node serves socket {}", path.display())]
    NotServed { path: PathBuf, source: io::Error },
    /// Its owner and group may open it, this user may not.
    #[error("no permission to open socket {}", path.display())]
    NotPermitted { path: PathBuf, group: Option<String> },
    #[error("cannot connect to socket {}", path.display())]
    Connect { path: PathBuf, source: io::Error },
    /// The request may or may not have taken effect.
    #[error("the connection broke during {action}")]
    Broken { action: String, source: Box<dyn std::error::Error + Send + Sync> },
    /// The node stopped, or the connection to it was lost; resume with the last cursor, here or elsewhere.
    #[error("the stream of {action} ended early")]
    Ended { action: String },
    /// Of a stream: not even a sign of life.
    #[error("no answer to {action} within {}", config::duration::format(*after))]
    Deadline { action: String, after: Duration },
    #[error("cannot read the answer to {action}: is the node of another version?")]
    Unreadable { action: String, source: serde_json::Error },
    #[error("cannot put {action} into a request: {why}")]
    Unsendable { action: String, why: String },
}

impl Error {
    pub fn kind(&self) -> Kind {
        match self {
            Error::Problem(problem) => problem.kind,
            Error::NotPermitted { .. } => Kind::Denied,
            Error::Deadline { .. } => Kind::Deadline,
            Error::Unsendable { .. } => Kind::Invalid,
            Error::NotServed { .. }
            | Error::Connect { .. }
            | Error::Broken { .. }
            | Error::Ended { .. }
            | Error::Unreadable { .. } => Kind::Unavailable,
        }
    }

    /// What to do next.
    pub fn hint(&self) -> Option<String> {
        match self {
            Error::Problem(problem) => problem.hint.clone(),
            Error::NotPermitted { group: Some(group), .. } => {
                Some(format!("join the group `{group}`, or ask as another user"))
            }
            Error::NotPermitted { group: None, .. } => Some("ask as another user".into()),
            Error::NotServed { .. } => Some("start one with `sloth node`".into()),
            _ => None,
        }
    }

    /// The names of which one was to be chosen.
    pub fn choices(&self) -> &[String] {
        match self {
            Error::Problem(problem) => &problem.choices,
            _ => &[],
        }
    }

    /// The faults of a workflow file, if it was one.
    pub fn faults(&self) -> &[Fault] {
        match self {
            Error::Problem(problem) => &problem.errors,
            _ => &[],
        }
    }

    /// The faults as text, with source lines and carets.
    pub fn rendered(&self) -> Option<&str> {
        match self {
            Error::Problem(problem) => problem.rendered.as_deref(),
            _ => None,
        }
    }

    /// Another node may do what this one could not: nothing is wrong with the request.
    pub fn is_elsewhere(&self) -> bool {
        matches!(
            self,
            Error::NotServed { .. }
                | Error::Connect { .. }
                | Error::Broken { .. }
                | Error::Ended { .. }
        )
    }
}
