use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use config::{Address, NodeId};
use proto::handshake::{Agreed, Trust};
use proto::roster::View;
use proto::{Beat, Sighting, Status};
use tokio::sync::{broadcast, mpsc, watch};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::admit::Trusts;
use crate::driver::Command;
use crate::stream::{Lane, Served};
use crate::{Event, Gate, Peer, Protocol};

type Lanes = HashMap<(NodeId, &'static str), Arc<Lane>>;

/// What handles, streams and the driver have in common.
pub struct Shared {
    pub me: NodeId,
    pub gate: Arc<dyn Gate>,
    pub trusts: Arc<Trusts>,
    pub started: Instant,
    pub control: libp2p_stream::Control,
    pub commands: mpsc::Sender<Command>,
    pub events: broadcast::Sender<Event>,
    pub status: watch::Sender<Status>,
    /// Where others can reach this node.
    pub addresses: watch::Sender<Vec<Address>>,
    pub roster: watch::Sender<Arc<View>>,
    pub served: Mutex<BTreeMap<&'static str, Served>>,
    pub lanes: Mutex<Lanes>,
    pub stop: CancellationToken,
    pub tasks: TaskTracker,
}

impl Shared {
    /// The mesh's clock.
    pub fn now(&self) -> Duration {
        self.started.elapsed()
    }

    /// Nobody need listen.
    pub fn emit(&self, event: Event) {
        let _ = self.events.send(event);
    }

    pub fn served(&self) -> MutexGuard<'_, BTreeMap<&'static str, Served>> {
        self.served.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn lanes(&self) -> MutexGuard<'_, Lanes> {
        self.lanes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How far a connected node is trusted now: membership is asked anew each time.
    pub fn peer(&self, node: &NodeId) -> Option<Peer> {
        let trust = match (self.gate.agreed(node), self.trusts.get(node)) {
            (Agreed::Member, _) => Trust::Member,
            (Agreed::Unknown, Some(trust @ Trust::Stranger(_))) => trust,
            _ if *node == self.me => Trust::Member,
            _ => return None,
        };
        Some(Peer { node: *node, trust })
    }

    /// The one place where anybody is let through to a protocol.
    pub fn permit(&self, node: &NodeId, protocol: &Protocol) -> Option<Peer> {
        let peer = self.peer(node)?;
        let permission = protocol.permission();
        let admitted = peer.is_member() || permission.admits_strangers();
        let allowed = admitted && self.gate.allows(&peer, permission.action(), protocol.name());
        allowed.then_some(peer)
    }

    /// A heartbeat of this node, passing on where others listen.
    pub fn beat(&self, known: Vec<(NodeId, Vec<Address>)>) -> Beat {
        let (status, addresses) = (self.status.borrow().clone(), self.addresses.borrow().clone());
        Beat { status, addresses, known }
    }

    /// What this node tells machines with the same secret.
    pub fn sighting(&self) -> Sighting {
        let presence = self.gate.presence();
        Sighting {
            node: self.me,
            cluster: presence.cluster,
            pristine: presence.pristine,
            addresses: self.addresses.borrow().clone(),
        }
    }
}
