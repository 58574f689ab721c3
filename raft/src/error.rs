use std::io;
use std::path::PathBuf;
use std::time::Duration;

use state::{Refusal, ReplicaId};

/// What agreement can fail with.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The command was agreed upon and refused.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// A write may still take effect once there is a quorum again.
    #[error("no quorum: {reachable} of {voters} voters reachable")]
    NoQuorum { reachable: usize, voters: usize },
    #[error("no answer within {after:?}, though {reachable} of {voters} voters are reachable")]
    Deadline { after: Duration, reachable: usize, voters: usize },
    /// The write may or may not have taken effect, and cannot be repeated safely.
    #[error("the answer to a write was lost: whether it took effect is not known")]
    OutcomeUnknown,
    #[error("this node does not lead{}", leader.map(|it| format!(": {it} does")).unwrap_or_default())]
    NotLeader { leader: Option<ReplicaId> },
    #[error("a command of {bytes} bytes is larger than a log entry may be ({limit})")]
    TooLarge { bytes: usize, limit: usize },
    #[error("replica {0} has not caught up yet")]
    Behind(ReplicaId),
    #[error("the change of replicas was not made: {0}")]
    Change(String),
    #[error("replica {0} still belongs to the configuration")]
    StillReplica(ReplicaId),
    #[error("this node holds no replica")]
    NoReplica,
    #[error("the request was denied: {0}")]
    Denied(String),
    #[error("this replica has stopped: {0}")]
    Stopped(String),
    #[error("{} holds no replica; it was never made, or its disk was lost", .0.display())]
    Missing(PathBuf),
    #[error("{} holds a replica already", .0.display())]
    Exists(PathBuf),
    #[error("{} holds replica {found} instead of {expected}", folder.display())]
    Foreign { folder: PathBuf, found: ReplicaId, expected: ReplicaId },
    #[error(
        "{} is damaged: {what}; nothing was changed: `sloth db check` says what is lost and what to do",
        path.display()
    )]
    Damaged { path: PathBuf, what: String },
    #[error("cannot use {}", path.display())]
    Storage { path: PathBuf, source: io::Error },
    #[error("raft cannot run")]
    Raft(#[source] Box<dyn std::error::Error + Send + Sync>),
}
