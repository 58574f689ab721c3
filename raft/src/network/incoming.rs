use std::fs::File;
use std::io::{self, Write};

use super::frame::Chunk;
use crate::machine::{SnapshotFile, Vault};

/// A snapshot that arrives in pieces; a newer one takes the place of one that did not end.
pub(crate) struct Incoming {
    vault: Vault,
    partial: Option<Partial>,
}

struct Partial {
    hash: [u8; 32],
    length: u64,
    written: u64,
    file: File,
}

/// What a chunk has led to.
pub(crate) enum Step {
    Next(u64),
    Whole(SnapshotFile),
}

impl Incoming {
    pub fn new(vault: Vault) -> Self {
        Self { vault, partial: None }
    }

    /// Takes a chunk in if it is the next one. Blocks.
    pub fn take(&mut self, chunk: &Chunk) -> io::Result<Step> {
        let mut partial = match self.partial.take() {
            Some(partial) if partial.hash == chunk.hash && partial.length == chunk.length => {
                partial
            }
            _ => self.begin(chunk)?,
        };
        let length = chunk.bytes.len() as u64;
        let fits = chunk.offset == partial.written && length <= partial.length - partial.written;
        if fits && length > 0 {
            partial.file.write_all(&chunk.bytes)?;
            partial.written += length;
        }
        if partial.written == partial.length && fits && length > 0 {
            partial.file.sync_all()?;
            let path = self.vault.incoming();
            return SnapshotFile::open(&path, partial.length, partial.hash, true).map(Step::Whole);
        }
        let next = partial.written;
        self.partial = Some(partial);
        Ok(Step::Next(next))
    }

    fn begin(&self, chunk: &Chunk) -> io::Result<Partial> {
        let file = File::create(self.vault.incoming())?;
        Ok(Partial { hash: chunk.hash, length: chunk.length, written: 0, file })
    }
}
