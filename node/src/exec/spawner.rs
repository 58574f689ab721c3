use std::collections::BTreeMap;
use std::fs::File;
use std::os::fd::OwnedFd;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::attempt::{self, Attempt};
use super::{Directory, Error, Leftover, host};

/// How long killed processes may take to be gone before they are only reported.
const KILL_WAIT: Duration = Duration::from_secs(10);

/// The one way to start a process. A cheap handle; attempts live in a generation that can be stopped as a whole.
#[derive(Clone)]
pub struct Spawner(Arc<Shared>);

pub(super) struct Shared {
    directory: Directory,
    pub(super) null: OwnedFd,
    attempts: AtomicU32,
    pub(super) live: AtomicUsize,
    generation: Mutex<Arc<Generation>>,
}

/// The attempts between two calls of `stop_all`.
#[derive(Default)]
pub(super) struct Generation {
    pub(super) term: CancellationToken,
    pub(super) kill: CancellationToken,
    /// Owns every task of this layer: one for each process, one for each attempt that is being cleared.
    pub(super) tasks: TaskTracker,
    attempts: Mutex<BTreeMap<u32, Weak<attempt::Inner>>>,
}

impl Spawner {
    /// A spawner for the node's life, at most one in a process. It makes this process adopt the orphans below it.
    pub fn new(directory: Directory) -> Result<Self, Error> {
        host::become_subreaper().map_err(Error::system("adopt orphans"))?;
        if !host::limits_are_free() {
            tracing::warn!(
                "the limit on file locks (ulimit -x) is not unlimited: what outlives this node is not found"
            );
        }
        let null = File::open("/dev/null").map_err(Error::system("open /dev/null"))?.into();
        Ok(Self(Arc::new(Shared {
            directory,
            null,
            attempts: AtomicU32::new(1),
            live: AtomicUsize::new(0),
            generation: Mutex::default(),
        })))
    }

    /// Opens an attempt. `cancel` ends each of its commands: TERM, then KILL after the command's grace.
    pub fn attempt(&self, cancel: CancellationToken) -> Attempt {
        let number = self.0.attempts.fetch_add(1, Ordering::Relaxed);
        let generation = self.generation().clone();
        let inner = Arc::new(attempt::Inner::new(
            self.0.directory.tag(number),
            self.0.clone(),
            generation.clone(),
        ));
        let mut attempts = lock(&generation.attempts);
        attempts.retain(|_, attempt| attempt.strong_count() > 0);
        attempts.insert(number, Arc::downgrade(&inner));
        Attempt::new(inner, cancel)
    }

    /// How many commands run now.
    pub fn live(&self) -> usize {
        self.0.live.load(Ordering::Relaxed)
    }

    /// Ends every attempt there is: TERM to all, KILL to what is left after `grace`, and all that they left behind.
    /// Attempts opened later are not touched. Returns what would not go.
    pub async fn stop_all(&self, grace: Duration) -> Vec<Leftover> {
        let old = std::mem::take(&mut *self.generation());
        old.tasks.close();
        old.term.cancel();
        if timeout(grace, old.tasks.wait()).await.is_err() {
            old.kill.cancel();
        }
        let _ = timeout(KILL_WAIT, old.tasks.wait()).await;
        let attempts: Vec<_> = lock(&old.attempts).values().filter_map(Weak::upgrade).collect();
        let mut left = Vec::new();
        for attempt in attempts {
            left.extend(attempt.clear().await.stuck);
        }
        left
    }

    fn generation(&self) -> MutexGuard<'_, Arc<Generation>> {
        lock(&self.0.generation)
    }
}

pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
