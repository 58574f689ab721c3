//! The log in files of its own: segments, written ahead with zeroes, filled group after group, one write and one
//! sync each.
//!
//! A group is whole or absent, and only the last one written may not be durable yet. So a broken group at the very
//! end is a write that nobody was promised, and a broken group before a whole one is damage. A small file beside the
//! segments, the mark, says how far the log must reach: an end before that is damage, too.
//!
//! Each segment begins with all settings, so that those before it can be deleted once their entries are purged.

mod contents;
mod frame;
mod inspect;
mod open;
mod recover;
mod scan;
mod segment;
#[cfg(test)]
mod tests;
mod tip;

use std::fs;
use std::io;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

pub(super) use inspect::inspect;
pub(super) use open::{is_there, open};

use self::contents::Contents;
use self::frame::Item;
use self::tip::Tip;
use super::folder::sync_folder;
use super::mark::{Mark, Marked};
use super::{LogEngine, Setting, Write};

/// A log in segments.
pub struct Journal {
    folder: PathBuf,
    contents: RwLock<Contents>,
    /// Only the thread that writes takes it.
    tip: Mutex<Tip>,
    mark: Mutex<Mark>,
}

impl Journal {
    fn contents(&self) -> RwLockReadGuard<'_, Contents> {
        self.contents.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn change(&self) -> RwLockWriteGuard<'_, Contents> {
        self.contents.write().unwrap_or_else(PoisonError::into_inner)
    }

    fn tip(&self) -> MutexGuard<'_, Tip> {
        self.tip.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes a group and takes it in.
    fn append(&self, tip: &mut Tip, items: &[Item<'_>]) -> io::Result<()> {
        let begun = tip.make_room(&self.folder, frame::bytes(items), &self.contents())?;
        let places = tip.write(items, &self.contents())?;
        let mut contents = self.change();
        if begun {
            contents.segments.insert(tip.segment.number, Arc::clone(&tip.segment));
        }
        for (item, place) in items.iter().zip(places) {
            contents.take(*item, tip.segment.number, place);
        }
        Ok(())
    }

    /// Deletes the segments that hold nothing any more.
    fn drop_unused(&self, tip: &mut Tip) -> io::Result<()> {
        let used = self.contents().first_used(tip.segment.number);
        if self.contents().segments.range(..used).next().is_none() {
            return Ok(());
        }
        // That their entries are purged and they may be missing must be known before they are gone.
        self.append(tip, &[Item::Dropped(used)])?;
        tip.sync()?;
        for segment in self.change().drop_below(used) {
            fs::remove_file(&segment.path)?;
            // One after the other, so that no crash leaves a gap.
            sync_folder(&self.folder)?;
        }
        Ok(())
    }
}

fn set(settings: &[(Setting, Vec<u8>)]) -> impl Iterator<Item = Item<'_>> {
    settings.iter().map(|(setting, value)| Item::Set(*setting, value))
}

impl LogEngine for Journal {
    fn write(&self, write: &Write) -> io::Result<()> {
        let entries = write.entries.iter().map(|(index, record)| Item::Entry(*index, record));
        let items: Vec<_> = set(&write.settings).chain(entries).collect();
        if items.is_empty() { Ok(()) } else { self.append(&mut self.tip(), &items) }
    }

    fn sync(&self) -> io::Result<()> {
        self.tip().sync()
    }

    fn read(&self, range: Range<u64>) -> io::Result<Vec<(u64, Vec<u8>)>> {
        let found = self.contents().find(range);
        contents::read(found)
    }

    fn bounds(&self) -> io::Result<Option<(u64, u64)>> {
        let contents = self.contents();
        let (first, last) = (contents.places.first_key_value(), contents.places.last_key_value());
        Ok(first.zip(last).map(|((first, _), (last, _))| (*first, *last)))
    }

    fn setting(&self, setting: Setting) -> io::Result<Option<Vec<u8>>> {
        Ok(self.contents().settings.get(&setting).cloned())
    }

    fn truncate(&self, from: u64) -> io::Result<()> {
        if self.contents().places.range(from..).next().is_none() {
            return Ok(());
        }
        self.append(&mut self.tip(), &[Item::Truncate(from)])
    }

    fn purge(&self, upto: u64, limit: usize) -> io::Result<bool> {
        let mut tip = self.tip();
        let left = self.change().forget(upto, limit);
        self.drop_unused(&mut tip)?;
        Ok(left)
    }

    fn mark(&self) -> io::Result<()> {
        let durable = self.tip().durable;
        let mut mark = self.mark.lock().unwrap_or_else(PoisonError::into_inner);
        mark.write(Marked { next: durable, closed: false })
    }

    /// None of this needs to be durable: a mark that says less is true, too.
    fn close(&self, settings: Vec<(Setting, Vec<u8>)>) -> io::Result<()> {
        self.sync()?;
        let durable = self.tip().durable;
        self.write(&Write { entries: Vec::new(), settings })?;
        let mut mark = self.mark.lock().unwrap_or_else(PoisonError::into_inner);
        mark.note(Marked { next: durable, closed: true })
    }
}
