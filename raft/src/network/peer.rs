use std::time::Duration;

use config::NodeId;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::Refused;
use crate::codec::{self, Format};
use crate::{Lane, Transport, TransportError};

/// Why a call brought nothing.
#[derive(Clone, Debug, thiserror::Error)]
pub(crate) enum CallError {
    #[error(transparent)]
    Transport(#[from] TransportError),
    #[error("node {} refuses: {reason}", node.short())]
    Refused { node: NodeId, reason: Refused },
    #[error("a frame to node {}", node.short())]
    Frame { node: NodeId, source: codec::Error },
}

impl CallError {
    /// Whether the other side certainly did nothing.
    pub fn without_effect(&self) -> bool {
        match self {
            CallError::Transport(TransportError::Lost { .. }) => false,
            CallError::Transport(TransportError::Unreachable { .. }) => true,
            CallError::Refused { .. } => true,
            CallError::Frame { .. } => false,
        }
    }
}

/// One request and its answer, encoded and decoded.
pub(crate) async fn call<Q: Serialize, A: DeserializeOwned>(
    transport: &dyn Transport,
    (node, lane): (NodeId, Lane),
    format: Format,
    request: &Q,
    deadline: Duration,
) -> Result<A, CallError> {
    let frame = |source| CallError::Frame { node, source };
    let body = codec::encode(format, request).map_err(frame)?;
    let answer = transport.call(node, lane, body, deadline).await?;
    let answer: Result<A, Refused> = codec::decode(codec::ANSWER, &answer).map_err(frame)?;
    answer.map_err(|reason| CallError::Refused { node, reason })
}
