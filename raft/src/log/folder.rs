//! The folder of a replica: which engine its log is in, and names that are durable.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use config::LogKind;

use super::{Inspected, Opened, file, sled};
use crate::Error;

pub const LOG: &str = "log";
pub const MARK: &str = "mark";

/// The engine that a replica's folder holds a log of.
pub fn kind(replica: &Path) -> Option<LogKind> {
    if sled::is_there(replica) {
        Some(LogKind::Sled)
    } else {
        file::is_there(&replica.join(LOG)).then_some(LogKind::File)
    }
}

/// Opens the log in a replica's folder with the engine that is there; a new one is of the given kind.
pub fn open(replica: &Path, new: LogKind) -> Result<Opened, Error> {
    fs::create_dir_all(replica).map_err(at(replica))?;
    match kind(replica).unwrap_or(new) {
        LogKind::File => file::open(replica),
        LogKind::Sled => sled::open(replica),
    }
}

/// Reads what is whole of the log in a replica's folder and changes nothing.
pub fn inspect(replica: &Path) -> Result<(LogKind, Inspected), Error> {
    let kind = kind(replica).ok_or_else(|| Error::Missing(replica.into()))?;
    let inspected = match kind {
        LogKind::File => file::inspect(replica)?,
        LogKind::Sled => sled::inspect(replica)?,
    };
    Ok((kind, inspected))
}

/// Makes names in a folder durable.
pub fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// Names the path in an error.
pub fn at(path: &Path) -> impl FnOnce(io::Error) -> Error + use<> {
    let path: PathBuf = path.into();
    move |source| Error::Storage { path, source }
}
