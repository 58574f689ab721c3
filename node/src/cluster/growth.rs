//! Replicas: the leader asks members to make, give up or vote with a copy of the log.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use config::{NodeId, Paths};
use mesh::{Mesh, Peer, Permission, Protocol};
use plan::{Change, Replica, Replicas, voters};
use raft::{Raft, Role};
use serde::{Deserialize, Serialize};
use state::member::Grow;
use state::{Answer, Command, ReplicaId, Subject, codec};
use tokio_util::sync::CancellationToken;

use crate::agreement::Agreement;
use crate::permit::Permit;
use crate::sight::Sight;
use crate::{Error, clock, error};

const REPLICA: Protocol = Protocol::new("raft.replica", Permission::Members("raft:replica"));
const VERSION: u8 = 1;
/// Between two looks.
const LOOK: Duration = Duration::from_millis(250);
/// Entries a replica may lack and still count as caught up.
const LAG_MAX: u64 = 64;
/// Between two questions whether this node's replica still counts.
const ASK: Duration = Duration::from_secs(5);
/// How long a node may take to make or give up a replica.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long a copy may take to catch up; then it is tried again.
const CATCH_UP: Duration = Duration::from_secs(60);

/// What a leader asks of a member.
#[derive(Serialize, Deserialize)]
enum Order {
    /// Make a replica; these may send it the log.
    Join { generation: u64, expected: BTreeSet<ReplicaId> },
    /// Give up the replica, if the leader these voters know agrees.
    Retire { voters: Vec<NodeId> },
}

/// This node's replica, as others ask for it.
#[derive(Clone)]
pub struct Holder {
    pub raft: Arc<Raft>,
    pub agreement: Agreement,
    pub paths: Paths,
}

impl Holder {
    pub fn serve(&self, mesh: &Mesh) -> Result<(), mesh::Error> {
        let holder = self.clone();
        mesh.serve(REPLICA, move |peer, body| {
            let holder = holder.clone();
            async move {
                let done = holder.obey(peer, &body).await;
                codec::encode(VERSION, &done.map_err(|error| error::chain(&error)))
            }
        })
    }

    /// A replica that was given up while its node was away hears of it from nobody: it has to ask.
    pub async fn watch(self, stop: CancellationToken) {
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(ASK) => {}
            }
            let status = self.agreement.raft().status();
            if status.replica.is_none() || status.role == Role::Leader {
                continue;
            }
            let others = status.voters.iter().map(|voter| voter.node);
            let others: Vec<NodeId> = others.filter(|node| *node != self.agreement.me()).collect();
            match self.retire(&others).await {
                Ok(()) => tracing::warn!("the cluster has given up this node's replica"),
                Err(error) => tracing::debug!(%error, "this replica still counts"),
            }
        }
    }

    async fn obey(&self, peer: Peer, body: &[u8]) -> Result<(), Error> {
        let order: Order = codec::decode(VERSION, body)
            .map_err(|error| Error::Invalid(format!("the order does not decode: {error}")))?;
        match order {
            Order::Join { generation, expected } => {
                if !expected.iter().any(|replica| replica.node == peer.node) {
                    return Err(Error::Denied("only a voter may ask for a replica".into()));
                }
                self.join(generation, expected).await
            }
            Order::Retire { voters } => self.retire(&voters).await,
        }
    }

    async fn join(&self, generation: u64, expected: BTreeSet<ReplicaId>) -> Result<(), Error> {
        if let Some(replica) = self.agreement.raft().status().replica {
            if replica.generation == generation {
                return Ok(());
            }
            let voters: Vec<NodeId> = expected.iter().map(|replica| replica.node).collect();
            self.retire(&voters).await?;
        }
        let folder = self.paths.replica(generation);
        Ok(self.raft.join(&folder, generation, expected).await?)
    }

    async fn retire(&self, voters: &[NodeId]) -> Result<(), Error> {
        match self.agreement.raft().status().replica {
            Some(replica) => {
                let folder = self.paths.replica(replica.generation);
                Ok(self.raft.retire(&folder, voters).await?)
            }
            None => Ok(()),
        }
    }
}

