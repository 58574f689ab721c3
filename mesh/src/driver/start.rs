use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::io;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use config::Address;
use futures::StreamExt;
use libp2p::core::muxing::StreamMuxerBox;
use libp2p::core::transport::Boxed;
use libp2p::core::upgrade::Version;
use libp2p::swarm::{Config, SwarmEvent};
use libp2p::{PeerId, Swarm, Transport, TransportError, tcp, yamux};
use proto::contacts::Contacts;
use proto::roster::{Roster, View};
use tokio::sync::{broadcast, mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::behaviour::Behaviour;
use super::{Command, Driver};
use crate::address::ip_multiaddr;
use crate::admit::{Admit, Door, Trusts};
use crate::shared::Shared;
use crate::{Error, Events, Options};

/// From the first byte to a proven, multiplexed connection: a few round trips, and one to the cluster.
const HANDSHAKE: Duration = Duration::from_secs(3);
/// Connections are kept although nobody talks; heartbeats notice when the other side is gone.
const IDLE: Duration = Duration::from_secs(12 * 3600);
/// The kernel answers at once where a node listens.
const LISTEN: Duration = Duration::from_secs(3);

/// Binds all listeners; nothing is accepted before the driver runs.
pub async fn start(options: Options) -> Result<(Driver, Arc<Shared>), Error> {
    let trusts = Arc::new(Trusts::default());
    let me = options.identity.node();
    let door = Arc::new(Door { me, gate: options.gate.clone(), trusts: trusts.clone() });
    let peer = options.identity.keypair().public().to_peer_id();
    let mdns = options.mdns && options.gate.secret().is_some();
    let config = Config::with_tokio_executor().with_idle_connection_timeout(IDLE);
    let swarm = Swarm::new(transport(&options, door)?, Behaviour::new(peer, mdns), peer, config);
    let (commands, received) = mpsc::channel(Command::QUEUED);
    let shared = Arc::new(Shared {
        me,
        gate: options.gate,
        trusts,
        started: Instant::now(),
        control: swarm.behaviour().streams.new_control(),
        commands,
        events: broadcast::channel(Events::KEPT).0,
        status: watch::channel(options.status).0,
        addresses: watch::channel(options.advertise.clone()).0,
        roster: watch::channel(Arc::new(View::default())).0,
        served: Mutex::new(BTreeMap::new()),
        lanes: Mutex::new(HashMap::new()),
        stop: CancellationToken::new(),
        tasks: TaskTracker::new(),
    });
    let mut driver = Driver {
        swarm,
        roster: Roster::new(Duration::ZERO),
        contacts: Contacts::new(options.seeds),
        commands: received,
        shared: shared.clone(),
        advertises: !options.advertise.is_empty(),
        members: BTreeSet::new(),
        connections: BTreeMap::new(),
        dials: HashMap::new(),
        waiters: BTreeMap::new(),
        failures: BTreeMap::new(),
        told: BTreeMap::new(),
        sights: BTreeMap::new(),
        warned: BTreeMap::new(),
        jobs: JoinSet::new(),
    };
    driver.listen(&options.listen).await?;
    Ok((driver, shared))
}

type Connection = (PeerId, StreamMuxerBox);

fn transport(options: &Options, door: Arc<Door>) -> Result<Boxed<Connection>, Error> {
    let admit =
        Admit::new(&options.identity, door).map_err(|error| Error::Start(error.to_string()))?;
    let tcp = tcp::tokio::Transport::new(tcp::Config::default().nodelay(true));
    let upgraded = tcp.upgrade(Version::V1).authenticate(admit).multiplex(yamux::Config::default());
    Ok(upgraded.timeout(HANDSHAKE).boxed())
}

impl Driver {
    async fn listen(&mut self, addresses: &[Address]) -> Result<(), Error> {
        for address in addresses {
            let failed = |source| Error::Listen { address: address.clone(), source };
            let multiaddr = ip_multiaddr(address).ok_or_else(|| failed(no_ip()))?;
            let listener = self.swarm.listen_on(multiaddr).map_err(|error| match error {
                TransportError::Other(source) => failed(source),
                error => failed(io::Error::other(error)),
            })?;
            let bound = async {
                loop {
                    match self.swarm.select_next_some().await {
                        SwarmEvent::NewListenAddr { listener_id, .. }
                            if listener_id == listener =>
                        {
                            return;
                        }
                        event => self.network(event),
                    }
                }
            };
            timeout(LISTEN, bound).await.map_err(|_| failed(io::ErrorKind::TimedOut.into()))?;
            self.listening();
        }
        Ok(())
    }
}

fn no_ip() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, "expected an IP address of this machine")
}
