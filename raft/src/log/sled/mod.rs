//! The log in sled.

mod folder;
mod marking;
mod rebuild;

use std::fs::File;
use std::io;
use std::ops::Range;
use std::path::Path;

pub(super) use folder::{inspect, is_there, open};

use self::marking::Marking;
use super::{LogEngine, Setting, Write};

/// Sled writes a page of over 128 KiB into a file of its own that nobody syncs. A page holds up to
/// twenty records while it waits for its split, so a record stays below a twentieth of that.
const PIECE_BYTES: usize = 6_000;
/// Entries are read from our own cache; this one only holds the pages being written.
const CACHE_BYTES: u64 = 16 << 20;
/// Records removed in one batch: about a millisecond.
const REMOVED_AT_ONCE: usize = 256;

const ENTRY: u8 = b'e';
const SETTING: u8 = b's';
/// Tag, index and number of the piece, big endian so that keys sort as entries do.
const KEY_BYTES: usize = 11;

/// The log in one tree of sled.
///
/// Sled's own flush does not reach the disk on Linux, so [`sync`](LogEngine::sync) also syncs the file.
pub struct Sled {
    tree: sled::Db,
    file: File,
    marking: Option<Marking>,
}

impl Sled {
    /// Opens the log in a folder, which is made if it is missing.
    pub fn open(folder: &Path) -> io::Result<Self> {
        let tree = sled::Config::new()
            .path(folder)
            .cache_capacity(CACHE_BYTES)
            .flush_every_ms(None)
            .open()
            .map_err(failed)?;
        let file = File::options().read(true).write(true).open(folder.join("db"))?;
        Ok(Self { tree, file, marking: None })
    }

    /// The same with a mark beside it.
    fn marked(self, marking: Marking) -> Self {
        Self { marking: Some(marking), ..self }
    }

    /// What keys and values take, without what the file needs beside them.
    pub fn live_bytes(&self) -> io::Result<u64> {
        self.tree.iter().try_fold(0, |sum, item| {
            let (key, value) = item.map_err(failed)?;
            Ok(sum + (key.len() + value.len()) as u64)
        })
    }

    /// The indexes of all entries, in order.
    fn indexes(&self) -> io::Result<Vec<u64>> {
        let keys = self.tree.range([ENTRY]..[ENTRY + 1]).keys();
        let indexes = keys.map(|key| index_of(&key.map_err(failed)?));
        let mut indexes = indexes.collect::<io::Result<Vec<_>>>()?;
        indexes.dedup();
        Ok(indexes)
    }

    /// Removes what `keys` yields, whole entries at a time, until `limit` records are gone.
    fn remove(
        &self,
        keys: impl Iterator<Item = sled::Result<sled::IVec>>,
        limit: usize,
    ) -> io::Result<bool> {
        let mut batch = sled::Batch::default();
        let (mut count, mut current) = (0, None);
        for key in keys {
            let key = key.map_err(failed)?;
            let index = index_of(&key)?;
            if count >= limit && current != Some(index) {
                self.tree.apply_batch(batch).map_err(failed)?;
                return Ok(true);
            }
            current = Some(index);
            batch.remove(key);
            count += 1;
        }
        self.tree.apply_batch(batch).map_err(failed)?;
        Ok(false)
    }
}

impl Sled {
    /// What there is to note in the mark, if there is one.
    fn note(&self, note: impl FnOnce(&Marking) -> io::Result<()>) -> io::Result<()> {
        self.marking.as_ref().map_or(Ok(()), note)
    }

    /// Entries of one piece each. A batch would cost a second record: what a crash leaves of them is a
    /// beginning, as it may be of any group that was not synced.
    fn append(&self, write: &Write) -> io::Result<()> {
        for (index, record) in &write.entries {
            self.tree.insert(key(*index, 0)?, record.as_slice()).map_err(failed)?;
        }
        Ok(())
    }
}

