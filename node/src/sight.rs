use std::collections::BTreeMap;
use std::sync::Arc;

use config::NodeId;
use mesh::proto::roster::{Health, Observed as Peer, View};
use plan::{Observed, Seen};
use tokio::sync::watch;

/// What this node sees of the others. A cheap handle.
#[derive(Clone)]
pub struct Sight {
    me: NodeId,
    roster: watch::Receiver<Arc<View>>,
}

impl Sight {
    pub fn new(me: NodeId, roster: watch::Receiver<Arc<View>>) -> Sight {
        Sight { me, roster }
    }

    /// Of a node without a network: itself.
    pub fn alone(me: NodeId) -> Sight {
        let (_, roster) = watch::channel(Arc::default());
        Sight { me, roster }
    }

    /// All that is observed now.
    pub fn roster(&self) -> Arc<View> {
        self.roster.borrow().clone()
    }

    /// Every other node that is or was seen.
    pub fn peers(&self) -> BTreeMap<NodeId, Peer> {
        self.roster.borrow().nodes.clone()
    }

    /// How long ago a node was heard.
    pub fn silence(&self, node: NodeId) -> Option<std::time::Duration> {
        let view = self.roster.borrow();
        let heard = view.nodes.get(&node)?.heard?;
        Some(view.now.saturating_sub(heard))
    }

    /// For the planner.
    pub fn observed(&self) -> Observed {
        let peers = self.roster.borrow();
        let seen = peers.nodes.iter().map(|(node, peer)| (*node, seen(peer)));
        let me = (self.me, Seen { alive: true, ..Seen::default() });
        Observed { nodes: seen.chain([me]).collect() }
    }
}

fn seen(peer: &Peer) -> Seen {
    let load = peer.status.as_ref().map_or(0, |status| status.load.cpu_permille);
    Seen {
        alive: peer.health != Health::Silent,
        suspect: peer.health == Health::Suspect,
        load: f32::from(load) / 1_000.0,
    }
}
