use std::io;
use std::os::fd::{AsFd, OwnedFd};

use rustix::buffer::spare_capacity;
use rustix::io::{Errno, read};
use tokio::task::yield_now;

use super::Captured;
use super::host::{Watched, watch};
use super::output::Lines;

/// A whole pipe fits in.
const CHUNK: usize = 64 * 1024;
/// Reads without waiting, so that an endless writer cannot hold the reader.
const READS_MAX: usize = 32;

/// The reading end of one stream.
pub(super) struct Pipe {
    source: Source,
    lines: Lines,
    buffer: Vec<u8>,
}

enum Source {
    /// Not known to the runtime: most commands end before anyone need wait for their output.
    Quiet(OwnedFd),
    Watched(Watched<OwnedFd>),
    Ended,
}

enum Read {
    Some,
    Nothing,
    End,
}

impl Pipe {
    /// Takes an end that does not block.
    pub(super) fn new(end: OwnedFd, lines: Lines) -> Self {
        Self { source: Source::Quiet(end), lines, buffer: Vec::new() }
    }

    /// Has the runtime wait for output from here on.
    pub(super) fn watch(&mut self) -> io::Result<()> {
        self.source = match std::mem::replace(&mut self.source, Source::Ended) {
            Source::Quiet(end) => Source::Watched(watch(end)?),
            other => other,
        };
        Ok(())
    }

    /// Takes what comes next; never returns when nothing more can come.
    pub(super) async fn pump(&mut self) {
        let Source::Watched(end) = &self.source else { return std::future::pending().await };
        let Ok(mut ready) = end.readable().await else { return self.source = Source::Ended };
        match take(end.get_ref(), &mut self.buffer) {
            Read::Some => {
                self.lines.push(&self.buffer);
                // A writer that never pauses would keep this thread from its timers and sockets.
                yield_now().await;
            }
            Read::Nothing => ready.clear_ready(),
            Read::End => {
                drop(ready);
                self.source = Source::Ended;
            }
        }
    }

    /// Takes what is there already. True when the stream has ended.
    pub(super) fn take_ready(&mut self) -> bool {
        for _ in 0..READS_MAX {
            let end = match &self.source {
                Source::Quiet(end) => end.as_fd(),
                Source::Watched(end) => end.as_fd(),
                Source::Ended => return true,
            };
            match take(end, &mut self.buffer) {
                Read::Some => self.lines.push(&self.buffer),
                Read::Nothing => return false,
                Read::End => self.source = Source::Ended,
            }
        }
        false
    }

    pub(super) fn is_ended(&self) -> bool {
        matches!(self.source, Source::Ended)
    }

    pub(super) fn finish(&mut self) -> Captured {
        self.lines.finish()
    }
}

fn take(end: impl AsFd, buffer: &mut Vec<u8>) -> Read {
    buffer.clear();
    buffer.reserve(CHUNK);
    match read(end, spare_capacity(buffer)) {
        Ok(0) => Read::End,
        Ok(_) => Read::Some,
        Err(Errno::AGAIN | Errno::INTR) => Read::Nothing,
        Err(_) => Read::End,
    }
}
