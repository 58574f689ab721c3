//! What the swarm reports.

use std::error::Error as StdError;
use std::time::Duration;

use config::{Address, NodeId};
use libp2p::core::ConnectedPoint;
use libp2p::swarm::{ConnectionId, DialError, ListenError, SwarmEvent};
use libp2p::{Multiaddr, PeerId, TransportError, mdns};
use proto::contacts::{Failure, Target};
use proto::roster::Event;

use super::Driver;
use super::behaviour::BehaviourEvent;
use crate::address::{advertised, from_multiaddr};
use crate::admit::Rejection;
use crate::identity::node_of;
use crate::{Event as Reported, Peer};

/// How long the same refusal is not reported again.
const WARNED: Duration = Duration::from_secs(60);
/// Refusals remembered; whoever makes up more keys is reported without memory.
const WARNINGS: usize = 1024;

impl Driver {
    pub(super) fn network(&mut self, event: SwarmEvent<BehaviourEvent>) {
        match event {
            SwarmEvent::ConnectionEstablished { peer_id, connection_id, endpoint, .. } => {
                self.established(&peer_id, connection_id, &endpoint);
            }
            SwarmEvent::ConnectionClosed { peer_id, num_established, .. } => {
                self.closed(&peer_id, num_established);
            }
            SwarmEvent::OutgoingConnectionError { connection_id, error, .. } => {
                self.dial_failed(connection_id, &error);
            }
            SwarmEvent::IncomingConnectionError {
                send_back_addr,
                error: ListenError::Transport(TransportError::Other(error)),
                ..
            } => {
                self.refused(&send_back_addr, &error, true);
            }
            SwarmEvent::NewListenAddr { .. } | SwarmEvent::ExpiredListenAddr { .. } => {
                self.listening();
            }
            SwarmEvent::ListenerError { error, .. } => tracing::warn!(%error, "listening failed"),
            SwarmEvent::Behaviour(BehaviourEvent::Mdns(event)) => self.mdns(event),
            _ => {}
        }
    }

    fn established(&mut self, peer: &PeerId, connection: ConnectionId, endpoint: &ConnectedPoint) {
        let Some(node) = node_of(peer) else { return };
        let target = self.dials.remove(&connection);
        let seed = match &target {
            Some(Target::Seed(address)) => Some(address),
            _ => None,
        };
        self.contacts.connected(node, seed);
        if let ConnectedPoint::Dialer { address, .. } = endpoint
            && let Some(address) = seed.cloned().or_else(|| from_multiaddr(address))
        {
            self.contacts.learn(node, &[address]);
        }
        self.failures.remove(&node);
        for waiter in self.waiters.remove(&node).unwrap_or_default() {
            // The caller may have given up.
            let _ = waiter.send(Ok(()));
        }
        let connections = self.connections.entry(node).or_default();
        *connections += 1;
        if *connections == 1 {
            self.sights.remove(&node);
            match self.shared.peer(&node) {
                Some(Peer { trust, .. }) => self.shared.emit(Reported::Connected { node, trust }),
                None => self.disconnect(&node),
            }
            self.observe(Event::Connected(node));
        }
    }

    fn closed(&mut self, peer: &PeerId, left: u32) {
        let Some(node) = node_of(peer) else { return };
        if left > 0 {
            self.connections.insert(node, left);
            return;
        }
        self.connections.remove(&node);
        self.told.remove(&node);
        self.sights.remove(&node);
        self.contacts.disconnected(&node);
        self.shared.lanes().retain(|(other, _), _| *other != node);
        self.shared.emit(Reported::Disconnected { node });
        self.observe(Event::Broken(node));
    }

    fn dial_failed(&mut self, connection: ConnectionId, error: &DialError) {
        let failure = match error {
            DialError::LocalPeerId { .. } => Failure::Myself,
            DialError::Transport(errors) if self.any_refused(errors) => Failure::Refused,
            _ => Failure::Unreachable,
        };
        if let Some(target) = self.dials.remove(&connection) {
            self.failed(target, failure, explain(error));
        }
    }

    fn any_refused(&mut self, errors: &[(Multiaddr, TransportError<std::io::Error>)]) -> bool {
        let mut refused = false;
        for (address, error) in errors {
            if let TransportError::Other(error) = error {
                refused |= self.refused(address, error, false);
            }
        }
        refused
    }

    /// Reports a rejection, if the error is one.
    fn refused(&mut self, address: &Multiaddr, error: &std::io::Error, inbound: bool) -> bool {
        let Some(Rejection { node, reason }) = Rejection::within(error) else { return false };
        let (node, now) = (Some(node), self.shared.now());
        self.warned.retain(|_, until| now < *until);
        let fresh = !self.warned.contains_key(&(node, reason));
        if fresh && self.warned.len() < WARNINGS {
            self.warned.insert((node, reason), now + WARNED);
        }
        if fresh {
            let address = from_multiaddr(address);
            self.shared.emit(Reported::Refused { node, address, reason, inbound });
        }
        true
    }

    pub(super) fn listening(&mut self) {
        if self.advertises {
            return;
        }
        let listening: Vec<Address> = self.swarm.listeners().filter_map(from_multiaddr).collect();
        self.shared.addresses.send_replace(advertised(&listening));
    }

    /// Only machines with the cluster's secret can be of interest.
    fn mdns(&mut self, event: mdns::Event) {
        if self.shared.gate.secret().is_none() {
            return;
        }
        match event {
            mdns::Event::Discovered(found) => {
                for (node, address) in found.iter().filter_map(found_node) {
                    self.contacts.meet(node, std::slice::from_ref(&address));
                    self.shared.emit(Reported::Discovered { node, address });
                }
                self.dial_due();
            }
            mdns::Event::Expired(gone) => {
                gone.iter().filter_map(found_node).for_each(|(node, _)| self.contacts.part(&node));
            }
        }
    }
}

fn found_node((peer, address): &(PeerId, Multiaddr)) -> Option<(NodeId, Address)> {
    node_of(peer).zip(from_multiaddr(address))
}

/// The innermost causes, since the outer ones only say that a dial failed.
fn explain(error: &DialError) -> String {
    let DialError::Transport(errors) = error else { return error.to_string() };
    let causes = errors.iter().map(|(address, error)| {
        let mut cause: &dyn StdError = error;
        while let Some(deeper) = inner(cause) {
            cause = deeper;
        }
        match from_multiaddr(address) {
            Some(address) => format!("{address}: {cause}"),
            None => cause.to_string(),
        }
    });
    causes.collect::<Vec<_>>().join("; ")
}

fn inner<'a>(error: &'a (dyn StdError + 'static)) -> Option<&'a (dyn StdError + 'static)> {
    let wrapped = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
    wrapped.map(|wrapped| wrapped as &(dyn StdError + 'static)).or_else(|| error.source())
}
