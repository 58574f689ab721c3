use std::sync::Arc;

use state::State;
use tokio::sync::watch;

/// The newest state of a replica, for readers: taking it copies a pointer.
#[derive(Clone)]
pub(crate) struct Published {
    applied: watch::Receiver<Arc<State>>,
}

impl Published {
    pub fn new() -> (watch::Sender<Arc<State>>, Self) {
        let (sender, applied) = watch::channel(Arc::new(State::default()));
        (sender, Self { applied })
    }

    pub fn state(&self) -> Arc<State> {
        Arc::clone(&self.applied.borrow())
    }

    pub fn index(&self) -> u64 {
        self.applied.borrow().applied
    }

    /// Waits until this index is applied; `None` when the replica stops before.
    pub async fn reach(&mut self, index: u64) -> Option<Arc<State>> {
        let state = self.applied.wait_for(|state| state.applied >= index).await.ok()?;
        Some(Arc::clone(&state))
    }
}
