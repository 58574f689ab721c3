use std::collections::BTreeMap;

use config::{ClusterId, Labels, Name, NodeId};
use state::member::{Admission, Admit, Found, Up};
use state::{Answer, Batch, Command, Elapsed, Reply, Request, RunId, State, Subject, Wall};
use tests::Dice;

use super::fact::{Applied, Fact};
use super::leader::Leader;
use super::network::Flight;
use super::nodes::Node;
use super::tally::Tally;

/// Nodes in the beginning.
pub const NODES: u8 = 4;

/// The whole system.
pub struct World {
    pub state: State,
    pub dice: Dice,
    /// The true time in milliseconds, by which every clock here goes.
    pub now: u64,
    pub nodes: BTreeMap<NodeId, Node>,
    pub leader: Leader,
    /// Commands under way.
    pub flights: Vec<Flight>,
    /// What has happened and was not looked at yet.
    pub facts: Vec<Fact>,
    pub tally: Tally,
    /// Fencing tokens that somebody was given, newest last.
    pub tokens: Vec<(String, u64)>,
    pub submitted: Vec<RunId>,
    index: u64,
    /// When the last entry was applied.
    applied_at: u64,
}

pub fn node(number: u8) -> NodeId {
    NodeId::new([number; 32])
}

impl World {
    pub fn new(seed: u64) -> World {
        let mut world = World {
            state: State::default(),
            dice: Dice::new(seed),
            now: 0,
            nodes: BTreeMap::new(),
            leader: Leader::of(node(1)),
            flights: Vec::new(),
            facts: Vec::new(),
            tally: Tally::default(),
            tokens: Vec::new(),
            submitted: Vec::new(),
            index: 0,
            applied_at: 0,
        };
        world.ok(Command::Found(Found {
            cluster: ClusterId::new([1; 16]),
            node: node(1),
            name: Name::new("n1").unwrap(),
            labels: Labels::default(),
            standalone: false,
        }));
        (2..=NODES).for_each(|number| world.admit(number));
        (1..=NODES).for_each(|number| world.bring_up(number));
        world
    }

    pub fn admit(&mut self, number: u8) {
        self.ok(Command::Admit(Admit {
            node: node(number),
            name: Name::new(&format!("n{number}")).unwrap(),
            name_fixed: false,
            labels: Labels::default(),
            by: Admission::Secret,
        }));
    }

    /// Starts a node's process for the first time.
    pub fn bring_up(&mut self, number: u8) {
        let up = self.up(node(number), true);
        let nonce = up.nonce;
        let Answer::Incarnation(incarnation) = self.ok(Command::Up(up)) else { panic!("no life") };
        self.nodes.insert(node(number), Node::living(incarnation, nonce));
    }

    pub fn up(&mut self, node: NodeId, adopts: bool) -> Up {
        let labels = if node.as_bytes()[0].is_multiple_of(2) { "web" } else { "db" };
        Up {
            node,
            nonce: self.dice.number(),
            version: "1".into(),
            slots: 1 + self.dice.below(3) as u32,
            labels: labels.parse().unwrap(),
            adopts,
        }
    }

    fn ok(&mut self, command: Command) -> Answer {
        self.apply(node(1), command).unwrap()
    }

    /// One entry of one command.
    pub fn apply(&mut self, from: NodeId, command: Command) -> Reply {
        self.index += 1;
        let before = self.state.clone();
        let request = Request { id: None, by: Subject::Node(from), command: command.clone() };
        let elapsed = Elapsed(self.now - self.applied_at);
        let batch = Batch { at: Wall(self.now), elapsed, requests: vec![request] };
        let reply = self.state.apply(self.index, &batch).pop().unwrap();
        self.applied_at = self.now;
        self.tally.count(&command, &reply);
        let executing = self
            .nodes
            .iter()
            .flat_map(|(node, it)| it.executing.keys().map(move |attempt| (*node, *attempt)));
        let executing = executing.collect();
        let (after, answer) = (self.state.clone(), reply.clone());
        self.facts.push(Fact::Applied(Box::new(Applied {
            before,
            command,
            reply,
            after,
            executing,
        })));
        answer
    }

    /// Something happens.
    pub fn step(&mut self) {
        match self.dice.below(100) {
            0..14 => self.fetch(),
            14..28 => self.reconcile(),
            28..44 => self.finish(),
            44..70 => self.deliver(),
            70..80 => self.plan(),
            80..86 => self.pass_time(),
            86..89 => self.submit(),
            89..92 => self.approve(),
            92..95 => self.use_lease(),
            95 => self.resume(),
            96 => self.change_mind(),
            _ => self.fault(),
        }
    }
}
