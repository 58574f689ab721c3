//! What the exit code tells a script.

use std::process::ExitCode;

/// How the process ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Done, or nothing to do.
    Done,
    /// The thing ran and failed.
    Failed,
    /// Unknown flag, bad argument, a file that does not load, a prompt that cannot be asked.
    Usage,
    NotFound,
    /// Exists already, locked, another version, still in use.
    Conflict,
    Denied,
    /// No node or no quorum can be reached.
    Unreachable,
    /// The deadline passed; the work may go on.
    Deadline,
    /// Declined at the prompt, or the run was cancelled.
    Cancelled,
    /// A size, rate or count is beyond its bound.
    Limit,
    /// There are changes, and the command was asked to tell so.
    Changes,
    /// A bug or a broken store.
    Broken,
    Interrupted,
    /// Of another program, or of the node below its guard.
    Other(u8),
}

impl Exit {
    pub fn code(self) -> u8 {
        self.row().0
    }

    /// The stable word.
    pub fn word(self) -> &'static str {
        self.row().1
    }

    fn row(self) -> (u8, &'static str) {
        match self {
            Exit::Done => (0, "done"),
            Exit::Failed => (1, "failed"),
            Exit::Usage => (2, "usage"),
            Exit::NotFound => (3, "not_found"),
            Exit::Conflict => (4, "conflict"),
            Exit::Denied => (5, "denied"),
            Exit::Unreachable => (6, "unreachable"),
            Exit::Deadline => (7, "deadline"),
            Exit::Cancelled => (8, "cancelled"),
            Exit::Limit => (9, "limit"),
            Exit::Changes => (10, "changes"),
            Exit::Broken => (70, "broken"),
            Exit::Interrupted => (130, "interrupted"),
            Exit::Other(code) => (code, "other"),
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(exit.code())
    }
}
