//! Opening a log in sled: what was promised is there, or nothing is touched.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use super::rebuild::{WORTH_BYTES, rebuild};
use super::{Marking, Sled};
use crate::log::folder::{LOG, MARK, at, sync_folder};
use crate::log::mark::{Mark, Marked};
use crate::log::{Inspected, LogEngine, Opened, Setting};
use crate::types::LogId;
use crate::{Error, codec};

/// The log as it was found, while sled, which cuts at the first bad byte, opens the original.
pub const FOUND: &str = "log.found";
/// A copy that is not whole.
pub const SCRATCH: &str = "log.scratch";

/// Whether a replica's folder holds a log in sled.
pub fn is_there(replica: &Path) -> bool {
    replica.join(LOG).join("db").exists() || replica.join(FOUND).join("db").exists()
}

/// Opens the log in a replica's folder, or makes it.
pub fn open(replica: &Path) -> Result<Opened, Error> {
    let log = replica.join(LOG);
    put_back(replica)?;
    let path = replica.join(MARK);
    let (mark, marked) = Mark::open(&path).map_err(at(&path))?;
    let fresh = !is_there(replica);
    let marked = marked.unwrap_or(Marked { next: 0, closed: fresh });
    if !marked.closed {
        set_aside(replica).map_err(at(&log))?;
    }
    let engine = Sled::open(&log).map_err(at(&log))?;
    let next = next_index(&engine).map_err(at(&log))?;
    if next < marked.next {
        drop(engine);
        put_back(replica)?;
        return Err(short(log, next, marked.next));
    }
    if !marked.closed {
        tracing::warn!(log = %log.display(), next, "the log was not closed: what nobody was promised may be gone");
        discard(replica).map_err(at(replica))?;
    }
    let engine = rebuild(engine, replica, WORTH_BYTES).map_err(at(&log))?;
    if fresh {
        sync_folder(&log).and_then(|()| sync_folder(replica)).map_err(at(replica))?;
    }
    let engine = engine.marked(Marking::new(mark, next));
    // What was found may never have been synced, yet raft counts on it from now on.
    engine.sync().and_then(|()| engine.mark()).map_err(at(&log))?;
    Ok(Opened { engine: Box::new(engine), tail: Vec::new() })
}

/// Reads what is whole of a log and changes nothing: sled, which mends what it opens, is given a copy.
pub fn inspect(replica: &Path) -> Result<Inspected, Error> {
    let log = replica.join(LOG);
    let true_one = if replica.join(FOUND).exists() { replica.join(FOUND) } else { log.clone() };
    let place = scratch(replica).map_err(at(replica))?;
    let copied = copy(&true_one, &place).and_then(|()| Sled::open(&place));
    let sled = copied.map_err(at(&place))?;
    // Sled has its files open: their names are not needed any more.
    fs::remove_dir_all(&place).map_err(at(&place))?;
    let mark = replica.join(MARK);
    let promised = Mark::read(&mark).map_err(at(&mark))?.unwrap_or(CLOSED).next;
    let next = next_index(&sled).map_err(at(&log))?;
    let settings = Setting::ALL.into_iter().filter_map(|setting| {
        sled.setting(setting).transpose().map(|value| value.map(|value| (setting, value)))
    });
    Ok(Inspected {
        settings: settings.collect::<io::Result<_>>().map_err(at(&log))?,
        indexes: sled.indexes().map_err(at(&log))?,
        record: Box::new(move |index| {
            Ok(sled.read(index..index + 1)?.pop().map(|(_, record)| record))
        }),
        fault: (next < promised).then(|| short(log, next, promised)),
    })
}

/// A log that was closed when nothing was in it.
const CLOSED: Marked = Marked { next: 0, closed: true };

fn short(log: PathBuf, next: u64, promised: u64) -> Error {
    let what = format!("it ends before entry {next}, but entries before {promised} were durable");
    Error::Damaged { path: log, what }
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
