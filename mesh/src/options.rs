use std::sync::Arc;

use config::Address;
use proto::Status;

use crate::{Gate, Identity};

/// What a mesh is started with.
pub struct Options {
    pub identity: Identity,
    /// IP addresses to listen on; port 0 takes a free one. Empty for a standalone node.
    pub listen: Vec<Address>,
    /// Where others find this node; what it listens on when empty.
    pub advertise: Vec<Address>,
    /// Dialed until somebody there is connected.
    pub seeds: Vec<Address>,
    /// Look for machines on the local network, and be found; only with a cluster secret.
    pub mdns: bool,
    /// What heartbeats say at first; see [`crate::Mesh::report`].
    pub status: Status,
    pub gate: Arc<dyn Gate>,
}
