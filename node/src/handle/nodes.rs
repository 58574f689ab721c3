use std::time::Duration;

use config::{Edit, Labels, NodeId};
use mesh::proto::roster::{Health, Observed};
use state::Command;
use state::member::{Label, Leave, Member, Remove};

use super::{Caller, Handle};
use crate::agreement::Consistency;
use crate::error::Error;
use crate::view;

impl Handle {
    /// All members, ordered by name.
    pub async fn nodes(&self, consistency: Consistency) -> Result<Vec<view::Node>, Error> {
        let members = self.agreement().members(consistency).await?;
        let assigned = self.assigned(&members).await?;
        let peers = self.0.sight.peers();
        let mut nodes: Vec<view::Node> = members
            .iter()
            .zip(assigned)
            .map(|((id, member), running)| self.node(*id, member, peers.get(id), running))
            .collect();
        nodes.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(nodes)
    }

    async fn assigned(&self, members: &[(NodeId, Member)]) -> Result<Vec<u32>, Error> {
        let mut counts = Vec::new();
        for (node, _) in members {
            let query = state::Query::Assignments { node: *node };
            let count = match self.agreement().read(query, Consistency::Stale).await? {
                state::View::Assignments(assigned) => assigned.len() as u32,
                _ => 0,
            };
            counts.push(count);
        }
        Ok(counts)
    }

    fn node(
        &self,
        id: NodeId,
        member: &Member,
        peer: Option<&Observed>,
        running: u32,
    ) -> view::Node {
        let is_self = id == self.0.identity.id;
        let status = peer.and_then(|peer| peer.status.as_ref());
        let silent = self.0.sight.silence(id).filter(|_| !is_self);
        view::Node {
            id,
            name: member.name.to_string(),
            state: self.health(member, peer, is_self),
            role: self.role(id),
            is_self,
            version: member.version.clone(),
            labels: member
                .labels
                .iter()
                .map(|(key, value)| (key.to_string(), value.clone()))
                .collect(),
            addresses: self.addresses(peer, is_self),
            incarnation: member.incarnation,
            running,
            slots: member.slots,
            load: status.map(|status| f32::from(status.load.cpu_permille) / 1_000.0),
            round_trip_ms: peer
                .and_then(|peer| peer.round_trip)
                .map(|trip| trip.as_secs_f32() * 1e3),
            silent_ms: silent.map(|silent| silent.as_millis() as u64),
            admitted_at: member.admitted_at,
        }
    }

    fn health(&self, member: &Member, peer: Option<&Observed>, is_self: bool) -> &'static str {
        if member.leaving || member.draining {
            return "leaving";
        }
        if member.lost.is_some() {
            return "lost";
        }
        match peer.map(|peer| peer.health) {
            _ if is_self => "alive",
            Some(Health::Alive) => "alive",
            Some(Health::Suspect) => "suspect",
            Some(Health::Silent) | None => "down",
        }
    }

    pub(super) fn role(&self, node: NodeId) -> &'static str {
        let status = self.agreement().raft().status();
        let is = |replica: &state::ReplicaId| replica.node == node;
        if status.leader.as_ref().is_some_and(is) {
            "leader"
        } else if status.voters.iter().any(is) {
            "voter"
        } else if status.learners.iter().any(is) {
            "learner"
        } else {
            "worker"
        }
    }

    fn addresses(&self, peer: Option<&Observed>, is_self: bool) -> Vec<String> {
        let known = match peer {
            Some(peer) => peer.addresses.clone(),
            None if is_self => self.0.peers.own_addresses(),
            None => Vec::new(),
        };
        known.iter().map(ToString::to_string).collect()
    }

    /// Changes labels: `k=v`, `tag`, `k-`. Returns those it has then.
    pub async fn label(&self, by: Caller, name: &str, edits: &[String]) -> Result<(), Error> {
        let (node, _) = self.member(name).await?;
        let mut set = Labels::default();
        let mut remove = Vec::new();
        for edit in edits {
            match edit.parse::<Edit>()? {
                Edit::Set(key, value) => set.insert(key, value)?,
                Edit::Remove(key) => remove.push(key),
            }
        }
        let label = Command::Label(Label { node, set, remove });
        self.agreement().write(self.subject(by), label).await.map(drop)
    }

    /// The node takes nothing new, and goes once it has finished what it has.
    pub async fn leave(&self, by: Caller, name: &str) -> Result<(), Error> {
        let (node, _) = self.member(name).await?;
        let leave = Command::Leave(Leave { node, gone: false });
        self.agreement().write(self.subject(by), leave).await.map(drop)
    }

    /// Evicts a node for good. One that still answers is only removed by force.
    pub async fn remove(
        &self,
        by: Caller,
        name: &str,
        reason: String,
        force: bool,
    ) -> Result<(), Error> {
        let (node, _) = self.member(name).await?;
        if node == self.0.identity.id {
            return Err(Error::Conflict(format!(
                "node `{name}` is the one you are talking to: use `sloth node leave`"
            )));
        }
        let silence = self.0.sight.silence(node);
        if !force && silence.is_some_and(|silence| silence < ALIVE) {
            return Err(Error::Conflict(format!(
                "node `{name}` is alive: let it leave, or remove it by force"
            )));
        }
        let remove = Command::Remove(Remove { node, reason });
        self.agreement().write(self.subject(by), remove).await.map(drop)
    }

    async fn member(&self, name: &str) -> Result<(NodeId, Member), Error> {
        find(self.agreement().members(Consistency::Linearizable).await?, name)
    }
}

