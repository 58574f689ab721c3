use std::time::Duration;

use config::NodeId;
use tokio::time::Instant;

use crate::codec;
use crate::forward::{Ask, Failure, Outcome, Told};
use crate::network::{CallError, call};
use crate::{Lane, Transport};

/// What the answer may take beyond the time the other side was given.
pub(crate) const SLACK: Duration = Duration::from_millis(250);

/// Asks another node, and fetches its answer in pieces if it is large.
pub(crate) async fn ask(
    transport: &dyn Transport,
    node: NodeId,
    ask: &Ask,
    deadline: Duration,
) -> Result<Told, CallError> {
    let until = Instant::now() + deadline;
    let told = once(transport, node, ask, deadline).await?;
    match told.outcome {
        Ok(Outcome::Parcel { ticket, length }) => {
            let outcome = fetch(transport, node, (ticket, length), until).await?;
            Ok(Told { outcome, ..told })
        }
        _ => Ok(told),
    }
}

async fn once(
    transport: &dyn Transport,
    node: NodeId,
    ask: &Ask,
    deadline: Duration,
) -> Result<Told, CallError> {
    call(transport, (node, Lane::Forward), codec::FORWARD, ask, deadline).await
}

async fn fetch(
    transport: &dyn Transport,
    node: NodeId,
    (ticket, length): (u64, u64),
    until: Instant,
) -> Result<Result<Outcome, Failure>, CallError> {
    let mut bytes = Vec::new();
    while (bytes.len() as u64) < length {
        let offset = bytes.len() as u64;
        let left = until.saturating_duration_since(Instant::now());
        let told = once(transport, node, &Ask::Parcel { ticket, offset }, left).await?;
        match told.outcome {
            Ok(Outcome::Piece(piece)) if !piece.is_empty() => bytes.extend(piece),
            Err(failure) => return Ok(Err(failure)),
            Ok(_) => return Ok(Err(Failure::Failed("an answer that has no end".into()))),
        }
    }
    codec::decode(codec::ANSWER, &bytes).map_err(|source| CallError::Frame { node, source })
}
