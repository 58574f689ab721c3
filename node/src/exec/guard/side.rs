use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

use super::{BEATS_MISSED, link, say, sweep_and_mark};
use crate::exec::host::{self, Page};
use crate::exec::lock::Lock;
use crate::exec::{Directory, Error};

/// The watching thread calls nothing deep.
const STACK: usize = 128 * 1024;
/// Seen by nobody but `init` or a shell that adopted the node.
const GUARD_GONE: i32 = 70;

/// What the node has of its guard. A thread watches the guard for the node's whole life: when the guard dies, all
/// children are killed and the process ends at once, whatever the rest of the node is doing.
pub struct NodeSide {
    page: Arc<Page>,
    directory: Directory,
}

impl NodeSide {
    pub(super) fn new(
        guard: Pid,
        page: Page,
        lock: Lock,
        end: OwnedFd,
        beat: Duration,
    ) -> Result<Self, Error> {
        host::become_subreaper().map_err(Error::system("adopt orphans"))?;
        let side = Self { page: Arc::new(page), directory: lock.directory() };
        let watch = Watch { guard, page: side.page.clone(), lock, end, beat };
        let thread = thread::Builder::new().name("guard-watch".to_owned()).stack_size(STACK);
        thread.spawn(move || watch.run()).map_err(Error::system("watch the guard"))?;
        Ok(side)
    }

    /// When the guard kills this process unless told otherwise, in milliseconds of [`super::boottime`]; never if absent.
    pub fn set_lease_deadline(&self, deadline: Option<u64>) {
        self.page.set_deadline(deadline);
    }

    /// What a [`Spawner`](crate::exec::Spawner) marks its processes with.
    pub fn directory(&self) -> Directory {
        self.directory
    }
}

struct Watch {
    guard: Pid,
    page: Arc<Page>,
    lock: Lock,
    end: OwnedFd,
    beat: Duration,
}

impl Watch {
    fn run(self) {
        let (mut seen, mut missed) = (self.page.beats(), 0);
        // Counted in looks of its own, so that a machine that slept or was paused accuses nobody.
        while !link::ended(&self.end, self.beat) {
            let beats = self.page.beats();
            missed = if beats == seen { missed + 1 } else { 0 };
            seen = beats;
            if missed > BEATS_MISSED {
                // Its number is its own: the pipe says that it lives.
                let _ = kill_process(self.guard, Signal::KILL);
                say("the guard is mute and is killed");
            }
        }
        host::close_gate();
        sweep_and_mark(&self.lock);
        say("the guard is gone, so the node ends");
        host::exit_now(GUARD_GONE)
    }
}
