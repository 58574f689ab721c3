use std::io;
use std::path::PathBuf;
use std::time::Duration;

use config::{Address, NodeId};
use proto::frame::Refusal;

/// What goes wrong between nodes.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Nothing was sent.
    #[error("node {} is unreachable: {why}", node.short())]
    Unreachable { node: NodeId, why: String },
    /// Nothing was sent.
    #[error("node {} does not serve {protocol}", node.short())]
    Unserved { node: NodeId, protocol: &'static str },
    #[error("node {} refused {protocol}: {why}", node.short())]
    Refused { node: NodeId, protocol: &'static str, why: Refusal },
    /// Whether the request took effect is unknown.
    #[error("node {} did not answer {protocol} within {after:?}", node.short())]
    Deadline { node: NodeId, protocol: &'static str, after: Duration },
    /// Whether the request took effect is unknown.
    #[error("connection to node {} broke before it answered {protocol}", node.short())]
    Broken { node: NodeId, protocol: &'static str },
    #[error("{bytes} bytes for {protocol} exceed its largest frame of {most}")]
    TooLarge { protocol: &'static str, bytes: usize, most: usize },
    #[error("protocol {0} is served already")]
    Served(&'static str),
    #[error("cannot use the key in {}", path.display())]
    Identity { path: PathBuf, source: io::Error },
    #[error("cannot listen on {address}")]
    Listen { address: Address, source: io::Error },
    #[error("cannot start the mesh: {0}")]
    Start(String),
    #[error("the mesh has stopped")]
    Stopped,
}
