use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use state::Hash;

use crate::Error;

/// Bytes read at once.
const PIECE: usize = 64 * 1024;

/// The blobs of this node: files named by their hash, complete or absent.
#[derive(Clone, Debug)]
pub struct Blobs {
    folder: PathBuf,
}

/// A blob being written. Dropped unfinished, it leaves nothing.
pub struct Draft {
    folder: PathBuf,
    path: PathBuf,
    file: File,
    hasher: blake3::Hasher,
    size: u64,
    finished: bool,
}

impl Blobs {
    pub fn new(folder: PathBuf) -> Blobs {
        Blobs { folder }
    }

    pub fn draft(&self) -> Result<Draft, Error> {
        let path = self.folder.join(format!("draft-{}", ulid::Ulid::generate()));
        let file = File::create(&path).map_err(file("store a blob as", &path))?;
        Ok(Draft {
            folder: self.folder.clone(),
            path,
            file,
            hasher: blake3::Hasher::new(),
            size: 0,
            finished: false,
        })
    }

    /// Stores what a reader yields; durable when this returns.
    pub fn put(&self, mut source: impl Read) -> Result<(Hash, u64), Error> {
        let mut draft = self.draft()?;
        let mut piece = vec![0; PIECE];
        loop {
            match source.read(&mut piece).map_err(file("read for", &draft.path))? {
                0 => return draft.finish(),
                count => draft.write(&piece[..count])?,
            }
        }
    }

    /// Where the blob is, if it is here.
    pub fn find(&self, hash: Hash) -> Option<PathBuf> {
        Some(self.folder.join(hash.to_string())).filter(|path| path.exists())
    }

    /// Up to `most` bytes from `offset`; nothing when the blob is not here.
    pub fn read(&self, hash: Hash, offset: u64, most: usize) -> Result<Option<Vec<u8>>, Error> {
        let Some(path) = self.find(hash) else { return Ok(None) };
        let read = || {
            let mut file = File::open(&path)?;
            file.seek(SeekFrom::Start(offset))?;
            let mut bytes = Vec::new();
            file.take(most as u64).read_to_end(&mut bytes)?;
            Ok(bytes)
        };
        read().map(Some).map_err(file("read", &path))
    }

    /// Removes what is older than `before` and not in `keep`, drafts of a crash among it.
    pub fn sweep(&self, keep: impl Fn(&str) -> bool, before: SystemTime) {
        let Ok(entries) = fs::read_dir(&self.folder) else { return };
        for entry in entries.flatten() {
            let modified = entry.metadata().and_then(|facts| facts.modified());
            let old = modified.is_ok_and(|modified| modified < before);
            if old && !keep(&entry.file_name().to_string_lossy()) {
                // What cannot be removed now is tried again at the next sweep.
                let _ = fs::remove_file(entry.path());
            }
        }
    }
}

impl Draft {
    pub fn write(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.file.write_all(bytes).map_err(file("write", &self.path))?;
        self.hasher.update(bytes);
        self.size += bytes.len() as u64;
        Ok(())
    }

    pub fn size(&self) -> u64 {
        self.size
    }

    pub fn hash(&self) -> Hash {
        Hash(*self.hasher.finalize().as_bytes())
    }

    /// Makes it durable under its name.
    pub fn finish(mut self) -> Result<(Hash, u64), Error> {
        let hash = self.hash();
        let settle = || {
            self.file.sync_data()?;
            fs::rename(&self.path, self.folder.join(hash.to_string()))?;
            File::open(&self.folder)?.sync_all()
        };
        settle().map_err(file("store", &self.path))?;
        self.finished = true;
        Ok((hash, self.size))
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        if !self.finished {
            // A draft that stays is removed by the next sweep.
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// Names the file and the attempt in an error.
pub(crate) fn file(action: &'static str, path: &Path) -> impl Fn(io::Error) -> Error + use<> {
    let path = path.to_path_buf();
    move |source| Error::File { action, path: path.clone(), source }
}
