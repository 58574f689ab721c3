//! Whom to dial, where and when: seeds, members and machines met on the way.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use config::{Address, NodeId};

use crate::beat::ADDRESSES;

/// Nodes whose addresses are kept: members of a full mesh and whoever is met while forming one.
const NODES: usize = 1024;
/// First wait after a failed dial; a restarted process is back within this order of time.
const RETRY: Duration = Duration::from_millis(100);
/// Longest wait after failed dials: a healed network is noticed within this time.
const RETRY_MAX: Duration = Duration::from_secs(2);
/// First and longest wait after a refusal: it takes a person to change it, except for a lagging node.
const REFUSED: Duration = Duration::from_millis(500);
const REFUSED_MAX: Duration = Duration::from_secs(60);

/// What is dialed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Target {
    /// An address of whoever answers there.
    Seed(Address),
    Node(NodeId),
}

/// A dial to make.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dial {
    pub target: Target,
    /// Tried together; the first that works wins.
    pub addresses: Vec<Address>,
}

/// What went wrong with a dial.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    Unreachable,
    /// It answered and did not want this node.
    Refused,
    /// It is this node itself: never dialed again.
    Myself,
}

#[derive(Debug, Default)]
struct Attempt {
    failures: u32,
    next: Duration,
    dialing: bool,
}

#[derive(Debug, Default)]
struct Contact {
    addresses: Vec<Address>,
    connected: bool,
    attempt: Attempt,
}

#[derive(Debug, Default)]
struct Seed {
    /// Who answered there last.
    node: Option<NodeId>,
    attempt: Attempt,
    myself: bool,
}

/// Keeps a connection to every wanted node and to whoever answers at a seed.
#[derive(Debug, Default)]
pub struct Contacts {
    nodes: BTreeMap<NodeId, Contact>,
    seeds: BTreeMap<Address, Seed>,
    wanted: BTreeSet<NodeId>,
    /// Others that are around: machines seen by mDNS, perhaps with the same secret.
    met: BTreeSet<NodeId>,
    /// Raised with every change of what [`Contacts::known`] answers.
    revision: u64,
}

impl Contacts {
    pub fn new(seeds: impl IntoIterator<Item = Address>) -> Self {
        let seeds = seeds.into_iter().map(|address| (address, Seed::default())).collect();
        Self { seeds, ..Self::default() }
    }

    pub fn add_seed(&mut self, address: Address) {
        self.seeds.entry(address).or_default();
    }

    /// The nodes to stay connected to.
    pub fn want(&mut self, nodes: BTreeSet<NodeId>) {
        let gone = |id: &NodeId| self.wanted.contains(id) && !nodes.contains(id);
        self.nodes.retain(|id, contact| contact.connected || !gone(id));
        self.wanted = nodes;
        self.revision += 1;
    }

    /// Somebody is around, to be dialed like a wanted node until it is said to be gone.
    pub fn meet(&mut self, node: NodeId, addresses: &[Address]) {
        self.learn(node, addresses);
        if self.nodes.contains_key(&node) {
            self.met.insert(node);
        }
    }

    pub fn part(&mut self, node: &NodeId) {
        self.met.remove(node);
    }

    /// A node listens there, says itself or somebody who knows it.
    pub fn learn(&mut self, node: NodeId, addresses: &[Address]) {
        if self.nodes.len() >= NODES && !self.nodes.contains_key(&node) {
            return;
        }
        let contact = self.nodes.entry(node).or_default();
        for address in addresses {
            if contact.addresses.contains(address) {
                continue;
            }
            // The newest is kept: a node that moved is better found than one that moves back.
            if contact.addresses.len() >= ADDRESSES {
                contact.addresses.remove(0);
            }
            contact.addresses.push(address.clone());
            self.revision += 1;
        }
    }

    pub fn addresses(&self, node: &NodeId) -> &[Address] {
        self.nodes.get(node).map_or(&[], |contact| &contact.addresses)
    }

