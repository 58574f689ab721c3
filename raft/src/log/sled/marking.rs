use std::io;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::log::Write;
use crate::log::mark::{Mark, Marked};

/// How far a log in sled is durable, and the mark that says so.
pub struct Marking(Mutex<State>);

struct State {
    mark: Mark,
    /// The index after the last entry written, and after the last durable one.
    written: u64,
    durable: u64,
}

impl Marking {
    pub fn new(mark: Mark, next: u64) -> Self {
        Self(Mutex::new(State { mark, written: next, durable: next }))
    }

    pub fn wrote(&self, write: &Write) {
        if let Some((last, _)) = write.entries.last() {
            self.lock().written = last + 1;
        }
    }

    pub fn synced(&self) {
        let mut state = self.lock();
        state.durable = state.written;
    }

    /// The mark goes down before the log does, else the log would seem damaged.
    pub fn truncating(&self, from: u64) -> io::Result<()> {
        let mut state = self.lock();
        state.written = state.written.min(from);
        if state.durable <= from {
            return Ok(());
        }
        state.durable = from;
        state.mark.write(Marked { next: from, closed: false })
    }

    pub fn mark(&self) -> io::Result<()> {
        let mut state = self.lock();
        let next = state.durable;
        state.mark.write(Marked { next, closed: false })
    }

    /// Says that the log ended in order. Without it the next opening is only slower.
    pub fn close(&self) -> io::Result<()> {
        let mut state = self.lock();
        let next = state.durable;
        state.mark.note(Marked { next, closed: true })
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
