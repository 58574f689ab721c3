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
    /// For each node its life, and when that was seen first or confirmed last.
    heard: BTreeMap<NodeId, (u64, Duration)>,
}

impl Ledger {
    /// A node asked to go on in this incarnation. To be called before the quorum round that confirms it.
    pub fn renew(&mut self, node: NodeId, incarnation: u64, now: Duration) {
        let entry = self.heard.entry(node).or_insert((incarnation, now));
        if entry.0 <= incarnation {
            *entry = (incarnation, now);
        }
    }

    /// Nodes whose attempts cannot run any more: silent longer than lease, kill grace and margin. A life that is
    /// seen for the first time counts as heard now.
    pub fn lost(
        &mut self,
        state: &State,
        me: NodeId,
        now: Duration,
        after: Duration,
    ) -> Vec<Command> {
        self.heard.retain(|node, _| state.members.contains_key(node));
        let living = state.members.iter().filter(|(node, member)| {
            **node != me && member.incarnation > 0 && member.lost.is_none()
        });
        living
            .filter(|(node, member)| {
                let entry = self.heard.entry(**node).or_insert((member.incarnation, now));
                if entry.0 < member.incarnation {
                    *entry = (member.incarnation, now);
                }
                now.saturating_sub(entry.1) > after
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
}
