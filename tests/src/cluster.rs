use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use crate::home::Home;
use crate::netns::Lan;
use crate::node::Node;
use crate::run::Run;
use crate::setup::{SECRET, Setup};
use crate::slots::Slot;
use crate::wait::{LONG, wait_until};

/// Nodes with one secret, each with the addresses of the others.
pub struct Cluster {
    pub nodes: Vec<Node>,
    voters: usize,
    _slot: Option<Slot>,
}

/// A cluster before its start.
pub struct Plan {
    setups: Vec<Setup>,
    voters: usize,
}

impl Plan {
    /// Nodes `n1`, `n2` and so on.
    pub fn new(count: usize) -> Self {
        Self::of((1..=count).map(|number| Setup::new(&format!("n{number}"))).collect())
    }

    /// The same, each on a machine of its own, whose plug can be pulled. Needs root.
    pub fn on_machines(count: usize) -> Self {
        let lan = Arc::new(Lan::new(count));
        let setup = |machine| Setup::new(&format!("n{}", machine + 1)).on(&lan, machine);
        Self::of((0..count).map(setup).collect())
    }

    fn of(setups: Vec<Setup>) -> Self {
        let count = setups.len();
        let addresses: Vec<_> = setups.iter().map(|setup| setup.address().to_owned()).collect();
        let setups = setups.into_iter().enumerate().map(|(place, setup)| {
            let others = addresses.iter().enumerate().filter(|(other, _)| *other != place);
            others.fold(setup.secret(SECRET), |setup, (_, address)| setup.seed(address))
        });
        let voters = [5, 3].into_iter().find(|voters| count >= *voters).unwrap_or(1);
        Self { setups: setups.collect(), voters }
    }

    /// A setting of every node.
    pub fn set(mut self, key: &str, value: &str) -> Self {
        let setups = self.setups.into_iter().map(|setup| setup.set(key, value));
        self.setups = setups.collect();
        self
    }

    /// At most this many voters.
    pub fn voters(mut self, voters: usize) -> Self {
        self.voters = voters;
        self.set("raft.voters", &voters.to_string())
    }

    /// The nodes at these places, from 0, bear a tag.
    pub fn tag(mut self, places: &[usize], tag: &str) -> Self {
        for place in places {
            self.setups[*place] = self.setups[*place].clone().tag(tag);
        }
        self
    }

    /// The first nodes take over the homes of people who were here before.
    pub fn homes(mut self, homes: impl IntoIterator<Item = Home>) -> Self {
        for (setup, home) in self.setups.iter_mut().zip(homes) {
            *setup = setup.clone().home(home);
        }
        self
    }

    /// Starts all at once, and waits until they are one cluster with all its voters.
    pub fn start(self) -> Cluster {
        // A network of its own has one already.
        let is_local = self.setups.iter().all(|setup| setup.place.is_none());
        let _slot = is_local.then(Slot::take);
        let nodes = self.setups.into_iter().map(Setup::start).collect();
        let mut cluster = Cluster { nodes, voters: self.voters, _slot };
        for node in &mut cluster.nodes {
            node.comes_up();
        }
        cluster.settles();
        cluster
    }
}

impl Cluster {
    /// A cluster of this many nodes, whole and settled.
    pub fn start(count: usize) -> Self {
        Plan::new(count).start()
    }

    /// One that somebody started and that has come up.
    pub fn of(first: Node) -> Self {
        Cluster { nodes: vec![first], voters: 1, _slot: Some(Slot::take()) }
    }

    /// It is whole with this many voters.
    pub fn expect(&mut self, voters: usize) -> &mut Self {
        self.voters = voters;
        self
    }

    /// Waits until each node sees all of them alive, and as many voters as there should be.
    pub fn settles(&self) {
        wait_until("the cluster is whole", LONG, || {
            let mut ids = Vec::new();
            for node in &self.nodes {
                let (status, list) = (node.status()?, node.list()?);
                let alive = list.iter().filter(|one| one["state"] == "alive").count();
                let voters = status["voters"].as_array().map_or(0, Vec::len);
                let whole = alive == self.nodes.len()
                    && list.len() == alive
                    && voters == self.voters
                    && status["state"] == "ok"
                    && status["leader"].is_string();
                if !whole {
                    return Err(format!("{} sees {status:#}\n{list:#?}", node.name()));
                }
                ids.push(status["id"].clone());
            }
            ids.dedup();
            if ids.len() == 1 { Ok(()) } else { Err(format!("clusters {ids:?}")) }
        });
    }

    /// Takes in one more node, and waits until the cluster is whole with this many voters.
    pub fn grows(&mut self, mut node: Node, voters: usize) {
        node.comes_up();
        self.nodes.push(node);
        self.expect(voters).settles();
    }

    /// The place of a node.
    pub fn place(&self, name: &str) -> usize {
        self.nodes.iter().position(|node| node.name() == name).unwrap()
    }

    pub fn node(&self, name: &str) -> &Node {
        &self.nodes[self.place(name)]
    }

    pub fn node_mut(&mut self, name: &str) -> &mut Node {
        let place = self.place(name);
        &mut self.nodes[place]
    }

    /// What the first node that answers says of the cluster.
    pub fn status(&self) -> Result<Value, String> {
        let mut faults = String::new();
        for node in &self.nodes {
            match node.status() {
                Ok(status) => return Ok(status),
                Err(fault) => faults += &fault,
            }
        }
        Err(faults)
    }

    /// The name of the leader on which a living majority agrees.
    pub fn leader(&mut self) -> String {
        wait_until("there is a leader", LONG, || {
            let nodes = self.nodes.iter_mut();
            let running: Vec<&Node> =
                nodes.filter_map(|node| node.is_running().then_some(&*node)).collect();
            let statuses: Vec<_> = running.iter().filter_map(|node| node.status().ok()).collect();
            let newest = statuses.iter().max_by_key(|status| status["term"].as_u64());
            let leader = newest.and_then(|status| status["leader"].as_str());
            match leader.filter(|leader| running.iter().any(|node| node.name() == *leader)) {
                Some(leader) => Ok(leader.to_owned()),
                None => Err(format!("{statuses:#?}")),
            }
        })
    }

    /// Names of all nodes that are not among these.
    pub fn others(&self, but: &[&str]) -> Vec<String> {
        let names = self.nodes.iter().map(Node::name).filter(|name| !but.contains(name));
        names.map(str::to_owned).collect()
    }

    /// Waits until a living node sees that another one is gone.
    pub fn misses(&self, by: &str, node: &str) {
        wait_until(&format!("{by} misses {node}"), LONG, || {
            let list = self.node(by).list()?;
            let gone = |one: &&Value| one["state"] == "down" || one["state"] == "lost";
            match list.iter().filter(gone).any(|one| one["name"] == node) {
                true => Ok(()),
                false => Err(format!("{list:#?}")),
            }
        });
    }

    /// Waits for the end of a run, asking this node.
    pub fn run_ends(&self, by: &str, id: &str, deadline: Duration) -> Run {
        self.node(by).run_ends(id, deadline)
    }
}
