//! Identity, admission, discovery and streams between nodes over libp2p.
//!
//! One task owns the swarm and asks the pure parts of `proto` what to do. Everybody else holds a
//! [`Mesh`]: it calls other nodes and serves [`Protocol`]s. Who belongs to the cluster and who may do
//! what is answered from above by a [`Gate`]. Bodies are opaque bytes.

mod address;
mod admit;
mod beacon;
mod driver;
mod error;
mod event;
mod forming;
mod gate;
mod identity;
mod mesh;
mod options;
mod protocol;
mod shared;
mod stream;

pub use error::Error;
pub use event::{Event, Events};
pub use forming::Forming;
pub use gate::{Gate, Peer, Presence};
pub use identity::Identity;
pub use mesh::Mesh;
pub use options::Options;
pub use protocol::{Permission, Protocol};

pub use proto;
