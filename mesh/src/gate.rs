use std::collections::BTreeSet;

use config::{ClusterId, NodeId};
use futures::future::BoxFuture;
use proto::handshake::{Agreed, Trust};
use proto::{Key, TokenId};

/// What the mesh asks from above: who belongs to the cluster, and who may do what.
///
/// Every answer is about now; the mesh keeps none of them, so that a removal works at once.
pub trait Gate: Send + Sync + 'static {
    /// What is agreed about a node, as far as this node knows.
    fn agreed(&self, node: &NodeId) -> Agreed;

    /// All agreed members; the mesh stays connected to them.
    fn members(&self) -> BTreeSet<NodeId>;

    /// The cluster of this node.
    fn presence(&self) -> Presence;

    /// The key of the secret that every machine was given.
    fn secret(&self) -> Option<Key>;

    /// The token this node joins with, until it is in.
    fn token(&self) -> Option<(TokenId, Key)>;

    /// The key of an agreed token that still has uses and time left. May ask the cluster.
    fn token_key(&self, token: TokenId) -> BoxFuture<'_, Option<Key>>;

    /// The one question before anything is done for a peer; `object` is the protocol's name.
    fn allows(&self, peer: &Peer, action: &str, object: &str) -> bool;
}

/// The cluster a node is in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Presence {
    pub cluster: Option<ClusterId>,
    /// It could dissolve: no second member, no user record.
    pub pristine: bool,
}

/// Whoever asks: a proven key, and how far it is trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Peer {
    pub node: NodeId,
    pub trust: Trust,
}

impl Peer {
    pub fn is_member(&self) -> bool {
        self.trust == Trust::Member
    }
}
