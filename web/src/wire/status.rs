use std::fmt;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// How far a run, task, instance or attempt has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    Pending,
    Queued,
    Running,
    Succeeded,
    Failed,
    TimedOut,
    Cancelled,
    Skipped,
    Lost,
    Refused,
}

impl Status {
    pub fn word(self) -> &'static str {
        match self {
            Status::Pending => "pending",
            Status::Queued => "queued",
            Status::Running => "running",
            Status::Succeeded => "succeeded",
            Status::Failed => "failed",
            Status::TimedOut => "timed_out",
            Status::Cancelled => "cancelled",
            Status::Skipped => "skipped",
            Status::Lost => "lost",
            Status::Refused => "refused",
        }
    }

    /// Nothing more will happen.
    pub fn is_final(self) -> bool {
        !matches!(self, Status::Pending | Status::Queued | Status::Running)
    }

    /// An end that makes a run fail.
    pub fn is_bad(self) -> bool {
        self.is_final() && !matches!(self, Status::Succeeded | Status::Skipped)
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}
