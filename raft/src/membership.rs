use std::collections::BTreeSet;

use state::ReplicaId;
use tokio::time::Instant;

use crate::{Error, Handle};

/// Changes of who votes and who copies. They are made on the leader; each ends within the handle's deadline
/// and may be repeated.
impl Handle {
    /// Makes a replica a learner; returns when it has caught up.
    pub async fn add_learner(&self, id: ReplicaId) -> Result<(), Error> {
        self.shared.replica()?.add_learner(id, self.until()).await
    }

    /// Makes these the voters in one joint change. Whoever was a voter and is none now belongs no more.
    ///
    /// A leader that is not among them hands leadership over first, and says so by [`Error::NotLeader`].
    pub async fn change_voters(&self, voters: BTreeSet<ReplicaId>) -> Result<(), Error> {
        self.shared.replica()?.change_voters(voters, self.until()).await
    }

    pub async fn remove_learner(&self, id: ReplicaId) -> Result<(), Error> {
        self.shared.replica()?.remove_learner(id, self.until()).await
    }

    /// Has another voter lead.
    pub async fn transfer_leader(&self, to: ReplicaId) -> Result<(), Error> {
        self.shared.replica()?.transfer_leader(to, self.until()).await
    }

    /// Has the voter that is furthest lead, if this node leads and there is another one.
    pub async fn hand_over(&self) -> Result<(), Error> {
        self.shared.replica()?.hand_over(self.until()).await
    }

    fn until(&self) -> Instant {
        Instant::now() + self.deadline
    }
}
