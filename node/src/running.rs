//! A node at work, and how it ends.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use config::{Address, Paths};
use mesh::Mesh;
use plan::Ledger;
use state::member::Drain;
use state::{Command, Subject};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::handle::Handle;
use crate::life::Finish;
use crate::logs::Logs;
use crate::sight::Sight;
use crate::{Error, exec, keeper};

/// A node at work. Dropped without [`Running::stop`] it ends as by a crash.
pub struct Running {
    pub(crate) handle: Handle,
    pub(crate) raft: Arc<raft::Raft>,
    pub(crate) mesh: Option<Mesh>,
    pub(crate) spawner: exec::Spawner,
    pub(crate) sight: Sight,
    pub(crate) ledger: Arc<Mutex<Ledger>>,
    pub(crate) busy: watch::Receiver<usize>,
    pub(crate) stop: CancellationToken,
    pub(crate) tasks: JoinSet<()>,
    pub(crate) finished: mpsc::Receiver<Finish>,
    pub(crate) notice: Option<String>,
    /// A node that may not live until the next sweep.
    pub(crate) alone: Option<(Paths, Logs)>,
    pub(crate) grace: Duration,
    pub(crate) kill_grace: Duration,
}

impl Running {
    pub fn handle(&self) -> Handle {
        self.handle.clone()
    }

    /// What whoever started it should be told.
    pub fn notice(&self) -> Option<&str> {
        self.notice.as_deref()
    }

    /// Where other nodes reach it; empty without a network.
    pub fn addresses(&self) -> Vec<Address> {
        self.mesh.as_ref().map(|mesh| mesh.addresses().borrow().clone()).unwrap_or_default()
    }

    /// Every conversation that other nodes can begin with it.
    pub fn protocols(&self) -> Vec<mesh::Protocol> {
        self.mesh.as_ref().map(Mesh::protocols).unwrap_or_default()
    }

    /// Resolves with the reason when this node has ended by itself.
    pub async fn finished(&mut self) -> Finish {
        tokio::select! {
            Some(finish) = self.finished.recv() => finish,
            reason = self.raft.stopped() => Finish::Failed(reason),
        }
    }

    /// Ends in order: takes nothing new, hands leadership over, waits up to `run.grace` for what runs, stops the rest.
    pub async fn stop(mut self) -> Result<(), Error> {
        if self.mesh.is_some() {
            self.drain().await;
        }
        let idle = self.busy.wait_for(|busy| *busy == 0);
        if tokio::time::timeout(self.grace, idle).await.is_err() {
            tracing::warn!("attempts still run after {:?} and are stopped", self.grace);
        }
        self.halt().await
    }

    /// What cannot be agreed now will be found out by the others.
    async fn drain(&self) {
        let agreement = self.handle.agreement();
        let me = agreement.me();
        let drain = Command::Drain(Drain { node: me });
        if let Err(error) = agreement.write(Subject::Node(me), drain).await {
            tracing::debug!(%error, "the cluster was not told that this node stops");
        }
        if let Err(error) = agreement.raft().hand_over().await {
            tracing::debug!(%error, "leadership was not handed over");
        }
    }

    /// Ends at once: what runs is stopped and counts as lost.
    pub async fn halt(mut self) -> Result<(), Error> {
        self.stop.cancel();
        while self.tasks.join_next().await.is_some() {}
        if let Some((paths, logs)) = &self.alone {
            keeper::forget_alone(self.handle.agreement(), paths, logs);
        }
        for left in self.spawner.stop_all(self.kill_grace).await {
            tracing::warn!("{left} cannot be killed");
        }
        if let Some(mesh) = &self.mesh {
            mesh.stop().await;
        }
        self.raft.shutdown().await;
        Ok(())
    }

    pub(crate) fn stopping(&self) -> CancellationToken {
        self.stop.clone()
    }

    pub(crate) fn sight(&self) -> Sight {
        self.sight.clone()
    }

    pub(crate) fn ledger(&self) -> Arc<Mutex<Ledger>> {
        self.ledger.clone()
    }

    pub(crate) fn busy(&self) -> watch::Receiver<usize> {
        self.busy.clone()
    }

    pub(crate) fn spawn(&mut self, task: impl Future<Output = ()> + Send + 'static) {
        self.tasks.spawn(task);
    }
}
