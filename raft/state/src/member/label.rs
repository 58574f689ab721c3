use std::collections::BTreeSet;

use config::{Labels, Name, limits};
use serde::{Deserialize, Serialize};

use super::{Label, Member};
use crate::event::Draft;
use crate::state::Context;
use crate::{Answer, Refusal, Reply, State, check};

/// Labels changed by command or given by a token: they outlive what the node's configuration says.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Overrides {
    pub set: Labels,
    pub removed: BTreeSet<Name>,
}

impl Overrides {
    /// The labels of a node whose configuration has these.
    pub fn over(&self, own: &Labels) -> Result<Labels, Refusal> {
        let mut labels = own.clone();
        self.removed.iter().for_each(|name| labels.remove(name));
        merge(&mut labels, &self.set)?;
        Ok(labels)
    }

    fn set(&mut self, labels: &Labels) -> Result<(), Refusal> {
        self.removed.retain(|name| !labels.contains(name));
        merge(&mut self.set, labels)
    }

    fn remove(&mut self, name: &Name) -> Result<(), Refusal> {
        self.set.remove(name);
        if self.removed.insert(name.clone()) {
            check::room("labels removed by command", self.removed.len() - 1, limits::LABELS)?;
        }
        Ok(())
    }
}

fn merge(into: &mut Labels, from: &Labels) -> Result<(), Refusal> {
    from.iter().try_for_each(|(name, value)| {
        into.insert(name.clone(), value.clone()).map_err(|error| Refusal::limit(error.to_string()))
    })
}

impl State {
    pub(crate) fn label(&mut self, context: &Context<'_>, label: &Label) -> Reply {
        let member = self.member_mut(label.node)?;
        member.relabel(label)?;
        let draft = Draft::new("node.labelled")
            .about(label.node)
            .with("name", member.name.as_str())
            .with("labels", member.labels.to_string());
        self.emit(context, draft);
        Ok(Answer::Done)
    }
}

impl Member {
    /// Removes first, so that a label both removed and set is set.
    fn relabel(&mut self, label: &Label) -> Result<(), Refusal> {
        for name in &label.remove {
            self.overrides.remove(name)?;
        }
        self.overrides.set(&label.set)?;
        self.labels = self.overrides.over(&self.labels)?;
        Ok(())
    }
}
