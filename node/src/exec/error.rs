use std::io;
use std::path::PathBuf;

use super::Leftover;

/// What can go wrong with a process, apart from what its exit status tells.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Another node works in this data directory.
    #[error("data directory is in use: {} is locked by {}", path.display(), holder(*pid))]
    Held { path: PathBuf, pid: Option<u32> },
    #[error("cannot lock {}", path.display())]
    Lock { path: PathBuf, source: io::Error },
    #[error("the guard must start before any thread, found {0} threads")]
    Threads(usize),
    /// An earlier life of this node left a process that may not or cannot be killed.
    #[error(
        "{0} of an earlier life of this node cannot be killed: stop it by hand, then start again"
    )]
    Survivor(Leftover),
    #[error("cannot enter working directory {}", path.display())]
    Workdir { path: PathBuf, source: io::Error },
    #[error("cannot start {program}")]
    Start { program: String, source: io::Error },
    #[error("{what} holds a NUL byte: {value:?}")]
    Nul { what: &'static str, value: String },
    #[error("no program given")]
    NoProgram,
    #[error("cancelled before it started")]
    Cancelled,
    #[error("cannot {what}")]
    System { what: &'static str, source: io::Error },
}

impl Error {
    pub(super) fn system<E: Into<io::Error>>(what: &'static str) -> impl FnOnce(E) -> Self {
        move |source| Self::System { what, source: source.into() }
    }
}

fn holder(pid: Option<u32>) -> String {
    pid.map_or_else(|| "another process".to_owned(), |pid| format!("process {pid}"))
}
