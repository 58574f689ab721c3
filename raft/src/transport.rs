use std::fmt;
use std::time::Duration;

use config::NodeId;
use futures::future::BoxFuture;

/// Moves one request to another node and its answer back.
///
/// The receiver hands what arrives to [`Serve::handle`](crate::Serve::handle). Lanes must not wait for each
/// other: a snapshot may not hold up a heartbeat.
pub trait Transport: Send + Sync + 'static {
    /// Sends `body` to a node on a lane; answered within `deadline`, or failed.
    fn call(
        &self,
        to: NodeId,
        lane: Lane,
        body: Vec<u8>,
        deadline: Duration,
    ) -> BoxFuture<'_, Result<Vec<u8>, TransportError>>;
}

/// What a request belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Lane {
    /// Heartbeats, votes and leader transfers.
    Vote,
    /// Log entries.
    Append,
    /// Chunks of snapshots.
    Snapshot,
    /// Writes, reads and feeds of other nodes.
    Forward,
}

impl Lane {
    pub const ALL: [Lane; 4] = [Lane::Vote, Lane::Append, Lane::Snapshot, Lane::Forward];
}

impl fmt::Display for Lane {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Lane::Vote => "vote",
            Lane::Append => "append",
            Lane::Snapshot => "snapshot",
            Lane::Forward => "forward",
        })
    }
}

/// Why a request has no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TransportError {
    /// It was not sent: certainly without effect.
    #[error("node {} cannot be reached: {reason}", node.short())]
    Unreachable { node: NodeId, reason: String },
    /// It may have arrived.
    #[error("node {} did not answer: {reason}", node.short())]
    Lost { node: NodeId, reason: String },
}

/// The transport of a node that knows no other.
#[derive(Clone, Copy, Debug, Default)]
pub struct Alone;

impl Transport for Alone {
    fn call(
        &self,
        node: NodeId,
        _: Lane,
        _: Vec<u8>,
        _: Duration,
    ) -> BoxFuture<'_, Result<Vec<u8>, TransportError>> {
        let reason = "this node has no network".into();
        Box::pin(async move { Err(TransportError::Unreachable { node, reason }) })
    }
}
