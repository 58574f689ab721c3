use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What a run would be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Plan {
    pub workflow: String,
    pub description: String,
    /// `list`: tasks run one after the other; `graph`: as soon as what they need has ended.
    pub order: String,
    /// Tasks at once; null for as many as there is room for.
    pub parallel: Option<u32>,
    /// Of the whole run; null for none.
    pub timeout: Option<String>,
    pub timeout_ms: Option<u64>,
    /// The lock that it takes.
    pub lock: Option<String>,
    /// In listed order.
    pub tasks: Vec<Planned>,
}

/// A task of a run that is not there yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Planned {
    pub name: String,
    pub description: String,
    /// How many others at least must end before it, one after the other.
    pub wave: u32,
    pub depends_on: Vec<String>,
    /// Tasks whose failure it waits for.
    pub handles: Vec<String>,
    /// `local`, names, `role=web`, `any`, `all`.
    pub target: String,
    /// Nodes that the target means now; of `any`, those that would do.
    pub nodes: Vec<String>,
    /// The command line; null when it is a function.
    pub command: Option<String>,
    /// What decides whether it runs.
    pub conditions: Vec<String>,
    pub retries: u32,
    /// Of one attempt.
    pub timeout: String,
    pub timeout_ms: u64,
}
