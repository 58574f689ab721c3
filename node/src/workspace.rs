//! Where an attempt runs.

use std::fs;
use std::path::{Path, PathBuf};

use config::Paths;
use state::query::Work;
use state::run::{Attempt, Ending, Kind};
use state::{AttemptKey, InstanceKey, Query, RunId, View};

use crate::Error;
use crate::agreement::{Agreement, Consistency};
use crate::blobs::file;

/// Says that a folder was made for a run; without it the run's files are not what they were.
const MARKER: &str = ".sloth-run";

/// The folder of an attempt: the submitter's on the owner, else one of the data directory, made for the first attempt.
/// One that is gone once a task has worked in it is not made again: what that left there would be missed silently.
pub async fn open(paths: &Paths, agreement: &Agreement, work: &Work) -> Result<PathBuf, Error> {
    if let Some(folder) = &work.workdir {
        return Ok(PathBuf::from(folder));
    }
    let attempt = work.assignment.attempt;
    let folder = paths.work(attempt.instance.run);
    if folder.join(MARKER).exists() {
        return Ok(folder);
    }
    if was_used(agreement, attempt).await? {
        return Err(Error::WorkdirLost { folder });
    }
    make(&folder).map_err(file("make the working directory", &folder))?;
    Ok(folder)
}

/// Whether an earlier attempt of the run on this node has certainly had the folder.
async fn was_used(agreement: &Agreement, attempt: AttemptKey) -> Result<bool, Error> {
    let AttemptKey { instance: InstanceKey { run, task, slot }, attempt } = attempt;
    for consistency in [Consistency::Stale, Consistency::Linearizable] {
        let View::Run(Some(run)) = agreement.read(Query::Run { run }, consistency).await? else {
            continue;
        };
        let attempts = run.instance(task, slot).map(|instance| &instance.attempts);
        // Whoever knows this attempt knows all that ended before its grant.
        if attempts.is_some_and(|all| all.iter().any(|it| it.number == attempt)) {
            let instances = run.vertices.values().flat_map(|vertex| vertex.instances.values());
            let mut attempts = instances.flat_map(|instance| &instance.attempts);
            return Ok(attempts.any(|it| it.node == agreement.me() && has_worked(it)));
        }
    }
    Ok(false)
}

/// It succeeded, or a process of it did not: others may have failed before they had a folder.
fn has_worked(attempt: &Attempt) -> bool {
    match attempt.ending {
        _ if attempt.kind != Kind::Work => false,
        Some(Ending::Succeeded | Ending::TimedOut) => true,
        Some(Ending::Failed) => attempt.exit_code.is_some(),
        _ => false,
    }
}

fn make(folder: &Path) -> std::io::Result<()> {
    fs::create_dir_all(folder)?;
    fs::write(folder.join(MARKER), [])
}

/// Removes the folder that was made for a run.
pub fn forget(paths: &Paths, run: RunId) {
    let folder = paths.work(run);
    if folder.join(MARKER).exists() {
        // What cannot be removed now is removed with the run's next sweep.
        let _ = fs::remove_dir_all(folder);
    }
}
