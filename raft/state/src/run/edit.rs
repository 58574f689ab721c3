use std::sync::Arc;

use config::NodeId;

use super::{Run, RunId};
use crate::state::Context;
use crate::{Refusal, State};

impl State {
    /// Changes one run, ends what must end by it, then grants what the change has freed.
    pub(super) fn edit(
        &mut self,
        context: &Context<'_>,
        id: RunId,
        change: impl FnOnce(&mut State, &mut Run) -> Result<(), Refusal>,
    ) -> Result<(), Refusal> {
        self.change(id, |state, run| {
            run.revision = context.index;
            change(state, run)?;
            state.settle(context, id, run);
            state.grant(context, id, run);
            Ok(())
        })
    }

    /// As [`State::edit`], when an attempt has left a node: others have its slot if this run has its share already.
    pub(super) fn edit_and_yield(
        &mut self,
        context: &Context<'_>,
        id: RunId,
        node: NodeId,
        change: impl FnOnce(&mut State, &mut Run) -> Result<(), Refusal>,
    ) -> Result<(), Refusal> {
        let mut yields = false;
        self.change(id, |state, run| {
            run.revision = context.index;
            change(state, run)?;
            state.settle(context, id, run);
            yields = state.has_its_share(node, id);
            if !yields {
                state.grant(context, id, run);
            }
            Ok(())
        })?;
        self.grant_blocked(context, node);
        if yields { self.edit(context, id, |_, _| Ok(())) } else { Ok(()) }
    }

    fn change(
        &mut self,
        id: RunId,
        change: impl FnOnce(&mut State, &mut Run) -> Result<(), Refusal>,
    ) -> Result<(), Refusal> {
        let mut shared = self
            .runs
            .get(id)
            .cloned()
            .ok_or_else(|| Refusal::not_found(format!("run {id} does not exist")))?;
        change(self, Arc::make_mut(&mut shared))?;
        self.runs.runs.insert(id, shared);
        Ok(())
    }
}
