//! The leader's chores: permits, losses, placements, ticks.

use std::time::Duration;

use config::NodeId;
use plan::{Ledger, Observed, Options, Seen};
use state::clock::Tick;
use state::run::Outcome;
use state::{Command, Elapsed};

use super::World;
use super::nodes::{GRACE, LEASE, MARGIN};

const OPTIONS: Options =
    Options { named_wait: Elapsed(10_000), rehome_after: Elapsed(20_000), keep: 40 };

/// Who leads, and its book of leases.
pub struct Leader {
    pub node: NodeId,
    ledger: Ledger,
}

impl Leader {
    pub fn of(node: NodeId) -> Leader {
        Leader { node, ledger: Ledger::default() }
    }
}

impl World {
    /// The leader looks, and proposes what is due; some of it arrives when it is stale.
    pub fn plan(&mut self) {
        let leader = self.leader.node;
        if self.nodes.get(&leader).is_none_or(|node| !node.alive || node.cut) {
            return self.elect();
        }
        let now = Duration::from_millis(self.now);
        let after = Duration::from_millis(LEASE + GRACE + MARGIN);
        let mut commands = self.leader.ledger.lost(&self.state, leader, now, after);
        let observed = self.observed();
        commands.extend(plan::due(&self.state, &observed, &OPTIONS));
        commands.push(Command::Tick(Tick {}));
        for command in commands {
            self.send(leader, command);
        }
    }

    /// Somebody who can leads from now on, with an empty book.
    pub fn elect(&mut self) {
        let able = self.nodes.iter().filter(|(_, node)| node.alive && !node.cut);
        let able: Vec<NodeId> = able.map(|(id, _)| *id).collect();
        if !able.is_empty() {
            self.leader = Leader::of(*self.dice.pick(&able));
        }
    }

    fn observed(&mut self) -> Observed {
        let nodes = self.nodes.iter().map(|(id, node)| {
            let alive = node.alive && !node.cut;
            (*id, Seen { alive, suspect: alive && self.dice.chance(5), load: 0.0 })
        });
        Observed { nodes: nodes.collect() }
    }

    /// The time goes on; permits run out, and most nodes that can reach the leader renew theirs.
    pub fn pass_time(&mut self) {
        let span = 1 + self.dice.below(1_500) as u64;
        self.pass(span);
    }

    pub fn pass(&mut self, span: u64) {
        self.now += span;
        let all: Vec<NodeId> = self.nodes.keys().copied().collect();
        for id in &all {
            self.expire(*id);
        }
        for id in all {
            if self.dice.chance(70) {
                self.renew(id);
            }
        }
    }

    /// A node without a permit stops what it executes, at once or with the whole grace.
    fn expire(&mut self, id: NodeId) {
        let Some(node) = self.nodes.get(&id) else { return };
        let (over, busy) = (self.now >= node.permit, !node.executing.is_empty());
        let late = self.now >= node.permit + GRACE;
        if over && busy && (late || self.dice.chance(50)) {
            for assignment in self.stop_all(id) {
                self.send_report(id, assignment, Outcome::Lost);
            }
        }
    }

    fn renew(&mut self, id: NodeId) {
        let (now, leader) = (self.now, self.leader.node);
        let led = self.nodes.get(&leader).is_some_and(|node| node.alive && !node.cut);
        let Some(node) = self.nodes.get_mut(&id).filter(|it| it.alive && !it.cut && led) else {
            return;
        };
        // One that is stopping what it executed asks again when that is over.
        let stopping = now >= node.permit && !node.executing.is_empty();
        let lives =
            self.state.members.get(&id).is_some_and(|member| {
                member.incarnation == node.incarnation && member.lost.is_none()
            });
        if stopping || !lives {
            return;
        }
        self.leader.ledger.renew(id, node.incarnation, Duration::from_millis(now));
        node.permit = now + LEASE;
    }
}
