use std::collections::BTreeMap;
use std::io;
use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::log::{LogEngine, Setting, Write};

/// A log in memory. Clones are the same log, so that it can be opened again.
#[derive(Clone, Default)]
pub struct Memory {
    content: Arc<Mutex<Content>>,
    broken: Arc<AtomicBool>,
}

#[derive(Default)]
struct Content {
    entries: BTreeMap<u64, Vec<u8>>,
    settings: BTreeMap<Setting, Vec<u8>>,
}

impl Memory {
    /// Lets every sync fail from now on.
    pub fn break_disk(&self) {
        self.broken.store(true, Ordering::SeqCst);
    }

    fn content(&self) -> MutexGuard<'_, Content> {
        self.content.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl LogEngine for Memory {
    fn write(&self, write: &Write) -> io::Result<()> {
        let mut content = self.content();
        content.entries.extend(write.entries.iter().cloned());
        content.settings.extend(write.settings.iter().cloned());
        Ok(())
    }

    fn sync(&self) -> io::Result<()> {
        if self.broken.load(Ordering::SeqCst) {
            return Err(io::Error::other("the disk is gone"));
        }
        Ok(())
    }

    fn read(&self, range: Range<u64>) -> io::Result<Vec<(u64, Vec<u8>)>> {
        let content = self.content();
        let found = content.entries.range(range).map(|(index, record)| (*index, record.clone()));
        Ok(found.collect())
    }

    fn bounds(&self) -> io::Result<Option<(u64, u64)>> {
        let content = self.content();
        let (first, last) = (content.entries.first_key_value(), content.entries.last_key_value());
        Ok(first.zip(last).map(|((first, _), (last, _))| (*first, *last)))
    }

    fn setting(&self, setting: Setting) -> io::Result<Option<Vec<u8>>> {
        Ok(self.content().settings.get(&setting).cloned())
    }

    fn truncate(&self, from: u64) -> io::Result<()> {
        self.content().entries.split_off(&from);
        Ok(())
    }

    fn purge(&self, upto: u64, limit: usize) -> io::Result<bool> {
        let mut content = self.content();
        for _ in 0..limit {
            match content.entries.first_entry() {
                Some(first) if *first.key() <= upto => drop(first.remove()),
                _ => return Ok(false),
            }
        }
        Ok(content.entries.first_key_value().is_some_and(|(index, _)| *index <= upto))
    }

    fn mark(&self) -> io::Result<()> {
        Ok(())
    }

    fn close(&self, settings: Vec<(Setting, Vec<u8>)>) -> io::Result<()> {
        self.write(&Write { entries: Vec::new(), settings })?;
        self.sync()
    }
}
