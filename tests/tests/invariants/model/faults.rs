//! What goes wrong.

use config::NodeId;
use state::Command;
use state::member::{Drain, Label, Remove};

use super::World;
use super::world::node;

impl World {
    pub fn fault(&mut self) {
        let id = self.some_node();
        match self.dice.below(20) {
            0..3 => self.crash(id),
            3..10 => self.restart(id),
            10..12 => self.cut(id, true),
            12..16 => self.cut(id, false),
            16 => self.elect(),
            17 => self.relabel(id),
            18 => self.send(id, Command::Drain(Drain { node: id })),
            _ => self.replace(id),
        }
    }

    /// A process dies, and its guard kills all that it executed.
    fn crash(&mut self, id: NodeId) {
        self.stop_all(id);
        if let Some(node) = self.nodes.get_mut(&id) {
            node.alive = false;
        }
    }

    /// A process starts once its past is dead. One that lives is killed first, now and then.
    pub fn restart(&mut self, id: NodeId) {
        if self.nodes.get(&id).is_some_and(|node| node.alive) && self.dice.chance(70) {
            return;
        }
        self.stop_all(id);
        let adopts = self.dice.chance(80);
        let up = self.up(id, adopts);
        if let Some(node) = self.nodes.get_mut(&id) {
            node.restarts(up.nonce);
            self.send(id, Command::Up(up));
        }
    }

    pub fn cut(&mut self, id: NodeId, cut: bool) {
        if let Some(node) = self.nodes.get_mut(&id) {
            node.cut = cut;
        }
    }

    fn relabel(&mut self, id: NodeId) {
        let label = Label { node: id, set: "web".parse().unwrap(), remove: Vec::new() };
        let none = Label {
            node: id,
            set: config::Labels::default(),
            remove: vec![config::Name::new("web").unwrap()],
        };
        let label = if self.dice.chance(50) { label } else { none };
        self.send(id, Command::Label(label));
    }

    /// A dead node is removed for good, and another one joins.
    fn replace(&mut self, id: NodeId) {
        let number = 1 + self.nodes.keys().map(|node| node.as_bytes()[0]).max().unwrap_or(0);
        if self.nodes.get(&id).is_none_or(|node| node.alive) || number > 9 {
            return;
        }
        let remove = Remove { node: id, reason: "dead".into() };
        if self.apply(self.leader.node, Command::Remove(remove)).is_ok() {
            self.nodes.remove(&id);
            self.admit(number);
            self.bring_up(number);
            debug_assert!(self.nodes.contains_key(&node(number)));
        }
    }
}
