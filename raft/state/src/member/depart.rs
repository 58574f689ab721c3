use config::NodeId;

use super::{Dissolve, Drain, Leave, REASON_BYTES, Remove};
use crate::event::Draft;
use crate::state::Context;
use crate::{Answer, Refusal, Reply, State, check};

impl State {
    pub(crate) fn leave(&mut self, context: &Context<'_>, leave: &Leave) -> Reply {
        if leave.gone && self.tombstones.contains_key(&leave.node) {
            return Ok(Answer::Done);
        }
        self.check_not_last(leave.node)?;
        if leave.gone {
            self.gone(context, leave.node)
        } else {
            self.start_leaving(context, leave.node)
        }
    }

    pub(crate) fn drain(&mut self, context: &Context<'_>, drain: &Drain) -> Reply {
        let member = self.member_mut(drain.node)?;
        if !member.draining {
            member.draining = true;
            let draft = Draft::new("node.draining").about(drain.node);
            self.emit(context, draft);
        }
        Ok(Answer::Done)
    }

    fn start_leaving(&mut self, context: &Context<'_>, node: NodeId) -> Reply {
        let member = self.member_mut(node)?;
        if !member.leaving {
            member.leaving = true;
            let draft = Draft::new("node.leaving").about(node).with("name", member.name.as_str());
            self.emit(context, draft);
        }
        Ok(Answer::Done)
    }

    /// Its replica goes first: a voter that is no member could not be replaced by its own consent.
    fn gone(&mut self, context: &Context<'_>, node: NodeId) -> Reply {
        if self.configuration.copies(node) {
            let name = &self.member(node)?.name;
            return Err(Refusal::conflict(format!(
                "node `{name}` still has a replica: it can go once another node has taken over"
            )));
        }
        self.depart(context, node, "node.left", "")?;
        Ok(Answer::Done)
    }

    /// Repeating it is no error. A removed voter's replica is taken out of the configuration afterwards.
    pub(crate) fn remove(&mut self, context: &Context<'_>, remove: &Remove) -> Reply {
        check::line("reason", &remove.reason, REASON_BYTES)?;
        if self.tombstones.contains_key(&remove.node) {
            return Ok(Answer::Removed(false));
        }
        self.check_not_last(remove.node)?;
        self.check_quorum_without(remove.node)?;
        self.depart(context, remove.node, "node.removed", &remove.reason)?;
        Ok(Answer::Removed(true))
    }

    fn depart(
        &mut self,
        context: &Context<'_>,
        node: NodeId,
        kind: &str,
        reason: &str,
    ) -> Result<(), Refusal> {
        let name = self.member(node)?.name.clone();
        let draft = Draft::new(kind).about(node).with("name", name.as_str()).with("reason", reason);
        self.members.remove(&node);
        self.tombstones.insert(node, context.at);
        self.sessions.close(node);
        self.emit(context, draft);
        self.runs_node_gone(context, node);
        Ok(())
    }

    fn check_not_last(&self, node: NodeId) -> Result<(), Refusal> {
        let member = self.member(node)?;
        if self.members.len() > 1 {
            return Ok(());
        }
        Err(Refusal::conflict(format!("node `{}` is the only member of the cluster", member.name)))
    }

    /// The voters that would be left must be able to agree on taking this one's vote away.
    fn check_quorum_without(&self, node: NodeId) -> Result<(), Refusal> {
        let voters = &self.configuration.voters;
        if !self.configuration.votes(node) {
            return Ok(());
        }
        let lives = |id: NodeId| self.members.get(&id).is_some_and(|member| member.lost.is_none());
        let left = voters.iter().filter(|voter| voter.node != node && lives(voter.node)).count();
        if left > voters.len() / 2 {
            return Ok(());
        }
        Err(Refusal::conflict(format!(
            "without node `{}` only {left} of {} voters would be there: no quorum",
            self.member(node)?.name,
            voters.len()
        )))
    }

    pub(crate) fn dissolve(&mut self, context: &Context<'_>, dissolve: &Dissolve) -> Reply {
        let (members, holds) = (self.members.len(), self.has_data());
        let active = !self.runs.active.is_empty();
        let cluster =
            self.cluster.as_mut().ok_or_else(|| Refusal::conflict("there is no cluster yet"))?;
        let reason = match () {
            () if cluster.id == dissolve.into => "it cannot dissolve into itself",
            () if members > 1 => "it has more than one member",
            () if active => "a run is under way",
            () if holds && !cluster.standalone => "it holds data",
            () => "",
        };
        if !reason.is_empty() {
            return Err(Refusal::conflict(format!("cluster {} stays: {reason}", cluster.id)));
        }
        cluster.dissolved_into = Some(dissolve.into);
        let draft = Draft::new("cluster.dissolved").with("into", dissolve.into.to_string());
        self.emit(context, draft);
        Ok(Answer::Done)
    }

    /// It holds something that a person or a workflow has put there.
    pub fn has_data(&self) -> bool {
        !self.kv.is_empty()
            || !self.leases.is_empty()
            || !self.workflows.is_empty()
            || !self.runs.runs.is_empty()
    }
}
