//! Where an attempt runs.

use std::fs;
use std::path::{Path, PathBuf};

use config::Paths;
use state::RunId;
use state::query::Work;

use crate::Error;
use crate::blobs::file;

/// Says that a folder was made for a run; without it the run's files are not what they were.
const MARKER: &str = ".sloth-run";

/// The folder of an attempt, made if it is the run's own: the submitter's on the owner, else one of the data directory.
pub fn open(paths: &Paths, work: &Work) -> Result<PathBuf, Error> {
    if let Some(folder) = &work.workdir {
        return Ok(PathBuf::from(folder));
    }
    let folder = paths.work(work.assignment.attempt.instance.run);
    make(&folder).map_err(file("make the working directory", &folder))?;
    Ok(folder)
}

fn make(folder: &Path) -> std::io::Result<()> {
    let marker = folder.join(MARKER);
    if marker.exists() {
        return Ok(());
    }
    fs::create_dir_all(folder)?;
    fs::write(marker, [])
}

/// Removes the folder that was made for a run.
pub fn forget(paths: &Paths, run: RunId) {
    let folder = paths.work(run);
    if folder.join(MARKER).exists() {
        // What cannot be removed now is removed with the run's next sweep.
        let _ = fs::remove_dir_all(folder);
    }
}
