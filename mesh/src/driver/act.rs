//! What is done from time to time, and the effects of the roster.

use std::sync::Arc;
use std::time::Duration;

use config::NodeId;
use libp2p::Multiaddr;
use libp2p::swarm::dial_opts::DialOpts;
use proto::Credential;
use proto::contacts::{Dial, Failure, Target};
use proto::founding::RENEW;
use proto::handshake::{Agreed, Trust};
use proto::roster::{Effect, Event};

use super::Driver;
use crate::Event as Reported;
use crate::address::{ip_multiaddr, resolve};
use crate::driver::jobs::Done;
use crate::identity::peer_of;

/// How often a machine in a cluster asks strangers with the same secret, to notice another cluster.
const SIGHT: Duration = Duration::from_secs(1);

impl Driver {
    pub(super) fn tick(&mut self) {
        self.refresh();
        self.observe(Event::Tick);
        self.dial_due();
        self.sight();
        let connections = &self.connections;
        self.shared.trusts.keep(|node| connections.contains_key(node));
        let view = self.roster.view(self.shared.now());
        self.shared.roster.send_replace(Arc::new(view));
    }

    /// Follows the gate: who is a member now, and who is none any more.
    pub(super) fn refresh(&mut self) {
        let mut members = self.shared.gate.members();
        members.remove(&self.shared.me);
        if members != self.members {
            let added = members.difference(&self.members);
            added.for_each(|node| self.contacts.hurry(node));
            self.contacts.want(members.clone());
            self.members.clone_from(&members);
            self.observe(Event::Members(members));
            let connected = self.connections.keys().filter(|node| self.members.contains(node));
            for node in connected.copied().collect::<Vec<_>>() {
                self.observe(Event::Connected(node));
            }
            self.dial_due();
        }
        let unwanted = self.connections.keys().filter(|node| !self.is_wanted(node));
        for node in unwanted.copied().collect::<Vec<_>>() {
            self.disconnect(&node);
        }
    }

    /// A connection stays while its node is a member, or a stranger who has proven something.
    fn is_wanted(&self, node: &NodeId) -> bool {
        self.shared.peer(node).is_some()
    }

    pub(super) fn disconnect(&mut self, node: &NodeId) {
        if let Some(peer) = peer_of(node) {
            // It may be gone already.
            let _ = self.swarm.disconnect_peer_id(peer);
        }
    }

    pub(super) fn observe(&mut self, event: Event) {
        for effect in self.roster.handle(event, self.shared.now()) {
            match effect {
                Effect::Beat(node) => self.beat(node),
                Effect::Look(node) => self.look(node),
                Effect::Redial(node) => self.disconnect(&node),
                Effect::Health(node, health) => {
                    self.shared.emit(Reported::Health { node, health });
                }
            }
        }
    }

    fn look(&mut self, node: NodeId) {
        self.contacts.hurry(&node);
        match self.contacts.call(&node, self.shared.now()) {
            Some(dial) => self.dial(dial),
            None if self.contacts.is_dialing(&node) => {}
            None => self.observe(Event::Missed(node)),
        }
    }

    pub(super) fn dial_due(&mut self) {
        for dial in self.contacts.due(self.shared.now()) {
            self.dial(dial);
        }
    }

    /// Dials at once when no name has to be resolved.
    pub(super) fn dial(&mut self, dial: Dial) {
        match dial.addresses.iter().map(ip_multiaddr).collect::<Option<Vec<_>>>() {
            Some(addresses) => self.dial_resolved(dial.target, addresses),
            None => {
                self.jobs.spawn(async move {
                    let addresses = resolve(&dial.addresses).await;
                    Done::Resolved { target: dial.target, addresses }
                });
            }
        }
    }

    pub(super) fn dial_resolved(&mut self, target: Target, mut addresses: Vec<Multiaddr>) {
        let options: DialOpts = match &target {
            Target::Node(node) => {
                let Some(peer) = peer_of(node) else {
                    return self.failed(target, Failure::Unreachable, "its id is no key".into());
                };
                DialOpts::peer_id(peer).addresses(addresses).allocate_new_port().build()
            }
            Target::Seed(_) if addresses.is_empty() => {
                return self.failed(
                    target,
                    Failure::Unreachable,
                    "its name does not resolve".into(),
                );
            }
            Target::Seed(_) => {
                let address = addresses.remove(0);
                DialOpts::unknown_peer_id().address(address).allocate_new_port().build()
            }
        };
        self.dials.insert(options.connection_id(), target.clone());
        let connection = options.connection_id();
        if let Err(error) = self.swarm.dial(options) {
            self.dials.remove(&connection);
            self.failed(target, Failure::Unreachable, error.to_string());
        }
    }

    pub(super) fn failed(&mut self, target: Target, failure: Failure, why: String) {
        self.contacts.failed(&target, failure, self.shared.now());
        let Target::Node(node) = target else { return };
        if self.connections.contains_key(&node) {
            return;
        }
        self.failures.insert(node, why.clone());
        for waiter in self.waiters.remove(&node).unwrap_or_default() {
            // The caller may have given up.
            let _ = waiter.send(Err(why.clone()));
        }
        self.observe(Event::Missed(node));
    }

    /// Exchanges sightings with strangers that have the same secret.
    fn sight(&mut self) {
        let now = self.shared.now();
        let every = if self.shared.gate.presence().cluster.is_none() { RENEW } else { SIGHT };
        let secret = Some(Trust::Stranger(Credential::Secret));
        let strangers = self.connections.keys().filter(|node| {
            self.shared.trusts.get(node) == secret
                && self.shared.gate.agreed(node) == Agreed::Unknown
        });
        for node in strangers.copied().collect::<Vec<_>>() {
            let due = self.sights.get(&node).is_none_or(|due| *due <= now);
            if due {
                self.sights.insert(node, now + every);
                self.ask_sighting(node);
            }
        }
    }
}
