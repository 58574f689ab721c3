use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Asks for a second try of an ended run, from the same source.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Rerun {
    /// A ULID chosen by the submitter, so that asking again starts nothing twice.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Only what did not pass, and what follows it.
    pub failed: bool,
    /// These tasks and what follows them, and whatever did not pass.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub from: Vec<String>,
    /// Where the owner's tasks run: an absolute path on the machine of the node asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub workdir: Option<String>,
}

/// A person's word about a task that waits for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Approve {
    /// The task's name.
    pub task: String,
    pub decision: Decision,
}

/// What becomes of a task that waits for a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    Run,
    Skip,
    /// Nothing new starts, and the run fails.
    Abort,
    /// This one and all after it, unasked.
    RunAll,
}

/// Which ended runs to forget.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Prune {
    /// ULIDs, at most 1,000; runs that are under way stay.
    pub ids: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Pruned {
    /// Whether any of them was there.
    pub forgotten: bool,
}
