use std::collections::BTreeMap;

use config::NodeId;
use state::Subject;
use state::member::Member;

/// Names in place of keys, as far as they are known.
#[derive(Clone, Debug, Default)]
pub struct Names(BTreeMap<NodeId, String>);

impl Names {
    pub fn new<'a>(members: impl IntoIterator<Item = (&'a NodeId, &'a Member)>) -> Names {
        Names(members.into_iter().map(|(node, member)| (*node, member.name.to_string())).collect())
    }

    /// The node's name, or the beginning of its key when it is no member any more.
    pub fn of(&self, node: NodeId) -> String {
        self.0.get(&node).cloned().unwrap_or_else(|| node.short())
    }

    pub fn subject(&self, subject: &Subject) -> String {
        match subject {
            Subject::Node(node) => self.of(*node),
            Subject::User { uid, node } => format!("uid {uid} at {}", self.of(*node)),
            Subject::Run { run, node } => format!("run {run} at {}", self.of(*node)),
        }
    }
}
