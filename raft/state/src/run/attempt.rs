use config::NodeId;
use serde::{Deserialize, Serialize};

use super::{Decision, Ending, Kind};
use crate::Wall;

/// One numbered try.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Attempt {
    pub number: u32,
    /// Which try of the instance's work, from 1; 0 for a decision.
    pub nth: u32,
    pub kind: Kind,
    pub node: NodeId,
    pub incarnation: u64,
    pub granted_at: Wall,
    pub ended_at: Option<Wall>,
    pub ending: Option<Ending>,
    pub exit_code: Option<i32>,
    pub message: String,
    /// The last lines of its output.
    pub tail: String,
    pub duration_ms: u64,
    /// Bytes of its log on its node.
    pub log_size: u64,
    /// What it decided.
    pub answer: Option<Box<Decision>>,
}

impl Attempt {
    pub(super) fn granted(
        number: u32,
        nth: u32,
        kind: Kind,
        node: NodeId,
        incarnation: u64,
        at: Wall,
    ) -> Attempt {
        Attempt {
            number,
            nth,
            kind,
            node,
            incarnation,
            granted_at: at,
            ended_at: None,
            ending: None,
            exit_code: None,
            message: String::new(),
            tail: String::new(),
            duration_ms: 0,
            log_size: 0,
            answer: None,
        }
    }
}
