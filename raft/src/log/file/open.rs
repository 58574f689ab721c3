//! Opening a log: everything is read once, in order, and nothing is changed before all of it is known to be right.

use std::fs;
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, RwLock};

use super::Journal;
use super::recover::{Found, read};
use super::segment::{SEGMENT_BYTES, Segment};
use super::tip::Tip;
use crate::Error;
use crate::log::Opened;
use crate::log::folder::{LOG, MARK, at, sync_folder};
use crate::log::mark::{Mark, Marked};

/// Whether a folder holds such a log.
pub fn is_there(folder: &Path) -> bool {
    Segment::all(folder).is_ok_and(|segments| !segments.is_empty())
}

/// Opens the log in a replica's folder, or makes it.
pub fn open(replica: &Path) -> Result<Opened, Error> {
    let folder = replica.join(LOG);
    fs::create_dir_all(&folder).map_err(at(&folder))?;
    let path = replica.join(MARK);
    let (mut mark, marked) = Mark::open(&path).map_err(at(&path))?;
    let promised = marked.unwrap_or_default().next;
    let numbers = Segment::all(&folder).map_err(at(&folder))?;
    let mut found = match numbers.is_empty() {
        true => Found::fresh(create(replica, &folder).map_err(at(&folder))?),
        false => read(&folder, &numbers)?,
    };
    found.keeps(promised)?;
    found.mend().map_err(at(&found.segment.path))?;
    // The last group of a log that was closed is not promised.
    if promised + 1 < found.link.number {
        let marked = Marked { next: found.link.number, closed: false };
        mark.write(marked).map_err(at(&path))?;
    }
    Ok(found.opened(&folder, mark))
}

/// Makes the first segment, and durable that it is there.
fn create(replica: &Path, folder: &Path) -> io::Result<Segment> {
    let segment = Segment::create(folder, 1, 0)?;
    sync_folder(replica)?;
    replica.parent().map_or(Ok(()), sync_folder)?;
    Ok(segment)
}

impl Found {
    /// Takes away what was never whole, and syncs what may never have been: raft counts on it from now on.
    fn mend(&mut self) -> io::Result<()> {
        if let Some(spare) = &self.spare {
            fs::remove_file(spare)?;
        }
        if self.torn {
            let last = self.contents.places.last_key_value().map(|(index, _)| *index);
            tracing::warn!(
                file = %self.segment.path.display(), byte = self.at, last,
                "the log ended in a write that nobody was promised: it was cut"
            );
        }
        if self.torn || self.segment.length < SEGMENT_BYTES {
            self.segment.length = self.segment.length.max(SEGMENT_BYTES);
            self.segment.clear(self.at)?;
        }
        self.segment.file.sync_data()
    }

    fn opened(self, folder: &Path, mark: Mark) -> Opened {
        let mut contents = self.contents;
        let segment = Arc::new(self.segment);
        contents.segments.insert(segment.number, Arc::clone(&segment));
        let tip = Tip { segment, at: self.at, link: self.link, durable: self.link.number };
        let engine = Journal {
            folder: folder.into(),
            contents: RwLock::new(contents),
            tip: Mutex::new(tip),
            mark: Mutex::new(mark),
        };
        Opened { engine: Box::new(engine), tail: self.tail.into_entries() }
    }
}
