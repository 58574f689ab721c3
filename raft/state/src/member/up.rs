use super::{Member, SLOTS_MAX, Up, VERSION_BYTES};
use crate::event::Draft;
use crate::state::Context;
use crate::{Answer, Refusal, Reply, State, check};

impl State {
    /// Begins a node's next life. The older ones' requests and attempts are over with it.
    pub(crate) fn up(&mut self, context: &Context<'_>, up: &Up) -> Reply {
        check::line("version", &up.version, VERSION_BYTES)?;
        if up.slots > SLOTS_MAX {
            let slots = up.slots;
            return Err(Refusal::limit(format!("{slots} slots, the most is {SLOTS_MAX}")));
        }
        let member = self.member_mut(up.node)?;
        if member.incarnation > 0 && member.nonce == up.nonce {
            return Ok(Answer::Incarnation(member.incarnation));
        }
        member.begin_life(up)?;
        let incarnation = member.incarnation;
        let draft = Draft::new("node.up")
            .about(up.node)
            .with("name", member.name.as_str())
            .with("incarnation", incarnation)
            .with("version", up.version.as_str());
        self.sessions.open(up.node, incarnation);
        self.emit(context, draft);
        self.runs_node_up(context, up.node, up.adopts);
        Ok(Answer::Incarnation(incarnation))
    }
}

impl Member {
    fn begin_life(&mut self, up: &Up) -> Result<(), Refusal> {
        self.labels = self.overrides.over(&up.labels)?;
        self.incarnation = self.incarnation.saturating_add(1);
        self.nonce = up.nonce;
        self.version = up.version.clone();
        self.slots = up.slots;
        self.lost = None;
        self.draining = false;
        Ok(())
    }

    /// It lives, and new attempts may be given to it.
    pub fn takes_work(&self) -> bool {
        self.incarnation > 0 && self.lost.is_none() && !self.leaving && !self.draining
    }
}
