use std::io;
use std::ptr::{NonNull, null_mut};
use std::sync::atomic::{AtomicU64, Ordering};

use rustix::mm::{MapFlags, ProtFlags, mmap_anonymous};
use rustix::time::{ClockId, clock_gettime};

/// A page of memory that guard and node share.
pub struct Page(NonNull<Shared>);

struct Shared {
    /// `CLOCK_BOOTTIME` in milliseconds after which the node may not live; 0 for never.
    deadline: AtomicU64,
    /// Counted up by the guard for as long as it works.
    beats: AtomicU64,
}

impl Page {
    /// Maps a page of zeros that a later fork shares; it stays mapped for the life of the process.
    #[allow(unsafe_code)]
    pub fn new() -> io::Result<Self> {
        let (protection, flags) = (ProtFlags::READ | ProtFlags::WRITE, MapFlags::SHARED);
        // SAFETY: a new mapping at a place of the kernel's choice touches no memory in use.
        let address =
            unsafe { mmap_anonymous(null_mut(), size_of::<Shared>(), protection, flags)? };
        NonNull::new(address.cast())
            .map(Self)
            .ok_or_else(|| io::Error::from(io::ErrorKind::OutOfMemory))
    }

    pub fn set_deadline(&self, deadline: Option<u64>) {
        self.shared().deadline.store(deadline.unwrap_or(0), Ordering::Release);
    }

    /// Milliseconds until the deadline, 0 once it has passed.
    pub fn remaining(&self) -> Option<u64> {
        let deadline = self.shared().deadline.load(Ordering::Acquire);
        (deadline != 0).then(|| deadline.saturating_sub(boottime()))
    }

    pub fn beat(&self) {
        self.shared().beats.fetch_add(1, Ordering::Release);
    }

    pub fn beats(&self) -> u64 {
        self.shared().beats.load(Ordering::Acquire)
    }

    #[allow(unsafe_code)]
    fn shared(&self) -> &Shared {
        // SAFETY: the page is mapped readable and writable for ever, page-aligned, its zeros are valid atomics.
        unsafe { self.0.as_ref() }
    }
}

// SAFETY: the page holds nothing but atomics.
#[allow(unsafe_code)]
unsafe impl Send for Page {}
// SAFETY: as above.
#[allow(unsafe_code)]
unsafe impl Sync for Page {}

/// Milliseconds since the machine started, its sleep included: `CLOCK_BOOTTIME`.
pub fn boottime() -> u64 {
    let now = clock_gettime(ClockId::Boottime);
    now.tv_sec as u64 * 1000 + now.tv_nsec as u64 / 1_000_000
}
