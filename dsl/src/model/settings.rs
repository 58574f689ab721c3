use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// What binds the whole workflow.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Settings {
    /// For the whole run.
    pub timeout: Option<Duration>,
    pub max_parallel_tasks: Option<u32>,
    /// As many tasks at once as the owner has processors, where no number is given.
    pub parallel: bool,
    pub continue_on_error: bool,
    /// Nobody else runs this workflow meanwhile.
    pub require_lock: bool,
    /// The run is refused when a node that a task needs is not there now.
    pub validate_before: bool,
    /// How long artifacts are kept after the run's end; as long as the run when absent.
    pub artifact_retention: Option<Duration>,
    pub workdir: Workdir,
}

/// Where the tasks of a workflow run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Workdir {
    /// Made if it is missing, never emptied nor deleted.
    pub path: Option<PathBuf>,
    /// One folder for all runs of the workflow, emptied before each.
    pub fresh: bool,
    /// What becomes of a folder that was made for the run.
    pub clean: Option<Clean>,
}

/// When the run's folder is deleted after the run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Clean {
    Always,
    OnSuccess,
    Never,
    /// When the function `clean_workdir_after_run` says so.
    Function,
}
