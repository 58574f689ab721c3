use serde::{Deserialize, Serialize};
use state::ReplicaId;

use crate::codec;
use crate::types::{SnapshotMeta, Vote, run};

/// A raft request: replicas are addressed, not nodes, as a node may have had several.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Addressed<T> {
    pub from: ReplicaId,
    pub to: ReplicaId,
    pub body: T,
}

/// A piece of a snapshot.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Chunk {
    pub vote: Vote,
    pub meta: SnapshotMeta,
    pub length: u64,
    pub hash: [u8; 32],
    pub offset: u64,
    #[serde(with = "run")]
    pub bytes: Vec<u8>,
}

/// What became of a chunk.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Taken {
    /// The next one wanted begins here.
    Next(u64),
    /// All of it is installed, or a newer vote was seen.
    Done(Vote),
}

/// Why a frame was not acted upon.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum Refused {
    #[error("{0} is no replica of the configuration")]
    NotReplica(ReplicaId),
    #[error("the frame names node {named} but came from node {came}")]
    Impostor { named: String, came: String },
    #[error("there is no replica {0} here")]
    WrongReplica(ReplicaId),
    #[error("there is no replica here")]
    NoReplica,
    #[error("a frame of this kind does not travel on this lane")]
    WrongLane,
    #[error("the frame cannot be read: {0}")]
    Malformed(String),
    #[error("the replica has stopped: {0}")]
    Stopped(String),
}

impl From<codec::Error> for Refused {
    fn from(error: codec::Error) -> Self {
        Refused::Malformed(error.to_string())
    }
}

/// Encodes an answer.
pub(crate) fn answer<T: Serialize>(result: &Result<T, Refused>) -> Vec<u8> {
    codec::encode(codec::ANSWER, result).unwrap_or_else(|error| {
        tracing::error!(%error, "an answer cannot be encoded");
        Vec::new()
    })
}
