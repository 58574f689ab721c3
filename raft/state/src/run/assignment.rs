use serde::{Deserialize, Serialize};

use super::Kind;
use crate::{AttemptKey, Hash};

/// One attempt that a node is to run now. The grant is the start.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assignment {
    pub attempt: AttemptKey,
    pub kind: Kind,
    pub incarnation: u64,
    /// The document to load.
    pub bundle: Hash,
    /// Which try of its work, from 1; 0 for a decision.
    pub nth: u32,
    /// No attempt before it came as far as a report: it asks `run_if`.
    pub first: bool,
    /// A failure ends the instance: its hooks run in this attempt.
    pub last: bool,
    /// Stop it, and report why it stopped.
    pub stop: Option<Stop>,
}

/// Why a running attempt is to stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Stop {
    Cancelled,
    /// The workflow's own timeout, or the task's deadline.
    TimedOut,
}
