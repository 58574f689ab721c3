//! The port through which Lua reaches the world. The node implements it; tests use an in-memory one.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use futures::future::BoxFuture;
use serde_json::Value;

/// Everything an attempt may ask of the machine and the cluster it runs on.
///
/// One host serves one attempt: it knows the run, the task, the process group to kill and the log to write.
/// Dropping a returned future cancels what it started.
pub trait Host: Send + Sync + 'static {
    /// Called before anything else of a task: the folder it runs in, made if it is missing, what it adds to the
    /// environment of its processes, and whom they run as if not as the node. Fails when there is no such user, or
    /// the node may not become it.
    fn enter(
        &self,
        folder: &Path,
        environment: &BTreeMap<String, String>,
        user: Option<&str>,
    ) -> Result<(), Error>;

    /// A line of the attempt's log.
    fn line(&self, stream: Stream, text: &str);

    /// Wall time, for display and for `os.time`.
    fn now(&self) -> SystemTime;

    /// A variable of the environment that the attempt's processes get.
    fn variable(&self, name: &str) -> Option<String>;

    /// Runs a process to its end in a process group of its own.
    fn spawn(&self, process: Process) -> BoxFuture<'_, Result<Finished, Error>>;

    /// One operation on the replicated key-value store.
    fn state(&self, operation: StateOperation) -> BoxFuture<'_, Result<StateAnswer, Error>>;

    /// Publishes an event of the given type.
    fn event(&self, kind: String, data: Value) -> BoxFuture<'_, Result<(), Error>>;

    /// Opens a secret, which is hidden in all that the attempt tells from then on; nothing when there is none of that
    /// name.
    fn secret(&self, name: String) -> BoxFuture<'_, Result<Option<String>, Error>>;

    /// The names of the secrets that can be opened, in order.
    fn secrets(&self) -> BoxFuture<'_, Result<Vec<String>, Error>>;

    /// Hides a value in all that the attempt tells from now on; `name` is what may be said of it.
    fn hide(&self, name: &str, value: &str) -> Result<(), Error>;

    /// A text without what is hidden.
    fn masked(&self, text: &str) -> String;

    /// Copies the artifacts of the named tasks into the working directory.
    fn consume(&self, names: Vec<String>) -> BoxFuture<'_, Result<(), Error>>;

    /// Stores what the globs match in the working directory as the attempt's artifacts; returns how many files.
    fn produce(&self, globs: Vec<String>) -> BoxFuture<'_, Result<usize, Error>>;
}

/// Where a log line came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stream {
    Stdout,
    Stderr,
    /// `log.debug` … `log.error`.
    Log(Level),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    Debug,
    Info,
    Warn,
    Error,
}

/// A process to run.
#[derive(Clone, Debug, PartialEq)]
pub struct Process {
    pub program: Program,
    /// Relative paths are taken from the attempt's working directory.
    pub workdir: Option<PathBuf>,
    /// Added to, or laid over, the attempt's environment.
    pub env: Vec<(String, String)>,
    /// Only `PATH`, `HOME` and `env`.
    pub clean_env: bool,
    /// Nothing means `/dev/null`.
    pub stdin: Option<Vec<u8>>,
    pub timeout: Option<Duration>,
    /// Bytes kept of each stream; the rest is counted and dropped.
    pub keep: usize,
    /// Whether each line also goes to the attempt's log.
    pub log: bool,
    /// Whom it runs as; the attempt's own user when absent.
    pub user: Option<String>,
}

impl Process {
    /// A process in the attempt's folder and environment, without input, whose output goes to the log.
    pub fn new(program: Program) -> Process {
        Process {
            program,
            workdir: None,
            env: Vec::new(),
            clean_env: false,
            stdin: None,
            timeout: None,
            keep: 64 << 10,
            log: true,
            user: None,
        }
    }
}

#[derive(Clone, Debug, PartialEq)]
pub enum Program {
    /// A line as a person types it: plain words are executed directly, anything else by `bash -c` (or `sh -c`).
    Line(String),
    /// A program and its arguments, never seen by a shell.
    Arguments(Vec<String>),
}

impl Program {
    /// What is started: the first word, or bash for what only bash understands.
    pub fn name(&self) -> &str {
        match self {
            Program::Line(line) => crate::line::program(line),
            Program::Arguments(words) => words.first().map_or("", String::as_str),
        }
    }
}

/// How a process ended.
#[derive(Clone, Debug, PartialEq)]
pub struct Finished {
    /// The exit code; 128 + signal when it was killed by one; 126 and 127 as a shell says.
    pub exit_code: i32,
    pub stdout: Vec<u8>,
    pub stderr: Vec<u8>,
    /// Whether more than `keep` bytes came on a stream.
    pub truncated: bool,
    /// Whether `timeout` ended it.
    pub timed_out: bool,
    pub duration: Duration,
}

/// One operation on the key-value store.
#[derive(Clone, Debug, PartialEq)]
pub enum StateOperation {
    Get { namespace: String, key: String },
    Set { namespace: String, key: String, value: Value, ttl: Option<Duration>, only_if: Condition },
    Delete { namespace: String, key: String },
    List { namespace: String, prefix: String, after: Option<String>, limit: usize },
    Lock { namespace: String, name: String, ttl: Duration },
    Unlock { namespace: String, name: String, token: u64 },
}

/// What must hold for a `Set` to happen.
#[derive(Clone, Debug, PartialEq)]
pub enum Condition {
    Always,
    Absent,
    Version(u64),
    Value(Value),
}

#[derive(Clone, Debug, PartialEq)]
pub enum StateAnswer {
    /// Absent, or the value and its version.
    Entry(Option<(Value, u64)>),
    /// The version written by a `Set`.
    Version(u64),
    /// Whether a `Delete` or `Unlock` found something.
    Removed(bool),
    /// Keys in byte order.
    Keys(Vec<String>),
    /// A lock's fencing token.
    Token(u64),
}

/// Why the world said no.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Error {
    pub code: Code,
    pub message: String,
}

/// The stable word of a failure, as Lua sees it in `result.code`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    NotFound,
    Exists,
    Denied,
    Timeout,
    Unavailable,
    Invalid,
    Conflict,
    Cancelled,
}