impl LogEngine for Sled {
    fn write(&self, write: &Write) -> io::Result<()> {
        if write.settings.is_empty() && write.entries.iter().all(|(_, it)| it.len() <= PIECE_BYTES)
        {
            self.append(write)?;
        } else {
            self.tree.apply_batch(batch(write)?).map_err(failed)?;
        }
        self.marking.iter().for_each(|marking| marking.wrote(write));
        Ok(())
    }

    fn sync(&self) -> io::Result<()> {
        self.tree.flush().map_err(failed)?;
        self.file.sync_data()?;
        self.marking.iter().for_each(Marking::synced);
        Ok(())
    }

    fn read(&self, range: Range<u64>) -> io::Result<Vec<(u64, Vec<u8>)>> {
        let mut entries: Vec<(u64, Vec<u8>)> = Vec::new();
        for item in self.tree.range(key(range.start, 0)?..key(range.end, 0)?) {
            let (key, piece) = item.map_err(failed)?;
            let index = index_of(&key)?;
            match entries.last_mut() {
                Some((last, record)) if *last == index => record.extend_from_slice(&piece),
                _ => entries.push((index, piece.to_vec())),
            }
        }
        Ok(entries)
    }

    fn bounds(&self) -> io::Result<Option<(u64, u64)>> {
        let mut keys = self.tree.range([ENTRY]..[ENTRY + 1]).keys();
        let Some(first) = keys.next() else { return Ok(None) };
        let first = index_of(&first.map_err(failed)?)?;
        let last = keys.next_back().transpose().map_err(failed)?;
        let last = last.map_or(Ok(first), |key| index_of(&key))?;
        Ok(Some((first, last)))
    }

    fn setting(&self, setting: Setting) -> io::Result<Option<Vec<u8>>> {
        let value = self.tree.get([SETTING, setting as u8]).map_err(failed)?;
        Ok(value.map(|value| value.to_vec()))
    }

    /// The last first.
    fn truncate(&self, from: u64) -> io::Result<()> {
        self.note(|marking| marking.truncating(from))?;
        while self.remove(
            self.tree.range(key(from, 0)?.as_slice()..&[ENTRY + 1]).keys().rev(),
            REMOVED_AT_ONCE,
        )? {}
        Ok(())
    }

    fn purge(&self, upto: u64, limit: usize) -> io::Result<bool> {
        let end = key(upto.saturating_add(1), 0)?;
        self.remove(self.tree.range([ENTRY].as_slice()..end.as_slice()).keys(), limit)
    }

    fn mark(&self) -> io::Result<()> {
        self.note(Marking::mark)
    }

    fn close(&self, settings: Vec<(Setting, Vec<u8>)>) -> io::Result<()> {
        self.write(&Write { entries: Vec::new(), settings })?;
        self.sync()?;
        self.note(Marking::close)
    }
}

fn batch(write: &Write) -> io::Result<sled::Batch> {
    let mut batch = sled::Batch::default();
    for (index, record) in &write.entries {
        for (number, piece) in record.chunks(PIECE_BYTES).enumerate() {
            batch.insert(&key(*index, number)?, piece);
        }
    }
    for (setting, value) in &write.settings {
        batch.insert(&[SETTING, *setting as u8], value.as_slice());
    }
    Ok(batch)
}

fn key(index: u64, piece: usize) -> io::Result<[u8; KEY_BYTES]> {
    let piece = u16::try_from(piece)
        .map_err(|_| io::Error::other(format!("entry {index} is too large for the log")))?;
    let mut key = [ENTRY; KEY_BYTES];
    key[1..9].copy_from_slice(&index.to_be_bytes());
    key[9..].copy_from_slice(&piece.to_be_bytes());
    Ok(key)
}

fn index_of(key: &[u8]) -> io::Result<u64> {
    let index = key.get(1..9).and_then(|bytes| <[u8; 8]>::try_from(bytes).ok());
    index.map(u64::from_be_bytes).ok_or_else(|| {
        io::Error::new(io::ErrorKind::InvalidData, format!("unknown key {key:?} in the log"))
    })
}

fn failed(error: sled::Error) -> io::Error {
    match error {
        sled::Error::Io(error) => error,
        other => io::Error::other(other),
    }
}
