use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

/// Asks for a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Submit {
    /// A ULID chosen by the submitter, so that asking again starts nothing twice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    pub source: Source,
    /// What the file sees as `values`.
    #[serde(default)]
    #[schema(value_type = Object)]
    pub values: Map<String, Value>,
    /// Which workflow, of a file with several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workflow: Option<String>,
    /// Only these tasks and what they depend on; all when empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tasks: Vec<String>,
    /// Only tasks that carry one of these tags, and what they depend on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// This task and all that follows it; what comes before counts as done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// Never these tasks; they count as done.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub skip: Vec<String>,
    /// Only the tasks that are named, without what they depend on.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub alone: bool,
    /// A duration as text: of the whole run, instead of the file's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout: Option<String>,
    /// Tasks at once, instead of the file's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1)]
    pub parallel: Option<u32>,
    /// Retries of every task, instead of the file's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retries: Option<u32>,
    /// After a failure, tasks that do not need what failed go on.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub keep_going: bool,
    /// Shown with the run, beside the workflow's own metadata.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
    /// Nothing is changed: tasks say what they would do.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub check: bool,
    /// Somebody is asked before each task.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub interactive: bool,
    /// Where tasks without a target of their own run, as a selector.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on: Option<String>,
    /// Where the owner's tasks run: an absolute path on the machine of the node asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workdir: Option<String>,
}

impl Submit {
    /// The whole workflow, without values.
    pub fn new(source: Source) -> Self {
        Self {
            id: None,
            source,
            values: Map::new(),
            workflow: None,
            tasks: Vec::new(),
            tags: Vec::new(),
            from: None,
            skip: Vec::new(),
            alone: false,
            timeout: None,
            parallel: None,
            retries: None,
            keep_going: false,
            labels: BTreeMap::new(),
            check: false,
            interactive: false,
            on: None,
            workdir: None,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Source {
    /// The text of a workflow file, and its name for messages.
    File { name: String, text: String },
    /// The name of a saved workflow.
    Saved(String),
}

/// The run has been accepted and goes on by itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Accepted {
    pub id: String,
}

/// Asks for the end of a run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Cancel {
    /// Shown with the run.
    #[serde(default)]
    pub reason: String,
}
