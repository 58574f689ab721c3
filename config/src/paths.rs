use std::ffi::OsStr;
use std::fmt::Display;
use std::fs::{self, DirBuilder, File};
use std::io::Write;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use crate::Error;
use crate::environment::optional_file;

/// Where everything of one node lies: its data directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paths {
    root: PathBuf,
}

impl Paths {
    /// Longest socket path; the kernel's own bound is 107 bytes.
    const SOCKET_BYTES: usize = 100;

    /// The layout under an absolute data directory.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The node's private key, mode 0600.
    pub fn identity(&self) -> PathBuf {
        self.root.join("identity.key")
    }

    /// Locked by whoever runs on this directory.
    pub fn lock(&self) -> PathBuf {
        self.root.join("lock")
    }

    /// The number of the directory's format.
    pub fn version(&self) -> PathBuf {
        self.root.join("version")
    }

    /// All replicas this node ever held.
    pub fn replicas(&self) -> PathBuf {
        self.root.join("raft")
    }

    /// One replica: its log and state.
    pub fn replica(&self, generation: u64) -> PathBuf {
        self.replicas().join(generation.to_string())
    }

    /// The snapshot files of one replica.
    pub fn snapshots(&self, generation: u64) -> PathBuf {
        self.replica(generation).join("snapshots")
    }

    pub fn blobs(&self) -> PathBuf {
        self.root.join("blobs")
    }

    /// The sealed secrets of this node, and their key.
    pub fn secrets(&self) -> PathBuf {
        self.root.join("secrets")
    }

    /// Logs of one run's attempts that this node executed.
    pub fn logs(&self, run: impl Display) -> PathBuf {
        self.root.join("logs").join(run.to_string())
    }

    /// Working files of one run on this node.
    pub fn work(&self, run: impl Display) -> PathBuf {
        self.root.join("work").join(run.to_string())
    }

    /// The API's socket: in the directory, or under `runtime` when that path is too long for a socket.
    pub fn socket(&self, runtime: Option<&Path>) -> Result<PathBuf, Error> {
        let inside = self.root.join("api.sock");
        if fits(&inside) {
            return Ok(inside);
        }
        let name = format!("{:016x}.sock", fingerprint(self.root.as_os_str()));
        let outside = runtime.map(|runtime| runtime.join("sloth").join(name));
        outside
            .filter(|path| fits(path))
            .ok_or_else(|| Error::SocketPath { root: self.root.clone() })
    }
}

/// Preparing a data directory.
impl Paths {
    /// The format this program reads and writes.
    const FORMAT: u32 = 1;
    /// Others may pass through to the socket, which has its own permissions; they see nothing.
    const ROOT_MODE: u32 = 0o711;
    const PRIVATE_MODE: u32 = 0o700;

    /// Creates what is missing, with permissions, and refuses a directory of another format.
    pub fn prepare(&self) -> Result<(), Error> {
        folder(&self.root, Self::ROOT_MODE)?;
        match optional_file(&self.version())? {
            Some(text) => self.check_format(&text)?,
            None if self.identity().exists() => {
                return Err(self.refused(
                    "has a node's key but no format version: restore its file `version`",
                ));
            }
            None => self.write_format()?,
        }
        for name in ["raft", "blobs", "logs", "work", "secrets"] {
            folder(&self.root.join(name), Self::PRIVATE_MODE)?;
        }
        Ok(())
    }

    fn check_format(&self, text: &str) -> Result<(), Error> {
        match text.trim().parse::<u32>() {
            Ok(Self::FORMAT) => Ok(()),
            Ok(other) => Err(self.refused(format!(
                "has format {other}, this sloth knows {}: use the version that wrote it",
                Self::FORMAT
            ))),
            Err(_) => {
                Err(self.refused("has an unreadable format version: restore its file `version`"))
            }
        }
    }

    /// Written whole or not at all, and on disk before anything that depends on it.
    fn write_format(&self) -> Result<(), Error> {
        // Two processes may begin at once.
        let draft = self.root.join(format!("version.{}", std::process::id()));
        let write = || {
            let mut file = File::create(&draft)?;
            writeln!(file, "{}", Self::FORMAT)?;
            file.sync_all()?;
            fs::rename(&draft, self.version())?;
            File::open(&self.root)?.sync_all()
        };
        write().map_err(|source| Error::Prepare { path: self.version(), source })
    }

    fn refused(&self, reason: impl Into<String>) -> Error {
        Error::Format { root: self.root.clone(), reason: reason.into() }
    }
}

fn folder(path: &Path, mode: u32) -> Result<(), Error> {
    let created = DirBuilder::new().recursive(true).mode(mode).create(path);
    created.map_err(|source| Error::Prepare { path: path.into(), source })
}

fn fits(path: &Path) -> bool {
    path.as_os_str().len() <= Paths::SOCKET_BYTES
}

/// FNV-1a: the same in every build, as node and client must find the same socket.
fn fingerprint(text: &OsStr) -> u64 {
    text.as_bytes().iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn everything_lies_under_the_root() {
        let paths = Paths::new("/d");
        assert_eq!(paths.snapshots(7), Path::new("/d/raft/7/snapshots"));
        assert_eq!(paths.logs("R"), Path::new("/d/logs/R"));
        assert_eq!(paths.work("R"), Path::new("/d/work/R"));
        assert_eq!(paths.socket(None).unwrap(), Path::new("/d/api.sock"));
    }

    #[test]
    fn a_socket_whose_path_is_too_long_moves_to_the_runtime_folder() {
        let paths = Paths::new(format!("/{}", "x".repeat(100)));
        let socket = paths.socket(Some(Path::new("/run/user/1"))).unwrap();
        assert_eq!(socket, Path::new("/run/user/1/sloth/20b9fb7273c1497e.sock"));
        assert!(matches!(paths.socket(None), Err(Error::SocketPath { .. })));
        let deep = format!("/{}", "r".repeat(100));
        assert!(paths.socket(Some(Path::new(&deep))).is_err());
    }

    #[test]
    fn preparing_twice_is_preparing_once() {
        let folder = tempfile::tempdir().unwrap();
        let paths = Paths::new(folder.path().join("a/b"));
        paths.prepare().unwrap();
        paths.prepare().unwrap();
        assert_eq!(fs::read_to_string(paths.version()).unwrap(), "1\n");
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&paths.replicas()), 0o700);
        assert_eq!(mode(&paths.blobs()), 0o700);
        assert_eq!(mode(paths.root()) & 0o066, 0);
    }

    #[test]
    fn another_format_is_refused_with_what_to_do() {
        let folder = tempfile::tempdir().unwrap();
        let paths = Paths::new(folder.path());
        fs::write(paths.version(), "2\n").unwrap();
        let error = paths.prepare().unwrap_err().to_string();
        assert!(error.ends_with("has format 2, this sloth knows 1: use the version that wrote it"));
        fs::write(paths.version(), "x").unwrap();
        assert!(matches!(paths.prepare(), Err(Error::Format { .. })));
        fs::remove_file(paths.version()).unwrap();
        fs::write(paths.identity(), "key").unwrap();
        assert!(matches!(paths.prepare(), Err(Error::Format { .. })));
    }
}
