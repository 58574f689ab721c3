//! The one task that owns the swarm. It selects one event, asks the pure parts, acts, and repeats.

mod act;
mod behaviour;
mod command;
mod doors;
mod jobs;
mod network;
mod start;

pub use command::Command;
pub use start::start;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;

use config::NodeId;
use futures::StreamExt;
use libp2p::Swarm;
use libp2p::swarm::ConnectionId;
use proto::contacts::{Contacts, Target};
use proto::handshake::Reason;
use proto::roster::{Roster, TICK};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval};

use crate::shared::Shared;
use behaviour::Behaviour;
use jobs::Done;

type Waiter = oneshot::Sender<Result<(), String>>;

/// Everything the swarm's task owns.
pub struct Driver {
    swarm: Swarm<Behaviour>,
    shared: Arc<Shared>,
    commands: mpsc::Receiver<Command>,
    roster: Roster,
    contacts: Contacts,
    /// Agreed members, this node excepted.
    members: BTreeSet<NodeId>,
    /// Connections of each connected node.
    connections: BTreeMap<NodeId, u32>,
    /// What others are told was configured.
    advertises: bool,
    dials: HashMap<ConnectionId, Target>,
    /// Calls that wait for a connection.
    waiters: BTreeMap<NodeId, Vec<Waiter>>,
    /// Why the last dial of a node failed.
    failures: BTreeMap<NodeId, String>,
    /// Up to which revision of the contacts a node was told.
    told: BTreeMap<NodeId, u64>,
    /// When a stranger with the same secret is asked again.
    sights: BTreeMap<NodeId, Duration>,
    warned: BTreeMap<(Option<NodeId>, Reason), Duration>,
    jobs: JoinSet<Done>,
}

impl Driver {
    /// Runs until the mesh stops; then all connections are closed.
    pub async fn run(mut self) {
        let stop = self.shared.stop.clone();
        let mut ticks = interval(TICK);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = stop.cancelled() => break,
                event = self.swarm.select_next_some() => self.network(event),
                Some(command) = self.commands.recv() => self.command(command),
                Some(Ok(done)) = self.jobs.join_next() => self.done(done),
                _ = ticks.tick() => self.tick(),
            }
        }
        self.shared.lanes().clear();
    }
}
