//! Leaving for good: finish what is here, hand on what others can do, go.

use std::time::Duration;

use raft::Role;
use state::member::Leave;
use state::{Command, Query, Subject, View};
use tokio_util::sync::CancellationToken;

use crate::Error;
use crate::agreement::{Agreement, Consistency};

/// Between two looks.
const LOOK: Duration = Duration::from_millis(500);

/// Watches for the wish that this node leaves, and fulfils it.
pub async fn watch(agreement: Agreement, stop: CancellationToken) {
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(LOOK) => {}
        }
        if let Err(error) = step(&agreement).await {
            tracing::debug!(%error, "this node cannot leave yet");
        }
    }
}

async fn step(agreement: &Agreement) -> Result<(), Error> {
    let me = agreement.me();
    let members = agreement.members(Consistency::Stale).await?;
    let leaving = members.iter().any(|(node, member)| *node == me && member.leaving);
    if !leaving || is_busy(agreement).await? {
        return Ok(());
    }
    if agreement.raft().status().role == Role::Leader {
        return Ok(agreement.raft().hand_over().await?);
    }
    let leave = Command::Leave(Leave { node: me, gone: true });
    agreement.write(Subject::Node(me), leave).await.map(drop)
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
