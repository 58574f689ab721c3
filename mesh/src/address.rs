use std::net::{IpAddr, SocketAddr};

use config::Address;
use libp2p::Multiaddr;
use libp2p::multiaddr::Protocol;

/// What a socket address is called in libp2p.
pub fn to_multiaddr(ip: IpAddr, port: u16) -> Multiaddr {
    Multiaddr::from(ip).with(Protocol::Tcp(port))
}

/// The address of a TCP multiaddr with an IP; None for anything else.
pub fn from_multiaddr(address: &Multiaddr) -> Option<Address> {
    let mut parts = address.iter();
    let ip = match parts.next()? {
        Protocol::Ip4(ip) => IpAddr::V4(ip),
        Protocol::Ip6(ip) => IpAddr::V6(ip),
        _ => return None,
    };
    let Protocol::Tcp(port) = parts.next()? else { return None };
    SocketAddr::new(ip, port).to_string().parse().ok()
}

/// IP of an address without asking anybody.
pub fn ip_multiaddr(address: &Address) -> Option<Multiaddr> {
    address.ip().map(|ip| to_multiaddr(ip, address.port()))
}

/// All addresses, names resolved by the system; a name that does not resolve gives none.
pub async fn resolve(addresses: &[Address]) -> Vec<Multiaddr> {
    let mut resolved = Vec::new();
    for address in addresses {
        match ip_multiaddr(address) {
            Some(known) => resolved.push(known),
            None => {
                let found = tokio::net::lookup_host((address.host(), address.port())).await;
                let found = found.into_iter().flatten();
                resolved.extend(found.map(|socket| to_multiaddr(socket.ip(), socket.port())));
            }
        }
    }
    resolved
}

/// What of the listening addresses others can use: loopback only if there is nothing else.
pub fn advertised(listening: &[Address]) -> Vec<Address> {
    let kind = |address: &Address, wanted: fn(IpAddr) -> bool| address.ip().is_some_and(wanted);
    let link_local = |ip: IpAddr| match ip {
        IpAddr::V4(ip) => ip.is_link_local(),
        IpAddr::V6(ip) => ip.is_unicast_link_local(),
    };
    let usable: Vec<_> =
        listening.iter().filter(|address| !kind(address, link_local)).cloned().collect();
    let wide: Vec<_> =
        usable.iter().filter(|address| !kind(address, |ip| ip.is_loopback())).cloned().collect();
    if wide.is_empty() { usable } else { wide }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn addresses(texts: &[&str]) -> Vec<Address> {
        texts.iter().map(|text| text.parse().unwrap()).collect()
    }

    #[test]
    fn multiaddrs_read_back_with_and_without_a_peer() {
        for address in addresses(&["10.0.0.1:80", "[::1]:9"]) {
            let multiaddr = ip_multiaddr(&address).unwrap();
            assert_eq!(from_multiaddr(&multiaddr), Some(address.clone()));
            let named = multiaddr.with(Protocol::P2p(libp2p::PeerId::random()));
            assert_eq!(from_multiaddr(&named), Some(address));
        }
        assert_eq!(from_multiaddr(&"/dns4/a/tcp/1".parse().unwrap()), None);
        assert_eq!(from_multiaddr(&"/ip4/1.2.3.4/udp/1".parse().unwrap()), None);
    }

    #[test]
    fn loopback_is_advertised_only_when_alone() {
        let both = addresses(&["127.0.0.1:1", "10.0.0.1:1", "[fe80::1]:1"]);
        assert_eq!(advertised(&both), addresses(&["10.0.0.1:1"]));
        assert_eq!(advertised(&both[..1]), addresses(&["127.0.0.1:1"]));
    }
}
