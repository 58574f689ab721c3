use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use config::Timers;
use tokio::sync::watch;

use crate::clock;
use crate::exec::guard::NodeSide;

/// Until when this node may run attempts. A cheap handle.
///
/// Times are on the clock that counts sleep, so a machine that slept has lost its permit when it wakes.
#[derive(Clone)]
pub struct Permit {
    until: watch::Sender<Until>,
    /// Once a second voter is on its way, somebody could replace this node.
    bound: Arc<AtomicBool>,
    /// Something runs that the guard is to end if this node does not.
    armed: Arc<AtomicBool>,
    guard: Arc<NodeSide>,
    /// How long after its end the guard waits for this node to have stopped its attempts.
    patience: Duration,
}

/// The end of a permit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Until {
    /// Nobody could replace this node, so nobody will call its attempts lost.
    Unbounded,
    Time(Duration),
}

impl Permit {
    pub fn new(guard: Arc<NodeSide>, timers: &Timers, until: Until) -> Permit {
        // Half the margin is left for the guard to kill in, before others are told that nothing runs here.
        let patience = timers.kill_grace + timers.lease_margin / 2;
        Permit {
            until: watch::Sender::new(until),
            bound: Arc::default(),
            armed: Arc::default(),
            guard,
            patience,
        }
    }

    /// Extends or bounds it.
    pub fn set(&self, until: Until) {
        self.until.send_replace(until);
        self.tell_guard();
    }

    /// From now on it ends unless it is renewed.
    pub fn bind(&self, until: Duration) {
        if !self.bound.swap(true, Ordering::SeqCst) {
            self.set(Until::Time(until));
        }
    }

    pub fn is_bound(&self) -> bool {
        self.bound.load(Ordering::SeqCst)
    }

    /// Attempts run here: if they are not stopped in time, the guard ends this process.
    pub fn arm(&self) {
        self.armed.store(true, Ordering::SeqCst);
        self.tell_guard();
    }

    /// Nothing runs here any more: there is nothing to be killed for.
    pub fn disarm(&self) {
        self.armed.store(false, Ordering::SeqCst);
        self.tell_guard();
    }

    pub fn is_valid(&self) -> bool {
        match *self.until.borrow() {
            Until::Unbounded => true,
            Until::Time(until) => clock::boottime() < until,
        }
    }

    /// Resolves when it has run out.
    pub async fn expired(&self) {
        let mut changes = self.until.subscribe();
        loop {
            let until = *changes.borrow_and_update();
            let left = match until {
                Until::Unbounded => Duration::MAX,
                Until::Time(until) => until.saturating_sub(clock::boottime()),
            };
            if left.is_zero() {
                return;
            }
            // Looks again in short steps: a timer may stand still while the machine sleeps.
            let _ = tokio::time::timeout(left.min(STEP), changes.changed()).await;
        }
    }

    /// Resolves when it holds again.
    pub async fn valid(&self) {
        let mut changes = self.until.subscribe();
        while !self.is_valid() {
            if changes.changed().await.is_err() {
                return std::future::pending().await;
            }
        }
    }

    fn tell_guard(&self) {
        let until = *self.until.borrow();
        self.guard.set_lease_deadline(match until {
            Until::Time(until) if self.armed.load(Ordering::SeqCst) => {
                Some((until + self.patience).as_millis() as u64)
            }
            _ => None,
        });
    }
}

/// How long a wait may go without looking at the clock.
const STEP: Duration = Duration::from_millis(500);
