//! Looking at a data directory that nobody uses.

use std::fs::OpenOptions;
use std::path::PathBuf;

use config::Paths;
pub use raft::{Fault, Health};
use rustix::fs::{FlockOperation, flock};

use crate::blobs::file;
use crate::cluster::Anchor;
use crate::{Error, replicas};

/// A replica, how it is, and what to do about what is wrong with it.
#[derive(Debug)]
pub struct Checked {
    pub replica: PathBuf,
    pub health: Health,
    /// Nothing when all is well.
    pub remedy: Option<String>,
}

/// Verifies everything in the newest replica of a data directory and changes nothing.
pub fn check(paths: &Paths) -> Result<Checked, Error> {
    let missing = || Error::NotFound { what: "replica in", id: paths.root().display().to_string() };
    let generation = replicas::newest(paths).ok_or_else(missing)?;
    let lock = paths.lock();
    let held =
        OpenOptions::new().read(true).write(true).open(&lock).map_err(file("open", &lock))?;
    if flock(&held, FlockOperation::NonBlockingLockExclusive).is_err() {
        let root = paths.root().display();
        return Err(Error::Conflict(format!("{root} is in use: stop its node first")));
    }
    let replica = paths.replica(generation);
    let health = raft::check(&replica)?;
    let remedy = (!health.faults.is_empty()).then(|| remedy(paths)).transpose()?;
    Ok(Checked { replica, health, remedy })
}

/// A member has others to learn from; a directory alone has not.
fn remedy(paths: &Paths) -> Result<String, Error> {
    let (folder, root) = (paths.replicas(), paths.root());
    let aside = root.join("raft.damaged");
    let step = format!("mv {} {}", folder.display(), aside.display());
    Ok(match Anchor::load(paths)? {
        Some(_) => format!(
            "{step}, then start the node: it learns everything from the other voters, as a new replica"
        ),
        None => format!(
            "there is no other copy: restore {} from a backup, or begin anew without its runs and keys: {step}",
            root.display()
        ),
    })
}