/// The leader's chore: the right number of voters, none of them dead for long.
pub struct Growth {
    pub agreement: Agreement,
    pub mesh: Mesh,
    pub sight: Sight,
    pub permit: Permit,
    pub voters: usize,
    pub replace_after: Duration,
    pub lease: Duration,
}

impl Growth {
    pub async fn run(self, stop: CancellationToken) {
        let mut since: Option<(u64, Instant)> = None;
        loop {
            let term = *self.agreement.raft().leading().borrow();
            since = term.map(|term| match since {
                Some((known, at)) if known == term => (term, at),
                _ => (term, Instant::now()),
            });
            if let Some((_, at)) = since
                && let Err(error) = self.round(at.elapsed()).await
            {
                tracing::debug!(%error, "the replicas did not change");
            }
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(LOOK) => {}
            }
        }
    }

    async fn round(&self, leading_for: Duration) -> Result<(), Error> {
        let raft = self.agreement.raft();
        let Some(state) = raft.snapshot_state() else { return Ok(()) };
        let known = self.replicas(leading_for);
        let observed = self.sight.observed();
        let me = self.agreement.me();
        match voters(&state, &observed, &known, me, self.voters, self.replace_after) {
            Some(Change::Grow(node)) => self.grow(node, &state.configuration.voters).await,
            Some(Change::Voters(next)) => self.change(next).await,
            Some(Change::Drop(replica)) => {
                raft.remove_learner(replica).await?;
                self.retire(replica.node).await;
                Ok(())
            }
            None => Ok(()),
        }
    }

    fn replicas(&self, leading_for: Duration) -> Replicas {
        let status = self.agreement.raft().status();
        let known = |progress: &raft::Progress| Replica {
            caught_up: progress.matched.is_some() && progress.lag <= LAG_MAX,
            // What was not heard of yet may have been silent since before this node led.
            silent: progress.heard.unwrap_or(leading_for).min(leading_for),
        };
        status.progress.iter().map(|(replica, progress)| (*replica, known(progress))).collect()
    }

    async fn grow(&self, node: NodeId, voters: &BTreeSet<ReplicaId>) -> Result<(), Error> {
        let by = Subject::Node(self.agreement.me());
        let answer = self.agreement.write(by, Command::Grow(Grow { node })).await?;
        let Answer::Generation(generation) = answer else {
            return Err(Error::Corrupt(format!("a new replica was answered with {answer:?}")));
        };
        self.order(node, &Order::Join { generation, expected: voters.clone() }).await?;
        let raft = self.agreement.raft().within(CATCH_UP);
        Ok(raft.add_learner(ReplicaId { node, generation }).await?)
    }

    async fn change(&self, next: BTreeSet<ReplicaId>) -> Result<(), Error> {
        let raft = self.agreement.raft();
        let before = raft.status().voters;
        if before.len() == 1 {
            // From now on somebody could replace this node, so it needs a lease like everybody.
            self.permit.bind(clock::boottime() + self.lease);
        }
        raft.change_voters(next.clone()).await?;
        for gone in before.difference(&next) {
            self.retire(gone.node).await;
        }
        Ok(())
    }

    /// A node that does not hear it finds out by itself.
    async fn retire(&self, node: NodeId) {
        let voters = self.agreement.raft().status().voters;
        let voters = voters.iter().map(|voter| voter.node).collect();
        if let Err(error) = self.order(node, &Order::Retire { voters }).await {
            tracing::debug!(%error, "a replica was not told that it is over");
        }
    }

    async fn order(&self, node: NodeId, order: &Order) -> Result<(), Error> {
        let body = codec::encode(VERSION, order);
        let answer = self.mesh.call(node, REPLICA, body, PATIENCE).await?;
        let answer: Result<(), String> = codec::decode(VERSION, &answer)
            .map_err(|error| Error::Corrupt(format!("an answer does not decode: {error}")))?;
        answer.map_err(|why| Error::Unreachable { node: node.short(), why })
    }
}