/// Digits of a key that may stand for it, if no other key begins so.
const KEY_DIGITS: usize = 6;

/// The member with this name, or the only one whose key begins so.
fn find(members: Vec<(NodeId, Member)>, name: &str) -> Result<(NodeId, Member), Error> {
    if let Some(place) = members.iter().position(|(_, member)| &*member.name == name) {
        return Ok(members[place].clone());
    }
    let is_meant = |node: &NodeId| name.len() >= KEY_DIGITS && node.to_string().starts_with(name);
    let mut found: Vec<_> = members.into_iter().filter(|(node, _)| is_meant(node)).collect();
    match found.len() {
        1 => Ok(found.remove(0)),
        0 => Err(Error::NotFound { what: "node", id: name.to_string() }),
        _ => {
            let names: Vec<_> = found.iter().map(|(_, member)| member.name.as_str()).collect();
            let names = names.join(", ");
            Err(Error::Invalid(format!("the ids of {names} begin with `{name}`: say more of it")))
        }
    }
}

/// A node heard so lately is alive.
const ALIVE: Duration = Duration::from_secs(5);

#[cfg(test)]
mod tests {
    use state::testing::{Cluster, node};

    use super::*;

    #[test]
    fn a_member_is_meant_by_its_name_or_by_the_beginning_of_its_key_alone() {
        let mut cluster = Cluster::new();
        cluster.admit(0x22);
        let mut members: Vec<_> = cluster.state.members.into_iter().collect();
        let mut key = [2; 32];
        key[31] = 0;
        let twin = members.iter().find(|(id, _)| *id == node(2)).unwrap().1.clone();
        members.push((NodeId::new(key), Member { name: "twin".parse().unwrap(), ..twin }));
        let found = |name: &str| find(members.clone(), name).map(|(node, _)| node);
        assert_eq!(found("n2").unwrap(), node(2));
        assert_eq!(found("n34").unwrap(), node(0x22));
        assert_eq!(found("222222").unwrap(), node(0x22));
        assert_eq!(found(&node(2).to_string()).unwrap(), node(2));
        let ambiguous = found("020202").unwrap_err();
        assert!(matches!(ambiguous, Error::Invalid(_)), "{ambiguous}");
        assert!(ambiguous.to_string().contains("n2, twin"), "{ambiguous}");
        for name in ["02020", "nobody", "333333", ""] {
            assert!(matches!(found(name), Err(Error::NotFound { .. })), "{name}");
        }
    }
}
