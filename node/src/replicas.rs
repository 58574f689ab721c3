//! The folders of this node's replicas, one a generation.

use std::fs;
use std::path::PathBuf;

use config::Paths;

use crate::Error;
use crate::blobs::file;

/// The newest generation that has a folder.
pub fn newest(paths: &Paths) -> Option<u64> {
    let entries = fs::read_dir(paths.replicas()).ok()?;
    let names = entries.flatten().map(|entry| entry.file_name());
    names.filter_map(|name| name.to_str()?.parse().ok()).max()
}

/// Keeps all replicas out of the way, for a directory that starts over. Returns where they are.
pub fn set_aside(paths: &Paths) -> Result<PathBuf, Error> {
    let (from, to) =
        (paths.replicas(), paths.root().join(format!("standalone-{}", ulid::Ulid::generate())));
    fs::rename(&from, &to).map_err(file("set aside", &from))?;
    fs::create_dir(&from).map_err(file("make", &from))?;
    Ok(to)
}
