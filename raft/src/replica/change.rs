use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use openraft::errors::{ChangeMembershipError, ClientWriteError, RaftError};
use openraft::{ChangeMembers, EmptyNode};
use state::ReplicaId;
use tokio::time::{Instant, timeout_at};

use super::Replica;
use crate::types::{Id, Types};
use crate::{Error, Role};

/// Entries a learner may lack and still count as caught up: less than a heartbeat's worth.
const LAG_MAX: u64 = 128;
const PAUSE: Duration = Duration::from_millis(10);

/// Whether the same change may be accepted a moment later by the same leader.
fn may_pass(error: &ClientWriteError<Types>) -> bool {
    match error {
        ClientWriteError::ForwardToLeader(_) | ClientWriteError::LogEntryDiscarded(_) => true,
        ClientWriteError::ChangeMembershipError(error) => matches!(
            error,
            ChangeMembershipError::InProgress(_) | ChangeMembershipError::UncommittedLeaderLog(_)
        ),
        ClientWriteError::PreconditionFailed(_) => false,
    }
}

impl Replica {
    /// Makes a replica a learner and waits until it has caught up.
    pub async fn add_learner(&self, id: ReplicaId, deadline: Instant) -> Result<(), Error> {
        let known = self.status();
        if !known.voters.contains(&id) && !known.learners.contains(&id) {
            let added = BTreeMap::from([(Id(id), EmptyNode::new())]);
            self.change(ChangeMembers::AddNodes(added), deadline).await?;
        }
        while !self.has_caught_up(id)? {
            if Instant::now() >= deadline {
                return Err(Error::Behind(id));
            }
            tokio::time::sleep(PAUSE).await;
        }
        Ok(())
    }

    fn has_caught_up(&self, id: ReplicaId) -> Result<bool, Error> {
        let status = self.status();
        if status.role != Role::Leader {
            return Err(Error::NotLeader { leader: status.leader });
        }
        let progress = status.progress.get(&id).copied().unwrap_or_default();
        Ok(id == self.id || progress.matched.is_some() && progress.lag <= LAG_MAX)
    }

    /// Makes these the voters, by way of both sets agreeing; those that are none any more are no replicas.
    pub async fn change_voters(
        &self,
        voters: BTreeSet<ReplicaId>,
        deadline: Instant,
    ) -> Result<(), Error> {
        if self.leads() && !voters.contains(&self.id) {
            let heir = self.heir(&voters).ok_or_else(|| none_to_lead(&voters))?;
            self.transfer_leader(heir, deadline).await?;
            return Err(Error::NotLeader { leader: self.leader() });
        }
        let voters = voters.into_iter().map(Id).collect();
        self.change(ChangeMembers::ReplaceAllVoters(voters), deadline).await
    }

    pub async fn remove_learner(&self, id: ReplicaId, deadline: Instant) -> Result<(), Error> {
        self.change(ChangeMembers::RemoveNodes(BTreeSet::from([Id(id)])), deadline).await
    }

    /// Tries until a new leader is confirmed by a quorum and an earlier change has come to its end.
    async fn change(
        &self,
        change: ChangeMembers<Id, EmptyNode>,
        deadline: Instant,
    ) -> Result<(), Error> {
        loop {
            let changing = self.raft.change_membership(change.clone(), false);
            let error = match timeout_at(deadline, changing).await {
                Ok(Ok(_)) => return Ok(()),
                Ok(Err(RaftError::Fatal(fatal))) => return Err(Error::Stopped(fatal.to_string())),
                Ok(Err(RaftError::APIError(error))) => error,
                Err(_) => return Err(Error::Change("no quorum has confirmed it in time".into())),
            };
            if !self.leads() {
                return Err(Error::NotLeader { leader: self.leader() });
            }
            if !may_pass(&error) || Instant::now() >= deadline {
                return Err(Error::Change(error.to_string()));
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// Has another voter lead; returns when this one does not any more.
    pub async fn transfer_leader(&self, to: ReplicaId, deadline: Instant) -> Result<(), Error> {
        if !self.leads() {
            return Err(Error::NotLeader { leader: self.leader() });
        }
        let triggered = self.raft.trigger().transfer_leader(Id(to)).await;
        triggered.map_err(|fatal| Error::Stopped(fatal.to_string()))?;
        while self.leader().is_none_or(|leader| leader == self.id) {
            if Instant::now() >= deadline {
                return Err(Error::Change(format!("replica {to} did not take over in time")));
            }
            self.wait_for_leader(PAUSE).await;
        }
        Ok(())
    }

    /// Hands leadership to the voter that is furthest, if there is another one.
    pub async fn hand_over(&self, deadline: Instant) -> Result<(), Error> {
        let voters = self.status().voters;
        match self.heir(&voters) {
            Some(heir) if self.leads() => self.transfer_leader(heir, deadline).await,
            _ => Ok(()),
        }
    }

    /// The one of these voters that has most of the log, this one aside.
    fn heir(&self, among: &BTreeSet<ReplicaId>) -> Option<ReplicaId> {
        let status = self.status();
        let heirs: BTreeMap<_, _> = status.progress.into_iter().collect();
        let heirs = heirs
            .into_iter()
            .filter(|(id, _)| *id != self.id && among.contains(id) && status.voters.contains(id));
        heirs.max_by_key(|(_, progress)| progress.matched).map(|(id, _)| id)
    }

    /// Whether the leader says that this replica belongs to the configuration no more.
    pub fn is_removed_by(&self, standing: &crate::forward::Standing) -> bool {
        let configuration = &standing.configuration;
        standing.configured > self.id.generation
            && !configuration.voters.contains(&self.id)
            && !configuration.learners.contains(&self.id)
    }
}

fn none_to_lead(voters: &BTreeSet<ReplicaId>) -> Error {
    let names: Vec<_> = voters.iter().map(ToString::to_string).collect();
    Error::Change(format!("none of {} votes already and could lead", names.join(", ")))
}
