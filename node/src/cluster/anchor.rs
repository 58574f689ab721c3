use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use config::{Address, ClusterId, NodeId, Paths};
use serde::{Deserialize, Serialize};
use state::codec;

use crate::Error;
use crate::blobs::file;

/// The version of the file.
const VERSION: u8 = 1;

/// What a member remembers beside its replica, if it has one: its cluster, and where to find the others again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Anchor {
    pub cluster: ClusterId,
    pub voters: Vec<NodeId>,
    pub addresses: Vec<(NodeId, Vec<Address>)>,
}

impl Anchor {
    /// What an earlier life wrote; nothing when this directory never belonged to a cluster with a network.
    pub fn load(paths: &Paths) -> Result<Option<Anchor>, Error> {
        let path = path(paths);
        match fs::read(&path) {
            Ok(bytes) => codec::decode(VERSION, &bytes)
                .map(Some)
                .map_err(|error| Error::Corrupt(format!("{}: {error}", path.display()))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(file("read", &path)(error)),
        }
    }

    /// Durable when this returns.
    pub fn save(&self, paths: &Paths) -> Result<(), Error> {
        let path = path(paths);
        replace(&path, &codec::encode(VERSION, self)).map_err(file("write", &path))
    }

    pub fn remove(paths: &Paths) -> Result<(), Error> {
        let path = path(paths);
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(file("remove", &path)(error))
            }
            _ => Ok(()),
        }
    }
}

fn path(paths: &Paths) -> PathBuf {
    paths.root().join("cluster")
}

fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let draft = path.with_extension("draft");
    let mut out = File::create(&draft)?;
    out.write_all(bytes)?;
    out.sync_data()?;
    fs::rename(&draft, path)?;
    match path.parent() {
        Some(folder) => File::open(folder)?.sync_all(),
        None => Ok(()),
    }
}
