use std::collections::BTreeMap;

use config::NodeId;

/// What the planner's node sees of the others. It decides nothing by itself.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Observed {
    pub nodes: BTreeMap<NodeId, Seen>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Seen {
    /// It answers.
    pub alive: bool,
    /// Its processors' load, 1.0 when all are busy.
    pub load: f32,
}

impl Observed {
    pub fn is_alive(&self, node: NodeId) -> bool {
        self.nodes.get(&node).is_some_and(|seen| seen.alive)
    }

    pub fn load(&self, node: NodeId) -> f32 {
        self.nodes.get(&node).map_or(0.0, |seen| seen.load)
    }
}
