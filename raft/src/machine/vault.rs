use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use super::SnapshotFile;
use super::snapshot::Record;
use crate::codec;
use crate::log::folder::sync_folder;
use crate::log::{Ledger, Setting};
use crate::types::SnapshotMeta;

/// The snapshots of one replica: files in a folder, the current one named in the log.
#[derive(Clone)]
pub(crate) struct Vault {
    folder: Arc<Path>,
    ledger: Ledger,
    current: Arc<Mutex<Option<Record>>>,
}

impl Vault {
    /// Opens the folder and removes what is not the current snapshot.
    pub fn open(folder: &Path, ledger: Ledger) -> io::Result<Self> {
        if folder.exists() {
            clear_unfinished(folder)?;
        }
        fs::create_dir_all(folder)?;
        let record = ledger.setting(Setting::Snapshot)?;
        let record = record.map(|bytes| codec::decode(codec::SNAPSHOT, &bytes)).transpose()?;
        let vault = Self { folder: folder.into(), ledger, current: Arc::new(Mutex::new(record)) };
        vault.sweep()?;
        Ok(vault)
    }

    /// The current snapshot.
    pub fn current(&self) -> io::Result<Option<(SnapshotMeta, SnapshotFile)>> {
        let record = self.lock().clone();
        let Some(record) = record else { return Ok(None) };
        let path = self.folder.join(&record.name);
        let file = SnapshotFile::open(&path, record.length, record.hash, false)?;
        Ok(Some((record.meta, file)))
    }

    /// The length of the current snapshot; 0 without one.
    pub fn length(&self) -> u64 {
        self.lock().as_ref().map_or(0, |record| record.length)
    }

    /// Writes a snapshot and makes it the current one, unless a newer one is. Blocks.
    pub fn save(&self, meta: SnapshotMeta, bytes: &[u8]) -> io::Result<SnapshotFile> {
        let hash = *blake3::hash(bytes).as_bytes();
        let partial = self.folder.join(format!("{}.{PARTIAL}", name(&meta, &hash)));
        let mut file = File::create(&partial)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        self.adopt(meta, &partial, bytes.len() as u64, hash)
    }

    /// Makes a whole file of this folder the current snapshot, unless a newer one is. Blocks.
    pub fn adopt(
        &self,
        meta: SnapshotMeta,
        from: &Path,
        length: u64,
        hash: [u8; 32],
    ) -> io::Result<SnapshotFile> {
        let name = name(&meta, &hash);
        let path = self.folder.join(&name);
        fs::rename(from, &path)?;
        sync_folder(&self.folder)?;
        let file = SnapshotFile::open(&path, length, hash, false)?;
        let mut current = self.lock();
        let newer = current.as_ref().is_some_and(|old| old.meta.last_log_id > meta.last_log_id);
        if !newer {
            let record = Record { name, length, hash, meta };
            let bytes = codec::encode(codec::SNAPSHOT, &record)?;
            self.ledger.set_blocking(Setting::Snapshot, bytes)?;
            *current = Some(record);
        }
        drop(current);
        self.sweep()?;
        Ok(file)
    }

    /// Whether this is the current snapshot already.
    pub fn holds(&self, hash: &[u8; 32]) -> bool {
        self.lock().as_ref().is_some_and(|record| record.hash == *hash)
    }

    /// Where an arriving snapshot is put together.
    pub fn incoming(&self) -> PathBuf {
        self.folder.join(INCOMING)
    }

    /// Removes snapshots that another one has replaced.
    fn sweep(&self) -> io::Result<()> {
        let current = self.lock().as_ref().map(|record| record.name.clone());
        for item in fs::read_dir(&*self.folder)? {
            let item = item?;
            let name = item.file_name();
            let stays = current.as_deref().is_some_and(|current| name == current);
            if !stays && name.to_string_lossy().ends_with(SUFFIX) {
                fs::remove_file(item.path())?;
            }
        }
        Ok(())
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<Record>> {
        self.current.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

const SUFFIX: &str = ".snapshot";
const PARTIAL: &str = "partial";
const INCOMING: &str = "incoming";

fn clear_unfinished(folder: &Path) -> io::Result<()> {
    for item in fs::read_dir(folder)? {
        let path = item?.path();
        if path.extension().is_some_and(|it| it == PARTIAL) || path.ends_with(INCOMING) {
            fs::remove_file(path)?;
        }
    }
    Ok(())
}

/// Contains the hash: two snapshots of one index are two files.
fn name(meta: &SnapshotMeta, hash: &[u8; 32]) -> String {
    let index = meta.last_log_id.map_or(0, |id| id.index());
    let hash = blake3::Hash::from_bytes(*hash).to_hex();
    format!("{index}-{}{SUFFIX}", &hash[..16])
}
