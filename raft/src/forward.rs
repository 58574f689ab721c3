//! What nodes ask each other on [`Lane::Forward`](crate::Lane::Forward).

use std::time::Duration;

use config::NodeId;
use serde::{Deserialize, Serialize};
use state::{Configuration, Query, ReplicaId, Reply, Request, View};

use crate::types::run;
use crate::{Error, Feed};

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) enum Ask {
    Write {
        requests: Vec<Request>,
        wait: Wait,
    },
    Read {
        query: Query,
        consistency: Consistency,
        wait: Wait,
    },
    /// The index a linearizable read must have seen; only the leader knows.
    ReadIndex,
    Feed {
        node: NodeId,
        after: Option<u64>,
        wait: Wait,
    },
    /// Answered when something after this index is applied.
    Watch {
        after: u64,
        wait: Wait,
    },
    Configuration,
    /// A piece of an answer that was too large for one frame.
    Parcel {
        ticket: u64,
        offset: u64,
    },
}

/// How long the other side may take, in milliseconds.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct Wait(u64);

impl From<Duration> for Wait {
    fn from(wait: Duration) -> Self {
        Wait(u64::try_from(wait.as_millis()).unwrap_or(u64::MAX))
    }
}

impl Wait {
    /// Nobody keeps another node waiting for longer than this.
    const MAX: Duration = Duration::from_secs(60);

    pub fn bounded(self) -> Duration {
        Duration::from_millis(self.0).min(Self::MAX)
    }
}

/// How fresh what is read must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Consistency {
    /// Everything that was acknowledged before the read began.
    Linearizable,
    /// What the replica at hand knows.
    Stale,
}

/// Every answer also says where agreement stands.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Told {
    pub standing: Standing,
    pub outcome: Result<Outcome, Failure>,
}

/// What a node knows of the configuration.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Standing {
    /// The newest index applied there.
    pub applied: u64,
    pub leader: Option<ReplicaId>,
    pub term: u64,
    /// The index of the entry that made the configuration.
    pub configured: u64,
    pub configuration: Configuration,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) enum Outcome {
    Replies(Vec<Reply>),
    View(Box<View>),
    Index(u64),
    Feed(Feed),
    Configuration,
    /// The answer is kept for a while and fetched in pieces.
    Parcel {
        ticket: u64,
        length: u64,
    },
    Piece(#[serde(with = "run")] Vec<u8>),
}

/// An [`Error`] as it travels.
#[derive(Clone, Debug, Serialize, Deserialize, thiserror::Error)]
pub(crate) enum Failure {
    #[error("not the leader")]
    NotLeader { leader: Option<ReplicaId> },
    #[error("no quorum")]
    NoQuorum { reachable: u32, voters: u32 },
    #[error("no answer in time")]
    Deadline { after: Wait, reachable: u32, voters: u32 },
    #[error("outcome unknown")]
    OutcomeUnknown,
    #[error("no replica")]
    NoReplica,
    #[error("denied: {0}")]
    Denied(String),
    #[error("{0}")]
    Failed(String),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        match error {
            Error::NotLeader { leader } => Failure::NotLeader { leader },
            Error::NoQuorum { reachable, voters } => {
                Failure::NoQuorum { reachable: number(reachable), voters: number(voters) }
            }
            Error::Deadline { after, reachable, voters } => Failure::Deadline {
                after: after.into(),
                reachable: number(reachable),
                voters: number(voters),
            },
            Error::OutcomeUnknown => Failure::OutcomeUnknown,
            Error::NoReplica => Failure::NoReplica,
            Error::Denied(reason) => Failure::Denied(reason),
            other => Failure::Failed(other.to_string()),
        }
    }
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::NotLeader { leader } => Error::NotLeader { leader },
            Failure::NoQuorum { reachable, voters } => {
                Error::NoQuorum { reachable: reachable as usize, voters: voters as usize }
            }
            Failure::Deadline { after, reachable, voters } => Error::Deadline {
                after: after.bounded(),
                reachable: reachable as usize,
                voters: voters as usize,
            },
            Failure::OutcomeUnknown => Error::OutcomeUnknown,
            Failure::NoReplica => Error::NoReplica,
            Failure::Denied(reason) => Error::Denied(reason),
            Failure::Failed(reason) => Error::Stopped(reason),
        }
    }
}
