//! What is observed about nodes: who answers, how fast, how loaded. It decides nothing by itself.

mod node;
mod view;

pub use view::{Health, Observed, View};

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use config::NodeId;

use crate::Beat;
use node::Node;

/// How often the roster wants a tick.
pub const TICK: Duration = Duration::from_millis(250);
/// Time that one tick may add to a silence. More has passed only when this node itself did not run,
/// and then nobody else is to blame.
const COUNTED: Duration = Duration::from_millis(500);
/// How often each connected node is sent a heartbeat.
pub const BEAT: Duration = Duration::from_secs(1);

/// What happens to the roster.
#[derive(Clone, Debug)]
pub enum Event {
    /// The agreed members; others are forgotten.
    Members(BTreeSet<NodeId>),
    Connected(NodeId),
    /// The last connection ended.
    Broken(NodeId),
    /// The node sent a heartbeat.
    Heard(NodeId, Beat),
    /// The node answered this node's heartbeat with its own.
    Answered(NodeId, Beat, Duration),
    /// The node did not answer a heartbeat, or could not be dialed.
    Missed(NodeId),
    Tick,
}

/// What the shell is to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Send it a heartbeat over its connection.
    Beat(NodeId),
    /// Dial it now: its connection broke.
    Look(NodeId),
    /// Its connection is mute: close it and dial anew.
    Redial(NodeId),
    Health(NodeId, Health),
}

/// All nodes this one knows of, itself excepted.
#[derive(Debug, Default)]
pub struct Roster {
    nodes: BTreeMap<NodeId, Node>,
    ticked: Duration,
}

impl Roster {
    pub fn new(now: Duration) -> Self {
        Self { nodes: BTreeMap::new(), ticked: now }
    }

    pub fn handle(&mut self, event: Event, now: Duration) -> Vec<Effect> {
        match event {
            Event::Members(members) => self.members(&members, now),
            Event::Connected(id) => self.with(id, |node| node.connected(now)),
            Event::Broken(id) => self.with(id, |node| node.broken()),
            Event::Heard(id, beat) => self.with(id, |node| node.heard(beat, now)),
            Event::Answered(id, beat, trip) => self.with(id, |node| node.answered(beat, trip, now)),
            Event::Missed(id) => self.with(id, |node| node.missed()),
            Event::Tick => self.tick(now),
        }
    }

    /// A copy for readers; `now` is the time of its silences.
    pub fn view(&self, now: Duration) -> View {
        let nodes = self.nodes.iter().map(|(id, node)| (*id, node.observed())).collect();
        View { now, nodes }
    }

    fn members(&mut self, members: &BTreeSet<NodeId>, now: Duration) -> Vec<Effect> {
        self.nodes.retain(|id, _| members.contains(id));
        for id in members {
            self.nodes.entry(*id).or_insert_with(|| Node::new(now));
        }
        Vec::new()
    }

    fn with(&mut self, id: NodeId, act: impl FnOnce(&mut Node) -> Vec<Act>) -> Vec<Effect> {
        let acts = self.nodes.get_mut(&id).map(act).unwrap_or_default();
        acts.into_iter().map(|act| act.of(id)).collect()
    }

    fn tick(&mut self, now: Duration) -> Vec<Effect> {
        let passed = now.saturating_sub(self.ticked).min(COUNTED);
        self.ticked = now;
        let acts = |(id, node): (&NodeId, &mut Node)| {
            let id = *id;
            node.tick(passed, now).into_iter().map(move |act| act.of(id)).collect::<Vec<_>>()
        };
        self.nodes.iter_mut().flat_map(acts).collect()
    }
}

/// An effect of one node.
#[derive(Clone, Copy)]
enum Act {
    Beat,
    Look,
    Redial,
    Health(Health),
}

impl Act {
    fn of(self, id: NodeId) -> Effect {
        match self {
            Self::Beat => Effect::Beat(id),
            Self::Look => Effect::Look(id),
            Self::Redial => Effect::Redial(id),
            Self::Health(health) => Effect::Health(id, health),
        }
    }
}
