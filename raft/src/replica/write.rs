use std::time::Duration;

use openraft::async_runtime::WatchReceiver;
use openraft::errors::{ClientWriteError, RaftError};
use state::{Batch, ReplicaId, Request};
use tokio::time::{Instant, timeout_at};

use super::Replica;
use crate::ask::{SLACK, ask};
use crate::codec;
use crate::forward::{Ask, Failure, Outcome};
use crate::types::Proposal;
use crate::writer::Attempt;

/// A leader that does not answer this long is asked again, or another one: it may be cut off.
const FORWARD_MAX: Duration = Duration::from_secs(3);

impl Replica {
    /// Proposes requests here or has the leader do it.
    pub async fn write(&self, requests: Vec<Request>, deadline: Instant) -> Attempt {
        match self.leader() {
            Some(leader) if leader == self.id => self.propose(requests, deadline).await,
            Some(leader) => self.forward(leader, requests, deadline).await,
            None => Attempt::Rejected,
        }
    }

    async fn propose(&self, requests: Vec<Request>, deadline: Instant) -> Attempt {
        let term = self.raft.metrics().borrow_watched().current_term;
        let elapsed = self.stopwatch.lap(term, self.clock.stopwatch());
        let batch = Batch { at: self.clock.wall(), elapsed, requests };
        let bytes = match codec::encode(codec::BATCH, &batch) {
            Ok(bytes) => bytes,
            Err(error) => return Attempt::Stopped(error.to_string()),
        };
        let written = self.raft.client_write(Proposal(bytes.into()));
        match timeout_at(deadline, written).await {
            Err(_) => Attempt::Unknown,
            Ok(Ok(response)) => Attempt::Written(response.data),
            Ok(Err(RaftError::Fatal(fatal))) => Attempt::Stopped(fatal.to_string()),
            Ok(Err(RaftError::APIError(ClientWriteError::LogEntryDiscarded(_)))) => {
                Attempt::Unknown
            }
            Ok(Err(RaftError::APIError(_))) => Attempt::Rejected,
        }
    }

    async fn forward(&self, to: ReplicaId, requests: Vec<Request>, deadline: Instant) -> Attempt {
        let wait = deadline.saturating_duration_since(Instant::now()).min(FORWARD_MAX);
        let request = Ask::Write { requests, wait: wait.into() };
        let asking = ask(&*self.transport, to.node, &request, wait + SLACK);
        let told = tokio::select! {
            told = asking => told,
            () = self.while_leads(Some(to)) => return Attempt::Unknown,
        };
        match told {
            Err(error) if error.without_effect() => Attempt::Rejected,
            Err(_) => Attempt::Unknown,
            Ok(told) => attempt(told.outcome),
        }
    }
}

/// What another node's answer to a write means for it.
pub(crate) fn attempt(outcome: Result<Outcome, Failure>) -> Attempt {
    match outcome {
        Ok(Outcome::Replies(replies)) => Attempt::Written(replies),
        Ok(_) => Attempt::Unknown,
        Err(Failure::NotLeader { .. } | Failure::NoReplica | Failure::Denied(_)) => {
            Attempt::Rejected
        }
        Err(_) => Attempt::Unknown,
    }
}
