use std::collections::BTreeMap;
use std::time::Duration;

use config::{Address, NodeId};

use crate::Status;

/// How alive a node looks from here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Health {
    Alive,
    /// Overdue, or its connection broke and it could not be dialed.
    Suspect,
    /// Silent for so long that it is taken for dead. Still no proof.
    Silent,
}

/// What is observed about one node.
#[derive(Clone, Debug, PartialEq)]
pub struct Observed {
    pub health: Health,
    pub connected: bool,
    /// What it said last; none before its first heartbeat.
    pub status: Option<Status>,
    pub addresses: Vec<Address>,
    /// Smoothed; none before its first answer.
    pub round_trip: Option<Duration>,
    /// When it was last heard, on the clock of [`View::now`].
    pub heard: Option<Duration>,
}

/// The roster at one moment.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct View {
    /// Time since this node's start.
    pub now: Duration,
    pub nodes: BTreeMap<NodeId, Observed>,
}

impl View {
    /// Nodes that are not taken for dead.
    pub fn reachable(&self) -> impl Iterator<Item = NodeId> {
        self.nodes.iter().filter(|(_, node)| node.health != Health::Silent).map(|(id, _)| *id)
    }

    pub fn addresses(&self, node: &NodeId) -> &[Address] {
        self.nodes.get(node).map_or(&[], |node| &node.addresses)
    }
}
