//! The start of a node that is alone: one voter, no network.

use std::sync::Arc;

use config::{ClusterId, NodeId};
use state::member::Found;
use state::{Command, Subject};

use crate::agreement::Agreement;
use crate::cluster::Anchor;
use crate::options::Options;
use crate::permit::{Permit, Until};
use crate::running::Running;
use crate::sight::Sight;
use crate::start::Parts;
use crate::{Error, random, replicas};

/// Entries between two snapshots of a directory that is opened for single commands.
const SNAPSHOT_ALONE: u64 = 512;

/// Starts a node without a network; returns once it serves.
pub(crate) async fn start(options: Options, me: NodeId, executes: bool) -> Result<Running, Error> {
    if let Some(anchor) = Anchor::load(&options.paths)? {
        return Err(Error::Conflict(format!(
            "{} belongs to a node of cluster {}, which does not run: start it by `sloth node`",
            options.paths.root().display(),
            anchor.cluster
        )));
    }
    let raft = raft::Raft::new(raft::Options {
        me,
        timers: options.config.timers(),
        // Each start applies what came after the last snapshot, and there is a start for each command.
        snapshot_every: options.config.raft.snapshot_every.min(SNAPSHOT_ALONE),
        log: options.config.raft.log,
        transport: Arc::new(raft::Alone),
        clock: Arc::new(raft::SystemClock),
        deadline: raft::Options::DEADLINE,
    });
    let agreement = Agreement::new(me, raft.handle());
    let cluster = match replicas::newest(&options.paths) {
        Some(generation) => {
            raft.open(&options.paths.replica(generation), generation).await?;
            agreement.cluster().await?.id
        }
        None => found(&raft, &agreement, &options, true).await?,
    };
    let permit = Permit::new(options.guard.clone(), &options.config.timers(), Until::Unbounded);
    let parts = Parts {
        me,
        raft: Arc::new(raft),
        agreement,
        sight: Sight::alone(me),
        mesh: None,
        executes,
        permit,
        notice: None,
        cluster,
        options,
    };
    parts.assemble(None).await
}

/// Founds a cluster of this node alone.
pub(crate) async fn found(
    raft: &raft::Raft,
    agreement: &Agreement,
    options: &Options,
    standalone: bool,
) -> Result<ClusterId, Error> {
    raft.found(&options.paths.replica(0)).await?;
    let me = agreement.me();
    let cluster = ClusterId::new(random::bytes()?);
    let found = Found {
        cluster,
        node: me,
        name: options.name(),
        labels: options.config.node.all_labels()?,
        standalone,
    };
    agreement.write(Subject::Node(me), Command::Found(found)).await?;
    Ok(cluster)
}