    /// Addresses of wanted nodes, to be passed on.
    pub fn known(&self) -> Vec<(NodeId, Vec<Address>)> {
        let known = self
            .nodes
            .iter()
            .filter(|(id, contact)| self.wanted.contains(id) && !contact.addresses.is_empty());
        known.map(|(id, contact)| (*id, contact.addresses.clone())).collect()
    }

    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// A connection stands; `seed` is the address that was dialed for it without knowing who answers.
    pub fn connected(&mut self, node: NodeId, seed: Option<&Address>) {
        let contact = self.nodes.entry(node).or_default();
        contact.connected = true;
        contact.attempt = Attempt::default();
        if let Some(seed) = seed.and_then(|address| self.seeds.get_mut(address)) {
            *seed = Seed { node: Some(node), ..Seed::default() };
        }
    }

    /// The last connection ended: wanted nodes and seeds are due at once.
    pub fn disconnected(&mut self, node: &NodeId) {
        if let Some(contact) = self.nodes.get_mut(node) {
            contact.connected = false;
        }
    }

    pub fn failed(&mut self, target: &Target, failure: Failure, now: Duration) {
        let attempt = match target {
            Target::Node(node) if failure == Failure::Myself => {
                self.nodes.remove(node);
                self.met.remove(node);
                return;
            }
            Target::Node(node) => self.nodes.get_mut(node).map(|contact| &mut contact.attempt),
            Target::Seed(address) => self.seeds.get_mut(address).map(|seed| {
                seed.myself |= failure == Failure::Myself;
                seed.node = None;
                &mut seed.attempt
            }),
        };
        if let Some(attempt) = attempt {
            attempt.fail(failure, now);
        }
    }

    /// Forgets the waits of a node, so that it is dialed at once.
    pub fn hurry(&mut self, node: &NodeId) {
        if let Some(contact) = self.nodes.get_mut(node) {
            contact.attempt.failures = 0;
            contact.attempt.next = Duration::ZERO;
        }
    }

    /// The dial for a call to this node; none while it waits after a failure or is not known.
    pub fn call(&mut self, node: &NodeId, now: Duration) -> Option<Dial> {
        let contact = self.nodes.get_mut(node)?;
        if contact.connected || contact.addresses.is_empty() || !contact.attempt.begin(now) {
            return None;
        }
        Some(Dial { target: Target::Node(*node), addresses: contact.addresses.clone() })
    }

    pub fn is_dialing(&self, node: &NodeId) -> bool {
        self.nodes.get(node).is_some_and(|contact| contact.attempt.dialing)
    }

    /// The dials that are due.
    pub fn due(&mut self, now: Duration) -> Vec<Dial> {
        let wanted: Vec<_> = self.wanted.union(&self.met).copied().collect();
        let mut dials: Vec<_> = wanted.iter().filter_map(|node| self.call(node, now)).collect();
        for (address, seed) in &mut self.seeds {
            let connected = |node| self.nodes.get(&node).is_some_and(|contact| contact.connected);
            if seed.myself || seed.node.is_some_and(connected) || !seed.attempt.begin(now) {
                continue;
            }
            let addresses = vec![address.clone()];
            dials.push(Dial { target: Target::Seed(address.clone()), addresses });
        }
        dials
    }
}

impl Attempt {
    fn begin(&mut self, now: Duration) -> bool {
        let due = !self.dialing && self.next <= now;
        self.dialing |= due;
        due
    }

