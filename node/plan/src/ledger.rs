use std::collections::BTreeMap;
use std::time::Duration;

use config::NodeId;
use state::run::Lose;
use state::{Command, State};

/// The leader's book of execution leases. Times are on the leader's own monotonic clock.
///
/// It is no agreed state: a new leader starts with an empty book and waits a whole lease before it calls
/// anybody lost, so the death of a leader stops no attempt.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Ledger {
    since: Duration,
    renewed: BTreeMap<NodeId, (u64, Duration)>,
}

impl Ledger {
    /// The book of a leader that was elected now.
    pub fn new(now: Duration) -> Ledger {
        Ledger { since: now, renewed: BTreeMap::new() }
    }

    /// A node asked to go on in this incarnation. To be called before the quorum round that confirms it.
    pub fn renew(&mut self, node: NodeId, incarnation: u64, now: Duration) {
        self.renewed.insert(node, (incarnation, now));
    }

    /// Nodes whose attempts cannot run any more: silent longer than lease, kill grace and margin.
    pub fn lost(&self, state: &State, me: NodeId, now: Duration, after: Duration) -> Vec<Command> {
        state
            .members
            .iter()
            .filter(|(node, member)| {
                **node != me && member.incarnation > 0 && member.lost.is_none()
            })
            .filter(|(node, member)| {
                now.saturating_sub(self.heard(**node, member.incarnation)) > after
            })
            .map(|(node, member)| {
                Command::Lose(Lose {
                    node: *node,
                    incarnation: member.incarnation,
                    reason: "its node is dead or cut off".into(),
                })
            })
            .collect()
    }

    fn heard(&self, node: NodeId, incarnation: u64) -> Duration {
        match self.renewed.get(&node) {
            Some((life, at)) if *life == incarnation => (*at).max(self.since),
            _ => self.since,
        }
    }
}
