use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use config::NodeId;
use state::{ReplicaId, State};

use crate::Observed;

/// One change of the replicas, the next that is due.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// This worker is to become a learner.
    Grow(NodeId),
    /// These are to vote from now on, all of them caught up.
    Voters(BTreeSet<ReplicaId>),
    /// This replica is of no use any more.
    Drop(ReplicaId),
}

/// What the leader knows of a replica.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Replica {
    /// It has all but the newest entries.
    pub caught_up: bool,
    /// How long it has not answered.
    pub silent: Duration,
}

/// What the leader knows of all replicas.
pub type Replicas = BTreeMap<ReplicaId, Replica>;

/// The next change on the way to the wanted number of voters: 1, then 3, then 5.
pub fn voters(
    state: &State,
    observed: &Observed,
    replicas: &Replicas,
    leader: NodeId,
    most: usize,
    replace_after: Duration,
) -> Option<Change> {
    let board = Board { state, observed, replicas, leader, replace_after };
    let wanted = wanted(board.fit().count(), most);
    board.drop_stale().or_else(|| board.promote(wanted)).or_else(|| board.grow(wanted))
}

/// The number of voters that so many fit nodes allow. Two are a voter and a learner.
fn wanted(fit: usize, most: usize) -> usize {
    match fit.min(most) {
        0..=2 => 1,
        3 | 4 => 3,
        _ => 5,
    }
}

struct Board<'a> {
    state: &'a State,
    observed: &'a Observed,
    replicas: &'a Replicas,
    leader: NodeId,
    replace_after: Duration,
}

impl Board<'_> {
    /// Nodes that may hold a replica.
    fn fit(&self) -> impl Iterator<Item = NodeId> + '_ {
        let never = |member: &state::member::Member| member.labels.get("voter") == Some("never");
        self.state
            .members
            .iter()
            .filter(move |(_, member)| !member.leaving && member.incarnation > 0 && !never(member))
            .map(|(node, _)| *node)
    }

    fn voters(&self) -> &BTreeSet<ReplicaId> {
        &self.state.configuration.voters
    }

    fn learners(&self) -> &BTreeSet<ReplicaId> {
        &self.state.configuration.learners
    }

    fn is_fit(&self, replica: &ReplicaId) -> bool {
        self.fit().any(|node| node == replica.node)
    }

    /// Dead for so long that somebody else should take its place.
    fn is_dead(&self, replica: &ReplicaId) -> bool {
        !self.observed.is_alive(replica.node)
            && self.replicas.get(replica).is_some_and(|it| it.silent >= self.replace_after)
    }

    /// A learner whose node is gone, dead, or has a newer replica.
    fn drop_stale(&self) -> Option<Change> {
        let newest = |replica: &ReplicaId| {
            let member = self.state.members.get(&replica.node);
            member.and_then(|member| member.generation) == Some(replica.generation)
        };
        self.learners()
            .iter()
            .find(|it| !newest(it) || !self.is_fit(it) || self.is_dead(it))
            .map(|replica| Change::Drop(*replica))
    }

    /// Gives votes to caught-up learners, in place of voters that are dead or not fit.
    fn promote(&self, wanted: usize) -> Option<Change> {
        let useful = self.voters().iter().filter(|it| self.is_fit(it) && !self.is_dead(it));
        let mut keep: Vec<_> = useful.copied().collect();
        // Fewer nodes allow fewer voters: the leader stays.
        keep.sort_by_key(|it| (it.node != self.leader, *it));
        keep.truncate(wanted);
        let ready = self.learners().iter().filter(|it| {
            self.observed.is_alive(it.node) && self.replicas.get(it).is_some_and(|it| it.caught_up)
        });
        let room = wanted.saturating_sub(keep.len());
        let mut next: BTreeSet<_> = keep.iter().copied().chain(ready.take(room).copied()).collect();
        // A dead voter is replaced, never just dropped; one that has left is let go at once.
        let stay = self.voters().iter().filter(|it| self.is_fit(it) && !next.contains(it)).copied();
        let stay: Vec<_> = stay.take(wanted.saturating_sub(next.len())).collect();
        next.extend(stay);
        // Only a voter can be handed leadership, so an unfit leader votes beside its heirs for a while.
        if next.is_disjoint(self.voters()) {
            next.extend(self.voters().iter().filter(|it| it.node == self.leader));
        }
        let odd = next.len() % 2 == 1 || next.len() >= wanted;
        (!next.is_empty() && odd && next != *self.voters()).then_some(Change::Voters(next))
    }

    /// Makes a learner of a live worker while there are too few replicas.
    fn grow(&self, wanted: usize) -> Option<Change> {
        let useful = |it: &&ReplicaId| self.is_fit(it) && !self.is_dead(it);
        let replicas = self.voters().iter().chain(self.learners()).filter(useful).count();
        // With two nodes the second holds a copy though it does not vote.
        let copies = if wanted == 1 { 2 } else { wanted };
        if replicas >= copies {
            return None;
        }
        let holds = |node: &NodeId| {
            self.voters().iter().chain(self.learners()).any(|replica| replica.node == *node)
        };
        self.fit()
            .filter(|node| self.observed.is_alive(*node) && !holds(node))
            .min_by_key(|node| self.state.members.get(node).map(|member| member.name.clone()))
            .map(Change::Grow)
    }
}
