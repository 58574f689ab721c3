//! Opening a log's folder: what was promised is there, or nothing is touched.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use super::mark::{Mark, Marked};
use super::rebuild::{WORTH_BYTES, rebuild};
use super::{LogEngine, Setting, Sled};
use crate::types::LogId;
use crate::{Error, codec};

pub const LOG: &str = "log";
const MARK: &str = "mark";
/// The log as it was found, while sled, which cuts at the first bad byte, opens the original.
pub const FOUND: &str = "log.found";
/// A copy that is not whole.
pub const SCRATCH: &str = "log.scratch";

/// An opened log and its mark.
pub struct Opened {
    pub engine: Sled,
    pub mark: Mark,
    /// The first index that may be missing.
    pub next: u64,
}

/// Whether a replica's folder holds a log.
pub fn exists(replica: &Path) -> bool {
    replica.join(LOG).join("db").exists() || replica.join(FOUND).join("db").exists()
}

/// Opens the log in a replica's folder, or makes it.
pub fn open(replica: &Path) -> Result<Opened, Error> {
    fs::create_dir_all(replica).map_err(at(replica))?;
    let log = replica.join(LOG);
    put_back(replica)?;
    let path = replica.join(MARK);
    let (mark, marked) = Mark::open(&path).map_err(at(&path))?;
    let fresh = !exists(replica);
    let marked = marked.unwrap_or(Marked { next: 0, closed: fresh });
    if !marked.closed {
        set_aside(replica).map_err(at(&log))?;
    }
    let engine = Sled::open(&log).map_err(at(&log))?;
    let next = next_index(&engine).map_err(at(&log))?;
    if next < marked.next {
        drop(engine);
        put_back(replica)?;
        return Err(Error::Damaged { folder: log, next, promised: marked.next });
    }
    if !marked.closed {
        tracing::warn!(log = %log.display(), next, "the log was not closed: what nobody was promised may be gone");
        discard(replica).map_err(at(replica))?;
    }
    let engine = rebuild(engine, replica, WORTH_BYTES).map_err(at(&log))?;
    if fresh {
        sync_folder(&log).and_then(|()| sync_folder(replica)).map_err(at(replica))?;
    }
    Ok(Opened { engine, mark, next })
}

/// The index after the last entry that is, or was before it was purged.
fn next_index(engine: &Sled) -> io::Result<u64> {
    let last = engine.bounds()?.map_or(0, |(_, last)| last + 1);
    let purged = engine.setting(Setting::Purged)?;
    let purged = purged.map(|bytes| codec::decode::<LogId>(codec::LOG_ID, &bytes)).transpose()?;
    Ok(last.max(purged.map_or(0, |id| id.index() + 1)))
}

/// Durable before sled sees the original, as the copy replaces it when the machine stops meanwhile.
fn set_aside(replica: &Path) -> io::Result<()> {
    let scratch = scratch(replica)?;
    copy(&replica.join(LOG), &scratch)?;
    fs::rename(scratch, replica.join(FOUND))?;
    sync_folder(replica)
}

/// Durable before the log is used, as a copy that came back would undo what is written from now on.
pub fn discard(replica: &Path) -> io::Result<()> {
    let scratch = scratch(replica)?;
    fs::rename(replica.join(FOUND), &scratch)?;
    sync_folder(replica)?;
    fs::remove_dir_all(scratch)
}

/// A place for a copy, with nothing in it.
pub fn scratch(replica: &Path) -> io::Result<PathBuf> {
    let scratch = replica.join(SCRATCH);
    if scratch.exists() {
        fs::remove_dir_all(&scratch)?;
    }
    Ok(scratch)
}

/// A log set aside is there only when its opening did not end: it is the true one.
fn put_back(replica: &Path) -> Result<(), Error> {
    let (log, found) = (replica.join(LOG), replica.join(FOUND));
    if !found.exists() {
        return Ok(());
    }
    if log.exists() {
        fs::remove_dir_all(&log).map_err(at(&log))?;
    }
    fs::rename(&found, &log).map_err(at(&found))
}

fn copy(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for item in fs::read_dir(from)? {
        let item = item?;
        let target = to.join(item.file_name());
        if item.file_type()?.is_dir() {
            copy(&item.path(), &target)?;
        } else {
            fs::copy(item.path(), &target)?;
            File::open(target)?.sync_all()?;
        }
    }
    sync_folder(to)
}

/// Makes names in a folder durable.
pub fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// Names the path in an error.
pub fn at(path: &Path) -> impl FnOnce(io::Error) -> Error + use<> {
    let path: PathBuf = path.into();
    move |source| Error::Storage { path, source }
}