    fn fail(&mut self, failure: Failure, now: Duration) {
        let (first, longest) = match failure {
            Failure::Refused => (REFUSED, REFUSED_MAX),
            Failure::Unreachable | Failure::Myself => (RETRY, RETRY_MAX),
        };
        let wait = first.saturating_mul(1 << self.failures.min(16)).min(longest);
        self.failures = self.failures.saturating_add(1);
        self.next = now + wait;
        self.dialing = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NODE: NodeId = NodeId::new([1; 32]);

    fn at(milliseconds: u64) -> Duration {
        Duration::from_millis(milliseconds)
    }

    fn address(port: u16) -> Address {
        format!("10.0.0.1:{port}").parse().unwrap()
    }

    fn wanted() -> Contacts {
        let mut contacts = Contacts::default();
        contacts.want(BTreeSet::from([NODE]));
        contacts.learn(NODE, &[address(1)]);
        contacts
    }

    #[test]
    fn a_wanted_node_is_dialed_once_until_it_fails_then_with_growing_waits() {
        let mut contacts = wanted();
        let dial = Dial { target: Target::Node(NODE), addresses: vec![address(1)] };
        assert_eq!(contacts.due(at(0)), std::slice::from_ref(&dial));
        assert_eq!(contacts.due(at(9000)), []);
        for (failed, next) in [(0, 100), (100, 300), (300, 700)] {
            contacts.failed(&dial.target, Failure::Unreachable, at(failed));
            assert_eq!(contacts.due(at(next - 1)), []);
            assert_eq!(contacts.due(at(next)), std::slice::from_ref(&dial));
        }
        for _ in 0..40 {
            contacts.failed(&dial.target, Failure::Unreachable, at(0));
        }
        assert_eq!(contacts.due(at(2000)), [dial]);
    }

    #[test]
    fn a_lost_connection_is_due_at_once() {
        let mut contacts = wanted();
        contacts.due(at(0));
        contacts.connected(NODE, None);
        assert_eq!(contacts.due(at(10)), []);
        contacts.disconnected(&NODE);
        assert_eq!(contacts.due(at(10)).len(), 1);
    }

    #[test]
    fn a_seed_is_dialed_until_somebody_there_is_connected() {
        let mut contacts = Contacts::new([address(7)]);
        assert_eq!(contacts.due(at(0)).len(), 1);
        contacts.connected(NODE, Some(&address(7)));
        assert_eq!(contacts.due(at(10)), []);
        contacts.disconnected(&NODE);
        assert_eq!(contacts.due(at(10))[0].target, Target::Seed(address(7)));
        contacts.failed(&Target::Seed(address(7)), Failure::Myself, at(10));
        assert_eq!(contacts.due(at(90_000)), []);
    }

    #[test]
    fn refusals_are_not_repeated_in_a_storm() {
        let mut contacts = wanted();
        let mut now = at(0);
        let mut dials = 0;
        while now < Duration::from_secs(600) {
            dials += contacts.due(now).len();
            contacts.failed(&Target::Node(NODE), Failure::Refused, now);
            now += Duration::from_secs(61);
        }
        assert!(dials <= 10, "{dials}");
        contacts.hurry(&NODE);
        assert_eq!(contacts.due(at(0)).len(), 1);
    }

    #[test]
    fn addresses_are_bounded_and_the_newest_stay() {
        let mut contacts = wanted();
        for port in 1..=20 {
            contacts.learn(NODE, &[address(port)]);
        }
        let ports: Vec<_> = contacts.addresses(&NODE).iter().map(Address::port).collect();
        assert_eq!(ports, (13..=20).collect::<Vec<_>>());
        let revision = contacts.revision();
        contacts.learn(NODE, &[address(20)]);
        assert_eq!(contacts.revision(), revision);
    }

    #[test]
    fn only_wanted_nodes_are_passed_on_and_dialed_unasked() {
        let mut contacts = wanted();
        let other = NodeId::new([2; 32]);
        contacts.learn(other, &[address(9)]);
        assert_eq!(contacts.known(), [(NODE, vec![address(1)])]);
        assert_eq!(contacts.due(at(0)).len(), 1);
        assert!(contacts.call(&other, at(0)).is_some());
        assert!(contacts.call(&other, at(0)).is_none(), "one dial at a time");
    }
}
