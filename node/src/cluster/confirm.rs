//! Execution leases: the node asks, the leader answers after a quorum round.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use config::NodeId;
use mesh::{Mesh, Permission, Protocol};
use plan::Ledger;
use raft::Role;
use serde::{Deserialize, Serialize};
use state::{Query, View, codec};
use tokio_util::sync::CancellationToken;

use crate::agreement::{Agreement, Consistency};
use crate::clock;
use crate::permit::{Permit, Until};

const RENEW: Protocol = Protocol::new("node.renew", Permission::Members("node:renew"));
const VERSION: u8 = 1;

#[derive(Serialize, Deserialize)]
struct Request {
    incarnation: u64,
}

#[derive(Serialize, Deserialize, PartialEq, Eq)]
enum Answer {
    /// Confirmed by a quorum after the request arrived.
    Confirmed,
    /// This node does not lead, or cannot reach a quorum.
    NotNow,
    /// The asker's life is over.
    Over,
}

/// Answers renewals as long as this node leads.
pub fn serve(
    mesh: &Mesh,
    agreement: Agreement,
    ledger: Arc<Mutex<Ledger>>,
) -> Result<(), mesh::Error> {
    mesh.serve(RENEW, move |peer, body| {
        let (agreement, ledger) = (agreement.clone(), ledger.clone());
        async move {
            let answer = match codec::decode::<Request>(VERSION, &body) {
                Ok(request) => confirm(&agreement, &ledger, peer.node, request.incarnation).await,
                Err(_) => Answer::NotNow,
            };
            codec::encode(VERSION, &answer)
        }
    })
}

async fn confirm(
    agreement: &Agreement,
    ledger: &Mutex<Ledger>,
    node: NodeId,
    incarnation: u64,
) -> Answer {
    if agreement.raft().leading().borrow().is_none() {
        return Answer::NotNow;
    }
    // Entered before the round: whoever waits for this lease to end then waits long enough.
    let now = clock::boottime();
    ledger.lock().unwrap_or_else(PoisonError::into_inner).renew(node, incarnation, now);
    let members = agreement.read(Query::Members, Consistency::Linearizable).await;
    let Ok(View::Members(members)) = members else { return Answer::NotNow };
    let current = members
        .into_iter()
        .find(|(id, _)| *id == node)
        .is_some_and(|(_, member)| member.incarnation == incarnation && member.lost.is_none());
    if current { Answer::Confirmed } else { Answer::Over }
}

/// Keeps this node's permit valid, as long as a leader confirms it.
pub struct Renewal {
    pub mesh: Mesh,
    pub agreement: Agreement,
    pub permit: Permit,
    pub incarnation: u64,
    pub lease: Duration,
    pub every: Duration,
}

impl Renewal {
    /// Returns when told to stop, or with the news that this life is over.
    pub async fn run(self, stop: CancellationToken) -> Result<(), Over> {
        loop {
            tokio::select! {
                () = stop.cancelled() => return Ok(()),
                renewed = self.renew() => {
                    // Without a leader the next one is asked as soon as it is there.
                    let pause = if renewed? { self.every } else { self.every / 8 };
                    tokio::select! {
                        () = stop.cancelled() => return Ok(()),
                        () = tokio::time::sleep(pause) => {}
                    }
                }
            }
        }
    }

    /// Whether somebody confirmed it.
    async fn renew(&self) -> Result<bool, Over> {
        let status = self.agreement.raft().status();
        let me = self.agreement.me();
        let alone = status.voters.len() == 1 && status.voters.iter().all(|it| it.node == me);
        if alone && status.role == Role::Leader && !self.permit.is_bound() {
            self.permit.set(Until::Unbounded);
            return Ok(true);
        }
        let leader = status.leader.map(|leader| leader.node);
        let others = status.voters.iter().map(|voter| voter.node);
        for node in leader.into_iter().chain(others) {
            let asked = clock::boottime();
            match self.ask(node).await {
                Some(Answer::Confirmed) => {
                    self.permit.set(Until::Time(asked + self.lease));
                    return Ok(true);
                }
                Some(Answer::Over) => return Err(Over),
                Some(Answer::NotNow) | None => {}
            }
        }
        Ok(false)
    }

    async fn ask(&self, node: NodeId) -> Option<Answer> {
        let body = codec::encode(VERSION, &Request { incarnation: self.incarnation });
        let answer = self.mesh.call(node, RENEW, body, self.every / 2).await.ok()?;
        codec::decode(VERSION, &answer).ok()
    }
}

/// The cluster has called this life of the node lost.
#[derive(Debug)]
pub struct Over;
