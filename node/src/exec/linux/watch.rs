use std::io;
use std::os::fd::{BorrowedFd, OwnedFd};

use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

/// A descriptor that the runtime waits on to become readable.
pub type Watched<F> = AsyncFd<F>;

#[allow(unsafe_code)]
pub fn watch(end: OwnedFd) -> io::Result<Watched<OwnedFd>> {
    // SAFETY: an owned descriptor stays open, and the same, for as long as its owner.
    Ok(unsafe { AsyncFd::register_with_interest(end, Interest::READABLE) }?)
}

#[allow(unsafe_code)]
pub fn watch_borrowed(end: BorrowedFd<'_>) -> io::Result<Watched<BorrowedFd<'_>>> {
    // SAFETY: a borrowed descriptor stays open, and the same, for as long as the borrow.
    Ok(unsafe { AsyncFd::register_with_interest(end, Interest::READABLE) }?)
}
