use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tempfile::TempDir;

use crate::sloth::Sloth;

/// A user's whole world: home, configuration, data directory and a folder to work in. Clones share it.
#[derive(Clone)]
pub struct Home {
    root: Arc<TempDir>,
}

impl Home {
    pub fn new() -> Self {
        let root = tempfile::Builder::new().prefix("sloth").tempdir().unwrap();
        for folder in ["config/sloth", "work", "runtime", "tmp"] {
            fs::create_dir_all(root.path().join(folder)).unwrap();
        }
        Self { root: Arc::new(root) }
    }

    pub fn root(&self) -> &Path {
        self.root.path()
    }

    /// Of the node.
    pub fn data(&self) -> PathBuf {
        self.root().join("data")
    }

    /// Where commands are called.
    pub fn work(&self) -> PathBuf {
        self.root().join("work")
    }

    /// Replaces the configuration, in TOML.
    pub fn configure(&self, text: &str) {
        fs::write(self.root().join("config/sloth/config.toml"), text).unwrap();
    }

    /// Writes a file into the folder to work in.
    pub fn write(&self, name: &str, text: impl AsRef<[u8]>) -> PathBuf {
        let path = self.work().join(name);
        fs::write(&path, text).unwrap();
        path
    }

    /// A file in the folder to work in.
    pub fn read(&self, name: &str) -> String {
        fs::read_to_string(self.work().join(name)).unwrap_or_default()
    }

    /// A command of this user.
    pub fn sloth<I: AsRef<str>>(&self, arguments: impl IntoIterator<Item = I>) -> Sloth {
        Sloth::new(self.clone(), arguments)
    }
}

impl Default for Home {
    fn default() -> Self {
        Self::new()
    }
}
