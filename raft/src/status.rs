use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::time::Duration;

use state::ReplicaId;

/// How agreement stands, as this node sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    pub role: Role,
    /// The replica this node holds.
    pub replica: Option<ReplicaId>,
    pub leader: Option<ReplicaId>,
    pub term: u64,
    pub voters: BTreeSet<ReplicaId>,
    pub learners: BTreeSet<ReplicaId>,
    /// A change of voters is under way.
    pub changing: bool,
    /// The newest index this node knows to be applied.
    pub applied: u64,
    /// The last entry of this node's log.
    pub last_log: Option<u64>,
    /// How far the others are; known to the leader alone.
    pub progress: BTreeMap<ReplicaId, Progress>,
    /// Since a quorum last confirmed this leader.
    pub quorum_heard: Option<Duration>,
    /// How long this node's durable writes take, but for one in a hundred.
    pub write_p99: Duration,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    Leader,
    Follower,
    /// A voter that stands for election.
    Candidate,
    Learner,
    /// Holds no replica.
    Worker,
    Stopped,
}

impl fmt::Display for Role {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Role::Leader => "leader",
            Role::Follower => "follower",
            Role::Candidate => "candidate",
            Role::Learner => "learner",
            Role::Worker => "worker",
            Role::Stopped => "stopped",
        })
    }
}

/// How far another replica is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// The last entry it is known to have.
    pub matched: Option<u64>,
    /// Entries it lacks.
    pub lag: u64,
    /// Since it last answered.
    pub heard: Option<Duration>,
}

impl Status {
    /// What is known of agreement before anybody was asked.
    pub(crate) fn empty(role: Role) -> Self {
        Self {
            role,
            replica: None,
            leader: None,
            term: 0,
            voters: BTreeSet::new(),
            learners: BTreeSet::new(),
            changing: false,
            applied: 0,
            last_log: None,
            progress: BTreeMap::new(),
            quorum_heard: None,
            write_p99: Duration::ZERO,
        }
    }
}
