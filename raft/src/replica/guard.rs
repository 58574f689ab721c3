use std::collections::BTreeSet;
use std::sync::{Arc, MutexGuard, PoisonError};
use std::time::Duration;

use config::NodeId;
use state::ReplicaId;

use super::Replica;
use crate::Lane;
use crate::ask::ask;
use crate::forward::Ask;
use crate::network::{Addressed, Refused};
use crate::types::{Id, configuration};

/// How long it may take to learn who belongs to the configuration.
const ASK_MAX: Duration = Duration::from_secs(2);
/// Strangers make this replica ask no more often than this.
const ASK_PAUSE: Duration = Duration::from_millis(500);

impl Replica {
    /// Lets only frames pass that come from a replica of the configuration and are meant for this one.
    pub fn admit<T>(
        self: &Arc<Self>,
        from: NodeId,
        lane: Lane,
        frame: &Addressed<T>,
    ) -> Result<(), Refused> {
        let refused = self.judge(from, frame);
        if let Err(reason) = &refused {
            tracing::warn!(target: "audit", from = %from, replica = %frame.from, %lane, %reason, "raft frame refused");
            if matches!(reason, Refused::NotReplica(_)) {
                tokio::spawn(Arc::clone(self).inquire());
            }
        }
        refused
    }

    fn judge<T>(&self, from: NodeId, frame: &Addressed<T>) -> Result<(), Refused> {
        if frame.from.node != from {
            let (named, came) = (frame.from.node.short(), from.short());
            return Err(Refused::Impostor { named, came });
        }
        if frame.to != self.id {
            return Err(Refused::WrongReplica(frame.to));
        }
        if self.knows(frame.from) { Ok(()) } else { Err(Refused::NotReplica(frame.from)) }
    }

    fn knows(&self, replica: ReplicaId) -> bool {
        self.server().membership_config.get_node(&Id(replica)).is_some()
            || self.expected().contains(&replica)
    }

    /// Whether a node holds a replica of the configuration known here.
    pub fn knows_node(&self, node: NodeId) -> bool {
        let server = self.server();
        server.membership_config.nodes().any(|(id, _)| id.0.node == node)
    }

    /// Also listens to these replicas until the log here knows better.
    pub fn expect(&self, replicas: BTreeSet<ReplicaId>) {
        *self.expected() = replicas;
    }

    /// A replica that was away may know none of those who belong now: it asks those it does know.
    async fn inquire(self: Arc<Self>) {
        let Ok(_asking) = self.asking.try_lock() else { return };
        for node in self.acquaintances() {
            let Ok(told) = ask(&*self.transport, node, &Ask::Configuration, ASK_MAX).await else {
                continue;
            };
            if told.standing.configured >= self.standing().configured {
                let known = told.standing.configuration;
                self.expect(known.voters.into_iter().chain(known.learners).collect());
                break;
            }
        }
        tokio::time::sleep(ASK_PAUSE).await;
    }

    fn acquaintances(&self) -> BTreeSet<NodeId> {
        let server = self.server();
        let known = configuration(server.membership_config.membership());
        let expected = self.expected().clone();
        let all = known.voters.into_iter().chain(known.learners).chain(expected);
        all.map(|replica| replica.node).filter(|node| *node != self.id.node).collect()
    }

    fn expected(&self) -> MutexGuard<'_, BTreeSet<ReplicaId>> {
        self.expected.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
