use std::time::Duration;

use libp2p::connection_limits::{self, ConnectionLimits};
use libp2p::swarm::NetworkBehaviour;
use libp2p::swarm::behaviour::toggle::Toggle;
use libp2p::{PeerId, mdns};

use super::doors::Doors;

/// Two nodes that dial each other at once have two connections; more are left from broken ones.
const PER_PEER: u32 = 8;
/// A full mesh and its newcomers stay far below.
const ALL: u32 = 4096;
/// Machines ask when they start and answer whoever starts later; asking again and again is noise.
const ASK_AGAIN: Duration = Duration::from_secs(24 * 3600);

/// What the swarm does.
#[derive(NetworkBehaviour)]
pub struct Behaviour {
    doors: Doors,
    limits: connection_limits::Behaviour,
    pub streams: libp2p_stream::Behaviour,
    mdns: Toggle<mdns::tokio::Behaviour>,
}

impl Behaviour {
    pub fn new(me: PeerId, mdns: bool) -> Self {
        let limits = ConnectionLimits::default()
            .with_max_established_per_peer(Some(PER_PEER))
            .with_max_established(Some(ALL));
        Self {
            doors: Doors::default(),
            limits: connection_limits::Behaviour::new(limits),
            streams: libp2p_stream::Behaviour::new(),
            mdns: mdns.then(|| discovery(me)).flatten().into(),
        }
    }
}

/// A machine without multicast finds nobody, and runs.
fn discovery(me: PeerId) -> Option<mdns::tokio::Behaviour> {
    let config = mdns::Config { query_interval: ASK_AGAIN, ..mdns::Config::default() };
    mdns::tokio::Behaviour::new(config, me)
        .inspect_err(|error| tracing::warn!(%error, "no discovery on the local network"))
        .ok()
}
