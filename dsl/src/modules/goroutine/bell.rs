//! How the world outside says that a routine can go on.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Wake, Waker};

use futures::task::AtomicWaker;

use super::schedule::Routine;

/// The bells that rang, and whoever listens to them.
#[derive(Default)]
pub struct Ring {
    rung: Mutex<VecDeque<Routine>>,
    listener: AtomicWaker,
}

impl Ring {
    pub fn listen(&self, waker: &Waker) {
        self.listener.register(waker);
    }

    /// Routines whose bells rang since, in that order.
    pub fn take(&self) -> VecDeque<Routine> {
        std::mem::take(&mut *self.rung.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// The bell of one routine: rings once between two answers.
pub struct Bell {
    routine: Routine,
    ring: Arc<Ring>,
    rang: AtomicBool,
}

impl Bell {
    pub fn new(routine: Routine, ring: Arc<Ring>) -> Arc<Bell> {
        Arc::new(Bell { routine, ring, rang: AtomicBool::new(false) })
    }

    /// Whether it rang since the last time this was asked.
    pub fn answer(&self) -> bool {
        self.rang.swap(false, Ordering::AcqRel)
    }
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if !self.rang.swap(true, Ordering::AcqRel) {
            let mut rung = self.ring.rung.lock().unwrap_or_else(PoisonError::into_inner);
            rung.push_back(self.routine);
            drop(rung);
            self.ring.listener.wake();
        }
    }
}
