//! Killing what is left: all children of this process, or all that carry a directory's tag.

use std::fmt;
use std::thread;
use std::time::{Duration, Instant};

use rustix::io::Errno;
use rustix::process::{Signal, kill_process};

use super::host::{self, Process};
use super::{Directory, Error};

/// A killed process ends within milliseconds unless the kernel itself is stuck in it, or it may not be killed.
const LIMIT: Duration = Duration::from_secs(10);
const PAUSE_MIN: Duration = Duration::from_micros(200);
const PAUSE_MAX: Duration = Duration::from_millis(20);

/// A process that was still there when it should not have been.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leftover {
    pub pid: i32,
    pub name: String,
}

impl Leftover {
    pub(super) fn of(process: Process) -> Self {
        Self { pid: process.0.as_raw_nonzero().get(), name: process.name() }
    }
}

impl fmt::Display for Leftover {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "process {} ({})", self.pid, self.name)
    }
}

/// Kills every child and, as they become children by the death of their parents, every descendant. Returns those
/// that would not go.
///
/// No foreign process can be hit: the number of a child is not given away before its parent has reaped it.
pub(super) fn children() -> Vec<Leftover> {
    let mut pauses = Pauses::new();
    loop {
        let left = host::children();
        for process in &left {
            let _ = kill_process(process.0, Signal::KILL);
        }
        loop {
            match host::reap_any() {
                Ok(true) => {}
                Ok(false) => break,
                Err(_) => return Vec::new(),
            }
        }
        if !pauses.pause() {
            return left.into_iter().map(Leftover::of).collect();
        }
    }
}

/// Kills every process on this machine that carries the directory's tag.
pub(super) fn tagged(directory: Directory) -> Result<(), Error> {
    let mut pauses = Pauses::new();
    loop {
        let found = survivors(directory);
        let Some(first) = found.first() else { return Ok(()) };
        for process in &found {
            match kill_process(process.0, Signal::KILL) {
                Ok(()) | Err(Errno::SRCH) => {}
                Err(_) => return Err(Error::Survivor(Leftover::of(*process))),
            }
        }
        if !pauses.pause() {
            return Err(Error::Survivor(Leftover::of(*first)));
        }
    }
}

fn survivors(directory: Directory) -> Vec<Process> {
    let ours = |process: &Process| {
        process.tag().is_some_and(|tag| directory.owns(tag)) && process.is_alive()
    };
    host::everyone().into_iter().filter(ours).collect()
}

/// Waits that grow, and an end to them.
pub(super) struct Pauses {
    end: Instant,
    next: Duration,
}

impl Pauses {
    pub(super) fn new() -> Self {
        Self { end: Instant::now() + LIMIT, next: PAUSE_MIN }
    }

    /// How long to wait before the next look, or `None` when it is time to give up.
    pub(super) fn next(&mut self) -> Option<Duration> {
        let pause = self.next;
        self.next = (pause * 2).min(PAUSE_MAX);
        (Instant::now() < self.end).then_some(pause)
    }

    fn pause(&mut self) -> bool {
        self.next().map(thread::sleep).is_some()
    }
}
