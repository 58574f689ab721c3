use std::collections::BTreeSet;

use config::NodeId;
use state::run::Assignment;
use state::{AttemptKey, Command, Reply, State};

/// Something that has happened.
pub enum Fact {
    Applied(Box<Applied>),
    /// An attempt executes from now on.
    Started {
        node: NodeId,
        assignment: Assignment,
    },
    /// Nothing of it executes any more.
    Stopped {
        attempt: AttemptKey,
    },
}

/// One command and what it did.
pub struct Applied {
    pub before: State,
    pub command: Command,
    pub reply: Reply,
    pub after: State,
    /// What executed at that moment, wherever.
    pub executing: BTreeSet<(NodeId, AttemptKey)>,
}

/// An invariant: sees all facts in their order, and panics when it does not hold.
pub trait Check: Default {
    fn see(&mut self, fact: &Fact);
}

impl Applied {
    /// Assignments that were not there before.
    pub fn granted(&self) -> Vec<(NodeId, Assignment)> {
        let old = |node: &NodeId, key: &AttemptKey| {
            self.before
                .runs
                .assignments
                .get(node)
                .is_some_and(|assigned| assigned.contains_key(key))
        };
        let mut granted = Vec::new();
        for (node, assigned) in &self.after.runs.assignments {
            let new = assigned.iter().filter(|(key, _)| !old(node, key));
            granted.extend(new.map(|(_, assignment)| (*node, assignment.clone())));
        }
        granted
    }
}
