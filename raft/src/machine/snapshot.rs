use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::types::SnapshotMeta;

/// What the log keeps of the current snapshot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Record {
    pub name: String,
    pub length: u64,
    pub hash: [u8; 32],
    pub meta: SnapshotMeta,
}

/// An opened snapshot: it stays readable when a newer one takes its place.
#[derive(Clone, Debug)]
pub(crate) struct SnapshotFile {
    pub path: PathBuf,
    file: Arc<File>,
    pub length: u64,
    pub hash: [u8; 32],
    /// It came from another replica and is nobody's current one yet.
    pub incoming: bool,
}

impl SnapshotFile {
    pub fn open(path: &Path, length: u64, hash: [u8; 32], incoming: bool) -> io::Result<Self> {
        let file = Arc::new(File::open(path)?);
        let found = file.metadata()?.len();
        if found != length {
            return Err(damaged(path, format!("it has {found} bytes instead of {length}")));
        }
        Ok(Self { path: path.into(), file, length, hash, incoming })
    }

    /// All of it, checked against its hash.
    pub fn read(&self) -> io::Result<Vec<u8>> {
        let bytes = self.chunk(0, usize::try_from(self.length).map_err(io::Error::other)?)?;
        if *blake3::hash(&bytes).as_bytes() != self.hash {
            return Err(damaged(&self.path, "its hash differs".into()));
        }
        Ok(bytes)
    }

    /// At most `limit` bytes from an offset.
    pub fn chunk(&self, offset: u64, limit: usize) -> io::Result<Vec<u8>> {
        let left = usize::try_from(self.length.saturating_sub(offset)).unwrap_or(usize::MAX);
        let mut bytes = vec![0; left.min(limit)];
        self.file.read_exact_at(&mut bytes, offset)?;
        Ok(bytes)
    }
}

pub(crate) fn damaged(path: &Path, how: String) -> io::Error {
    let message = format!("snapshot {} is damaged: {how}", path.display());
    io::Error::new(io::ErrorKind::InvalidData, message)
}
