//! The nodes of the cluster: admission, lives, labels, replicas, departure.
//!
//! A node that left or was removed never comes back under its key: its lives would be counted anew, and what
//! is still on its way from an older one could be taken for the newer. It may join again with a new key.

mod admit;
mod depart;
mod label;
mod replica;
mod up;

use config::{ClusterId, Labels, Name, NodeId};
use serde::{Deserialize, Serialize};

pub use label::Overrides;
pub use replica::{Configuration, ReplicaId};

use crate::{Moment, Refusal, State, Wall};

/// Members of one cluster.
pub const MEMBERS_MAX: usize = 10_000;
/// Members and keys that may not come back, together.
pub const KEYS_MAX: usize = 100_000;
/// Attempts that a node may offer to run at once.
pub const SLOTS_MAX: u32 = 10_000;
/// A version of sloth, as text.
const VERSION_BYTES: usize = 64;
/// Why a node was removed.
const REASON_BYTES: usize = 256;

/// One agreed member.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Member {
    pub name: Name,
    /// Those of its configuration, with the overrides applied.
    pub labels: Labels,
    pub overrides: Overrides,
    /// How it got in.
    pub admitted: Admission,
    pub admitted_at: Wall,
    /// The life it is in; 0 before its first `Up`.
    pub incarnation: u64,
    /// What the process of that life drew at its start.
    pub nonce: u64,
    /// The version of sloth of that life.
    pub version: String,
    /// Attempts it runs at once.
    pub slots: u32,
    /// When it was last found dead or cut off; empty while it lives.
    pub lost: Option<Moment>,
    /// It is on its way out of the cluster.
    pub leaving: bool,
    /// Its process is about to end: it takes nothing new in this life.
    pub draining: bool,
    /// The generation of its newest replica, if it was ever to have one.
    pub generation: Option<u64>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Admission {
    Founder,
    /// By the cluster's shared secret.
    Secret,
    /// By the token with this id.
    Token(String),
}

/// The first command of a cluster.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Found {
    pub cluster: ClusterId,
    pub node: NodeId,
    pub name: Name,
    pub labels: Labels,
    /// Founded for one machine alone: such a directory counts as empty when it meets a cluster.
    pub standalone: bool,
}

/// Lets a node in. A taken name gets a suffix when it was not asked for by hand.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Admit {
    pub node: NodeId,
    pub name: Name,
    /// The name was given by hand and must not be changed.
    pub name_fixed: bool,
    pub labels: Labels,
    pub by: Admission,
}

/// A node's process has started and what its past left behind is dead. Begins its next incarnation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Up {
    pub node: NodeId,
    /// Drawn by the process at its start: a repeated `Up` of the same start begins no further life.
    pub nonce: u64,
    pub version: String,
    pub slots: u32,
    /// Labels from its configuration; those set by command stay.
    pub labels: Labels,
    /// Goes on with the runs it owns; otherwise they wait to be resumed.
    pub adopts: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Label {
    pub node: NodeId,
    pub set: Labels,
    pub remove: Vec<Name>,
}

/// The node's process is about to end: it takes nothing new until its next `Up`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Drain {
    pub node: NodeId,
}

/// The node takes nothing new, also after a restart; with `gone` it has gone, and its key is a tombstone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Leave {
    pub node: NodeId,
    pub gone: bool,
}

/// Evicts a node for good: its key is a tombstone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Remove {
    pub node: NodeId,
    pub reason: String,
}

/// A node is to become a learner; the answer is the generation of its replica.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Grow {
    pub node: NodeId,
}

/// Ends this cluster in favour of another. Refused once there is a second member or any user record.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Dissolve {
    pub into: ClusterId,
}

impl State {
    pub(crate) fn member(&self, node: NodeId) -> Result<&Member, Refusal> {
        self.members.get(&node).ok_or_else(|| no_member(node))
    }

    pub(crate) fn member_mut(&mut self, node: NodeId) -> Result<&mut Member, Refusal> {
        self.members.get_mut(&node).ok_or_else(|| no_member(node))
    }
}

fn no_member(node: NodeId) -> Refusal {
    Refusal::not_found(format!("node {} is no member of this cluster", node.short()))
}
