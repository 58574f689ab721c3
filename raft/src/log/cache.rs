use std::collections::BTreeMap;
use std::ops::Range;

use openraft::EntryPayload;

use crate::types::{Entry, LogId, Vote};

/// Entries kept in memory so that replication and apply read no disk.
const ENTRIES_KEPT: usize = 8_192;
/// The same in bytes.
const BYTES_KEPT: usize = 16 << 20;
/// What an entry takes beside its batch.
const ENVELOPE_BYTES: usize = 64;

/// The log as the reader sees it: what is not written yet, and the newest of what is.
#[derive(Default)]
pub struct Cache {
    entries: BTreeMap<u64, Entry>,
    bytes: usize,
    /// Entries below this index are in the engine.
    written: u64,
    pub last: Option<LogId>,
    pub purged: Option<LogId>,
    pub committed: Option<LogId>,
    pub vote: Option<Vote>,
}

/// A range that was asked for: what the engine must be asked, and what is here.
pub struct Found {
    pub stored: Range<u64>,
    pub cached: Vec<Entry>,
}

impl Cache {
    /// A log just opened, nothing of it in memory.
    pub fn opened(last: Option<LogId>, purged: Option<LogId>) -> Self {
        let last = last.or(purged);
        Self { written: next(last), last, purged, ..Self::default() }
    }

    pub fn append(&mut self, entries: &[Entry]) {
        for entry in entries {
            self.bytes += size(entry);
            self.last = Some(entry.log_id);
            if let Some(old) = self.entries.insert(entry.log_id.index(), entry.clone()) {
                self.bytes -= size(&old);
            }
        }
    }

    pub fn find(&self, wanted: Range<u64>) -> Found {
        let range = wanted.start.max(next(self.purged))..wanted.end.min(next(self.last));
        if range.is_empty() {
            return Found { stored: 0..0, cached: Vec::new() };
        }
        let first = self.entries.first_key_value().map_or(range.end, |(index, _)| *index);
        let split = first.clamp(range.start, range.end);
        let cached = self.entries.range(split..range.end).map(|(_, entry)| entry.clone());
        Found { stored: range.start..split, cached: cached.collect() }
    }

    /// Entries below this index are in the engine.
    pub fn next_unwritten(&self) -> u64 {
        self.written
    }

    /// Entries below `next` are in the engine now.
    pub fn written(&mut self, next: u64) {
        self.written = self.written.max(next);
        while self.entries.len() > ENTRIES_KEPT || self.bytes > BYTES_KEPT {
            let Some(first) = self.entries.first_entry() else { return };
            if *first.key() >= self.written {
                return;
            }
            self.bytes -= size(&first.remove());
        }
    }

    /// Forgets what follows `last`.
    pub fn truncate(&mut self, last: Option<LogId>) {
        if next(last) >= next(self.last) {
            return;
        }
        let removed = self.entries.split_off(&next(last));
        self.bytes -= removed.values().map(size).sum::<usize>();
        self.written = self.written.min(next(last));
        self.last = last.or(self.purged);
    }

    /// Forgets everything up to `upto`.
    pub fn purge(&mut self, upto: LogId) {
        let kept = self.entries.split_off(&(upto.index() + 1));
        let removed = std::mem::replace(&mut self.entries, kept);
        self.bytes -= removed.values().map(size).sum::<usize>();
        self.purged = self.purged.max(Some(upto));
        self.last = self.last.max(self.purged);
        self.written = self.written.max(next(self.purged));
    }
}

/// The index after a log id.
pub fn next(id: Option<LogId>) -> u64 {
    id.map_or(0, |id| id.index() + 1)
}

/// What an entry takes, in bytes.
pub fn size(entry: &Entry) -> usize {
    match &entry.payload {
        EntryPayload::Normal(proposal) => ENVELOPE_BYTES + proposal.0.len(),
        EntryPayload::Blank | EntryPayload::Membership(_) => ENVELOPE_BYTES,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::Proposal;

    fn entry(index: u64, bytes: usize) -> Entry {
        let payload = EntryPayload::Normal(Proposal(vec![0; bytes].into()));
        Entry { log_id: LogId::new_term_index(1, index), payload }
    }

    fn indexes(found: &Found) -> Vec<u64> {
        found.cached.iter().map(|entry| entry.log_id.index()).collect()
    }

    #[test]
    fn what_is_not_written_stays_whatever_its_size() {
        let mut cache = Cache::default();
        cache.append(&[entry(0, BYTES_KEPT), entry(1, BYTES_KEPT), entry(2, 1)]);
        cache.written(1);
        let found = cache.find(0..9);
        assert_eq!((found.stored.clone(), indexes(&found)), (0..1, vec![1, 2]));
        cache.written(3);
        let found = cache.find(0..9);
        assert_eq!((found.stored.clone(), indexes(&found)), (0..2, vec![2]));
        assert_eq!(cache.bytes, size(&entry(2, 1)));
    }

    #[test]
    fn truncated_and_purged_entries_are_not_found() {
        let mut cache = Cache::default();
        let entries: Vec<_> = (0..6).map(|index| entry(index, 1)).collect();
        cache.append(&entries);
        cache.written(6);
        cache.truncate(Some(entries[3].log_id));
        assert_eq!((cache.last, cache.written), (Some(entries[3].log_id), 4));
        cache.purge(entries[1].log_id);
        let found = cache.find(0..9);
        assert_eq!((found.stored.clone(), indexes(&found)), (2..2, vec![2, 3]));
        cache.truncate(None);
        assert_eq!(cache.last, Some(entries[1].log_id));
        assert_eq!(cache.bytes, 0);
    }

    #[test]
    fn a_log_just_opened_is_all_in_the_engine() {
        let cache = Cache::opened(Some(entry(9, 1).log_id), Some(entry(4, 1).log_id));
        assert_eq!(cache.find(0..100).stored, 5..10);
        assert!(cache.find(3..5).stored.is_empty());
    }
}
