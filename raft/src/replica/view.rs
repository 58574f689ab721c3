use std::time::Duration;

use openraft::async_runtime::WatchReceiver;
use openraft::metrics::{RaftMetrics, RaftServerMetrics};
use openraft::{Instant as _, ServerState};
use state::ReplicaId;

use super::Replica;
use crate::forward::Standing;
use crate::types::{Types, configuration};
use crate::{Progress, Role, Status};

impl Replica {
    pub fn leads(&self) -> bool {
        self.server().state == ServerState::Leader
    }

    pub fn leader(&self) -> Option<ReplicaId> {
        self.server().current_leader.map(|id| id.0)
    }

    pub(super) fn server(&self) -> RaftServerMetrics<Types> {
        self.raft.server_metrics().borrow_watched().clone()
    }

    /// Nobody else votes: there is nobody to wait for.
    pub(super) fn is_sole_voter(&self) -> bool {
        let server = self.server();
        server.membership_config.voter_ids().eq([crate::types::Id(self.id)])
    }

    pub fn standing(&self) -> Standing {
        let server = self.server();
        let membership = &server.committed_membership_config;
        Standing {
            applied: self.published.index(),
            leader: server.current_leader.map(|id| id.0),
            term: self.raft.metrics().borrow_watched().current_term,
            configured: membership.log_id().map_or(0, |id| id.index()),
            configuration: configuration(membership.membership()),
        }
    }

    pub fn status(&self) -> Status {
        let metrics = self.raft.metrics().borrow_watched().clone();
        let configuration = configuration(metrics.membership_config.membership());
        Status {
            role: role(metrics.state),
            replica: Some(self.id),
            leader: metrics.current_leader.map(|id| id.0),
            term: metrics.current_term,
            changing: metrics.membership_config.get_joint_config().len() > 1,
            voters: configuration.voters,
            learners: configuration.learners,
            applied: self.published.index(),
            last_log: metrics.last_log_index,
            progress: progress(&metrics),
            quorum_heard: metrics.last_quorum_acked.as_ref().map(|at| at.elapsed()),
            write_p99: self.store.write_p99(),
        }
    }

    /// Waits until another one leads than now, or nobody, at most this long.
    pub async fn wait_for_leader(&self, wait: Duration) {
        let _ = tokio::time::timeout(wait, self.while_leads(self.leader())).await;
    }

    /// Ends when another one leads, or when raft has stopped.
    pub async fn while_leads(&self, leader: Option<ReplicaId>) {
        let mut server = self.raft.server_metrics();
        loop {
            // A receiver counts as changed until it is updated: `changed` alone would spin.
            let now = server.borrow_and_update().current_leader.map(|id| id.0);
            if now != leader || server.changed().await.is_err() {
                return;
            }
        }
    }
}

fn role(state: ServerState) -> Role {
    match state {
        ServerState::Leader => Role::Leader,
        ServerState::Follower => Role::Follower,
        ServerState::Candidate => Role::Candidate,
        ServerState::Learner => Role::Learner,
        ServerState::Shutdown => Role::Stopped,
    }
}

fn progress(metrics: &RaftMetrics<Types>) -> std::collections::BTreeMap<ReplicaId, Progress> {
    let Some(replication) = &metrics.replication else { return Default::default() };
    let last = metrics.last_log_index.map_or(0, |index| index + 1);
    let others = replication.iter().filter(|(id, _)| **id != metrics.id);
    let each = others.map(|(id, matched)| {
        let matched = matched.map(|id| id.index());
        let heard = metrics.heartbeat.as_ref().and_then(|heard| heard.get(id).copied().flatten());
        let progress = Progress {
            matched,
            lag: last.saturating_sub(matched.map_or(0, |index| index + 1)),
            heard: heard.map(|at| at.elapsed()),
        };
        (id.0, progress)
    });
    each.collect()
}
