use std::collections::BTreeMap;

use config::NodeId;

/// What the planner's node sees of the others. It decides nothing by itself.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Observed {
    pub nodes: BTreeMap<NodeId, Seen>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Seen {
    /// It is not taken for dead.
    pub alive: bool,
    /// It does not answer just now; soon it will be seen again, or taken for dead.
    pub suspect: bool,
    /// Its processors' load, 1.0 when all are busy.
    pub load: f32,
}

impl Observed {
    pub fn is_alive(&self, node: NodeId) -> bool {
        self.nodes.get(&node).is_some_and(|seen| seen.alive)
    }

    /// Whether it answers: nothing is given to a node in doubt.
    pub fn answers(&self, node: NodeId) -> bool {
        self.nodes.get(&node).is_some_and(|seen| seen.alive && !seen.suspect)
    }

    /// Whether it is worth waiting a moment for what becomes of it.
    pub fn is_suspect(&self, node: NodeId) -> bool {
        self.nodes.get(&node).is_some_and(|seen| seen.alive && seen.suspect)
    }

    pub fn load(&self, node: NodeId) -> f32 {
        self.nodes.get(&node).map_or(0.0, |seen| seen.load)
    }
}
