use std::sync::Arc;

use config::NodeId;
use state::{Request, Subject};
use tokio::time::Instant;

use crate::forward::{Ask, Failure, Outcome, Told};
use crate::network::{Refused, answer};
use crate::shared::{Body, Shared};
use crate::{Error, Lane, codec};

/// Answers what other nodes send. Cheap to clone.
#[derive(Clone)]
pub struct Serve {
    shared: Arc<Shared>,
}

impl Serve {
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        Self { shared }
    }

    /// Answers a request that arrived on a lane from a proven member; what it may not ask is refused.
    pub async fn handle(&self, from: NodeId, lane: Lane, body: &[u8]) -> Vec<u8> {
        match (lane, self.shared.replica()) {
            (Lane::Forward, _) => self.forward(from, body).await,
            (_, Ok(replica)) => replica.serve(from, lane, body).await,
            (_, Err(_)) => {
                tracing::warn!(target: "audit", from = %from, %lane, "raft frame refused: there is no replica here");
                answer::<()>(&Err(Refused::NoReplica))
            }
        }
    }

    async fn forward(&self, from: NodeId, body: &[u8]) -> Vec<u8> {
        if let Body::Stopped(reason) = self.shared.body() {
            return answer::<Told>(&Err(Refused::Stopped(reason.to_string())));
        }
        let ask = match codec::decode::<Ask>(codec::FORWARD, body) {
            Ok(ask) => ask,
            Err(error) => return answer::<Told>(&Err(error.into())),
        };
        let outcome = self.act(from, ask).await.map_err(Failure::from);
        let outcome = self.wrap(outcome);
        answer(&Ok(Told { standing: self.shared.body().standing(), outcome }))
    }

    async fn act(&self, from: NodeId, ask: Ask) -> Result<Outcome, Error> {
        match ask {
            Ask::Configuration => Ok(Outcome::Configuration),
            Ask::Parcel { ticket, offset } => {
                self.shared.parcels.piece(ticket, offset).map_err(Error::from)
            }
            Ask::Write { requests, wait } => self.write(from, requests, wait.bounded()).await,
            Ask::Read { query, consistency, wait } => {
                self.shared.replica()?;
                let view = self.shared.read(&query, consistency, wait.bounded()).await?;
                Ok(Outcome::View(Box::new(view)))
            }
            Ask::ReadIndex => {
                let replica = self.shared.replica()?;
                let index = replica.confirmed_index().await?;
                index
                    .map(Outcome::Index)
                    .ok_or_else(|| Error::NotLeader { leader: replica.leader() })
            }
            Ask::Feed { node, after, wait } => {
                if node != from {
                    return Err(denied(from, "reads what another node is to run"));
                }
                let deadline = Instant::now() + wait.bounded();
                self.shared.replica()?.feed(node, after, deadline).await.map(Outcome::Feed)
            }
            Ask::Watch { after, wait } => {
                let deadline = Instant::now() + wait.bounded();
                self.shared.replica()?.watch(after, deadline).await.map(Outcome::Index)
            }
        }
    }

    /// A replica sends what it has collected, others only what is their own.
    async fn write(
        &self,
        from: NodeId,
        requests: Vec<Request>,
        wait: std::time::Duration,
    ) -> Result<Outcome, Error> {
        let replica = self.shared.replica()?;
        let relayed = replica.knows_node(from);
        if !relayed && !requests.iter().all(|request| is_own(from, request)) {
            return Err(denied(from, "writes in the name of another node"));
        }
        if relayed && !replica.leads() {
            return Err(Error::NotLeader { leader: replica.leader() });
        }
        drop(replica);
        self.shared.write(requests, relayed, wait).await.map(Outcome::Replies)
    }

    /// Keeps an answer that is too large for one frame.
    fn wrap(&self, outcome: Result<Outcome, Failure>) -> Result<Outcome, Failure> {
        if codec::size(&outcome) <= crate::parcels::WHOLE_BYTES {
            return outcome;
        }
        let bytes = codec::encode(codec::ANSWER, &outcome);
        let bytes = bytes.map_err(|error| Failure::Failed(error.to_string()))?;
        Ok(self.shared.parcels.keep(&bytes))
    }
}

fn is_own(from: NodeId, request: &Request) -> bool {
    let by = match &request.by {
        Subject::Node(node) | Subject::User { node, .. } | Subject::Run { node, .. } => *node,
    };
    by == from && request.id.is_none_or(|id| id.node == from)
}

fn denied(from: NodeId, what: &str) -> Error {
    tracing::warn!(target: "audit", from = %from, what, "forwarded request denied");
    Error::Denied(format!("node {} {what}", from.short()))
}
