use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use super::attributes::{Attributes, own};
use crate::modules::fs::path::random;

/// What a file is to hold.
pub enum Wanted {
    Bytes(Vec<u8>),
    /// The content of another file.
    File(PathBuf),
}

impl Wanted {
    /// Writes it, down to the disk.
    pub fn fill(self, file: &mut File) -> io::Result<()> {
        match self {
            Wanted::Bytes(bytes) => file.write_all(&bytes)?,
            Wanted::File(source) => drop(io::copy(&mut File::open(source)?, file)?),
        }
        file.sync_all()
    }
}

/// A new file beside the one it will replace; removed when it never does.
pub struct Fresh(PathBuf);

impl Fresh {
    /// Writes it whole, with the attributes asked for or those of the file it will replace.
    pub fn write(
        attributes: &Attributes,
        fill: impl FnOnce(&mut File) -> io::Result<()>,
    ) -> io::Result<Fresh> {
        let path = &attributes.path;
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        let old = fs::metadata(path).ok();
        let mode = attributes.mode.or(old.as_ref().map(|old| old.mode() & 0o7777));
        let fresh = Fresh(path.with_added_extension(format!("sloth-{}", random())));
        let mut file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(mode.unwrap_or(0o666))
            .open(&fresh.0)?;
        fill(&mut file)?;
        let (uid, gid) = old.map(|old| (old.uid(), old.gid())).unzip();
        own(&fresh.0, attributes.owner.or(uid), attributes.group.or(gid))?;
        if let Some(mode) = mode {
            file.set_permissions(Permissions::from_mode(mode))?;
        }
        Ok(fresh)
    }

    pub fn path(&self) -> &Path {
        &self.0
    }

    pub fn take_place_of(self, path: &Path) -> io::Result<()> {
        fs::rename(&self.0, path)
    }
}

impl Drop for Fresh {
    fn drop(&mut self) {
        // After it took its place there is nothing under this name.
        let _ = fs::remove_file(&self.0);
    }
}
