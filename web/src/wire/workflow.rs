use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Time;

/// A saved workflow.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Workflow {
    pub name: String,
    pub description: String,
    /// Counts its savings.
    pub version: u64,
    pub saved_at: Time,
    pub saved_by: String,
    /// The file's text; null unless asked for by name.
    pub source: Option<String>,
}

/// Saves a workflow under a name, or a new version of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Save {
    /// The file's name, for messages.
    pub file: String,
    /// The file's text.
    pub source: String,
}
