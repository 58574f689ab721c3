//! The mesh's own two protocols: heartbeats between members, sightings between machines with one secret.

use std::time::Duration;

use proto::{Beat, Sighting};

use crate::{Peer, Permission, Protocol};

pub const BEAT: Protocol = Protocol::new("mesh.beat", Permission::Members("mesh.beat"))
    .frame_bytes(Beat::BYTES)
    .in_flight(4);
/// Strangers may ask: before anybody is a member, everybody is one.
pub const SIGHT: Protocol = Protocol::new("mesh.sight", Permission::Strangers("mesh.sight"))
    .frame_bytes(4 << 10)
    .in_flight(4);

/// How long an answer may take; longer is as good as none.
pub const DEADLINE: Duration = Duration::from_secs(2);

/// A sighting that speaks for its sender.
pub fn sighting(peer: &Peer, body: &[u8]) -> Option<Sighting> {
    Sighting::decode(body).ok().filter(|sighting| sighting.node == peer.node)
}
