use std::io;
use std::path::PathBuf;

use crate::Origin;

/// What configuration refuses, and why.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("invalid node id {0:?}: expected 64 hexadecimal digits")]
    NodeId(String),
    #[error(
        "invalid name {0:?}: expected 1 to 63 of A-Z a-z 0-9 . _ - beginning with a letter or digit"
    )]
    Name(String),
    #[error("invalid task name {0:?}: expected 1 to 128 bytes without control characters")]
    TaskName(String),
    #[error("invalid label {label:?}: {reason}")]
    Label { label: String, reason: &'static str },
    #[error("invalid duration {text:?}: {reason}")]
    Duration { text: String, reason: &'static str },
    #[error("invalid size {text:?}: {reason}")]
    Size { text: String, reason: &'static str },
    #[error("invalid address {0:?}: expected host:port, such as 10.0.0.1:7181 or [::1]:7181")]
    Address(String),
    #[error("invalid selector {text:?}: {reason} at column {column}")]
    Selector { text: String, column: usize, reason: &'static str },
    #[error("invalid name pattern {0:?}: expected up to 63 of A-Z a-z 0-9 . _ - *")]
    Pattern(String),
    #[error("invalid {key} (from {origin}): {reason}")]
    Setting { key: &'static str, origin: Origin, reason: String },
    #[error("unknown setting {key:?} (from {origin}){hint}")]
    UnknownKey { key: String, origin: Origin, hint: String },
    #[error("{variable} is not valid UTF-8")]
    NotText { variable: String },
    #[error("cannot read configuration {}", path.display())]
    Syntax { path: PathBuf, source: toml::de::Error },
    #[error("cannot read {}", path.display())]
    Read { path: PathBuf, source: io::Error },
    #[error("cannot prepare {}", path.display())]
    Prepare { path: PathBuf, source: io::Error },
    #[error("no cluster secret in {}: the file is absent or empty", path.display())]
    NoSecret { path: PathBuf },
    #[error("no data directory: set --data-dir or HOME")]
    NoDataDir,
    #[error("data directory {} {reason}", root.display())]
    Format { root: PathBuf, reason: String },
    #[error(
        "no socket fits data directory {}: its path is too long; choose a shorter one or set XDG_RUNTIME_DIR",
        root.display()
    )]
    SocketPath { root: PathBuf },
}
