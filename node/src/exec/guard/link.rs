use std::io;
use std::os::fd::OwnedFd;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::pipe::{PipeFlags, pipe_with};

/// A pipe that nobody writes to: it ends when the guard does, however it dies. Tasks do not inherit it.
pub(super) fn pair() -> io::Result<(OwnedFd, OwnedFd)> {
    Ok(pipe_with(PipeFlags::CLOEXEC)?)
}

/// Waits for the other side's end, at most so long.
pub(super) fn ended(nodes_end: &OwnedFd, limit: Duration) -> bool {
    let limit = Timespec { tv_sec: limit.as_secs() as _, tv_nsec: limit.subsec_nanos() as _ };
    let mut fds = [PollFd::new(nodes_end, PollFlags::IN)];
    match poll(&mut fds, Some(&limit)) {
        Ok(ready) => ready > 0,
        Err(error) => error != Errno::INTR,
    }
}
