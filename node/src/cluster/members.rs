//! Keeps the gate, the mesh and the anchor in step with what is agreed about members.

use std::collections::BTreeSet;
use std::time::Duration;

use config::Paths;
use mesh::Mesh;
use state::{Query, View};
use tokio_util::sync::CancellationToken;

use super::anchor::Anchor;
use super::gate::{Gatekeeper, Known};
use crate::Error;
use crate::agreement::{Agreement, Consistency};
use crate::sight::Sight;

/// Looks again after so long, whatever was heard.
const QUIET: Duration = Duration::from_secs(5);
/// Not more often than this, however much is applied.
const PAUSE: Duration = Duration::from_millis(200);

pub struct Members {
    pub agreement: Agreement,
    pub mesh: Mesh,
    pub sight: Sight,
    pub gate: Gatekeeper,
    pub paths: Paths,
}

/// Why a member's life in the cluster is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gone {
    /// It has left, or was removed.
    Removed,
    /// The cluster has dissolved into another one.
    Dissolved,
}

impl Members {
    /// Follows until told to stop, or until this node is no member any more.
    pub async fn run(self, stop: CancellationToken) -> Option<Gone> {
        let mut watch = self.agreement.raft().watch();
        let mut saved = None;
        loop {
            match self.look(&mut saved).await {
                Ok(Some(gone)) => return Some(gone),
                Ok(None) => {}
                Err(error) => tracing::debug!(%error, "the members are not known now"),
            }
            tokio::select! {
                () = stop.cancelled() => return None,
                () = async {
                    tokio::time::sleep(PAUSE).await;
                    if watch.changed(QUIET).await.is_err() {
                        tokio::time::sleep(PAUSE).await;
                    }
                } => {}
            }
        }
    }

    async fn look(&self, saved: &mut Option<Anchor>) -> Result<Option<Gone>, Error> {
        let view = self.agreement.read(Query::Cluster, Consistency::Stale).await?;
        let View::Cluster(Some(cluster)) = view else { return Ok(None) };
        if cluster.dissolved_into.is_some() {
            return Ok(Some(Gone::Dissolved));
        }
        let members = self.agreement.members(Consistency::Stale).await?;
        let ids: BTreeSet<_> = members.iter().map(|(node, _)| *node).collect();
        let known = Known {
            cluster: Some(cluster.id),
            pristine: ids.len() == 1 && !cluster.has_data,
            members: ids.clone(),
            removed: self.removed(),
        };
        if known != self.gate.known() {
            if !ids.contains(&self.agreement.me()) && self.is_sure().await {
                return Ok(Some(Gone::Removed));
            }
            self.gate.know(known);
            self.mesh.refresh().await?;
        }
        self.remember(saved, &cluster)?;
        Ok(None)
    }

    /// A replica that lags, or a worker that asked one, may not know of this node yet.
    async fn is_sure(&self) -> bool {
        match self.agreement.members(Consistency::Linearizable).await {
            Ok(members) => members.iter().all(|(node, _)| *node != self.agreement.me()),
            Err(_) => false,
        }
    }

    fn removed(&self) -> BTreeSet<config::NodeId> {
        let state = self.agreement.raft().snapshot_state();
        state.map(|state| state.tombstones.keys().copied().collect()).unwrap_or_default()
    }

    fn remember(
        &self,
        saved: &mut Option<Anchor>,
        cluster: &state::query::Cluster,
    ) -> Result<(), Error> {
        let peers = self.sight.peers();
        let anchor = Anchor {
            cluster: cluster.id,
            voters: cluster.configuration.voters.iter().map(|voter| voter.node).collect(),
            addresses: peers.into_iter().map(|(node, peer)| (node, peer.addresses)).collect(),
        };
        if saved.as_ref() != Some(&anchor) {
            anchor.save(&self.paths)?;
            *saved = Some(anchor);
        }
        Ok(())
    }
}
