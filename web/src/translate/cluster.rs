use node::view;

use super::{both, time};
use crate::wire::{Cluster, Identity, Node, Replica, Token, duration};

impl From<node::Identity> for Identity {
    fn from(identity: node::Identity) -> Self {
        Identity {
            id: identity.id.to_string(),
            name: identity.name,
            standalone: identity.standalone,
            cluster: identity.cluster,
            version: identity.version,
        }
    }
}

impl From<view::Node> for Node {
    fn from(node: view::Node) -> Self {
        let (silent, silent_ms) = both(node.silent_ms);
        Node {
            id: node.id.to_string(),
            name: node.name,
            state: node.state.into(),
            role: node.role.into(),
            is_self: node.is_self,
            version: node.version,
            labels: node.labels.into_iter().collect(),
            addresses: node.addresses,
            incarnation: node.incarnation,
            running: node.running,
            slots: node.slots,
            load: node.load,
            round_trip_ms: node.round_trip_ms,
            silent,
            silent_ms,
            admitted_at: time(node.admitted_at),
        }
    }
}

impl From<view::Cluster> for Cluster {
    fn from(cluster: view::Cluster) -> Self {
        let replicas =
            |list: Vec<view::Replica>| list.into_iter().map(Replica::from).collect::<Vec<_>>();
        Cluster {
            id: cluster.id,
            standalone: cluster.standalone,
            state: cluster.state.into(),
            leader: cluster.leader,
            term: cluster.term,
            applied: cluster.applied,
            voters: replicas(cluster.voters),
            learners: replicas(cluster.learners),
            workers: cluster.workers,
            tolerates: cluster.tolerates,
        }
    }
}

impl From<view::Replica> for Replica {
    fn from(replica: view::Replica) -> Self {
        Replica {
            node: replica.node,
            generation: replica.generation,
            alive: replica.alive,
            lag: replica.lag,
        }
    }
}

impl From<view::Token> for Token {
    fn from(token: view::Token) -> Self {
        Token {
            id: token.id,
            uses_left: token.uses_left,
            expires_in: duration(token.expires_in_ms),
            expires_in_ms: token.expires_in_ms,
            made_at: time(token.made_at),
        }
    }
}
