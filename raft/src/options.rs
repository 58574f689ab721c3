use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use config::{LogKind, NodeId, Timers};
use rustix::time::{ClockId, clock_gettime};
use state::Wall;

use crate::Transport;

/// What a node brings along to take part in the agreement.
#[derive(Clone)]
pub struct Options {
    pub me: NodeId,
    pub timers: Timers,
    /// Applied entries between two snapshots.
    pub snapshot_every: u64,
    /// What a new replica keeps its log in; one that is there stays as it is.
    pub log: LogKind,
    pub transport: Arc<dyn Transport>,
    pub clock: Arc<dyn Clock>,
    /// A write or read that is not answered within this fails.
    pub deadline: Duration,
}

impl Options {
    /// How long people wait before they want to know that there is no quorum.
    pub const DEADLINE: Duration = Duration::from_secs(10);
}

/// The clocks a leader stamps its batches with.
pub trait Clock: Send + Sync + 'static {
    /// For display.
    fn wall(&self) -> Wall;

    /// Only goes on, also while the machine sleeps; from any beginning.
    fn stopwatch(&self) -> Duration;
}

/// The machine's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn wall(&self) -> Wall {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Wall(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
    }

    fn stopwatch(&self) -> Duration {
        let time = clock_gettime(ClockId::Boottime);
        Duration::new(time.tv_sec.max(0) as u64, time.tv_nsec.max(0) as u32)
    }
}
