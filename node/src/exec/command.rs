use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use super::Program;

/// One program to start. The environment is all it gets: nothing of the node's own is added.
#[derive(Clone, Debug)]
pub struct Command {
    pub program: Program,
    pub workdir: PathBuf,
    pub environment: BTreeMap<OsString, OsString>,
    /// Bytes on standard input; `/dev/null` when absent.
    pub input: Option<Vec<u8>>,
    /// The node's own when absent.
    pub umask: Option<u32>,
    /// How many first bytes of each stream the result keeps.
    pub keep: usize,
    pub timeout: Option<Duration>,
    /// From TERM to KILL.
    pub grace: Duration,
}

impl Command {
    /// A program in a folder with an empty environment and the usual limits.
    pub fn new(program: Program, workdir: impl Into<PathBuf>) -> Self {
        Self {
            program,
            workdir: workdir.into(),
            environment: BTreeMap::new(),
            input: None,
            umask: None,
            keep: 64 * 1024,
            timeout: None,
            grace: Duration::from_secs(5),
        }
    }
}
