//! Taking part with a replica of one's own.

mod change;
mod conduct;
mod guard;
mod open;
mod read;
mod serve;
mod view;
mod write;

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use state::{ReplicaId, State};
use tokio::sync::Mutex as AsyncMutex;
use tokio::task::AbortHandle;

#[cfg(test)]
pub(crate) use open::open_on;
pub(crate) use open::{Begin, open};
pub(crate) use write::attempt;

use crate::feed::Feeds;
use crate::log::{Closed, Store};
use crate::machine::{Machine, Published};
use crate::network::Incoming;
use crate::stopwatch::Stopwatch;
use crate::types::Types;
use crate::{Clock, Transport};

type Openraft = openraft::Raft<Types, Machine>;

/// This node's replica.
pub(crate) struct Replica {
    pub id: ReplicaId,
    raft: Openraft,
    store: Store,
    published: Published,
    feeds: Feeds,
    transport: Arc<dyn Transport>,
    clock: Arc<dyn Clock>,
    stopwatch: Stopwatch,
    incoming: Arc<Mutex<Incoming>>,
    /// Only one chunk of a snapshot is handled at a time.
    installing: AsyncMutex<()>,
    /// Replicas that may speak although the log here does not know them yet.
    expected: Mutex<BTreeSet<ReplicaId>>,
    /// Somebody is being asked who they are.
    asking: AsyncMutex<()>,
    conductor: Mutex<Option<AbortHandle>>,
    closed: Mutex<Option<Closed>>,
}

impl Replica {
    pub fn state(&self) -> Arc<State> {
        self.published.state()
    }

    /// Stops it and waits until its folder is free.
    pub async fn close(self: Arc<Self>, deadline: Duration) {
        self.abandon();
        if let Err(error) = self.raft.shutdown().await {
            tracing::warn!(%error, "raft did not stop in order");
        }
        let closed = self.closed.lock().unwrap_or_else(PoisonError::into_inner).take();
        drop(self);
        let Some(closed) = closed else { return };
        if tokio::time::timeout(deadline, closed).await.is_err() {
            tracing::warn!("a log is still in use {deadline:?} after its replica was stopped");
        }
    }

    #[cfg(test)]
    pub async fn snapshot_now(&self, keep: u64) {
        let last = self.published.index();
        self.raft.trigger().snapshot().await.unwrap();
        let made = self.raft.wait(Some(Duration::from_secs(30)));
        let made = made.metrics(|it| it.snapshot.is_some_and(|id| id.index() >= last), "snapshot");
        made.await.unwrap();
        self.raft.trigger().purge_log(last - keep).await.unwrap();
        let purged = self.raft.wait(Some(Duration::from_secs(30)));
        let purged =
            purged.metrics(|it| it.purged.is_some_and(|id| id.index() >= last - keep), "purge");
        purged.await.unwrap();
    }

    /// Lets go of it without waiting.
    pub fn abandon(&self) {
        if let Some(conductor) = self.conductor().take() {
            conductor.abort();
        }
    }

    fn conductor(&self) -> MutexGuard<'_, Option<AbortHandle>> {
        self.conductor.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
