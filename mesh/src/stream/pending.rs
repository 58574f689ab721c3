use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use proto::frame::Refusal;
use tokio::sync::oneshot;

pub type Outcome = Result<Vec<u8>, Refusal>;

/// Requests of one stream that wait for their answers.
#[derive(Clone)]
pub struct Pending(Arc<Mutex<State>>);

struct State {
    /// None once the stream has ended: no request can be added then.
    waiting: Option<HashMap<u64, oneshot::Sender<Outcome>>>,
    next: u64,
}

/// A request that waits; dropped, it is forgotten.
pub struct Waiting {
    pub id: u64,
    pub outcome: oneshot::Receiver<Outcome>,
    pending: Pending,
}

impl Pending {
    pub fn new() -> Self {
        Self(Arc::new(Mutex::new(State { waiting: Some(HashMap::new()), next: 0 })))
    }

    /// None when the stream has ended.
    pub fn add(&self) -> Option<Waiting> {
        let mut state = self.lock();
        let id = state.next;
        state.next += 1;
        let (sender, outcome) = oneshot::channel();
        state.waiting.as_mut()?.insert(id, sender);
        Some(Waiting { id, outcome, pending: self.clone() })
    }

    pub fn resolve(&self, id: u64, outcome: Outcome) {
        let sender = self.lock().waiting.as_mut().and_then(|waiting| waiting.remove(&id));
        // Whoever waited may have given up.
        let _ = sender.map(|sender| sender.send(outcome));
    }

    /// Fails all that wait, at once.
    pub fn close(&self) {
        self.lock().waiting = None;
    }

    pub fn is_closed(&self) -> bool {
        self.lock().waiting.is_none()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        let _ = self.pending.lock().waiting.as_mut().map(|waiting| waiting.remove(&self.id));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_the_stream_fails_all_that_wait_and_refuses_more() {
        let pending = Pending::new();
        let mut waiting: Vec<_> = (0..3).map(|_| pending.add().unwrap()).collect();
        pending.resolve(1, Ok(vec![7]));
        pending.close();
        assert!(waiting[0].outcome.try_recv().is_err());
        assert_eq!(waiting[1].outcome.try_recv().unwrap(), Ok(vec![7]));
        assert!(pending.add().is_none());
    }

    #[test]
    fn whoever_gives_up_leaves_nothing_behind() {
        let pending = Pending::new();
        drop(pending.add());
        assert!(pending.lock().waiting.as_ref().unwrap().is_empty());
        pending.resolve(0, Ok(vec![]));
    }
}
