use std::sync::Arc;
use std::time::Duration;

use config::NodeId;
use futures::future::join_all;
use openraft::ReadPolicy;
use openraft::errors::RaftError;
use state::{ReplicaId, State};
use tokio::time::{Instant, timeout_at};

use super::Replica;
use crate::ask::ask;
use crate::forward::{Ask, Consistency, Outcome};
use crate::{Error, Feed};

/// Between two attempts to learn the index a read must see.
const RETRY_PAUSE: Duration = Duration::from_millis(25);
/// A leader that does not answer this long is asked again, or another one.
const ASK_MAX: Duration = Duration::from_secs(2);

impl Replica {
    /// A state as fresh as asked for; tries until there is one.
    pub async fn read(&self, consistency: Consistency) -> Result<Arc<State>, Error> {
        if consistency == Consistency::Stale {
            return Ok(self.state());
        }
        let index = self.read_index().await?;
        self.published.clone().reach(index).await.ok_or_else(stopped)
    }

    /// An index that contains everything acknowledged before; tries until it knows one.
    async fn read_index(&self) -> Result<u64, Error> {
        loop {
            let index = match self.leader() {
                Some(leader) if leader == self.id => self.confirmed_index().await?,
                Some(leader) => self.index_from(leader).await,
                None => None,
            };
            match index {
                Some(index) => return Ok(index),
                None => self.wait_for_leader(RETRY_PAUSE).await,
            }
        }
    }

    /// The leader's own answer, after a quorum has confirmed that it leads.
    pub async fn confirmed_index(&self) -> Result<Option<u64>, Error> {
        match self.raft.get_read_linearizer(ReadPolicy::ReadIndex).await {
            Ok(linearizer) => Ok(Some(linearizer.read_log_id().index())),
            Err(RaftError::APIError(_)) => Ok(None),
            Err(RaftError::Fatal(fatal)) => Err(Error::Stopped(fatal.to_string())),
        }
    }

    async fn index_from(&self, leader: ReplicaId) -> Option<u64> {
        let told = ask(&*self.transport, leader.node, &Ask::ReadIndex, ASK_MAX).await.ok()?;
        match told.outcome {
            Ok(Outcome::Index(index)) => Some(index),
            _ => None,
        }
    }

    /// What a node is to run: at once if that differs from what it knows, else when it does or at the deadline.
    pub async fn feed(
        &self,
        node: NodeId,
        after: Option<u64>,
        deadline: Instant,
    ) -> Result<Feed, Error> {
        let Some(known) = after else { return Ok(self.feeds.next(&self.state(), node, after)) };
        let mut published = self.published.clone();
        let mut next = known + 1;
        while let Ok(reached) = timeout_at(deadline, published.reach(next)).await {
            let state = reached.ok_or_else(stopped)?;
            if self.feeds.differs(&state, node, known) {
                return Ok(self.feeds.next(&state, node, after));
            }
            next = state.applied + 1;
        }
        let state = self.state();
        if state.applied > known {
            return Ok(self.feeds.next(&state, node, after));
        }
        Ok(Feed::unchanged(known))
    }

    pub async fn watch(&self, after: u64, deadline: Instant) -> Result<u64, Error> {
        match timeout_at(deadline, self.published.clone().reach(after + 1)).await {
            Ok(state) => state.map(|state| state.applied).ok_or_else(stopped),
            Err(_) => Ok(self.published.index().max(after)),
        }
    }

    pub async fn reach(&self, wait: Duration) -> (usize, usize) {
        let voters = self.status().voters;
        let asked = voters.iter().map(|voter| self.answers(*voter, wait));
        let reachable = join_all(asked).await.into_iter().filter(|answers| *answers).count();
        (reachable, voters.len())
    }

    async fn answers(&self, voter: ReplicaId, wait: Duration) -> bool {
        voter == self.id
            || ask(&*self.transport, voter.node, &Ask::Configuration, wait).await.is_ok()
    }
}

fn stopped() -> Error {
    Error::Stopped("it was closed".into())
}
