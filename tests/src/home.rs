use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tempfile::TempDir;

use crate::binary::binary;
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
        Sloth::new(self.clone(), &binary(), arguments)
    }

    /// A command of another user of this machine, of one group, who may pass through this home and owns nothing in it.
    /// Needs root.
    pub fn sloth_of<I: AsRef<str>>(
        &self,
        uid: u32,
        gid: u32,
        arguments: impl IntoIterator<Item = I>,
    ) -> Sloth {
        fs::set_permissions(self.root(), Permissions::from_mode(0o711)).unwrap();
        // The binary may lie where others have no access.
        let program = self.root().join("sloth");
        if !program.exists() {
            fs::copy(binary(), &program).unwrap();
        }
        Sloth::new(self.clone(), &program, arguments).user(uid, gid)
    }
}

impl Default for Home {
    fn default() -> Self {
        Self::new()
    }
}
