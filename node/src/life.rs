//! The lives of a node: each begins with an `Up` and ends when the cluster calls it lost, or the process ends.

use std::time::Duration;

use config::{Labels, NodeId};
use mesh::Mesh;
use state::member::Up;
use state::{Answer, Command, Subject};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::agreement::Agreement;
use crate::attempt::Bench;
use crate::cluster::confirm::{Over, Renewal};
use crate::error::Kind;
use crate::executor::Executor;
use crate::permit::Permit;
use crate::{Error, random};

/// Before trying again to begin a life.
const PAUSE: Duration = Duration::from_millis(500);
/// How long a start waits for the cluster.
const SOON: Duration = Duration::from_secs(3);

/// Why a node has ended by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Finish {
    /// It has left the cluster, or was removed.
    Removed,
    /// Its cluster has dissolved into another one: start again to join that.
    Dissolved,
    /// It cannot take part in the agreement any more.
    Failed(String),
}

/// What a life begins with.
#[derive(Clone)]
pub struct Birth {
    pub agreement: Agreement,
    pub slots: u32,
    pub labels: Labels,
    /// Goes on with the runs it owns.
    pub adopts: bool,
}

impl Birth {
    /// Begins the next life; what the past left behind must be dead.
    pub async fn begin(&self) -> Result<u64, Error> {
        let me: NodeId = self.agreement.me();
        let up = Command::Up(Up {
            node: me,
            nonce: u64::from_le_bytes(random::bytes()?),
            version: env!("CARGO_PKG_VERSION").into(),
            slots: self.slots,
            labels: self.labels.clone(),
            adopts: self.adopts,
        });
        match self.agreement.write(Subject::Node(me), up).await? {
            Answer::Incarnation(incarnation) => {
                self.agreement.raft().set_session(incarnation);
                Ok(incarnation)
            }
            other => Err(Error::Corrupt(format!("the start of a node was answered {other:?}"))),
        }
    }
}

impl Birth {
    /// The same, but a cluster that does not answer yet is waited for later.
    pub async fn begin_soon(&self) -> Result<Option<u64>, Error> {
        match tokio::time::timeout(SOON, self.begin()).await {
            Ok(Ok(incarnation)) => Ok(Some(incarnation)),
            Ok(Err(error)) if error.kind() == Kind::NotFound => Err(error),
            Ok(Err(_)) | Err(_) => Ok(None),
        }
    }

    async fn begin_at_last(&self) -> u64 {
        loop {
            match self.begin().await {
                Ok(incarnation) => return incarnation,
                Err(error) => tracing::debug!(%error, "this life could not begin yet"),
            }
            tokio::time::sleep(PAUSE).await;
        }
    }
}

/// Lives one after the other until told to stop.
pub struct Lives {
    pub birth: Birth,
    pub bench: Bench,
    pub permit: Permit,
    /// With a network: who confirms this node, how long that holds, how often to ask.
    pub lease: Option<(Mesh, Duration, Duration)>,
    pub busy: watch::Sender<usize>,
}

impl Lives {
    /// The first life may have begun already.
    pub async fn run(self, begun: Option<u64>, stop: CancellationToken) {
        let mut begun = begun;
        loop {
            let incarnation = match begun.take() {
                Some(incarnation) => incarnation,
                None => tokio::select! {
                    () = stop.cancelled() => return,
                    incarnation = self.birth.begin_at_last() => incarnation,
                },
            };
            if self.live(incarnation, &stop).await.is_ok() {
                return;
            }
            tracing::warn!("the cluster has called this node lost: it begins a new life");
        }
    }

    /// One life: it is over when the cluster says so, or when told to stop.
    async fn live(&self, incarnation: u64, stop: &CancellationToken) -> Result<(), Over> {
        let end = stop.child_token();
        let executor =
            Executor::new(self.bench.clone(), incarnation, self.permit.clone(), self.busy.clone());
        let executing = executor.run(end.clone());
        let renewing = self.renew(incarnation, end.clone());
        let renewing = async {
            let over = renewing.await;
            end.cancel();
            over
        };
        let ((), over) = tokio::join!(executing, renewing);
        over
    }

    async fn renew(&self, incarnation: u64, stop: CancellationToken) -> Result<(), Over> {
        match &self.lease {
            None => {
                stop.cancelled().await;
                Ok(())
            }
            Some((mesh, lease, every)) => {
                let renewal = Renewal {
                    mesh: mesh.clone(),
                    agreement: self.birth.agreement.clone(),
                    permit: self.permit.clone(),
                    incarnation,
                    lease: *lease,
                    every: *every,
                };
                renewal.run(stop).await
            }
        }
    }
}
