use std::time::Duration;

use super::Captured;

/// How a process ended, as the kernel tells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    Exited(i32),
    Signalled(i32),
}

/// Why a process was told to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stopped {
    TimedOut,
    Cancelled,
}

/// A command that has ended.
#[derive(Clone, Debug)]
pub struct Finished {
    pub status: Status,
    /// Present when the command did not end by itself, whatever its status says.
    pub stopped: Option<Stopped>,
    pub stdout: Captured,
    pub stderr: Captured,
    pub elapsed: Duration,
}

impl Finished {
    /// The exit code as a shell tells it: 128 + n for signal n.
    pub fn code(&self) -> i32 {
        match self.status {
            Status::Exited(code) => code,
            Status::Signalled(signal) => 128 + signal,
        }
    }

    /// Ended by itself with code 0.
    pub fn success(&self) -> bool {
        self.stopped.is_none() && self.status == Status::Exited(0)
    }
}
