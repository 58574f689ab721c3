use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use config::{Address, NodeId};
use proto::roster::View;
use proto::{Beat, Status};
use tokio::sync::watch;
use tokio::time::timeout;
use tokio_util::sync::DropGuard;

use crate::beacon::{self, BEAT, SIGHT};
use crate::driver::{self, Command};
use crate::shared::Shared;
use crate::stream::{self, Handler, Lane, Served};
use crate::{Error, Event, Events, Options, Peer, Presence, Protocol};

/// How long tasks may take to end after a stop.
const STOP: Duration = Duration::from_secs(5);

/// The way to other nodes. A cheap clone; the last one that goes stops the mesh.
#[derive(Clone)]
pub struct Mesh {
    shared: Arc<Shared>,
    _stop: Arc<DropGuard>,
}

impl Mesh {
    /// Listens, and looks for others.
    pub async fn start(options: Options) -> Result<(Self, Events), Error> {
        let (driver, shared) = driver::start(options).await?;
        let mesh = Self { _stop: Arc::new(shared.stop.clone().drop_guard()), shared };
        let events = mesh.events();
        mesh.serve_beacons()?;
        mesh.shared.tasks.spawn(driver.run());
        Ok((mesh, events))
    }

    pub fn me(&self) -> NodeId {
        self.shared.me
    }

    /// The time since the start, which sightings and the roster are told in.
    pub fn now(&self) -> Duration {
        self.shared.now()
    }

    /// Answers a protocol's requests from now on, each within the asker's deadline; a handler that
    /// exceeds it is dropped.
    pub fn serve<F, A>(&self, protocol: Protocol, handler: F) -> Result<(), Error>
    where
        F: Fn(Peer, Vec<u8>) -> A + Send + Sync + 'static,
        A: Future<Output = Vec<u8>> + Send + 'static,
    {
        let handler: Handler = Arc::new(move |peer, body| Box::pin(handler(peer, body)));
        self.serve_boxed(Served { protocol, handler })
    }

    /// Asks a node. The body is sent at most once; [`Error`] says when it certainly was not.
    pub async fn call(
        &self,
        node: NodeId,
        protocol: Protocol,
        body: Vec<u8>,
        deadline: Duration,
    ) -> Result<Vec<u8>, Error> {
        let (bytes, most) = (body.len(), protocol.largest());
        if bytes > most {
            return Err(Error::TooLarge { protocol: protocol.name(), bytes, most });
        }
        if self.shared.stop.is_cancelled() {
            return Err(Error::Stopped);
        }
        if node == self.shared.me {
            return self.call_myself(protocol, body, deadline).await;
        }
        let lane = lane(&self.shared, node, protocol);
        tokio::select! {
            answer = Box::pin(lane.call(body, deadline)) => answer,
            () = self.shared.stop.cancelled() => Err(Error::Stopped),
        }
    }

    /// Dials an address until somebody there is connected, and again whenever that ends.
    pub async fn dial(&self, address: Address) -> Result<(), Error> {
        self.command(Command::Seed(address)).await
    }

    /// The gate's answers have changed: connects new members and cuts off removed ones at once.
    pub async fn refresh(&self) -> Result<(), Error> {
        self.command(Command::Refresh).await
    }

    /// What the next heartbeats say.
    pub fn report(&self, status: Status) {
        self.shared.status.send_replace(status);
    }

    /// What is observed about the members, renewed four times a second.
    pub fn roster(&self) -> watch::Receiver<Arc<View>> {
        self.shared.roster.subscribe()
    }

    /// The members this node is connected to.
    pub fn peers(&self) -> BTreeSet<NodeId> {
        let roster = self.shared.roster.borrow();
        roster.nodes.iter().filter(|(_, node)| node.connected).map(|(node, _)| *node).collect()
    }

    /// Where others can reach this node.
    pub fn addresses(&self) -> watch::Receiver<Vec<Address>> {
        self.shared.addresses.subscribe()
    }

    /// Every protocol that is served, the mesh's own included.
    pub fn protocols(&self) -> Vec<Protocol> {
        self.shared.served().values().map(|served| served.protocol).collect()
    }

    /// The events from now on.
    pub fn events(&self) -> Events {
        let receiver = self.shared.events.subscribe();
        Events { receiver, stop: self.shared.stop.clone() }
    }

    /// Ends every connection and waits for all tasks.
    pub async fn stop(&self) {
        self.shared.stop.cancel();
        self.shared.tasks.close();
        if timeout(STOP, self.shared.tasks.wait()).await.is_err() {
            tracing::warn!("tasks of the mesh still run after {STOP:?}");
        }
    }

    pub(crate) fn presence(&self) -> Presence {
        self.shared.gate.presence()
    }

    async fn command(&self, command: Command) -> Result<(), Error> {
        self.shared.commands.send(command).await.map_err(|_| Error::Stopped)
    }

    fn serve_boxed(&self, served: Served) -> Result<(), Error> {
        let taken = Error::Served(served.protocol.name());
        let name =
            stream::protocol(&served.protocol).ok_or(Error::Served(served.protocol.name()))?;
        let Ok(incoming) = self.shared.control.clone().accept(name) else { return Err(taken) };
        self.shared.served().insert(served.protocol.name(), served.clone());
        let accepting = stream::accept(self.shared.clone(), served, incoming);
        self.shared.tasks.spawn(accepting);
        Ok(())
    }

    async fn call_myself(
        &self,
        protocol: Protocol,
        body: Vec<u8>,
        deadline: Duration,
    ) -> Result<Vec<u8>, Error> {
        let (node, protocol) = (self.shared.me, protocol.name());
        let served = self.shared.served().get(protocol).cloned();
        let served = served.ok_or(Error::Unserved { node, protocol })?;
        let answer = stream::answer(&self.shared, &served, node, body, deadline).await;
        answer.map_err(|why| Error::Refused { node, protocol, why })
    }

    fn serve_beacons(&self) -> Result<(), Error> {
        let shared = Arc::downgrade(&self.shared);
        self.serve(BEAT, move |peer, body| {
            let shared = shared.clone();
            async move {
                let Some((shared, beat)) = shared.upgrade().zip(Beat::decode(&body).ok()) else {
                    return Vec::new();
                };
                let answer = shared.beat(Vec::new()).encode();
                // A driver that is gone needs no heartbeat.
                let _ = shared.commands.send(Command::Heard(peer.node, Box::new(beat))).await;
                answer
            }
        })?;
        let shared = Arc::downgrade(&self.shared);
        self.serve(SIGHT, move |peer, body| {
            let shared = shared.clone();
            async move {
                let Some(shared) = shared.upgrade() else { return Vec::new() };
                let Some(sighting) = beacon::sighting(&peer, &body) else { return Vec::new() };
                shared.emit(Event::Sighted { sighting, asked: None });
                shared.sighting().encode()
            }
        })
    }
}

/// The lane to a node over a protocol, made at the first call.
pub(crate) fn lane(shared: &Arc<Shared>, node: NodeId, protocol: Protocol) -> Arc<Lane> {
    let make = || Arc::new(Lane::new(shared.clone(), node, protocol));
    shared.lanes().entry((node, protocol.name())).or_insert_with(make).clone()
}
