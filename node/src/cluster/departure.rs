//! Leaving for good: finish what is here, hand on what others can do, go.

use std::time::Duration;

use mesh::proto::handshake::Reason;
use mesh::{Event, Events};
use raft::Role;
use state::member::Leave;
use state::{Command, Query, Subject, View};
use tokio_util::sync::CancellationToken;

use super::gate::Gatekeeper;
use crate::Error;
use crate::agreement::{Agreement, Consistency};

/// Between two looks.
const LOOK: Duration = Duration::from_millis(500);

/// Watches for the wish that this node leaves, and fulfils it; whether it has left.
pub async fn watch(agreement: Agreement, stop: CancellationToken) -> bool {
    loop {
        tokio::select! {
            () = stop.cancelled() => return false,
            () = tokio::time::sleep(LOOK) => {}
        }
        match step(&agreement).await {
            Ok(true) => return true,
            Ok(false) => {}
            Err(error) => tracing::debug!(%error, "this node cannot leave yet"),
        }
    }
}

/// One step on the way out; whether it was the last.
async fn step(agreement: &Agreement) -> Result<bool, Error> {
    let me = agreement.me();
    let members = agreement.members(Consistency::Stale).await?;
    let leaving = members.iter().any(|(node, member)| *node == me && member.leaving);
    if !leaving || is_busy(agreement).await? {
        return Ok(false);
    }
    let status = agreement.raft().status();
    if status.role == Role::Leader {
        agreement.raft().hand_over().await?;
    }
    // Until the others do without its vote they may need it.
    if status.voters.iter().any(|voter| voter.node == me) {
        return Ok(false);
    }
    let leave = Command::Leave(Leave { node: me, gone: true });
    agreement.write(Subject::Node(me), leave).await?;
    Ok(true)
}

/// Attempts run here, or runs that only this node can finish.
async fn is_busy(agreement: &Agreement) -> Result<bool, Error> {
    let me = agreement.me();
    let query = Query::Assignments { node: me };
    let assigned = agreement.read(query, Consistency::Linearizable).await?;
    if matches!(&assigned, View::Assignments(assigned) if !assigned.is_empty()) {
        return Ok(true);
    }
    let query = Query::Runs { before: None, limit: state::query::PAGE_MAX, active: true };
    let View::Runs(runs) = agreement.read(query, Consistency::Linearizable).await? else {
        return Ok(false);
    };
    Ok(runs.iter().any(|(_, run)| run.owner == me && run.pinned))
}

/// Whether a member says that this node was removed while it was away.
pub async fn refused(mut events: Events, gate: Gatekeeper, stop: CancellationToken) -> bool {
    loop {
        let event = tokio::select! {
            () = stop.cancelled() => return false,
            event = events.next() => event,
        };
        match event {
            Some(Event::Refused {
                node: Some(node),
                reason: Reason::Removed,
                inbound: false,
                ..
            }) if gate.known().members.contains(&node) => {
                return true;
            }
            Some(_) => {}
            None => return false,
        }
    }
}
