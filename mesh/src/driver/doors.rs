use std::collections::{BTreeMap, HashMap};
use std::convert::Infallible;
use std::net::IpAddr;
use std::task::{Context, Poll};

use libp2p::core::Endpoint;
use libp2p::core::transport::PortUse;
use libp2p::multiaddr::Protocol;
use libp2p::swarm::{
    ConnectionDenied, ConnectionId, FromSwarm, NetworkBehaviour, THandler, THandlerInEvent,
    THandlerOutEvent, ToSwarm, dummy,
};
use libp2p::{Multiaddr, PeerId};

/// Handshakes under way from one address. A cap over all addresses would let one flood lock out
/// everybody; this locks out the flooder, for as long as its handshakes last.
const HALF_OPEN: usize = 32;

/// Counts half-open handshakes by the address they come from.
#[derive(Default)]
pub struct Doors {
    connections: HashMap<ConnectionId, IpAddr>,
    half_open: BTreeMap<IpAddr, usize>,
}

#[derive(Debug, thiserror::Error)]
#[error("{HALF_OPEN} handshakes from {0} are under way")]
struct Crowded(IpAddr);

impl Doors {
    fn enter(&mut self, connection: ConnectionId, ip: IpAddr) -> Result<(), ConnectionDenied> {
        let count = self.half_open.entry(ip).or_default();
        if *count >= HALF_OPEN {
            return Err(ConnectionDenied::new(Crowded(ip)));
        }
        *count += 1;
        self.connections.insert(connection, ip);
        Ok(())
    }

    fn leave(&mut self, connection: ConnectionId) {
        let Some(ip) = self.connections.remove(&connection) else { return };
        if let Some(count) = self.half_open.get_mut(&ip) {
            *count -= 1;
            if *count == 0 {
                self.half_open.remove(&ip);
            }
        }
    }
}

fn ip(address: &Multiaddr) -> Option<IpAddr> {
    match address.iter().next()? {
        Protocol::Ip4(ip) => Some(ip.into()),
        Protocol::Ip6(ip) => Some(ip.into()),
        _ => None,
    }
}

impl NetworkBehaviour for Doors {
    type ConnectionHandler = dummy::ConnectionHandler;
    type ToSwarm = Infallible;

    fn handle_pending_inbound_connection(
        &mut self,
        connection: ConnectionId,
        _: &Multiaddr,
        remote: &Multiaddr,
    ) -> Result<(), ConnectionDenied> {
        ip(remote).map_or(Ok(()), |ip| self.enter(connection, ip))
    }

    fn handle_established_inbound_connection(
        &mut self,
        connection: ConnectionId,
        _: PeerId,
        _: &Multiaddr,
        _: &Multiaddr,
    ) -> Result<THandler<Self>, ConnectionDenied> {
        self.leave(connection);
        Ok(dummy::ConnectionHandler)
    }

    fn handle_established_outbound_connection(
        &mut self,
        _: ConnectionId,
        _: PeerId,
        _: &Multiaddr,
        _: Endpoint,
        _: PortUse,
    ) -> Result<THandler<Self>, ConnectionDenied> {
        Ok(dummy::ConnectionHandler)
    }

    fn on_swarm_event(&mut self, event: FromSwarm<'_>) {
        if let FromSwarm::ListenFailure(failure) = event {
            self.leave(failure.connection_id);
        }
    }

    fn on_connection_handler_event(
        &mut self,
        _: PeerId,
        _: ConnectionId,
        event: THandlerOutEvent<Self>,
    ) {
        match event {}
    }

    fn poll(&mut self, _: &mut Context<'_>) -> Poll<ToSwarm<Self::ToSwarm, THandlerInEvent<Self>>> {
        Poll::Pending
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_address_cannot_lock_out_another() {
        let mut doors = Doors::default();
        let (flooder, other) = (IpAddr::from([10, 0, 0, 1]), IpAddr::from([10, 0, 0, 2]));
        let connections: Vec<_> = (0..=HALF_OPEN).map(ConnectionId::new_unchecked).collect();
        for connection in &connections[..HALF_OPEN] {
            assert!(doors.enter(*connection, flooder).is_ok());
        }
        assert!(doors.enter(connections[HALF_OPEN], flooder).is_err());
        assert!(doors.enter(ConnectionId::new_unchecked(99), other).is_ok());
        doors.leave(connections[0]);
        assert!(doors.enter(connections[HALF_OPEN], flooder).is_ok());
        connections.iter().for_each(|connection| doors.leave(*connection));
        doors.leave(ConnectionId::new_unchecked(99));
        assert!(doors.half_open.is_empty() && doors.connections.is_empty());
    }
}
