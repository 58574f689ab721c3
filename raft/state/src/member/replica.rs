use std::collections::BTreeSet;
use std::fmt;

use config::NodeId;
use serde::{Deserialize, Serialize};

use super::Grow;
use crate::state::Context;
use crate::{Answer, Refusal, Reply, State};

/// A replica of the log: a node, and which of its lives as a replica.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ReplicaId {
    pub node: NodeId,
    /// The index of the `Grow` before it became a learner; 0 for the founder.
    pub generation: u64,
}

impl fmt::Display for ReplicaId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}/{}", self.node.short(), self.generation)
    }
}

/// Who votes and who copies, as the log says.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Configuration {
    pub voters: BTreeSet<ReplicaId>,
    pub learners: BTreeSet<ReplicaId>,
}

impl Configuration {
    /// The node has a vote.
    pub fn votes(&self, node: NodeId) -> bool {
        self.voters.iter().any(|replica| replica.node == node)
    }

    /// The node has a replica.
    pub fn copies(&self, node: NodeId) -> bool {
        self.votes(node) || self.learners.iter().any(|replica| replica.node == node)
    }
}

impl State {
    /// A new generation for every replica: one that comes back with an empty log must not be taken for the old one.
    pub(crate) fn grow(&mut self, context: &Context<'_>, grow: &Grow) -> Reply {
        let copies = self.configuration.copies(grow.node);
        let member = self.member_mut(grow.node)?;
        if copies {
            return Err(Refusal::conflict(format!("node `{}` has a replica already", member.name)));
        }
        if member.leaving {
            return Err(Refusal::conflict(format!("node `{}` is leaving", member.name)));
        }
        if member.labels.get("voter") == Some("never") {
            return Err(Refusal::conflict(format!(
                "node `{}` has the label voter=never",
                member.name
            )));
        }
        member.generation = Some(context.index);
        Ok(Answer::Generation(context.index))
    }
}
